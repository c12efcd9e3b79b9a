using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>A function of single elements that is added up, or of which the largest is taken.</summary>
internal interface ITensorSize
{
    Vector256<float> Invoke(Vector256<float> x);

    Vector256<float> Combine(Vector256<float> a, Vector256<float> b);

    double Combine(double a, double b);
}

internal readonly struct SquaredSize : ITensorSize
{
    public Vector256<float> Invoke(Vector256<float> x) => x * x;

    public Vector256<float> Combine(Vector256<float> a, Vector256<float> b) => a + b;

    public double Combine(double a, double b) => a + b;
}

internal readonly struct AbsoluteSize : ITensorSize
{
    public Vector256<float> Invoke(Vector256<float> x) => Vector256.Abs(x);

    public Vector256<float> Combine(Vector256<float> a, Vector256<float> b) => a + b;

    public double Combine(double a, double b) => a + b;
}

internal readonly struct LargestSize : ITensorSize
{
    public Vector256<float> Invoke(Vector256<float> x) => Vector256.Abs(x);

    public Vector256<float> Combine(Vector256<float> a, Vector256<float> b) => Vector256.Max(a, b); // NaN wins

    public double Combine(double a, double b) => Math.Max(a, b);
}

internal readonly struct PowerOfSize(double order) : ITensorSize
{
    private readonly float _order = (float)order;

    public Vector256<float> Invoke(Vector256<float> x)
    {
        for (int i = 0; i < 8; i++)
        {
            x = x.WithElement(i, MathF.Pow(MathF.Abs(x.GetElement(i)), _order));
        }

        return x;
    }

    public Vector256<float> Combine(Vector256<float> a, Vector256<float> b) => a + b;

    public double Combine(double a, double b) => a + b;
}

/// <summary>The size of a part of the table: blocks in float, their sums in double. Elements beyond the end count as 0.</summary>
internal readonly unsafe struct SizePart<TSize>(TensorTable table, TSize size, double* sums) : IParallelBody where TSize : struct, ITensorSize
{
    private const int Block = 4096;

    public void Invoke(int index)
    {
        TensorTable.Entry part = table.Part(index);
        double total = 0;
        for (long start = 0; start < part.Count; start += Block)
        {
            total = size.Combine(total, OfBlock(part.Parameter + start, (int)Math.Min(Block, part.Count - start)));
        }

        sums[index] = total;
    }

    private double OfBlock(float* x, int count)
    {
        TSize s = size;
        Vector256<float> even = default, odd = default;
        float* rest = stackalloc float[8];
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            even = s.Combine(even, s.Invoke(Vector256.Load(x + i)));
            odd = s.Combine(odd, s.Invoke(Vector256.Load(x + i + 8)));
        }

        for (; i < count; i += 8)
        {
            for (int j = 0; j < 8; j++)
            {
                rest[j] = i + j < count ? x[i + j] : 0;
            }

            even = s.Combine(even, s.Invoke(Vector256.Load(rest)));
        }

        Vector256<float> lanes = s.Combine(even, odd);
        double total = 0;
        for (int j = 0; j < 8; j++)
        {
            total = s.Combine(total, lanes.GetElement(j));
        }

        return total;
    }
}
