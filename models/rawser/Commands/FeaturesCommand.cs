using System.CommandLine;
using System.Text.Json.Nodes;
using RawSer.Audio.Features;
using RawSer.Audio.Pipeline;
using RawSer.Cli.Output;
using RawSer.CommandLine;
using RawSer.Recipes.Corpora;
using RawSer.Weights;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser features</c>: the features of clips, into one file.</summary>
internal static class FeaturesCommand
{
    private static readonly string[] s_suffixes = [".safetensors", ".npy"];

    public static Command Create()
    {
        Argument<string[]> inputs = ClipFiles.Argument();
        Option<string> profile = CommonOptions.OneOf("--profile", $"Feature profile: {string.Join(", ", FeatureProfile.Names)}.", "NAME", "report-mfcc", [.. FeatureProfile.Names]);
        Option<string> file = new("--out") { Description = $"The file, {string.Join(" or ", s_suffixes)}: an array (clips, rows, frames) in the order of the clips.", HelpName = "FILE", Required = true };
        Option<string?> device = CommonOptions.Device(), cache = CommonOptions.Cache();
        Option<bool> json = CommonOptions.Json();
        Command command = new("features", "Computes the features of clips.") { inputs, profile, file, device, cache, json };
        command.SetAction(parsed =>
        {
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            string target = parsed.GetRequiredValue(file);
            ArrayFile.CheckTarget(target, s_suffixes);
            FeatureExtractor extractor = new(FeatureProfile.Get(parsed.GetRequiredValue(profile)));
            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            List<RefusedFile> refused = [];
            List<string> paths = ClipFiles.Expand(parsed.GetRequiredValue(inputs), refused);
            output.Refused(refused);
            FeatureCache? store = CommonOptions.OpenCache(parsed.GetValue(cache));
            using Interruption interruption = new();
            FileFeatures[] results = [];
            output.During(() =>
            {
                output.StageStarted("features", paths.Count, "clips");
                results = new FeaturePipeline(extractor, store, where).Run(paths, done => output.Progress(done, extractor.Profile.Name), interruption.Token);
            });
            if (store?.WriteFailure is string failure)
            {
                output.Warning($"the feature cache cannot be written and is not used: {failure}");
            }

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

            Save(target, extractor, usable);
            output.Result(
                "features",
                new JsonObject { ["file"] = target, ["clips"] = usable.Length, ["rows"] = extractor.Rows, ["frames"] = extractor.Frames },
                $"{target}: features ({usable.Length}, {extractor.Rows}, {extractor.Frames}) of profile {extractor.Profile.Name}");
            return usable.Length == results.Length && refused.Count == 0 ? 0 : CommandFailure.DataCode;
        });
        return command;
    }

    /// <summary>The clips stand in the metadata of safetensors, and beside npy.</summary>
    private static void Save(string path, FeatureExtractor extractor, FileFeatures[] clips)
    {
        string names = new JsonArray([.. clips.Select(c => (JsonNode)c.Path)]).ToJsonString();
        int[] shape = [clips.Length, extractor.Rows, extractor.Frames];
        if (Path.GetExtension(path).Equals(".npy", StringComparison.OrdinalIgnoreCase))
        {
            ArrayFile.WriteNpy(path, shape, clips.Select(c => c.Features!), names);
            return;
        }

        SafetensorsWriter writer = new();
        writer.AddMetadata("profile", extractor.Profile.Name);
        writer.AddMetadata("profile_key", extractor.Profile.Key);
        writer.AddMetadata("clips", names);
        writer.Add<float>("features", shape, clips.SelectMany(c => c.Features!).ToArray());
        writer.Save(path);
    }
}
