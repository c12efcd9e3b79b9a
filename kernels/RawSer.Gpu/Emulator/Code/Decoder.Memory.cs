namespace RawSer.Gpu.Emulator;

/// <summary>Loads, stores, atomics and asynchronous copies.</summary>
internal sealed unsafe partial class Decoder
{
    private bool DecodeMemory(string name)
    {
        switch (name)
        {
            case "ld" or "ldu":
                DecodeLoad();
                return true;
            case "st":
                DecodeStore();
                return true;
            case "atom" or "red":
                DecodeAtomic(returns: name == "atom");
                return true;
            case "cp" when _at.Has("async"):
                DecodeAsync();
                return true;
            case "ldmatrix":
                DecodeLoadMatrix();
                return true;
            case "prefetch" or "prefetchu" or "discard" or "applypriority":
                return true;
            default:
                return false;
        }
    }

    private AccessFlags FlagsOf()
    {
        AccessFlags flags = AccessFlags.None;
        if (_at.Has("volatile") || _at.Has("relaxed") || _at.Has("acquire") || _at.Has("release") || _at.Has("mmio"))
        {
            flags |= AccessFlags.Strong;
        }

        return _at.Has("nc") ? flags | AccessFlags.ReadOnly : flags;
    }

    private void FenceIf(params ReadOnlySpan<string> modifiers)
    {
        foreach (string modifier in modifiers)
        {
            if (_at.Has(modifier))
            {
                _ops.Add(New(OpKind.Fence));
                return;
            }
        }
    }

    // Sets the address registers of an operation.
    private void SetAddress(ref Op op, PtxOperand address, StateSpace space)
    {
        if (address.Kind != OperandKind.Address)
        {
            throw new ArgumentException("an address in brackets expected");
        }

        op.Space = space;
        op.Immediate = (long)address.Bits;
        if (address.Variable is not { } variable)
        {
            op.Space = space == StateSpace.Param && !_source.IsKernel ? StateSpace.Local : space;
            return;
        }

        if (variable.Space == StateSpace.Register)
        {
            Slot slot = RegisterOf(variable);
            op.Space = space == StateSpace.Param && !_source.IsKernel ? StateSpace.Local : space;
            (op.A, op.AU) = (slot.Offset, slot.Number);
            op.Flags |= slot.Width == 4 ? AccessFlags.Address32 : AccessFlags.None;
        }
        else if (_frameOffsets.TryGetValue(variable, out int offset))
        {
            Slot slot = FrameAddress(offset);
            op.Space = StateSpace.Local;
            (op.A, op.AU) = (slot.Offset, slot.Number);
        }
        else
        {
            op.Immediate += variable.Space switch
            {
                StateSpace.Shared => _kernel.SharedOffset(variable, _at.Line),
                StateSpace.Param => _kernel.ParameterOffsets[variable],
                _ => (long)_kernel.Image.AddressOf(variable),
            };
            if (space == StateSpace.Generic)
            {
                op.Space = variable.Space;
            }
        }
    }

    private static int VectorCount(PtxInstruction at) => at.Has("v2") ? 2 : at.Has("v4") ? 4 : at.Has("v8") ? 8 : 1;

    private void DecodeLoad()
    {
        PtxType type = _at.Types()[^1];
        Op op = New(OpKind.Load);
        op.Flags = FlagsOf();
        SetAddress(ref op, _at.Operands[1], SpaceOf());
        SetElements(ref op, type, _at.Operands[0], operand => Destination(operand));
        FenceIf("sc");
        _ops.Add(op);
        FenceIf("acquire", "sc");
    }

    private void DecodeStore()
    {
        PtxType type = _at.Types()[^1];
        Op op = New(OpKind.Store);
        op.Flags = FlagsOf();
        SetAddress(ref op, _at.Operands[0], SpaceOf());
        SetElements(ref op, type, _at.Operands[1], operand => StoredSource(operand, type));
        FenceIf("release", "sc");
        _ops.Add(op);
    }

    private Slot StoredSource(PtxOperand operand, PtxType type) => operand is { Kind: OperandKind.Register, Variable: { } variable }
        ? RegisterOf(variable)
        : Source(operand, type);

