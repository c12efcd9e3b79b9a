using System.Text.Json;
using RawSer.Weights.Renaming;
using RawSer.Weights.Synthesis;

namespace RawSer.GoldenCheck.Weights;

/// <summary>Names and shapes of published networks against the generated lists, and the built-in rename maps against complete tables.</summary>
internal static class NameCases
{
    /// <summary>For each list of names: the maps that lead from it to an architecture that RawSer generates.</summary>
    private static readonly Dictionary<string, (string[] Maps, string Architecture)> Lists = new()
    {
        ["vgg16_torchvision"] = (["vgg16-torchvision"], "vgg16"),
        ["vgg16_timm"] = (["vgg16-timm"], "vgg16"),
        ["vgg16_keras"] = (["vgg16-keras"], "vgg16"),
        ["wav2vec2_base_new"] = ([], "wav2vec2-base"),
        ["wav2vec2_base_old"] = ([], "wav2vec2-base-old"),
        ["wav2vec2_base_ctc_old"] = (["weight-norm-new"], "wav2vec2-base-ctc"),
        ["wav2vec2_base_pretraining_old"] = (["weight-norm-new"], "wav2vec2-base-pretraining"),
        ["wav2vec2_base_ser_new"] = ([], "wav2vec2-base-ser"),
        ["wav2vec2_large_stable_old"] = (["weight-norm-new"], "wav2vec2-large"),
        ["wav2vec_small_fairseq"] = (["wav2vec2-fairseq", "weight-norm-new"], "wav2vec2-base-pretraining"),
        ["wav2vec_small_960h_fairseq"] = (["wav2vec2-fairseq", "weight-norm-new"], "wav2vec2-base-ctc"),
    };

    /// <summary>The built-in map that does what a table says.</summary>
    private static readonly Dictionary<string, string> Tables = new()
    {
        ["rename_timm_to_torchvision"] = "vgg16-timm",
        ["rename_keras_to_torchvision"] = "vgg16-keras",
        ["rename_fairseq_to_hf"] = "wav2vec2-fairseq",
        ["rename_fairseq_ctc_to_hf"] = "wav2vec2-fairseq",
        ["rename_weight_norm_spelling"] = "weight-norm-old",
        ["rename_pretraining_to_base"] = "wav2vec2-hf-body",
    };

    public static void Register(HandlerTable table)
    {
        table.Kind("names", Names);
        table.Kind("rename", Rename);
    }

    private static void Names(GoldenCase golden, GoldenRun run)
    {
        Dictionary<string, long[]> names = List(golden.PathOf(golden.File!));
        run.Equal("count", names.Count, golden.Attrs.Int("count"));
        run.Equal("elements", names.Values.Sum(Count), (long)golden.Attrs.Double("elements"));
        (string[] maps, string architecture) = Lists.TryGetValue(Key(golden), out (string[] Maps, string Architecture) list)
            ? list
            : throw new GoldenUnsupportedException($"no architecture for {golden.File}");
        foreach (string map in maps)
        {
            RenameMap opened = RenameMap.Open(map);
            names = names.Select(item => opened.Apply(item.Key, item.Value)!.Value).ToDictionary(item => item.Name, item => item.Shape.ToArray());
        }

        string[] expected = [.. names.Select(item => $"{item.Key} {string.Join('x', item.Value)}").Order(StringComparer.Ordinal)];
        string[] generated = [.. Architecture.Get(architecture).Tensors.Select(tensor => $"{tensor.Name} {string.Join('x', tensor.Extents)}").Order(StringComparer.Ordinal)];
        run.Check("generated names", generated.SequenceEqual(expected), $"differs in {string.Join(", ", generated.Except(expected).Concat(expected.Except(generated)).Take(6))}");
    }

    private static void Rename(GoldenCase golden, GoldenRun run)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(golden.PathOf(golden.File!)));
        RenameMap table = RenameMap.Parse(golden.Name, document.RootElement);
        RenameMap builtIn = RenameMap.Open(Tables.TryGetValue(Key(golden), out string? name) ? name : throw new GoldenUnsupportedException($"no map for {golden.File}"));
        Dictionary<string, long[]> from = List(golden.PathOf(document.RootElement.GetProperty("from").GetString()!));
        Dictionary<string, long[]> to = List(golden.PathOf(document.RootElement.GetProperty("to").GetString()!));
        run.Equal("rows", table.Rules.Count, golden.Attrs.Int("rows"));
        foreach ((string source, long[] shape) in from)
        {
            string wanted = Describe(table.Apply(source, shape));
            run.Equal(source, Describe(builtIn.Apply(source, shape)), wanted);
            if (table.Apply(source, shape) is { } target)
            {
                run.Check($"{source} is in the target list once", to.Remove(target.Name, out long[]? extents) && extents.SequenceEqual(target.Shape), target.Name);
            }
        }

        run.Check("every target has a source", to.Count == 0, string.Join(", ", to.Keys.Take(6)));
    }

    private static string Describe((string Name, IReadOnlyList<long> Shape, RenameRule Rule)? target) => target is { } found
        ? $"{found.Name} ({string.Join(", ", found.Shape)}) axes {string.Join(' ', found.Rule.Axes ?? [])} of {string.Join(' ', found.Rule.Shape ?? [])}"
        : "dropped";

    private static string Key(GoldenCase golden) => Path.GetFileNameWithoutExtension(golden.File!);

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, extent) => product * extent);

    private static Dictionary<string, long[]> List(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.GetProperty("tensors").EnumerateArray()
            .ToDictionary(item => item[0].GetString()!, item => item[1].EnumerateArray().Select(extent => extent.GetInt64()).ToArray());
    }
}
