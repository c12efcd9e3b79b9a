using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Attention in one launch, without weights in memory (Dao et al. 2022): a block takes 64 queries of a head and goes through the keys 32 at a
/// time, with the running maximum and sum of each query (online softmax, Milakov and Gimelshein 2018). A warp holds 16 queries; of these a
/// thread has 4, and 4 of the 32 keys or every eighth group of four outputs.
/// </summary>
internal static class DeviceAttention
{
    private const int MaxSize = 128;
    private const int Threads = 128;
    private const int BlockQueries = 64;
    private const int BlockKeys = 32;
    private const int ThreadQueries = 4;
    private const int ThreadKeys = 4;
    private const int QueryStride = BlockQueries + 4; // a row of four more floats: 128-bit accesses, fewer conflicts of banks
    private const int KeyStride = BlockKeys + 4;
    private const int KeysOfRound = 4;
    private const int Step = 16; // features that a row of a tile is read by at a time: four threads, 128 bits each

    /// <summary>Whether features of queries and outputs fit the memory of a block.</summary>
    public static bool Fits(View q, View v) => q.Shape[3] <= MaxSize && v.Shape[3] <= MaxSize;

    /// <summary>y = dropout(softmax(scores)) v.</summary>
    public static void Run(GpuDevice device, View q, View k, View v, DeviceScores scores, View y)
    {
        AttentionOperands operands = new(new(q), new(k), new(v), new(y), scores);
        int depth = Padded(q.Shape[3], Step), outputs = Padded(v.Shape[3], 32);
        int floats = (depth * QueryStride) + TileFloats(depth, outputs) + (BlockKeys * QueryStride);
        int blocks = checked(TilePlan.Count(q.Shape[2], BlockQueries) * q.Shape[0] * q.Shape[1]);
        LaunchShape shape = new(blocks, Threads, floats * sizeof(float));
        switch (outputs / 32)
        {
            case 1: Kernels<Outputs32>.Attend.Launch(device, shape, operands); break;
            case 2: Kernels<Outputs64>.Attend.Launch(device, shape, operands); break;
            case 3: Kernels<Outputs96>.Attend.Launch(device, shape, operands); break;
            default: Kernels<Outputs128>.Attend.Launch(device, shape, operands); break;
        }
    }

    private static int Padded(int size, int step) => (size + step - 1) / step * step;

    /// <summary>Floats of the tile that holds keys, then values.</summary>
    private static int TileFloats(int depth, int outputs) => IntrinsicMath.Max(depth * KeyStride, BlockKeys * outputs);

