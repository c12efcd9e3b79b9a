using System.Reflection;
using RawSer.Gpu;
using RawSer.Kernels.Resampling;
using RawSer.Kernels.Spectral;
using RawSer.Testing;

namespace RawSer.Kernels.Tests.Device;

/// <summary>
/// Queuing an operation allocates no managed memory once its kernels are loaded: every method of the backend, over a device that does not
/// run what is queued.
/// </summary>
public sealed class LaunchAllocationTests
{
    private static readonly GpuProperties s_properties = new()
    {
        Name = "idle",
        SmVersion = 90,
        PtxVersion = 78,
        MultiprocessorCount = 132,
        TotalMemory = 1L << 36,
        SharedMemoryPerBlockOptIn = 227 * 1024,
    };

    /// <summary>What queues no operation: questions, transfers, waiting; and a device packs no weights.</summary>
    private static readonly string[] s_noOperations =
    [
        nameof(Backend.Computes), nameof(Backend.RecomputesAttention), nameof(Backend.Upload), nameof(Backend.Download), nameof(Backend.Synchronize),
        nameof(Backend.Pack), nameof(Backend.MatMulPacked), nameof(Backend.PackConvolution), nameof(Backend.ConvolutionPacked),
    ];

    private delegate Action Operation(Backend on, Views views);

    private static IEnumerable<(string Name, Operation Make)> Operations() =>
        [.. Elementwise(), .. Products(), .. Normalisation(), .. Sums(), .. Places(), .. Steps(), .. Signals()];

    private static IEnumerable<TestCaseData> Cases() =>
        Operations().GroupBy(o => o.Name).SelectMany(g => g.Select((o, i) => new TestCaseData(o.Make).SetArgDisplayNames($"{o.Name} {i + 1}")));

