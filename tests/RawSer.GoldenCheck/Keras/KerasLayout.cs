using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.GoldenCheck.Keras;

/// <summary>
/// Parameters between the layouts of Keras and ours: convolutions (kernel ..., in, out) against (out, in, kernel ...), dense layers (in, out)
/// against (out, in); attention kernels (dim, heads, size) and (heads, size, dim) are dense with heads * size as one dimension.
/// </summary>
internal static class KerasLayout
{
    /// <summary>Values of a Keras parameter in the order and shape of ours. Names that end in <c>w</c> or <c>weight</c> are kernels, if they have dimensions to reorder.</summary>
    public static float[] FromKeras(string name, GoldenTensor keras, Shape ours)
    {
        if (!IsKernel(name, ours))
        {
            return keras.Floats;
        }

        float[] values = keras.Floats;
        float[] result = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            result[Place(i, ours)] = values[i];
        }

        return result;
    }

    /// <summary>Values of our parameter, or its gradient, in the order of Keras.</summary>
    public static float[] ToKeras(string name, Tensor tensor)
    {
        float[] values = tensor.ToArray<float>();
        Shape ours = tensor.Shape;
        if (!IsKernel(name, ours))
        {
            return values;
        }

        float[] keras = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            keras[i] = values[Place(i, ours)];
        }

        return keras;
    }

    /// <summary>Fills a network from the tensors that a case lists; the names carry a folder ("single94/", "enc/") in front.</summary>
    public static void Load(Module network, GoldenCase golden, string file, IEnumerable<string> names)
    {
        HashSet<string> open = [.. network.NamedState().Select(s => s.Name)];
        foreach (string name in names)
        {
            string own = name[(name.IndexOf('/') + 1)..];
            Tensor target = network.State(own);
            target.CopyFrom<float>(FromKeras(own, golden.Tensor(name, file), target.Shape));
            open.Remove(own);
        }

        if (open.Count > 0)
        {
            throw new GoldenFormatException($"{golden.Name}: no values for {string.Join(", ", open)}");
        }
    }

    private static bool IsKernel(string name, Shape ours) => (name == "w" || name.EndsWith(".w", StringComparison.Ordinal) || name.EndsWith(".weight", StringComparison.Ordinal)) && ours.Rank >= 2;

    /// <summary>Where element (receptive, in, out) of Keras, by its index, stands in (out, in, receptive).</summary>
    private static int Place(int keras, Shape ours)
    {
        int outputs = ours[0], inputs = ours[1], receptive = (int)(ours.ElementCount / (outputs * inputs));
        int output = keras % outputs, input = keras / outputs % inputs, at = keras / (outputs * inputs);
        return (((output * inputs) + input) * receptive) + at;
    }
}
