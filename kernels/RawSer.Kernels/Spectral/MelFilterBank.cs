using System.Runtime.Intrinsics;

namespace RawSer.Kernels.Spectral;

/// <summary>Scaling of mel filters.</summary>
public enum MelNorm
{
    /// <summary>Triangles of height 1.</summary>
    None,

    /// <summary>Triangles of equal area: times 2 / (upper edge - lower edge in Hz).</summary>
    Slaney,
}

/// <summary>The triangles of a mel filter bank.</summary>
/// <param name="SampleRate">Rate of the signal in Hz.</param>
/// <param name="FftSize">Length of the transform.</param>
/// <param name="Count">Number of filters, n_mels.</param>
public sealed record MelOptions(int SampleRate, int FftSize, int Count = 128)
{
    /// <summary>Lower edge of the first filter in Hz.</summary>
    public double MinHz { get; init; }

    /// <summary>Upper edge of the last filter in Hz; half the sample rate when null.</summary>
    public double? MaxHz { get; init; }

    /// <summary>Frequency scale on which the filters are equally spaced.</summary>
    public MelScale Scale { get; init; } = MelScale.Slaney;

    /// <summary>Scaling of the filters.</summary>
    public MelNorm Norm { get; init; } = MelNorm.Slaney;

    /// <summary>
    /// The frequency of the last bin when it is not k * rate / n_fft: torchaudio places n_fft / 2 + 1 bins between 0 and the integer
    /// rate / 2 whatever n_fft is.
    /// </summary>
    public double? LastBinHz { get; init; }
}

/// <summary>
/// A mel filter bank as sparse rows: filter i holds <c>Counts[i]</c> weights from bin <c>Starts[i]</c> on. Weight of bin k for the edges
/// a, b, c of a filter: max(0, min((f - a) / (b - a), (c - f) / (c - b))), times its norm. Filters between two bins are empty.
/// </summary>
public sealed unsafe class MelFilterBank
{
    private readonly int[] _starts;
    private readonly int[] _counts;
    private readonly int[] _offsets;
    private readonly float[] _weights;

    /// <summary>Computes the filters.</summary>
    /// <exception cref="ArgumentException">A number is not positive, or the limits are not ascending.</exception>
    public MelFilterBank(MelOptions options)
    {
        if (options.SampleRate <= 0 || options.FftSize <= 0)
        {
            throw new ArgumentException($"sample rate {options.SampleRate} and n_fft {options.FftSize} must be positive", nameof(options));
        }

        Options = options;
        Bins = options.FftSize / 2 + 1;
        double[] edges = options.Scale.Frequencies(options.Count + 2, options.MinHz, options.MaxHz ?? options.SampleRate / 2.0);
        double binWidth = options.LastBinHz is { } last ? last / (Bins - 1) : (double)options.SampleRate / options.FftSize;
        _starts = new int[options.Count];
        _counts = new int[options.Count];
        _offsets = new int[options.Count];
        var weights = new List<float>();
        for (int m = 0; m < options.Count; m++)
        {
            double a = edges[m], b = edges[m + 1], c = edges[m + 2];
            double norm = options.Norm == MelNorm.Slaney ? 2 / (c - a) : 1;
            _offsets[m] = weights.Count;
            int first = Math.Max(0, (int)(a / binWidth) - 1), end = (int)Math.Min(Bins, c / binWidth + 2);
            for (int k = first; k < end; k++)
            {
                double f = k * binWidth;
                float triangle = (float)Math.Max(0, Math.Min((f - a) / (b - a), (c - f) / (c - b)));
                if (triangle > 0)
                {
                    _starts[m] = _counts[m] == 0 ? k : _starts[m];
                    _counts[m]++;
                    weights.Add((float)(triangle * norm));
                }
            }
        }

        _weights = [.. weights];
    }

    /// <summary>What was computed.</summary>
    public MelOptions Options { get; }

    /// <summary>Number of filters.</summary>
    public int Count => _starts.Length;

    /// <summary>Columns of the dense matrix: n_fft / 2 + 1.</summary>
    public int Bins { get; }

    /// <summary>First bin of every filter; 0 for an empty one.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>Number of weights of every filter.</summary>
    public ReadOnlySpan<int> Counts => _counts;

    /// <summary>The weights of all filters, one after the other.</summary>
    public ReadOnlySpan<float> Weights => _weights;

    /// <summary>Filters that see no bin: n_mels is too large for n_fft. Their rows stay zero.</summary>
    public int EmptyFilters => _counts.Count(c => c == 0);

    /// <summary>The bank as a dense row-major (filters, bins) matrix.</summary>
    public float[] ToDense()
    {
        float[] dense = new float[Count * Bins];
        for (int m = 0; m < Count; m++)
        {
            _weights.AsSpan(_offsets[m], _counts[m]).CopyTo(dense.AsSpan(m * Bins + _starts[m]));
        }

        return dense;
    }

    /// <summary>
    /// Applies the bank to a block of spectra with 16 frames side by side: block (bins, 16) to rows (filters, 16).
    /// </summary>
    internal void Apply(float* block, float* rows)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Apply<Vector512<float>, Lanes512<float>>(block, rows);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Apply<Vector256<float>, Lanes256<float>>(block, rows);
        }
        else
        {
            Apply<Vector128<float>, Lanes128<float>>(block, rows);
        }
    }

    private void Apply<TVector, TLanes>(float* block, float* rows)
        where TVector : struct
        where TLanes : struct, ILanes<TVector, float>
    {
        fixed (float* weights = _weights)
        {
            for (int m = 0; m < Count; m++)
            {
                float* w = weights + _offsets[m], first = block + (long)_starts[m] * FrameTransform.BlockFrames;
                int count = _counts[m];
                for (int lane = 0; lane < FrameTransform.BlockFrames; lane += TLanes.Count)
                {
                    // Two sums break the chain of dependent additions.
                    TVector even = TLanes.Broadcast(0), odd = even;
                    float* x = first + lane;
                    int k = 0;
                    for (; k + 1 < count; k += 2, x += 2 * FrameTransform.BlockFrames)
                    {
                        even = TLanes.MultiplyAdd(TLanes.Load(x), TLanes.Broadcast(w[k]), even);
                        odd = TLanes.MultiplyAdd(TLanes.Load(x + FrameTransform.BlockFrames), TLanes.Broadcast(w[k + 1]), odd);
                    }

                    if (k < count)
                    {
                        even = TLanes.MultiplyAdd(TLanes.Load(x), TLanes.Broadcast(w[k]), even);
                    }

                    TLanes.Store(TLanes.Add(even, odd), rows + (long)m * FrameTransform.BlockFrames + lane);
                }
            }
        }
    }
}
