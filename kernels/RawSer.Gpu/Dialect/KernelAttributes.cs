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
/// Loops of the method whose number of rounds is a constant are unrolled completely, however long; a loop that is not constant stays
/// a loop. ILGPU does not know the attribute and keeps every loop.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnrollAttribute : Attribute;
