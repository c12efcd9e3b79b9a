namespace RawSer.Kernels;

/// <summary>
/// One step of gradient descent with momentum: <c>g = gradient + WeightDecay * w; v = Momentum * v + GradientToVelocity * g;
/// w += VelocityToWeight * v + GradientToWeight * g</c>. The conventions of the libraries are choices of these numbers.
/// </summary>
/// <param name="WeightDecay">L2 penalty.</param>
/// <param name="Momentum">Share of the velocity that is kept.</param>
/// <param name="GradientToVelocity">Weight of the gradient in the velocity.</param>
/// <param name="VelocityToWeight">What a step takes of the velocity; 0 without one.</param>
/// <param name="GradientToWeight">What a step takes of the gradient itself.</param>
public readonly record struct SgdStep(double WeightDecay, double Momentum, double GradientToVelocity, double VelocityToWeight, double GradientToWeight);

/// <summary>
/// One step of Adam (Kingma and Ba 2015): <c>w = Shrink * w; g = gradient + WeightDecay * w; m = Beta1 * m + (1 - Beta1) * g;
/// v = Beta2 * v + (1 - Beta2) * g^2; w -= StepSize * m / (RootScale * sqrt(v) + Epsilon)</c>; with a third state, amsgrad, the root
/// is taken of the largest v so far. The bias corrections are in StepSize and RootScale.
/// </summary>
/// <param name="Beta1">Decay of the mean gradient.</param>
/// <param name="Beta2">Decay of the mean squared gradient.</param>
/// <param name="WeightDecay">L2 penalty.</param>
/// <param name="Shrink">Decoupled decay: 1 - learning rate * decay.</param>
/// <param name="StepSize">Factor of the step.</param>
/// <param name="RootScale">Factor of the root.</param>
/// <param name="Epsilon">Added to the scaled root.</param>
public readonly record struct AdamStep(double Beta1, double Beta2, double WeightDecay, double Shrink, double StepSize, double RootScale, double Epsilon);

/// <summary>
/// One step of RMSprop (Tieleman and Hinton 2012): <c>g = gradient + WeightDecay * w; s = Alpha * s + (1 - Alpha) * g^2;
/// d = g / (sqrt(s + EpsilonInside) + EpsilonOutside)</c>, centered with <c>s - a^2</c> in place of s where <c>a = Alpha * a + (1 - Alpha) * g</c>;
/// then <c>b = Momentum * b + StepToMomentum * d; w -= MomentumToWeight * b</c>, or <c>w -= MomentumToWeight * d</c> without momentum.
/// </summary>
/// <param name="Alpha">Decay of the means.</param>
/// <param name="WeightDecay">L2 penalty.</param>
/// <param name="EpsilonInside">Added under the root.</param>
/// <param name="EpsilonOutside">Added to the root.</param>
/// <param name="Momentum">Share of the momentum buffer that is kept.</param>
/// <param name="StepToMomentum">Weight of the new step in the buffer.</param>
/// <param name="MomentumToWeight">What the parameter takes of the buffer, or of the step.</param>
public readonly record struct RmsPropStep(
    double Alpha, double WeightDecay, double EpsilonInside, double EpsilonOutside, double Momentum, double StepToMomentum, double MomentumToWeight);

/// <summary>One step of Adagrad (Duchi, Hazan and Singer 2011): <c>s += g^2; w -= StepSize * g / (sqrt(s + EpsilonInside) + EpsilonOutside)</c> with <c>g = gradient + WeightDecay * w</c>.</summary>
/// <param name="WeightDecay">L2 penalty.</param>
/// <param name="StepSize">Learning rate.</param>
/// <param name="EpsilonInside">Added under the root.</param>
/// <param name="EpsilonOutside">Added to the root.</param>
public readonly record struct AdagradStep(double WeightDecay, double StepSize, double EpsilonInside, double EpsilonOutside);

/// <remarks>
/// Optimiser steps work on lists of dense tensors, in place and all at once: entry i of every list belongs to parameter i and has its
/// shape. A list of states that a rule does not need is empty.
/// </remarks>
public abstract partial class Backend
{
    /// <summary>See <see cref="Kernels.SgdStep"/>.</summary>
    public abstract void SgdStep(SgdStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> velocities);

    /// <summary>See <see cref="Kernels.AdamStep"/>; <paramref name="largestSquares"/> are the states of amsgrad.</summary>
    public abstract void AdamStep(
        AdamStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> means, ReadOnlySpan<View> squares, ReadOnlySpan<View> largestSquares);

    /// <summary>See <see cref="Kernels.RmsPropStep"/>; with <paramref name="means"/> it is centered.</summary>
    public abstract void RmsPropStep(
        RmsPropStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> squares, ReadOnlySpan<View> momenta, ReadOnlySpan<View> means);

    /// <summary>See <see cref="Kernels.AdagradStep"/>.</summary>
    public abstract void AdagradStep(AdagradStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> squares);

    /// <summary>
    /// The norm of all elements of all dense tensors together, <c>(sum |x|^order)^(1/order)</c>, or the largest absolute value for an infinite
    /// order, into a view of one element. NaN in any element gives NaN.
    /// </summary>
    public abstract void Norm(ReadOnlySpan<View> tensors, double order, View norm);

    /// <summary>
    /// Multiplies all elements by <c>min(1, maximum / (norm + epsilon))</c>, in place; <paramref name="norm"/> has one element. A norm of NaN
    /// makes them NaN.
    /// </summary>
    public abstract void ScaleToNorm(ReadOnlySpan<View> tensors, View norm, double maximum, double epsilon);
}
