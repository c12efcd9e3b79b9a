using RawSer.Kernels;

namespace RawSer.Kernels.Tests;

/// <summary>Views in memory that is filled with a sentinel, so that a kernel that writes outside the view's elements is caught.</summary>
internal sealed unsafe class GuardedViews : IDisposable
{
    private const int Guard = 256;
    private const float Sentinel = -123456789f;

    private readonly List<View> _views = [];

    /// <summary>A view with these strides, its elements random in [-0.5, 0.5).</summary>
    public View Random(Random random, Shape shape, ReadOnlySpan<long> strides)
    {
        View view = Allocate(shape, strides);
        float* p = view.Pointer<float>();
        foreach (long offset in Offsets(view))
        {
            p[offset] = random.NextSingle() - 0.5f;
        }

        return view;
    }

    /// <summary>A dense view with random elements.</summary>
    public View Random(Random random, Shape shape) => Random(random, shape, Layout.RowMajor(shape).Strides);

    /// <summary>A dense vector of these elements.</summary>
    public View Of(params ReadOnlySpan<float> values)
    {
        View view = Allocate([values.Length], [1]);
        values.CopyTo(new Span<float>(view.Pointer<float>(), values.Length));
        return view;
    }

    /// <summary>A view of the same layout with the same elements in memory of its own.</summary>
    public View Copy(View view)
    {
        View copy = Allocate(view.Shape, view.Strides);
        float* from = view.Pointer<float>(), to = copy.Pointer<float>();
        foreach (long offset in Offsets(view))
        {
            to[offset] = from[offset];
        }

        return copy;
    }

    /// <summary>The elements in row-major order.</summary>
    public static float[] Values(View view)
    {
        float* p = view.Pointer<float>();
        return [.. Offsets(view).Select(offset => p[offset])];
    }

    /// <summary>Fails if anything outside the elements of the views was written.</summary>
    public void CheckGuards()
    {
        foreach (View view in _views)
        {
            HashSet<long> own = [.. Offsets(view).Select(offset => offset + view.Layout.Offset)];
            float* start = (float*)view.Storage.Address;
            for (long i = 0; i < view.Storage.ByteLength / sizeof(float); i++)
            {
                if (start[i] != Sentinel && !own.Contains(i))
                {
                    Assert.Fail($"view {view.Shape}, strides ({string.Join(", ", view.Strides.ToArray())}): wrote at {i - view.Layout.Offset}, outside its elements");
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (View view in _views)
        {
            view.Storage.Release();
        }
    }

    private View Allocate(Shape shape, ReadOnlySpan<long> strides)
    {
        long reach = 0;
        for (int d = 0; d < shape.Rank; d++)
        {
            reach += Math.Max(0, shape[d] - 1) * strides[d];
        }

        Storage storage = HostMemoryPool.Shared.Allocate((reach + 1 + (2 * Guard)) * sizeof(float));
        new Span<float>((float*)storage.Address, (int)(storage.ByteLength / sizeof(float))).Fill(Sentinel);
        View view = new(storage, DType.F32, new Layout(shape, strides, Guard));
        _views.Add(view);
        return view;
    }

    private static IEnumerable<long> Offsets(View view)
    {
        for (long i = 0; i < view.Count; i++)
        {
            long rest = i, offset = 0;
            for (int d = view.Shape.Rank - 1; d >= 0; d--)
            {
                offset += rest % view.Shape[d] * view.Strides[d];
                rest /= view.Shape[d];
            }

            yield return offset;
        }
    }
}
