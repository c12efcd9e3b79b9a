using System.Numerics;

namespace RawSer.Kernels;

/// <summary>
/// Products with a single column or row. They are bound by the memory that holds the matrix, so it is read once, in order, without packing.
/// </summary>
internal static unsafe class MatrixVector
{
    private const int RowsPerGroup = 4;

    /// <summary>Computes the product if it is one of matrix and vector and the matrix is dense along one dimension.</summary>
    public static bool TryRun(in GemmProblem p)
    {
        if (p.M == 1 && p.N > 1)
        {
            return TryRun(p.Transposed);
        }

        if (p.N != 1 || p.K == 0 || (p.A.ColumnStride != 1 && p.A.RowStride != 1))
        {
            return false;
        }

        float* vector = p.B.Data;
        if (p.B.RowStride != 1)
        {
            vector = ThreadScratch.Floats(ThreadScratch.Use.Shared, p.K);
            for (int k = 0; k < p.K; k++)
            {
                vector[k] = p.B.Data[k * p.B.RowStride];
            }
        }

        // Dense columns want long stretches of each; their sums stay in the first-level cache.
        int rows = Math.Max(p.A.ColumnStride == 1 ? 16 : 512, WorkerPool.Grain / p.K / 16 * 16);
        WorkerPool.Shared.Run(WorkerPool.PartCount(p.M, rows), new Body(p, vector, rows));
        return true;
    }

    private readonly struct Body(GemmProblem problem, float* vector, int rowsPerPart) : IParallelBody
    {
        private readonly GemmProblem _p = problem;

        public void Invoke(int index)
        {
            int first = index * rowsPerPart, count = Math.Min(rowsPerPart, _p.M - first);
            float* sums = ThreadScratch.Floats(ThreadScratch.Use.Result, count);
            Matrix a = _p.A.At(first, 0), c = _p.C.At(first, 0);
            if (a.ColumnStride == 1)
            {
                DotRows(a, vector, count, _p.K, sums);
            }
            else
            {
                AddColumns(a, vector, count, _p.K, sums);
            }

            for (int i = 0; i < count; i++)
            {
                float* to = c.Data + (i * c.RowStride);
                *to = _p.Accumulate ? *to + sums[i] : sums[i];
            }

            _p.Epilogue.At(first, 0).Transposed.Apply(c.Transposed, 1, count);
        }
    }

    /// <summary>Rows that are dense: a scalar product each, four at a time so that the vector is read once for all of them.</summary>
    private static void DotRows(Matrix a, float* vector, int rows, int depth, float* sums)
    {
        int i = 0;
        for (; i <= rows - RowsPerGroup; i += RowsPerGroup)
        {
            float* r0 = a.Data + (i * a.RowStride), r1 = r0 + a.RowStride, r2 = r1 + a.RowStride, r3 = r2 + a.RowStride;
            Vector<float> s0 = default, s1 = default, s2 = default, s3 = default;
            int k = 0;
            for (; k <= depth - Vector<float>.Count; k += Vector<float>.Count)
            {
                Vector<float> v = Vector.Load(vector + k);
                s0 = Vector.MultiplyAddEstimate(Vector.Load(r0 + k), v, s0);
                s1 = Vector.MultiplyAddEstimate(Vector.Load(r1 + k), v, s1);
                s2 = Vector.MultiplyAddEstimate(Vector.Load(r2 + k), v, s2);
                s3 = Vector.MultiplyAddEstimate(Vector.Load(r3 + k), v, s3);
            }

            sums[i] = Vector.Sum(s0) + DotScalar(r0, vector, k, depth);
            sums[i + 1] = Vector.Sum(s1) + DotScalar(r1, vector, k, depth);
            sums[i + 2] = Vector.Sum(s2) + DotScalar(r2, vector, k, depth);
            sums[i + 3] = Vector.Sum(s3) + DotScalar(r3, vector, k, depth);
        }

        for (; i < rows; i++)
        {
            sums[i] = Dot(a.Data + (i * a.RowStride), vector, depth);
        }
    }

    private static float Dot(float* row, float* vector, int depth)
    {
        Vector<float> s0 = default, s1 = default;
        int k = 0;
        for (; k <= depth - (2 * Vector<float>.Count); k += 2 * Vector<float>.Count)
        {
            s0 = Vector.MultiplyAddEstimate(Vector.Load(row + k), Vector.Load(vector + k), s0);
            s1 = Vector.MultiplyAddEstimate(Vector.Load(row + k + Vector<float>.Count), Vector.Load(vector + k + Vector<float>.Count), s1);
        }

        return Vector.Sum(s0 + s1) + DotScalar(row, vector, k, depth);
    }

    private static float DotScalar(float* row, float* vector, int from, int to)
    {
        float sum = 0;
        for (int k = from; k < to; k++)
        {
            sum += row[k] * vector[k];
        }

        return sum;
    }

    /// <summary>Columns that are dense: their weighted sum, kept in the cache for the rows of one part; four columns at a time.</summary>
    private static void AddColumns(Matrix a, float* vector, int rows, int depth, float* sums)
    {
        new Span<float>(sums, rows).Clear();
        int k = 0;
        for (; k <= depth - 4; k += 4)
        {
            float* c0 = a.Data + (k * a.ColumnStride), c1 = c0 + a.ColumnStride, c2 = c1 + a.ColumnStride, c3 = c2 + a.ColumnStride;
            Vector<float> x0 = new(vector[k]), x1 = new(vector[k + 1]), x2 = new(vector[k + 2]), x3 = new(vector[k + 3]);
            int i = 0;
            for (; i <= rows - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> s = Vector.MultiplyAddEstimate(x0, Vector.Load(c0 + i), Vector.Load(sums + i));
                s = Vector.MultiplyAddEstimate(x1, Vector.Load(c1 + i), s);
                s = Vector.MultiplyAddEstimate(x2, Vector.Load(c2 + i), s);
                s = Vector.MultiplyAddEstimate(x3, Vector.Load(c3 + i), s);
                s.Store(sums + i);
            }

            for (; i < rows; i++)
            {
                sums[i] += (vector[k] * c0[i]) + (vector[k + 1] * c1[i]) + (vector[k + 2] * c2[i]) + (vector[k + 3] * c3[i]);
            }
        }

        for (; k < depth; k++)
        {
            float* column = a.Data + (k * a.ColumnStride);
            for (int i = 0; i < rows; i++)
            {
                sums[i] += vector[k] * column[i];
            }
        }
    }
}
