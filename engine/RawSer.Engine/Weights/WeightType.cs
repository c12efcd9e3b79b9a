using RawSer.Kernels;

namespace RawSer.Weights;

/// <summary>
/// Element types of the safetensors format, in the order in which its writers sort tensors (last first).
/// RawSer loads those with a <see cref="DType"/>; the others can be listed and copied as raw bytes.
/// </summary>
public enum WeightType : byte
{
    /// <summary>One byte per element, 0 or 1.</summary>
    Bool,

    /// <summary>4-bit float, two in a byte.</summary>
    F4,

    /// <summary>6-bit float with 2 exponent bits.</summary>
    F6E2M3,

    /// <summary>6-bit float with 3 exponent bits.</summary>
    F6E3M2,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>8-bit float with 5 exponent bits.</summary>
    F8E5M2,

    /// <summary>8-bit float with 4 exponent bits.</summary>
    F8E4M3,

    /// <summary>8-bit power of two.</summary>
    F8E8M0,

    /// <summary>8-bit float with 4 exponent bits, without infinities and negative zero.</summary>
    F8E4M3Fnuz,

    /// <summary>8-bit float with 5 exponent bits, without infinities and negative zero.</summary>
    F8E5M2Fnuz,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>16-bit unsigned integer.</summary>
    U16,

    /// <summary>16-bit IEEE float.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>32-bit unsigned integer.</summary>
    U32,

    /// <summary>32-bit IEEE float.</summary>
    F32,

    /// <summary>Complex number of two 32-bit floats.</summary>
    C64,

    /// <summary>64-bit IEEE float.</summary>
    F64,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>64-bit unsigned integer.</summary>
    U64,
}

/// <summary>Properties of <see cref="WeightType"/> values.</summary>
public static class WeightTypes
{
    private static readonly string[] Names =
    [
        "BOOL", "F4", "F6_E2M3", "F6_E3M2", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
        "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "C64", "F64", "I64", "U64",
    ];

    private static ReadOnlySpan<byte> BitsOf => [8, 4, 6, 6, 8, 8, 8, 8, 8, 8, 8, 16, 16, 16, 16, 32, 32, 32, 64, 64, 64, 64];

    /// <summary>The name in a safetensors header, for example <c>F8_E4M3</c>.</summary>
    public static string Name(this WeightType type) => Names[(int)type];

    /// <summary>Bits per element: 4 to 64.</summary>
    public static int Bits(this WeightType type) => BitsOf[(int)type];

    /// <summary>The element type of a tensor that holds it, or null when RawSer does not load it.</summary>
    public static DType? ToDType(this WeightType type) => type switch
    {
        WeightType.Bool => DType.Bool,
        WeightType.U8 => DType.U8,
        WeightType.F16 => DType.F16,
        WeightType.BF16 => DType.BF16,
        WeightType.I32 => DType.I32,
        WeightType.F32 => DType.F32,
        WeightType.F64 => DType.F64,
        WeightType.I64 => DType.I64,
        _ => null,
    };

    /// <summary>The type under which tensors of this element type are stored.</summary>
    public static WeightType Of(DType type)
    {
        for (WeightType stored = 0; stored <= WeightType.U64; stored++)
        {
            if (stored.ToDType() == type)
            {
                return stored;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type");
    }

    /// <summary>Looks a header name up; names are exact, upper case.</summary>
    public static bool TryParse(string name, out WeightType type)
    {
        int index = Array.IndexOf(Names, name);
        type = index >= 0 ? (WeightType)index : default;
        return index >= 0;
    }

    /// <summary>For messages.</summary>
    internal static string LoadableNames => string.Join(", ", Names.Where((_, index) => ((WeightType)index).ToDType() is not null));
}
