namespace RawSer.Kernels.Spectral;

/// <summary>What stands before the first and after the last sample of a clip.</summary>
public enum PadMode
{
    /// <summary>Zeros.</summary>
    Constant,

    /// <summary>Mirrored at the outermost samples, which are not repeated; repeats when the pad is longer than the clip.</summary>
    Reflect,

    /// <summary>Mirrored between samples: the outermost ones appear twice.</summary>
    Symmetric,

    /// <summary>The outermost samples repeated.</summary>
    Edge,

    /// <summary>The clip repeated.</summary>
    Wrap,
}

/// <summary>Padding of signals by the rules of <c>numpy.pad</c>.</summary>
public static class SignalPadding
{
    /// <summary>Writes <paramref name="before"/> padding samples, the signal, and padding up to the end of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">The signal is empty and the mode needs samples, or the destination is too short.</exception>
    public static void Pad(ReadOnlySpan<float> signal, int before, PadMode mode, Span<float> destination)
    {
        int after = destination.Length - before - signal.Length;
        if (before < 0 || after < 0)
        {
            throw new ArgumentException($"{destination.Length} samples can't hold {signal.Length} samples after {before} of padding", nameof(destination));
        }

        signal.CopyTo(destination[before..]);
        if (mode == PadMode.Constant)
        {
            destination[..before].Clear();
            destination[(before + signal.Length)..].Clear();
            return;
        }

        if (signal.IsEmpty && destination.Length > 0)
        {
            throw new ArgumentException($"an empty clip can't be padded by mode {mode}: pad with zeros (Constant)", nameof(signal));
        }

        for (int i = 0; i < before; i++)
        {
            destination[i] = signal[Index(i - before, signal.Length, mode)];
        }

        for (int i = 0; i < after; i++)
        {
            destination[before + signal.Length + i] = signal[Index(signal.Length + i, signal.Length, mode)];
        }
    }

    /// <summary>The sample that stands at position <paramref name="i"/> of the extended signal of <paramref name="length"/> samples.</summary>
    public static int Index(int i, int length, PadMode mode) => mode is PadMode.Edge or PadMode.Wrap or PadMode.Symmetric or PadMode.Reflect
        ? Repeated(i, length, mode)
        : throw new ArgumentOutOfRangeException(nameof(mode), mode, "this mode repeats no samples: use Reflect, Symmetric, Edge or Wrap");

    /// <summary>As <see cref="Index"/> for a mode that repeats samples; kernels of devices call it.</summary>
    internal static int Repeated(int i, int length, PadMode mode)
    {
        if (mode == PadMode.Edge)
        {
            return Math.Max(0, Math.Min(i, length - 1));
        }

        // Wrap has the clip's period, Symmetric twice that, Reflect two samples less: the second half runs backwards.
        int period = mode == PadMode.Wrap ? length : mode == PadMode.Symmetric ? 2 * length : Math.Max(1, 2 * (length - 1));
        int at = Modulo(i, period);
        return at < length ? at : period - at - (mode == PadMode.Symmetric ? 1 : 0);
    }

    /// <summary>The mode with a name of NumPy or PyTorch: constant, reflect, symmetric, edge (replicate), wrap (circular).</summary>
    /// <exception cref="ArgumentException">No mode has that name.</exception>
    public static PadMode Parse(string name) => name switch
    {
        "constant" => PadMode.Constant,
        "reflect" => PadMode.Reflect,
        "symmetric" => PadMode.Symmetric,
        "edge" or "replicate" => PadMode.Edge,
        "wrap" or "circular" => PadMode.Wrap,
        _ => throw new ArgumentException($"unknown pad_mode \"{name}\": use constant, reflect, symmetric, edge or wrap", nameof(name)),
    };

    private static int Modulo(int i, int n)
    {
        int rest = i % n;
        return rest < 0 ? rest + n : rest;
    }
}
