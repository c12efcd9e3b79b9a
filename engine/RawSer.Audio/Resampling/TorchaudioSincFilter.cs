using RawSer.Kernels.Resampling;

namespace RawSer.Audio.Resampling;

/// <summary>Parameters of <c>torchaudio.transforms.Resample</c>.</summary>
public sealed record TorchaudioSincOptions
{
    /// <summary>Zero crossings of a wing.</summary>
    public int LowpassFilterWidth { get; init; } = 6;

    /// <summary>Cut-off as a share of the lower Nyquist frequency.</summary>
    public double Rolloff { get; init; } = 0.99;

    /// <summary>Kaiser beta; a Hann window when null.</summary>
    public double? KaiserBeta { get; init; }

    /// <summary>The beta that torchaudio takes for <c>sinc_interp_kaiser</c> when none is given.</summary>
    public const double DefaultKaiserBeta = 14.769656459379492;
}

/// <summary>The windowed sinc of torchaudio: phase offsets are rounded to float32 before anything else, as there.</summary>
internal sealed class TorchaudioSincFilter : PolyphaseFilter
{
    private readonly TorchaudioSincOptions _options;
    private readonly int _from;
    private readonly double _baseFrequency;

    private TorchaudioSincFilter(TorchaudioSincOptions options, int from, double baseFrequency, int width, int phases)
        : base(phases, width, width + 1)
    {
        _options = options;
        _from = from;
        _baseFrequency = baseFrequency;
    }

    /// <summary>A filter between rates that have no common divisor.</summary>
    public static TorchaudioSincFilter Create(TorchaudioSincOptions options, int from, int to)
    {
        if (options.LowpassFilterWidth <= 0 || !(options.Rolloff is > 0 and <= 1))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"lowpass_filter_width {options.LowpassFilterWidth} must be positive and rolloff {options.Rolloff} lie in (0, 1]"), nameof(options));
        }

        double baseFrequency = Math.Min(from, to) * options.Rolloff;
        int width = (int)Math.Ceiling(options.LowpassFilterWidth * from / baseFrequency);
        return new TorchaudioSincFilter(options, from, baseFrequency, width, to);
    }

    /// <summary>Phase p is output number <c>j</c> of a group of <c>to</c> outputs, with j from = n to + p.</summary>
    public override void Fill(int phase, Span<float> taps)
    {
        // p = j * from mod to determines j; phase == to never occurs with exact positions.
        int j = phase == Phases ? 0 : (int)((long)phase * InverseOfFrom() % Phases);
        int n = (int)((long)j * _from / Phases);
        double start = -(double)((float)j / Phases);
        double width = _options.LowpassFilterWidth;
        for (int i = 0; i < TapCount; i++)
        {
            double t = Math.Clamp((start + (double)(n - Left + i) / _from) * _baseFrequency, -width, width);
            double window = _options.KaiserBeta is { } beta
                ? KaiserSinc.BesselI0(beta * Math.Sqrt(1 - t / width * (t / width))) / KaiserSinc.BesselI0(beta)
                : Math.Pow(Math.Cos(t * Math.PI / width / 2), 2);
            taps[i] = (float)(KaiserSinc.Sinc(t) * window * _baseFrequency / _from);
        }
    }

    /// <summary>The number whose product with the source rate is 1 modulo the target rate (extended Euclid).</summary>
    private int InverseOfFrom()
    {
        long r = Phases, next = _from % Phases, x = 0, y = 1;
        while (next != 0)
        {
            long q = r / next;
            (r, next) = (next, r - q * next);
            (x, y) = (y, x - q * y);
        }

        return (int)((x % Phases + Phases) % Phases);
    }
}
