using System.Buffers.Binary;

namespace RawSer.Gpu.Emulator;

/// <summary>Turns the instructions of a function into operations. What it does not know, it refuses with the line.</summary>
internal sealed unsafe partial class Decoder
{
    private const int Alignment = 32;
    private readonly KernelCode _kernel;
    private readonly CodeFunction _code;
    private readonly PtxFunction _source;
    private readonly Dictionary<PtxVariable, Slot> _slots = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(ulong Bits, int Width), Slot> _constants = [];
    private readonly Dictionary<string, Slot> _specials = new(StringComparer.Ordinal);
    private readonly Dictionary<int, Slot> _frameAddresses = [];
    private readonly Dictionary<PtxVariable, int> _frameOffsets = new(ReferenceEqualityComparer.Instance);
    private readonly List<(Slot Slot, ulong Bits)> _initial = [];
    private readonly List<uint> _undefined = [];
    private readonly List<Op> _ops = [];
    private readonly Slot _null;
    private readonly Slot _sink;
    private Slot _carry;
    private bool _hasCarry;
    private int _bytes;
    private PtxInstruction _at = null!;

    public Decoder(KernelCode kernel, CodeFunction code)
    {
        _kernel = kernel;
        _code = code;
        _source = code.Source;
        _null = NewSlot(8, undefined: false);
        _sink = NewSlot(8, undefined: false);
    }

    public void Decode()
    {
        LayOutFrame();
        int[] starts = new int[_source.Body.Count + 1];
        for (int i = 0; i < _source.Body.Count; i++)
        {
            starts[i] = _ops.Count;
            _at = _source.Body[i];
            try
            {
                DecodeInstruction();
            }
            catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or ArgumentOutOfRangeException or NullReferenceException)
            {
                throw new PtxException($"PTX line {_at.Line}: '{_at.Opcode}' with these operands is not supported ({e.Message})", e);
            }
        }

