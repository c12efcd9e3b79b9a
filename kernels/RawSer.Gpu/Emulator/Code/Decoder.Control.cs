namespace RawSer.Gpu.Emulator;

/// <summary>Branches, calls, barriers and fences.</summary>
internal sealed unsafe partial class Decoder
{
    private readonly List<(int Op, PtxInstruction Instruction, string Label)> _branches = [];
    private readonly List<(OpExtra Extra, PtxInstruction Instruction, List<string> Labels)> _tables = [];

    private bool DecodeControl(string name)
    {
        switch (name)
        {
            case "bra":
                _branches.Add((_ops.Count, _at, _at.Operands[0].Name));
                _ops.Add(New(OpKind.Branch));
                return true;
            case "brx":
                DecodeBranchTable();
                return true;
            case "call":
                DecodeCall();
                return true;
            case "ret" when _source.IsKernel:
            case "exit":
                _ops.Add(New(OpKind.Exit));
                return true;
            case "ret":
                // To the epilogue, where the lanes of the call meet.
                _branches.Add((_ops.Count, _at, EpilogueLabel));
                _at.Scope.Labels.TryAdd(EpilogueLabel, _source.Body.Count);
                _ops.Add(New(OpKind.Branch));
                return true;
            case "trap" or "brkpt":
                _ops.Add(New(OpKind.Trap));
                return true;
            case "bar" or "barrier":
                DecodeBarrier();
                return true;
            case "membar" or "fence":
                _ops.Add(New(OpKind.Fence));
                return true;
            case "nanosleep" or "griddepcontrol" or "setmaxnreg" or "pmevent":
                return true;
            default:
                return false;
        }
    }

    private const string EpilogueLabel = " epilogue";

    private void DecodeBranchTable()
    {
        Slot index = Source(0, new('u', 32));
        List<string> labels = _at.Operands[1].Kind == OperandKind.Symbol
            ? _at.Scope.FindTargets(_at.Operands[1].Name) ?? throw new ArgumentException($"no list of targets '{_at.Operands[1].Name}'")
            : throw new ArgumentException("a list of targets expected");
        Op op = New(OpKind.BranchTable);
        (op.A, op.AU) = (index.Offset, index.Number);
        var extra = new OpExtra { Targets = new int[labels.Count] };
        op.Extra = Extra(extra);
        _tables.Add((extra, _at, labels));
        _ops.Add(op);
    }

    private void DecodeCall()
    {
        int at = 0;
        (int Offset, int Bytes)[] results = [], arguments = [];
        if (_at.Operands[0].Kind == OperandKind.List)
        {
            results = Storage(_at.Operands[at++]);
        }

        PtxOperand callee = _at.Operands[at++];
        if (at < _at.Operands.Count && _at.Operands[at].Kind == OperandKind.List)
        {
            arguments = Storage(_at.Operands[at]);
        }

        Op op = New(OpKind.Call);
        CodeFunction? function = null;
        if (callee.Kind == OperandKind.Symbol)
        {
            if (!_kernel.Image.Source.Functions.ContainsKey(callee.Name))
            {
                throw new ArgumentException($"the function '{callee.Name}' is not declared");
            }

            function = _kernel.Function(callee.Name);
        }
        else
        {
            Slot handle = Source(callee, new('u', 64));
            (op.A, op.AU) = (handle.Offset, handle.Number);
        }

        op.Extra = Extra(new OpExtra { Callee = function, Arguments = arguments, Results = results });
        _ops.Add(op);
    }

    private (int Offset, int Bytes)[] Storage(PtxOperand list) =>
    [
        .. list.Parts.Select(part => part.Variable is { } variable && _frameOffsets.TryGetValue(variable, out int offset)
            ? (offset, (int)variable.Size)
            : throw new ArgumentException($"'{part.Name}' is no .param variable of this function")),
    ];

    private void DecodeBarrier()
    {
        if (_at.Has("warp"))
        {
            AddWarp(OpKind.WarpBarrier, 0);
            return;
        }

        if (_at.Has("cluster"))
        {
            throw Unsupported("a cluster");
        }

        Op op = New(OpKind.Barrier);
        bool reduces = _at.Has("red");
        int first = reduces ? 1 : 0, end = _at.Operands.Count - (reduces ? 1 : 0);
        op.Choice = (int)(_at.Has("arrive") ? BarrierAction.Arrive
            : _at.Has("popc") ? BarrierAction.PopCount
            : _at.Has("and") ? BarrierAction.And
            : _at.Has("or") ? BarrierAction.Or
            : BarrierAction.Sync);
        op.Signed = _at.Words[0] == "bar" || _at.Has("aligned");
        Slot id = first < end ? Source(first, Word) : Constant(0, 4);
        (op.A, op.AU) = (id.Offset, id.Number);
        if (first + 1 < end)
        {
            Slot count = Source(first + 1, Word);
            (op.B, op.BU) = (count.Offset, count.Number);
            op.Count = 1;
        }

        if (reduces)
        {
            Slot predicate = Source(end, PtxType.Predicate), d = Destination(_at.Operands[0]);
            (op.C, op.CU) = (predicate.Offset, predicate.Number);
            (op.D, op.DU, op.Width) = (d.Offset, d.Number, (byte)d.Width);
            op.Flags |= _at.Operands[end].Negated ? AccessFlags.Negated : AccessFlags.None;
        }

        _ops.Add(op);
    }
}

/// <summary>What a barrier instruction does besides arriving.</summary>
internal enum BarrierAction
{
    Sync,
    Arrive,
    PopCount,
    And,
    Or,
}
