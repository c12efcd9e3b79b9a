using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Bench.Works;

/// <summary>
/// What the machine can do at most: fused multiply-adds that touch registers only, and copies much larger than the caches.
/// Every other figure can be read as a share of these.
/// </summary>
internal static class Peak
{
    // Twelve independent chains hide the latency of a fused multiply-add (4 cycles, 2 per cycle) and, with two constants, fit 16 registers.
    private const int Chains = 12;
    private const int Rounds = 2_000_000;
    private const int CopyBytes = 256 << 20;

    private static readonly Loop[] s_loops =
    [
        new("fma-256", Vector256.IsHardwareAccelerated, Vector256<float>.Count, Fma256),
        new("fma-512", Vector512.IsHardwareAccelerated, Vector512<float>.Count, Fma512),
    ];

    public static void Measure(double seconds)
    {
        int cores = Environment.ProcessorCount;
        foreach (int threads in cores > 1 ? new[] { 1, cores } : [1])
        {
            foreach (Loop loop in s_loops.Where(loop => loop.IsSupported))
            {
                using var work = new MultiplyAdds(loop, threads);
                Measurement.Of($"{loop.Name}/{threads}", seconds, threads, () => work.Run(), work.Flops).Print();
            }

            Copy(threads, seconds);
        }
    }

    internal sealed record Loop(string Name, bool IsSupported, int Lanes, Func<float> Run);

    /// <summary>Multiply-adds on all cores, with the widest registers unless told otherwise: a few milliseconds a run.</summary>
    internal sealed class MultiplyAdds : IDisposable
    {
        private readonly Crew _crew;
        private readonly Loop _loop;
        private readonly float[] _results;

        public MultiplyAdds()
            : this(Array.FindLast(s_loops, loop => loop.IsSupported) ?? s_loops[0], Environment.ProcessorCount)
        {
            Run();
        }

        public MultiplyAdds(Loop loop, int threads)
        {
            _loop = loop;
            _crew = new Crew(threads);
            _results = new float[threads];
        }

        /// <summary>Floating-point operations of a run.</summary>
        public double Flops => 2.0 * _loop.Lanes * Chains * Rounds * _results.Length;

        public void Run() => _crew.Run(i => _results[i] = _loop.Run());

        /// <summary>10^9 floating-point operations a second, by one run.</summary>
        public double Gflops()
        {
            long start = Stopwatch.GetTimestamp();
            Run();
            return Flops / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
        }

        public void Dispose() => _crew.Dispose();
    }

    private static void Copy(int threads, double seconds)
    {
        using var crew = new Crew(threads);
        byte[] source = new byte[CopyBytes], target = new byte[CopyBytes];
        source.AsSpan().Fill(1);
        int part = CopyBytes / threads;
        Measurement.Of(
            $"copy/{threads}", seconds, threads, () => crew.Run(i => source.AsSpan(i * part, part).CopyTo(target.AsSpan(i * part, part))), bytes: 2.0 * CopyBytes)
            .Print();
    }

    // x = x * 0.5 + 1 converges to 2: no overflow, no subnormal numbers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Fma256()
    {
        Vector256<float> scale = Vector256.Create(0.5f), shift = Vector256.Create(1f);
        Vector256<float> x0 = shift, x1 = shift, x2 = shift, x3 = shift, x4 = shift, x5 = shift, x6 = shift, x7 = shift, x8 = shift, x9 = shift, xa = shift, xb = shift;
        for (int i = 0; i < Rounds; i++)
        {
            x0 = Vector256.FusedMultiplyAdd(x0, scale, shift);
            x1 = Vector256.FusedMultiplyAdd(x1, scale, shift);
            x2 = Vector256.FusedMultiplyAdd(x2, scale, shift);
            x3 = Vector256.FusedMultiplyAdd(x3, scale, shift);
            x4 = Vector256.FusedMultiplyAdd(x4, scale, shift);
            x5 = Vector256.FusedMultiplyAdd(x5, scale, shift);
            x6 = Vector256.FusedMultiplyAdd(x6, scale, shift);
            x7 = Vector256.FusedMultiplyAdd(x7, scale, shift);
            x8 = Vector256.FusedMultiplyAdd(x8, scale, shift);
            x9 = Vector256.FusedMultiplyAdd(x9, scale, shift);
            xa = Vector256.FusedMultiplyAdd(xa, scale, shift);
            xb = Vector256.FusedMultiplyAdd(xb, scale, shift);
        }

        return Vector256.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + xa + xb);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Fma512()
    {
        Vector512<float> scale = Vector512.Create(0.5f), shift = Vector512.Create(1f);
        Vector512<float> x0 = shift, x1 = shift, x2 = shift, x3 = shift, x4 = shift, x5 = shift, x6 = shift, x7 = shift, x8 = shift, x9 = shift, xa = shift, xb = shift;
        for (int i = 0; i < Rounds; i++)
        {
            x0 = Vector512.FusedMultiplyAdd(x0, scale, shift);
            x1 = Vector512.FusedMultiplyAdd(x1, scale, shift);
            x2 = Vector512.FusedMultiplyAdd(x2, scale, shift);
            x3 = Vector512.FusedMultiplyAdd(x3, scale, shift);
            x4 = Vector512.FusedMultiplyAdd(x4, scale, shift);
            x5 = Vector512.FusedMultiplyAdd(x5, scale, shift);
            x6 = Vector512.FusedMultiplyAdd(x6, scale, shift);
            x7 = Vector512.FusedMultiplyAdd(x7, scale, shift);
            x8 = Vector512.FusedMultiplyAdd(x8, scale, shift);
            x9 = Vector512.FusedMultiplyAdd(x9, scale, shift);
            xa = Vector512.FusedMultiplyAdd(xa, scale, shift);
            xb = Vector512.FusedMultiplyAdd(xb, scale, shift);
        }

        return Vector512.Sum(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + xa + xb);
    }
}
