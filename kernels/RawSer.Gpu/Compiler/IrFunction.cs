using System.Runtime.InteropServices;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// A kernel in SSA form: instructions in one growing array, named by their index, and blocks that list them. New instructions go
/// through Emit, which first asks <see cref="Folding"/> whether the value exists already or is a constant.
/// A value is replaced by another in constant time (<see cref="Replace"/>); whoever reads an argument resolves it.
/// </summary>
internal sealed class IrFunction : IDisposable
{
    private const int MostSpare = 1 << 17;

    private static readonly int[] NoArgs = [];

    /// <summary>The arrays of the compilation before: they are large objects, and to make them anew each time would be a full collection each time.</summary>
    [ThreadStatic]
    private static (Instr[] Code, int[] Forward)? s_spare;

    private readonly Dictionary<(Op, Ty, Mem, long), int> _interned = [];
    private Instr[] _code;
    private int[] _forward;

    public readonly List<Block> Blocks = [];
    public readonly List<Slot> Slots = [];
    public readonly List<SharedVariable> Shared = [];
    public readonly List<ParameterLeaf> Parameters = [];
    public readonly List<AsmText> AsmTexts = [];
    public readonly List<string> Messages = [];

    /// <summary>Where Emit appends.</summary>
    public List<int> At = [];

    /// <summary>Source number given to new instructions.</summary>
    public int Source = -1;

    public IrFunction()
    {
        (_code, _forward) = s_spare ?? (new Instr[1024], new int[1024]);
        s_spare = null;
    }

    /// <summary>Number of instructions ever made.</summary>
    public int Count { get; private set; }

    /// <summary>The instruction of a value. The reference is invalid once another instruction is made.</summary>
    public ref Instr this[int value] => ref _code[value];

    /// <summary>Leaves the arrays to the thread's next compilation.</summary>
    public void Dispose()
    {
        if (_code.Length <= MostSpare)
        {
            Array.Clear(_code, 0, Count);
            s_spare = (_code, _forward);
        }

        (_code, _forward) = ([], []);
    }

    public Block NewBlock()
    {
        var block = new Block(Blocks.Count);
        Blocks.Add(block);
        return block;
    }

    /// <summary>The value that stands for another now.</summary>
    public int Resolve(int value)
    {
        while (_forward[value] >= 0)
        {
            var next = _forward[value];
            if (_forward[next] >= 0)
            {
                _forward[value] = _forward[next];
            }

            value = next;
        }

        return value;
    }

    /// <summary>From now on, <paramref name="replacement"/> stands for <paramref name="value"/>.</summary>
    public void Replace(int value, int replacement)
    {
        replacement = Resolve(replacement);
        if (value != replacement)
        {
            _forward[value] = replacement;
            _code[value].Op = Op.Nop;
        }
    }

    /// <summary>Resolves an instruction's arguments.</summary>
    public void ResolveArgs(int value)
    {
        var args = _code[value].Args;
        for (var i = 0; i < args.Length; i++)
        {
            args[i] = Resolve(args[i]);
        }
    }

    /// <summary>Makes an instruction without placing it.</summary>
    public int New(in Instr instruction)
    {
        if (Count == _code.Length)
        {
            Array.Resize(ref _code, 2 * Count);
            Array.Resize(ref _forward, 2 * Count);
        }

        _code[Count] = instruction;
        _forward[Count] = -1;
        return Count++;
    }

    /// <summary>
    /// Drops the instructions that no block has, so that tables by value are as small as the program is: unrolling leaves several times as
    /// many behind. Values keep their order. Nothing dead may be placed, as after <see cref="Simplification.Run"/>.
    /// </summary>
    public void Compact()
    {
        var moved = new int[Count]; // of each value: 1 when it stays, then its new number
        foreach (var value in _interned.Values)
        {
            moved[value] = 1;
        }

        foreach (var block in Blocks)
        {
            block.Code.RemoveAll(v => _code[v].Op == Op.Nop);
            foreach (var v in block.Code)
            {
                ResolveArgs(v);
                moved[v] = 1;
            }

            block.Cond = block.Term == Term.Branch ? Resolve(block.Cond) : -1;
        }

        var count = 0;
        for (var v = 0; v < moved.Length; v++)
        {
            if (moved[v] != 0)
            {
                _code[count] = _code[v];
                moved[v] = count++;
            }
        }

        Array.Clear(_code, count, Count - count);
        Array.Fill(_forward, -1, 0, count);
        foreach (var (key, value) in _interned)
        {
            _interned[key] = moved[value];
        }

        foreach (var block in Blocks)
        {
            foreach (ref var v in CollectionsMarshal.AsSpan(block.Code))
            {
                v = moved[v];
                foreach (ref var a in _code[v].Args.AsSpan())
                {
                    a = moved[a];
                }
            }

            block.Cond = block.Cond >= 0 ? moved[block.Cond] : -1;
        }

        Count = count;
    }

