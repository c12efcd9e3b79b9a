using System.CommandLine;
using System.Text.Json.Nodes;
using RawSer.Audio.Features;
using RawSer.Cli.Output;
using RawSer.Kernels;
using RawSer.Models;
using RawSer.Models.Ser;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Runs;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser summary</c>: the layers of a recipe's network.</summary>
internal static class SummaryCommand
{
    private const int SpeechRate = 16000;

    public static Command Create()
    {
        Argument<string> recipe = new("NETWORK") { Description = $"A recipe by name or path, whose network is shown. Names: {string.Join(", ", RecipeFile.Names)}." };
        Option<int> classes = new("--classes") { Description = "Number of classes.", DefaultValueFactory = _ => 7 };
        Option<string[]> set = CommonOptions.Set();
        Option<bool> json = CommonOptions.Json();
        Command command = new("summary", "Prints the layer table of a network: type, output shape, parameters.") { recipe, classes, set, json };
        command.SetAction(parsed =>
        {
            Recipe chosen = CommonOptions.ReadRecipe(parsed.GetRequiredValue(recipe), parsed.GetValue(set) ?? [], null, null);
            if (chosen.Network.Kind == NetworkKind.Wav2Vec2)
            {
                Wav2Vec2Config config = chosen.Encoder.Folder is { } path ? HuggingFaceFolder.Open(path).Config : new Wav2Vec2Config();
                using ReportClassifier classifier = new(config, parsed.GetValue(classes));
                return Print(classifier, [1, (int)(chosen.Encoder.Seconds * SpeechRate)], parsed.GetValue(json));
            }

            SerNetworkOptions options = RunSetup.NetworkOptions(chosen.Network, FeatureProfile.Get(chosen.Features.Profile), parsed.GetValue(classes));
            try
            {
                options.Validate();
            }
            catch (ArgumentException e)
            {
                throw CommandFailure.OfUsage(e.Message);
            }

            using SerNetwork network = SerNetwork.Create(options, seed: 0);
            return Print(network, options.InputShape(1), parsed.GetValue(json));
        });
        return command;
    }

    private static int Print(Module network, Shape input, bool json)
    {
        LayerSummary summary = LayerSummary.Of(network, input);
        JsonArray rows = [.. summary.Rows.Select(row => (JsonNode)new JsonObject
        {
            ["name"] = row.Name,
            ["type"] = row.Type,
            ["output"] = row.Output.ToString(),
            ["parameters"] = row.Parameters,
        })];
        CommandOutput.Create(json).Result("summary", new JsonObject { ["layers"] = rows, ["parameters"] = summary.Rows.Sum(row => row.Parameters), ["trainable"] = network.TrainableParameterCount }, summary.ToString());
        return 0;
    }
}