    [Kernel(MaxThreadsPerGroup = Threads, MinGroupsPerMultiprocessor = 2)]
    [Unroll(RuntimeLoops = 1)]
    private static void Attend<TOutputs>(AttentionOperands operands) where TOutputs : struct, IOutputCount
    {
        ArrayView<float> sums = LocalMemory.Allocate<float>(ThreadQueries * TOutputs.Count / 8);
        ArrayView<float> scores = LocalMemory.Allocate<float>(ThreadQueries * ThreadKeys);
        ArrayView<float> max = LocalMemory.Allocate<float>(ThreadQueries);
        ArrayView<float> total = LocalMemory.Allocate<float>(ThreadQueries);
        for (int i = 0; i < ThreadQueries * TOutputs.Count / 8; i++)
        {
            sums[i] = 0;
        }

        for (int i = 0; i < ThreadQueries; i++)
        {
            max[i] = float.NegativeInfinity;
            total[i] = 0;
        }

        int blocks = (operands.Scores.Queries + BlockQueries - 1) / BlockQueries;
        int head = (int)((uint)Grid.IdxX / (uint)blocks), first = (Grid.IdxX - (head * blocks)) * BlockQueries;
        int batch = (int)((uint)head / (uint)operands.Scores.Heads), headOfBatch = head - (batch * operands.Scores.Heads);
        int depth = (operands.Q.Size + Step - 1) / Step * Step;
        ArrayView<float> shared = SharedMemory.GetDynamic<float>().AsAligned16();
        ArrayView<QueryPlace> places = SharedMemory.Allocate<QueryPlace>(BlockQueries);
        if (Group.IdxX < BlockQueries)
        {
            places[Group.IdxX] = operands.Scores.Place(head, IntrinsicMath.Min(first + Group.IdxX, operands.Scores.Queries - 1)); // what is beyond the last is not written
        }

        ArrayView<float> queryTile = shared, weightTile = shared.SubView(depth * QueryStride, BlockKeys * QueryStride);
        ArrayView<float> tile = shared.SubView((depth * QueryStride) + (BlockKeys * QueryStride), TileFloats(depth, TOutputs.Count));

        int startQ = operands.Q.Start(batch, headOfBatch), startK = operands.K.Start(batch, headOfBatch), startV = operands.V.Start(batch, headOfBatch);
        ReadTransposed(operands.Q, startQ, first, queryTile, QueryStride, depth);
        ReadTransposed(operands.Q, startQ, first + 32, queryTile.SubView(32, (depth * QueryStride) - 32), QueryStride, depth);
        int end = operands.Scores.Visible(IntrinsicMath.Min(first + BlockQueries, operands.Scores.Queries) - 1);
        for (int key = 0; key < end; key += BlockKeys)
        {
            Group.Barrier(); // the values before have been read
            ReadTransposed(operands.K, startK, key, tile, KeyStride, depth);
            Group.Barrier();
            Multiply(queryTile, tile, scores, depth);
            Weigh<TOutputs>(operands.Scores, places, key, scores, max, total, sums);
            for (int j = 0; j < ThreadKeys; j++)
            {
                weightTile.Cast<Float4>()[(((FirstKey + j) * QueryStride) + FirstQuery) / 4] = new Float4(scores[j], scores[ThreadKeys + j], scores[(2 * ThreadKeys) + j], scores[(3 * ThreadKeys) + j]);
            }

            Group.Barrier(); // the keys have been read
            ReadRows<TOutputs>(operands.V, startV, key, tile);
            Group.Barrier();
            AddValues<TOutputs>(weightTile, tile, sums, IntrinsicMath.Min(end - key, BlockKeys));
        }

        Write<TOutputs>(operands.Y, operands.Y.Start(batch, headOfBatch), first + FirstQuery, sums, total);
    }

    private static int FirstQuery => (Group.IdxX / 32 * 16) + (Group.IdxX % 32 / 8 * ThreadQueries);

    private static int FirstKey => Group.IdxX % 8 * ThreadKeys;

    /// <summary>Brings 32 rows from memory, feature by feature; zeros beyond the last row and feature.</summary>
    private static void ReadTransposed(AttentionOperand operand, int start, int first, ArrayView<float> to, int stride, int depth)
    {
        int row = Group.IdxX / 4;
        for (int feature = Group.IdxX % 4 * 4; feature < depth; feature += Step)
        {
            Float4 quad = operand.Quad(start, first + row, feature);
            int at = (feature * stride) + row;
            to[at] = quad.X;
            to[at + stride] = quad.Y;
            to[at + (2 * stride)] = quad.Z;
            to[at + (3 * stride)] = quad.W;
        }
    }

    /// <summary>Brings 32 rows from memory as they are; zeros beyond the last row and feature.</summary>
    private static void ReadRows<TOutputs>(AttentionOperand operand, int start, int first, ArrayView<float> to) where TOutputs : struct, IOutputCount
    {
        // The end depends on the operand, so that this stays a loop: unrolled it would take the registers that hold sums.
        int row = Group.IdxX / 4, end = (operand.Size + 31) / 32 * 32;
        for (int feature = Group.IdxX % 4 * 4; feature < end; feature += Step)
        {
            to.Cast<Float4>()[((row * TOutputs.Count) + feature) / 4] = operand.Quad(start, first + row, feature);
        }
    }