    [TestCaseSource(nameof(Cases))]
    public void Queuing_allocates_nothing(Delegate make)
    {
        const int Batches = 5;
        using IdleDevice device = new(s_properties);
        CudaBackend backend = new(device);
        using Views views = new(backend);
        Action call = ((Operation)make)(backend, views);
        call();
        int queued = device.Queued;
        call();
        Assert.That(device.Queued, Is.GreaterThan(queued), "kernels, copies and fills");
        long least = long.MaxValue;
        for (int batch = 0; batch < Batches; batch++) // the runtime's own caches may grow in one of them
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero, "bytes of two calls");
    }

    [Test]
    public void Every_method_of_the_backend_is_among_them()
    {
        IEnumerable<string> methods = typeof(Backend).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => m.IsVirtual && !m.IsSpecialName).Select(m => m.Name).Distinct().Except(s_noOperations);
        Assert.That(Operations().Select(o => o.Name).Distinct(), Is.EquivalentTo(methods));
    }

    private static IEnumerable<(string, Operation)> Elementwise()
    {
        yield return (nameof(Backend.Unary), (on, v) => { View x = v.F(6, 40), y = v.F(6, 40); return () => on.Unary(UnaryOp.Gelu, x, y); });
        yield return (nameof(Backend.Unary), (on, v) => { View x = v.Strided(6, 40), y = v.F(6, 40); return () => on.Unary(UnaryOp.Power, x, y, 3); });
        yield return (nameof(Backend.UnaryBackward), (on, v) => { View x = v.F(6, 40), dy = v.F(6, 40), dx = v.F(6, 40); return () => on.UnaryBackward(UnaryOp.Silu, x, dy, dx); });
        yield return (nameof(Backend.Binary), (on, v) => { View a = v.F(6, 40), b = v.Row(6, 40), y = v.F(6, 40); return () => on.Binary(BinaryOp.Add, a, b, y); });
        yield return (nameof(Backend.BinaryBackward), (on, v) => { View a = v.F(6, 40), b = v.F(6, 40), dy = v.F(6, 40), dx = v.F(6, 40); return () => on.BinaryBackward(BinaryOp.Maximum, true, a, b, dy, dx); });
        yield return (nameof(Backend.Compare), (on, v) => { View a = v.F(6, 40), b = v.F(6, 40), y = v.Bool(6, 40); return () => on.Compare(Comparison.Less, a, b, y); });
        yield return (nameof(Backend.Where), (on, v) => { View c = v.Bool(6, 40), a = v.F(6, 40), b = v.F(6, 40), y = v.F(6, 40); return () => on.Where(c, a, b, y); });
        yield return (nameof(Backend.MaskedFill), (on, v) => { View x = v.F(6, 40), m = v.Bool(6, 40), y = v.F(6, 40); return () => on.MaskedFill(x, m, 2, y); });
        yield return (nameof(Backend.Copy), (on, v) => { View x = v.F(6, 40), y = v.F(6, 40); return () => on.Copy(x, y); });
        yield return (nameof(Backend.Copy), (on, v) => { View x = v.Strided(6, 40), y = v.F(6, 40); return () => on.Copy(x, y); });
        yield return (nameof(Backend.Copy), (on, v) => { View x = v.Long(6, 40), y = v.F(6, 40); return () => on.Copy(x, y); });
        yield return (nameof(Backend.Fill), (on, v) => { View y = v.F(6, 40); return () => on.Fill(y, 1); });
        yield return (nameof(Backend.RandomUniform), (on, v) => { View y = v.F(600); return () => on.RandomUniform(y, new(1, 2, 3), 0, 1); });
        yield return (nameof(Backend.RandomNormal), (on, v) => { View y = v.F(600); return () => on.RandomNormal(y, new(1, 2, 3), 0, 1); });
        yield return (nameof(Backend.Dropout), (on, v) => { View x = v.F(600), y = v.F(600), m = v.Bool(600); return () => on.Dropout(x, y, m, new(1, 2, 3), 0.5); });
        yield return (nameof(Backend.DropoutMask), (on, v) => { View m = v.Bool(600); return () => on.DropoutMask(m, new(1, 2, 3), 0.5); });
        yield return (nameof(Backend.MaskScale), (on, v) => { View x = v.F(600), y = v.F(600), m = v.Bool(600); return () => on.MaskScale(x, m, y, 2); });
    }

    private static IEnumerable<(string, Operation)> Products()
    {
        yield return (nameof(Backend.MatMul), (on, v) => { View a = v.F(3, 40, 24), b = v.F(3, 24, 16), y = v.F(3, 40, 16); return () => on.MatMul(a, b, y); });
        yield return (nameof(Backend.MatMul), (on, v) => { View a = v.F(16, 5000), b = v.F(5000, 16), y = v.F(16, 16); return () => on.MatMul(a, b, y, accumulate: true); });
        yield return (nameof(Backend.MatMul), (on, v) => { View a = v.F(300, 5000), b = v.F(5000, 1), y = v.F(300, 1); return () => on.MatMul(a, b, y); });
        yield return (nameof(Backend.MatMulBias), (on, v) => { View a = v.Strided(40, 24), b = v.F(24, 16), c = v.Row(40, 16), y = v.F(40, 16); return () => on.MatMulBias(a, b, c, y, UnaryOp.Tanh); });
        foreach ((bool kept, bool mask) in ((bool, bool)[])[(false, false), (false, true), (true, true)])
        {
            yield return (nameof(Backend.Attention), (on, v) =>
            {
                View q = v.F(2, 3, 70, 32), k = v.F(2, 3, 50, 32), x = v.F(2, 3, 50, 32), y = v.F(2, 3, 70, 32);
                View m = mask ? v.F(2, 3, 70, 50) : default, keep = kept ? v.Bool(2, 3, 70, 50) : default, w = kept ? v.F(2, 3, 70, 50) : default;
                return () => on.Attention(q, k, x, m, keep, new(0.2, false, 2), y, w);
            }
            );
            yield return (nameof(Backend.AttentionBackward), (on, v) =>
            {
                View q = v.F(2, 3, 70, 32), k = v.F(2, 3, 50, 32), x = v.F(2, 3, 50, 32), w = v.F(2, 3, 70, 50), dy = v.F(2, 3, 70, 32);
                View dq = v.F(2, 3, 70, 32), dk = v.F(2, 3, 50, 32), dx = v.F(2, 3, 50, 32), keep = kept ? v.Bool(2, 3, 70, 50) : default, dm = mask ? v.F(2, 3, 70, 50) : default;
                return () => on.AttentionBackward(q, k, x, default, w, keep, new(0.2, false, 2), dy, dq, dk, dx, dm);
            }
            );
        }

        yield return (nameof(Backend.Attention), (on, v) =>
        {
            View q = v.F(1, 2, 20, 160), k = v.F(1, 2, 20, 160), x = v.F(1, 2, 20, 160), y = v.F(1, 2, 20, 160); // heads too large for one launch
            return () => on.Attention(q, k, x, default, default, new(0.2, true, 1), y, default);
        }
        );
        ConvGeometry plain = new(1, 1, 1, 1, 1, 1, 1), strided = new(2, 2, 1, 1, 1, 1, 1), depthwise = plain with { Groups = 8 };
        foreach ((int channels, int outputs, int perGroup, ConvGeometry geometry) in ((int, int, int, ConvGeometry)[])[(8, 16, 8, plain), (8, 16, 8, strided), (8, 8, 1, depthwise), (1, 16, 1, plain)])
        {
            int size = geometry.StrideH == 2 ? 6 : 12;
            yield return (nameof(Backend.Convolution), (on, v) => { View x = v.F(2, channels, 12, 12), w = v.F(outputs, perGroup, 3, 3), y = v.F(2, outputs, size, size); return () => on.Convolution(x, w, y, geometry); });
            yield return (nameof(Backend.ConvolutionBackwardData), (on, v) => { View dy = v.F(2, outputs, size, size), w = v.F(outputs, perGroup, 3, 3), dx = v.F(2, channels, 12, 12); return () => on.ConvolutionBackwardData(dy, w, dx, geometry); });
            yield return (nameof(Backend.ConvolutionBackwardWeight), (on, v) =>
            {
                View x = v.F(2, channels, 12, 12), dy = v.F(2, outputs, size, size), dw = v.F(outputs, perGroup, 3, 3), db = v.F(outputs);
                return () => on.ConvolutionBackwardWeight(x, dy, dw, db, geometry);
            }
            );
        }

        yield return (nameof(Backend.ConvolutionBias), (on, v) => { View x = v.F(2, 8, 12, 12), w = v.Kernels(16, 8), b = v.F(16), y = v.F(2, 16, 12, 12); return () => on.ConvolutionBias(x, w, b, y, plain, UnaryOp.Gelu); });
        yield return (nameof(Backend.ConvolutionBiasReluMaxPool), (on, v) =>
        {
            View x = v.F(2, 8, 12, 12), w = v.F(16, 8, 3, 3), b = v.F(16), y = v.F(2, 16, 6, 6);
            return () => on.ConvolutionBiasReluMaxPool(x, w, b, y, plain, Halves(12));
        }
        );
    }

    private static IEnumerable<(string, Operation)> Normalisation()
    {
        yield return (nameof(Backend.BatchStatistics), (on, v) => { View x = v.F(4, 8, 40), m = v.F(8), s = v.F(8); return () => on.BatchStatistics(x, 1, m, s); });
        yield return (nameof(Backend.BatchNorm), (on, v) => { View x = v.F(4, 8, 40), y = v.F(4, 8, 40), c = v.F(8); return () => on.BatchNorm(x, 1, c, c, c, c, 1e-5, y); });
        yield return (nameof(Backend.BatchNormParameterGradients), (on, v) => { View x = v.F(4, 8, 40), dy = v.F(4, 8, 40), c = v.F(8); return () => on.BatchNormParameterGradients(x, dy, 1, c, c, 1e-5, c, c); });
        yield return (nameof(Backend.BatchNormBackward), (on, v) => { View x = v.F(4, 8, 40), dy = v.F(4, 8, 40), dx = v.F(4, 8, 40), c = v.F(8); return () => on.BatchNormBackward(x, dy, 1, c, c, c, c, c, 1e-5, dx); });
        yield return (nameof(Backend.CountBatch), (on, v) => { View n = v.Long(1); return () => on.CountBatch(n); });
        yield return (nameof(Backend.UpdateRunningStatistics), (on, v) => { View c = v.F(8), r = v.F(8); return () => on.UpdateRunningStatistics(c, 0.1, 1, r); });
        yield return (nameof(Backend.BatchNormReluMaxPool), (on, v) =>
        {
            View x = v.F(2, 8, 12, 12), y = v.F(2, 8, 6, 6), saved = v.F(2, 8, 6, 6), place = v.Byte(2, 8, 6, 6), c = v.F(8);
            return () => on.BatchNormReluMaxPool(x, 1, c, c, c, c, 1e-5, Halves(12), y, place, saved);
        }
        );
        yield return (nameof(Backend.BatchNormReluMaxPoolBackward), (on, v) =>
        {
            View x = v.F(2, 8, 12, 12), dx = v.F(2, 8, 12, 12), dy = v.F(2, 8, 6, 6), saved = v.F(2, 8, 6, 6), place = v.Byte(2, 8, 6, 6), c = v.F(8);
            return () => on.BatchNormReluMaxPoolBackward(x, dy, place, saved, 1, c, c, c, 1e-5, Halves(12), dx, c, c);
        }
        );
        yield return (nameof(Backend.LayerNorm), (on, v) => { View x = v.F(6, 40), y = v.F(6, 40), c = v.F(40), s = v.F(6); return () => on.LayerNorm(x, c, c, 1e-5, y, s, s); });
        yield return (nameof(Backend.LayerNormBackward), (on, v) => { View x = v.F(6, 40), dy = v.F(6, 40), dx = v.F(6, 40), c = v.F(40), s = v.F(6); return () => on.LayerNormBackward(x, dy, c, s, s, dx, c, c); });
        yield return (nameof(Backend.GroupNorm), (on, v) => { View x = v.F(4, 8, 40), y = v.F(4, 8, 40), c = v.F(8), s = v.F(4, 2); return () => on.GroupNorm(x, 2, c, c, 1e-5, y, s, s); });
        yield return (nameof(Backend.GroupNormBackward), (on, v) => { View x = v.F(4, 8, 40), dy = v.F(4, 8, 40), dx = v.F(4, 8, 40), c = v.F(8), s = v.F(4, 2); return () => on.GroupNormBackward(x, dy, 2, c, s, s, dx, c, c); });
    }

    private static IEnumerable<(string, Operation)> Sums()
    {
        yield return (nameof(Backend.Reduce), (on, v) => { View x = v.F(6, 40), y = v.F(6, 1); return () => on.Reduce(ReduceOp.Mean, x, y); });
        yield return (nameof(Backend.Reduce), (on, v) => { View x = v.Strided(600, 400), y = v.F(1, 400); return () => on.Reduce(ReduceOp.Sum, x, y); }); // in parts
        yield return (nameof(Backend.Reduce), (on, v) => { View x = v.F(600, 400), y = v.F(1, 1); return () => on.Reduce(ReduceOp.Max, x, y); });
        yield return (nameof(Backend.ArgReduce), (on, v) => { View x = v.F(6, 40), y = v.F(6, 1), i = v.Long(6, 1); return () => on.ArgReduce(ReduceOp.Max, x, 1, y, i); });
        yield return (nameof(Backend.CumulativeSum), (on, v) => { View x = v.F(6, 40), y = v.F(6, 40); return () => on.CumulativeSum(x, y, 1, reverse: true); });
        foreach (int dim in (int[])[1, 0])
        {
            yield return (nameof(Backend.Softmax), (on, v) => { View x = v.F(6, 40), y = v.F(6, 40); return () => on.Softmax(x, y, dim, log: false); });
            yield return (nameof(Backend.SoftmaxBackward), (on, v) => { View y = v.F(6, 40), dy = v.F(6, 40), dx = v.F(6, 40); return () => on.SoftmaxBackward(y, dy, dx, dim, log: true); });
        }

        yield return (nameof(Backend.CrossEntropy), (on, v) => { View x = v.F(6, 40), t = v.Long(6), l = v.F(6), w = v.F(6); return () => on.CrossEntropy(x, 1, t, default, -100, 0.1, l, w); });
        yield return (nameof(Backend.CrossEntropyBackward), (on, v) => { View x = v.F(6, 40), t = v.Long(6), l = v.F(6), dx = v.F(6, 40); return () => on.CrossEntropyBackward(x, 1, t, default, -100, 0.1, l, dx); });
        yield return (nameof(Backend.NllLoss), (on, v) => { View x = v.F(6, 40), t = v.Long(6), l = v.F(6), w = v.F(6); return () => on.NllLoss(x, 1, t, default, -100, l, w); });
        yield return (nameof(Backend.NllLossBackward), (on, v) => { View t = v.Long(6), l = v.F(6), dx = v.F(6, 40); return () => on.NllLossBackward(1, t, default, -100, l, dx); });
        yield return (nameof(Backend.SoftCrossEntropy), (on, v) => { View x = v.F(6, 40), p = v.F(6, 40), l = v.F(6); return () => on.SoftCrossEntropy(x, 1, p, default, 0.1, l); });
        yield return (nameof(Backend.SoftCrossEntropyBackward), (on, v) =>
        {
            View x = v.F(6, 40), p = v.F(6, 40), l = v.F(6), dx = v.F(6, 40), dp = v.F(6, 40);
            return () => on.SoftCrossEntropyBackward(x, 1, p, default, 0.1, l, dx, dp);
        }
        );
    }

    private static IEnumerable<(string, Operation)> Places()
    {
        yield return (nameof(Backend.MaxPool), (on, v) => { View x = v.F(2, 8, 12, 12), y = v.F(2, 8, 6, 6), p = v.Byte(2, 8, 6, 6); return () => on.MaxPool(x, Halves(12), y, p); });
        yield return (nameof(Backend.MaxPoolBackward), (on, v) => { View dx = v.F(2, 8, 12, 12), dy = v.F(2, 8, 6, 6), p = v.Byte(2, 8, 6, 6); return () => on.MaxPoolBackward(dy, p, Halves(12), dx); });
        yield return (nameof(Backend.MaxPoolIndex), (on, v) => { View i = v.Long(2, 8, 6, 6), p = v.Byte(2, 8, 6, 6); return () => on.MaxPoolIndex(p, Halves(12), i); });
        yield return (nameof(Backend.AveragePool), (on, v) => { View x = v.F(2, 8, 12, 12), y = v.F(2, 8, 6, 6); return () => on.AveragePool(x, Halves(12), true, 0, y); });
        yield return (nameof(Backend.AveragePoolBackward), (on, v) => { View dx = v.F(2, 8, 12, 12), dy = v.F(2, 8, 6, 6); return () => on.AveragePoolBackward(dy, Halves(12), true, 0, dx); });
        yield return (nameof(Backend.ResizeBilinear), (on, v) => { View x = v.F(2, 3, 12, 12), y = v.F(2, 3, 7, 9); return () => on.ResizeBilinear(x, y, alignCorners: false); });
        yield return (nameof(Backend.ResizeBilinearBackward), (on, v) => { View dx = v.F(2, 3, 12, 12), dy = v.F(2, 3, 7, 9); return () => on.ResizeBilinearBackward(dy, dx, alignCorners: false); });
        yield return (nameof(Backend.IndexSelect), (on, v) => { View x = v.F(20, 6), i = v.Long(9), y = v.F(9, 6); return () => on.IndexSelect(x, 0, i, y); });
        yield return (nameof(Backend.IndexAdd), (on, v) => { View y = v.F(20, 6), i = v.Long(9), x = v.F(9, 6); return () => on.IndexAdd(y, 0, i, x); });
        yield return (nameof(Backend.Gather), (on, v) => { View x = v.F(20, 6), i = v.Long(9, 6), y = v.F(9, 6); return () => on.Gather(x, 0, i, y); });
        yield return (nameof(Backend.ScatterAdd), (on, v) => { View y = v.F(20, 6), i = v.Long(9, 6), x = v.F(9, 6); return () => on.ScatterAdd(y, 0, i, x); });
        yield return (nameof(Backend.ScatterAdd), (on, v) => { View y = v.F(20, 6), i = v.Long(90, 6), x = v.F(90, 6); return () => on.ScatterAdd(y, 0, i, x); });
    }

    private static IEnumerable<(string, Operation)> Steps()
    {
        yield return (nameof(Backend.SgdStep), (on, v) => { View[] p = v.Many(), g = v.Many(), s = v.Many(); return () => on.SgdStep(new(0.1, 0.9, 1, 1, 0), p, g, s); });
        yield return (nameof(Backend.AdamStep), (on, v) => { View[] p = v.Many(), g = v.Many(), m = v.Many(), s = v.Many(); return () => on.AdamStep(new(0.9, 0.99, 0, 1, 0.1, 1, 1e-8), p, g, m, s, default); });
        yield return (nameof(Backend.RmsPropStep), (on, v) => { View[] p = v.Many(), g = v.Many(), s = v.Many(); return () => on.RmsPropStep(new(0.9, 0, 0, 1e-8, 0, 1, 1), p, g, s, default, default); });
        yield return (nameof(Backend.AdagradStep), (on, v) => { View[] p = v.Many(), g = v.Many(), s = v.Many(); return () => on.AdagradStep(new(0, 0.1, 0, 1e-8), p, g, s); });
        yield return (nameof(Backend.Norm), (on, v) => { View[] p = v.Many(); View n = v.F(); return () => on.Norm(p, 2, n); });
        yield return (nameof(Backend.ScaleToNorm), (on, v) => { View[] p = v.Many(); View n = v.F(); return () => on.ScaleToNorm(p, n, 1, 1e-6); });
    }

    private static IEnumerable<(string, Operation)> Signals()
    {
        yield return (nameof(Backend.AddNoise), (on, v) => { View x = v.F(2, 9000), n = v.F(2, 9000), r = v.F(2), y = v.F(2, 9000); return () => on.AddNoise(x, n, r, y); });
        foreach (bool toMaximum in (bool[])[false, true])
        {
            yield return (nameof(Backend.MelFeatures), (on, v) =>
            {
                StftPlan stft = new(new StftOptions(256) { HopLength = 100, Precision = TransformPrecision.Single });
                MelFeaturePlan plan = new(new MelSpectrogramPlan(stft, new MelFilterBank(new MelOptions(16000, 256, 23)), 2), new MelLevelOptions(toMaximum, 1e-10, 80), new DctPlan(23, 13, 22));
                View waves = v.F(2, 3000), features = v.F(2, plan.Rows, plan.FrameCount(3000));
                return () => on.MelFeatures(waves, plan, features);
            }
            );
        }

        yield return (nameof(Backend.Resample), (on, v) =>
        {
            ResamplingPlan plan = ResamplingPlan.Create(new PolyphaseKernel(new FlatFilter()), new EverySample(), 100, 100);
            View x = v.F(2, 100), y = v.F(2, 100);
            return () => on.Resample(x, plan, y);
        }
        );
    }

    private static PoolWindows Halves(int size) => new(PoolAxis.Windows(size, 2, 2), PoolAxis.Windows(size, 2, 2));

    /// <summary>Views on the device, given back together.</summary>
    private sealed class Views(CudaBackend backend) : IDisposable
    {
        private readonly List<Storage> _storages = [];

        public View F(params int[] shape) => Of(DType.F32, shape);

        public View Bool(params int[] shape) => Of(DType.Bool, shape);

        public View Byte(params int[] shape) => Of(DType.U8, shape);

        public View Long(params int[] shape) => Of(DType.I64, shape);

        /// <summary>A transposed matrix.</summary>
        public View Strided(int rows, int columns) => Permuted(F(columns, rows), 1, 0);

        /// <summary>A row that repeats.</summary>
        public View Row(int rows, int columns)
        {
            View row = F(columns);
            return row.With(row.Layout.BroadcastTo([rows, columns]));
        }

        /// <summary>Kernels of 3 x 3 whose channels are innermost.</summary>
        public View Kernels(int outputs, int channels) => Permuted(F(outputs, 3, 3, channels), 0, 3, 1, 2);

        /// <summary>More tensors than one launch can name.</summary>
        public View[] Many() => [.. Enumerable.Range(1, 50).Select(i => F(10 * i))];

        public void Dispose() => _storages.ForEach(s => s.Release());

        private static View Permuted(View view, params ReadOnlySpan<int> dims) => view.With(view.Layout.Permute(dims));

        private View Of(DType type, int[] extents)
        {
            Shape shape = extents;
            Storage storage = backend.Memory.Allocate(shape.ElementCount * type.Size());
            _storages.Add(storage);
            return new View(storage, type, Layout.RowMajor(shape));
        }
    }

    private sealed class FlatFilter() : PolyphaseFilter(1, 2, 2)
    {
        public override void Fill(int phase, Span<float> taps) => taps.Fill(0.2f);
    }

    private struct EverySample : IOutputClock
    {
        private int _next;

        public (int Sample, int Phase) Next() => (_next++, 0);
    }
}
