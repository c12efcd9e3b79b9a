namespace RawSer.Weights.Hdf5;

/// <summary>Element types and shapes (sections IV.A.2.b and IV.A.2.d of the format specification).</summary>
internal static class Hdf5Types
{
    public const int FixedString = 3;
    public const int VariableLength = 9;

    private const int FixedPoint = 0;
    private const int FloatingPoint = 1;
    private const int Enumeration = 8;
    private const int MaxRank = 32;

    /// <summary>The class of a datatype message: one of the constants here, or another number.</summary>
    public static int Class(ReadOnlySpan<byte> type) => type[0] & 0xf;

    /// <summary>Bytes of an element.</summary>
    public static uint Size(ReadOnlySpan<byte> type) => Hdf5Bytes.U32(type[4..]);

    /// <summary>The numeric type of a dataset's elements.</summary>
    public static WeightType Number(Hdf5Bytes bytes, ReadOnlySpan<byte> type, string dataset)
    {
        if (type.Length < 12)
        {
            throw bytes.Error("truncated: its datatype", dataset);
        }

        uint size = Size(type);
        int bits = type[1];
        int kind = Class(type);
        if (kind is FixedPoint or FloatingPoint && (bits & 1) != 0)
        {
            throw bytes.Error("big-endian numbers; only little-endian data are read", dataset);
        }

        WeightType? found = kind switch
        {
            FixedPoint when HasFullPrecision(type, size) => Integer(size, isSigned: (bits & 0b1000) != 0),
            FloatingPoint when type.Length >= 20 && HasFullPrecision(type, size) => Float(type, size),
            Enumeration when size == 1 => WeightType.Bool, // h5py writes bool as an enumeration of 8-bit integers
            _ => null,
        };
        return found ?? throw bytes.Error($"dtype {Name(kind)} of {size} bytes is not supported (numbers and bool are)", dataset);
    }

    /// <summary>The extents of a dataspace message; null for one without elements.</summary>
    public static long[]? Shape(Hdf5Bytes bytes, ReadOnlySpan<byte> space, string owner)
    {
        if (space.Length < 4)
        {
            throw bytes.Error($"truncated dataspace of '{owner}'");
        }

        int version = space[0];
        int rank = space[1];
        int start = version switch
        {
            1 => 8,
            2 => 4,
            _ => throw bytes.Error($"dataspace version {version} of '{owner}' is not read"),
        };
        if (version == 2 && space[3] == 2)
        {
            return null;
        }

        if (rank > MaxRank || space.Length < start + 8 * rank)
        {
            throw bytes.Error($"corrupt dataspace of '{owner}': {rank} dimensions in {space.Length} bytes");
        }

        long[] extents = new long[rank];
        UInt128 elements = 1;
        for (int i = 0; i < rank; i++)
        {
            ulong extent = Hdf5Bytes.U64(space[(start + 8 * i)..]);
            elements *= Math.Max(extent, 1);
            if (elements > long.MaxValue / 16)
            {
                throw bytes.Error($"the shape of '{owner}' is too large: its size overflows");
            }

            extents[i] = (long)extent;
        }

        return extents;
    }

    /// <summary>Number of elements of a shape.</summary>
    public static long Count(long[] shape) => shape.Aggregate(1L, (product, extent) => product * extent);

    /// <summary>Bit offset 0 and as many bits as the bytes have.</summary>
    private static bool HasFullPrecision(ReadOnlySpan<byte> type, uint size) => Hdf5Bytes.U16(type[8..]) == 0 && (uint)Hdf5Bytes.U16(type[10..]) == 8 * size;

    private static WeightType? Integer(uint size, bool isSigned) => (size, isSigned) switch
    {
        (1, false) => WeightType.U8,
        (1, true) => WeightType.I8,
        (2, false) => WeightType.U16,
        (2, true) => WeightType.I16,
        (4, false) => WeightType.U32,
        (4, true) => WeightType.I32,
        (8, false) => WeightType.U64,
        (8, true) => WeightType.I64,
        _ => null,
    };

    /// <summary>The IEEE formats and bfloat16, by the places of exponent and mantissa.</summary>
    private static WeightType? Float(ReadOnlySpan<byte> type, uint size) =>
        (size, Exponent: type[13], Mantissa: type[15], At: type[12], Bias: Hdf5Bytes.U32(type[16..])) switch
        {
            (2, 5, 10, 10, 15) => WeightType.F16,
            (2, 8, 7, 7, 127) => WeightType.BF16,
            (4, 8, 23, 23, 127) => WeightType.F32,
            (8, 11, 52, 52, 1023) => WeightType.F64,
            _ => null,
        };

    private static string Name(int kind) => kind switch
    {
        FixedPoint => "integer",
        FloatingPoint => "float",
        FixedString or VariableLength => "string",
        6 => "compound",
        Enumeration => "enumeration",
        _ => $"of class {kind}",
    };
}
