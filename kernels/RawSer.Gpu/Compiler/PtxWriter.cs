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
    private readonly IrFunction f;
    private readonly Frontend frontend;
    private readonly KernelOptions options;
    private readonly Space[] spaces;
    private readonly StringBuilder body = new();
    private readonly string?[] names;
    private readonly int[] counts = new int[5]; // %p, %r, %rd, %f, %fd
    private readonly KernelStatistics.Counter counter = new();
    private readonly bool[] usedShared;
    private readonly HashSet<int> materialised = [];
    private readonly ControlFlow flow;
    private readonly int[] uses;
    private bool usesDynamicShared;
    private int localSize;
    private readonly int[] slotOffsets;
    private int minSm = 70;
    private int minPtx = 63;

    private static readonly string[] Prefixes = ["%p", "%r", "%rd", "%f", "%fd"];

    public PtxWriter(IrFunction f, Frontend frontend, KernelOptions options, Space[] spaces)
    {
        this.f = f;
        this.frontend = frontend;
        this.options = options;
        this.spaces = spaces;
        names = new string?[f.Count];
        usedShared = new bool[f.Shared.Count];
        slotOffsets = new int[f.Slots.Count];
        Array.Fill(slotOffsets, -1);
        flow = new ControlFlow(f);
        uses = new int[f.Count];
    }

    public KernelStatistics.Counter Counter => counter;

    public int SharedBytes { get; private set; }

    public int LocalBytes => localSize;

    public int PtxVersion { get; private set; }

    public int TargetSm { get; private set; }

    public string Write(string name, IReadOnlyList<KernelParameter> parameters)
    {
        CountUses();
        var entry = new StringBuilder();
        foreach (var b in flow.Order)
        {
            WriteBlock(f.Blocks[b]);
        }

        var main = body.ToString();
        body.Clear();
        WriteEntry();
        entry.Append(body);

        var text = new StringBuilder();
        TargetSm = Math.Max(minSm, 70);
        PtxVersion = Math.Max(minPtx, TargetSm switch { >= 90 => 78, >= 89 => 78, >= 86 => 71, >= 80 => 70, _ => 63 });
        text.Append(CultureInfo.InvariantCulture, $".version {PtxVersion / 10}.{PtxVersion % 10}\n.target sm_{TargetSm}\n.address_size 64\n\n");
        if (usesDynamicShared)
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
        if (options.MaxThreads > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $".maxntid {options.MaxThreads}, 1, 1\n");
        }

        if (options.MinBlocks > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $".minnctapersm {options.MinBlocks}\n");
        }

        text.Append("{\n");
        string[] types = [".pred", ".b32", ".b64", ".f32", ".f64"];
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"    .reg {types[i]} {Prefixes[i]}<{counts[i]}>;\n");
            }
        }

        for (var i = 0; i < usedShared.Length; i++)
        {
            if (usedShared[i])
            {
                text.Append(CultureInfo.InvariantCulture, $"    .shared .align {f.Shared[i].Align} .b8 shared{i}[{f.Shared[i].Size}];\n");
                SharedBytes = ((SharedBytes + f.Shared[i].Align - 1) / f.Shared[i].Align * f.Shared[i].Align) + f.Shared[i].Size;
            }
        }

        if (localSize > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"    .local .align 16 .b8 depot[{localSize}];\n");
        }

        text.Append('\n').Append(entry).Append(main).Append("}\n");
        return text.ToString();
    }

    private void CountUses()
    {
        foreach (var b in flow.Order)
        {
            var block = f.Blocks[b];
            foreach (var v in block.Code)
            {
                f.ResolveArgs(v);
                var args = f[v].Args;
                for (var i = 0; i < args.Length; i++)
                {
                    // A widening that is part of the instruction needs no register.
                    if (!IsWideProduct(v) && !(i == 1 && f[v].Op == Op.PtrAdd && Bank(v) == 1 && f[args[1]].Op is Op.SExt or Op.ZExt))
                    {
                        uses[args[i]]++;
                    }
                }
            }

            if (block.Term == Term.Branch)
            {
                block.Cond = f.Resolve(block.Cond);
                uses[block.Cond]++;
            }
        }
    }

    // ---- Operands -----------------------------------------------------------------------------------------------------------

    private int Bank(int v) => f[v].Type switch
    {
        Ty.Pred => 0,
        Ty.I32 => 1,
        Ty.I64 => 2,
        Ty.F32 => 3,
        Ty.F64 => 4,
        Ty.Ptr => spaces[v] is Space.Shared or Space.Local ? 1 : 2,
        _ => 1,
    };

    private string NewName(int bank) => Prefixes[bank] + counts[bank]++.ToString(CultureInfo.InvariantCulture);

    /// <summary>The register of a value.</summary>
    private string Register(int v) => names[v] ??= NewName(Bank(v));

    /// <summary>A value as an operand: an immediate or a register.</summary>
    private string Operand(int v)
    {
        ref var x = ref f[v];
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
            case Op.Special when (SpecialRegister)x.Imm == SpecialRegister.LaneId:
            case Op.Special or Op.Param or Op.SharedAddr or Op.SlotAddr:
                return Materialise(v);
            default:
                return Register(v);
        }
    }

    private string Materialise(int v)
    {
        materialised.Add(v);
        return Register(v);
    }

    /// <summary>An address with its constant offset, for use in brackets.</summary>
    private string Address(int v, long offset)
    {
        ref var x = ref f[v];
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
            usesDynamicShared = true;
            return "dynamic_shared";
        }

        usedShared[index] = true;
        return $"shared{index}";
    }

    private int SlotOffset(int slot)
    {
        if (slotOffsets[slot] < 0)
        {
            localSize = (localSize + 15) / 16 * 16;
            slotOffsets[slot] = localSize;
            localSize += f.Slots[slot].Size;
        }

        return slotOffsets[slot];
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
        body.Append("    ").Append(text).Append(";\n");
    }

    // ---- Entry --------------------------------------------------------------------------------------------------------------

    /// <summary>Values that belong to no block, read once at the start.</summary>
    private void WriteEntry()
    {
        foreach (var v in materialised.OrderBy(v => v))
        {
            ref var x = ref f[v];
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
                    var leaf = f.Parameters[(int)x.Imm];
                    var at = leaf.Offset == 0 ? $"p{leaf.Index}" : $"p{leaf.Index}+{leaf.Offset}";
                    Line($"ld.param{TypeName(leaf.Mem)} {name}, [{at}]");
                    if (leaf.Mem == Mem.Ptr)
                    {
                        Line($"cvta.to.global.u64 {name}, {name}");
                    }

                    break;
            }

            counter.Add(x.Op == Op.Param ? "ld.param" : "mov");
        }
    }

    private static string SpecialName(SpecialRegister register) => register switch
    {
        SpecialRegister.LaneId => "%laneid",
        SpecialRegister.DynamicSharedSize => "%dynamic_smem_size",
        _ => "%" + register.ToString().ToLowerInvariant()[..^1] + "." + register.ToString().ToLowerInvariant()[^1],
    };

    // ---- Blocks -------------------------------------------------------------------------------------------------------------

    private void WriteBlock(Block block)
    {
        var order = flow.Order;
        var position = order.IndexOf(block.Id);
        if (block.Preds.Count > 1 || block.Preds.Count == 1 && (position == 0 || order[position - 1] != block.Preds[0] || f.Blocks[block.Preds[0]].Term == Term.Branch))
        {
            body.Append(CultureInfo.InvariantCulture, $"L{block.Id}:\n");
        }

        foreach (var v in block.Code)
        {
            if (f[v].Op is not (Op.Phi or Op.Nop))
            {
                WriteInstruction(v);
            }
        }

        WriteCopies(block);
        var next = position + 1 < order.Count ? order[position + 1] : -1;
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
                body.Append(CultureInfo.InvariantCulture, $"    trap; // {frontend.Describe(block.Source)}\n");
                break;
            default:
                Line("ret");
                break;
        }
    }

    private void Branch(string text)
    {
        Line(text);
        counter.Add("bra");
    }

    /// <summary>Sets the phis of the successor. All are read before any is written, so cycles go through temporaries.</summary>
    private void WriteCopies(Block block)
    {
        if (block.Term != Term.Jump)
        {
            return;
        }

        var target = f.Blocks[block.Succ[0]];
        var index = target.Preds.IndexOf(block.Id);
        var moves = new List<(int To, int From)>();
        foreach (var v in target.Code)
        {
            if (f[v].Op != Op.Phi)
            {
                break;
            }

            var from = f.Resolve(f[v].Args[index]);
            if (from != v)
            {
                moves.Add((v, from));
            }
        }

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
            Move(to, Register(to), saved.TryGetValue(from, out var kept) ? kept : f.IsFloating(from) && f[from].Op == Op.SharedAddr ? SharedName((int)f[from].Imm) : Operand(from));
        }
    }

    private void Move(int v, string to, string from)
    {
        string[] types = ["pred", "b32", "b64", "f32", "f64"];
        Line($"mov.{(from[0] is 's' or 'd' ? "u32" : types[Bank(v)])} {to}, {from}");
        counter.Add("mov");
    }
}
