namespace RawSer.Optim;

/// <summary>Parameters that are trained with the same rates.</summary>
/// <param name="parameters">Leaves that require gradients; those without one in a step are left alone in it.</param>
/// <param name="learningRate">Step size.</param>
public sealed class ParameterGroup(IEnumerable<Tensor> parameters, double learningRate)
{
    /// <summary>The parameters.</summary>
    public IReadOnlyList<Tensor> Parameters { get; } = [.. parameters];

    /// <summary>Step size; schedules change it.</summary>
    public double LearningRate { get; set; } = learningRate;

    /// <summary>Weight decay of this group, in place of the optimiser's.</summary>
    public double? WeightDecay { get; init; }
}
