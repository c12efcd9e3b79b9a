using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>
/// The meaning of C#: each function runs as .NET code on the host and as PTX in the emulator, on the same inputs, and must give the
/// same bits.
/// </summary>
public sealed partial class SemanticsTests
{
    /// <summary>A function of two numbers.</summary>
    public interface IFunction<T, TResult>
        where T : unmanaged
        where TResult : unmanaged
    {
        /// <summary>The function.</summary>
        static abstract TResult Apply(T a, T b);
    }

    private static void Map<T, TResult, TFunction>(ArrayView<T> a, ArrayView<T> b, ArrayView<TResult> results)
        where T : unmanaged
        where TResult : unmanaged
        where TFunction : IFunction<T, TResult>
    {
        int i = Grid.GlobalIndex.X;
        if (i < results.IntLength)
        {
            results[i] = TFunction.Apply(a[i], b[i]);
        }
    }

    private static readonly int[] Ints = [0, 1, -1, 2, 7, -7, 31, 33, 100, -100, 255, 256, 65535, 65536, -32768, int.MaxValue, int.MinValue, int.MinValue + 1, 123456789, -987654321];
    private static readonly long[] Longs = [0, 1, -1, 5, -5, 255, 1L << 31, (1L << 31) - 1, -(1L << 31), 1L << 32, (1L << 32) - 1, long.MaxValue, long.MinValue, 1234567890123456789, -42];
    private static readonly float[] Floats =
    [
        0f, -0f, 1f, -1f, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, 3.75f, 1e-40f, -1e-40f, 1e10f, -1e10f, 3e9f, 2147483648f, 4294967296f, 1e20f, float.MaxValue, float.Epsilon,
        float.PositiveInfinity, float.NegativeInfinity, float.NaN, 16777217f, 0.1f,
    ];

    private static void Check<T, TResult, TFunction>(T[] values)
        where T : unmanaged
        where TResult : unmanaged
        where TFunction : IFunction<T, TResult>
    {
        var a = values.SelectMany(x => values.Select(_ => x)).ToArray();
        var b = values.SelectMany(_ => values).ToArray();
        var expected = a.Zip(b, TFunction.Apply).ToArray();
        foreach (var (sm, bounds) in ((int, bool)[])[(70, false), (80, false), (80, true)])
        {
            using var gpu = new Gpu(sm);
            var (viewA, viewB, results) = (gpu.Upload(a), gpu.Upload(b), gpu.Upload(new TResult[a.Length]));
            Kernel.Create<ArrayView<T>, ArrayView<T>, ArrayView<TResult>>(Map<T, TResult, TFunction>, new KernelOptions { DebugBounds = bounds }).Launch(gpu.Device, new LaunchShape((a.Length + 63) / 64, 64), viewA, viewB, results);
            var actual = gpu.Read(results);
            for (var i = 0; i < a.Length; i++)
            {
                if (!Same(actual[i], expected[i]))
                {
                    Assert.Fail($"{typeof(TFunction).Name}({a[i]}, {b[i]}) is {expected[i]} in .NET and {actual[i]} on sm_{sm}{(bounds ? " with checks of bounds" : "")}");
                }
            }
        }
    }

    /// <summary>Equal bits, or both NaN.</summary>
    private static bool Same<T>(T a, T b)
        where T : unmanaged =>
        a is float x && b is float y && float.IsNaN(x) && float.IsNaN(y) || EqualityComparer<T>.Default.Equals(a, b)
            && (a is not float f || b is not float g || BitConverter.SingleToInt32Bits(f) == BitConverter.SingleToInt32Bits(g));
}