    private void SetElements(ref Op op, PtxType type, PtxOperand operand, Func<PtxOperand, Slot> slotOf)
    {
        op.Bytes = (byte)type.Bytes;
        op.Signed = type.IsSigned;
        op.Count = (byte)VectorCount(_at);
        Slot[] slots = op.Count == 1 ? [slotOf(operand.Kind == OperandKind.Vector ? operand.Parts[0] : operand)] : [.. operand.Parts.Select(slotOf)];
        if (slots.Length != op.Count)
        {
            throw new ArgumentException($"{slots.Length} registers for {op.Count} elements");
        }

        // A 16-bit register keeps 16 bits of a sign extension.
        op.Choice = operand.Variable?.Type.Bits == 16 || (operand.Parts.Count > 0 && operand.Parts[0].Variable?.Type.Bits == 16) ? 16 : 0;
        (op.D, op.DU, op.Width) = (slots[0].Offset, slots[0].Number, (byte)slots[0].Width);
        op.Extra = Extra(new OpExtra { Slots = slots });
    }

    private void DecodeAtomic(bool returns)
    {
        PtxType type = _at.Types()[^1];
        AtomicKind kind = AtomicKinds.Parse(Array.Find(_at.Words, AtomicKinds.IsName) ?? throw new ArgumentException("no operation"), type);
        int first = returns ? 1 : 0;
        Op op = New(OpKind.Atomic);
        op.Flags = AccessFlags.Strong;
        SetAddress(ref op, _at.Operands[first], SpaceOf());
        op.Bytes = (byte)type.Bytes;
        op.Count = 1;
        op.Choice = (int)kind;
        Slot b = Source(first + 1, type);
        (op.B, op.BU) = (b.Offset, b.Number);
        if (_at.Operands.Count > first + 2)
        {
            Slot c = Source(first + 2, type);
            (op.C, op.CU) = (c.Offset, c.Number);
        }

        Slot d = returns ? Destination(_at.Operands[0]) : _sink;
        (op.D, op.DU, op.Width) = (d.Offset, d.Number, (byte)WidthOf(type));
        op.Extra = Extra(new OpExtra { Slots = [d], Types = [type] });
        FenceIf("release", "acq_rel", "sc");
        _ops.Add(op);
        FenceIf("acquire", "acq_rel", "sc");
    }

    private void DecodeAsync()
    {
        if (_at.Has("commit_group"))
        {
            _ops.Add(New(OpKind.AsyncCommit));
        }
        else if (_at.Has("wait_group") || _at.Has("wait_all"))
        {
            Op wait = New(OpKind.AsyncWait);
            wait.Choice = _at.Has("wait_all") ? -1 : (int)_at.Operands[0].Bits;
            _ops.Add(wait);
        }
        else if (_at.Has("bulk") || _at.Has("mbarrier") || !_at.Has("global"))
        {
            throw Unsupported("this form");
        }
        else
        {
            Op op = New(OpKind.AsyncCopy);
            Op source = New(OpKind.AsyncCopy);
            SetAddress(ref source, _at.Operands[1], StateSpace.Global);
            SetAddress(ref op, _at.Operands[0], StateSpace.Shared);
            (op.B, op.BU) = (source.A, source.AU);
            op.Bytes = (byte)_at.Operands[2].Bits;
            Slot size = _at.Operands.Count > 3 ? Source(3, Word) : Constant(op.Bytes, 4);
            (op.C, op.CU) = (size.Offset, size.Number);
            op.Extra = Extra(new OpExtra { Targets = [(int)source.Immediate] });
            if (source.Immediate != (int)source.Immediate)
            {
                // The address of a variable does not fit the offset: it becomes a register.
                Slot address = Constant((ulong)source.Immediate, 8);
                (op.B, op.BU) = (address.Offset, address.Number);
                _code.Extras[op.Extra].Targets[0] = 0;
            }

            _ops.Add(op);
        }
    }

    private void DecodeLoadMatrix()
    {
        Op op = New(OpKind.LoadMatrix);
        if (!_at.Has("m8n8") || !_at.Has("b16"))
        {
            throw Unsupported("this shape");
        }

        SetAddress(ref op, _at.Operands[1], StateSpace.Shared);
        PtxOperand target = _at.Operands[0];
        Slot[] slots = target.Kind == OperandKind.Vector ? [.. target.Parts.Select(part => Destination(part))] : [Destination(target)];
        op.Count = (byte)(_at.Has("x4") ? 4 : _at.Has("x2") ? 2 : 1);
        if (slots.Length != op.Count)
        {
            throw new ArgumentException($"{slots.Length} registers for {op.Count} matrices");
        }

        op.Choice = _at.Has("trans") ? 1 : 0;
        Slot full = Constant(uint.MaxValue, 4);
        (op.C, op.CU) = (full.Offset, full.Number);
        op.Extra = Extra(new OpExtra { Slots = slots });
        _ops.Add(op);
    }
}
