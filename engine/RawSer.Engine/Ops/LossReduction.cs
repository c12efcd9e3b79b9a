namespace RawSer;

/// <summary>What a loss makes of the losses of its items.</summary>
public enum LossReduction
{
    /// <summary>The mean; where items have weights, the sum over the sum of the weights.</summary>
    Mean,

    /// <summary>The sum.</summary>
    Sum,

    /// <summary>A loss per item.</summary>
    None,
}
