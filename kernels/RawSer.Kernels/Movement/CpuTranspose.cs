using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <summary>
    /// A copy whose source is dense along another dimension than the destination: for each place of the other dimensions a transposition
    /// of a plane, <c>y[c * StrideY + r] = x[r * StrideX + c]</c>, cut into blocks that fit the first-level cache.
    /// </summary>
    private readonly struct TransposePlan
    {
        /// <summary>Rows and columns of a block.</summary>
        public const int Block = 64;

        private readonly StridedLoop _loop;
        private readonly int _columnDim;

        private TransposePlan(StridedLoop loop, int columnDim)
        {
            _loop = loop;
            _columnDim = columnDim;
            Rows = loop.RowLength;
            Columns = loop.Extent(columnDim);
            StrideX = loop.RowStride(0);
            StrideY = loop.Stride(columnDim, 1);
        }

        /// <summary>Extent of the dimension along which y is dense.</summary>
        public long Rows { get; }

        /// <summary>Extent of the dimension along which x is dense.</summary>
        public long Columns { get; }

        public long StrideX { get; }

        public long StrideY { get; }

        public long RowBlocks => (Rows + Block - 1) / Block;

        public long ColumnBlocks => (Columns + Block - 1) / Block;

        private long BlocksPerPlane => RowBlocks * ColumnBlocks;

        public long Blocks => _loop.Count / (Rows * Columns) * BlocksPerPlane;

        public int Parts => checked((int)((Blocks + BlocksPerPart - 1) / BlocksPerPart));

        /// <summary>Small planes are taken together.</summary>
        public long BlocksPerPart => Math.Max(1, WorkerPool.Grain / (Math.Min(Rows, Block) * Math.Min(Columns, Block)));

        /// <summary>The plan for a walk that needs one, else null: short rows or columns gain nothing.</summary>
        public static TransposePlan? Find(in StridedLoop loop)
        {
            if (loop.Count == 0 || loop.RowStride(1) != 1 || loop.RowStride(0) is 0 or 1 || loop.RowLength < 4)
            {
                return null;
            }

            for (int d = loop.Rank - 2; d >= 0; d--)
            {
                if (loop.Stride(d, 0) == 1 && loop.Extent(d) >= 4)
                {
                    return new TransposePlan(loop, d);
                }
            }

            return null;
        }

        /// <summary>Where a block starts: its row and column, and the offsets of its plane.</summary>
        public (long Row, long Column, long PlaneX, long PlaneY) Locate(long block)
        {
            long plane = block / BlocksPerPlane, inPlane = block % BlocksPerPlane;
            long offsetX = 0, offsetY = 0;
            for (int d = _loop.Rank - 2; d >= 0; d--)
            {
                if (d != _columnDim)
                {
                    offsetX += plane % _loop.Extent(d) * _loop.Stride(d, 0);
                    offsetY += plane % _loop.Extent(d) * _loop.Stride(d, 1);
                    plane /= _loop.Extent(d);
                }
            }

            return (inPlane % RowBlocks * Block, inPlane / RowBlocks * Block, offsetX, offsetY);
        }
    }

    private readonly struct TransposeBody<T>(TransposePlan plan, T* x, T* y) : IParallelBody where T : unmanaged
    {
        private readonly TransposePlan _plan = plan;

        public void Invoke(int index)
        {
            long end = Math.Min((index + 1) * _plan.BlocksPerPart, _plan.Blocks);
            for (long block = index * _plan.BlocksPerPart; block < end; block++)
            {
                (long row, long column, long planeX, long planeY) = _plan.Locate(block);
                int rows = (int)Math.Min(TransposePlan.Block, _plan.Rows - row), columns = (int)Math.Min(TransposePlan.Block, _plan.Columns - column);
                T* from = x + planeX + (row * _plan.StrideX) + column, to = y + planeY + (column * _plan.StrideY) + row;
                int done = sizeof(T) == sizeof(float) && Avx.IsSupported ? Tiles((float*)from, (float*)to, rows, columns) : 0;
                Elements(from, to, 0, done, columns & ~7, columns);
                Elements(from, to, done, rows, 0, columns);
            }
        }

        /// <summary>Tiles of 8 x 8, as far as whole ones go; the number of rows done is returned.</summary>
        private int Tiles(float* from, float* to, int rows, int columns)
        {
            int r = 0;
            for (; r <= rows - 8; r += 8)
            {
                for (int c = 0; c <= columns - 8; c += 8)
                {
                    Transpose8(from + (r * _plan.StrideX) + c, _plan.StrideX, to + (c * _plan.StrideY) + r, _plan.StrideY);
                }
            }

            return r;
        }

        private void Elements(T* from, T* to, int firstRow, int endRow, int firstColumn, int endColumn)
        {
            for (int c = firstColumn; c < endColumn; c++)
            {
                for (int r = firstRow; r < endRow; r++)
                {
                    to[(c * _plan.StrideY) + r] = from[(r * _plan.StrideX) + c];
                }
            }
        }
    }

    /// <summary>Eight rows of eight: pairs interleaved, then pairs of pairs, then the halves of the registers exchanged.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose8(float* x, long strideX, float* y, long strideY)
    {
        Vector256<float> r0 = Vector256.Load(x), r1 = Vector256.Load(x + strideX);
        Vector256<float> r2 = Vector256.Load(x + (2 * strideX)), r3 = Vector256.Load(x + (3 * strideX));
        Vector256<float> r4 = Vector256.Load(x + (4 * strideX)), r5 = Vector256.Load(x + (5 * strideX));
        Vector256<float> r6 = Vector256.Load(x + (6 * strideX)), r7 = Vector256.Load(x + (7 * strideX));
        Vector256<double> a = Avx.UnpackLow(r0, r1).AsDouble(), b = Avx.UnpackHigh(r0, r1).AsDouble();
        Vector256<double> c = Avx.UnpackLow(r2, r3).AsDouble(), d = Avx.UnpackHigh(r2, r3).AsDouble();
        Vector256<double> e = Avx.UnpackLow(r4, r5).AsDouble(), f = Avx.UnpackHigh(r4, r5).AsDouble();
        Vector256<double> g = Avx.UnpackLow(r6, r7).AsDouble(), h = Avx.UnpackHigh(r6, r7).AsDouble();
        Halves(Avx.UnpackLow(a, c), Avx.UnpackLow(e, g), y, strideY);
        Halves(Avx.UnpackHigh(a, c), Avx.UnpackHigh(e, g), y + strideY, strideY);
        Halves(Avx.UnpackLow(b, d), Avx.UnpackLow(f, h), y + (2 * strideY), strideY);
        Halves(Avx.UnpackHigh(b, d), Avx.UnpackHigh(f, h), y + (3 * strideY), strideY);
    }

    /// <summary>Stores the lower halves as one row and the upper halves as the row four further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(Vector256<double> first, Vector256<double> second, float* y, long strideY)
    {
        Avx.Permute2x128(first, second, 0x20).AsSingle().Store(y);
        Avx.Permute2x128(first, second, 0x31).AsSingle().Store(y + (4 * strideY));
    }
}
