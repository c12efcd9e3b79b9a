using System.Reflection;

namespace RawSer.Gpu.Compiler;

/// <summary>Types of values in registers. Booleans of comparisons are predicates; 8 and 16 bit integers are widened to 32.</summary>
internal enum Ty : byte
{
    None,
    Pred,
    I32,
    I64,
    F32,
    F64,
    Ptr,
    Tuple,
}

/// <summary>Types of values in memory.</summary>
internal enum Mem : byte
{
    I8,
    U8,
    I16,
    U16,
    I32,
    I64,
    F32,
    F64,
    Ptr,
}

/// <summary>
/// What an instruction does. Arithmetic is polymorphic over <see cref="Ty"/>; signedness that matters is in the name.
/// </summary>
internal enum Op : byte
{
    Nop,

    // Values that belong to no block: they are interned, and available everywhere.
    Const,      // Imm: the bits
    Param,      // Imm: index into IrFunction.Parameters; Mem
    Special,    // Imm: a SpecialRegister
    SlotAddr,   // Imm: index into IrFunction.Slots
    SharedAddr, // Imm: index into IrFunction.Shared

    Phi,        // one argument per predecessor, in the order of Block.Preds
    Add, Sub, Mul, Neg, Abs, Min, Max, MinU, MaxU,
    MulHi, MulHiU, Div, DivU, Rem, RemU,
    And, Or, Xor, Not, Shl, Shr, ShrU,
    Popc, Clz, Reverse,
    Fma, Sqrt, Floor, Ceil, Trunc, Round,
    Cmp,        // Imm: a Cond; the type compared is that of the arguments
    Select,     // predicate, value if true, value if false

    // Conversions; the source type is that of the argument.
    SExt, ZExt, Narrow, Ext8, Ext8U, Ext16, Ext16U,
    IntToFloat, UIntToFloat, FloatToInt, FloatToUInt, FloatToFloat, HalfToFloat, FloatToHalf,
    Bitcast, BoolToInt, PtrToInt, IntToPtr,

    Assume,     // pointer; Imm: a power of two that it is a multiple of
    PtrAdd,     // base, optionally a 64-bit count of bytes; Imm: a constant number of bytes on top
    Load,       // address; Imm: offset; Mem. With a predicate: address, predicate, value if false
    Store,      // address, value; Imm: offset; Mem. With a predicate: address, value, predicate
    LoadVec,    // address[, predicate, otherwise]; Imm: offset; Mem; Aux: elements. Yields a tuple
    StoreVec,   // address, values[, predicate]; Imm: offset; Mem; Aux: elements
    Extract,    // tuple; Imm: element
    Atomic,     // address, value[, value stored on equality]; Aux: an AtomicKind; Imm: offset; Mem
    Asm,        // inputs; Aux: index into IrFunction.AsmTexts
    Unsupported, // Aux: index into IrFunction.Messages: an error when it survives optimisation
}

/// <summary>Comparisons. For floats the U forms are also true when an operand is NaN; Eq is ordered and Ne is not.</summary>
internal enum Cond : byte
{
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    LtU,
    LeU,
    GtU,
    GeU,
}

/// <summary>Read-modify-write operations in memory.</summary>
internal enum AtomicKind : byte
{
    Add,
    Min,
    Max,
    MinU,
    MaxU,
    And,
    Or,
    Xor,
    Exchange,
    CompareExchange,
}

/// <summary>Where a pointer points.</summary>
internal enum Space : byte
{
    Unknown,
    Global,
    Shared,
    Local,
}

/// <summary>Registers that the hardware fills.</summary>
internal enum SpecialRegister : byte
{
    TidX, TidY, TidZ,
    NtidX, NtidY, NtidZ,
    CtaidX, CtaidY, CtaidZ,
    NctaidX, NctaidY, NctaidZ,
    LaneId, DynamicSharedSize,
}

