using System.CommandLine;
using System.Text.Json.Nodes;
using RawSer.Weights;
using RawSer.Weights.Renaming;

namespace RawSer.WeightTools.Commands;

/// <summary><c>rawser-weights rename</c>: what a map makes of a file's names and shapes, and optionally the renamed file.</summary>
internal static class RenameCommand
{
    public static Command Create()
    {
        Argument<string> file = CommonOptions.File();
        Option<string[]> map = CommonOptions.Map(required: true);
        Option<string?> output = new("--out", "-o") { Description = "The safetensors file to write; without it the new names are only listed.", HelpName = "PATH" };
        Option<bool> force = CommonOptions.Force();
        Option<bool> json = CommonOptions.Json();
        Command command = new("rename", "Applies rename maps: names and layouts of one library to those of another.") { file, map, output, force, json };
        command.SetAction(parsed =>
        {
            string[] maps = parsed.GetRequiredValue(map);
            string? target = parsed.GetValue(output);
            if (target is not null)
            {
                CommonOptions.CheckOutput(target, parsed.GetValue(force));
                using WeightSource source = CommonOptions.Open(parsed.GetRequiredValue(file), maps);
                Conversion.Save(source, target, floats: false);
                ConvertCommand.Report(source, target, parsed.GetValue(json));
                return 0;
            }

            using WeightSource original = WeightSource.Open(parsed.GetRequiredValue(file));
            Console.WriteLine(List(original, [.. maps.Select(CommonOptions.OpenMap)], parsed.GetValue(json)));
            return 0;
        });
        return command;
    }

    private static string List(WeightSource source, RenameMap[] maps, bool json)
    {
        var rows = new List<(WeightEntry From, string? To, IReadOnlyList<long> Shape)>();
        foreach (WeightEntry entry in source.Entries)
        {
            (string? name, IReadOnlyList<long> shape) = (entry.Name, entry.Extents);
            foreach (RenameMap map in maps)
            {
                (name, shape) = name is not null && map.Apply(name, shape) is { } target ? (target.Name, target.Shape) : (null, []);
            }

            rows.Add((entry, name, shape));
        }

        return json
            ? new JsonObject
            {
                ["type"] = "rename",
                ["rows"] = new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject { ["from"] = row.From.Name, ["to"] = row.To, ["shape"] = CommonOptions.Numbers(row.Shape) })]),
            }.ToJsonString()
            : string.Join(Environment.NewLine, rows.Select(row => $"{PrintableText.Of(row.From.Name)} {CommonOptions.Shape(row.From.Extents)} -> {(row.To is null ? "left out" : $"{PrintableText.Of(row.To)} {CommonOptions.Shape(row.Shape)}")}"));
    }
}
