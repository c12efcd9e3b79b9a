using System.Buffers.Binary;
using System.Text;

namespace RawSer.Weights.Numpy;

/// <summary>
/// The header of a .npy array: magic, version, length, then a Python dict literal with exactly <c>descr</c>, <c>fortran_order</c> and
/// <c>shape</c>. It is parsed, never evaluated, and object arrays, which need pickle, are refused.
/// Format: numpy/lib/_format_impl.py.
/// </summary>
internal sealed class NpyHeader
{
    /// <summary>Most bytes that a header and what precedes it can have.</summary>
    public const int MaxBytes = PrefixBytes + 4 + MaxCharacters;

    private const int MaxCharacters = 10_000;
    private const int PrefixBytes = 8;
    private const int MaxRank = 64;

    private static readonly (string Descr, WeightType Type)[] Types =
    [
        ("|b1", WeightType.Bool), ("|u1", WeightType.U8), ("|i1", WeightType.I8), ("<u2", WeightType.U16), ("<i2", WeightType.I16),
        ("<u4", WeightType.U32), ("<i4", WeightType.I32), ("<u8", WeightType.U64), ("<i8", WeightType.I64),
        ("<f2", WeightType.F16), ("<f4", WeightType.F32), ("<f8", WeightType.F64),
    ];

    private NpyHeader(WeightType type, long[] shape, bool isFortran, int dataOffset, long dataLength)
    {
        Type = type;
        Shape = shape;
        DataOffset = dataOffset;
        DataLength = dataLength;
        Strides = StridesOf(shape, isFortran);
        IsRowMajor = !isFortran || shape.Count(extent => extent > 1) <= 1;
    }

    public WeightType Type { get; }

    public long[] Shape { get; }

    /// <summary>Steps in elements.</summary>
    public long[] Strides { get; }

    public bool IsRowMajor { get; }

    /// <summary>Position of the data after the magic.</summary>
    public int DataOffset { get; }

    public long DataLength { get; }

    /// <summary>
    /// Parses the start of an array whose bytes, header included, are <paramref name="length"/>.
    /// <paramref name="start"/> must have as many of them as a header can have; <paramref name="name"/> is the array's, for messages.
    /// </summary>
    public static NpyHeader Parse(string file, string? name, ReadOnlySpan<byte> start, long length)
    {
        WeightFileException Error(string problem) => new(file, name, $"npy header: {problem}");

        ReadOnlySpan<byte> magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];
        if (!start.StartsWith(magic))
        {
            throw Error($"no magic number \\x93NUMPY at the start; {(length == 0 ? "it is empty" : "not npy")}");
        }

        if (start.Length < PrefixBytes + 2)
        {
            throw Error($"truncated: only {length} bytes");
        }

        (int major, int minor) = (start[6], start[7]);
        if (major is < 1 or > 3 || minor != 0)
        {
            throw Error($"version {major}.{minor} is unknown; 1.0, 2.0 and 3.0 are read");
        }

        int lengthBytes = major == 1 ? 2 : 4;
        int textOffset = PrefixBytes + lengthBytes;
        if (start.Length < textOffset)
        {
            throw Error($"truncated: only {length} bytes");
        }

        uint characters = lengthBytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (characters > MaxCharacters)
        {
            throw Error($"{characters} bytes are too large (too long): the limit is {MaxCharacters}");
        }

        if (characters > start.Length - textOffset)
        {
            throw Error($"truncated: the header has {characters} bytes, the file ends after {start.Length - textOffset}");
        }

        try
        {
            return Create(start.Slice(textOffset, (int)characters), textOffset + (int)characters, length);
        }
        catch (FormatException e)
        {
            throw Error(e.Message);
        }
    }

    private static NpyHeader Create(ReadOnlySpan<byte> text, int dataOffset, long length)
    {
        var literal = new PythonLiteral(Encoding.Latin1.GetString(text));
        (string descr, bool isFortran, long[] shape) = literal.ReadHeader();
        int found = Array.FindIndex(Types, item => item.Descr == descr);
        if (found < 0)
        {
            throw new FormatException($"descr '{WeightFileException.Printable(descr)}' is no supported dtype ({string.Join(", ", Types.Select(item => item.Descr))}){Why(descr)}");
        }

        WeightType type = Types[found].Type;
        if (shape.Length > MaxRank)
        {
            throw new FormatException($"shape has {shape.Length} dimensions, too large: the limit is {MaxRank}");
        }

        Int128 elements = 1;
        foreach (long extent in shape)
        {
            elements *= Math.Max(extent, 1);
            if (elements > long.MaxValue / 16)
            {
                throw new FormatException($"shape {WeightEntry.Format(shape)} is too large: its size overflows");
            }
        }

        long bytes = shape.Contains(0) ? 0 : (long)elements * (type.Bits() / 8);
        long available = length - dataOffset;
        return bytes == available
            ? new NpyHeader(type, shape, isFortran, dataOffset, bytes)
            : throw new FormatException($"shape {WeightEntry.Format(shape)} of {type.Name()} has a size of {bytes} bytes, but {available} follow {(bytes > available ? "(truncated)" : "(trailing bytes)")}");
    }

    private static string Why(string descr) =>
        descr.Contains('O') ? ": an object array needs pickle, which could run code"
        : descr.StartsWith('>') ? ": only little-endian data are read"
        : "";

    private static long[] StridesOf(long[] shape, bool isFortran)
    {
        long[] strides = new long[shape.Length];
        long step = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            int axis = isFortran ? i : shape.Length - 1 - i;
            strides[axis] = step;
            step *= Math.Max(shape[axis], 1);
        }

        return strides;
    }
}
