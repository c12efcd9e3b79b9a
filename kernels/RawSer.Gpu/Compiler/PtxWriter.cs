using System.Globalization;
using System.Text;

namespace RawSer.Gpu.Compiler;

/// <summary>
/// IR to PTX text. Every value gets a virtual register of its own; ptxas allocates the real ones. Constants are immediate
/// operands, constant byte offsets are part of the address, shared addresses are 32 bits wide. Additions and multiplications of
/// floats carry no rounding modifier, so that ptxas may contract them; what is written as a fused multiply-add is <c>fma.rn</c>.
/// </summary>
internal sealed partial class PtxWriter
{
    private readonly IrFunction _f;
    private readonly Frontend _frontend;
    private readonly KernelOptions _options;
    private readonly Space[] _spaces;
    private StringBuilder _body = new();
    private readonly string?[] _names;
    private readonly int[] _counts = new int[5]; // %p, %r, %rd, %f, %fd
    private readonly KernelStatistics.Counter _counter = new();
    private readonly bool[] _usedShared;
    private readonly HashSet<int> _materialised = [];
    private readonly List<int> _order;
    private readonly int[] _uses;
    private readonly Dictionary<int, int> _shared;
    private bool _usesDynamicShared;
    private int _localSize;
    private readonly int[] _slotOffsets;
    private int _minSm = 70;
    private int _minPtx = 63;

    private static readonly string[] Prefixes = ["%p", "%r", "%rd", "%f", "%fd"];
    private static readonly string[] BankTypes = ["pred", "b32", "b64", "f32", "f64"];

    public PtxWriter(IrFunction f, Frontend frontend, KernelOptions options, Space[] spaces)
    {
        this._f = f;
        this._frontend = frontend;
        this._options = options;
        this._spaces = spaces;
        _names = new string?[f.Count];
        _usedShared = new bool[f.Shared.Count];
        _slotOffsets = new int[f.Slots.Count];
        Array.Fill(_slotOffsets, -1);
        _order = DominatorTree.OrderOf(f);
        _uses = new int[f.Count];
        _shared = CriticalEdges.SharedRegisters(f);
    }

    public KernelStatistics.Counter Counter => _counter;

    public int SharedBytes { get; private set; }

    public int LocalBytes => _localSize;

    public int PtxVersion { get; private set; }

    public int TargetSm { get; private set; }

    /// <summary>Whether an instruction was chosen by the target's compute capability.</summary>
    public bool AskedForTarget { get; private set; }

    public string Write(string name, IReadOnlyList<KernelParameter> parameters)
    {
        CountUses();
        for (var i = 0; i < _order.Count; i++)
        {
            WriteBlock(i);
        }

        var main = _body;
        _body = new StringBuilder();
        WriteEntry();

        var text = new StringBuilder();
        TargetSm = Math.Max(_minSm, 70);
        PtxVersion = Math.Max(_minPtx, TargetSm switch { >= 90 => 78, >= 89 => 78, >= 86 => 71, >= 80 => 70, _ => 63 });
        text.Append(CultureInfo.InvariantCulture, $".version {PtxVersion / 10}.{PtxVersion % 10}\n.target sm_{TargetSm}\n.address_size 64\n\n");
        if (_usesDynamicShared)
        {
            text.Append(".extern .shared .align 16 .b8 dynamic_shared[];\n\n");
        }

        text.Append(".visible .entry ").Append(name).Append('(');
        for (var i = 0; i < parameters.Count; i++)
        {
            var p = parameters[i];
            text.Append(i == 0 ? "\n    " : ",\n    ");
            text.Append(p.Scalar.Length > 0
                ? $".param {p.Scalar} p{i}"
                : $".param .align {p.Align} .b8 p{i}[{p.Size}]");
        }

        text.Append(parameters.Count == 0 ? ")\n" : "\n)\n");
        if (_options.MaxThreads > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $".maxntid {_options.MaxThreads}, 1, 1\n");
        }

