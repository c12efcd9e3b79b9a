using RawSer.Kernels.Tests.Elementwise;

namespace RawSer.Kernels.Tests;

/// <summary>A function of MathX with the bound of its error.</summary>
/// <param name="Name">As in the table.</param>
/// <param name="Arguments">Which arguments the bound is for; the rest is listed as its own row or said in the text.</param>
/// <param name="Map">The function.</param>
/// <param name="Exact">The same in double.</param>
/// <param name="Bound">Largest error in ulp, or absolute.</param>
/// <param name="A">First arguments.</param>
/// <param name="B">Second arguments.</param>
/// <param name="IsAbsolute">Whether the error is absolute.</param>
internal sealed record MathAccuracy(
    string Name, string Arguments, Lazy<DeviceMap<float>> Map, Func<double, double, double> Exact, double Bound, float[] A, float[] B, bool IsAbsolute = false)
{
    /// <summary>The worst result and where it stands.</summary>
    public (double Error, int At) Worst(float[] results)
    {
        (double error, int at) = (0, 0);
        for (int i = 0; i < results.Length; i++)
        {
            double exact = Exact(A[i], B[i]);
            double now = IsAbsolute ? float.IsNaN(results[i]) && double.IsNaN(exact) ? 0 : Math.Abs(results[i] - exact) : Ulps.Between(results[i], exact);
            if (!(now <= error))
            {
                (error, at) = (now, i);
            }
        }

        return (error, at);
    }

    public override string ToString() => Name;

    /// <summary>All functions, as the table lists them.</summary>
    public static IReadOnlyList<MathAccuracy> All { get; } =
    [
        Of<MathXFunctions.Exp>("Exp", "all", Math.Exp, 1),
        Of<MathXFunctions.Exp2>("Exp2", "all", x => Math.Pow(2, x), 1),
        Of<MathXFunctions.Expm1>("Expm1", "all", ExactFunctions.Expm1, 3),
        Of<MathXFunctions.Log>("Log", "all", Math.Log, 1),
        Of<MathXFunctions.Log2>("Log2", "all", Math.Log2, 1),
        Of<MathXFunctions.Log1p>("Log1p", "all", ExactFunctions.Log1p, 2),
        Of<MathXFunctions.Pow>("Pow", "all pairs", Math.Pow, 2, FloatArguments.Powers()),
        Of<MathXFunctions.Sqrt>("Sqrt", "all", Math.Sqrt, 0.5),
        Of<MathXFunctions.Rsqrt>("Rsqrt", "all", x => 1 / Math.Sqrt(x), 1.5),
        Of<MathXFunctions.Sin>("Sin", "all", Math.Sin, 2, FloatArguments.Angles),
        Of<MathXFunctions.Cos>("Cos", "all", Math.Cos, 2, FloatArguments.Angles),
        Of<MathXFunctions.Tanh>("Tanh", "all", Math.Tanh, 2),
        Of<MathXFunctions.Erf>("Erf", "all", ReferenceBackend.Erf, 2),
        Of<MathXFunctions.Sigmoid>("Sigmoid", "x >= -88", ExactFunctions.Sigmoid, 3, Where(x => !(x < -88))),
        Of<MathXFunctions.Softplus>("Softplus", "all", ExactFunctions.Softplus, 3),
        Of<MathXFunctions.NormalCdf>("NormalCdf", "all", ExactFunctions.NormalCdf, 2e-7, FloatArguments.Dense, isAbsolute: true),
        Of<MathXFunctions.SinPi>("SinCosPi (sine)", "up to 2^20", x => Math.Sin(Math.PI * Math.IEEERemainder(x, 2)), 1.2e-7, Where(x => MathF.Abs(x) <= 1 << 20), isAbsolute: true),
        Of<MathXFunctions.CosPi>("SinCosPi (cosine)", "up to 2^20", x => Math.Cos(Math.PI * Math.IEEERemainder(x, 2)), 1.2e-7, Where(x => MathF.Abs(x) <= 1 << 20), isAbsolute: true),
    ];

    private static float[] Where(Func<float, bool> condition) => [.. FloatArguments.Dense.Where(condition)];

    private static MathAccuracy Of<TFunction>(string name, string arguments, Func<double, double> exact, double bound, float[]? values = null, bool isAbsolute = false)
        where TFunction : struct, IDeviceFunction<float> =>
        new(name, arguments, new(DeviceMap<float>.Of<TFunction>), (a, _) => exact(a), bound, values ?? FloatArguments.Dense, values ?? FloatArguments.Dense, isAbsolute);

    private static MathAccuracy Of<TFunction>(string name, string arguments, Func<double, double, double> exact, double bound, (float[] X, float[] Y) pairs)
        where TFunction : struct, IDeviceFunction<float> =>
        new(name, arguments, new(DeviceMap<float>.Of<TFunction>), exact, bound, pairs.X, pairs.Y);
}
