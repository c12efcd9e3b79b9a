using RawSer.Kernels;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>
/// Dense arrays of any element type for tests that run the same kernel on the processor in F32 and on the reference in F64. The memory
/// around every array holds a pattern, which <see cref="Dispose"/> checks: a kernel that writes outside fails its test.
/// </summary>
internal sealed unsafe class DenseArrays : IDisposable
{
    private const int GuardBytes = 256;
    private const byte Pattern = 0xA5;

    private readonly List<View> _views = [];

    /// <summary>An array with undefined contents (the guard pattern).</summary>
    public View Empty(Shape shape, DType type = DType.F32)
    {
        Storage storage = HostMemoryPool.Shared.Allocate((shape.ElementCount * type.Size()) + (2 * GuardBytes));
        new Span<byte>((byte*)storage.Address, (int)storage.ByteLength).Fill(Pattern);
        View view = new(storage, type, Layout.RowMajor(shape, GuardBytes / type.Size()));
        _views.Add(view);
        return view;
    }

    /// <summary>Values of a function of the flat index.</summary>
    public View Of(Shape shape, Func<long, double> value, DType type = DType.F32)
    {
        View view = Empty(shape, type);
        for (long i = 0; i < view.Count; i++)
        {
            if (type == DType.F64)
            {
                view.Pointer<double>()[i] = value(i);
            }
            else
            {
                view.Pointer<float>()[i] = (float)value(i);
            }
        }

        return view;
    }

    /// <summary>Random values of a normal distribution.</summary>
    public View Normal(Random random, Shape shape, double mean = 0, double deviation = 1) => Of(shape, _ =>
        mean + (deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));

    /// <summary>The same values in another float type; nothing from nothing.</summary>
    public View As(View view, DType type)
    {
        if (!view.Exists)
        {
            return view;
        }

        double[] values = Values(view);
        return Of(view.Shape, i => values[i], type);
    }

    /// <summary>The elements as doubles.</summary>
    public static double[] Values(View view)
    {
        double[] values = new double[view.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = view.DType switch
            {
                DType.F32 => view.Pointer<float>()[i],
                DType.F64 => view.Pointer<double>()[i],
                DType.I64 => view.Pointer<long>()[i],
                DType.I32 => view.Pointer<int>()[i],
                _ => view.Pointer<byte>()[i],
            };
        }

        return values;
    }

    /// <summary>Fails unless the values agree.</summary>
    public static void AssertClose(View got, View expected, Tolerance tolerance, string what) =>
        Assert.That(Closeness.Mismatch<double>(Values(got), Values(expected), tolerance, got.Shape.AsSpan()), Is.Null, what);

    /// <summary>Checks the guards and frees the memory.</summary>
    public void Dispose()
    {
        foreach (View view in _views)
        {
            byte* start = (byte*)view.Storage.Address;
            long end = GuardBytes + (view.Count * view.DType.Size());
            bool intact = !new ReadOnlySpan<byte>(start, GuardBytes).ContainsAnyExcept(Pattern)
                && !new ReadOnlySpan<byte>(start + end, (int)(view.Storage.ByteLength - end)).ContainsAnyExcept(Pattern);
            view.Storage.Release();
            Assert.That(intact, Is.True, $"a kernel wrote outside a view of {view.DType} {view.Shape}");
        }
    }
}
