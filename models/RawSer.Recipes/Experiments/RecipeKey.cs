using System.Globalization;
using System.Text.Json.Nodes;

namespace RawSer.Recipes.Experiments;

/// <summary>One value of a recipe: its dotted key, what it accepts, and how it is read and written.</summary>
/// <param name="Path">For example <c>optimizer.learning_rate</c>.</param>
/// <param name="Meaning">One line for people.</param>
/// <param name="Expected">What it accepts, for messages: <c>a number above 0</c>.</param>
/// <param name="Get">The value of a recipe as JSON.</param>
/// <param name="Set">The recipe with another value, or null when the value is not accepted.</param>
public sealed record RecipeKey(string Path, string Meaning, string Expected, Func<Recipe, JsonNode?> Get, Func<Recipe, JsonNode?, Recipe?> Set)
{
    internal static RecipeKey Text(string path, string meaning, Func<Recipe, string> get, Func<Recipe, string, Recipe> set) =>
        new(path, meaning, "a text", r => get(r), (r, v) => AsText(v) is string text ? set(r, text) : null);

    internal static RecipeKey OptionalText(string path, string meaning, Func<Recipe, string?> get, Func<Recipe, string?, Recipe> set) =>
        new(path, meaning, "a text or null", r => get(r), (r, v) => v is null ? set(r, null) : AsText(v) is string text ? set(r, text) : null);

    internal static RecipeKey Texts(string path, string meaning, Func<Recipe, IReadOnlyList<string>> get, Func<Recipe, IReadOnlyList<string>, Recipe> set) =>
        new(path, meaning, "a list of texts", r => ToArray(get(r)), (r, v) => AsTexts(v) is { } texts ? set(r, texts) : null);

    internal static RecipeKey OptionalTexts(string path, string meaning, Func<Recipe, IReadOnlyList<string>?> get, Func<Recipe, IReadOnlyList<string>?, Recipe> set) =>
        new(path, meaning, "a list of texts or null", r => get(r) is { } list ? ToArray(list) : null, (r, v) => v is null ? set(r, null) : AsTexts(v) is { } texts ? set(r, texts) : null);

    internal static RecipeKey Number(
        string path, string meaning, string expected, Predicate<double> accepts, Func<Recipe, double> get, Func<Recipe, double, Recipe> set) =>
        new(path, meaning, expected, r => get(r), (r, v) => AsNumber(v) is double number && accepts(number) ? set(r, number) : null);

    internal static RecipeKey OptionalNumber(
        string path, string meaning, string expected, Predicate<double> accepts, Func<Recipe, double?> get, Func<Recipe, double?, Recipe> set) =>
        new(path, meaning, expected + " or null", r => get(r), (r, v) => v is null ? set(r, null) : AsNumber(v) is double number && accepts(number) ? set(r, number) : null);

    internal static RecipeKey Flag(string path, string meaning, Func<Recipe, bool> get, Func<Recipe, bool, Recipe> set) =>
        new(path, meaning, "true or false", r => get(r), (r, v) => v is JsonValue scalar && scalar.TryGetValue(out bool flag) ? set(r, flag) : null);

    internal static RecipeKey Whole(string path, string meaning, int least, Func<Recipe, int> get, Func<Recipe, int, Recipe> set) =>
        new(path, meaning, $"a whole number from {least}", r => get(r), (r, v) => AsWhole(v, least) is int whole ? set(r, whole) : null);

    internal static RecipeKey OptionalWhole(string path, string meaning, int least, Func<Recipe, int?> get, Func<Recipe, int?, Recipe> set) =>
        new(path, meaning, $"a whole number from {least} or null", r => get(r), (r, v) => v is null ? set(r, null) : AsWhole(v, least) is int whole ? set(r, whole) : null);

    internal static RecipeKey Seed(string path, string meaning, Func<Recipe, ulong> get, Func<Recipe, ulong, Recipe> set) =>
        new(path, meaning, "a whole number from 0", r => get(r), (r, v) => ulong.TryParse(v?.ToJsonString(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? set(r, seed) : null);

    internal static RecipeKey Name(string path, string meaning, IReadOnlyList<string> names, Func<Recipe, string> get, Func<Recipe, string, Recipe> set) =>
        new(path, meaning, "one of " + string.Join(", ", names), r => get(r), (r, v) => AsText(v) is string text && names.Contains(text) ? set(r, text) : null);

    internal static RecipeKey Choice<T>(string path, string meaning, Func<Recipe, T> get, Func<Recipe, T, Recipe> set, params (string Name, T Value)[] choices)
        where T : struct, Enum =>
        new(
            path,
            meaning,
            "one of " + string.Join(", ", choices.Select(c => c.Name)),
            r => Array.Find(choices, c => EqualityComparer<T>.Default.Equals(c.Value, get(r))).Name,
            (r, v) => AsText(v) is string text && Array.FindIndex(choices, c => c.Name == text) is >= 0 and int i ? set(r, choices[i].Value) : null);

    private static JsonArray ToArray(IReadOnlyList<string> texts) => [.. texts.Select(t => (JsonNode?)t)];

    private static string? AsText(JsonNode? value) => value is JsonValue scalar && scalar.TryGetValue(out string? text) ? text : null;

    private static double? AsNumber(JsonNode? value) =>
        value is JsonValue scalar && scalar.GetValueKind() == System.Text.Json.JsonValueKind.Number && scalar.TryGetValue(out double number) && double.IsFinite(number) ? number : null;

    private static int? AsWhole(JsonNode? value, int least) =>
        AsNumber(value) is double number && number == Math.Floor(number) && number >= least && number <= int.MaxValue ? (int)number : null;

    private static string[]? AsTexts(JsonNode? value)
    {
        if (value is not JsonArray array)
        {
            return null;
        }

        string[] texts = [.. array.Select(AsText).OfType<string>()];
        return texts.Length == array.Count ? texts : null;
    }
}
