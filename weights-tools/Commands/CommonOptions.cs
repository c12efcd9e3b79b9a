using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using RawSer.CommandLine;
using RawSer.Weights;
using RawSer.Weights.Renaming;

namespace RawSer.WeightTools.Commands;

/// <summary>What several verbs share.</summary>
internal static class CommonOptions
{
    public static Argument<string> File(string name = "FILE") =>
        new(name) { Description = "A weight file of any known format, or the index.json of a sharded model; recognised by its content." };

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object." };

    public static Option<bool> Force() => new("--force", "-f") { Description = "Replace an existing output file." };

    public static Option<string[]> Map(bool required = false) => new("--map", "-m")
    {
        Description = $"A rename map by name or path; several are applied in turn. Names: {string.Join(", ", RenameMap.BuiltIn)}.",
        HelpName = "MAP",
        Required = required,
    };

    /// <summary>A file as the maps show it.</summary>
    public static WeightSource Open(string path, string[]? maps)
    {
        WeightSource source = WeightSource.Open(path);
        try
        {
            foreach (string map in maps ?? [])
            {
                source = RenamedSource.Create(source, OpenMap(map), ownsSource: true);
            }

            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public static RenameMap OpenMap(string map) => RenameMap.BuiltIn.Contains(map) || System.IO.File.Exists(map)
        ? RenameMap.Open(map)
        : throw CommandFailure.OfUsage($"no rename map '{map}', neither built in ({string.Join(", ", RenameMap.BuiltIn)}) nor a file");

    /// <summary>Refuses a file that is there already, or a place where none can be, before the work whose result it is for.</summary>
    public static void CheckOutput(string path, bool force)
    {
        if (System.IO.File.Exists(path) && !force)
        {
            throw CommandFailure.OfUsage($"{path} exists; --force replaces it");
        }

        try
        {
            FileReplacement.CheckTarget(path);
        }
        catch (IOException e)
        {
            throw CommandFailure.OfData($"--out {path}: {e.Message}");
        }
    }

    /// <summary>A number of bytes for people, in powers of 1024.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1 << 10 => $"{bytes} B",
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:f1} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:f1} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:f2} GiB"),
    };

    public static string Shape(IEnumerable<long> extents) => $"({string.Join(", ", extents)})";

    public static JsonArray Numbers(IEnumerable<long> values) => [.. values.Select(value => (JsonNode)value)];

    public static JsonArray Texts(IEnumerable<string> values) => [.. values.Select(value => (JsonNode)value)];
}
