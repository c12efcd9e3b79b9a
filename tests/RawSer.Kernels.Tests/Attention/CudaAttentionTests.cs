using RawSer.Testing;

namespace RawSer.Kernels.Tests.Attention;

/// <summary>
/// Attention of a device, on the emulator, against the reference in double: strided heads, every kind of mask, dropout, sizes that end inside
/// blocks, and heads too large for one launch.
/// </summary>
[Category("OneInstructionSet")]
public sealed unsafe class CudaAttentionTests
{
    private static readonly object[] Cases =
    [
        new object[] { 2, 2, 70, 40, 32, 32, "none", false, false },
        new object[] { 1, 2, 13, 70, 64, 64, "bool", false, true },
        new object[] { 1, 1, 66, 66, 80, 80, "number", true, true },
        new object[] { 1, 1, 5, 33, 128, 128, "keys", false, false },
        new object[] { 1, 2, 29, 13, 7, 18, "number", true, true },
        new object[] { 1, 1, 9, 11, 132, 136, "bool", true, false },
        new object[] { 1, 2, 1, 1, 3, 3, "none", true, false },
        new object[] { 2, 1, 4, 0, 8, 8, "none", false, false },
        new object[] { 2, 1, 0, 4, 8, 8, "none", false, false },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Forward_and_backward_agree_with_the_reference(
        int batch, int heads, int queries, int keys, int size, int outputs, string mask, bool causal, bool dropout)
    {
        using DenseArrays arrays = new();
        Random random = new(31);
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
        AttentionSettings settings = new(1 / Math.Sqrt(size), causal, dropout ? 1 / 0.8 : 1);

        View[] expected = Results(arrays, dy, q, k, v, DType.F64);
        Run(ReferenceBackend.Instance, view => view, arrays, DType.F64, [q, k, v, dy], masked, keep, settings, expected);
        View[] actual = Results(arrays, dy, q, k, v, DType.F32);
        using (OnEmulator device = new())
        {
            Run(device.Backend, device.Send, arrays, DType.F32, [q, k, v, dy], masked, keep, settings, actual);
            device.Fetch();
        }

        string[] names = ["y", "y without weights", "weights", "dq", "dk", "dv", "dmask"];
        Assert.Multiple(() =>
        {
            for (int i = 0; i < names.Length; i++)
            {
                DenseArrays.AssertClose(actual[i], expected[i], Tolerance.Accumulated(DType.F32, 4 * (queries + size + 1), 2), names[i]);
            }
        });
    }

    [Test]
    public void A_query_that_sees_nothing_gives_zeros_and_not_a_number_stays([Values] bool withWeights)
    {
        using DenseArrays arrays = new();
        View q = arrays.Of([1, 1, 2, 4], i => i >= 4 ? double.NaN : 1), k = arrays.Of([1, 1, 3, 4], i => i), v = arrays.Of([1, 1, 3, 2], i => i);
        View mask = Flags(arrays, new Random(1), [1, 1, 2, 3], 1), y = arrays.Empty([1, 1, 2, 2]), weights = arrays.Empty([1, 1, 2, 3]);
        new Span<bool>(mask.Pointer<bool>(), 3).Clear();
        using OnEmulator device = new();
        device.Backend.Attention(
            device.Send(q), device.Send(k), device.Send(v), device.Send(mask), default, new AttentionSettings(1, false, 1), device.Send(y), withWeights ? device.Send(weights) : default);
        device.Fetch();
        Assert.That(DenseArrays.Values(y), Is.EqualTo(new[] { 0, 0, double.NaN, double.NaN }));
    }

    private static View[] Results(DenseArrays arrays, View dy, View q, View k, View v, DType type)
    {
        Shape scores = [q.Shape[0], q.Shape[2], q.Shape[1], k.Shape[1]];
        return
        [
            arrays.Empty(dy.Shape, type), arrays.Empty(dy.Shape, type), arrays.Empty(scores, type),
            arrays.Empty(q.Shape, type), arrays.Empty(k.Shape, type), arrays.Empty(v.Shape, type), arrays.Empty(scores, type),
        ];
    }

    private static void Run(
        Backend backend, Func<View, View> send, DenseArrays arrays, DType type, View[] inputs, View mask, View keep, AttentionSettings settings, View[] results)
    {
        View[] input = [.. inputs.Select(view => Heads(send(arrays.As(view, type))))];
        View[] result = [.. results.Select(send)];
        View typed = send(mask.Exists && mask.DType != DType.Bool ? arrays.As(mask, type) : mask), kept = send(keep);
        View broadcast = mask.Exists ? typed.With(typed.Layout.BroadcastTo(results[2].Shape)) : default;
        backend.Attention(input[0], input[1], input[2], broadcast, kept, settings, Heads(result[0]), result[2]);
        backend.Attention(input[0], input[1], input[2], broadcast, kept, settings, Heads(result[1]), default);
        backend.AttentionBackward(
            input[0], input[1], input[2], broadcast, result[2], kept, settings, input[3], Heads(result[3]), Heads(result[4]), Heads(result[5]), result[6]);
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
