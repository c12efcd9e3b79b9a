using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RawSer.Weights;

namespace RawSer.Recipes.Experiments;

/// <summary>Recipes as JSON: reading, writing, single values, and the recipes that RawSer brings with it.</summary>
public static class RecipeFile
{
    private const string Prefix = "recipes/";

    /// <summary>The recipes that RawSer brings with it: first the corrected ones, then those of the report.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "cnn", "two-cnn", "cnn-transformer", "vgg16", "vgg16-block5", "vgg16-blocks45", "wav2vec2-frozen",
        "report-single-cnn", "report-two-cnn-aug", "report-cnn-transformer-mfcc", "report-cnn-transformer-mfcc-aug", "report-cnn-transformer-mel", "report-cnn-transformer-mel-aug",
        "report-vgg16-exp0", "report-vgg16-exp1", "report-vgg16-exp2", "report-vgg16-exp3", "report-vgg16-exp4", "report-vgg16-exp5",
        "report-wav2vec2",
    ];

    /// <summary>A recipe by its name, or by the path of a JSON file.</summary>
    /// <exception cref="RecipeException">There is no such recipe, or it cannot be read.</exception>
    public static Recipe Load(string nameOrPath)
    {
        if (Names.Contains(nameOrPath))
        {
            using Stream stream = typeof(RecipeFile).Assembly.GetManifestResourceStream($"{Prefix}{nameOrPath}.json")!;
            using var reader = new StreamReader(stream);
            return Parse(reader.ReadToEnd(), nameOrPath);
        }

        if (!File.Exists(nameOrPath))
        {
            throw new RecipeException($"recipe '{nameOrPath}': neither a file nor one of {string.Join(", ", Names)}{NearNames.Suggestion(nameOrPath, Names)}");
        }

        try
        {
            return Parse(File.ReadAllText(nameOrPath), nameOrPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"recipe '{nameOrPath}': {e.Message}", e);
        }
    }

    /// <summary>Reads a recipe. Values that are not given keep their defaults; comments and trailing commas are allowed.</summary>
    /// <param name="json">The JSON text.</param>
    /// <param name="source">Name of the recipe or file, for messages.</param>
    /// <exception cref="RecipeException">The text is no JSON object, a key is unknown or twice there, or a value is not accepted.</exception>
    public static Recipe Parse(string json, string source)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException e) when (e.LineNumber is null)
        {
            throw new RecipeException($"recipe '{source}': {e.Message.TrimEnd('.')}", e); // a key that is there twice, which has no place
        }
        catch (JsonException e)
        {
            throw new RecipeException($"recipe '{source}': {JsonProblem.Describe(e, json, comments: true)}", e);
        }

        return Read(new Recipe(), root as JsonObject ?? throw new RecipeException($"recipe '{source}': expected a JSON object {{...}}"), "", source);
    }

    /// <summary>The recipe with one value changed, as <c>--set key=value</c> does it. The value is JSON; what is no JSON is a text, and a list may be given as <c>a,b,c</c>.</summary>
    /// <exception cref="RecipeException">The text has no <c>=</c>, the key is unknown, or the value is not accepted.</exception>
    public static Recipe Set(Recipe recipe, string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new RecipeException($"--set {assignment}: expected key=value, for example optimizer.learning_rate=1e-4");
        }

        string text = assignment[(equals + 1)..].Trim();
        RecipeKey key = RecipeKeys.Find(assignment[..equals].Trim(), $"--set {assignment}");
        JsonNode? json;
        try
        {
            json = JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            json = JsonValue.Create(text);
        }

        return key.Set(recipe, json)
            ?? key.Set(recipe, JsonValue.Create(text))
            ?? key.Set(recipe, new JsonArray([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(t => JsonValue.Create(t))]))
            ?? throw new RecipeException($"--set {assignment}: expected {key.Expected}");
    }

    /// <summary>The recipe as indented JSON, with every value.</summary>
    public static string Write(Recipe recipe)
    {
        var root = new JsonObject();
        foreach (RecipeKey key in RecipeKeys.All)
        {
            string[] parts = key.Path.Split('.');
            JsonObject parent = root;
            foreach (string section in parts[..^1])
            {
                if (parent[section] is not JsonObject child)
                {
                    parent[section] = child = [];
                }

                parent = child;
            }

            parent[parts[^1]] = key.Get(recipe);
        }

        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            root.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    private static Recipe Read(Recipe recipe, JsonObject section, string prefix, string source)
    {
        foreach ((string name, JsonNode? value) in section)
        {
            string path = prefix + name;
            if (value is JsonObject child && RecipeKeys.All.Any(k => k.Path.StartsWith(path + ".", StringComparison.Ordinal)))
            {
                recipe = Read(recipe, child, path + ".", source);
                continue;
            }

            RecipeKey key = RecipeKeys.Find(path, $"recipe '{source}'");
            recipe = key.Set(recipe, value)
                ?? throw new RecipeException($"recipe '{source}': {path} = {value?.ToJsonString() ?? "null"}; expected {key.Expected}");
        }

        return recipe;
    }
}
