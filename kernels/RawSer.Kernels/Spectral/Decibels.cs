using System.Numerics.Tensors;

namespace RawSer.Kernels.Spectral;

/// <summary>Logarithmic levels of power spectra.</summary>
public static class Decibels
{
    private const float PerOctave = 3.01029995663981195f;

    /// <summary>
    /// 10 log10(max(amin, S)) - 10 log10(max(amin, reference)), then nothing lower than <paramref name="topDb"/> below the largest value
    /// of the whole span (librosa's power_to_db, torchaudio's AmplitudeToDB of one item). In place is allowed.
    /// </summary>
    /// <param name="power">Power values.</param>
    /// <param name="reference">The power of 0 dB.</param>
    /// <param name="amin">Smallest power that is distinguished; positive.</param>
    /// <param name="topDb">Dynamic range, not negative; null keeps everything.</param>
    /// <param name="destination">Receives the levels.</param>
    /// <exception cref="ArgumentException">amin is not positive or topDb is negative.</exception>
    public static void FromPower(ReadOnlySpan<float> power, double reference, double amin, double? topDb, Span<float> destination)
    {
        CheckLimits(amin, topDb);
        Span<float> db = destination[..power.Length];
        TensorPrimitives.Max(power, (float)amin, db);
        TensorPrimitives.Log2(db, db);
        TensorPrimitives.Multiply(db, PerOctave, db);
        TensorPrimitives.Subtract(db, (float)(10 * Math.Log10(Math.Max(amin, Math.Abs(reference)))), db);
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

    private static void CheckLimits(double amin, double? topDb)
    {
        if (!(amin > 0))
        {
            throw new ArgumentException($"amin is {amin}: it must be positive", nameof(amin));
        }

        if (topDb < 0)
        {
            throw new ArgumentException($"top_db is {topDb}: it must not be negative", nameof(topDb));
        }
    }
}