    /// <summary>Products of this thread's queries and keys.</summary>
    [Unroll(RuntimeLoops = 1)]
    private static void Multiply(ArrayView<float> queries, ArrayView<float> keys, ArrayView<float> scores, int depth)
    {
        for (int i = 0; i < ThreadQueries * ThreadKeys; i++)
        {
            scores[i] = 0;
        }

        for (int feature = 0; feature < depth; feature += 8)
        {
            for (int f = 0; f < 8; f++)
            {
                for (int i = 0; i < ThreadQueries; i++)
                {
                    for (int j = 0; j < ThreadKeys; j++)
                    {
                        int at = (i * ThreadKeys) + j;
                        scores[at] = MathF.FusedMultiplyAdd(queries[((feature + f) * QueryStride) + FirstQuery + i], keys[((feature + f) * KeyStride) + FirstKey + j], scores[at]);
                    }
                }
            }
        }
    }

    /// <summary>Turns products into weights relative to the largest score so far, and what was summed before to the same measure.</summary>
    [Unroll]
    private static void Weigh<TOutputs>(
        DeviceScores settings, ArrayView<QueryPlace> places, int key, ArrayView<float> scores, ArrayView<float> max, ArrayView<float> total, ArrayView<float> sums)
        where TOutputs : struct, IOutputCount
    {
        for (int i = 0; i < ThreadQueries; i++)
        {
            QueryPlace place = places[FirstQuery + i]; // from shared memory: in registers the places of four queries would push sums out
            for (int j = 0; j < ThreadKeys; j++)
            {
                scores[(i * ThreadKeys) + j] = settings.Score(scores[(i * ThreadKeys) + j], place, key + FirstKey + j);
            }

            float largest = max[i];
            for (int j = 0; j < ThreadKeys; j++)
            {
                largest = MathF.Max(largest, scores[(i * ThreadKeys) + j]);
            }

            for (int offset = 4; offset > 0; offset /= 2)
            {
                largest = MathF.Max(largest, Warp.ShuffleXor(largest, offset));
            }

            float origin = largest == float.NegativeInfinity ? 0 : largest, before = MathX.Exp(max[i] - origin);
            max[i] = largest;
            total[i] *= before;
            for (int e = 0; e < TOutputs.Count / 8; e++)
            {
                sums[(i * TOutputs.Count / 8) + e] *= before;
            }

            for (int j = 0; j < ThreadKeys; j++)
            {
                float weight = MathX.Exp(scores[(i * ThreadKeys) + j] - origin);
                total[i] += weight;
                scores[(i * ThreadKeys) + j] = weight * settings.Kept(place.KeepRow + IntrinsicMath.Min(key + FirstKey + j, settings.Keys - 1));
            }
        }
    }

    /// <summary>Adds weighted values; weights and values behind the last key of the tile are zeros.</summary>
    [Unroll(RuntimeLoops = 1)]
    private static void AddValues<TOutputs>(ArrayView<float> weights, ArrayView<float> values, ArrayView<float> sums, int keys) where TOutputs : struct, IOutputCount
    {
        for (int first = 0; first < keys; first += KeysOfRound)
        {
            for (int key = 0; key < KeysOfRound; key++)
            {
                for (int i = 0; i < ThreadQueries; i++)
                {
                    for (int e = 0; e < TOutputs.Count / 8; e++)
                    {
                        int at = (i * TOutputs.Count / 8) + e;
                        sums[at] = MathF.FusedMultiplyAdd(
                            weights[((first + key) * QueryStride) + FirstQuery + i],
                            values[((first + key) * TOutputs.Count) + (Group.IdxX % 8 * 4) + (e / 4 * 32) + (e % 4)],
                            sums[at]);
                    }
                }
            }
        }
    }

    [Unroll]
    private static void Write<TOutputs>(AttentionOperand y, int start, int query, ArrayView<float> sums, ArrayView<float> total) where TOutputs : struct, IOutputCount
    {
        for (int i = 0; i < ThreadQueries; i++)
        {
            float sum = total[i];
            for (int offset = 4; offset > 0; offset /= 2)
            {
                sum += Warp.ShuffleXor(sum, offset);
            }

            float factor = sum == 0 ? 0 : 1 / sum;
            for (int e = 0; e < TOutputs.Count / 8; e += 4)
            {
                int at = (i * TOutputs.Count / 8) + e;
                y.Store(start, query + i, (Group.IdxX % 8 * 4) + (e * 8), new Float4(sums[at] * factor, sums[at + 1] * factor, sums[at + 2] * factor, sums[at + 3] * factor));
            }
        }
    }

