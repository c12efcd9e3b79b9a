using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using RawSer.Weights;
using RawSer.Weights.Torch;

namespace RawSer.WeightTools.Commands;

/// <summary><c>rawser-weights inspect</c>: what a file holds, without reading the values.</summary>
internal static class InspectCommand
{
    private const int LongestText = 200;

    public static Command Create()
    {
        Argument<string> file = CommonOptions.File();
        Option<string[]> map = CommonOptions.Map();
        Option<bool> json = CommonOptions.Json();
        Command command = new("inspect", "Lists format, tensors, shapes and metadata. A hostile or broken file is refused with the reason.") { file, map, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            WeightFormat format = WeightFormats.Detect(path);
            using WeightSource source = CommonOptions.Open(path, parsed.GetValue(map));
            if (parsed.GetValue(json))
            {
                Console.WriteLine(ToJson(format, source).ToJsonString());
            }
            else
            {
                Print(format, source);
            }

            return 0;
        });
        return command;
    }

    private static void Print(WeightFormat format, WeightSource source)
    {
        int width = Math.Min(72, source.Entries.Select(entry => entry.Name.Length).DefaultIfEmpty(0).Max());
        foreach (WeightEntry entry in source.Entries)
        {
            Console.WriteLine($"{PrintableText.Of(entry.Name).PadRight(width)}  {entry.Type.Name(),-5} {CommonOptions.Shape(entry.Extents),-22} {CommonOptions.Size(entry.Length),10}");
        }

        foreach ((string key, string value) in source.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            string shown = value.Length > LongestText ? $"{value[..LongestText]}… ({value.Length} characters)" : value;
            Console.WriteLine($"metadata  {PrintableText.Of(key)} = {PrintableText.Of(shown)}");
        }

        foreach (IReadOnlyList<string> names in source.TiedNames())
        {
            Console.WriteLine($"tied      {string.Join(" = ", names.Select(PrintableText.Of))}");
        }

        if (source is TorchFile torch && torch.Values.Take(LongestText).Count() is > 0 and int values)
        {
            Console.WriteLine($"values    {(values == LongestText ? "many" : values)} plain values beside the tensors (--json lists them)");
        }

        string types = string.Join(", ", source.Entries.GroupBy(entry => entry.Type).Select(group => $"{group.Count()} {group.Key.Name()}"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{format}: {source.Entries.Count} tensors ({types}), {source.Entries.Sum(entry => entry.ElementCount):n0} elements, {CommonOptions.Size(source.Entries.Sum(entry => entry.Length))}"));
    }

    private static JsonObject ToJson(WeightFormat format, WeightSource source)
    {
        JsonArray tensors = [.. source.Entries.Select(entry => (JsonNode)new JsonObject
        {
            ["name"] = entry.Name,
            ["dtype"] = entry.Type.Name(),
            ["shape"] = CommonOptions.Numbers(entry.Extents),
            ["bytes"] = entry.Length,
        })];
        var metadata = new JsonObject();
        foreach ((string key, string value) in source.Metadata)
        {
            metadata[key] = value;
        }

        var result = new JsonObject
        {
            ["type"] = "inspect",
            ["file"] = source.Path,
            ["format"] = format.ToString(),
            ["elements"] = source.Entries.Sum(entry => entry.ElementCount),
            ["bytes"] = source.Entries.Sum(entry => entry.Length),
            ["tensors"] = tensors,
            ["metadata"] = metadata,
            ["tied"] = new JsonArray([.. source.TiedNames().Select(names => (JsonNode)CommonOptions.Texts(names))]),
        };
        if (source is TorchFile torch)
        {
            result["values"] = new JsonArray([.. torch.Values.Select(value => (JsonNode)new JsonObject
            {
                ["path"] = new JsonArray([.. value.Path.Select(key => key is long number ? (JsonNode)number : Convert.ToString(key, CultureInfo.InvariantCulture)!)]),
                ["value"] = Plain(value.Value),
            })]);
        }

        return result;
    }

    private static JsonNode? Plain(object? value) => value switch
    {
        null => null,
        bool flag => flag,
        long number => number,
        double number when double.IsFinite(number) => number,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
