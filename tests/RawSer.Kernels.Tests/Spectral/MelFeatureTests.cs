using RawSer.Kernels.Spectral;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>The oracle is the reference backend, which sums the transform's definition in double.</summary>
public sealed class MelFeatureTests
{
    /// <summary>n_fft, window, hop, centred, padding, power, 0 dB at the maximum, top_db, coefficients.</summary>
    private static readonly object[] s_cases =
    [
        new object[] { 64, 64, 16, true, PadMode.Constant, 2.0, false, 80.0, 0 },
        new object[] { 64, 50, 16, true, PadMode.Reflect, 2.0, true, 80.0, 0 },
        new object[] { 128, 128, 50, true, PadMode.Edge, 2.0, false, null!, 13 },
        new object[] { 200, 160, 80, true, PadMode.Reflect, 2.0, false, 80.0, 13 },
        new object[] { 256, 256, 100, false, PadMode.Constant, 1.0, false, null!, 0 },
        new object[] { 512, 400, 160, true, PadMode.Symmetric, 2.0, true, null!, 0 },
        new object[] { 1024, 512, 200, true, PadMode.Wrap, 2.0, false, 60.0, 20 },
        new object[] { 45, 45, 20, true, PadMode.Constant, 2.0, false, null!, 0 },
        new object[] { 14, 14, 5, true, PadMode.Reflect, 2.0, false, null!, 0 },
        new object[] { 101, 90, 40, true, PadMode.Reflect, 1.5, false, 80.0, 5 },
        new object[] { 74, 74, 30, true, PadMode.Constant, 2.0, false, null!, 6 },
        new object[] { 1, 1, 7, true, PadMode.Constant, 2.0, false, null!, 0 },
        new object[] { 2, 2, 9, true, PadMode.Reflect, 2.0, false, null!, 0 },
    ];

    [TestCaseSource(nameof(s_cases))]
    public void Device_and_cpu_give_what_the_definition_gives(int fft, int window, int hop, bool centre, PadMode pad, double power, bool toMaximum, double? topDb, int coefficients)
    {
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        StftPlan stft = new(new StftOptions(fft) { WindowLength = window, HopLength = hop, Center = centre, PadMode = pad, Window = WindowShape.Hamming, Precision = TransformPrecision.Single });
        MelFilterBank filters = new(new MelOptions(16000, fft, 23));
        MelFeaturePlan plan = new(new MelSpectrogramPlan(stft, filters, power), new MelLevelOptions(toMaximum, 1e-10, topDb), coefficients > 0 ? new DctPlan(23, coefficients, 22) : null);
        int samples = (11 * hop) + Math.Max(1, centre ? 0 : fft);
        View waves = arrays.Normal(new Random(fft), [2, samples], 0, 0.1);
        for (int i = samples / 2; i < samples; i++)
        {
            Silence(waves, i); // the first clip ends in silence: levels far below its maximum
        }

        Shape shape = [2, plan.Rows, plan.FrameCount(samples)];
        View expected = arrays.Empty(shape, DType.F64), cpu = arrays.Empty(shape), device = arrays.Empty(shape);
        ReferenceBackend.Instance.MelFeatures(arrays.As(waves, DType.F64), plan, expected);
        CpuBackend.Instance.MelFeatures(waves, plan, cpu);
        emulator.Backend.MelFeatures(emulator.Send(waves), plan, emulator.Send(device));
        emulator.Fetch();
        Tolerance tolerance = new(1e-5, coefficients > 0 ? 5e-3 : 2e-3);
        DenseArrays.AssertClose(cpu, expected, tolerance, "cpu");
        DenseArrays.AssertClose(device, expected, tolerance, "device");
    }

    [Test]
    public void Transforms_that_a_device_cannot_do_are_refused_by_name()
    {
        using var arrays = new DenseArrays();
        using var emulator = new OnEmulator();
        View waves = emulator.Send(arrays.Empty([1, 1000])), features = emulator.Send(arrays.Empty([1, 4, 1]));
        Assert.That(() => emulator.Backend.MelFeatures(waves, Plan(64, TransformPrecision.Double), features), Throws.TypeOf<NotSupportedException>().With.Message.Contains("Single precision"));
        Assert.That(() => emulator.Backend.MelFeatures(waves, Plan(1 << 17, TransformPrecision.Single), features), Throws.TypeOf<NotSupportedException>().With.Message.Contains("n_fft 131072"));

        static MelFeaturePlan Plan(int fft, TransformPrecision precision) => new(
            new MelSpectrogramPlan(new StftPlan(new StftOptions(fft) { Precision = precision }), new MelFilterBank(new MelOptions(16000, fft, 4))), new MelLevelOptions(false, 1e-10, null), null);
    }

    private static unsafe void Silence(View waves, int sample) => waves.Pointer<float>()[sample] = 0;
}
