using RawSer.Kernels;

namespace RawSer.Optim;

/// <summary>Bounds for collected gradients, applied in place between backward pass and step.</summary>
public static class GradientClipping
{
    /// <summary>
    /// Scales all gradients by <c>min(1, maximum / (norm + epsilon))</c>, where the norm is that of all of them together. NaN in one gradient
    /// makes all of them NaN.
    /// </summary>
    /// <param name="parameters">Those without a gradient do not count.</param>
    /// <param name="maximum">Largest norm.</param>
    /// <param name="order">Order of the norm; infinite for the largest absolute value.</param>
    /// <param name="epsilon">PyTorch's 1e-6; Keras has 0.</param>
    /// <returns>The norm before clipping.</returns>
    /// <exception cref="ArgumentException">The maximum is negative or the order not positive, or no parameter has a gradient.</exception>
    public static Tensor ByNorm(IEnumerable<Tensor> parameters, double maximum, double order = 2, double epsilon = 1e-6)
    {
        if (!(maximum >= 0) || !(order > 0))
        {
            throw new ArgumentException(FormattableString.Invariant($"clipping by norm: maximum {maximum}, order {order}; expected a maximum from 0 and a positive order"));
        }

        Tensor[] gradients = Gradients(parameters);
        if (gradients.Length == 0)
        {
            throw new ArgumentException("clipping by norm: no parameter has a gradient; run Backward() first");
        }

        View[] views = Array.ConvertAll(gradients, gradient => gradient.View);
        Tensor norm = Tensor.Empty(Shape.Scalar, gradients[0].DType, gradients[0].Device);
        norm.Backend.Norm(views, order, norm.View);
        norm.Backend.ScaleToNorm(views, norm.View, maximum, epsilon);
        Array.ForEach(gradients, gradient => gradient.Storage.MarkWritten());
        return norm;
    }

    /// <summary>Scales every gradient for itself to a largest norm, as Keras's <c>clipnorm</c> does.</summary>
    public static void EachByNorm(IEnumerable<Tensor> parameters, double maximum)
    {
        foreach (Tensor parameter in parameters)
        {
            if (parameter.Grad is not null)
            {
                ByNorm([parameter], maximum, epsilon: 0).Dispose();
            }
        }
    }

    /// <summary>Clamps every element of every gradient to [-bound, bound].</summary>
    /// <exception cref="ArgumentException">The bound is negative.</exception>
    public static void ByValue(IEnumerable<Tensor> parameters, double bound)
    {
        if (!(bound >= 0))
        {
            throw new ArgumentException(FormattableString.Invariant($"clipping by value: bound {bound}; expected a number from 0"));
        }

        foreach (Tensor gradient in Gradients(parameters))
        {
            gradient.Backend.Unary(UnaryOp.Clamp, gradient.View, gradient.View, -bound, bound);
            gradient.Storage.MarkWritten();
        }
    }

    private static Tensor[] Gradients(IEnumerable<Tensor> parameters) => [.. parameters.Select(p => p.Grad).OfType<Tensor>()];
}
