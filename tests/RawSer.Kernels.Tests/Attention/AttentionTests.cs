using RawSer.Testing;

namespace RawSer.Kernels.Tests.Attention;

/// <summary>Attention on the processor against the reference in double: strided heads, every kind of mask, dropout, several blocks of queries.</summary>
public sealed unsafe class AttentionTests
{
    private static readonly object[] Cases =
    [
        new object[] { 2, 4, 94, 94, 32, 32, "none", false, false },
        new object[] { 2, 2, 13, 29, 8, 5, "bool", false, false },
        new object[] { 2, 2, 29, 13, 7, 16, "number", true, true },
        new object[] { 1, 3, 33, 40, 64, 64, "bool", true, true },
        new object[] { 1, 1, 700, 700, 16, 16, "bool", false, true },
        new object[] { 1, 2, 1, 1, 3, 3, "none", true, false },
        new object[] { 2, 2, 5, 9, 4, 4, "keys", false, false },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Forward_and_backward_agree_with_the_reference(
        int batch, int heads, int queries, int keys, int size, int outputs, string mask, bool causal, bool dropout)
    {
        using var arrays = new DenseArrays();
        var random = new Random(31);
        View q = arrays.Normal(random, [batch, queries, heads, size]), k = arrays.Normal(random, [batch, keys, heads, size]);
        View v = arrays.Normal(random, [batch, keys, heads, outputs]), dy = arrays.Normal(random, [batch, queries, heads, outputs]);
        View keep = dropout ? Flags(arrays, random, [batch, heads, queries, keys], 0.8) : default;
        View masked = mask switch
        {
            "bool" => Flags(arrays, random, [batch, 1, queries, keys], 0.7),
            "keys" => Flags(arrays, random, [batch, 1, 1, keys], 0.7),
            "number" => arrays.Normal(random, [1, heads, queries, keys]),
            _ => default,
        };
        AttentionSettings settings = new(0.4, causal, dropout ? 1 / 0.8 : 1);

        View[] cpu = Run(arrays, CpuBackend.Instance, DType.F32, q, k, v, masked, keep, settings, dy);
        View[] reference = Run(arrays, ReferenceBackend.Instance, DType.F64, q, k, v, masked, keep, settings, dy);
        string[] names = ["y", "y without weights", "weights", "dq", "dk", "dv", "dmask"];
        Assert.Multiple(() =>
        {
            for (int i = 0; i < names.Length; i++)
            {
                DenseArrays.AssertClose(cpu[i], reference[i], Tolerance.Accumulated(DType.F32, 4 * (queries + size), 2), names[i]);
            }
        });
    }

    [Test]
    public void A_query_that_sees_nothing_gives_zeros_and_no_gradient_while_not_a_number_stays()
    {
        using var arrays = new DenseArrays();
        View q = arrays.Of([1, 2, 1, 4], i => i >= 4 ? double.NaN : 1), k = arrays.Of([1, 3, 1, 4], i => i), v = arrays.Of([1, 3, 1, 2], i => i);
        View mask = Flags(arrays, new Random(1), [1, 1, 2, 3], 1);
        new Span<bool>(mask.Pointer<bool>(), 3).Clear();
        foreach (Backend backend in new Backend[] { CpuBackend.Instance, ReferenceBackend.Instance })
        {
            View y = arrays.Empty([1, 2, 1, 2]);
            backend.Attention(Heads(q), Heads(k), Heads(v), mask, default, new AttentionSettings(1, false, 1), Heads(y), default);
            Assert.That(DenseArrays.Values(y), Is.EqualTo(new[] { 0, 0, double.NaN, double.NaN }), backend.Name);
        }
    }

    private static View[] Run(
        DenseArrays arrays, Backend backend, DType type, View q, View k, View v, View mask, View keep, AttentionSettings settings, View dy)
    {
        (q, k, v, dy) = (arrays.As(q, type), arrays.As(k, type), arrays.As(v, type), arrays.As(dy, type));
        Shape scores = [q.Shape[0], q.Shape[2], q.Shape[1], k.Shape[1]];
        View typed = mask.Exists && mask.DType != DType.Bool ? arrays.As(mask, type) : mask;
        View broadcast = mask.Exists ? typed.With(typed.Layout.BroadcastTo(scores)) : default;
        View y = arrays.Empty(dy.Shape, type), plain = arrays.Empty(dy.Shape, type), weights = arrays.Empty(scores, type), dmask = arrays.Empty(scores, type);
        View dq = arrays.Empty(q.Shape, type), dk = arrays.Empty(k.Shape, type), dv = arrays.Empty(v.Shape, type);
        backend.Attention(Heads(q), Heads(k), Heads(v), broadcast, keep, settings, Heads(y), weights);
        backend.Attention(Heads(q), Heads(k), Heads(v), broadcast, keep, settings, Heads(plain), default);
        backend.AttentionBackward(Heads(q), Heads(k), Heads(v), broadcast, weights, keep, settings, Heads(dy), Heads(dq), Heads(dk), Heads(dv), dmask);
        if (backend is CpuBackend)
        {
            double[][] stored = [.. new[] { dq, dk, dv, dmask }.Select(DenseArrays.Values)];
            backend.AttentionBackward(Heads(q), Heads(k), Heads(v), broadcast, default, keep, settings, Heads(dy), Heads(dq), Heads(dk), Heads(dv), dmask);
            Assert.That(new[] { dq, dk, dv, dmask }.Select(DenseArrays.Values), Is.EqualTo(stored), "softmaxes that are computed again are those of the forward pass, to the bit");
        }

        return [y, plain, weights, dq, dk, dv, dmask];
    }

    /// <summary>(B, T, H, D) seen as (B, H, T, D).</summary>
    private static View Heads(View view) => view.With(view.Layout.Permute([0, 2, 1, 3]));

    private static View Flags(DenseArrays arrays, Random random, Shape shape, double probability)
    {
        View flags = arrays.Empty(shape, DType.Bool);
        for (long i = 0; i < flags.Count; i++)
        {
            flags.Pointer<bool>()[i] = random.NextDouble() < probability;
        }

        return flags;
    }
}
