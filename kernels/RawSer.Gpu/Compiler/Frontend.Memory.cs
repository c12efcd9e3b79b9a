using System.Reflection;

namespace RawSer.Gpu.Compiler;

/// <content>Slots of memory, loads and stores, and what is known to be stored.</content>
internal sealed partial class Frontend
{
    private int NewSlot(Type type, string kind, int number = -1, MemberInfo? of = null)
    {
        var layout = TypeLayout.Of(type);
        f.Slots.Add(new Slot(layout.Size, layout.Align, kind, f.Source, number, of));
        return f.Slots.Count - 1;
    }

    private int LocalAddress(Frame frame, int local)
    {
        ref var slot = ref frame.LocalSlots[local];
        if (slot < 0)
        {
            slot = NewSlot(frame.Il.Locals[local], "local", local, frame.Il.Method);
        }

        return f.Intern(Op.SlotAddr, Ty.Ptr, slot);
    }

    private Operand LoadFrom(int address, int offset, Type type, Access access = Access.None, bool isElement = false)
    {
        var layout = TypeLayout.Of(type);
        var values = new int[layout.Leaves.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var leaf = layout.Leaves[i];
            if ((access & Access.Volatile) == 0 && Stored(address, offset + leaf.Offset, leaf.Mem) is >= 0 and var stored)
            {
                values[i] = stored;
                continue;
            }

            values[i] = f.Emit(new Instr
            {
                Op = Op.Load,
                Type = IrFunction.RegisterOf(leaf.Mem),
                Mem = leaf.Mem,
                Imm = offset + leaf.Offset,
                Access = access,
                Align = AlignAt(layout, leaf, isElement),
                Args = [address],
            });
        }

        return new Operand(type, values);
    }

    private void StoreTo(int address, int offset, Type type, Operand value, Access access = Access.None, bool isElement = false)
    {
        if (value.Token is not null)
        {
            throw new NotSupportedException("stores a reference; kernels have value types only");
        }

        var layout = TypeLayout.Of(type);
        if (layout.Leaves.Length != value.Values.Length)
        {
            throw new NotSupportedException($"stores a {value.Type.Name} as {type.Name}");
        }

        for (var i = 0; i < layout.Leaves.Length; i++)
        {
            var leaf = layout.Leaves[i];
            var stored = Coerce(value.Values[i], IrFunction.RegisterOf(leaf.Mem));
            f.Emit(new Instr
            {
                Op = Op.Store,
                Type = Ty.None,
                Mem = leaf.Mem,
                Imm = offset + leaf.Offset,
                Access = access,
                Align = AlignAt(layout, leaf, isElement),
                Args = [address, stored],
            });
            Remember(address, offset + leaf.Offset, leaf.Mem, stored);
        }
    }

    /// <summary>
    /// What the current block has stored into slots. Constants thus reach conditions and extents while translating, which
    /// settles generic code early; everything else is left to <see cref="Promotion"/>.
    /// </summary>
    private readonly List<(int Since, List<(long Offset, Mem Mem, int Value)> Pieces)> _stored = []; // by slot; void where it was noted before _since

    private int _since;

    private int Stored(int address, long offset, Mem mem)
    {
        if (Locate(address, ref offset) is not { Op: Op.SlotAddr, Imm: var slot } || slot >= _stored.Count || _stored[(int)slot].Since != _since)
        {
            return -1;
        }

        foreach (var piece in _stored[(int)slot].Pieces)
        {
            if (piece.Offset == offset && piece.Mem == mem)
            {
                return mem switch
                {
                    Mem.I8 => f.Emit(Op.Ext8, Ty.I32, piece.Value),
                    Mem.U8 => f.Emit(Op.Ext8U, Ty.I32, piece.Value),
                    Mem.I16 => f.Emit(Op.Ext16, Ty.I32, piece.Value),
                    Mem.U16 => f.Emit(Op.Ext16U, Ty.I32, piece.Value),
                    _ => piece.Value,
                };
            }
        }

        return -1;
    }

    private void Remember(int address, long offset, Mem mem, int value)
    {
        var root = Locate(address, ref offset);
        switch (root.Op)
        {
            case Op.SlotAddr:
                var slot = (int)root.Imm;
                while (_stored.Count <= slot)
                {
                    _stored.Add((-1, []));
                }

                var (since, pieces) = _stored[slot];
                if (since != _since)
                {
                    pieces.Clear();
                    _stored[slot] = (_since, pieces);
                }

                for (var i = pieces.Count - 1; i >= 0; i--)
                {
                    var (at, width, _) = pieces[i];
                    if (at < offset + IrFunction.SizeOf(mem) && offset < at + IrFunction.SizeOf(width))
                    {
                        pieces[i] = pieces[^1];
                        pieces.RemoveAt(pieces.Count - 1);
                    }
                }

                pieces.Add((offset, mem, value));
                break;
            case Op.Param or Op.SharedAddr or Op.IntToPtr:
                break;
            default:
                Forget(); // it may point to a slot
                break;
        }
    }

    private void Forget() => _since++;

    /// <summary>What an address is a constant number of bytes behind, or for shared and global memory a variable number.</summary>
    private Instr Locate(int address, ref long offset)
    {
        var x = f[address];
        var isVariable = false;
        while (x.Op is Op.PtrAdd or Op.Assume)
        {
            offset += x.Op == Op.PtrAdd ? x.Imm : 0;
            isVariable |= x.Args.Length == 2;
            x = f[x.Args[0]];
        }

        return isVariable && x.Op == Op.SlotAddr ? default : x;
    }

    private static byte AlignAt(TypeLayout layout, Leaf leaf, bool isElement)
    {
        var align = isElement ? layout.ElementAlign : layout.Align;
        return (byte)(leaf.Offset == 0 ? align : Math.Min(align, leaf.Offset & -leaf.Offset));
    }
}
