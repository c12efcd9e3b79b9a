namespace RawSer.Gpu.Dialect;

/// <summary>
/// Marks a static method as a kernel: the analyser checks it and everything it calls, and the compiler finds it. The method returns
/// nothing; its parameters are views, numbers, <see cref="SpecializedValue{T}"/> and structs of these.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelAttribute : Attribute
{
    /// <summary>Most threads of a block (<c>.maxntid</c>); 0 leaves it open.</summary>
    public int MaxThreadsPerGroup { get; init; }

    /// <summary>Blocks that a multiprocessor shall hold at least (<c>.minnctapersm</c>); 0 leaves it open.</summary>
    public int MinGroupsPerMultiprocessor { get; init; }
}

/// <summary>
/// Every loop of the method has a number of rounds that is a constant once its calls are inlined, and is unrolled completely; one that
/// has not is a compile error at its line. Loops of the methods it calls are their own matter. ILGPU does not know the attribute and keeps every loop.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnrollAttribute : Attribute
{
    /// <summary>How many loops of the method only the launch knows the rounds of; they stay loops, and more are an error.</summary>
    public int RuntimeLoops { get; init; }
}