        if (_options.MinBlocks > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $".minnctapersm {_options.MinBlocks}\n");
        }

        text.Append("{\n");
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"    .reg .{BankTypes[i]} {Prefixes[i]}<{_counts[i]}>;\n");
            }
        }

        for (var i = 0; i < _usedShared.Length; i++)
        {
            if (_usedShared[i])
            {
                text.Append(CultureInfo.InvariantCulture, $"    .shared .align {_f.Shared[i].Align} .b8 shared{i}[{_f.Shared[i].Size}];\n");
                SharedBytes = ((SharedBytes + _f.Shared[i].Align - 1) / _f.Shared[i].Align * _f.Shared[i].Align) + _f.Shared[i].Size;
            }
        }

        if (_localSize > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"    .local .align 16 .b8 depot[{_localSize}];\n");
        }

        return Joined(text.Append('\n'), _body, main.Append("}\n"));
    }

    /// <summary>The texts of all parts in a row; one builder for all would copy the largest once more.</summary>
    private static string Joined(params StringBuilder[] parts) => string.Create(parts.Sum(part => part.Length), parts, static (text, parts) =>
    {
        foreach (var part in parts)
        {
            part.CopyTo(0, text, part.Length);
            text = text[part.Length..];
        }
    });

    private void CountUses()
    {
        foreach (var b in _order)
        {
            var block = _f.Blocks[b];
            foreach (var v in block.Code)
            {
                _f.ResolveArgs(v);
                // A widening that is part of the instruction needs no register.
                if (IsWideProduct(v))
                {
                    continue;
                }

                var args = _f[v].Args;
                for (var i = 0; i < args.Length; i++)
                {
                    if (!(i == 1 && _f[v].Op == Op.PtrAdd && Bank(v) == 1 && _f[args[1]].Op is Op.SExt or Op.ZExt))
                    {
                        _uses[args[i]]++;
                    }
                }
            }

            if (block.Term == Term.Branch)
            {
                block.Cond = _f.Resolve(block.Cond);
                _uses[block.Cond]++;
            }
        }
    }

    // ---- Operands -----------------------------------------------------------------------------------------------------------

    private int Bank(int v) => _f[v].Type switch
    {
        Ty.Pred => 0,
        Ty.I32 => 1,
        Ty.I64 => 2,
        Ty.F32 => 3,
        Ty.F64 => 4,
        Ty.Ptr => _spaces[v] is Space.Shared or Space.Local ? 1 : 2,
        _ => 1,
    };

    private string NewName(int bank) => Prefixes[bank] + _counts[bank]++.ToString(CultureInfo.InvariantCulture);

    /// <summary>The register of a value.</summary>
    private string Register(int v) => _shared.TryGetValue(v, out var same) ? Register(same) : _names[v] ??= NewName(Bank(v));

    /// <summary>A value as an operand: an immediate or a register.</summary>
    private string Operand(int v)
    {
        ref var x = ref _f[v];
        switch (x.Op)
        {
            case Op.Const when x.Type == Ty.F32:
                return $"0f{(uint)x.Imm:X8}";
            case Op.Const when x.Type == Ty.F64:
                return $"0d{(ulong)x.Imm:X16}";
            case Op.Const when x.Type == Ty.I32:
                return ((int)x.Imm).ToString(CultureInfo.InvariantCulture);
            case Op.Const when x.Type == Ty.Pred:
                return Materialise(v);
            case Op.Const:
                return x.Imm.ToString(CultureInfo.InvariantCulture);
            case Op.Special or Op.Param or Op.SharedAddr or Op.SlotAddr:
                return Materialise(v);
            default:
                return Register(v);
        }
    }

    private string Materialise(int v)
    {
        _materialised.Add(v);
        return Register(v);
    }

    /// <summary>An address with its constant offset, for use in brackets.</summary>
    private string Address(int v, long offset)
    {
        ref var x = ref _f[v];
        if (x.Op == Op.PtrAdd && x.Args.Length == 1)
        {
            return Address(x.Args[0], offset + x.Imm);
        }

        string text;
        if (x.Op == Op.SharedAddr)
        {
            text = SharedName((int)x.Imm);
        }
        else if (x.Op == Op.SlotAddr)
        {
            text = "depot";
            offset += SlotOffset((int)x.Imm);
        }
        else
        {
            text = Operand(v);
        }

        return offset == 0 ? text : $"{text}+{offset.ToString(CultureInfo.InvariantCulture)}";
    }

    private string SharedName(int index)
    {
        if (index < 0)
        {
            _usesDynamicShared = true;
            return "dynamic_shared";
        }

        _usedShared[index] = true;
        return $"shared{index}";
    }

    private int SlotOffset(int slot)
    {
        if (_slotOffsets[slot] < 0)
        {
            _localSize = (_localSize + 15) / 16 * 16;
            _slotOffsets[slot] = _localSize;
            _localSize += _f.Slots[slot].Size;
        }

        return _slotOffsets[slot];
    }

    public static string TypeName(Mem mem) => mem switch
    {
        Mem.I8 => ".s8",
        Mem.U8 => ".u8",
        Mem.I16 => ".s16",
        Mem.U16 => ".u16",
        Mem.I32 => ".b32",
        Mem.F32 => ".f32",
        Mem.F64 => ".f64",
        Mem.Ptr => ".u64",
        _ => ".b64",
    };

    private void Line(string text)
    {
        _body.Append("    ").Append(text).Append(";\n");
    }

    // ---- Entry --------------------------------------------------------------------------------------------------------------

    /// <summary>Values that belong to no block, read once at the start.</summary>
    private void WriteEntry()
    {
        foreach (var v in _materialised.OrderBy(v => v))
        {
            ref var x = ref _f[v];
            var name = Register(v);
            switch (x.Op)
            {
                case Op.Const:
                    Line($"setp.{(x.Imm != 0 ? "eq" : "ne")}.s32 {name}, 0, 0");
                    break;
                case Op.Special:
                    Line($"mov.u32 {name}, {SpecialName((SpecialRegister)x.Imm)}");
                    break;
                case Op.SharedAddr:
                    Line($"mov.u32 {name}, {SharedName((int)x.Imm)}");
                    break;
                case Op.SlotAddr:
                    var offset = SlotOffset((int)x.Imm);
                    Line($"mov.u32 {name}, depot");
                    if (offset > 0)
                    {
                        Line($"add.u32 {name}, {name}, {offset}");
                    }

                    break;
                default:
                    var leaf = _f.Parameters[(int)x.Imm];
                    var at = leaf.Offset == 0 ? $"p{leaf.Index}" : $"p{leaf.Index}+{leaf.Offset}";
                    Line($"ld.param{TypeName(leaf.Mem)} {name}, [{at}]");
                    if (leaf.Mem == Mem.Ptr)
                    {
                        Line($"cvta.to.global.u64 {name}, {name}");
                    }

                    break;
            }

            _counter.Add(x.Op == Op.Param ? "ld.param" : "mov");
        }
    }

    private static string SpecialName(SpecialRegister register) => register switch
    {
        SpecialRegister.LaneId => "%laneid",
        SpecialRegister.DynamicSharedSize => "%dynamic_smem_size",
        _ => "%" + register.ToString().ToLowerInvariant()[..^1] + "." + register.ToString().ToLowerInvariant()[^1],
    };

    // ---- Blocks -------------------------------------------------------------------------------------------------------------

    /// <param name="position">The block's place in the order.</param>
    private void WriteBlock(int position)
    {
        var block = _f.Blocks[_order[position]];
        if (block.Preds.Count > 1 || block.Preds.Count == 1 && (position == 0 || _order[position - 1] != block.Preds[0] || _f.Blocks[block.Preds[0]].Term == Term.Branch))
        {
            _body.Append(CultureInfo.InvariantCulture, $"L{block.Id}:\n");
        }

        foreach (var v in block.Code)
        {
            if (_f[v].Op is not (Op.Phi or Op.Nop))
            {
                WriteInstruction(v);
            }
        }

        if (CopiesBehind(block) is { Count: > 0 } copies)
        {
            WriteCopies(copies);
        }

        var next = position + 1 < _order.Count ? _order[position + 1] : -1;
        switch (block.Term)
        {
            case Term.Jump:
                if (block.Succ[0] != next)
                {
                    Branch($"bra.uni L{block.Succ[0]}");
                }

                break;
            case Term.Branch:
                var (cond, a, b) = (Operand(block.Cond), block.Succ[0], block.Succ[1]);
                if (a == next)
                {
                    Branch($"@!{cond} bra L{b}");
                }
                else
                {
                    Branch($"@{cond} bra L{a}");
                    if (b != next)
                    {
                        Branch($"bra.uni L{b}");
                    }
                }

                break;
            case Term.Unreachable:
                _body.Append(CultureInfo.InvariantCulture, $"    trap; // {_frontend.Describe(block.Source)}\n");
                break;
            default:
                Line("ret");
                break;
        }
    }

    private void Branch(string text)
    {
        Line(text);
        _counter.Add("bra");
    }

    /// <summary>What the phis behind a block take from it.</summary>
    private List<(int To, int From)> CopiesBehind(Block block)
    {
        List<(int To, int From)> moves = [];
        foreach (var s in block.Succ)
        {
            var target = _f.Blocks[s];
            var index = target.Preds.IndexOf(block.Id);
            foreach (var v in target.Code)
            {
                if (_f[v].Op != Op.Phi)
                {
                    break;
                }

                var (to, from) = (_shared.GetValueOrDefault(v, v), _f.Resolve(_f[v].Args[index]));
                from = _shared.GetValueOrDefault(from, from);
                if (from != to && !moves.Contains((to, from)))
                {
                    moves.Add((to, from));
                }
            }
        }

        return moves;
    }

    /// <summary>Sets phis. All are read before any is written, so cycles go through temporaries.</summary>
    private void WriteCopies(List<(int To, int From)> moves)
    {
        var saved = new Dictionary<int, string>();
        while (moves.Count > 0)
        {
            // A phi that no other move still reads can be written.
            var free = moves.FindIndex(m => !moves.Exists(o => o.From == m.To && o.To != m.To && !saved.ContainsKey(o.From)));
            if (free < 0)
            {
                // A cycle: keep one value aside.
                var v = moves[0].To;
                saved[v] = NewName(Bank(v));
                Move(v, saved[v], Register(v));
                continue;
            }

            var (to, from) = moves[free];
            moves.RemoveAt(free);
            Move(to, Register(to), saved.TryGetValue(from, out var kept) ? kept : _f.IsFloating(from) && _f[from].Op == Op.SharedAddr ? SharedName((int)_f[from].Imm) : Operand(from));
        }
    }

    private void Move(int v, string to, string from)
    {
        Line($"mov.{(from[0] is 's' or 'd' ? "u32" : BankTypes[Bank(v)])} {to}, {from}"); // u32: the name of shared memory
        _counter.Add("mov");
    }
}
