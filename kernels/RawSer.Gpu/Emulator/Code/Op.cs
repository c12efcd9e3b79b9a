namespace RawSer.Gpu.Emulator;

/// <summary>What the interpreter does with an operation.</summary>
internal enum OpKind : byte
{
    Alu,
    Divide,
    Move,
    Load,
    Store,
    Atomic,
    AsyncCopy,
    AsyncCommit,
    AsyncWait,
    Branch,
    BranchTable,
    Call,
    Return,
    Exit,
    Barrier,
    WarpBarrier,
    Shuffle,
    Vote,
    Match,
    Redux,
    ActiveMask,
    LoadMatrix,
    Mma,
    Fence,
    Trap,
    Clock,
    IsSpace,
    ToSpace,
}

/// <summary>How undefined bytes travel from the sources to the destination; see <see cref="Definedness"/>.</summary>
internal enum Travel : byte
{
    /// <summary>One undefined byte makes the whole result undefined.</summary>
    All,

    /// <summary>Each byte of the result depends on the same byte of the sources.</summary>
    Bytewise,

    /// <summary>The result is one of two sources, by a predicate.</summary>
    Select,

    /// <summary>Integer conversion: low bytes pass.</summary>
    Convert,

    /// <summary>Shift by C# semantics of shl or shr with a defined count.</summary>
    ShiftLeft,
    ShiftRight,

    /// <summary>Bit field: position B, length C.</summary>
    Extract,

    /// <summary>prmt with a defined selector.</summary>
    Permute,
}

/// <summary>
/// A decoded operation. Registers are byte offsets into a frame's register file, where a 32-bit register is 32 lanes of 4 bytes, a
/// 64-bit one 32 lanes of 8 bytes and a predicate one word with a bit per lane. The numbers that end in U count the same registers
/// for <see cref="Frame.Undefined"/>.
/// </summary>
internal unsafe struct Op
{
    /// <summary>Computes D from A, B and C for the lanes of a mask.</summary>
    public delegate*<byte*, Op*, uint, void> Run;

    /// <summary>Destination and sources: offsets of registers.</summary>
    public int D, A, B, C;

    /// <summary>The same registers by number.</summary>
    public int DU, AU, BU, CU;

    /// <summary>Offset of an address, or a constant of the operation.</summary>
    public long Immediate;

    /// <summary>The guard predicate's offset, or -1, and its number.</summary>
    public int Guard, GuardU;

    /// <summary>Target of a branch; where its lanes meet again, or -1.</summary>
    public int Target, Join;

    /// <summary>Index of further data in <see cref="CodeFunction.Extras"/>.</summary>
    public int Extra;

    /// <summary>Line of the PTX text.</summary>
    public int Line;

    /// <summary>What to do.</summary>
    public OpKind Kind;

    /// <summary>How undefined bytes travel.</summary>
    public Travel Travel;

    /// <summary>The guard counts when false.</summary>
    public bool GuardNegated;

    /// <summary>State space of an access.</summary>
    public StateSpace Space;

    /// <summary>Bytes of an element in memory, and how many there are.</summary>
    public byte Bytes, Count;

    /// <summary>Bytes of a lane of D (or of what is stored).</summary>
    public byte Width;

    /// <summary>Sign-extend what is loaded; source is signed.</summary>
    public bool Signed;

    /// <summary>Family-specific choice.</summary>
    public int Choice;

    /// <summary>Modifiers of accesses.</summary>
    public AccessFlags Flags;
}

/// <summary>Modifiers of memory accesses.</summary>
[Flags]
internal enum AccessFlags : byte
{
    None = 0,

    /// <summary>volatile, relaxed, acquire, release: an access that may synchronise.</summary>
    Strong = 1,

    /// <summary>ld.global.nc.</summary>
    ReadOnly = 2,

    /// <summary>The address register has 32 bits.</summary>
    Address32 = 4,

    /// <summary>B is negated (a predicate operand), or another choice of the family.</summary>
    Negated = 8,
}

/// <summary>A register by offset, number and bytes of a lane (0 for a predicate).</summary>
internal readonly record struct Slot(int Offset, int Number, int Width);

/// <summary>What does not fit into an <see cref="Op"/>: lists of registers, labels, functions.</summary>
internal sealed class OpExtra
{
    public Slot[] Slots { get; init; } = [];

    /// <summary>Further lists of registers: the sources of mma, the clamp of shfl.</summary>
    public Slot[] More { get; init; } = [];

    /// <inheritdoc cref="More"/>
    public Slot[] Third { get; init; } = [];

    /// <inheritdoc cref="More"/>
    public Slot[] Fourth { get; init; } = [];

    public int[] Targets { get; init; } = [];

    public CodeFunction? Callee { get; init; }

    /// <summary>Storage of the arguments and results in the caller's frame.</summary>
    public (int Offset, int Bytes)[] Arguments { get; init; } = [];

    public (int Offset, int Bytes)[] Results { get; init; } = [];

    /// <summary>Types of mma: result, a, b, addend.</summary>
    public PtxType[] Types { get; init; } = [];
}
