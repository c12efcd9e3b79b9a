namespace RawSer.Kernels.Spectral;

/// <summary>Frequency scales of perceived pitch.</summary>
public enum MelScale
{
    /// <summary>Linear below 1000 Hz, logarithmic above (Slaney's Auditory Toolbox; librosa's default).</summary>
    Slaney,

    /// <summary>2595 log10(1 + f / 700) (HTK; torchaudio's default).</summary>
    Htk,
}

/// <summary>Conversions between Hz and mel.</summary>
public static class MelScales
{
    private const double LinearStep = 200.0 / 3;
    private const double BreakHz = 1000;
    private const double BreakMel = BreakHz / LinearStep;

    private static readonly double LogStep = Math.Log(6.4) / 27;

    /// <summary>The mel value of a frequency in Hz.</summary>
    public static double FromHz(this MelScale scale, double hz) => scale switch
    {
        MelScale.Htk => 2595 * Math.Log10(1 + hz / 700),
        _ when hz < BreakHz => hz / LinearStep,
        _ => BreakMel + Math.Log(hz / BreakHz) / LogStep,
    };

    /// <summary>The frequency in Hz of a mel value.</summary>
    public static double ToHz(this MelScale scale, double mel) => scale switch
    {
        MelScale.Htk => 700 * (Math.Pow(10, mel / 2595) - 1),
        _ when mel < BreakMel => mel * LinearStep,
        _ => BreakHz * Math.Exp(LogStep * (mel - BreakMel)),
    };

    /// <summary><paramref name="count"/> frequencies in Hz from <paramref name="fmin"/> to <paramref name="fmax"/>, equally spaced in mel.</summary>
    /// <exception cref="ArgumentException">There are no frequencies, or the limits are not finite and ascending from 0.</exception>
    public static double[] Frequencies(this MelScale scale, int count, double fmin, double fmax)
    {
        if (count <= 0)
        {
            throw new ArgumentException($"n_mels is {count}: it must be positive", nameof(count));
        }

        if (!(fmin >= 0 && fmax > fmin && double.IsFinite(fmax)))
        {
            throw new ArgumentException(FormattableString.Invariant($"fmin is {fmin} and fmax {fmax}: 0 <= fmin < fmax is needed"));
        }

        double low = scale.FromHz(fmin), high = scale.FromHz(fmax);
        double step = count > 1 ? (high - low) / (count - 1) : 0;
        double[] hz = new double[count];
        for (int i = 0; i < count; i++)
        {
            hz[i] = scale.ToHz(i == count - 1 && count > 1 ? high : low + i * step);
        }

        return hz;
    }
}
