using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels.Resampling;

/// <summary>
/// The impulse responses of a resampling filter, one per phase. Output j reads <see cref="TapCount"/> samples around its position
/// n + phase / phases: y[j] = sum over i of h[phase][i] x[n - Left + i].
/// </summary>
public abstract class PolyphaseFilter
{
    /// <summary>Tap counts are rounded up to whole registers.</summary>
    private protected const int TapMultiple = 16;

    /// <summary>Describes a filter that starts <paramref name="left"/> samples before position n and ends <paramref name="right"/> after it.</summary>
    protected PolyphaseFilter(int phases, int left, int right)
    {
        Phases = phases;
        Left = left;
        TapCount = (left + 1 + right + TapMultiple - 1) / TapMultiple * TapMultiple;
    }

    /// <summary>Steps between two input samples; phases 0 to this number, both included, can be asked for.</summary>
    public int Phases { get; }

    /// <summary>Taps before sample n.</summary>
    public int Left { get; }

    /// <summary>Taps of a phase, padded with zeros.</summary>
    public int TapCount { get; }

    /// <summary>Writes the taps of a phase into a cleared span of <see cref="TapCount"/> values.</summary>
    public abstract void Fill(int phase, Span<float> taps);
}

/// <summary>Where output samples lie between input samples.</summary>
public interface IOutputClock
{
    /// <summary>The input sample at or before the next output, and the phase between it and the one after.</summary>
    (int Sample, int Phase) Next();
}

/// <summary>Applies a <see cref="PolyphaseFilter"/>. Immutable after construction; any number of threads may use it.</summary>
public sealed unsafe class PolyphaseKernel
{
    /// <summary>Weights that are kept; filters with more phases compute the taps of every output anew.</summary>
    private const long LargestTable = 4 << 20;

    private readonly PolyphaseFilter _filter;
    private readonly float[]? _table;

    /// <summary>Computes the taps of all phases, unless that would take more than 16 MiB.</summary>
    public PolyphaseKernel(PolyphaseFilter filter)
    {
        _filter = filter;
        long weights = (filter.Phases + 1L) * filter.TapCount;
        if (weights > LargestTable)
        {
            return;
        }

        _table = new float[weights];
        for (int phase = 0; phase <= filter.Phases; phase++)
        {
            filter.Fill(phase, _table.AsSpan(phase * filter.TapCount, filter.TapCount));
        }
    }

    /// <summary>The filter.</summary>
    public PolyphaseFilter Filter => _filter;

    /// <summary>The taps of all phases one after the other, if they are kept.</summary>
    internal float[]? Table => _table;

    /// <summary>Fills <paramref name="output"/> with the samples that the clock points at; the signal is zero outside its ends.</summary>
    public void Run<TClock>(ReadOnlySpan<float> signal, TClock clock, Span<float> output)
        where TClock : struct, IOutputClock
    {
        int taps = _filter.TapCount, left = _filter.Left;
        float[] padded = new float[checked(signal.Length + 2 * taps)];
        signal.CopyTo(padded.AsSpan(left));
        float[]? scratch = _table is null ? new float[taps] : null;
        fixed (float* x = padded, table = _table ?? scratch)
        {
            for (int j = 0; j < output.Length; j++)
            {
                (int n, int phase) = clock.Next();
                if ((uint)n >= (uint)signal.Length)
                {
                    throw new InvalidOperationException($"output {j} lies at sample {n} of a signal of {signal.Length}");
                }

                float* h = table + (long)phase * taps;
                if (scratch is not null)
                {
                    scratch.AsSpan().Clear();
                    _filter.Fill(phase, scratch);
                    h = table;
                }

                output[j] = Dot(x + n, h, taps);
            }
        }
    }

    /// <summary>The inner product in two registers of partial sums; <paramref name="taps"/> is a multiple of every register width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* x, float* h, int taps)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> a = Vector512<float>.Zero, b = a;
            int i = 0;
            for (; i + 32 <= taps; i += 32)
            {
                a = Vector512.MultiplyAddEstimate(Vector512.Load(x + i), Vector512.Load(h + i), a);
                b = Vector512.MultiplyAddEstimate(Vector512.Load(x + i + 16), Vector512.Load(h + i + 16), b);
            }

            if (i < taps)
            {
                a = Vector512.MultiplyAddEstimate(Vector512.Load(x + i), Vector512.Load(h + i), a);
            }

            return Vector512.Sum(a + b);
        }

        Vector<float> sum = Vector<float>.Zero, second = sum;
        int k = 0;
        for (; k + 2 * Vector<float>.Count <= taps; k += 2 * Vector<float>.Count)
        {
            sum = Vector.MultiplyAddEstimate(Vector.Load(x + k), Vector.Load(h + k), sum);
            second = Vector.MultiplyAddEstimate(
                Vector.Load(x + k + Vector<float>.Count), Vector.Load(h + k + Vector<float>.Count), second);
        }

        for (; k < taps; k += Vector<float>.Count)
        {
            sum = Vector.MultiplyAddEstimate(Vector.Load(x + k), Vector.Load(h + k), sum);
        }

        return Vector.Sum(sum + second);
    }
}
