using System.Globalization;

namespace RawSer.Gpu.Compiler;

/// <content>Addresses and accesses.</content>
internal sealed partial class PtxWriter
{
    private void WritePointer(int v)
    {
        ref var x = ref _f[v];
        var narrow = Bank(v) == 1;
        switch (x.Op)
        {
            case Op.PtrAdd when x.Args.Length == 1:
                if (_uses[v] > 0 && NeedsRegister(v))
                {
                    Emit(narrow ? "add.s32" : "add.s64", Register(v), Operand(x.Args[0]), x.Imm.ToString(CultureInfo.InvariantCulture));
                }

                break;
            case Op.PtrAdd:
                var offset = x.Args[1];
                Emit(narrow ? "add.s32" : "add.s64", Register(v), Operand(x.Args[0]), narrow ? Narrowed(offset) : Operand(offset));
                if (x.Imm != 0)
                {
                    Emit(narrow ? "add.s32" : "add.s64", Register(v), Register(v), x.Imm.ToString(CultureInfo.InvariantCulture));
                }

                break;
            case Op.PtrToInt:
                var wide = Bank(x.Args[0]) == 2;
                var to = x.Type == Ty.I64;
                Emit((wide, to) switch { (true, true) => "mov.b64", (false, true) => "cvt.u64.u32", (false, false) => "mov.b32", _ => "cvt.u32.u64" }, Register(v), Operand(x.Args[0]));
                break;
            default:
                Emit(narrow ? "cvt.u32.u64" : "mov.b64", Register(v), Operand(x.Args[0]));
                break;
        }
    }

    /// <summary>The low half of a 64-bit offset. Most are made from 32 bits by <see cref="Addressing"/>.</summary>
    private string Narrowed(int offset)
    {
        ref var x = ref _f[offset];
        if (x.Op is Op.SExt or Op.ZExt)
        {
            return Operand(x.Args[0]);
        }

        if (_f.IsConst(offset, out var c))
        {
            return ((int)c).ToString(CultureInfo.InvariantCulture);
        }

        var name = NewName(1);
        Emit("cvt.u32.u64", name, Operand(offset));
        return name;
    }

    /// <summary>Whether a pointer with a constant added is used other than as an address.</summary>
    private bool NeedsRegister(int v)
    {
        _addressOnly ??= FindAddressOnly();
        return !_addressOnly.Contains(v);
    }

    private HashSet<int>? _addressOnly;

    private HashSet<int> FindAddressOnly()
    {
        var result = new HashSet<int>();
        var other = new HashSet<int>();
        foreach (var b in _order)
        {
            foreach (var v in _f.Blocks[b].Code)
            {
                var args = _f[v].Args;
                for (var i = 0; i < args.Length; i++)
                {
                    if (_f[args[i]].Op == Op.PtrAdd)
                    {
                        var isAddress = (i == 0 && _f[v].Op is Op.Load or Op.Store or Op.LoadVec or Op.StoreVec or Op.Atomic)
                            || (_f[v].Op == Op.Asm && _f.AsmTexts[_f[v].Aux].Text.StartsWith("cp.async", StringComparison.Ordinal));
                        (isAddress ? result : other).Add(args[i]);
                    }
                }
            }
        }

        result.ExceptWith(other);
        return result;
    }

    private string SpaceOf(int address, int source) => _spaces[address] switch
    {
        Space.Shared => ".shared",
        Space.Local => ".local",
        Space.Global => ".global",
        _ => throw _frontend.Error(source, "accesses memory whose address space is unknown (a null reference?)"),
    };

    private void WriteMemory(int v)
    {
        ref var x = ref _f[v];
        var args = x.Args;
        var space = SpaceOf(args[0], x.Source);
        var address = $"[{Address(args[0], x.Imm)}]";
        var isVolatile = (x.Access & Access.Volatile) != 0 ? ".volatile" : "";
        var readOnly = (x.Access & Access.ReadOnly) != 0 && space == ".global" ? ".nc" : "";
        var type = Memory(x.Mem);
        switch (x.Op)
        {
            case Op.Load when (x.Access & Access.Predicated) != 0:
                Emit($"mov.{BankTypes[Bank(v)]}", Register(v), Operand(args[2]));
                Emit($"@{Operand(args[1])} ld{isVolatile}{space}{readOnly}{type}", Register(v), address);
                break;
            case Op.Load:
                Emit($"ld{isVolatile}{space}{readOnly}{type}", Register(v), address);
                break;
            case Op.Store:
                var guard = (x.Access & Access.Predicated) != 0 ? $"@{Operand(args[2])} " : "";
                Emit($"{guard}st{isVolatile}{space}{type}", address, Operand(args[1]));
                break;
            case Op.LoadVec:
                var elements = Elements(v);
                var loadGuard = "";
                if ((x.Access & Access.Predicated) != 0)
                {
                    loadGuard = $"@{Operand(args[1])} ";
                    elements.ForEach(element => Emit($"mov.{BankTypes[Bank(args[2])]}", element, Operand(args[2])));
                }

                Emit($"{loadGuard}ld{space}{readOnly}.v{x.Aux}{type}", "{" + string.Join(", ", elements) + "}", address);
                break;
            case Op.StoreVec:
                var values = string.Join(", ", args.Skip(1).Take(x.Aux).Select(InRegister));
                var storeGuard = (x.Access & Access.Predicated) != 0 ? $"@{Operand(args[^1])} " : "";
                Emit($"{storeGuard}st{space}.v{x.Aux}{type}", address, "{" + values + "}");
                break;
            default:
                WriteAtomic(v, space, address);
                break;
        }
    }

