namespace RawSer.Kernels;

/// <summary>Element types of tensor storage.</summary>
public enum DType : byte
{
    /// <summary>32-bit IEEE float, the type that every backend computes in.</summary>
    F32,

    /// <summary>64-bit IEEE float; computed by the reference backend only (gradient checks).</summary>
    F64,

    /// <summary>16-bit IEEE float; storage only, converted when loaded.</summary>
    F16,

    /// <summary>bfloat16; storage only, converted when loaded.</summary>
    BF16,

    /// <summary>64-bit signed integer: indices and class labels.</summary>
    I64,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>One byte per element, 0 or 1: masks.</summary>
    Bool,
}

/// <summary>Properties of <see cref="DType"/> values.</summary>
public static class DTypes
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this DType type) => type switch
    {
        DType.F64 or DType.I64 => 8,
        DType.F32 or DType.I32 => 4,
        DType.F16 or DType.BF16 => 2,
        DType.U8 or DType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };

    /// <summary>True for F32, F64, F16 and BF16.</summary>
    public static bool IsFloat(this DType type) => type is DType.F32 or DType.F64 or DType.F16 or DType.BF16;

    /// <summary>The element type that holds values of the .NET type <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is no element type.</exception>
    public static DType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.F32
        : typeof(T) == typeof(double) ? DType.F64
        : typeof(T) == typeof(Half) ? DType.F16
        : typeof(T) == typeof(long) ? DType.I64
        : typeof(T) == typeof(int) ? DType.I32
        : typeof(T) == typeof(byte) ? DType.U8
        : typeof(T) == typeof(bool) ? DType.Bool
        : throw new NotSupportedException($"no tensor element type holds {typeof(T).Name}; use float, double, Half, long, int, byte or bool");
}
