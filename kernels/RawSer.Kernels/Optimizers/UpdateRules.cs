using System.Runtime.CompilerServices;

namespace RawSer.Kernels;

/// <summary>
/// What a step does to elements, on the processor eight at a time and on a device one. States that the step does not have come in as 0 and
/// are dropped. Its fields are numbers only, so that a device reads it from its memory.
/// </summary>
internal interface IUpdateRule
{
    V Invoke<V>(V w, V gradient, ref V first, ref V second, ref V third) where V : unmanaged, ISimd<V>;
}

/// <summary>First state: velocity.</summary>
internal readonly struct SgdRule(SgdStep step) : IUpdateRule
{
    private readonly float _weightDecay = (float)step.WeightDecay;
    private readonly float _momentum = (float)step.Momentum;
    private readonly float _gradientToVelocity = (float)step.GradientToVelocity;
    private readonly float _velocityToWeight = (float)step.VelocityToWeight;
    private readonly float _gradientToWeight = (float)step.GradientToWeight;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V w, V gradient, ref V velocity, ref V second, ref V third) where V : unmanaged, ISimd<V>
    {
        V g = gradient + (V.Create(_weightDecay) * w);
        velocity = (V.Create(_momentum) * velocity) + (V.Create(_gradientToVelocity) * g);
        return w + (V.Create(_velocityToWeight) * velocity) + (V.Create(_gradientToWeight) * g);
    }
}

/// <summary>States: mean, mean square, largest mean square.</summary>
internal readonly struct AdamRule(AdamStep step, bool amsgrad) : IUpdateRule
{
    private readonly int _amsgrad = amsgrad ? 1 : 0;
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
    public V Invoke<V>(V w, V gradient, ref V mean, ref V square, ref V largest) where V : unmanaged, ISimd<V>
    {
        w *= V.Create(_shrink);
        V g = gradient + (V.Create(_weightDecay) * w);
        mean = (V.Create(_beta1) * mean) + (V.Create(_rest1) * g);
        square = (V.Create(_beta2) * square) + (V.Create(_rest2) * g * g);
        largest = V.MaxOrSecond(largest, square);
        V root = V.Sqrt(_amsgrad != 0 ? largest : square);
        return w - (V.Create(_stepSize) * mean / ((V.Create(_rootScale) * root) + V.Create(_epsilon)));
    }
}

/// <summary>States: mean square, momentum, mean.</summary>
internal readonly struct RmsPropRule(RmsPropStep step, bool hasMomentum, bool centered) : IUpdateRule
{
    private readonly int _hasMomentum = hasMomentum ? 1 : 0;
    private readonly int _centered = centered ? 1 : 0;
    private readonly float _weightDecay = (float)step.WeightDecay;
    private readonly float _alpha = (float)step.Alpha;
    private readonly float _rest = (float)(1 - step.Alpha);
    private readonly float _inside = (float)step.EpsilonInside;
    private readonly float _outside = (float)step.EpsilonOutside;
    private readonly float _momentum = (float)step.Momentum;
    private readonly float _stepToMomentum = (float)step.StepToMomentum;
    private readonly float _momentumToWeight = (float)step.MomentumToWeight;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V w, V gradient, ref V square, ref V momentum, ref V mean) where V : unmanaged, ISimd<V>
    {
        V g = gradient + (V.Create(_weightDecay) * w);
        square = (V.Create(_alpha) * square) + (V.Create(_rest) * g * g);
        mean = (V.Create(_alpha) * mean) + (V.Create(_rest) * g);
        V size = _centered != 0 ? V.MaxOrSecond(V.Create(0), square - (mean * mean)) : square;
        V d = g / (V.Sqrt(size + V.Create(_inside)) + V.Create(_outside));
        momentum = (V.Create(_momentum) * momentum) + (V.Create(_stepToMomentum) * d);
        return w - (V.Create(_momentumToWeight) * (_hasMomentum != 0 ? momentum : d));
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
    public V Invoke<V>(V w, V gradient, ref V square, ref V second, ref V third) where V : unmanaged, ISimd<V>
    {
        V g = gradient + (V.Create(_weightDecay) * w);
        square += g * g;
        return w - (V.Create(_stepSize) * g / (V.Sqrt(square + V.Create(_inside)) + V.Create(_outside)));
    }
}

/// <summary>Every element times a number.</summary>
internal readonly struct ScaleRule(float factor) : IUpdateRule
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V w, V gradient, ref V first, ref V second, ref V third) where V : unmanaged, ISimd<V> => V.Create(factor) * w;
}
