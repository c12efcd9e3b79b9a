using RawSer.Gpu;

namespace RawSer.Kernels;

public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void ResizeBilinear(View x, View y, bool alignCorners)
    {
        if (y.Count == 0)
        {
            return;
        }

        ResizeAxis rows = new(x.Shape[-2], y.Shape[-2], alignCorners), columns = new(x.Shape[-1], y.Shape[-1], alignCorners);
        bool quads = y.Shape[-1] % 4 == 0 && y.IsAligned16();
        int threads = quads ? y.IntCount() / 4 : y.IntCount();
        (quads ? ResizeKernels.ForwardOfQuads : ResizeKernels.Forward).Launch(
            Gpu, DeviceLines.Shape(threads, warps: false), x.Dense<float>(), y.Dense<float>(),
            rows, columns, new(y.Shape[-2], quads ? y.Shape[-1] / 4 : y.Shape[-1]), threads);
    }

    /// <inheritdoc/>
    public override void ResizeBilinearBackward(View dy, View dx, bool alignCorners)
    {
        if (dx.Count == 0)
        {
            return;
        }

        ResizeAxis rows = new(dx.Shape[-2], dy.Shape[-2], alignCorners), columns = new(dx.Shape[-1], dy.Shape[-1], alignCorners);
        ResizeKernels.Backward.Launch(
            Gpu, DeviceLines.Shape(dx.IntCount(), warps: false), dy.Dense<float>(), dx.Dense<float>(), rows, columns, new(dx.Shape[-2], dx.Shape[-1]), dx.IntCount());
    }
}