    private static string Memory(Mem mem) => mem switch { Mem.Ptr => ".b64", Mem.I8 => ".s8", Mem.U8 => ".u8", Mem.I16 => ".s16", Mem.U16 => ".u16", _ => TypeName(mem) };

    /// <summary>Vector stores take registers only.</summary>
    private string InRegister(int v)
    {
        if (!_f.IsConst(v))
        {
            return Operand(v);
        }

        var name = NewName(Bank(v));
        Emit($"mov.{BankTypes[Bank(v)]}", name, Operand(v));
        return name;
    }

    private Dictionary<int, int[]>? _extracts;

    /// <summary>A register for each element of a tuple, also for those that nobody reads.</summary>
    private List<string> Elements(int tuple)
    {
        if (_extracts is null)
        {
            _extracts = [];
            foreach (var b in _order)
            {
                foreach (var v in _f.Blocks[b].Code)
                {
                    if (_f[v].Op == Op.Extract)
                    {
                        var t = _f[v].Args[0];
                        if (!_extracts.TryGetValue(t, out var list))
                        {
                            _extracts[t] = list = new int[Width(t)];
                            Array.Fill(list, -1);
                        }

                        if (list[_f[v].Imm] >= 0)
                        {
                            _names[v] = Register(list[_f[v].Imm]);
                        }
                        else
                        {
                            list[_f[v].Imm] = v;
                        }
                    }
                }
            }
        }

        var result = new List<string>();
        var parts = _extracts.GetValueOrDefault(tuple);
        for (var i = 0; i < Width(tuple); i++)
        {
            var bank = _f[tuple].Op == Op.Asm ? BankOf(_f.AsmTexts[_f[tuple].Aux].Outputs[i]) : BankOf(IrFunction.RegisterOf(_f[tuple].Mem));
            result.Add(parts is not null && parts[i] >= 0 ? Register(parts[i]) : NewName(bank));
        }

        return result;
    }

    private int Width(int tuple) => _f[tuple].Op == Op.Asm ? _f.AsmTexts[_f[tuple].Aux].Outputs.Length : _f[tuple].Aux;

    private static int BankOf(Ty type) => type switch { Ty.Pred => 0, Ty.I32 => 1, Ty.F32 => 3, Ty.F64 => 4, _ => 2 };

    private void WriteAtomic(int v, string space, string address)
    {
        ref var x = ref _f[v];
        var kind = (AtomicKind)x.Aux;
        var wide = IrFunction.SizeOf(x.Mem) == 8;
        if (IrFunction.SizeOf(x.Mem) < 4)
        {
            throw _frontend.Error(x.Source, "uses an atomic operation on a type of less than 32 bits");
        }

        var name = kind switch
        {
            AtomicKind.Min or AtomicKind.MinU => "min",
            AtomicKind.Max or AtomicKind.MaxU => "max",
            AtomicKind.Exchange => "exch",
            AtomicKind.CompareExchange => "cas",
            _ => kind.ToString().ToLowerInvariant(),
        };
        var isFloat = x.Type is Ty.F32 or Ty.F64;
        var type = kind switch
        {
            AtomicKind.Add => isFloat ? Suffix(x.Type) : wide ? "u64" : "u32",
            AtomicKind.Min or AtomicKind.Max => wide ? "s64" : "s32",
            AtomicKind.MinU or AtomicKind.MaxU => wide ? "u64" : "u32",
            _ => wide ? "b64" : "b32",
        };
        if (_uses[v] == 0 && kind is not (AtomicKind.Exchange or AtomicKind.CompareExchange))
        {
            Emit($"red{space}.{name}.{type}", address, Operand(x.Args[1]));
            return;
        }

        if (kind == AtomicKind.CompareExchange)
        {
            Emit($"atom{space}.{name}.{type}", Register(v), address, Operand(x.Args[1]), Operand(x.Args[2]));
            return;
        }

        Emit($"atom{space}.{name}.{type}", Register(v), address, Operand(x.Args[1]));
    }
}
