using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels.Spectral;

/// <summary>What is kept of a complex spectrum.</summary>
public enum SpectrumKind
{
    /// <summary>Real and imaginary parts.</summary>
    Complex,

    /// <summary>|X|.</summary>
    Magnitude,

    /// <summary>|X|^2.</summary>
    Power,
}

/// <summary>Arithmetic of a transform; its input and output are float32 in both cases.</summary>
public enum TransformPrecision
{
    /// <summary>
    /// float32, which the named profiles take. Rounding noise lies about 140 dB below the loudest bin of a frame; MFCCs and mel levels of speech
    /// differ from those of float64 by less than 2e-3 (1e-5 in the root mean square), within a third of what the goldens of librosa allow.
    /// </summary>
    Single,

    /// <summary>float64, as librosa computes: half the speed.</summary>
    Double,
}

/// <summary>
/// Windowed real transforms of blocks of <see cref="BlockFrames"/> overlapping frames. The output has one row per bin with the frames of the
/// block side by side, so that everything after it (mel filters, decibels) works on whole registers and the rows are rows of the spectrogram.
/// </summary>
internal abstract unsafe class FrameTransform
{
    /// <summary>Frames of a block, whatever the register width.</summary>
    public const int BlockFrames = 16;

    /// <summary>Floats after the last frame that may be read, but don't influence the result.</summary>
    public const int ReadAhead = 8;

    /// <summary>Bytes of 64-byte aligned workspace for <see cref="Run"/>.</summary>
    public abstract int WorkspaceBytes { get; }

    /// <summary>A transform of frames as long as <paramref name="window"/>, with which they are multiplied.</summary>
    public static FrameTransform Create(double[] window, TransformPrecision precision) => precision switch
    {
        TransformPrecision.Single when Vector512.IsHardwareAccelerated => new FrameTransform<float, Vector512<float>, Lanes512<float>>(window),
        TransformPrecision.Single when Vector256.IsHardwareAccelerated => new FrameTransform<float, Vector256<float>, Lanes256<float>>(window),
        TransformPrecision.Single => new FrameTransform<float, Vector128<float>, Lanes128<float>>(window),
        TransformPrecision.Double when Vector512.IsHardwareAccelerated => new FrameTransform<double, Vector512<double>, Lanes512<double>>(window),
        TransformPrecision.Double when Vector256.IsHardwareAccelerated => new FrameTransform<double, Vector256<double>, Lanes256<double>>(window),
        TransformPrecision.Double => new FrameTransform<double, Vector128<double>, Lanes128<double>>(window),
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "unknown precision: use Single or Double"),
    };

    /// <summary>
    /// Transforms <paramref name="frames"/> (1 to <see cref="BlockFrames"/>) frames that start at signal, signal + hop, ...; the columns of
    /// missing frames hold copies of the last one. Output: (bins, 16), or (bins, 2, 16) for complex spectra.
    /// </summary>
    public abstract void Run(float* signal, int hop, int frames, SpectrumKind kind, float* output, byte* workspace);
}

