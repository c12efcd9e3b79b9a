namespace RawSer.Kernels.Spectral;

/// <summary>Shapes of an analysis window.</summary>
public enum WindowShape
{
    /// <summary>0.5 - 0.5 cos.</summary>
    Hann,

    /// <summary>0.54 - 0.46 cos.</summary>
    Hamming,

    /// <summary>0.42 - 0.5 cos + 0.08 cos 2x.</summary>
    Blackman,

    /// <summary>Triangle that is zero at its ends.</summary>
    Bartlett,

    /// <summary>All ones (boxcar).</summary>
    Ones,
}

/// <summary>Periodic analysis windows, as <c>scipy.signal.get_window(name, n, fftbins=True)</c> and <c>torch.hann_window</c> make them.</summary>
public static class Window
{
    /// <summary>The window of the given length, in double precision. A periodic window is the first n values of a symmetric one of n + 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is not positive, or the shape is unknown.</exception>
    public static double[] Create(WindowShape shape, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (length == 1)
        {
            return [1];
        }

        double[] window = new double[length];
        for (int i = 0; i < length; i++)
        {
            double x = 2.0 * i / length;
            window[i] = shape switch
            {
                WindowShape.Hann => 0.5 - 0.5 * double.CosPi(x),
                WindowShape.Hamming => 0.54 - 0.46 * double.CosPi(x),
                WindowShape.Blackman => 0.42 - 0.5 * double.CosPi(x) + 0.08 * double.CosPi(2 * x),
                WindowShape.Bartlett => x <= 1 ? x : 2 - x,
                WindowShape.Ones => 1,
                _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "unknown window"),
            };
        }

        return window;
    }

    /// <summary>A window of <paramref name="length"/> samples in the middle of <paramref name="frameLength"/> samples, zeros around it.</summary>
    public static double[] CreateCentred(WindowShape shape, int length, int frameLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, frameLength);
        double[] padded = new double[frameLength];
        Create(shape, length).CopyTo(padded, (frameLength - length) / 2);
        return padded;
    }

    /// <summary>The shape with a name of SciPy or PyTorch: hann, hamming, blackman, bartlett, ones, boxcar, rectangular.</summary>
    /// <exception cref="ArgumentException">No window has that name.</exception>
    public static WindowShape Parse(string name) => name switch
    {
        "hann" or "hanning" => WindowShape.Hann,
        "hamming" => WindowShape.Hamming,
        "blackman" => WindowShape.Blackman,
        "bartlett" => WindowShape.Bartlett,
        "ones" or "boxcar" or "rectangular" => WindowShape.Ones,
        _ => throw new ArgumentException($"unknown window \"{name}\": use hann, hamming, blackman, bartlett or ones", nameof(name)),
    };
}
