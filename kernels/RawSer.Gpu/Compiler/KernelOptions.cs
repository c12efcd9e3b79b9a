namespace RawSer.Gpu.Compiler;

/// <summary>What a kernel is compiled for.</summary>
public sealed record KernelOptions
{
    /// <summary>Compute capability the code may use, as one number: 80 for 8.0. The text's <c>.target</c> is the lowest that has what
    /// the kernel uses, so that it runs on older devices where it can.</summary>
    public int TargetSm { get; init; } = 70;

    /// <summary>Whether an index outside of a view traps, and code that C# would leave by an exception.</summary>
    public bool DebugBounds { get; init; }

    /// <summary>Parameters that are constants in the compiled kernel, by name. They stay in the parameter list and are not read.</summary>
    public IReadOnlyDictionary<string, object>? Specialised { get; init; }

    /// <summary>Threads of a block, when every launch has the same: <c>Group.DimX</c> and so on are constants then.</summary>
    public Dim3? GroupShape { get; init; }

    /// <summary>Most threads of a block (<c>.maxntid</c>); 0 takes it from the kernel's attribute or <see cref="GroupShape"/>.</summary>
    public int MaxThreads { get; init; }

    /// <summary>Blocks that a multiprocessor shall hold at least (<c>.minnctapersm</c>); 0 takes it from the kernel's attribute.</summary>
    public int MinBlocks { get; init; }

    /// <summary>Whether <see cref="CompiledKernel.Ir"/> is wanted.</summary>
    public bool KeepIr { get; init; }

    /// <summary>Whether an array that stays in local memory is an error; otherwise it is a diagnostic.</summary>
    public bool ForbidLocalMemory { get; init; }
}
