using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>
    /// Inverted dropout: each element is 0 with probability <paramref name="p"/>, else scaled by 1 / (1 - p). Which ones is a function of the generator's
    /// seed and position and of the element's place, the same on every device.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">p is not in [0, 1).</exception>
    public Tensor Dropout(double p, Generator generator)
    {
        if (p is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(p), FormattableString.Invariant($"dropout: probability {p} of tensor {Shape}; expected a number from 0 to below 1"));
        }

        if (p == 0)
        {
            return this;
        }

        CheckFloats("dropout", this);
        using Tensor x = ContiguousAlias();
        Tensor y = Empty(Shape, DType, Device);
        using Tensor mask = Empty(Shape, DType.Bool, Device);
        Backend.Dropout(x.View, y.View, mask.View, generator.Reserve(ElementCount), p);
        return Autograd.Record(y, "dropout", [this], [mask], 1 / (1 - p), MaskedGradient);
    }

    /// <summary>Dropout with a given mask (<see cref="DType.Bool"/>, this shape): elements where it is true are scaled by 1 / (1 - p), others 0; all are 0 when p is 1.</summary>
    public Tensor DropoutWithMask(Tensor mask, double p)
    {
        CheckFloats("dropout", this);
        if (mask.DType != DType.Bool || mask.Shape != Shape || p is not (>= 0 and <= 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"dropout: mask {mask.DType} {mask.Shape} with p {p} for tensor {Shape}; expected a Bool mask of that shape and p from 0 to 1"));
        }

        using Tensor x = ContiguousAlias();
        using Tensor dense = mask.ContiguousAlias();
        Tensor y = Empty(Shape, DType, Device);
        double scale = p == 1 ? 0 : 1 / (1 - p);
        Backend.MaskScale(x.View, dense.View, y.View, scale);
        return Autograd.Record(y, "dropout", [this], [dense], scale, MaskedGradient);
    }

    private static void MaskedGradient(BackwardContext g, double scale)
    {
        Tensor dy = g.Grad.ContiguousAlias();
        Tensor dx = Empty(dy.Shape, dy.DType, dy.Device);
        dx.Backend.MaskScale(dy.View, g.Saved(0).View, dx.View, scale);
        g.Set(0, dx);
    }
}
