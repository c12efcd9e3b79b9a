using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>
    /// Bilinear resizing of the last two dimensions (N, C, H, W) or (C, H, W), with PyTorch's coordinates: half-pixel centres, or aligned
    /// corners; no antialiasing.
    /// </summary>
    public Tensor ResizeBilinear(int height, int width, bool alignCorners = false)
    {
        CheckFloats("resize_bilinear", this);
        if (Rank < 2 || Shape[-1] == 0 || Shape[-2] == 0 || height < 1 || width < 1)
        {
            throw new ArgumentException($"resize_bilinear: from shape {Shape} to {height} x {width}; expected at least two dimensions and sizes from 1 on");
        }

        Shape shape = Shape.With(-2, height).With(-1, width);
        using Tensor dense = ContiguousAlias();
        Tensor y = Empty(shape, DType, Device);
        Backend.ResizeBilinear(dense.View, y.View, alignCorners);
        return Autograd.Record(y, "resize_bilinear", [this], [], alignCorners, static (g, alignCorners) =>
        {
            Tensor dx = Empty(g.InputShape(0), g.Grad.DType, g.Grad.Device);
            dx.Backend.ResizeBilinearBackward(g.Grad.ContiguousAlias().View, dx.View, alignCorners);
            g.Set(0, dx);
        });
    }
}
