using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void SgdStep(SgdStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> velocities) =>
        Update(new SgdRule(step), parameters, gradients, velocities, default, default);

    /// <inheritdoc/>
    public override void AdamStep(
        AdamStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> means, ReadOnlySpan<View> squares, ReadOnlySpan<View> largestSquares) =>
        Update(new AdamRule(step, !largestSquares.IsEmpty), parameters, gradients, means, squares, largestSquares);

    /// <inheritdoc/>
    public override void RmsPropStep(
        RmsPropStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> squares, ReadOnlySpan<View> momenta, ReadOnlySpan<View> means) =>
        Update(new RmsPropRule(step, !momenta.IsEmpty, !means.IsEmpty), parameters, gradients, squares, momenta, means);

    /// <inheritdoc/>
    public override void AdagradStep(AdagradStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> squares) =>
        Update(new AdagradRule(step), parameters, gradients, squares, default, default);

    /// <inheritdoc/>
    public override void Norm(ReadOnlySpan<View> tensors, double order, View norm)
    {
        if (order == 2)
        {
            NormKernels<SquareTerm>.Run(this, tensors, 2, norm);
        }
        else if (double.IsPositiveInfinity(order))
        {
            NormKernels<LargestTerm>.Run(this, tensors, 0, norm);
        }
        else if (order == 1)
        {
            NormKernels<AbsoluteTerm>.Run(this, tensors, 1, norm);
        }
        else
        {
            NormKernels<PowerTerm>.Run(this, tensors, (float)order, norm);
        }
    }

    /// <inheritdoc/>
    public override void ScaleToNorm(ReadOnlySpan<View> tensors, View norm, double maximum, double epsilon) =>
        ScaleToNormKernel.Run(this, tensors, norm, (float)maximum, (float)epsilon);

    private void Update<TRule>(
        TRule rule, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> first, ReadOnlySpan<View> second, ReadOnlySpan<View> third)
        where TRule : unmanaged, IUpdateRule
    {
        if (Scalars is { IsRecording: false } renewed)
        {
            renewed.Put(rule);
            return;
        }

        using DeviceTensorTable table = DeviceTensorTable.Send(this, rule, parameters, gradients, first, second, third);
        if (table.Parts > 0)
        {
            ArrayView<TRule> numbers = Scalars is null ? table.Header<TRule>() : Scalars.Put(rule);
            switch (first.IsEmpty, second.IsEmpty, third.IsEmpty)
            {
                case (true, _, _): UpdateKernels<TRule, NoStates>.Launch(Gpu, numbers, table); break;
                case (_, true, true): UpdateKernels<TRule, OneState>.Launch(Gpu, numbers, table); break;
                case (_, true, false): UpdateKernels<TRule, FirstAndThirdState>.Launch(Gpu, numbers, table); break;
                case (_, false, true): UpdateKernels<TRule, TwoStates>.Launch(Gpu, numbers, table); break;
                default: UpdateKernels<TRule, ThreeStates>.Launch(Gpu, numbers, table); break;
            }
        }
    }
}
