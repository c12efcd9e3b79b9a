using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>
/// What a normalisation does to an element, per channel or per column of <see cref="ChannelRows"/>: forward
/// <c>y = (x - Mean) * Scale + Shift</c>, backward <c>dx = Scale * dy - Slope * (x - Mean) - Shift</c>. Subtracting the mean first keeps
/// the digits of data with a large offset. Lives in the calling thread's scratch until the next kernel.
/// </summary>
internal readonly unsafe struct NormCoefficients
{
    public float* Mean { get; init; }

    public float* Scale { get; init; }

    public float* Shift { get; init; }

    public float* Slope { get; init; }

    /// <summary>Scale = weight / sqrt(variance + epsilon), Shift = bias.</summary>
    public static NormCoefficients Prepare(ChannelRows rows, View mean, View variance, View weight, View bias, double epsilon)
    {
        NormCoefficients c = InScratch(rows, mean, variance, weight, epsilon);
        float* shift = bias.Exists ? bias.Pointer<float>() : null;
        for (long i = 0; i < rows.Coefficients; i++)
        {
            c.Shift[i] = shift is null ? 0 : shift[rows.Channel(i)];
        }

        return c;
    }

    /// <summary>With inverse = 1 / sqrt(variance + epsilon): Slope = Scale * inverse * dweight / n, Shift = Scale * dbias / n; both 0 without dweight and dbias.</summary>
    public static NormCoefficients PrepareBackward(ChannelRows rows, View mean, View variance, View weight, View dweight, View dbias, double epsilon)
    {
        NormCoefficients c = InScratch(rows, mean, variance, weight, epsilon);
        float* pv = variance.Pointer<float>();
        float* pdw = dweight.Exists ? dweight.Pointer<float>() : null, pdb = dbias.Exists ? dbias.Pointer<float>() : null;
        double n = rows.Split.PerChannel;
        for (long i = 0; i < rows.Coefficients; i++)
        {
            int channel = rows.Channel(i);
            c.Slope[i] = pdw is null ? 0 : (float)(c.Scale[i] / Math.Sqrt(pv[channel] + epsilon) * pdw[channel] / n);
            c.Shift[i] = pdb is null ? 0 : (float)(c.Scale[i] * (double)pdb[channel] / n);
        }

        return c;
    }

    private static NormCoefficients InScratch(ChannelRows rows, View mean, View variance, View weight, double epsilon)
    {
        long count = rows.Coefficients;
        float* scratch = ThreadScratch.Floats(ThreadScratch.Use.Shared, count * 4);
        NormCoefficients c = new() { Mean = scratch, Scale = scratch + count, Shift = scratch + (2 * count), Slope = scratch + (3 * count) };
        float* pm = mean.Pointer<float>(), pv = variance.Pointer<float>(), pw = weight.Exists ? weight.Pointer<float>() : null;
        for (long i = 0; i < count; i++)
        {
            int channel = rows.Channel(i);
            c.Mean[i] = pm[channel];
            c.Scale[i] = (float)((pw is null ? 1 : pw[channel]) / Math.Sqrt(pv[channel] + epsilon));
        }

        return c;
    }
}

/// <summary>The backward coefficients of one row.</summary>
internal readonly unsafe struct BackwardPick<TPick>(NormCoefficients coefficients, long at) where TPick : struct, IChannelPick<TPick>
{
    private readonly TPick _mean = TPick.At(coefficients.Mean + at);
    private readonly TPick _scale = TPick.At(coefficients.Scale + at);
    private readonly TPick _slope = TPick.At(coefficients.Slope + at);
    private readonly TPick _shift = TPick.At(coefficients.Shift + at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Vector(Vector256<float> x, Vector256<float> dy, nint column) => Vector256.FusedMultiplyAdd(
        dy, _scale.Vector(column), -Vector256.FusedMultiplyAdd(x - _mean.Vector(column), _slope.Vector(column), _shift.Vector(column)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Scalar(float x, float dy, nint column) => MathF.FusedMultiplyAdd(
        dy, _scale.Scalar(column), -MathF.FusedMultiplyAdd(x - _mean.Scalar(column), _slope.Scalar(column), _shift.Scalar(column)));
}
