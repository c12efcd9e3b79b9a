using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>How many neighbours a thread reads and writes at once.</summary>
internal interface IFloatPack
{
    /// <summary>Elements of one access.</summary>
    static abstract int Width { get; }

    /// <summary>Reads from <paramref name="place"/>, a multiple of the width, into local values from index <paramref name="at"/>.</summary>
    static abstract void Load(ArrayView<float> source, int place, ArrayView<float> values, int at);

    /// <summary>Writes local values from index 0 to <paramref name="place"/>.</summary>
    static abstract void Store(ArrayView<float> target, int place, ArrayView<float> values);
}

/// <summary>One float: any layout.</summary>
internal readonly struct OneFloat : IFloatPack
{
    public static int Width => 1;

    public static void Load(ArrayView<float> source, int place, ArrayView<float> values, int at) => values[at] = source[place];

    public static void Store(ArrayView<float> target, int place, ArrayView<float> values) => target[place] = values[0];
}

/// <summary>128 bits, for memory aligned to 16 bytes whose stretches have a multiple of four elements.</summary>
internal readonly struct FourFloats : IFloatPack
{
    public static int Width => 4;

    public static void Load(ArrayView<float> source, int place, ArrayView<float> values, int at)
    {
        Float4 four = source.AsAligned16().Cast<Float4>()[place >> 2];
        values[at] = four.X;
        values[at + 1] = four.Y;
        values[at + 2] = four.Z;
        values[at + 3] = four.W;
    }

    public static void Store(ArrayView<float> target, int place, ArrayView<float> values) =>
        target.AsAligned16().Cast<Float4>()[place >> 2] = new Float4(values[0], values[1], values[2], values[3]);
}
