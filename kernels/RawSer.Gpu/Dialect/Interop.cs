namespace RawSer.Gpu.Dialect;

/// <summary>Bits of numbers, sizes and alignment.</summary>
public static unsafe class Interop
{
    /// <summary>The bits of a float.</summary>
    public static uint FloatAsInt(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>The bits of a double.</summary>
    public static ulong FloatAsInt(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>The float of some bits.</summary>
    public static float IntAsFloat(uint value) => BitConverter.UInt32BitsToSingle(value);

    /// <summary>The double of some bits.</summary>
    public static double IntAsFloat(ulong value) => BitConverter.UInt64BitsToDouble(value);

    /// <summary>Bytes of a value.</summary>
    public static int SizeOf<T>() where T : unmanaged => sizeof(T);

    /// <summary>Bytes of a value.</summary>
    public static int SizeOf<T>(T structure) where T : unmanaged => sizeof(T);

    /// <summary>How many TFirst as many bytes as the given number of TSecond hold, rounded up.</summary>
    public static long ComputeRelativeSizeOf<TFirst, TSecond>(long numSecondElements)
        where TFirst : unmanaged
        where TSecond : unmanaged =>
        ((numSecondElements * sizeof(TSecond)) + sizeof(TFirst) - 1) / sizeof(TFirst);

    /// <summary>Bytes from <paramref name="ptr"/> to the next multiple of a power of two.</summary>
    public static int ComputeAlignmentOffset(long ptr, int alignmentInBytes) => (int)(-ptr & (alignmentInBytes - 1));

    /// <summary>Bytes from <paramref name="ptr"/> to the next multiple of a power of two, at most <paramref name="length"/>.</summary>
    public static long Align(long ptr, long length, int alignmentInBytes)
    {
        long offset = ComputeAlignmentOffset(ptr, alignmentInBytes);
        return offset < length ? offset : length;
    }
}
