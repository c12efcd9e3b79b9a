namespace RawSer.Kernels;

/// <summary>Conversion of single elements between storage types, by way of double or long.</summary>
internal static unsafe class ElementConversion
{
    public static double LoadDouble(DType type, void* p, long i) => type switch
    {
        DType.F32 => ((float*)p)[i],
        DType.F64 => ((double*)p)[i],
        DType.F16 => (double)((Half*)p)[i],
        DType.BF16 => BitConverter.Int32BitsToSingle(((ushort*)p)[i] << 16),
        DType.I64 => ((long*)p)[i],
        DType.I32 => ((int*)p)[i],
        DType.U8 or DType.Bool => ((byte*)p)[i],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };

    public static long LoadInteger(DType type, void* p, long i) => type switch
    {
        DType.I64 => ((long*)p)[i],
        DType.I32 => ((int*)p)[i],
        DType.U8 or DType.Bool => ((byte*)p)[i],
        _ => (long)LoadDouble(type, p, i),
    };

    public static void Store(DType type, void* p, long i, double value)
    {
        switch (type)
        {
            case DType.F32: ((float*)p)[i] = (float)value; break;
            case DType.F64: ((double*)p)[i] = value; break;
            case DType.F16: ((Half*)p)[i] = (Half)value; break;
            case DType.BF16: ((ushort*)p)[i] = RoundToBFloat16((float)value); break;
            case DType.Bool: ((byte*)p)[i] = value != 0 ? (byte)1 : (byte)0; break;
            default: StoreInteger(type, p, i, (long)value); break;
        }
    }

    public static void StoreInteger(DType type, void* p, long i, long value)
    {
        switch (type)
        {
            case DType.I64: ((long*)p)[i] = value; break;
            case DType.I32: ((int*)p)[i] = (int)value; break;
            case DType.U8: ((byte*)p)[i] = (byte)value; break;
            case DType.Bool: ((byte*)p)[i] = value != 0 ? (byte)1 : (byte)0; break;
            default: Store(type, p, i, (double)value); break;
        }
    }

    /// <summary>Round to nearest even on the upper 16 bits; NaN stays a quiet NaN.</summary>
    private static ushort RoundToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
