using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

/// <summary>One matrix product, or a batch of them: what to compute.</summary>
internal unsafe struct GemmProblem
{
    public int M, N, K;
    public Matrix A, B, C;

    /// <summary>All of B in panels of the tile's columns (<see cref="PackedMatrix"/>), instead of B, or null.</summary>
    public float* PackedB;

    public bool Accumulate;
    public Epilogue Epilogue;
    public GemmBatch Batch;

    /// <summary>Multiplications of one product.</summary>
    public readonly long Work => (long)M * N * Math.Max(K, 1);

    /// <summary>The same product as <c>c^T = b^T a^T</c>.</summary>
    public readonly GemmProblem Transposed
    {
        get
        {
            GemmProblem t = this;
            (t.M, t.N) = (N, M);
            (t.A, t.B, t.C) = (B.Transposed, A.Transposed, C.Transposed);
            t.Epilogue = Epilogue.Transposed;
            t.Batch = Batch.Swapped;
            return t;
        }
    }

    /// <summary>Product <paramref name="index"/> of the batch alone.</summary>
    public readonly GemmProblem Item(long index)
    {
        GemmProblem item = this;
        item.A = new Matrix(A.Data + Batch.Offset(0, index), A.RowStride, A.ColumnStride);
        item.B = new Matrix(B.Data + Batch.Offset(1, index), B.RowStride, B.ColumnStride);
        item.C = new Matrix(C.Data + Batch.Offset(2, index), C.RowStride, C.ColumnStride);
        item.Epilogue = Epilogue.At((nint)Batch.Offset(3, index));
        item.Batch = default;
        return item;
    }
}

/// <summary>
/// Packed and blocked matrix product (K. Goto, R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008): blocks of
/// the operands are packed into panels that tiles read in order; results are split into blocks by shape, each computed by one
/// thread in a fixed order of k.
/// </summary>
internal static unsafe class Gemm
{
    // Products below this many multiplications run on the calling thread: handing out work costs about as much.
    private const long WorkPerPart = 1 << 18;

    // A batch of products below this size is split by products, else each product is split into blocks.
    private const long WholeProduct = 1 << 24;

    // Largest packed operand that all parts share, in floats (16 MB: half of a third-level cache).
    private const long SharedFloats = 4 << 20;

    private const int BlocksPerProduct = 16;

    // A right operand that stays in the second-level cache while blocks of rows pass by, in floats (512 KB), and the number of row panels
    // from which on rows are split evenly: then wide products with few rows are split by rows too, not into two or three uneven blocks of columns.
    private const int ResidentFloats = 128 << 10;
    private const int FewestRowPanels = 8;

    // Packing moves an element several times, so fewer are worth a part than in elementwise work.
    private const int PackGrain = WorkerPool.Grain / 4;

    // Panels that a part packs, and rows that it packs at a time, where the panels' lines are neighbours in memory: few pages are in use at a time, and
    // what is read of each is long enough for the processor to foresee.
    private const int NeighbourPanels = 4;
    private const int NeighbourRows = 32;

    private const int LineFloats = 16;

    // Limits of a block that packs its own operand, so that the packed block stays in half of the second-level cache.
    private const int MaxOwnRows = 192;
    private const int MaxOwnColumns = 192;

    /// <summary>Computes the product or batch of products.</summary>
    public static void Run<TTile>(in GemmProblem problem) where TTile : ITile
    {
        if (problem.C.ColumnStride != 1 && problem.C.RowStride == 1 && problem.PackedB is null)
        {
            Run<TTile>(problem.Transposed);
        }
        else if (problem.Batch.Count > 1 && problem.Work <= WholeProduct)
        {
            RunBatch<TTile>(problem);
        }
        else
        {
            for (long i = 0; i < problem.Batch.Count; i++)
            {
                RunOne<TTile>(problem.Item(i));
            }
        }
    }

    private static void RunBatch<TTile>(in GemmProblem p) where TTile : ITile
    {
        long each = Math.Max(1, WorkPerPart / p.Work);
        WorkerPool.Shared.Run(WorkerPool.PartCount(p.Batch.Count, (int)each), new BatchBody<TTile>(p, each));
    }