    /// <summary>Appends an instruction to <see cref="At"/>, or finds the value it would yield.</summary>
    public int Emit(Instr instruction)
    {
        instruction.Source = Source;
        instruction.Args ??= NoArgs;
        var folded = Folding.Fold(this, ref instruction);
        if (folded >= 0)
        {
            return folded;
        }

        var value = New(instruction);
        At.Add(value);
        return value;
    }

    public int Emit(Op op, Ty type, params ReadOnlySpan<int> args) => Emit(new Instr { Op = op, Type = type, Args = args.ToArray() });

    public int EmitImm(Op op, Ty type, long imm, params ReadOnlySpan<int> args) => Emit(new Instr { Op = op, Type = type, Imm = imm, Args = args.ToArray() });

    /// <summary>A value that belongs to no block.</summary>
    public int Intern(Op op, Ty type, long imm, Mem mem = default)
    {
        ref var value = ref CollectionsMarshal.GetValueRefOrAddDefault(_interned, (op, type, mem, imm), out var found);
        if (!found)
        {
            value = New(new Instr { Op = op, Type = type, Mem = mem, Imm = imm, Args = NoArgs, Source = -1 });
        }

        return value;
    }

    public int Const(Ty type, long bits) => Intern(Op.Const, type, type is Ty.I32 or Ty.F32 ? (int)bits : bits);

    public int Int(int value) => Const(Ty.I32, value);

    public int Long(long value) => Const(Ty.I64, value);

    public int Float(float value) => Const(Ty.F32, BitConverter.SingleToInt32Bits(value));

    public int Bool(bool value) => Const(Ty.Pred, value ? 1 : 0);

    public int Compare(Cond cond, int a, int b) => EmitImm(Op.Cmp, Ty.Pred, (long)cond, a, b);

    public bool IsConst(int value) => _code[value].Op == Op.Const;

    public bool IsConst(int value, out long bits)
    {
        bits = _code[value].Imm;
        return _code[value].Op == Op.Const;
    }

    /// <summary>Whether the value belongs to no block.</summary>
    public bool IsFloating(int value) => _code[value].Op is >= Op.Const and <= Op.SharedAddr;

    /// <summary>Whether the value depends on its arguments alone and the instruction does nothing else.</summary>
    public bool IsPure(int value)
    {
        ref var x = ref _code[value];
        return x.Op switch
        {
            Op.Load or Op.LoadVec or Op.Store or Op.StoreVec or Op.Atomic or Op.Unsupported => false,
            Op.Asm => AsmTexts[x.Aux].Effects == AsmEffects.Pure,
            _ => true,
        };
    }

    /// <summary>Whether the instruction must stay although nobody uses its value.</summary>
    public bool HasEffect(int value)
    {
        ref var x = ref _code[value];
        return x.Op switch
        {
            Op.Store or Op.StoreVec or Op.Atomic or Op.Unsupported => true,
            Op.Load or Op.LoadVec => (x.Access & Access.Volatile) != 0,
            Op.Asm => (AsmTexts[x.Aux].Effects & ~AsmEffects.Reads) != 0,
            _ => false,
        };
    }

    /// <summary>Whether the instruction writes memory or orders accesses.</summary>
    public bool WritesMemory(int value)
    {
        ref var x = ref _code[value];
        return x.Op is Op.Store or Op.StoreVec or Op.Atomic || (x.Op == Op.Asm && (AsmTexts[x.Aux].Effects & AsmEffects.Writes) != 0);
    }

    public static Ty RegisterOf(Mem mem) => mem switch
    {
        Mem.I64 => Ty.I64,
        Mem.F32 => Ty.F32,
        Mem.F64 => Ty.F64,
        Mem.Ptr => Ty.Ptr,
        _ => Ty.I32,
    };

    public static int SizeOf(Mem mem) => mem switch
    {
        Mem.I8 or Mem.U8 => 1,
        Mem.I16 or Mem.U16 => 2,
        Mem.I32 or Mem.F32 => 4,
        _ => 8,
    };
}
