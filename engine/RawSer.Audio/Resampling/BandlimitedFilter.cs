using RawSer.Kernels.Resampling;

namespace RawSer.Audio.Resampling;

/// <summary>A quality of libsoxr: where the pass band ends (of the lower Nyquist frequency) and the attenuation from 1.0 on, in dB.</summary>
internal sealed class BandlimitedRecipe(double passband, double attenuation)
{
    /// <summary>Steps of the table between two samples of the lower rate; cubic interpolation between them errs by less than 1e-10.</summary>
    public const int Steps = 512;

    /// <summary>20 bits: pass band 1 - 0.05 / x(rejection), attenuation 6.0206 (bits + 1).</summary>
    public static readonly BandlimitedRecipe Hq = new(0.91374, 126.43);

    /// <summary>28 bits.</summary>
    public static readonly BandlimitedRecipe Vhq = new(0.91133, 174.6);

    private readonly Lazy<double[]> _wing = new(() => KaiserSinc.Wing(
        Length(passband, attenuation), Steps, 0.1102 * (attenuation - 8.7), (1 + passband) / 2));

    /// <summary>Length of a wing in samples of the lower rate.</summary>
    public int Zeros => Length(passband, attenuation);

    /// <summary>Weights of one wing, computed at the first use.</summary>
    public double[] Wing => _wing.Value;

    /// <summary>Kaiser's estimate (A - 7.95) / (2.285 width) for a transition from the pass band end to 1.0, halved.</summary>
    private static int Length(double passband, double attenuation) =>
        (int)Math.Ceiling((attenuation - 7.95) / (2.285 * Math.PI * (1 - passband)) / 2);
}

/// <summary>
/// A Kaiser-windowed sinc with the pass band, stop band and attenuation of a recipe of libsoxr (linear phase): flat to
/// <c>passband</c> and below -attenuation from 1.0 on, both as shares of the lower Nyquist frequency.
/// </summary>
internal sealed class BandlimitedFilter : PolyphaseFilter
{
    private readonly double[] _wing;
    private readonly double _scale;

    private BandlimitedFilter(double[] wing, double scale, int reach, int phases)
        : base(phases, reach - 1, reach)
    {
        _wing = wing;
        _scale = scale;
    }

    public static BandlimitedFilter Create(BandlimitedRecipe recipe, int from, int to, int phases)
    {
        double scale = Math.Min(1.0, (double)to / from);
        return new BandlimitedFilter(recipe.Wing, scale, (int)Math.Ceiling(recipe.Zeros / scale), phases);
    }

    public override void Fill(int phase, Span<float> taps)
    {
        double fraction = (double)phase / Phases;
        for (int i = 0; i < TapCount; i++)
        {
            double distance = Math.Abs(i - Left - fraction) * _scale * BandlimitedRecipe.Steps;
            if (distance < _wing.Length - 1)
            {
                taps[i] = (float)(_scale * Interpolate(distance));
            }
        }
    }

    /// <summary>Cubic Lagrange interpolation; the wing is even around 0 and zero beyond its end.</summary>
    private double Interpolate(double at)
    {
        int i = (int)at;
        double f = at - i;
        double a = At(i - 1), b = At(i), c = At(i + 1), d = At(i + 2);
        return b + f * (c - a / 3 - b / 2 - d / 6 + f * ((a + c) / 2 - b + f * ((d - a) / 6 + (b - c) / 2)));

        double At(int k) => Math.Abs(k) < _wing.Length ? _wing[Math.Abs(k)] : 0;
    }
}