    /// <summary>Packs a right operand for good.</summary>
    public static PackedMatrix Pack<TTile>(Matrix b, int depth, int columns) where TTile : ITile
    {
        Storage storage = HostMemoryPool.Shared.Allocate((long)RoundUp(columns, TTile.Lanes) * depth * sizeof(float));
        PackTo((float*)storage.Address, b.Transposed, columns, depth, TTile.Columns, TTile.Lanes);
        return new PackedMatrix(storage, depth, columns);
    }

    private static void RunOne<TTile>(GemmProblem p) where TTile : ITile
    {
        if (p.PackedB is null && MatrixVector.TryRun(p))
        {
            return;
        }

        p.PackedB = PackedAsItIs<TTile>(p);
        bool splitsRows = p.M >= p.N || (p.M >= FewestRowPanels * TTile.Rows && (long)p.N * p.K <= ResidentFloats);
        int rows = BlockSize(p.M, TTile.Rows, MaxOwnRows);
        if (p.Work <= 2 * WorkPerPart)
        {
            new Blocks<TTile>(p, p.M, p.N, null, p.PackedB).Invoke(0);
        }
        else if (splitsRows && p.PackedB is not null)
        {
            WorkerPool.Shared.Run(WorkerPool.PartCount(p.M, rows), new Blocks<TTile>(p, rows, p.N, null, p.PackedB));
        }
        else if (splitsRows)
        {
            // The right operand is packed once for all; each part packs the rows it multiplies.
            int chunk = ChunkSize(p.N, p.K, TTile.Columns);
            for (int n = 0; n < p.N; n += chunk)
            {
                GemmProblem part = Columns(p, n, Math.Min(chunk, p.N - n));
                float* packed = PackShared(part.B.Transposed, part.N, part.K, TTile.Columns, TTile.Lanes);
                WorkerPool.Shared.Run(WorkerPool.PartCount(part.M, rows), new Blocks<TTile>(part, rows, part.N, null, packed));
            }
        }
        else
        {
            int columns = BlockSize(p.N, TTile.Columns, MaxOwnColumns);
            int chunk = ChunkSize(p.M, p.K, TTile.Rows);
            for (int m = 0; m < p.M; m += chunk)
            {
                GemmProblem part = Rows(p, m, Math.Min(chunk, p.M - m));
                float* packed = PackShared(part.A, part.M, part.K, TTile.Rows, TTile.Rows);
                WorkerPool.Shared.Run(WorkerPool.PartCount(part.N, columns), new Blocks<TTile>(part, part.M, columns, packed, part.PackedB));
            }
        }
    }

    /// <summary>The packed right operand, or the operand itself where it is a panel already: dense rows as wide as one.</summary>
    private static float* PackedAsItIs<TTile>(in GemmProblem p) where TTile : ITile =>
        p.PackedB is null && p.N <= TTile.Columns && p.N % TTile.Lanes == 0 && p.B.ColumnStride == 1 && p.B.RowStride == p.N ? p.B.Data : p.PackedB;

    private static int BlockSize(int extent, int unit, int max) =>
        Math.Clamp(RoundUp((extent + BlocksPerProduct - 1) / BlocksPerProduct, unit), unit, RoundUp(max, unit));

    private static int ChunkSize(int extent, int depth, int unit) =>
        (int)Math.Min(RoundUp(extent, unit), Math.Max(unit, SharedFloats / Math.Max(1, depth) / unit * unit));

    private static GemmProblem Rows(GemmProblem p, int first, int count)
    {
        p.A = p.A.At(first, 0);
        p.C = p.C.At(first, 0);
        p.Epilogue = p.Epilogue.At(first, 0);
        p.M = count;
        return p;
    }

    private static GemmProblem Columns(GemmProblem p, int first, int count)
    {
        p.B = p.B.At(0, first);
        p.C = p.C.At(0, first);
        p.Epilogue = p.Epilogue.At(0, first);
        p.N = count;
        return p;
    }

    /// <summary>Packs all lines (rows of <paramref name="source"/>) over the whole depth, on all threads.</summary>
    public static float* PackShared(Matrix source, int lines, int depth, int width, int lanes)
    {
        float* packed = ThreadScratch.Floats(ThreadScratch.Use.Shared, (long)RoundUp(lines, lanes) * depth);
        PackTo(packed, source, lines, depth, width, lanes);
        return packed;
    }

