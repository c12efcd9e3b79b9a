using System.Numerics.Tensors;

namespace RawSer.Kernels;

/// <summary>Conversions of dense rows between the types that weights, audio, labels and masks come in.</summary>
internal static unsafe class DenseConversion
{
    /// <summary>Converts a row if there is a loop for the two types.</summary>
    public static bool TryConvert(DType from, void* x, long atX, DType to, void* y, long atY, int length)
    {
        switch (from, to)
        {
            case (DType.F16, DType.F32): TensorPrimitives.ConvertToSingle(Row<Half>(x, atX, length), Target<float>(y, atY, length)); return true;
            case (DType.F32, DType.F16): TensorPrimitives.ConvertToHalf(Row<float>(x, atX, length), Target<Half>(y, atY, length)); return true;
            case (DType.F64, DType.F32): TensorPrimitives.ConvertTruncating(Row<double>(x, atX, length), Target<float>(y, atY, length)); return true;
            case (DType.F32, DType.F64): TensorPrimitives.ConvertTruncating(Row<float>(x, atX, length), Target<double>(y, atY, length)); return true;
            case (DType.I64, DType.F32): TensorPrimitives.ConvertTruncating(Row<long>(x, atX, length), Target<float>(y, atY, length)); return true;
            case (DType.I32, DType.F32): TensorPrimitives.ConvertTruncating(Row<int>(x, atX, length), Target<float>(y, atY, length)); return true;
            case (DType.U8 or DType.Bool, DType.F32): TensorPrimitives.ConvertTruncating(Row<byte>(x, atX, length), Target<float>(y, atY, length)); return true;
            case (DType.BF16, DType.F32): FromBFloat16((ushort*)x + atX, (uint*)y + atY, length); return true;
            default: return false;
        }
    }

    private static ReadOnlySpan<T> Row<T>(void* x, long at, int length) where T : unmanaged => new((T*)x + at, length);

    private static Span<T> Target<T>(void* y, long at, int length) where T : unmanaged => new((T*)y + at, length);

    /// <summary>A bfloat16 is the upper half of a float.</summary>
    private static void FromBFloat16(ushort* x, uint* y, int length)
    {
        for (int i = 0; i < length; i++)
        {
            y[i] = (uint)x[i] << 16;
        }
    }
}
