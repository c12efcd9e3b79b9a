using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using RawSer.Audio.Features;
using RawSer.Cli.Output;
using RawSer.Kernels;
using RawSer.Models;
using RawSer.Models.Vgg;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Runs;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser summary</c>: the layers of a recipe's network.</summary>
internal static class SummaryCommand
{
    private const int SpeechRate = 16000;
    private const int MostClasses = 100_000;
    private const string ImageNet = "vgg16-imagenet";

    public static Command Create()
    {
        Argument<string> recipe = new("NETWORK") { Description = $"A recipe by name (rawser recipes list) or path, whose network is shown; or {ImageNet}, VGG16 with its own classifier." };
        Option<int> classes = new("--classes") { Description = "Number of classes.", HelpName = "N", DefaultValueFactory = _ => 7 };
        classes.Validators.Add(result =>
        {
            if (result.Tokens is [var word] && int.TryParse(word.Value, CultureInfo.InvariantCulture, out int number) && number is < 2 or > MostClasses)
            {
                result.AddError($"--classes {word.Value}: expected a number from 2 to {MostClasses}");
            }
        });
        Option<string[]> set = CommonOptions.Set();
        Option<bool> json = CommonOptions.Json();
        Command command = new("summary", "Prints the layer table of a network: type, output shape, parameters.") { recipe, classes, set, json };
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(recipe);
            Recipe? chosen = name == ImageNet ? null : CommonOptions.ReadRecipe(name, parsed.GetValue(set) ?? [], null, null);
            using Module network = Network(chosen, parsed.GetValue(classes), out Shape input);
            return Print(network, input, parsed.GetValue(json));
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

    /// <summary>The network of a recipe, frozen as training would have it; VGG16 with the ImageNet classifier for null.</summary>
    private static Module Network(Recipe? recipe, int classes, out Shape input)
    {
        if (recipe is null)
        {
            input = VggOptions.ImageNet.InputOf(0).Insert(0, 1);
            return new VggNetwork(VggOptions.ImageNet);
        }

        if (recipe.Network.Kind == NetworkKind.Wav2Vec2)
        {
            Wav2Vec2Config config = recipe.Encoder.Folder is { } path ? HuggingFaceFolder.Open(path).Config : new Wav2Vec2Config();
            input = [1, (int)(recipe.Encoder.Seconds * SpeechRate)];
            return new ReportClassifier(config, classes);
        }

        NetworkOptions options = RunSetup.NetworkOptions(recipe, FeatureProfile.Get(recipe.Features.Profile), classes);
        input = options.InputShape(1);
        Module network = options.Create(seed: 0);
        if (network is VggNetwork vgg)
        {
            vgg.Features.TrainLast(recipe.Network.TrainedConvolutions);
        }

        return network;
    }
}