internal sealed unsafe class FrameTransform<T, TVector, TLanes> : FrameTransform
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : struct
    where TLanes : struct, ILanes<TVector, T>
{
    private readonly FftPlan<T> _plan;
    private readonly int _length;
    private readonly int _firstSample;
    private readonly int _endSample;
    private readonly bool _packed;

    /// <summary>Window, halved when two real samples make a complex point: the split below then needs no factor 1/2.</summary>
    private readonly T[] _window;

    /// <summary>e^(-2 pi i k / n) for the split of a packed spectrum.</summary>
    private readonly T[] _split;

    public FrameTransform(double[] window)
    {
        _length = window.Length;
        _packed = _length % 2 == 0;
        int points = _packed ? _length / 2 : _length;
        _plan = new FftPlan<T>(points);
        WorkspaceBytes = (PointSize * points + LaneFft<T, TVector, TLanes>.ScratchLength(_plan)) * sizeof(T) + TileBytes;
        _firstSample = Math.Max(0, Array.FindIndex(window, w => w != 0));
        _endSample = Array.FindLastIndex(window, w => w != 0) + 1;
        _window = [.. window.Select(w => T.CreateTruncating(_packed ? 0.5 * w : w))];
        _split = new T[_packed ? 2 * (points / 2 + 1) : 0];
        for (int k = 0; k < _split.Length / 2; k++)
        {
            (_split[2 * k], _split[2 * k + 1]) = FftPlan<T>.RootOfUnity(k, _length);
        }
    }

    public override int WorkspaceBytes { get; }

    private static int PointSize => 2 * TLanes.Count;

    private static int TileBytes => 8 * Math.Max(16, TLanes.Count) * sizeof(float);

    public override void Run(float* signal, int hop, int frames, SpectrumKind kind, float* output, byte* workspace)
    {
        float* tile = (float*)workspace;
        T* data = (T*)(workspace + TileBytes);
        T* scratch = data + (long)PointSize * _plan.Length;
        for (int lane = 0; lane < BlockFrames; lane += TLanes.Count)
        {
            LoadFrames(signal, hop, frames, lane, tile, data);
            LaneFft<T, TVector, TLanes>.Transform(_plan, data, scratch);
            switch (kind)
            {
                case SpectrumKind.Complex:
                    Split<ComplexBins>(data, output + lane);
                    break;
                case SpectrumKind.Magnitude:
                    Split<MagnitudeBins>(data, output + lane);
                    break;
                default:
                    Split<PowerBins>(data, output + lane);
                    break;
            }
        }
    }

    /// <summary>Turns frames into lanes, 8 samples at a time, multiplies by the window and stores in the order of the first stage.</summary>
    private void LoadFrames(float* signal, int hop, int frames, int firstLane, float* tile, T* data)
    {
        TVector zero = TLanes.Broadcast(T.Zero);
        fixed (int* position = _plan.Position)
        fixed (T* window = _window)
        {
            for (int k = 0; k < _firstSample; k++)
            {
                TLanes.Store(zero, Sample(data, position, k));
            }

            for (int k = _firstSample; k < _endSample; k += 8)
            {
                FillTile(signal + k, hop, frames, firstLane, tile);
                int count = Math.Min(8, _endSample - k);
                for (int i = 0; i < count; i++)
                {
                    TVector x = TLanes.LoadSingle(tile + i * TLanes.Count);
                    TLanes.Store(TLanes.Multiply(x, TLanes.Broadcast(window[k + i])), Sample(data, position, k + i));
                }
            }

            for (int k = _endSample; k < _length; k++)
            {
                TLanes.Store(zero, Sample(data, position, k));
            }

            if (!_packed)
            {
                for (int k = 0; k < _length; k++)
                {
                    TLanes.Store(zero, data + (long)k * PointSize + TLanes.Count);
                }
            }
        }
    }

    /// <summary>Where sample k of a frame belongs: even samples are real parts and odd ones imaginary parts when two are packed into a point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* Sample(T* data, int* position, int k) => _packed
        ? data + (long)position[k >> 1] * PointSize + (k & 1) * TLanes.Count
        : data + (long)position[k] * PointSize;

    /// <summary>tile[i, lane] = sample i of the frame of that lane.</summary>
    private static void FillTile(float* signal, int hop, int frames, int firstLane, float* tile)
    {
        int last = frames - 1;
        if (Transpose8.IsSupported && TLanes.Count % 8 == 0)
        {
            for (int lane = 0; lane < TLanes.Count; lane += 8)
            {
                int f = firstLane + lane;
                if (f + 7 <= last)
                {
                    Transpose8.Run(signal + (long)f * hop, hop, tile + lane, TLanes.Count);
                }
                else
                {
                    FillColumns(signal, hop, last, f, 8, tile + lane);
                }
            }
        }
        else
        {
            FillColumns(signal, hop, last, firstLane, TLanes.Count, tile);
        }
    }

    private static void FillColumns(float* signal, int hop, int lastFrame, int firstFrame, int count, float* tile)
    {
        for (int lane = 0; lane < count; lane++)
        {
            float* frame = signal + (long)Math.Min(firstFrame + lane, lastFrame) * hop;
            for (int i = 0; i < 8; i++)
            {
                tile[i * TLanes.Count + lane] = frame[i];
            }
        }
    }

    /// <summary>
    /// The spectrum of the real frames. Packed: with Z the transform of half the length (already halved by the window),
    /// E = Z[k] + conj Z[h-k], O = -i (Z[k] - conj Z[h-k]): X[k] = E + w^k O, X[h-k] = conj(E - w^k O), w = e^(-2 pi i / n).
    /// </summary>
    private void Split<TBins>(T* data, float* output)
        where TBins : struct, IBins
    {
        if (!_packed)
        {
            for (int k = 0; k <= _length / 2; k++)
            {
                T* point = data + (long)k * PointSize;
                TBins.Store(output, k, TLanes.Load(point), TLanes.Load(point + TLanes.Count));
            }

            return;
        }

        int half = _length / 2;
        TVector zr = TLanes.Load(data), zi = TLanes.Load(data + TLanes.Count), zero = TLanes.Broadcast(T.Zero);
        TVector sum = TLanes.Add(zr, zi), difference = TLanes.Subtract(zr, zi);
        TBins.Store(output, 0, TLanes.Add(sum, sum), zero);
        TBins.Store(output, half, TLanes.Add(difference, difference), zero);
        fixed (T* roots = _split)
        {
            for (int k = 1; k <= half - k; k++)
            {
                T* low = data + (long)k * PointSize, high = data + (long)(half - k) * PointSize;
                TVector ar = TLanes.Load(low), ai = TLanes.Load(low + TLanes.Count);
                TVector br = TLanes.Load(high), bi = TLanes.Load(high + TLanes.Count);
                TVector er = TLanes.Add(ar, br), ei = TLanes.Subtract(ai, bi);
                TVector or = TLanes.Add(ai, bi), oi = TLanes.Subtract(br, ar);
                TVector c = TLanes.Broadcast(roots[2 * k]), s = TLanes.Broadcast(roots[2 * k + 1]);
                TVector tr = TLanes.NegateMultiplyAdd(oi, s, TLanes.Multiply(or, c));
                TVector ti = TLanes.MultiplyAdd(oi, c, TLanes.Multiply(or, s));
                TBins.Store(output, k, TLanes.Add(er, tr), TLanes.Add(ei, ti));
                if (k != half - k)
                {
                    TBins.Store(output, half - k, TLanes.Subtract(er, tr), TLanes.Subtract(ti, ei));
                }
            }
        }
    }

    private interface IBins
    {
        static abstract void Store(float* output, int bin, TVector re, TVector im);
    }

    private readonly struct ComplexBins : IBins
    {
        public static void Store(float* output, int bin, TVector re, TVector im)
        {
            TLanes.StoreSingle(re, output + (long)bin * 2 * BlockFrames);
            TLanes.StoreSingle(im, output + (long)bin * 2 * BlockFrames + BlockFrames);
        }
    }

    private readonly struct MagnitudeBins : IBins
    {
        public static void Store(float* output, int bin, TVector re, TVector im) =>
            TLanes.StoreSingle(TLanes.Sqrt(TLanes.MultiplyAdd(re, re, TLanes.Multiply(im, im))), output + (long)bin * BlockFrames);
    }

    private readonly struct PowerBins : IBins
    {
        public static void Store(float* output, int bin, TVector re, TVector im) =>
            TLanes.StoreSingle(TLanes.MultiplyAdd(re, re, TLanes.Multiply(im, im)), output + (long)bin * BlockFrames);
    }
}
