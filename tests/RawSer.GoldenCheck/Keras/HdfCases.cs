using System.Text.Json;
using RawSer.Testing;
using RawSer.Weights;
using RawSer.Weights.Hdf5;

namespace RawSer.GoldenCheck.Keras;

/// <summary>HDF5 files of Keras: complete lists of datasets and text attributes, and the values.</summary>
internal static class HdfCases
{
    public static void Register(HandlerTable table) => table.Kind("hdf5", Run);

    private static void Run(GoldenCase golden, GoldenRun run)
    {
        using Hdf5File file = Hdf5File.Open(golden.PathOf(golden.Attrs.String("h5")));
        JsonElement attributes = golden.Attrs.Json;
        string[] expected =
            [.. attributes.GetProperty("datasets").EnumerateObject()
                .Select(set => $"{set.Name} {set.Value[1].GetString()} {string.Join(',', set.Value[0].EnumerateArray())}")
                .Order(StringComparer.Ordinal)];
        string[] found =
            [.. file.Entries.Select(entry => $"{entry.Name} {TypeName(entry.Type)} {string.Join(',', entry.Extents)}").Order(StringComparer.Ordinal)];
        run.Check("datasets", found.SequenceEqual(expected), $"{string.Join("; ", found)}, expected {string.Join("; ", expected)}");
        foreach (JsonProperty attribute in attributes.GetProperty("attributes").EnumerateObject())
        {
            string text = attribute.Value.ValueKind == JsonValueKind.Array
                ? string.Join('|', attribute.Value.EnumerateArray().Select(item => item.GetString()))
                : attribute.Value.GetString()!;
            string[]? values = file.Attributes.GetValueOrDefault(attribute.Name) ?? file.Attributes.GetValueOrDefault($"model_weights/{attribute.Name}") ?? file.Attributes.GetValueOrDefault("model_weights" + attribute.Name);
            run.Equal(attribute.Name, values is null ? "missing" : string.Join('|', values), text);
        }

        foreach (JsonProperty tensor in attributes.GetProperty("tensors").EnumerateObject())
        {
            double[] values = Array.ConvertAll(file.ReadFloats(tensor.Value.GetString()!), value => (double)value);
            run.Close(tensor.Name, values, golden.Input(tensor.Name).Doubles, Tolerance.Exact);
        }

        // The network's output for x: the layers have cases of their own, and the weights are equal to the bit.
        golden.Disregard("x");
        run.Covered("y");
    }

    private static string TypeName(WeightType type) => type switch
    {
        WeightType.F32 => "float32",
        WeightType.I64 => "int64",
        _ => type.Name(),
    };
}
