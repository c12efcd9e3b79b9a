namespace RawSer.Gpu.Dialect;

/// <summary>
/// A 16 x 8 tile of floats spread over a warp. Lane l holds rows l / 4 and l / 4 + 8, columns 2 (l mod 4) and the next.
/// </summary>
public struct TileAccumulator
{
    /// <summary>Row l / 4, first column.</summary>
    public float C0;

    /// <summary>Row l / 4, second column.</summary>
    public float C1;

    /// <summary>Row l / 4 + 8, first column.</summary>
    public float C2;

    /// <summary>Row l / 4 + 8, second column.</summary>
    public float C3;
}

/// <summary>
/// The left operand of a tile product spread over a warp, as four registers. tf32: a 16 x 8 tile, lane l holds rows l / 4 (A0, A2)
/// and l / 4 + 8 (A1, A3), columns l mod 4 (A0, A1) and l mod 4 + 4 (A2, A3). bf16: a 16 x 16 tile, each register two neighbours of a
/// row, columns 2 (l mod 4) and 2 (l mod 4) + 8.
/// </summary>
public struct TileA
{
    /// <summary>Row l / 4, first column.</summary>
    public uint A0;

    /// <summary>Row l / 4 + 8, first column.</summary>
    public uint A1;

    /// <summary>Row l / 4, second column.</summary>
    public uint A2;

    /// <summary>Row l / 4 + 8, second column.</summary>
    public uint A3;
}

/// <summary>
/// The right operand of a tile product spread over a warp, as two registers. tf32: an 8 x 8 tile, lane l holds column l / 4, rows
/// l mod 4 and l mod 4 + 4. bf16: a 16 x 8 tile, each register two neighbours of a column, rows 2 (l mod 4) and 2 (l mod 4) + 8.
/// </summary>
public struct TileB
{
    /// <summary>First row.</summary>
    public uint B0;

    /// <summary>Second row.</summary>
    public uint B1;
}

/// <summary>
/// Tile products on the tensor cores (mma.sync, compute capability 8.0). On older targets the lanes exchange the operands by shuffles
/// and multiply them in single precision: the same layout and the same rounding of the operands, far slower. For all lanes.
/// </summary>
public static class TensorCore
{
    /// <summary>A float rounded to tf32 (10 bits of mantissa, ties away from zero), as operand bits.</summary>
    public static uint ToTf32(float value)
    {
        if (Target.HasTensorCores)
        {
            CudaAsm.Emit("cvt.rna.tf32.f32 %0, %1;", out uint bits, value);
            return bits;
        }

        uint exact = Interop.FloatAsInt(value);
        return (exact & 0x7f800000) == 0x7f800000 ? exact : (exact + 0x1000) & 0xffffe000;
    }

    /// <summary>Two floats rounded to bf16 (to nearest, ties to even), the first in the low half.</summary>
    public static uint ToBf16Pair(float low, float high) => ToBf16(low) | (ToBf16(high) << 16);

    /// <summary>sum += a b for a tf32 16 x 8 tile a and 8 x 8 tile b.</summary>
    public static void MultiplyTf32(ref TileAccumulator sum, in TileA a, in TileB b)
    {
        if (Target.HasTensorCores)
        {
            Emit("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};", ref sum, a, b);
        }
        else
        {
            for (int k = 0; k < 8; k++)
            {
                int source = k % 4;
                int row = (Warp.LaneIdx / 4 * 4) + source;
                int column = (Warp.LaneIdx % 4 * 8) + source;
                float top = Interop.IntAsFloat(Warp.Shuffle(k < 4 ? a.A0 : a.A2, row));
                float bottom = Interop.IntAsFloat(Warp.Shuffle(k < 4 ? a.A1 : a.A3, row));
                float left = Interop.IntAsFloat(Warp.Shuffle(k < 4 ? b.B0 : b.B1, column));
                float right = Interop.IntAsFloat(Warp.Shuffle(k < 4 ? b.B0 : b.B1, column + 4));
                Accumulate(ref sum, top, bottom, left, right);
            }
        }
    }

