using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <summary>Elements of a row that are summed in float before the sum goes on in double; 16 KB, half of a small first-level cache.</summary>
    private const int StatisticsBlock = 4096;

    /// <inheritdoc/>
    /// <remarks>
    /// One pass over memory. Every block is summed around a pilot mean, that of its first eighth, which is still in the cache: with
    /// d = x - pilot, mean = pilot + S(d)/n and M2 = S(d*d) - S(d)^2/n. Because the pilot's elements are part of the block, the
    /// difference loses at most a factor of 8, whatever the offset of the data (Chan, Golub and LeVeque 1983, section 3). Blocks are
    /// merged in double, in the order of memory.
    /// </remarks>
    public override void BatchStatistics(View x, int axis, View mean, View variance)
    {
        ChannelRows rows = new(ChannelSplit.Of(x.Shape, axis));
        if (rows.IsPerRow)
        {
            int blocksPerRow = WorkerPool.PartCount(rows.Length, StatisticsBlock);
            BlockMoments* blocks = (BlockMoments*)ThreadScratch.Floats(ThreadScratch.Use.Partial, rows.Rows * blocksPerRow * (sizeof(BlockMoments) / sizeof(float)));
            RowSplit split = new(rows.Rows * blocksPerRow, Math.Min(rows.Length, StatisticsBlock), wholeRows: true);
            WorkerPool.Shared.Run(split.PartCount, new RowStatistics(split, x.Pointer<float>(), rows.Length, blocksPerRow, blocks));
            MergeMoments(rows, blocks, rows.Rows * blocksPerRow, 1, blocksPerRow, mean.Pointer<float>(), variance.Pointer<float>());
        }
        else
        {
            RowSplit split = new(rows.Rows, rows.Length, wholeRows: true);
            long columns = rows.Length;
            BlockMoments* blocks = (BlockMoments*)ThreadScratch.Floats(ThreadScratch.Use.Partial, split.PartCount * columns * (sizeof(BlockMoments) / sizeof(float)));
            WorkerPool.Shared.Run(split.PartCount, new ColumnStatistics(split, x.Pointer<float>(), columns, blocks));
            MergeMoments(rows, blocks, split.PartCount, columns, 1, mean.Pointer<float>(), variance.Pointer<float>());
        }
    }

    /// <summary>
    /// Mean and variance of each channel from those of its blocks: mean = S(n_b * mean_b)/n, M2 = S(M2_b + n_b * (mean_b - mean)^2).
    /// Block (b, column) stands at b * columns + column; without columns, <paramref name="blocksPerRow"/> blocks after each other belong to one row.
    /// </summary>
    private static void MergeMoments(ChannelRows rows, BlockMoments* blocks, long blockCount, long columns, int blocksPerRow, float* mean, float* variance)
    {
        int channels = rows.Split.Channels;
        double* merged = (double*)ThreadScratch.Floats(ThreadScratch.Use.Result, (channels * 2L * (sizeof(double) / sizeof(float))) + columns);
        double* squares = merged + channels;
        int* channelOf = (int*)(squares + channels);
        new Span<double>(merged, channels * 2).Clear();
        for (long column = 0; column < columns; column++)
        {
            channelOf[column] = rows.Channel(column);
        }

        double n = rows.Split.PerChannel;
        for (long b = 0; b < blockCount; b++)
        {
            long first = rows.RowCoefficient(b / blocksPerRow);
            for (long column = 0; column < columns; column++)
            {
                BlockMoments* block = blocks + (b * columns) + column;
                merged[first + channelOf[column]] += block->Count * block->Mean;
            }
        }

        for (int c = 0; c < channels; c++)
        {
            merged[c] /= n;
        }

        for (long b = 0; b < blockCount; b++)
        {
            long first = rows.RowCoefficient(b / blocksPerRow);
            for (long column = 0; column < columns; column++)
            {
                BlockMoments* block = blocks + (b * columns) + column;
                double d = block->Mean - merged[first + channelOf[column]];
                squares[first + channelOf[column]] += block->SquaredDeviations + (block->Count * d * d);
            }
        }

        for (int c = 0; c < channels; c++)
        {
            mean[c] = (float)merged[c];
            variance[c] = (float)(squares[c] / n);
        }
    }

    private struct BlockMoments
    {
        public double Count;
        public double Mean;
        public double SquaredDeviations;

        public static BlockMoments Of(double count, float pilot, double sum, double squares) => new()
        {
            Count = count,
            Mean = pilot + (sum / count),
            SquaredDeviations = Math.Max(0, squares - (sum * sum / count)),
        };
    }

    /// <summary>Blocks of rows that belong to one channel each.</summary>
    private readonly struct RowStatistics(RowSplit split, float* x, long length, int blocksPerRow, BlockMoments* blocks) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            for (long block = first; block < last; block++)
            {
                long start = block % blocksPerRow * StatisticsBlock;
                blocks[block] = Moments(x + (block / blocksPerRow * length) + start, (nint)Math.Min(StatisticsBlock, length - start));
            }
        }

        private static BlockMoments Moments(float* x, nint count)
        {
            nint pilotCount = Math.Max(count / 8, 1);
            float pilot = DeviationSums(x, pilotCount, 0).Sum / pilotCount;
            (float sum, float squares) = DeviationSums(x, count, pilot);
            return BlockMoments.Of(count, pilot, sum, squares);
        }

        private static (float Sum, float Squares) DeviationSums(float* x, nint count, float pilot)
        {
            Vector256<float> center = Vector256.Create(pilot);
            Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
            Vector256<float> q0 = default, q1 = default, q2 = default, q3 = default;
            nint i = 0;
            for (; i <= count - 32; i += 32)
            {
                Vector256<float> d0 = Vector256.Load(x + i) - center, d1 = Vector256.Load(x + i + 8) - center;
                Vector256<float> d2 = Vector256.Load(x + i + 16) - center, d3 = Vector256.Load(x + i + 24) - center;
                s0 += d0;
                s1 += d1;
                s2 += d2;
                s3 += d3;
                q0 = Vector256.FusedMultiplyAdd(d0, d0, q0);
                q1 = Vector256.FusedMultiplyAdd(d1, d1, q1);
                q2 = Vector256.FusedMultiplyAdd(d2, d2, q2);
                q3 = Vector256.FusedMultiplyAdd(d3, d3, q3);
            }

            float sum = Vector256.Sum(s0 + s1 + (s2 + s3)), squares = Vector256.Sum(q0 + q1 + (q2 + q3));
            for (; i < count; i++)
            {
                float d = x[i] - pilot;
                sum += d;
                squares += d * d;
            }

            return (sum, squares);
        }
    }

    /// <summary>Blocks of rows over all channels: the sums of all columns run along.</summary>
    private readonly struct ColumnStatistics(RowSplit split, float* x, long columns, BlockMoments* blocks) : IParallelBody
    {
        private const int RowsAtOnce = 4;

        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            nint count = (nint)columns;
            float* pilot = ThreadScratch.Floats(ThreadScratch.Use.Left, columns * 3), sums = pilot + columns, squares = sums + columns;
            new Span<float>(pilot, checked((int)columns * 3)).Clear();

            long pilotRows = Math.Max((last - first) / 8, 1);
            for (long row = first; row < first + pilotRows; row++)
            {
                AddRow(x + (row * columns), pilot, count);
            }

            for (nint j = 0; j < count; j++)
            {
                pilot[j] /= pilotRows;
            }

            long at = first;
            for (; at <= last - RowsAtOnce; at += RowsAtOnce)
            {
                AddDeviations(x + (at * columns), RowsAtOnce, pilot, sums, squares, count);
            }

            AddDeviations(x + (at * columns), (int)(last - at), pilot, sums, squares, count);
            for (nint j = 0; j < count; j++)
            {
                blocks[(index * columns) + j] = BlockMoments.Of(last - first, pilot[j], sums[j], squares[j]);
            }
        }


        /// <summary>A few rows together, so that the sums are loaded and stored less often.</summary>
        private static void AddDeviations(float* x, int rows, float* pilot, float* sums, float* squares, nint count)
        {
            if (count < 8)
            {
                for (nint j = 0; j < count * rows; j++)
                {
                    float d = x[j] - pilot[j % count];
                    sums[j % count] += d;
                    squares[j % count] += d * d;
                }

                return;
            }

            // The last columns are computed first and stored last: they overlap the others.
            nint last = count - 8;
            (Vector256<float> lastSum, Vector256<float> lastSquare) = Deviations(x + last, rows, count, pilot + last, sums + last, squares + last);
            for (nint j = 0; j <= last; j += 8)
            {
                (Vector256<float> sum, Vector256<float> square) = Deviations(x + j, rows, count, pilot + j, sums + j, squares + j);
                sum.Store(sums + j);
                square.Store(squares + j);
            }

            lastSum.Store(sums + last);
            lastSquare.Store(squares + last);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (Vector256<float> Sum, Vector256<float> Square) Deviations(float* x, int rows, nint stride, float* pilot, float* sums, float* squares)
        {
            Vector256<float> center = Vector256.Load(pilot), sum = Vector256.Load(sums), square = Vector256.Load(squares);
            for (int r = 0; r < rows; r++, x += stride)
            {
                Vector256<float> d = Vector256.Load(x) - center;
                sum += d;
                square = Vector256.FusedMultiplyAdd(d, d, square);
            }

            return (sum, square);
        }
    }
}
