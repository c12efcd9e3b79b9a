using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void SgdStep(SgdStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> velocities)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            View velocity = velocities.IsEmpty ? default : velocities[i];
            if (parameters[i].DType == DType.F64)
            {
                Sgd<double>(step, parameters[i], gradients[i], velocity);
            }
            else
            {
                Sgd<float>(step, parameters[i], gradients[i], velocity);
            }
        }
    }

    /// <inheritdoc/>
    public override void AdamStep(
        AdamStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> means, ReadOnlySpan<View> squares, ReadOnlySpan<View> largestSquares)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            View largest = largestSquares.IsEmpty ? default : largestSquares[i];
            if (parameters[i].DType == DType.F64)
            {
                Adam<double>(step, parameters[i], gradients[i], means[i], squares[i], largest);
            }
            else
            {
                Adam<float>(step, parameters[i], gradients[i], means[i], squares[i], largest);
            }
        }
    }

    /// <inheritdoc/>
    public override void RmsPropStep(
        RmsPropStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> squares, ReadOnlySpan<View> momenta, ReadOnlySpan<View> means)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            View momentum = momenta.IsEmpty ? default : momenta[i], mean = means.IsEmpty ? default : means[i];
            if (parameters[i].DType == DType.F64)
            {
                RmsProp<double>(step, parameters[i], gradients[i], squares[i], momentum, mean);
            }
            else
            {
                RmsProp<float>(step, parameters[i], gradients[i], squares[i], momentum, mean);
            }
        }
    }

    /// <inheritdoc/>
    public override void AdagradStep(AdagradStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> squares)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].DType == DType.F64)
            {
                Adagrad<double>(step, parameters[i], gradients[i], squares[i]);
            }
            else
            {
                Adagrad<float>(step, parameters[i], gradients[i], squares[i]);
            }
        }
    }

    /// <inheritdoc/>
    public override void Norm(ReadOnlySpan<View> tensors, double order, View norm)
    {
        double total = 0;
        foreach (View tensor in tensors)
        {
            for (long i = 0; i < tensor.Count; i++)
            {
                double size = Math.Abs(tensor.DType == DType.F64 ? tensor.Pointer<double>()[i] : tensor.Pointer<float>()[i]);
                total = double.IsInfinity(order) ? Math.Max(total, size) : total + Math.Pow(size, order);
            }
        }

        double result = double.IsInfinity(order) ? total : Math.Pow(total, 1 / order);
        if (norm.DType == DType.F64)
        {
            *norm.Pointer<double>() = result;
        }
        else
        {
            *norm.Pointer<float>() = (float)result;
        }
    }

    /// <inheritdoc/>
    public override void ScaleToNorm(ReadOnlySpan<View> tensors, View norm, double maximum, double epsilon)
    {
        double size = norm.DType == DType.F64 ? *norm.Pointer<double>() : *norm.Pointer<float>();
        double factor = Math.Min(1, maximum / (size + epsilon));
        foreach (View tensor in tensors)
        {
            Unary(UnaryOp.Affine, tensor, tensor, factor);
        }
    }

    private static void Sgd<T>(SgdStep step, View parameter, View gradient, View velocity) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* w = parameter.Pointer<T>(), grad = gradient.Pointer<T>(), v = velocity.Exists ? velocity.Pointer<T>() : null;
        for (long i = 0; i < parameter.Count; i++)
        {
            T g = grad[i] + (T.CreateChecked(step.WeightDecay) * w[i]);
            if (v != null)
            {
                v[i] = (T.CreateChecked(step.Momentum) * v[i]) + (T.CreateChecked(step.GradientToVelocity) * g);
                w[i] += T.CreateChecked(step.VelocityToWeight) * v[i];
            }

            w[i] += T.CreateChecked(step.GradientToWeight) * g;
        }
    }

    private static void Adam<T>(AdamStep step, View parameter, View gradient, View mean, View square, View largest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* w = parameter.Pointer<T>(), grad = gradient.Pointer<T>(), m = mean.Pointer<T>(), v = square.Pointer<T>(), max = largest.Exists ? largest.Pointer<T>() : null;
        for (long i = 0; i < parameter.Count; i++)
        {
            w[i] *= T.CreateChecked(step.Shrink);
            T g = grad[i] + (T.CreateChecked(step.WeightDecay) * w[i]);
            m[i] = (T.CreateChecked(step.Beta1) * m[i]) + (T.CreateChecked(1 - step.Beta1) * g);
            v[i] = (T.CreateChecked(step.Beta2) * v[i]) + (T.CreateChecked(1 - step.Beta2) * g * g);
            T size = v[i];
            if (max != null)
            {
                size = max[i] = T.Max(max[i], v[i]);
            }

            w[i] -= T.CreateChecked(step.StepSize) * m[i] / ((T.CreateChecked(step.RootScale) * T.Sqrt(size)) + T.CreateChecked(step.Epsilon));
        }
    }

    private static void RmsProp<T>(RmsPropStep step, View parameter, View gradient, View square, View momentum, View mean)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* w = parameter.Pointer<T>(), grad = gradient.Pointer<T>(), s = square.Pointer<T>();
        T* b = momentum.Exists ? momentum.Pointer<T>() : null, a = mean.Exists ? mean.Pointer<T>() : null;
        T alpha = T.CreateChecked(step.Alpha), rest = T.CreateChecked(1 - step.Alpha);
        for (long i = 0; i < parameter.Count; i++)
        {
            T g = grad[i] + (T.CreateChecked(step.WeightDecay) * w[i]);
            s[i] = (alpha * s[i]) + (rest * g * g);
            T size = s[i];
            if (a != null)
            {
                a[i] = (alpha * a[i]) + (rest * g);
                size = T.Max(T.Zero, size - (a[i] * a[i]));
            }

            T d = g / (T.Sqrt(size + T.CreateChecked(step.EpsilonInside)) + T.CreateChecked(step.EpsilonOutside));
            if (b != null)
            {
                d = b[i] = (T.CreateChecked(step.Momentum) * b[i]) + (T.CreateChecked(step.StepToMomentum) * d);
            }

            w[i] -= T.CreateChecked(step.MomentumToWeight) * d;
        }
    }

    private static void Adagrad<T>(AdagradStep step, View parameter, View gradient, View square) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* w = parameter.Pointer<T>(), grad = gradient.Pointer<T>(), s = square.Pointer<T>();
        for (long i = 0; i < parameter.Count; i++)
        {
            T g = grad[i] + (T.CreateChecked(step.WeightDecay) * w[i]);
            s[i] += g * g;
            w[i] -= T.CreateChecked(step.StepSize) * g / (T.Sqrt(s[i] + T.CreateChecked(step.EpsilonInside)) + T.CreateChecked(step.EpsilonOutside));
        }
    }
}