    private static void PackTo(float* packed, Matrix source, int lines, int depth, int width, int lanes)
    {
        int panelsPerPart = Math.Max(source.RowStride == 1 ? NeighbourPanels : 1, PackGrain / (width * Math.Max(1, depth)));
        WorkerPool.Shared.Run(WorkerPool.PartCount(lines, panelsPerPart * width), new PackBody(source, lines, depth, width, lanes, panelsPerPart, packed));
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;

    private readonly struct PackBody(Matrix source, int lines, int depth, int width, int lanes, int panelsPerPart, float* packed) : IParallelBody
    {
        public void Invoke(int index)
        {
            int first = index * panelsPerPart * width;
            int last = Math.Min(first + (panelsPerPart * width), lines);
            PackPanels(source.At(first, 0), last - first, depth, width, lanes, packed + ((nint)first * depth));
        }
    }

    private static void PackPanels(Matrix source, int lines, int depth, int width, int lanes, float* packed)
    {
        int step = source.RowStride == 1 ? NeighbourRows : Math.Max(1, depth);
        for (int k = 0; k < depth; k += step)
        {
            int rows = Math.Min(step, depth - k);
            for (int line = 0; line < lines; line += width)
            {
                int count = Math.Min(width, lines - line), filled = RoundUp(count, lanes);
                Matrix panel = source.At(line, k);
                Panels.Pack(panel.Data, panel.RowStride, panel.ColumnStride, count, rows, filled, packed + ((nint)line * depth) + (k * (nint)filled));
            }
        }
    }

    private readonly struct BatchBody<TTile>(GemmProblem problem, long itemsPerPart) : IParallelBody where TTile : ITile
    {
        private readonly GemmProblem _problem = problem;

        public void Invoke(int index)
        {
            long last = Math.Min((index + 1) * itemsPerPart, _problem.Batch.Count);
            for (long i = index * itemsPerPart; i < last; i++)
            {
                GemmProblem item = _problem.Item(i);
                int rows = Math.Min(item.M, MaxOwnRows), columns = Math.Min(item.N, RoundUp(MaxOwnColumns, TTile.Columns));
                Blocks<TTile> blocks = new(item, rows, columns, null, PackedAsItIs<TTile>(item));
                for (int block = 0; block < blocks.Count; block++)
                {
                    blocks.Invoke(block);
                }
            }
        }
    }

    /// <summary>The blocks of one product. Operands that are not packed yet are packed by the block that needs them.</summary>
    private readonly struct Blocks<TTile>(GemmProblem problem, int rows, int columns, float* packedA, float* packedB) : IParallelBody where TTile : ITile
    {
        private readonly GemmProblem _p = problem;

        public int Count => WorkerPool.PartCount(_p.M, rows) * WorkerPool.PartCount(_p.N, columns);

        public void Invoke(int index)
        {
            int blocksPerRow = WorkerPool.PartCount(_p.N, columns);
            int m = index / blocksPerRow * rows, n = index % blocksPerRow * columns;
            int mCount = Math.Min(rows, _p.M - m), nCount = Math.Min(columns, _p.N - n);
            int steps = Math.Max(1, (_p.K + Panels.MaxDepth - 1) / Panels.MaxDepth);
            int maxDepth = (_p.K + steps - 1) / steps;
            for (int k = 0, step = 0; step < steps; step++, k += maxDepth)
            {
                int depth = Math.Min(maxDepth, _p.K - k);
                float* a = packedA, b = packedB;
                nint depthA = _p.K, depthB = _p.K;
                if (a is null)
                {
                    a = ThreadScratch.Floats(ThreadScratch.Use.Left, (long)RoundUp(mCount, TTile.Rows) * depth);
                    PackPanels(_p.A.At(m, k), mCount, depth, TTile.Rows, TTile.Rows, a);
                    depthA = depth;
                }
                else
                {
                    a += (m * depthA) + (k * TTile.Rows);
                }

                if (b is null)
                {
                    b = ThreadScratch.Floats(ThreadScratch.Use.Right, (long)RoundUp(nCount, TTile.Lanes) * depth);
                    PackPanels(_p.B.At(k, n).Transposed, nCount, depth, TTile.Columns, TTile.Lanes, b);
                    depthB = depth;
                }
                else
                {
                    b += n * depthB;
                }

                bool ownB = packedB is null;
                int tiles = (mCount + TTile.Rows - 1) / TTile.Rows;
                for (int j = 0; j < nCount; j += TTile.Columns)
                {
                    int tileColumns = Math.Min(TTile.Columns, nCount - j);
                    int width = RoundUp(tileColumns, TTile.Lanes);
                    float* panelB = b + (j * depthB) + (ownB ? 0 : (nint)k * width);

                    // While the tiles of a panel are computed, the next panel comes from memory, a piece with each tile.
                    float* next = nCount - j - TTile.Columns >= TTile.Columns ? panelB + (TTile.Columns * depthB) : panelB + ((nint)depth * width);
                    nint piece = (TTile.Columns + tiles - 1) / tiles;
                    for (int i = 0; i < mCount; i += TTile.Rows, next += piece * depth)
                    {
                        Tile(
                            depth, a + (i * depthA), panelB, m + i, Math.Min(TTile.Rows, mCount - i), n + j, tileColumns, _p.Accumulate || step > 0, step == steps - 1,
                            new Ahead(next, piece));
                    }
                }
            }
        }

        [SkipLocalsInit]
        private void Tile(int depth, float* a, float* b, int row, int tileRows, int column, int tileColumns, bool accumulate, bool last, Ahead ahead)
        {
            int width = RoundUp(tileColumns, TTile.Lanes);
            Matrix c = _p.C.At(row, column);
            if (Sse.IsSupported)
            {
                // The rows of c are too many streams for the processor to foresee.
                for (int i = 0; i < tileRows; i++)
                {
                    for (int j = 0; j < tileColumns; j += LineFloats)
                    {
                        Sse.Prefetch0(c.Data + (i * c.RowStride) + j);
                    }
                }
            }

            if (tileRows == TTile.Rows && tileColumns >= TTile.Lanes && c.ColumnStride == 1)
            {
                TTile.Multiply(depth, a, b, Panels.Rows(width), tileColumns, c.Data, c.RowStride, accumulate, ahead);
            }
            else
            {
                float* tile = stackalloc float[TTile.Rows * TTile.Columns];
                TTile.Multiply(depth, a, b, Panels.Rows(width), tileColumns, tile, TTile.Columns, accumulate: false, ahead);
                CopyTile(tile, TTile.Columns, c, tileRows, tileColumns, accumulate);
            }

            if (last)
            {
                _p.Epilogue.At(row, column).Apply(c, tileRows, tileColumns);
            }
        }
    }

    /// <summary>Tiles that reach beyond the edge or whose columns are not neighbours in memory.</summary>
    private static void CopyTile(float* tile, nint stride, Matrix c, int rows, int columns, bool accumulate)
    {
        for (int i = 0; i < rows; i++)
        {
            float* from = tile + (i * stride), to = c.Data + (i * c.RowStride);
            if (c.ColumnStride == 1)
            {
                CopyRow(from, to, columns, accumulate);
                continue;
            }

            for (int j = 0; j < columns; j++)
            {
                to[j * c.ColumnStride] = accumulate ? to[j * c.ColumnStride] + from[j] : from[j];
            }
        }
    }

    private static void CopyRow(float* from, float* to, int count, bool accumulate)
    {
        int j = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; j <= count - Vector256<float>.Count; j += Vector256<float>.Count)
            {
                Vector256<float> v = Vector256.Load(from + j);
                (accumulate ? v + Vector256.Load(to + j) : v).Store(to + j);
            }
        }

        if (Vector128.IsHardwareAccelerated)
        {
            for (; j <= count - Vector128<float>.Count; j += Vector128<float>.Count)
            {
                Vector128<float> v = Vector128.Load(from + j);
                (accumulate ? v + Vector128.Load(to + j) : v).Store(to + j);
            }
        }

        for (; j < count; j++)
        {
            to[j] = accumulate ? to[j] + from[j] : from[j];
        }
    }
}
