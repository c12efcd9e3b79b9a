using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels.Tests.Simd;

/// <summary>Operations that move lanes or leave some out, in every width that this processor has.</summary>
public sealed unsafe class LaneTests
{
    [Test]
    public void One_lane() => Check<Simd1>(true);

    [Test]
    public void Four_lanes() => Check<Simd128>(Vector128.IsHardwareAccelerated);

    [Test]
    public void Eight_lanes() => Check<Simd256>(Vector256.IsHardwareAccelerated);

    [Test]
    public void Sixteen_lanes() => Check<Simd512>(Avx512F.IsSupported);

    private static void Check<V>(bool available) where V : unmanaged, ISimd<V>
    {
        if (!available)
        {
            return;
        }

        float[] both = [.. Enumerable.Range(1, 2 * V.Count).Select(i => (float)i)];
        float[] a = both[..V.Count], b = both[V.Count..], byTurns = [.. a.Zip(b).SelectMany(pair => new[] { pair.First, pair.Second })];
        V left = From<V>(a), right = From<V>(b);
        Assert.Multiple(() =>
        {
            Assert.That(Lanes(V.EvenLanes(left, right)), Is.EqualTo(both.Where((_, i) => i % 2 == 0)));
            Assert.That(Lanes(V.OddLanes(left, right)), Is.EqualTo(both.Where((_, i) => i % 2 == 1)));
            Assert.That(Lanes(V.InterleaveLow(left, right)), Is.EqualTo(byTurns[..V.Count]));
            Assert.That(Lanes(V.InterleaveHigh(left, right)), Is.EqualTo(byTurns[V.Count..]));
        });

        for (int first = -2; first <= V.Count + 2; first++)
        {
            for (int end = -2; end <= V.Count + 2; end++)
            {
                fixed (float* from = a)
                {
                    Assert.That(Lanes(V.LoadMasked(from, V.LanesWithin(first, end))), Is.EqualTo(a.Select((x, i) => i >= first && i < end ? x : 0)), $"{first} to {end}");
                }
            }
        }
    }

    private static V From<V>(float[] lanes) where V : unmanaged, ISimd<V>
    {
        fixed (float* from = lanes)
        {
            return V.Load(from);
        }
    }

    private static float[] Lanes<V>(V value) where V : unmanaged, ISimd<V>
    {
        float[] lanes = new float[V.Count];
        fixed (float* to = lanes)
        {
            value.Store(to);
        }

        return lanes;
    }
}
