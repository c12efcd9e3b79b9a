using System.Collections.Concurrent;
using System.Numerics;
using RawSer.Kernels;
using RawSer.Kernels.Resampling;

namespace RawSer.Audio.Resampling;

/// <summary>
/// Changes the sample rate of a mono signal. An instance is one method and one pair of rates; it is immutable and may be used from any number
/// of threads. The taps of a pair are computed once per process.
/// </summary>
public sealed class Resampler
{
    /// <summary>Default of librosa 0.8 and 0.9: resampy's filter. Taps and positions as in resampy 0.3 and later.</summary>
    public const string KaiserBest = "kaiser_best";

    /// <summary>resampy's shorter filter.</summary>
    public const string KaiserFast = "kaiser_fast";

    /// <summary>kaiser_best as resampy up to 0.2.2 computed it: what librosa 0.8 did at its time.</summary>
    public const string OldKaiserBest = "resampy-0.2.2:kaiser_best";

    /// <summary>kaiser_fast as resampy up to 0.2.2 computed it.</summary>
    public const string OldKaiserFast = "resampy-0.2.2:kaiser_fast";

    /// <summary>Default of librosa 0.10 and later: pass band, stop band and attenuation of soxr's HQ recipe.</summary>
    public const string SoxrHq = "soxr_hq";

    /// <summary>soxr's VHQ recipe.</summary>
    public const string SoxrVhq = "soxr_vhq";

    /// <summary>torchaudio's default, sinc_interp_hann of width 6 and rolloff 0.99.</summary>
    public const string TorchaudioHann = "sinc_interp_hann";

    /// <summary>torchaudio's sinc_interp_kaiser with its defaults.</summary>
    public const string TorchaudioKaiser = "sinc_interp_kaiser";

    /// <summary>The names that <see cref="Get"/> knows.</summary>
    public static readonly IReadOnlyList<string> Names =
        [KaiserBest, KaiserFast, OldKaiserBest, OldKaiserFast, SoxrHq, SoxrVhq, TorchaudioHann, TorchaudioKaiser];

    private static readonly ConcurrentDictionary<(string, int, int), Resampler> Cache = new();

    private readonly PolyphaseKernel _kernel;
    private readonly int _from;
    private readonly int _to;
    private readonly int _phases;
    private readonly Method _method;
    private PlanOfLength? _lastPlan;

    private Resampler(PolyphaseFilter filter, int from, int to, int phases, Method method)
    {
        _kernel = new PolyphaseKernel(filter);
        _from = from;
        _to = to;
        _phases = phases;
        _method = method;
    }

    private enum Method
    {
        /// <summary>Exact positions.</summary>
        Bandlimited,

        /// <summary>Exact positions and lengths.</summary>
        Torchaudio,

        /// <summary>Positions multiplied, n * target // source outputs.</summary>
        Resampy,

        /// <summary>Positions added up, int(n * ratio) outputs.</summary>
        OldResampy,
    }

    /// <summary>The resampler of that name between two rates in Hz.</summary>
    /// <exception cref="ArgumentException">There is no method of that name, or a rate is not positive.</exception>
    public static Resampler Get(string name, int from, int to)
    {
        CheckRates(from, to);
        if (Cache.TryGetValue((name, from, to), out Resampler? cached))
        {
            return cached;
        }

        int phases = to / (int)BigInteger.GreatestCommonDivisor(from, to);
        Resampler made = name switch
        {
            KaiserBest => Resampy(ResampyTable.KaiserBest, Method.Resampy),
            KaiserFast => Resampy(ResampyTable.KaiserFast, Method.Resampy),
            OldKaiserBest => Resampy(ResampyTable.OldKaiserBest, Method.OldResampy),
            OldKaiserFast => Resampy(ResampyTable.OldKaiserFast, Method.OldResampy),
            SoxrHq => new(BandlimitedFilter.Create(BandlimitedRecipe.Hq, from, to, phases), from, to, phases, Method.Bandlimited),
            SoxrVhq => new(BandlimitedFilter.Create(BandlimitedRecipe.Vhq, from, to, phases), from, to, phases, Method.Bandlimited),
            TorchaudioHann => Torchaudio(from, to, new TorchaudioSincOptions()),
            TorchaudioKaiser => Torchaudio(from, to, new TorchaudioSincOptions { KaiserBeta = TorchaudioSincOptions.DefaultKaiserBeta }),
            _ => throw new ArgumentException($"unknown resampler \"{name}\": use one of {string.Join(", ", Names)}", nameof(name)),
        };
        return Cache.GetOrAdd((name, from, to), made);

        Resampler Resampy(ResampyTable table, Method method) =>
            new(ResampyFilter.Create(table, from, to, phases), from, to, phases, method);
    }

