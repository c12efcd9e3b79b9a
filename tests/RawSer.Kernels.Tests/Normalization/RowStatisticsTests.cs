using RawSer.Testing;

namespace RawSer.Kernels.Tests.Normalization;

/// <summary>Layer and group normalisation in float against statistics in double: long rows, and rows beside a large offset.</summary>
public sealed class RowStatisticsTests
{
    [Test]
    public void Long_rows_keep_their_digits([Values("cpu", "reference")] string name, [Values(0.0, 30.0)] double offset, [Values] bool groups)
    {
        using var arrays = new DenseArrays();
        Backend backend = name == "cpu" ? CpuBackend.Instance : ReferenceBackend.Instance;
        View x = arrays.Normal(new Random(3), [2, 2, 60_000], offset);
        View mean = arrays.Empty([4]), inverse = arrays.Empty([4]), y = arrays.Empty([2, 2, 60_000]);
        View exactMean = arrays.Empty([4], DType.F64), exactInverse = arrays.Empty([4], DType.F64), exact = arrays.Empty([2, 2, 60_000], DType.F64);
        Run(backend, x, y, mean, inverse);
        Run(ReferenceBackend.Instance, arrays.As(x, DType.F64), exact, exactMean, exactInverse);
        DenseArrays.AssertClose(mean, exactMean, new Tolerance(2e-7, 1e-7), "mean");
        DenseArrays.AssertClose(inverse, exactInverse, new Tolerance(2e-6, 0), "1 / deviation");
        DenseArrays.AssertClose(y, exact, new Tolerance(1e-5, 1e-5), "y"); // the mean is stored as float: half a unit of 30 is 1e-6

        void Run(Backend on, View from, View to, View center, View scale)
        {
            if (groups)
            {
                on.GroupNorm(from, 2, default, default, 1e-5, to, center, scale);
            }
            else
            {
                on.LayerNorm(from, default, default, 1e-5, to, center, scale);
            }
        }
    }
}
