using System.Numerics;
using System.Runtime.CompilerServices;
using RawSer.Kernels.Tests.Elementwise;

namespace RawSer.Kernels.Tests;

/// <summary>
/// What the functions of the dialect give when the compiler's PTX runs: MathX within its bounds, instructions to the bit. The emulator
/// rounds each operation correctly and contracts nothing; a second run contracts all that the assembler might, and gives the same bits.
/// </summary>
[Category("OneInstructionSet")]
internal sealed class MathAccuracyTests
{
    private const string Regenerate = "RAWSER_WRITE_MATH_TABLE=1 dotnet test -c Release tests/RawSer.Kernels.Tests --filter MathAccuracyTests";

    private static readonly Dictionary<string, Lazy<Run>> Runs = MathAccuracy.All.ToDictionary(function => function.Name, function => new Lazy<Run>(() => new(function)));

    /// <summary>What the compiler's text of a function gave on the emulator.</summary>
    private sealed class Run
    {
        public Run(MathAccuracy function)
        {
            Results = function.Map.Value.OnEmulator(function.A, function.B);
            (Worst, At) = function.Worst(Results);
        }

        public float[] Results { get; }

        public double Worst { get; }

        public int At { get; }
    }

    [TestCaseSource(typeof(MathAccuracy), nameof(MathAccuracy.All))]
    public void Compiled_functions_keep_their_bounds(MathAccuracy function)
    {
        Run run = Runs[function.Name].Value;
        DeviceMap<float> map = function.Map.Value;
        AssertSameBits<float, uint>(run.Results, map.OnHost(function.A, function.B), function.A, function.B);
        AssertSameBits<float, uint>(map.OnEmulator(function.A, function.B, ContractedPtx.Of(map.Kernel.Ptx)), run.Results, function.A, function.B);
        var (a, b) = (function.A[run.At], function.B[run.At]);
        Assert.That(run.Worst, Is.LessThanOrEqualTo(function.Bound), $"({a:g9}, {b:g9}): {run.Results[run.At]:g9}, exact {function.Exact(a, b):g9}");
    }

    [Test]
    public void The_table_holds_what_was_measured()
    {
        MathTable.Row[] rows = [.. MathAccuracy.All.Select(function => new MathTable.Row(function, Runs[function.Name].Value.Worst))];
        if (Environment.GetEnvironmentVariable("RAWSER_WRITE_MATH_TABLE") == "1")
        {
            MathTable.Write(rows);
        }

        Assert.That(MathTable.Read(), Is.EqualTo(rows), Regenerate);
    }

    private static readonly TestCaseData[] Exact =
    [
        Case<ExactInstructions.Quotient>("a / b"),
        Case<ExactInstructions.Root>("Sqrt"),
        Case<ExactInstructions.FusedMultiplyAdd>("FusedMultiplyAdd"),
        Case<ExactInstructions.Floor>("Floor"),
        Case<ExactInstructions.Ceiling>("Ceiling"),
        Case<ExactInstructions.Truncate>("Truncate"),
        Case<ExactInstructions.Round>("Round"),
        Case<ExactInstructions.Abs>("Abs"),
        Case<ExactInstructions.CopySign>("CopySign"),
        Case<ExactInstructions.Min>("Min"),
        Case<ExactInstructions.Max>("Max"),
        Case<ExactInstructions.Clamp>("Clamp"),
    ];

    [TestCaseSource(nameof(Exact))]
    public void Instructions_give_the_bits_of_the_base_library(Func<DeviceMap<float>> single, Func<DeviceMap<double>> wide)
    {
        var (a, b) = (FloatArguments.Dense, Shifted(FloatArguments.Dense));
        DeviceMap<float> map = single();
        AssertSameBits<float, uint>(map.OnEmulator(a, b), map.OnHost(a, b), a, b);
        DeviceMap<double> wideMap = wide();
        var (wideA, wideB) = (Widened(a), Widened(b));
        AssertSameBits<double, ulong>(wideMap.OnEmulator(wideA, wideB), wideMap.OnHost(wideA, wideB), wideA, wideB);
    }

    [Test]
    public void Fma_of_MathX_rounds_once()
    {
        var (a, b) = (FloatArguments.Dense, Shifted(FloatArguments.Dense));
        DeviceMap<float> map = DeviceMap<float>.Of<ExactInstructions.Fma>();
        AssertSameBits<float, uint>(map.OnEmulator(a, b), [.. a.Zip(b, (x, y) => MathF.FusedMultiplyAdd(x, y, x))], a, b);
    }

