namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
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
            *norm.Pointer<float>() = (float)Math.Sqrt(SumParts(new SquaredSize(), tensors));
        }
        else if (double.IsPositiveInfinity(order))
        {
            *norm.Pointer<float>() = (float)SumParts(new LargestSize(), tensors);
        }
        else if (order == 1)
        {
            *norm.Pointer<float>() = (float)SumParts(new AbsoluteSize(), tensors);
        }
        else
        {
            *norm.Pointer<float>() = (float)Math.Pow(SumParts(new PowerOfSize(order), tensors), 1 / order);
        }
    }

    /// <inheritdoc/>
    public override void ScaleToNorm(ReadOnlySpan<View> tensors, View norm, double maximum, double epsilon)
    {
        double factor = Math.Min(1, maximum / (*norm.Pointer<float>() + epsilon));
        if (factor != 1)
        {
            Update(new ScaleRule((float)factor), tensors, tensors, default, default, default);
        }
    }

    private static void Update<TRule>(
        TRule rule, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> first, ReadOnlySpan<View> second, ReadOnlySpan<View> third)
        where TRule : struct, IUpdateRule
    {
        TensorTable table = new(parameters, gradients, first, second, third);
        WorkerPool.Shared.Run(table.PartCount, new UpdatePart<TRule>(table, rule));
    }

    private static double SumParts<TSize>(TSize size, ReadOnlySpan<View> tensors) where TSize : struct, ITensorSize
    {
        TensorTable table = new(tensors, default, default, default, default);
        double* sums = (double*)ThreadScratch.Floats(ThreadScratch.Use.Partial, Math.Max(1, table.PartCount * (sizeof(double) / sizeof(float))));
        WorkerPool.Shared.Run(table.PartCount, new SizePart<TSize>(table, size, sums));
        double total = 0;
        for (int part = 0; part < table.PartCount; part++)
        {
            total = size.Combine(total, sums[part]);
        }

        return total;
    }
}
