namespace RawSer.Gpu.Emulator;

/// <summary>State spaces of PTX.</summary>
internal enum StateSpace : byte
{
    Generic,
    Global,
    Shared,
    Local,
    Const,
    Param,
    Register,
}

/// <summary>Fundamental types: bit size and interpretation.</summary>
internal readonly record struct PtxType(char Kind, int Bits)
{
    /// <summary>Predicates.</summary>
    public static readonly PtxType Predicate = new('p', 1);

    /// <summary>Bytes in memory.</summary>
    public int Bytes => Bits / 8;

    /// <summary>Signed integers.</summary>
    public bool IsSigned => Kind == 's';

    /// <summary>Floating point of any format, packed pairs included.</summary>
    public bool IsFloat => Kind is 'f' or 'h' or 't' or 'H' or 'B';

    /// <summary>b: bits, u: unsigned, s: signed, f: IEEE (16, 32, 64), h: bf16, t: tf32, H: f16x2, B: bf16x2, p: predicate.</summary>
    public static PtxType? Parse(string name) => name switch
    {
        "pred" => Predicate,
        "b8" => new('b', 8),
        "b16" => new('b', 16),
        "b32" => new('b', 32),
        "b64" => new('b', 64),
        "b128" => new('b', 128),
        "u8" => new('u', 8),
        "u16" => new('u', 16),
        "u32" => new('u', 32),
        "u64" => new('u', 64),
        "s8" => new('s', 8),
        "s16" => new('s', 16),
        "s32" => new('s', 32),
        "s64" => new('s', 64),
        "f16" => new('f', 16),
        "f32" => new('f', 32),
        "f64" => new('f', 64),
        "f16x2" => new('H', 32),
        "bf16" => new('h', 16),
        "bf16x2" => new('B', 32),
        "tf32" => new('t', 32),
        "u16x2" => new('U', 32),
        "s16x2" => new('S', 32),
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Kind}{Bits}";
}

/// <summary>A value of an initialiser: bits, or the address of a symbol plus an offset.</summary>
internal readonly record struct InitialValue(ulong Bits, NumberKind Kind, string? Symbol, bool Generic);

/// <summary>A declared variable: a register, or memory in a state space.</summary>
internal sealed class PtxVariable
{
    public required string Name { get; init; }

    public required StateSpace Space { get; init; }

    public required PtxType Type { get; init; }

    public int Alignment { get; set; } = 1;

    /// <summary>Bytes; 0 for an array without size.</summary>
    public long Size { get; set; }

    public bool IsExternal { get; init; }

    public bool IsArrayWithoutSize { get; init; }

    public List<InitialValue>? Initial { get; set; }

    /// <summary>The function it was declared in, or null for a variable of the module.</summary>
    public PtxFunction? Owner { get; init; }

    public int Line { get; init; }
}

/// <summary>Where names are looked up: a function's body or a block in braces inside it.</summary>
internal sealed class PtxScope(PtxScope? parent)
{
    private readonly Dictionary<string, (int Count, PtxType Type)> _ranges = new(StringComparer.Ordinal);

    public PtxScope? Parent { get; } = parent;

    public Dictionary<string, PtxVariable> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>Labels: index of the next instruction.</summary>
    public Dictionary<string, int> Labels { get; } = new(StringComparer.Ordinal);

    /// <summary>Lists of labels for brx.idx.</summary>
    public Dictionary<string, List<string>> Targets { get; } = new(StringComparer.Ordinal);

    /// <summary>Declares <c>%r&lt;n&gt;</c>.</summary>
    public void DeclareRange(string prefix, int count, PtxType type) => _ranges[prefix] = (count, type);

    /// <summary>Finds a variable in this scope or around it.</summary>
    public PtxVariable? Find(string name, PtxFunction owner)
    {
        for (PtxScope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Variables.TryGetValue(name, out PtxVariable? variable) || scope.FindInRange(name, owner, out variable))
            {
                return variable;
            }
        }

