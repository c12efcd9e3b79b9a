using System.Text.Json;

namespace RawSer.Weights.Renaming;

/// <summary>
/// How the tensors of one library's file are called and laid out in another's. Maps are JSON files:
/// <c>{"description", "strip": [prefixes], "others": "error" | "keep" | "drop", "rules": [{"from", "to", "op", "shape", "axes", "final"}]}</c>,
/// with the ops copy, drop, reshape, permute, reshape_permute, reshape_permute_reshape and weight_norm. Rules are tried in order.
/// </summary>
public sealed class RenameMap
{
    private static readonly string[] Operations = ["copy", "drop", "reshape", "permute", "reshape_permute", "reshape_permute_reshape", "weight_norm"];

    private RenameMap(string name, string description, IReadOnlyList<string> prefixes, string others, IReadOnlyList<RenameRule> rules)
    {
        Name = name;
        Description = description;
        Prefixes = prefixes;
        Others = others;
        Rules = rules;
    }

    /// <summary>Name of a built-in map, or path of a file.</summary>
    public string Name { get; }

    /// <summary>For people.</summary>
    public string Description { get; }

    /// <summary>Beginnings that are removed from names before the rules, the first that fits.</summary>
    public IReadOnlyList<string> Prefixes { get; }

    /// <summary>What becomes of a name that no rule fits: error, keep or drop.</summary>
    public string Others { get; }

    /// <summary>The rules, in their order.</summary>
    public IReadOnlyList<RenameRule> Rules { get; }

    /// <summary>Names of the built-in maps.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } =
        [.. typeof(RenameMap).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => name[ResourcePrefix.Length..^".json".Length]).Order(StringComparer.Ordinal)];

    private const string ResourcePrefix = "RawSer.Weights.Maps.";

    /// <summary>A built-in map by name, or a map file by path.</summary>
    /// <exception cref="WeightFileException">There is no such map, or it is not valid.</exception>
    public static RenameMap Open(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        if (BuiltIn.Contains(nameOrPath))
        {
            using Stream stream = typeof(RenameMap).Assembly.GetManifestResourceStream($"{ResourcePrefix}{nameOrPath}.json")!;
            using JsonDocument document = JsonDocument.Parse(stream);
            return Parse(nameOrPath, document.RootElement);
        }

        if (!File.Exists(nameOrPath))
        {
            throw new WeightFileException(nameOrPath, null, $"no rename map of this name and no such file; built in: {string.Join(", ", BuiltIn)}");
        }

        byte[] bytes = [];
        try
        {
            bytes = File.ReadAllBytes(nameOrPath);
            using JsonDocument document = JsonDocument.Parse(bytes);
            return Parse(nameOrPath, document.RootElement);
        }
        catch (JsonException e)
        {
            throw new WeightFileException(nameOrPath, null, $"rename map: {JsonProblem.Describe(e, bytes)}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(nameOrPath, null, $"rename map: {e.Message}", e);
        }
    }

    /// <summary>What becomes of a tensor: its new name and shape, and the rule; null if it is dropped.</summary>
    /// <exception cref="WeightFileException">The map does not cover the name, or the shape does not fit.</exception>
    public (string Name, IReadOnlyList<long> Shape, RenameRule Rule)? Apply(string name, IReadOnlyList<long> shape)
    {
        if (Find(name, out bool known) is not { } found)
        {
            return known ? null : throw new WeightFileException(Name, name, "not in the map");
        }

        long count = shape.Aggregate(1L, (product, extent) => product * extent);
        var entry = new WeightEntry(Name, name, WeightType.F32, [.. shape], 0, count * sizeof(float));
        return (found.To, TensorLayout.Of(found.Rule, entry).Shape, found.Rule);
    }

    /// <summary>The rule for a name, with the new name; null if the name is dropped.</summary>
    /// <param name="name">Name in the file.</param>
    /// <param name="known">Whether a rule or the setting for others covers the name.</param>
    internal (string To, RenameRule Rule, List<string> Parts)? Find(string name, out bool known)
    {
        string? prefix = Prefixes.FirstOrDefault(start => name.StartsWith(start, StringComparison.Ordinal));
        string bare = prefix is null ? name : name[prefix.Length..];
        foreach (RenameRule rule in Rules)
        {
            if (rule.Match(bare) is { } parts)
            {
                known = true;
                return rule.To is null ? null : (RenameRule.Fill(rule.To, parts), rule, parts);
            }
        }

        known = Others != "error";
        return Others == "keep" ? (bare, Keep, []) : null;
    }

    /// <summary>Reads a map from JSON.</summary>
    /// <exception cref="WeightFileException">The map is not valid.</exception>
    public static RenameMap Parse(string name, JsonElement root)
    {
        try
        {
            var rules = new List<RenameRule>();
            JsonElement list = root.TryGetProperty("rules", out JsonElement patterns) ? patterns : root.GetProperty("rows");
            foreach (JsonElement item in list.EnumerateArray())
            {
                rules.Add(Rule(name, item));
            }

            string others = root.TryGetProperty("others", out JsonElement setting) ? setting.GetString()! : "error";
            return others is "error" or "keep" or "drop"
                ? new RenameMap(name, root.TryGetProperty("description", out JsonElement text) ? text.GetString()! : "", Texts(root, "strip"), others, rules)
                : throw new WeightFileException(name, null, $"rename map: others must be error, keep or drop, found '{others}'");
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException(name, null, $"rename map: {e.Message}", e);
        }
    }

    private static readonly RenameRule Keep = new() { From = ["{*}"], To = "{*}" };

    private static RenameRule Rule(string map, JsonElement item)
    {
        string operation = item.TryGetProperty("op", out JsonElement op) ? op.GetString()! : "copy";
        if (!Operations.Contains(operation))
        {
            throw new WeightFileException(map, null, $"rename map: op '{WeightFileException.Printable(operation)}' is unknown; known: {string.Join(", ", Operations)}");
        }

        bool isMerge = operation == "weight_norm";
        var rule = new RenameRule
        {
            From = item.GetProperty("from").ValueKind == JsonValueKind.Array ? Texts(item, "from") : [item.GetProperty("from").GetString()!],
            To = item.GetProperty("to").GetString(),
            Shape = operation.StartsWith("reshape", StringComparison.Ordinal) ? Numbers(item, "shape") : null,
            Axes = operation.Contains("permute") ? Array.ConvertAll(Numbers(item, "axes"), axis => checked((int)axis)) : null,
            Final = operation == "reshape_permute_reshape" ? Numbers(item, "final") : null,
            Magnitude = isMerge ? item.GetProperty("magnitude").GetString() : null,
            NormAxis = isMerge ? item.GetProperty("dim").GetInt32() : 0,
        };
        if (rule.To is null != (operation == "drop"))
        {
            throw new WeightFileException(map, null, $"rename map: '{rule.From[0]}': exactly the op drop has no 'to'");
        }

        string? uneven = rule.From.FirstOrDefault(from => rule.To is not null && RenameRule.Marks(from) < RenameRule.Marks(rule.To));
        return uneven is null ? rule : throw new WeightFileException(map, null, $"rename map: '{uneven}' has fewer marks than '{rule.To}'");
    }

    private static string[] Texts(JsonElement item, string name) =>
        item.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray().Select(text => text.GetString()!)] : [];

    private static long[] Numbers(JsonElement item, string name) => [.. item.GetProperty(name).EnumerateArray().Select(number => number.GetInt64())];
}
