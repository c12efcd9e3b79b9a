using System.CommandLine;
using System.Text.Json.Nodes;
using RawSer.Audio.Features;
using RawSer.Audio.Pipeline;
using RawSer.Cli.Output;
using RawSer.Recipes.Corpora;
using RawSer.Weights;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser features</c>: the features of clips, into one safetensors file.</summary>
internal static class FeaturesCommand
{
    public static Command Create()
    {
        Argument<string[]> inputs = new("CLIP") { Description = $"{ClipFiles.Description}.", Arity = ArgumentArity.OneOrMore };
        Option<string> profile = new("--profile")
        {
            Description = $"Feature profile: {string.Join(", ", FeatureProfile.Names)}.",
            DefaultValueFactory = _ => "report-mfcc",
            HelpName = "NAME",
        };
        profile.AcceptOnlyFromAmong([.. FeatureProfile.Names]);
        Option<string> file = new("--out") { Description = "The file: 'features' (clips, rows, frames) in the order given.", HelpName = "FILE", Required = true };
        Option<string?> device = CommonOptions.Device(), cache = CommonOptions.Cache();
        Option<bool> json = CommonOptions.Json();
        Command command = new("features", "Computes the features of clips.") { inputs, profile, file, device, cache, json };
        command.SetAction(parsed =>
        {
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            FeatureExtractor extractor = new(FeatureProfile.Get(parsed.GetRequiredValue(profile)));
            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            List<RefusedFile> refused = [];
            List<string> paths = ClipFiles.Expand(parsed.GetRequiredValue(inputs), refused);
            output.Refused(refused);
            using Interruption interruption = new();
            FileFeatures[] results = [];
            output.During(() =>
            {
                output.StageStarted("features", paths.Count, "clips");
                results = new FeaturePipeline(extractor, CommonOptions.OpenCache(parsed.GetValue(cache)), where)
                    .Run(paths, done => output.Progress(done, extractor.Profile.Name), interruption.Token);
            });
            FileFeatures[] usable = [.. results.Where(r => r.Features is not null)];
            foreach (FileFeatures result in results.Where(r => r.Failure is not null))
            {
                output.Warning($"{result.Path}: {result.Failure}");
            }

            foreach (FileFeatures result in usable.Where(r => r.Warning is not null))
            {
                output.Warning($"{result.Path}: {result.Warning}");
            }

            if (usable.Length == 0)
            {
                throw CommandFailure.OfData($"none of the {results.Length} files has features");
            }

            SafetensorsWriter writer = new();
            writer.AddMetadata("profile", extractor.Profile.Name);
            writer.AddMetadata("profile_key", extractor.Profile.Key);
            writer.AddMetadata("clips", new JsonArray([.. usable.Select(r => (JsonNode)r.Path)]).ToJsonString());
            writer.Add<float>("features", [usable.Length, extractor.Rows, extractor.Frames], usable.SelectMany(r => r.Features!).ToArray());
            string target = parsed.GetRequiredValue(file);
            writer.Save(target);
            output.Result(
                "features",
                new JsonObject { ["file"] = target, ["clips"] = usable.Length, ["rows"] = extractor.Rows, ["frames"] = extractor.Frames },
                $"{target}: features ({usable.Length}, {extractor.Rows}, {extractor.Frames}) of profile {extractor.Profile.Name}");
            return usable.Length == results.Length && refused.Count == 0 ? 0 : CommandFailure.DataCode;
        });
        return command;
    }
}