        return null;
    }

    /// <summary>The index of the instruction a label stands at.</summary>
    public int? FindLabel(string name)
    {
        for (PtxScope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Labels.TryGetValue(name, out int at))
            {
                return at;
            }
        }

        return null;
    }

    /// <summary>A list of branch targets by its label.</summary>
    public List<string>? FindTargets(string name)
    {
        for (PtxScope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.Targets.TryGetValue(name, out List<string>? targets))
            {
                return targets;
            }
        }

        return null;
    }

    private bool FindInRange(string name, PtxFunction owner, out PtxVariable? variable)
    {
        variable = null;
        int digits = name.Length;
        while (digits > 0 && char.IsAsciiDigit(name[digits - 1]))
        {
            digits--;
        }

        // The digits may belong to the prefix: %r1<3> declares %r10 to %r12.
        for (int at = digits; at < name.Length; at++)
        {
            if (_ranges.TryGetValue(name[..at], out var range) && int.TryParse(name.AsSpan(at), out int index) && index < range.Count)
            {
                variable = new PtxVariable { Name = name, Space = StateSpace.Register, Type = range.Type, Owner = owner };
                Variables.Add(name, variable);
                return true;
            }
        }

        return false;
    }
}

/// <summary>A kernel or a function.</summary>
internal sealed class PtxFunction
{
    public required string Name { get; init; }

    public bool IsKernel { get; init; }

    public int Line { get; init; }

    public List<PtxVariable> Parameters { get; } = [];

    public List<PtxVariable> Results { get; } = [];

    public List<PtxInstruction> Body { get; } = [];

    /// <summary>Shared and local variables and parameters of calls, in the order of their declaration.</summary>
    public List<PtxVariable> Memory { get; } = [];

    public bool IsDefined { get; set; }

    /// <summary>.maxntid or .reqntid: most threads of a block, 0 if not given.</summary>
    public int MaxThreads { get; set; }

    /// <summary>.reqntid: the only block allowed.</summary>
    public Dim3? RequiredBlock { get; set; }
}

/// <summary>Kinds of operands.</summary>
internal enum OperandKind
{
    Register,
    Number,
    Symbol,
    Address,
    Vector,
    List,
    Sink,
}

/// <summary>An operand as written.</summary>
internal sealed class PtxOperand
{
    public required OperandKind Kind { get; init; }

    /// <summary>The variable of a register, a symbol or an address's base; null if the name is a function or a label.</summary>
    public PtxVariable? Variable { get; init; }

    /// <summary>The name of a symbol.</summary>
    public string Name { get; init; } = "";

    /// <summary>Bits of a literal; the offset of an address or a symbol.</summary>
    public ulong Bits { get; init; }

    public NumberKind Number { get; init; }

    /// <summary><c>!%p</c>.</summary>
    public bool Negated { get; init; }

    /// <summary>The second destination in <c>%r|%p</c>.</summary>
    public PtxOperand? Second { get; set; }

    /// <summary>Parts of <c>{a, b}</c> or <c>(a, b)</c>.</summary>
    public List<PtxOperand> Parts { get; init; } = [];
}

/// <summary>An instruction as written.</summary>
internal sealed class PtxInstruction
{
    public required string Opcode { get; init; }

    /// <summary>The opcode's name and modifiers.</summary>
    public required string[] Words { get; init; }

    public PtxVariable? Guard { get; init; }

    public bool GuardNegated { get; init; }

    public List<PtxOperand> Operands { get; } = [];

    public required PtxScope Scope { get; init; }

    public int Line { get; init; }

    public bool Has(string modifier) => Array.IndexOf(Words, modifier) > 0;

    /// <summary>The types among the modifiers, in order.</summary>
    public PtxType[] Types() => [.. Words.Skip(1).Select(PtxType.Parse).OfType<PtxType>()];
}

/// <summary>A PTX module as written.</summary>
internal sealed class PtxSource
{
    public int Version { get; set; }

    public int Target { get; set; }

    public Dictionary<string, PtxVariable> Variables { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, PtxFunction> Functions { get; } = new(StringComparer.Ordinal);
}
