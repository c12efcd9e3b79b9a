using System.Globalization;

namespace RawSer.Gpu.Compiler;

/// <content>Registers, immediate operands and addresses, and the values that are read once at the start.</content>
internal sealed partial class PtxWriter
{
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
}
