namespace RawSer.Kernels;

/// <summary>Class indices that a loss is given.</summary>
internal static class CrossEntropyTargets
{
    /// <summary>Refuses a target that is no class.</summary>
    public static void Check(long target, long classes, long item, long ignoreIndex)
    {
        if ((ulong)target >= (ulong)classes)
        {
            throw Refusal(target, classes, item, ignoreIndex);
        }
    }

    /// <summary>The error of a target that is no class.</summary>
    public static ArgumentOutOfRangeException Refusal(long target, long classes, long item, long ignoreIndex) => new(
        nameof(target), $"cross_entropy: target {target} of item {item}, expected a class from 0 to {classes - 1} or the ignored index {ignoreIndex}");
}
