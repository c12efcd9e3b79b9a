namespace RawSer.Gpu.Emulator;

/// <summary>What a kernel did wrong.</summary>
public enum EmulatorFaultKind
{
    /// <summary>An access outside of all live allocations.</summary>
    GlobalOutOfBounds,

    /// <summary>An access beyond the block's shared memory.</summary>
    SharedOutOfBounds,

    /// <summary>An access beyond the function's local variables.</summary>
    LocalOutOfBounds,

    /// <summary>An access beyond the constants or the parameters.</summary>
    ConstOutOfBounds,

    /// <summary>An address that is no multiple of the access's size.</summary>
    Misaligned,

    /// <summary>A write to constant memory.</summary>
    ConstWrite,

    /// <summary>Two threads access a byte of shared memory, one of them writes, and nothing orders them.</summary>
    SharedRace,

    /// <summary>Shared memory that nobody wrote was used.</summary>
    UninitialisedShared,

    /// <summary>Global memory that nobody wrote was used.</summary>
    UninitialisedGlobal,

    /// <summary>Local memory that was not written was used.</summary>
    UninitialisedLocal,

    /// <summary>A register that was not written was used.</summary>
    UninitialisedRegister,

    /// <summary>All threads that have not exited wait.</summary>
    BarrierDeadlock,

    /// <summary>Threads that must reach one barrier together wait at different places.</summary>
    DivergentBarrier,

    /// <summary>Lanes named in the mask of a warp instruction cannot reach it.</summary>
    DivergentShuffle,

    /// <summary>A lane executes a warp instruction whose mask leaves it out.</summary>
    ShuffleMask,

    /// <summary>A value was used that came from a lane which did not take part.</summary>
    ShuffleInactive,

    /// <summary>The launch executed more instructions than allowed.</summary>
    StepLimit,

    /// <summary>Calls nest too deeply.</summary>
    StackOverflow,

    /// <summary>An integer was divided by zero.</summary>
    DivisionByZero,

    /// <summary>The kernel executed trap.</summary>
    Trap,

    /// <summary>ld.global.nc read memory that the same launch writes.</summary>
    ReadonlyWritten,

    /// <summary>A call or a branch to no valid target.</summary>
    BadTarget,
}

/// <summary>A kernel failed in the emulator. Names what, where in the PTX text, and which thread.</summary>
public sealed class EmulatorFaultException : KernelFaultException
{
    internal EmulatorFaultException(EmulatorFaultKind kind, string kernel, int line, Dim3 block, Dim3 thread, int linearThread, string detail)
        : base($"{kernel}, PTX line {line}, block {block}, thread {thread}: {kind}: {detail}")
    {
        (Kind, Kernel, Line, Block, Thread, LinearThread, Detail) = (kind, kernel, line, block, thread, linearThread, detail);
    }

    /// <summary>What was wrong.</summary>
    public EmulatorFaultKind Kind { get; }

    /// <summary>The kernel that was launched.</summary>
    public string Kernel { get; }

    /// <summary>Line of the PTX text, from 1.</summary>
    public int Line { get; }

    /// <summary>Block of the grid.</summary>
    public Dim3 Block { get; }

    /// <summary>Thread of the block.</summary>
    public Dim3 Thread { get; }

    /// <summary>The thread's number in its block: x first.</summary>
    public int LinearThread { get; }

    /// <summary>The message without its place.</summary>
    public string Detail { get; }
}
