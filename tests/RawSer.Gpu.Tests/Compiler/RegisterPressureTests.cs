using RawSer.Gpu.Compiler;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>What lives where in a loop, and how many registers that takes.</summary>
public sealed class RegisterPressureTests
{
    /// <summary>
    /// <code>
    /// 0: step = a + b; first = 3 a
    /// 1: x = phi(first, next); if (x &lt; a) goto 2 else goto 3
    /// 2: next = x + step
    /// 4: *p = 0; goto 1
    /// 3: *p = x
    /// </code>
    /// The loop's variable is one value in the round and another from the place on where the next round's is made; both take a register, never at
    /// once, and what the loop only reads keeps its own all through it.
    /// </summary>
    [Test]
    public void A_loops_variable_lives_from_round_to_round()
    {
        using IrFunction f = new();
        Block entry = f.NewBlock(), header = f.NewBlock(), body = f.NewBlock(), exit = f.NewBlock(), latch = f.NewBlock();
        int a = f.Intern(Op.Param, Ty.I32, 0, Mem.I32), b = f.Intern(Op.Param, Ty.I32, 1, Mem.I32), p = f.Intern(Op.Param, Ty.Ptr, 2, Mem.Ptr);

        f.At = entry.Code;
        int step = f.Emit(Op.Add, Ty.I32, a, b), first = f.Emit(Op.Mul, Ty.I32, a, f.Int(3));
        int x = f.New(new Instr { Op = Op.Phi, Type = Ty.I32, Args = [first, first] });
        f.At = header.Code;
        f.At.Add(x);
        header.Cond = f.Compare(Cond.Lt, x, a);
        f.At = body.Code;
        int next = f.Emit(Op.Add, Ty.I32, x, step);
        f[x].Args[1] = next;
        f.At = latch.Code;
        f.Emit(new Instr { Op = Op.Store, Mem = Mem.I32, Args = [p, f.Int(0)] });
        f.At = exit.Code;
        f.Emit(new Instr { Op = Op.Store, Mem = Mem.I32, Args = [p, x] });
        Connect(entry, Term.Jump, header);
        Connect(header, Term.Branch, body, exit);
        Connect(body, Term.Jump, latch);
        Connect(latch, Term.Jump, header);
        Connect(exit, Term.Return);
        ControlFlow.ConnectPredecessors(f);

        RegisterPressure pressure = RegisterPressure.Analyse(f, new Space[f.Count]);

        Assert.Multiple(() =>
        {
            Assert.That(pressure.LiveIn(entry.Id), Is.Empty);
            Assert.That(pressure.LiveIn(header.Id), Is.EquivalentTo(new[] { x, step }));
            Assert.That(pressure.LiveIn(body.Id), Is.EquivalentTo(new[] { x, step }));
            Assert.That(pressure.LiveIn(latch.Id), Is.EquivalentTo(new[] { next, step }));
            Assert.That(pressure.LiveIn(exit.Id), Is.EquivalentTo(new[] { x }));
            Assert.That(f.Blocks.Select(block => pressure.Of(block.Id)), Is.EqualTo(new[] { 2, 2, 2, 1, 2 }));
            Assert.That(pressure.Max, Is.EqualTo(2));
        });
    }

    private static void Connect(Block block, Term term, params Block[] successors) => (block.Term, block.Succ) = (term, [.. successors.Select(to => to.Id)]);
}
