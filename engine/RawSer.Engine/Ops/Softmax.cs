using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>e^x over its sum along a dimension. A line of -infinity gives NaN.</summary>
    public Tensor Softmax(int dim) => Softmax(dim, log: false, "softmax");

    /// <summary>Logarithm of the softmax along a dimension: (x - max) - log(sum).</summary>
    public Tensor LogSoftmax(int dim) => Softmax(dim, log: true, "log_softmax");

    private Tensor Softmax(int dim, bool log, string name)
    {
        CheckFloats(name, this);
        int d = Shape.Dim(dim);
        Tensor y = Empty(Shape, DType, Device);
        Backend.Softmax(View, y.View, d, log);
        return Autograd.Record(y, name, [this], [y], (d, log), static (g, s) =>
        {
            Tensor dx = Empty(g.Grad.Shape, g.Grad.DType, g.Grad.Device);
            dx.Backend.SoftmaxBackward(g.Saved(0).View, g.Grad.View, dx.View, s.d, s.log);
            g.Set(0, dx);
        });
    }
}
