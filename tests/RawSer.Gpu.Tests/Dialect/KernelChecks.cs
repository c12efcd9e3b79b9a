using System.Runtime.CompilerServices;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>Checks inside of a kernel of one thread: each is its line, the value and what it should be, for the host to compare.</summary>
internal struct KernelChecks(ArrayView<long> results)
{
    private const int End = -1;
    /// <summary>Results at the end that checks leave alone.</summary>
    public const int Spare = 256;

    private const int Capacity = 500;

    private int _at;

    /// <summary>Runs the checks of a kernel on the emulator, compiled for several targets and with checks of bounds, and as plain C# where it can.</summary>
    /// <param name="kernel">Takes the results and the number 1, which the compiler does not know.</param>
    /// <param name="onHost">Whether all it calls exists on the host too.</param>
    public static unsafe void Run(Action<ArrayView<long>, int> kernel, bool onHost = true)
    {
        foreach ((int sm, bool bounds) in ((int, bool)[])[(70, false), (80, true), (90, false)])
        {
            using Compiler.Gpu gpu = new(sm);
            ArrayView<long> results = gpu.Upload(new long[(3 * Capacity) + Spare]);
            Kernel.Create(kernel, new KernelOptions { DebugBounds = bounds }).Launch(gpu.Device, new LaunchShape(1, 1), results, 1);
            Compare(gpu.Read(results), $"{kernel.Method.Name} on sm_{sm}{(bounds ? " with checks of bounds" : "")}");
        }

        if (onHost)
        {
            long[] results = GC.AllocateArray<long>((3 * Capacity) + Spare, pinned: true);
            kernel(new ArrayView<long>((ulong)Unsafe.AsPointer(ref results[0]), results.Length), 1);
            Compare(results, $"{kernel.Method.Name} on the host");
        }
    }

    public void Is(long actual, long expected, [CallerLineNumber] int line = 0)
    {
        results[_at] = line;
        results[_at + 1] = actual;
        results[_at + 2] = expected;
        _at += 3;
    }

    public void Is(bool actual, bool expected, [CallerLineNumber] int line = 0) => Is(actual ? 1 : 0, expected ? 1 : 0, line);

    /// <summary>The same bits.</summary>
    public void Is(float actual, float expected, [CallerLineNumber] int line = 0) => Is(Interop.FloatAsInt(actual), Interop.FloatAsInt(expected), line);

    /// <summary>The same bits.</summary>
    public void Is(double actual, double expected, [CallerLineNumber] int line = 0) => Is((long)Interop.FloatAsInt(actual), (long)Interop.FloatAsInt(expected), line);

    public void Is(LongIndex2D actual, long x, long y, [CallerLineNumber] int line = 0)
    {
        Is(actual.X, x, line);
        Is(actual.Y, y, line);
    }

    public void Is(LongIndex3D actual, long x, long y, long z, [CallerLineNumber] int line = 0)
    {
        Is(actual.X, x, line);
        Is(actual.Y, y, line);
        Is(actual.Z, z, line);
    }

    public readonly void Finish() => results[_at] = End;

    private static void Compare(long[] results, string where)
    {
        int end = 0;
        Assert.Multiple(() =>
        {
            for (; end < results.Length && results[end] > 0; end += 3)
            {
                Assert.That(results[end + 1], NUnit.Framework.Is.EqualTo(results[end + 2]), $"line {results[end]} of {where}");
            }
        });
        Assert.That((end > 0, results[end]), NUnit.Framework.Is.EqualTo((true, (long)End)), $"{where} did not come to its end");
    }
}
