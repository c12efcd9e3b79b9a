using System.Reflection.Metadata;

namespace RawSer.Gpu.Compiler;

/// <content>Bodies block by block: branches, what they hand over, and the ways out.</content>
internal sealed partial class Frontend
{
    /// <summary>Translates a body from the current block on; afterwards the current block is where the caller goes on.</summary>
    private void TranslateBody(Frame frame)
    {
        var il = frame.Il;
        if (il.HasHandlers)
        {
            Unsupported("has a try block; kernels have no exceptions");
            return;
        }

        for (var i = 0; i < il.Arguments.Length; i++)
        {
            frame.ArgumentSlots[i] = -1;
            if (il.IsArgumentVariable[i])
            {
                frame.ArgumentSlots[i] = NewSlot(il.Arguments[i], "argument", i, il.Method);
                StoreTo(f.Intern(Op.SlotAddr, Ty.Ptr, frame.ArgumentSlots[i]), 0, il.Arguments[i], frame.Arguments[i]);
            }
        }

        Array.Fill(frame.LocalSlots, -1);
        if (il.IsStraight)
        {
            TranslateBlock(frame, 0);
            return;
        }

        var source = f.Source;
        JumpTo(frame, 0);
        for (var next = 0; next >= 0; next = Array.FindIndex(frame.Blocks, block => block.IsPending))
        {
            ref var incoming = ref frame.Blocks[next];
            incoming.IsPending = false;
            Enter(incoming.Block!);
            frame.Stack.Clear();
            for (var i = 0; i < incoming.Stack?.Length; i++)
            {
                var (entry, slot) = (incoming.Stack[i], incoming.Slots![i]);
                frame.Stack.Add(slot < 0 ? entry : LoadFrom(f.Intern(Op.SlotAddr, Ty.Ptr, slot), 0, entry.Type));
            }

            TranslateBlock(frame, next);
        }

        f.Source = source;
        _current = frame.Exit;
        if (_current is not null)
        {
            Enter(_current);
            if (frame.ResultSlot >= 0)
            {
                frame.Result = LoadFrom(f.Intern(Op.SlotAddr, Ty.Ptr, frame.ResultSlot), 0, il.Returns);
            }
        }
    }

    private void Enter(Block block)
    {
        Forget();
        _current = block;
        f.At = block.Code;
    }

    /// <summary>The block to branch to, with the evaluation stack handed over.</summary>
    private Block Target(Frame frame, int offset)
    {
        ref var incoming = ref frame.Blocks[frame.Il.BlockAt[offset]];
        var stack = frame.Stack;
        if (incoming.Block is null)
        {
            incoming.Block = f.NewBlock();
            incoming.IsPending = true;
            if (stack.Count > 0)
            {
                incoming.Stack = [.. stack];
                incoming.Slots = [.. stack.Select(o => o.Token is null ? NewSlot(o.Type, "evaluation stack") : -1)];
            }
        }

        for (var i = 0; i < stack.Count; i++)
        {
            if (incoming.Slots is { } slots && slots[i] >= 0)
            {
                StoreTo(f.Intern(Op.SlotAddr, Ty.Ptr, slots[i]), 0, incoming.Stack![i].Type, stack[i]);
            }
        }

        return incoming.Block;
    }

    private void JumpTo(Frame frame, int offset)
    {
        var target = Target(frame, offset);
        _current!.Source = f.Source;
        _current.Term = Term.Jump;
        _current.Succ = [target.Id];
        _current = null;
    }

    private void BranchTo(Frame frame, int cond, int ifTrue, int ifFalse)
    {
        if (f.IsConst(cond, out var known))
        {
            JumpTo(frame, known != 0 ? ifTrue : ifFalse);
            return;
        }

        var (a, b) = (Target(frame, ifTrue), Target(frame, ifFalse));
        _current!.Source = f.Source;
        _current.Term = Term.Branch;
        _current.Cond = cond;
        _current.Succ = [a.Id, b.Id];
        _current = null;
    }

    /// <summary>Ends the current block where the program cannot go on.</summary>
    private void Stop()
    {
        _current!.Source = f.Source;
        _current.Term = Term.Unreachable;
        _current = null;
    }

    /// <summary>Marks the place as an error if it is reached after optimisation.</summary>
    private void Unsupported(string message)
    {
        f.Messages.Add(message);
        f.Emit(new Instr { Op = Op.Unsupported, Type = Ty.None, Aux = f.Messages.Count - 1, Args = [] });
        Stop();
    }

    private void TranslateBlock(Frame frame, int index)
    {
        var il = frame.Il;
        var end = index + 1 < il.BlockStarts.Length ? il.BlockStarts[index + 1] : il.Code.Length;
        Type? constrained = null;
        for (var i = il.BlockStarts[index]; i < end; i++)
        {
            ref readonly var x = ref il.Code[i];
            f.Source = frame.FirstSource + i;
            if (x.Code == ILOpCode.Constrained)
            {
                constrained = (Type)x.Operand!;
                continue;
            }

            try
            {
                Translate(frame, x, constrained);
            }
            catch (NotSupportedException e)
            {
                Unsupported(e.Message);
            }

            constrained = null;
            if (_current is null)
            {
                return;
            }
        }

        if (end < il.Code.Length)
        {
            JumpTo(frame, il.Code[end].Offset);
        }
    }

    private void TranslateSwitch(Frame frame, in IlInstruction x)
    {
        var targets = (int[])x.Operand!;
        var value = PopValue(frame);
        if (f.IsConst(value, out var known))
        {
            JumpTo(frame, (uint)known < (uint)targets.Length ? targets[known] : x.Next);
            return;
        }

        var blocks = new int[targets.Length + 1];
        for (var i = 0; i < targets.Length; i++)
        {
            blocks[i] = Target(frame, targets[i]).Id;
        }

        blocks[^1] = Target(frame, x.Next).Id;

        // Compare and branch, case by case: a few cases is what kernels have.
        for (var i = 0; i < targets.Length; i++)
        {
            var next = i == targets.Length - 1 ? blocks[^1] : f.NewBlock().Id;
            _current!.Term = Term.Branch;
            _current.Source = f.Source;
            _current.Cond = f.Compare(Cond.Eq, value, f.Int(i));
            _current.Succ = [blocks[i], next];
            Enter(f.Blocks[next]);
        }

        _current = null;
    }

    private void TranslateReturn(Frame frame)
    {
        var il = frame.Il;
        var hasResult = il.Returns != typeof(void);
        if (il.IsStraight)
        {
            if (hasResult)
            {
                frame.Result = Typed(Pop(frame), il.Returns);
            }

            return;
        }

        if (hasResult)
        {
            var result = Pop(frame);
            if (result.Token is not null)
            {
                frame.Result = result;
            }
            else
            {
                if (frame.ResultSlot < 0)
                {
                    frame.ResultSlot = NewSlot(il.Returns, "result", of: il.Method);
                }

                StoreTo(f.Intern(Op.SlotAddr, Ty.Ptr, frame.ResultSlot), 0, il.Returns, result);
            }
        }

        frame.Exit ??= f.NewBlock();
        _current!.Source = f.Source;
        _current.Term = Term.Jump;
        _current.Succ = [frame.Exit.Id];
        _current = null;
    }
}
