using System.Numerics.Tensors;

namespace RawSer.Kernels.Spectral;

/// <summary>Logarithmic levels of spectra.</summary>
public static class Decibels
{
    internal const double Log2Of10 = 3.3219280948873623;

    /// <summary>
    /// factor log10(max(amin, x)) - factor log10(max(amin, |reference|)), then nothing lower than <paramref name="topDb"/> below the largest
    /// value of the whole span: librosa's power_to_db, torchaudio's AmplitudeToDB of one item. In place is allowed.
    /// </summary>
    /// <param name="values">Powers (factor 10) or magnitudes (factor 20).</param>
    /// <param name="reference">The value of 0 dB.</param>
    /// <param name="amin">Smallest value that is distinguished; positive.</param>
    /// <param name="topDb">Dynamic range, not negative; null keeps everything.</param>
    /// <param name="destination">Receives the levels.</param>
    /// <param name="factor">dB per decade.</param>
    /// <exception cref="ArgumentException">amin is not positive or topDb is negative.</exception>
    public static void FromPower(ReadOnlySpan<float> values, double reference, double amin, double? topDb, Span<float> destination, double factor = 10)
    {
        CheckLimits(amin, topDb);
        Span<float> db = destination[..values.Length];
        TensorPrimitives.Max(values, (float)amin, db);
        TensorPrimitives.Log2(db, db);
        TensorPrimitives.Multiply(db, (float)(factor / Log2Of10), db);
        TensorPrimitives.Subtract(db, (float)(factor * Math.Log10(Math.Max(amin, Math.Abs(reference)))), db);
        if (topDb is { } range && !db.IsEmpty)
        {
            TensorPrimitives.Max(db, TensorPrimitives.Max<float>(db) - (float)range, db);
        }
    }

    /// <summary>As <see cref="FromPower"/> for magnitudes: values, reference and amin are squared first (librosa's amplitude_to_db).</summary>
    /// <exception cref="ArgumentException">amin is not positive or topDb is negative.</exception>
    public static void FromAmplitude(ReadOnlySpan<float> amplitude, double reference, double amin, double? topDb, Span<float> destination)
    {
        CheckLimits(amin, topDb);
        Span<float> squares = destination[..amplitude.Length];
        TensorPrimitives.Multiply(amplitude, amplitude, squares);
        FromPower(squares, reference * reference, amin * amin, topDb, squares);
    }

    internal static void CheckLimits(double amin, double? topDb)
    {
        if (!(amin > 0))
        {
            throw new ArgumentException(FormattableString.Invariant($"amin is {amin}: it must be positive"), nameof(amin));
        }

        if (topDb < 0)
        {
            throw new ArgumentException(FormattableString.Invariant($"top_db is {topDb}: it must not be negative"), nameof(topDb));
        }
    }
}