    [Test]
    public void Contraction_fuses_what_the_assembler_may_fuse()
    {
        var (a, b) = (FloatArguments.Dense, Shifted(FloatArguments.Dense));
        AssertFused(DeviceMap<float>.Of<ExactInstructions.ProductLessNumber>(), (x, y) => MathF.FusedMultiplyAdd(x, y, -y));
        AssertFused(DeviceMap<float>.Of<ExactInstructions.NumberLessProduct>(), (x, y) => MathF.FusedMultiplyAdd(-x, y, y));

        void AssertFused(DeviceMap<float> map, Func<float, float, float> fused)
        {
            AssertSameBits<float, uint>(map.OnEmulator(a, b), map.OnHost(a, b), a, b);
            AssertSameBits<float, uint>(map.OnEmulator(a, b, ContractedPtx.Of(map.Kernel.Ptx)), [.. a.Zip(b, fused)], a, b);
        }
    }

    private static readonly TestCaseData[] Approximate =
    [
        Approximation<ApproximateInstructions.Reciprocal>("rcp.approx", (a, _) => 1 / a),
        Approximation<ApproximateInstructions.ReciprocalSqrt>("rsqrt.approx", (a, _) => 1 / Math.Sqrt(a)),
        Approximation<ApproximateInstructions.SqrtApprox>("sqrt.approx", (a, _) => Math.Sqrt(a)),
        Approximation<ApproximateInstructions.DivideFull>("div.full", (a, b) => a / b),
        Approximation<ApproximateInstructions.DivideApprox>("div.approx", (a, b) => Math.Abs(b) is > 8.507059173023462e37 and < double.PositiveInfinity && !double.IsNaN(a) ? a / b * (double.IsInfinity(a) ? double.NaN : 0) : a / b),
        Approximation<ApproximateInstructions.Exp2Approx>("ex2.approx", (a, _) => Math.Pow(2, a)),
        Approximation<ApproximateInstructions.Log2Approx>("lg2.approx", (a, _) => Math.Log2(a)),
        Approximation<ApproximateInstructions.SinApprox>("sin.approx", (a, _) => Math.Sin(a)),
        Approximation<ApproximateInstructions.CosApprox>("cos.approx", (a, _) => Math.Cos(a)),
        Approximation<ApproximateInstructions.TanhApprox>("tanh.approx", (a, _) => Math.Tanh(a)),
    ];

    /// <summary>The emulator's model of .approx instructions is the exact value, rounded once; hardware need only keep NVIDIA's bounds.</summary>
    [TestCaseSource(nameof(Approximate))]
    public void The_emulator_rounds_approximations_correctly(string instruction, Func<DeviceMap<float>> create, Func<double, double, double> exact)
    {
        var (a, b) = (FloatArguments.Dense, Shifted(FloatArguments.Dense));
        DeviceMap<float> map = create();
        Assert.That(map.Kernel.Ptx, Does.Contain($"{instruction}.f32"));
        float[] results = map.OnEmulator(a, b);
        double worst = results.Select((result, i) => Ulps.Between(result, exact(a[i], b[i]))).Max();
        Assert.That(worst, Is.LessThanOrEqualTo(0.5001)); // the double is rounded too
    }

    private static TestCaseData Case<TFunction>(string name)
        where TFunction : struct, IDeviceFunction<float>, IDeviceFunction<double> =>
        new TestCaseData((Func<DeviceMap<float>>)DeviceMap<float>.Of<TFunction>, (Func<DeviceMap<double>>)DeviceMap<double>.Of<TFunction>).SetArgDisplayNames(name);

    private static TestCaseData Approximation<TFunction>(string instruction, Func<double, double, double> exact)
        where TFunction : struct, IDeviceFunction<float> =>
        new TestCaseData(instruction, (Func<DeviceMap<float>>)DeviceMap<float>.Of<TFunction>, exact).SetArgDisplayNames(instruction);

    /// <summary>The same numbers in another order, for second arguments.</summary>
    private static float[] Shifted(float[] numbers) => [.. numbers[^12345..], .. numbers[..^12345]];

    /// <summary>Doubles of all exponents from floats: the upper half of each is a float's pattern, the lower half its mantissa.</summary>
    private static double[] Widened(float[] numbers) =>
        [.. numbers.Select(x => BitConverter.SingleToUInt32Bits(x)).Select((bits, i) => i % 2 == 0 ? BitConverter.UInt32BitsToSingle(bits) : BitConverter.UInt64BitsToDouble(((ulong)bits << 32) | (bits * 2654435761u)))];

    private static void AssertSameBits<T, TBits>(T[] got, T[] expected, T[] a, T[] b)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TBits : unmanaged, IEquatable<TBits>
    {
        int wrong = Array.FindIndex([.. Enumerable.Range(0, got.Length)], i =>
            !Unsafe.BitCast<T, TBits>(got[i]).Equals(Unsafe.BitCast<T, TBits>(expected[i])) && !(T.IsNaN(got[i]) && T.IsNaN(expected[i])));
        Assert.That(wrong, Is.Negative, () => $"({a[wrong]:g17}, {b[wrong]:g17}): {got[wrong]:g17} on the emulator, {expected[wrong]:g17} on the host");
    }
}