/// <summary>How a block ends.</summary>
internal enum Term : byte
{
    None,
    Jump,        // Succ[0]
    Branch,      // Cond ? Succ[0] : Succ[1]
    Switch,      // Succ[Cond] for Cond below Succ.Length - 1, else the last one
    Return,
    Unreachable, // assumed not to happen; a trap in debug builds
}

/// <summary>Modifiers of memory accesses.</summary>
[Flags]
internal enum Access : byte
{
    None = 0,
    Volatile = 1,
    ReadOnly = 2,
    Predicated = 4,
}

/// <summary>One instruction, which is also the value it yields. Its number is its index in the function.</summary>
internal struct Instr
{
    public Op Op;
    public Ty Type;
    public Mem Mem;
    public Access Access;

    /// <summary>For loads and stores: a power of two that address plus offset is known to be a multiple of.</summary>
    public byte Align;
    public int Aux;
    public int Source;
    public long Imm;
    public int[] Args;
}

/// <summary>A straight run of instructions, phis first, and how it ends.</summary>
internal sealed class Block(int id)
{
    public readonly int Id = id;
    public List<int> Code = [];
    public readonly List<int> Preds = [];
    public Term Term;
    public int Cond = -1;
    public int[] Succ = [];
    public int Source = -1;
}

/// <summary>Memory of one thread: a local variable or a local array. Most of it becomes registers (<see cref="Promotion"/>).</summary>
/// <param name="Size">Its bytes.</param>
/// <param name="Align">A power of two that its address is a multiple of.</param>
/// <param name="Kind">What it is, in words.</param>
/// <param name="Source">Where it is made.</param>
/// <param name="Number">Which of its kind, or -1.</param>
/// <param name="Of">The method it belongs to, or its type or field, or null.</param>
internal sealed record Slot(int Size, int Align, string Kind, int Source, int Number = -1, MemberInfo? Of = null)
{
    /// <summary>As messages call it; few slots need a name.</summary>
    public string Name
    {
        get
        {
            var kind = Number < 0 ? Kind : $"{Kind} {Number}";
            return Of switch { null => kind, MethodBase method => $"{kind} of {KernelCompiler.Describe(method)}", _ => $"{kind} {Of.Name}" };
        }
    }
}

/// <summary>Static shared memory.</summary>
internal sealed record SharedVariable(int Size, int Align);

/// <summary>One scalar of a kernel parameter.</summary>
/// <param name="Index">The parameter.</param>
/// <param name="Offset">Bytes into the parameter.</param>
/// <param name="Mem">Its type.</param>
/// <param name="Align">What a pointer is known to be a multiple of.</param>
internal sealed record ParameterLeaf(int Index, int Offset, Mem Mem, int Align);

/// <summary>What the compiler must know about a piece of PTX that it only passes on.</summary>
[Flags]
internal enum AsmEffects : byte
{
    /// <summary>Yields the same for the same inputs and does nothing else.</summary>
    Pure = 0,

    /// <summary>Reads memory.</summary>
    Reads = 1,

    /// <summary>Writes memory, or orders accesses.</summary>
    Writes = 2,

    /// <summary>The threads of a warp or block take part together: never moved into or out of control flow.</summary>
    Convergent = 4,

    /// <summary>All threads of the block must arrive: an error in divergent code.</summary>
    BlockBarrier = 8,
}

/// <summary>PTX with operands %0, %1, …: the outputs first, then the inputs.</summary>
/// <param name="Text">One or more statements.</param>
/// <param name="Outputs">Register types of the outputs.</param>
/// <param name="Inputs">Register types the inputs are passed in.</param>
/// <param name="Effects">What it does beside its outputs.</param>
/// <param name="MinSm">Compute capability it needs.</param>
/// <param name="MinPtx">PTX version it needs.</param>
/// <param name="Tied">For each output the input whose value its register holds at the start, or -1.</param>
internal sealed record AsmText(string Text, Ty[] Outputs, Ty[] Inputs, AsmEffects Effects, int MinSm = 70, int MinPtx = 63, int[]? Tied = null);
