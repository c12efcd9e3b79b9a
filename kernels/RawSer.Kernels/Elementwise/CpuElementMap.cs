using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    private static void Map<TMap>(TMap map, View a, View y) where TMap : struct, IElementMap =>
        RowLoop.Run(new StridedLoop(a.Layout, y.Layout), new MapKernel<TMap>(map, new(a), default, default, new(y)));

    private static void Map<TMap>(TMap map, View a, View b, View y) where TMap : struct, IElementMap =>
        RowLoop.Run(new StridedLoop(a.Layout, b.Layout, y.Layout), new MapKernel<TMap>(map, new(a), new(b), default, new(y)));

    private static void Map<TMap>(TMap map, View a, View b, View c, View y) where TMap : struct, IElementMap =>
        RowLoop.Run(
            new StridedLoop(a.Layout, b.Layout, c.Layout, y.Layout),
            new MapKernel<TMap>(map, new(a), new(b), new(c), new(y)));

    /// <summary>The maps of <see cref="ElementOperators"/> on this device.</summary>
    private readonly struct MapRunner : IMapRunner
    {
        public void Map<TMap>(TMap map, View a, View y) where TMap : unmanaged, IElementMap => CpuBackend.Map(map, a, y);

        public void Map<TMap>(TMap map, View a, View b, View y) where TMap : unmanaged, IElementMap => CpuBackend.Map(map, a, b, y);

        public void Map<TMap>(TMap map, View a, View b, View c, View y) where TMap : unmanaged, IElementMap => CpuBackend.Map(map, a, b, c, y);

        public void Fill(View y, double value) => Instance.Fill(y, value);
    }

    /// <summary>Floats, or a mask of bytes that the loop sees as lanes of ones (not 0) or zeros.</summary>
    private readonly struct MapOperand(View view)
    {
        private readonly byte* _first = (byte*)view.Storage.Address + (view.Layout.Offset * view.DType.Size());

        public bool IsMask { get; } = view.DType switch
        {
            DType.F32 => false,
            DType.Bool or DType.U8 => true,
            _ => throw new NotSupportedException($"elementwise kernels of the cpu device compute in F32 and masks, not in {view.DType}"),
        };

        public float* Floats(long offset) => (float*)_first + offset;

        public byte* Mask(long offset) => _first + offset;
    }

    /// <summary>
    /// A row of an elementwise operation. Dense float operands are used in place; strided ones, repeated elements and masks pass
    /// through small buffers, so that the operation itself is always vectorised.
    /// </summary>
    private readonly struct MapKernel<TMap>(TMap map, MapOperand a, MapOperand b, MapOperand c, MapOperand y) : IRowKernel
        where TMap : struct, IElementMap
    {
        private const int Chunk = 512;

        public void Invoke(in StridedLoop loop, long row, long start, long length)
        {
            long strideA = loop.RowStride(0), strideB = 0, strideC = 0, strideY = loop.RowStride(TMap.Arity);
            long offsetA = loop.RowOffset(0, row) + (start * strideA), offsetB = 0, offsetC = 0;
            long offsetY = loop.RowOffset(TMap.Arity, row) + (start * strideY);
            bool direct = IsDirect(a, strideA) && IsDirect(y, strideY);
            if (TMap.Arity > 1)
            {
                strideB = loop.RowStride(1);
                offsetB = loop.RowOffset(1, row) + (start * strideB);
                direct &= IsDirect(b, strideB);
            }

            if (TMap.Arity > 2)
            {
                strideC = loop.RowStride(2);
                offsetC = loop.RowOffset(2, row) + (start * strideC);
                direct &= IsDirect(c, strideC);
            }

            if (direct)
            {
                MapLoop.Run(map, a.Floats(offsetA), b.Floats(offsetB), c.Floats(offsetC), y.Floats(offsetY), length);
            }
            else
            {
                Buffered(offsetA, strideA, offsetB, strideB, offsetC, strideC, offsetY, strideY, length);
            }
        }

        private static bool IsDirect(MapOperand operand, long stride) => stride == 1 && !operand.IsMask;

        [SkipLocalsInit]
        private void Buffered(
            long offsetA, long strideA, long offsetB, long strideB, long offsetC, long strideC, long offsetY, long strideY, long length)
        {
            float* buffer = stackalloc float[(TMap.Arity + 1) * Chunk];
            for (long i = 0; i < length; i += Chunk)
            {
                int count = (int)Math.Min(Chunk, length - i);
                bool first = i == 0;
                float* pa = Gather(a, offsetA + (i * strideA), strideA, buffer + Chunk, count, first);
                float* pb = TMap.Arity > 1 ? Gather(b, offsetB + (i * strideB), strideB, buffer + (2 * Chunk), count, first) : null;
                float* pc = TMap.Arity > 2 ? Gather(c, offsetC + (i * strideC), strideC, buffer + (3 * Chunk), count, first) : null;
                if (IsDirect(y, strideY))
                {
                    MapLoop.Run(map, pa, pb, pc, y.Floats(offsetY + i), count);
                }
                else
                {
                    MapLoop.Run(map, pa, pb, pc, buffer, count);
                    Scatter(buffer, offsetY + (i * strideY), strideY, count);
                }
            }
        }

        private static float* Gather(MapOperand operand, long offset, long stride, float* buffer, int count, bool first)
        {
            if (stride == 0)
            {
                if (first) // one element for the whole row: it stays in the buffer
                {
                    float value = operand.IsMask ? MaskLane(*operand.Mask(offset)) : *operand.Floats(offset);
                    new Span<float>(buffer, count).Fill(value);
                }

                return buffer;
            }

            if (operand.IsMask)
            {
                MaskToLanes(operand.Mask(offset), stride, buffer, count);
                return buffer;
            }

            float* floats = operand.Floats(offset);
            if (stride == 1)
            {
                return floats;
            }

            for (int i = 0; i < count; i++)
            {
                buffer[i] = floats[i * stride];
            }

            return buffer;
        }

        private void Scatter(float* buffer, long offset, long stride, int count)
        {
            if (y.IsMask)
            {
                LanesToMask(buffer, y.Mask(offset), stride, count);
            }
            else
            {
                float* p = y.Floats(offset);
                for (int i = 0; i < count; i++)
                {
                    p[i * stride] = buffer[i];
                }
            }
        }

        private static void MaskToLanes(byte* p, long stride, float* lanes, int count)
        {
            int i = 0;
            for (; stride == 1 && i <= count - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                Vector128<sbyte> ones = ~Vector128.Equals(Vector128.Load(p + i), Vector128<byte>.Zero).AsSByte();
                (Vector128<short> low, Vector128<short> high) = Vector128.Widen(ones);
                (Vector128<int> a, Vector128<int> b) = Vector128.Widen(low);
                (Vector128<int> c, Vector128<int> d) = Vector128.Widen(high);
                a.Store((int*)(lanes + i));
                b.Store((int*)(lanes + i + 4));
                c.Store((int*)(lanes + i + 8));
                d.Store((int*)(lanes + i + 12));
            }

            for (; i < count; i++)
            {
                lanes[i] = MaskLane(p[i * stride]);
            }
        }

        private static void LanesToMask(float* lanes, byte* p, long stride, int count)
        {
            int i = 0;
            for (; stride == 1 && i <= count - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                int* from = (int*)(lanes + i);
                Vector128<short> low = Vector128.Narrow(Vector128.Load(from), Vector128.Load(from + 4));
                Vector128<short> high = Vector128.Narrow(Vector128.Load(from + 8), Vector128.Load(from + 12));
                (Vector128.Narrow(low, high).AsByte() & Vector128<byte>.One).Store(p + i);
            }

            for (; i < count; i++)
            {
                p[i * stride] = (byte)(BitConverter.SingleToUInt32Bits(lanes[i]) & 1);
            }
        }

        private static float MaskLane(byte element) => BitConverter.Int32BitsToSingle(element == 0 ? 0 : -1);
    }
}
