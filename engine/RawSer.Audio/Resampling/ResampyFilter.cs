using RawSer.Kernels.Resampling;

namespace RawSer.Audio.Resampling;

/// <summary>A filter of the resampy package: zero crossings, table steps per crossing, Kaiser beta, cut-off relative to the lower Nyquist.</summary>
internal sealed class ResampyTable(int zeros, int steps, double beta, double rolloff)
{
    public static readonly ResampyTable KaiserBest = new(50, 8192, 12.984585247040012, 0.9173473712608761);

    public static readonly ResampyTable KaiserFast = new(24, 512, 9.90322, 0.8682120388377784);

    /// <summary>Of versions before 0.3.</summary>
    public static readonly ResampyTable OldKaiserBest = new(64, 512, 14.769656459379492, 0.9475937167399596);

    /// <summary>Of versions before 0.3.</summary>
    public static readonly ResampyTable OldKaiserFast = new(16, 512, 8.555504641634386, 0.85);

    private readonly Lazy<double[]> _wing = new(() => KaiserSinc.Wing(zeros, steps, beta, rolloff));

    /// <summary>Table steps between two zero crossings.</summary>
    public int Steps => steps;

    /// <summary>Weights of one wing, computed at the first use.</summary>
    public double[] Wing => _wing.Value;
}

/// <summary>
/// The interpolated table look-up of resampy. Its quirks are kept: the step through the table is truncated to an integer, so the two wings
/// stretch a little less than they should when the rate goes down, and the wings don't meet exactly at a sample.
/// </summary>
internal sealed class ResampyFilter : PolyphaseFilter
{
    private readonly double[] _wing;
    private readonly double _scale;
    private readonly int _steps;
    private readonly int _indexStep;

    private ResampyFilter(double[] wing, int steps, double scale, int indexStep, int phases)
        : base(phases, (wing.Length - 1) / indexStep, wing.Length / indexStep)
    {
        _wing = wing;
        _steps = steps;
        _scale = scale;
        _indexStep = indexStep;
    }

    /// <summary>A filter for the given change of rate with target / gcd phases.</summary>
    public static ResampyFilter Create(ResampyTable table, int from, int to, int phases)
    {
        double ratio = (double)to / from, scale = Math.Min(1.0, ratio);
        int indexStep = (int)(scale * table.Steps);
        if (indexStep == 0)
        {
            throw new ArgumentException($"resampling from {from} to {to} Hz is more than this filter can do: the ratio is below 1 / {table.Steps}");
        }

        return new ResampyFilter(table.Wing, table.Steps, scale, indexStep, phases);
    }

    public override void Fill(int phase, Span<float> taps)
    {
        double fraction = _scale * phase / Phases;
        FillWing(fraction, taps, Left, -1);
        FillWing(_scale - fraction, taps, Left + 1, 1);
    }

    /// <summary>Weights i = 0, 1, ... at taps first, first + direction, ...: the table at offset + i * step, interpolated by the remainder.</summary>
    private void FillWing(double fraction, Span<float> taps, int first, int direction)
    {
        double index = Math.Max(0, fraction) * _steps;
        int offset = (int)index;
        double eta = index - offset;
        int count = (_wing.Length - offset) / _indexStep;
        for (int i = 0; i < count; i++)
        {
            int at = offset + i * _indexStep;
            double next = at + 1 < _wing.Length ? _wing[at + 1] : _wing[at];
            taps[first + direction * i] = (float)(_scale * (_wing[at] + eta * (next - _wing[at])));
        }
    }
}