        starts[^1] = _ops.Count;
        _code.Epilogue = _ops.Count;
        _ops.Add(New(_source.IsKernel ? OpKind.Exit : OpKind.Return) with { Line = _at is null ? _source.Line : _at.Line });
        ResolveTargets(starts);
        Finish();
        ControlFlow.SetJoins(_code);
    }

    private PtxException Unsupported(string what) => new($"PTX line {_at.Line}: {what} in '{_at.Opcode}' is not supported");

    private void LayOutFrame()
    {
        int at = 0;
        if (!_source.IsKernel)
        {
            foreach (PtxVariable formal in _source.Results.Concat(_source.Parameters))
            {
                Place(formal);
            }

            _code.ResultOffsets = [.. _source.Results.Select(formal => _frameOffsets[formal])];
            _code.ParameterOffsets = [.. _source.Parameters.Select(formal => _frameOffsets[formal])];
        }

        // Parameters of calls first, so that an access beyond the last local variable leaves the frame.
        foreach (PtxVariable variable in _source.Memory.OrderBy(variable => variable.Space == StateSpace.Local))
        {
            if (variable.Space is StateSpace.Param or StateSpace.Local)
            {
                Place(variable);
            }
        }

        _code.LocalBytes = at;

        void Place(PtxVariable variable)
        {
            at = KernelCode.Align(at, Math.Max(variable.Alignment, 1));
            _frameOffsets.Add(variable, at);
            at += (int)variable.Size;
        }
    }

    private void Finish()
    {
        byte[] registers = new byte[_bytes];
        foreach ((Slot slot, ulong bits) in _initial)
        {
            if (slot.Width == 0)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(registers.AsSpan(slot.Offset), (uint)bits);
                continue;
            }

            for (int lane = 0; lane < Lanes.Count; lane++)
            {
                if (slot.Width == 8)
                {
                    BinaryPrimitives.WriteUInt64LittleEndian(registers.AsSpan(slot.Offset + (8 * lane)), bits);
                }
                else
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(registers.AsSpan(slot.Offset + (4 * lane)), (uint)bits);
                }
            }
        }

        _code.Registers = registers;
        _code.Undefined = [.. _undefined];
        foreach ((string name, Slot slot) in _specials)
        {
            _code.Specials.Add((slot, name));
        }

        foreach ((int offset, Slot slot) in _frameAddresses)
        {
            _code.FrameAddresses.Add((slot, offset));
        }

        _code.Seal(_ops);
    }

    private void ResolveTargets(int[] starts)
    {
        foreach ((int op, PtxInstruction instruction, string label) in _branches)
        {
            int index = instruction.Scope.FindLabel(label) ?? throw new PtxException($"PTX line {instruction.Line}: no label '{label}'");
            Op branch = _ops[op];
            branch.Target = starts[index];
            _ops[op] = branch;
        }

        foreach ((OpExtra extra, PtxInstruction instruction, List<string> labels) in _tables)
        {
            for (int i = 0; i < labels.Count; i++)
            {
                extra.Targets[i] = starts[instruction.Scope.FindLabel(labels[i]) ?? throw new PtxException($"PTX line {instruction.Line}: no label '{labels[i]}'")];
            }
        }
    }

    // Slots.
    private Slot NewSlot(int width, bool undefined)
    {
        int bytes = width == 0 ? sizeof(uint) : width * Lanes.Count;
        _bytes = width == 0 ? _bytes : KernelCode.Align(_bytes, Alignment);
        var slot = new Slot(_bytes, _undefined.Count, width);
        _bytes += bytes;
        _undefined.Add(undefined ? uint.MaxValue : 0);
        return slot;
    }

    private static int WidthOf(PtxType type) => type.Kind == 'p' ? 0 : type.Bits > 64 ? throw new ArgumentException("128-bit registers") : type.Bits > 32 ? 8 : 4;

    private Slot RegisterOf(PtxVariable variable)
    {
        if (!_slots.TryGetValue(variable, out Slot slot))
        {
            slot = NewSlot(WidthOf(variable.Type), undefined: true);
            _slots.Add(variable, slot);
        }

        return slot;
    }

    private Slot Constant(ulong bits, int width)
    {
        if (!_constants.TryGetValue((bits, width), out Slot slot))
        {
            slot = NewSlot(width, undefined: false);
            _constants.Add((bits, width), slot);
            _initial.Add((slot, bits));
        }

        return slot;
    }

    private Slot Special(string name, int width)
    {
        if (!_specials.TryGetValue(name, out Slot slot))
        {
            slot = NewSlot(width, undefined: false);
            _specials.Add(name, slot);
        }

        return slot;
    }

    private Slot FrameAddress(int offset)
    {
        if (!_frameAddresses.TryGetValue(offset, out Slot slot))
        {
            slot = NewSlot(8, undefined: false);
            _frameAddresses.Add(offset, slot);
        }

        return slot;
    }

    private static ulong LiteralBits(PtxOperand operand, PtxType type) => (operand.Number, type.Kind, type.Bits) switch
    {
        (NumberKind.Double, 'f', 32) => BitConverter.SingleToUInt32Bits((float)BitConverter.UInt64BitsToDouble(operand.Bits)),
        (NumberKind.Single, 'f', 64) => BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle((uint)operand.Bits)),
        (NumberKind.Integer, _, <= 16) => operand.Bits & ((1ul << type.Bits) - 1),
        (_, _, <= 32) => (uint)operand.Bits,
        _ => operand.Bits,
    };

    /// <summary>A source of a type. A wider register gives its low part.</summary>
    private Slot Source(PtxOperand operand, PtxType type)
    {
        int width = WidthOf(type);
        Slot slot;
        switch (operand.Kind)
        {
            case OperandKind.Number:
                return type.Kind == 'p' ? Constant(operand.Bits != 0 ? uint.MaxValue : 0u, 0) : Constant(LiteralBits(operand, type), width);
            case OperandKind.Symbol:
                return SymbolAddress(operand, width);
            case OperandKind.Register when operand.Variable is not null:
                slot = RegisterOf(operand.Variable);
                break;
            case OperandKind.Register:
                slot = SpecialRegister(operand.Name, width);
                break;
            default:
                throw new ArgumentException($"a source of kind {operand.Kind}");
        }

        if (slot.Width == width)
        {
            return slot;
        }

        if (slot.Width == 8 && width == 4)
        {
            Slot narrow = NewSlot(4, undefined: true);
            Emit(&Lanes.Unary<Cast<ulong, uint>, ulong, uint>, narrow, slot, travel: Travel.Convert, choice: new Conversion(new('u', 32), new('u', 64), 0, false, false, false, false, false, 32).Pack());
            return narrow;
        }

        throw new ArgumentException($"register '{operand.Name}' has another width than {type}");
    }

    private Slot Source(int operand, PtxType type) => Source(_at.Operands[operand], type);

    /// <summary>A destination register as it is.</summary>
    private Slot Destination(PtxOperand operand) => operand.Kind switch
    {
        OperandKind.Sink => _sink,
        OperandKind.Register when operand.Variable is not null => RegisterOf(operand.Variable),
        _ => throw new ArgumentException($"a destination of kind {operand.Kind}"),
    };

    /// <summary>A destination of a type; a wider register is extended by an operation that <see cref="Emit"/> adds.</summary>
    private Slot Destination(int operand, PtxType type)
    {
        Slot slot = Destination(_at.Operands[operand]);
        return slot.Width == WidthOf(type) || slot == _sink ? slot : throw new ArgumentException($"the destination has another width than {type}");
    }

    private Slot SymbolAddress(PtxOperand operand, int width)
    {
        ulong bits;
        if (operand.Variable is not { } variable)
        {
            bits = _kernel.Image.Source.Functions.ContainsKey(operand.Name)
                ? _kernel.Image.HandleOf(operand.Name)
                : throw new ArgumentException($"'{operand.Name}' is not declared");
        }
        else if (_frameOffsets.TryGetValue(variable, out int offset))
        {
            return FrameAddress(offset + (int)operand.Bits);
        }
        else
        {
            bits = variable.Space switch
            {
                StateSpace.Shared => (ulong)_kernel.SharedOffset(variable, _at.Line),
                StateSpace.Param => (ulong)_kernel.ParameterOffsets[variable],
                _ => _kernel.Image.AddressOf(variable),
            };
        }

        return Constant(bits + operand.Bits, width);
    }

    private Slot SpecialRegister(string name, int width) => name switch
    {
        "%tid.x" or "%tid.y" or "%tid.z" or "%ntid.x" or "%ntid.y" or "%ntid.z" or "%ctaid.x" or "%ctaid.y" or "%ctaid.z"
            or "%nctaid.x" or "%nctaid.y" or "%nctaid.z" or "%laneid" or "%warpid" or "%nwarpid" or "%smid" or "%nsmid" or "%gridid"
            or "%lanemask_eq" or "%lanemask_lt" or "%lanemask_le" or "%lanemask_gt" or "%lanemask_ge" or "%dynamic_smem_size" or "%total_smem_size"
            => Special(name, width),
        _ => throw new ArgumentException($"the register '{name}' is not declared"),
    };

    // Operations.
    private Op New(OpKind kind)
    {
        var op = new Op
        {
            Kind = kind,
            Line = _at is null ? _source.Line : _at.Line,
            A = _null.Offset,
            AU = _null.Number,
            B = _null.Offset,
            BU = _null.Number,
            C = _null.Offset,
            CU = _null.Number,
            D = _sink.Offset,
            DU = _sink.Number,
            Guard = -1,
            Target = -1,
            Join = -1,
        };
        if (_at?.Guard is { } guard)
        {
            Slot predicate = RegisterOf(guard);
            op.Guard = predicate.Offset;
            op.GuardU = predicate.Number;
            op.GuardNegated = _at.GuardNegated;
        }

        return op;
    }

    private void Emit(
        delegate*<byte*, Op*, uint, void> run,
        Slot d,
        Slot a,
        Slot? b = null,
        Slot? c = null,
        Travel travel = Travel.All,
        int choice = 0,
        OpKind kind = OpKind.Alu)
    {
        Op op = New(kind);
        op.Run = run;
        op.Travel = travel;
        op.Choice = choice;
        op.Width = (byte)d.Width;
        (op.D, op.DU) = (d.Offset, d.Number);
        (op.A, op.AU) = (a.Offset, a.Number);
        (op.B, op.BU) = b is { } second ? (second.Offset, second.Number) : (op.B, op.BU);
        (op.C, op.CU) = c is { } third ? (third.Offset, third.Number) : (op.C, op.CU);
        _ops.Add(op);
    }

    private int Extra(OpExtra extra)
    {
        _code.Extras.Add(extra);
        return _code.Extras.Count - 1;
    }

    private void DecodeInstruction()
    {
        string name = _at.Words[0];
        if (!(DecodeInteger(name) || DecodeBits(name) || DecodeFloat(name) || DecodeMove(name) || DecodeMemory(name) || DecodeControl(name) || DecodeWarp(name)))
        {
            throw new PtxException($"PTX line {_at.Line}: the instruction '{_at.Opcode}' is not known to the emulator");
        }
    }
}