    /// <summary>torchaudio's resampler with other than its default parameters; not cached.</summary>
    /// <exception cref="ArgumentException">A rate or parameter is out of range.</exception>
    public static Resampler Torchaudio(int from, int to, TorchaudioSincOptions options)
    {
        CheckRates(from, to);
        int divisor = (int)BigInteger.GreatestCommonDivisor(from, to);
        return new(TorchaudioSincFilter.Create(options, from / divisor, to / divisor), from, to, to / divisor, Method.Torchaudio);
    }

    /// <summary>
    /// Samples of the result: ceil(samples * to / from). Librosa rounds the ratio to float64 first, which for some lengths (multiples of 147
    /// from 44100 to 48000 Hz) gives one sample more; so do the methods named after it.
    /// </summary>
    /// <exception cref="ArgumentException">The result would be longer than an array can be.</exception>
    public int OutputLength(int samples)
    {
        double length = _method == Method.Torchaudio || _from == _to ? ExactLength(samples) : Math.Ceiling(samples * ((double)_to / _from));
        return length <= Array.MaxLength / sizeof(float)
            ? (int)length
            : throw new ArgumentException(FormattableString.Invariant($"{samples} samples at {_from} Hz would become {length} at {_to} Hz: too many for one clip"), nameof(samples));
    }

    /// <summary>The signal at the new rate; a copy if the rates are equal.</summary>
    public float[] Run(ReadOnlySpan<float> signal)
    {
        float[] output = new float[OutputLength(signal.Length)];
        if (_from == _to)
        {
            signal.CopyTo(output);
            return output;
        }

        // What a method leaves out at the end are the zeros that librosa appends.
        Span<float> computed = output.AsSpan(0, ComputedLength(signal.Length));
        if (_method is Method.Resampy or Method.OldResampy)
        {
            _kernel.Run(signal, Rounded(), computed);
        }
        else
        {
            _kernel.Run(signal, Exact(), computed);
        }

        return output;
    }

    /// <summary>
    /// Signals (signals, samples) at the new rate, (signals, <see cref="OutputLength"/>), by the kernels of the device on which they lie. The positions for
    /// signals as long as the last ones are kept.
    /// </summary>
    /// <exception cref="ArgumentException">The signals are no matrix of float32.</exception>
    /// <exception cref="NotSupportedException">The filter has too many phases for a device other than the processor.</exception>
    public Tensor Run(Tensor signals)
    {
        if (signals.Rank != 2 || signals.DType != DType.F32)
        {
            throw new ArgumentException($"resampling takes signals (signals, samples) of {DType.F32}, not {signals.Shape} of {signals.DType}", nameof(signals));
        }

        if (_from == _to)
        {
            return signals.Clone();
        }

        int samples = signals.Shape[1];
        PlanOfLength? last = _lastPlan; // another thread may put another one there
        if (last is null || last.Samples != samples)
        {
            int computed = ComputedLength(samples), outputs = OutputLength(samples);
            _lastPlan = last = new PlanOfLength(samples, _method is Method.Resampy or Method.OldResampy
                ? ResamplingPlan.Create(_kernel, Rounded(), computed, outputs)
                : ResamplingPlan.Create(_kernel, Exact(), computed, outputs));
        }

        using Tensor? dense = signals.IsContiguous ? null : signals.Clone();
        Tensor result = Tensor.Empty([signals.Shape[0], last.Plan.Outputs], DType.F32, signals.Device);
        signals.Device.Backend.Resample((dense ?? signals).View, last.Plan, result.View);
        return result;
    }

    private ResampyClock Rounded() => new(_from, _to, _phases, accumulate: _method == Method.OldResampy);

    private ExactClock Exact() => new(_from / (_to / _phases), _phases);

    /// <summary>Outputs that the method computes; zeros follow up to <see cref="OutputLength"/>.</summary>
    private int ComputedLength(int samples) => _method switch
    {
        Method.OldResampy => (int)(samples * ((double)_to / _from)),
        Method.Resampy => (int)((long)samples * _to / _from),
        _ => (int)Math.Min(ExactLength(samples), OutputLength(samples)),
    };

    private long ExactLength(int samples) => ((long)samples * _to + _from - 1) / _from;

    private static void CheckRates(int from, int to)
    {
        if (from <= 0 || to <= 0)
        {
            throw new ArgumentException($"can't resample from {from} to {to} Hz: sample rates must be positive");
        }
    }

    private sealed record PlanOfLength(int Samples, ResamplingPlan Plan);
}
