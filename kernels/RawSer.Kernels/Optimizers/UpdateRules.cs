using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>First state: velocity.</summary>
internal readonly struct SgdRule(SgdStep step) : IUpdateRule
{
    private readonly float _weightDecay = (float)step.WeightDecay;
    private readonly float _momentum = (float)step.Momentum;
    private readonly float _gradientToVelocity = (float)step.GradientToVelocity;
    private readonly float _velocityToWeight = (float)step.VelocityToWeight;
    private readonly float _gradientToWeight = (float)step.GradientToWeight;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Invoke(
        Vector256<float> w, Vector256<float> gradient, ref Vector256<float> velocity, ref Vector256<float> second, ref Vector256<float> third)
    {
        Vector256<float> g = gradient + (_weightDecay * w);
        velocity = (_momentum * velocity) + (_gradientToVelocity * g);
        return w + (_velocityToWeight * velocity) + (_gradientToWeight * g);
    }
}

/// <summary>States: mean, mean square, largest mean square.</summary>
internal readonly struct AdamRule(AdamStep step, bool amsgrad) : IUpdateRule
{
    private readonly float _shrink = (float)step.Shrink;
    private readonly float _weightDecay = (float)step.WeightDecay;
    private readonly float _beta1 = (float)step.Beta1;
    private readonly float _rest1 = (float)(1 - step.Beta1);
    private readonly float _beta2 = (float)step.Beta2;
    private readonly float _rest2 = (float)(1 - step.Beta2);
    private readonly float _stepSize = (float)step.StepSize;
    private readonly float _rootScale = (float)step.RootScale;
    private readonly float _epsilon = (float)step.Epsilon;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Invoke(
        Vector256<float> w, Vector256<float> gradient, ref Vector256<float> mean, ref Vector256<float> square, ref Vector256<float> largest)
    {
        w *= _shrink;
        Vector256<float> g = gradient + (_weightDecay * w);
        mean = (_beta1 * mean) + (_rest1 * g);
        square = (_beta2 * square) + (_rest2 * g * g);
        largest = Vector256.Max(largest, square);
        Vector256<float> root = Vector256.Sqrt(amsgrad ? largest : square);
        return w - (_stepSize * mean / ((_rootScale * root) + Vector256.Create(_epsilon)));
    }
}

/// <summary>States: mean square, momentum, mean.</summary>
internal readonly struct RmsPropRule(RmsPropStep step, bool hasMomentum, bool centered) : IUpdateRule
{
    private readonly float _weightDecay = (float)step.WeightDecay;
    private readonly float _alpha = (float)step.Alpha;
    private readonly float _rest = (float)(1 - step.Alpha);
    private readonly float _inside = (float)step.EpsilonInside;
    private readonly float _outside = (float)step.EpsilonOutside;
    private readonly float _momentum = (float)step.Momentum;
    private readonly float _stepToMomentum = (float)step.StepToMomentum;
    private readonly float _momentumToWeight = (float)step.MomentumToWeight;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Invoke(
        Vector256<float> w, Vector256<float> gradient, ref Vector256<float> square, ref Vector256<float> momentum, ref Vector256<float> mean)
    {
        Vector256<float> g = gradient + (_weightDecay * w);
        square = (_alpha * square) + (_rest * g * g);
        mean = (_alpha * mean) + (_rest * g);
        Vector256<float> size = centered ? Vector256.Max(default, square - (mean * mean)) : square;
        Vector256<float> d = g / (Vector256.Sqrt(size + Vector256.Create(_inside)) + Vector256.Create(_outside));
        momentum = (_momentum * momentum) + (_stepToMomentum * d);
        return w - (_momentumToWeight * (hasMomentum ? momentum : d));
    }
}

/// <summary>First state: sum of squares.</summary>
internal readonly struct AdagradRule(AdagradStep step) : IUpdateRule
{
    private readonly float _weightDecay = (float)step.WeightDecay;
    private readonly float _stepSize = (float)step.StepSize;
    private readonly float _inside = (float)step.EpsilonInside;
    private readonly float _outside = (float)step.EpsilonOutside;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Invoke(
        Vector256<float> w, Vector256<float> gradient, ref Vector256<float> square, ref Vector256<float> second, ref Vector256<float> third)
    {
        Vector256<float> g = gradient + (_weightDecay * w);
        square += g * g;
        return w - (_stepSize * g / (Vector256.Sqrt(square + Vector256.Create(_inside)) + Vector256.Create(_outside)));
    }
}

/// <summary>Every element times a number.</summary>
internal readonly struct ScaleRule(float factor) : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Invoke(
        Vector256<float> w, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second, ref Vector256<float> third) => factor * w;
}
