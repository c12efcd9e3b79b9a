using System.Text.Json.Nodes;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Metrics;

namespace RawSer.Recipes.Reports;

/// <summary>An experiment of the report and what became of it here.</summary>
/// <param name="Name">Name of the recipe.</param>
/// <param name="Recipe">The recipe as it was run.</param>
/// <param name="Evaluation">Results on the test part; null if there are none.</param>
/// <param name="NotRun">Why it was not run; null if it was.</param>
/// <param name="Found">What a search found, by recipe key; null without a search.</param>
public sealed record Reproduction(string Name, Recipe Recipe, Evaluation? Evaluation, string? NotRun = null, IReadOnlyDictionary<string, string>? Found = null)
{
    private static readonly string[] s_descriptive = ["name", "description"];

    /// <summary>What the report states; null for the search, which has no score of its own.</summary>
    public PublishedResult? Published => PublishedResult.Of(Name);

    /// <summary>What of the report's experiment is not repeated, one line each: data, weights, settings, and what the report does not fix.</summary>
    public IReadOnlyList<string> Differences
    {
        get
        {
            List<string> lines = [];
            if (NotRun is not null)
            {
                lines.Add($"not run: {NotRun}");
            }
            else if (Evaluation is { } evaluation && Published is { } published)
            {
                int theirs = published.Classes.Sum(c => c.Support), ours = evaluation.Predicted.Count;
                string[] corpora = [.. evaluation.ByCorpus.Select(c => c.Group)];
                if (ours != theirs || corpora.Length != PublishedResult.CorpusNames.Count)
                {
                    lines.Add($"{ours} test clip{(ours == 1 ? "" : "s")} of {string.Join(", ", corpora)}, where the report has {theirs} of {string.Join(", ", PublishedResult.CorpusNames)}");
                }
            }

            if (Recipe.Network.Kind == NetworkKind.Vgg16 && Recipe.Network.Weights == NetworkSettings.SyntheticWeights)
            {
                lines.Add("procedural weights in place of ImageNet's: the row says nothing about VGG16");
            }

            Recipe stated = RecipeFile.Load(Name);
            lines.AddRange(RecipeKeys.All
                .Where(key => !s_descriptive.Contains(key.Path) && !IsPlace(key.Path) && !JsonNode.DeepEquals(key.Get(Recipe), key.Get(stated)))
                .Select(key => $"{key.Path} is {key.Get(Recipe)?.ToJsonString() ?? "null"}, the recipe has {key.Get(stated)?.ToJsonString() ?? "null"}"));
            lines.AddRange(PublishedResult.Unfixed(Name));
            return lines;
        }
    }

    /// <summary>Keys that say where pretrained weights lie.</summary>
    private static bool IsPlace(string key) => key is "encoder.folder" or "network.weights";
}