    internal interface IOutputCount
    {
        /// <summary>Features of an output that a block computes: a multiple of 32.</summary>
        static abstract int Count { get; }
    }

    internal readonly struct Outputs32 : IOutputCount
    {
        public static int Count => 32;
    }

    internal readonly struct Outputs64 : IOutputCount
    {
        public static int Count => 64;
    }

    internal readonly struct Outputs96 : IOutputCount
    {
        public static int Count => 96;
    }

    internal readonly struct Outputs128 : IOutputCount
    {
        public static int Count => 128;
    }

    internal static class Kernels<TOutputs> where TOutputs : struct, IOutputCount
    {
        public static readonly Kernel<AttentionOperands> Attend = Kernel.Create<AttentionOperands>(Attend<TOutputs>);
    }
}

/// <summary>An operand (B, H, rows, size) of any strides as a kernel receives it; rows are read in fours where they are aligned.</summary>
internal readonly struct AttentionOperand
{
    private readonly ArrayView<float> _data;
    private readonly int _start;
    private readonly int _batch;
    private readonly int _head;
    private readonly int _row;
    private readonly int _column;
    private readonly int _rows;
    private readonly int _inQuads;

    public AttentionOperand(View view)
    {
        _data = view.Whole<float>();
        _start = checked((int)view.Layout.Offset);
        (_batch, _head, _row, _column) = ((int)view.Strides[0], (int)view.Strides[1], (int)view.Strides[2], (int)view.Strides[3]);
        (_rows, Size) = (view.Shape[2], view.Shape[3]);
        bool aligned = view.IsAligned16() && _start % 4 == 0 && _column == 1 && Size % 4 == 0 && _row % 4 == 0 && _head % 4 == 0 && _batch % 4 == 0;
        _inQuads = aligned ? 1 : 0;
    }

    /// <summary>Features of a row.</summary>
    public readonly int Size;

    /// <summary>Where a head starts.</summary>
    public int Start(int batch, int head) => _start + (batch * _batch) + (head * _head);

    /// <summary>Four features of a row; zeros beyond the last row or feature.</summary>
    public Float4 Quad(int start, int row, int feature)
    {
        Float4 quad = default;
        if (row < _rows && feature < Size)
        {
            int at = start + (row * _row) + (feature * _column);
            quad = _inQuads != 0
                ? _data.AsAligned16().Cast<Float4>()[at >> 2]
                : new Float4(
                    _data[at],
                    feature + 1 < Size ? _data[at + _column] : 0,
                    feature + 2 < Size ? _data[at + (2 * _column)] : 0,
                    feature + 3 < Size ? _data[at + (3 * _column)] : 0);
        }

        return quad;
    }

    /// <summary>Writes four features of a row, those that exist.</summary>
    public void Store(int start, int row, int feature, Float4 quad)
    {
        if (row >= _rows || feature >= Size)
        {
            return;
        }

        int at = start + (row * _row) + (feature * _column);
        if (_inQuads != 0)
        {
            _data.AsAligned16().Cast<Float4>()[at >> 2] = quad;
            return;
        }

        _data[at] = quad.X;
        if (feature + 1 < Size)
        {
            _data[at + _column] = quad.Y;
        }

        if (feature + 2 < Size)
        {
            _data[at + (2 * _column)] = quad.Z;
        }

        if (feature + 3 < Size)
        {
            _data[at + (3 * _column)] = quad.W;
        }
    }
}

/// <summary>What an attention works on, as its kernel receives it.</summary>
internal readonly record struct AttentionOperands(AttentionOperand Q, AttentionOperand K, AttentionOperand V, AttentionOperand Y, DeviceScores Scores);