    /// <summary>sum += a b for a bf16 16 x 16 tile a and 16 x 8 tile b.</summary>
    public static void MultiplyBf16(ref TileAccumulator sum, in TileA a, in TileB b)
    {
        if (Target.HasTensorCores)
        {
            Emit("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};", ref sum, a, b);
        }
        else
        {
            for (int k = 0; k < 16; k++)
            {
                int source = k % 8 / 2;
                int row = (Warp.LaneIdx / 4 * 4) + source;
                int column = (Warp.LaneIdx % 4 * 8) + source;
                float top = Bf16Half(Warp.Shuffle(k < 8 ? a.A0 : a.A2, row), k);
                float bottom = Bf16Half(Warp.Shuffle(k < 8 ? a.A1 : a.A3, row), k);
                float left = Bf16Half(Warp.Shuffle(k < 8 ? b.B0 : b.B1, column), k);
                float right = Bf16Half(Warp.Shuffle(k < 8 ? b.B0 : b.B1, column + 4), k);
                Accumulate(ref sum, top, bottom, left, right);
            }
        }
    }

#if !GPU_ILGPU // has no addresses as numbers in kernels
    /// <summary>
    /// Loads four 8 x 8 tiles of 16-bit elements from shared memory (ldmatrix, compute capability 7.5): lane l names row l mod 8
    /// of tile l / 8 by a reference to its first element, aligned to 16 bytes. Register i is this lane's part of tile i: row l / 4,
    /// columns 2 (l mod 4) and the next.
    /// </summary>
    public static TileA LoadTiles(ref ushort row)
    {
        var tile = default(TileA);
        if (Target.HasMatrixLoad)
        {
            Output<uint> a0 = default, a1 = default, a2 = default, a3 = default;
            Input<uint> address = Address.Shared(ref row);
            CudaAsm.EmitRef(
                "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];", ref a0, ref a1, ref a2, ref a3, ref address);
            tile.A0 = a0.Value;
            tile.A1 = a1.Value;
            tile.A2 = a2.Value;
            tile.A3 = a3.Value;
            return tile;
        }

        uint start = Address.Shared(ref row);
        uint offset = (uint)(Warp.LaneIdx % 4 * 4);
        int lane = Warp.LaneIdx / 4;
        tile.A0 = LoadShared(Warp.Shuffle(start, lane) + offset);
        tile.A1 = LoadShared(Warp.Shuffle(start, lane + 8) + offset);
        tile.A2 = LoadShared(Warp.Shuffle(start, lane + 16) + offset);
        tile.A3 = LoadShared(Warp.Shuffle(start, lane + 24) + offset);
        return tile;
    }

    private static uint LoadShared(uint address)
    {
        CudaAsm.Emit("ld.shared.b32 %0, [%1];", out uint value, address);
        return value;
    }
#endif

    private static void Accumulate(ref TileAccumulator sum, float top, float bottom, float left, float right)
    {
        sum.C0 += top * left;
        sum.C1 += top * right;
        sum.C2 += bottom * left;
        sum.C3 += bottom * right;
    }

    private static uint ToBf16(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        uint rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
        return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fff : rounded;
    }

    private static float Bf16Half(uint pair, int k) => Interop.IntAsFloat((k & 1) == 0 ? pair << 16 : pair & 0xffff0000);

    private static void Emit(string instruction, ref TileAccumulator sum, in TileA a, in TileB b)
    {
        Ref<float> c0 = sum.C0, c1 = sum.C1, c2 = sum.C2, c3 = sum.C3;
        Input<uint> a0 = a.A0, a1 = a.A1, a2 = a.A2, a3 = a.A3, b0 = b.B0, b1 = b.B1;
        CudaAsm.EmitRef(instruction, ref c0, ref c1, ref c2, ref c3, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1);
        sum.C0 = c0.Value;
        sum.C1 = c1.Value;
        sum.C2 = c2.Value;
        sum.C3 = c3.Value;
    }
}
