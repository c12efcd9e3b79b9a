using System.Text.Json;
using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Testing;
using RawSer.Weights.Synthesis;

namespace RawSer.GoldenCheck.Models;

/// <summary>Tensors that are not stored but computed from a seed and a name, and statistics that stand for tensors too large to store.</summary>
internal static class ProceduralValues
{
    /// <summary>The tensors of a list with name, shape, base and scale.</summary>
    public static Dictionary<string, ProceduralTensor> List(JsonElement list) => list.EnumerateArray()
        .Select(item => new ProceduralTensor(
            item.GetProperty("name").GetString()!,
            [.. item.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())],
            item.GetProperty("base").GetDouble(),
            item.GetProperty("scale").GetDouble()))
        .ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);

    /// <summary>A tensor's values.</summary>
    public static float[] Values(ProceduralTensor tensor, int seed)
    {
        float[] values = new float[tensor.Count];
        tensor.Fill(seed, 0, values);
        return values;
    }

    /// <summary>A tensor on the device of a run.</summary>
    public static Tensor OnDevice(GoldenRun run, ProceduralTensor tensor, int seed) =>
        Tensor.From(Values(tensor, seed), [.. tensor.Extents.Select(extent => (int)extent)], run.Device);

    /// <summary>Fills all parameters of a module; the list must have each of them.</summary>
    public static void Load(Module module, Dictionary<string, ProceduralTensor> tensors, int seed)
    {
        foreach (NamedTensor parameter in module.NamedParameters())
        {
            parameter.Value.CopyFrom<float>(Values(tensors[parameter.Name], seed));
        }
    }

    /// <summary>The formula of pictures: <c>tri(900 y + 1700 x + 20000 c) + u / 2</c>, channels first.</summary>
    public static float[] Image(int size, int seed)
    {
        float[] noise = Values(new ProceduralTensor("image", [3, size, size], 0, 1), seed);
        float[] image = new float[noise.Length];
        for (int i = 0; i < image.Length; i++)
        {
            int x = i % size, y = i / size % size, c = i / (size * size);
            image[i] = (float)(Triangle((900 * y) + (1700 * x) + (20000 * c)) + (0.5 * noise[i]));
        }

        return image;
    }

    /// <summary>The formula of clips: <c>0.75 tri(n (1000 + 300 c) + n n / 64) + u / 4</c>, zero from a clip's length on.</summary>
    public static float[] Audio(int[] lengths, int samples, int seed)
    {
        float[] noise = Values(new ProceduralTensor("audio", [lengths.Length, samples], 0, 1), seed);
        float[] audio = new float[noise.Length];
        for (int c = 0; c < lengths.Length; c++)
        {
            for (long n = 0; n < lengths[c]; n++)
            {
                long i = ((long)c * samples) + n;
                audio[i] = (float)((0.75 * Triangle((n * (1000 + (300 * c))) + (n * n / 64))) + (0.25 * noise[i]));
            }
        }

        return audio;
    }

    /// <summary>Compares a tensor with its statistics, within a share of its largest value.</summary>
    public static void CheckStatistics(GoldenRun run, string what, GoldenTensor got, JsonElement statistics, double share)
    {
        double[] values = got.Doubles;
        double low = statistics.GetProperty("min").GetDouble(), high = statistics.GetProperty("max").GetDouble();
        Tolerance each = new(0, share * Math.Max(Math.Abs(low), Math.Abs(high)));
        Numbers(statistics, "shape", out double[] shape);
        int[] extents = [.. shape.Select(extent => (int)extent)];
        run.Equal($"shape of {what}", got.Shape, (Shape)extents);
        run.Close($"least of {what}", values.Min(), low, each);
        run.Close($"greatest of {what}", values.Max(), high, each);
        run.Close($"l2 of {what}", Norm(values), statistics.GetProperty("l2").GetDouble(), new Tolerance(share, each.Absolute));
        Numbers(statistics, "first", out double[] first);
        run.Close($"first of {what}", values.AsSpan(0, first.Length), first, each);
        Numbers(statistics, "last", out double[] last);
        run.Close($"last of {what}", values.AsSpan(values.Length - last.Length), last, each);
        run.Close($"sum of {what}", values.Sum(), statistics.GetProperty("sum").GetDouble(), new Tolerance(share, each.Absolute * Math.Sqrt(values.Length)));
    }

    /// <summary>Euclidean norm.</summary>
    public static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    /// <summary>Compares a gradient: within an absolute and a share of the largest expected value.</summary>
    public static void Gradient(GoldenCase golden, GoldenRun run, string role, GoldenTensor got)
    {
        double largest = golden.Expected(role).Doubles.Max(Math.Abs);
        run.Output(role, got, new Tolerance(0, golden.Attrs.Double("grad_atol") + (golden.Attrs.Double("grad_rtol_of_max") * largest)));
    }

    /// <summary>The part of a tensor that a text such as <c>pool1[:, ::4, -1, :]</c> describes.</summary>
    public static Tensor Part(Tensor tensor, string slice)
    {
        string[] axes = slice[(slice.IndexOf('[', StringComparison.Ordinal) + 1)..^1].Split(',', StringSplitOptions.TrimEntries);
        Tensor part = tensor;
        int dim = 0;
        foreach (string axis in axes)
        {
            if (int.TryParse(axis, out int index))
            {
                part = part.Select(dim, index);
                continue;
            }

            part = axis == ":" ? part : part.Slice(dim, step: int.Parse(axis.AsSpan(2)));
            dim++;
        }

        return part;
    }

    private static double Triangle(long phase) => (Math.Abs((phase & 65535) - 32768) / 16384.0) - 1;

    private static void Numbers(JsonElement statistics, string name, out double[] numbers) =>
        numbers = [.. statistics.GetProperty(name).EnumerateArray().Select(number => number.GetDouble())];
}
