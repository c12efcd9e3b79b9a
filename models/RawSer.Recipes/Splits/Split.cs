namespace RawSer.Recipes.Splits;

/// <summary>A part of a split.</summary>
public enum SplitPart
{
    /// <summary>The weights learn from it.</summary>
    Train,

    /// <summary>It decides when to stop and which weights to keep.</summary>
    Validation,

    /// <summary>It is looked at once, at the end.</summary>
    Test,
}

/// <summary>Clips divided into three parts; the numbers are positions in the list of clips, in ascending order.</summary>
/// <param name="Train">Training clips.</param>
/// <param name="Validation">Validation clips.</param>
/// <param name="Test">Test clips.</param>
public sealed record Split(IReadOnlyList<int> Train, IReadOnlyList<int> Validation, IReadOnlyList<int> Test)
{
    /// <summary>The clips of a part.</summary>
    public IReadOnlyList<int> this[SplitPart part] => part switch { SplitPart.Train => Train, SplitPart.Validation => Validation, _ => Test };
}
