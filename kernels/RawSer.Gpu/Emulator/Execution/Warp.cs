using System.Numerics;
using System.Runtime.InteropServices;

namespace RawSer.Gpu.Emulator;

/// <summary>
/// 32 threads of a block. Lanes that take different ways become fragments; they wait for each other at the branch's immediate
/// post-dominator. Fragments take turns, and one that keeps others waiting at such a point for long lets them go on, so that lanes may wait
/// for each other in loops.
/// </summary>
internal sealed unsafe partial class Warp
{
    /// <summary>Operations that a fragment may run while others of its warp wait for it to arrive.</summary>
    private const int Patience = 1 << 20;

    private readonly List<Fragment> _fragments = [];
    private readonly Dictionary<CodeFunction, Stack<Frame>> _frames = new(ReferenceEqualityComparer.Instance);
    private readonly List<Frame> _allFrames = [];
    private int _turn;
    private int _sinceArrival;

    public Warp(Block block, int index)
    {
        Block = block;
        Index = index;
        _pointers = (byte**)NativeMemory.AlignedAlloc((nuint)(2 * Lanes.Count * sizeof(byte*)), 64);
        _shadows = _pointers + Lanes.Count;
    }

    public Block Block { get; }

    public int Index { get; }

    /// <summary>Lanes that exist and have not exited.</summary>
    public uint Alive { get; private set; }

    public IReadOnlyList<Fragment> Fragments => _fragments;

    /// <summary>Begins the kernel for the threads of the warp that the block has.</summary>
    public void Start(int threads)
    {
        int lanes = Math.Clamp(threads - (Index * Lanes.Count), 0, Lanes.Count);
        Alive = lanes == Lanes.Count ? Lanes.Full : (1u << lanes) - 1;
        _fragments.Clear();
        _async.Clear();
        Array.Clear(_committed);
        _turn = 0;
        _sinceArrival = 0;
        Frame frame = Rent(Block.Kernel.Entry);
        frame.Enter(null, 0, null, Alive);
        FillSpecials(frame);
        EnsureLocal(frame.LocalEnd);
        MarkLocal(frame.LocalBase, frame.LocalEnd, Alive);
        _fragments.Add(new Fragment { Frame = frame, Mask = Alive });
    }

    /// <summary>Runs up to a number of operations; false if nothing could run.</summary>
    public bool Run(int budget)
    {
        bool ran = false;
        while (budget > 0 && Next() is { } fragment)
        {
            int used = Run(fragment, budget);
            budget -= used;
            ran |= used > 0;
            CountPatience(used);
        }

        return ran;
    }

    /// <summary>Frees memory.</summary>
    public void Release()
    {
        _allFrames.ForEach(frame => frame.Release());
        NativeMemory.AlignedFree(_pointers);
        NativeMemory.AlignedFree(_local);
    }

    private Fragment? Next()
    {
        for (int i = 0; i < _fragments.Count; i++)
        {
            Fragment fragment = _fragments[(_turn + i) % _fragments.Count];
            if (fragment.State == FragmentState.Ready)
            {
                _turn = (_turn + i + 1) % _fragments.Count;
                return fragment;
            }
        }

        return null;
    }

    private void CountPatience(int used)
    {
        _sinceArrival += used;
        if (_sinceArrival < Patience)
        {
            return;
        }

        _sinceArrival = 0;
        foreach (Fragment fragment in _fragments)
        {
            if (fragment.State == FragmentState.AtJoin)
            {
                Join join = fragment.Join!;
                join.Expected &= ~fragment.Mask;
                join.Arrived &= ~fragment.Mask;
                fragment.Join = join.Parent;
                fragment.State = FragmentState.Ready;
            }
        }
    }

    // The heart: executes operations of a fragment until it waits, ends, or the budget is used.
    private int Run(Fragment f, int budget)
    {
        Frame frame = f.Frame;
        byte* registers = frame.Registers;
        uint* undefined = frame.Undefined;
        Op* code = frame.Code.First;
        int pc = f.Pc, used = 0;
        uint mask = f.Mask;
        long steps = 0;
        int joinPc = f.Join is null ? -1 : f.Join.Pc;
        while (used < budget)
        {
            if (pc == joinPc)
            {
                f.Pc = pc;
                if (!Arrive(f))
                {
                    break;
                }

                mask = f.Mask;
                joinPc = f.Join is null ? -1 : f.Join.Pc;
                continue;
            }

            Op* op = code + pc;
            uint active = mask;
            if (op->Guard >= 0)
            {
                if ((undefined[op->GuardU] & mask) != 0)
                {
                    UseOfUndefined(frame, op, op->GuardU, mask, "the guard");
                }

                uint guard = *(uint*)(registers + op->Guard);
                active &= op->GuardNegated ? ~guard : guard;
                if (active == 0)
                {
                    pc++;
                    used++;
                    steps += BitOperations.PopCount(mask);
                    continue;
                }
            }

            used++;
            steps += BitOperations.PopCount(active);
            switch (op->Kind)
            {
                case OpKind.Alu:
                    if (((undefined[op->AU] | undefined[op->BU] | undefined[op->CU]) & active) == 0)
                    {
                        undefined[op->DU] &= ~active;
                    }
                    else
                    {
                        Definedness.Spread(frame, op, active);
                    }

                    op->Run(registers, op, active);
                    pc++;
                    break;

                case OpKind.Load:
                    Load(frame, op, active);
                    pc++;
                    break;

                case OpKind.Store:
                    Store(frame, op, active);
                    pc++;
                    break;

                case OpKind.Branch:
                    uint stay = mask & ~active;
                    if (stay == 0)
                    {
                        pc = op->Target;
                    }
                    else
                    {
                        Diverge(f, op, mask, op->Target, active);
                        mask = stay;
                        f.Mask = stay;
                        joinPc = f.Join is null ? -1 : f.Join.Pc;
                        pc++;
                    }

                    break;

                case OpKind.Move:
                    Move(frame, op, active);
                    pc++;
                    break;

                case OpKind.Divide:
                    Divide(frame, op, active);
                    pc++;
                    break;

                default:
                    f.Pc = pc;
                    f.Mask = mask;
                    bool goesOn = RunSpecial(f, op, active);
                    if (!goesOn)
                    {
                        Block.Steps += steps;
                        return used;
                    }

                    if (f.Frame != frame)
                    {
                        frame = f.Frame;
                        registers = frame.Registers;
                        undefined = frame.Undefined;
                        code = frame.Code.First;
                    }

                    pc = f.Pc;
                    mask = f.Mask;
                    joinPc = f.Join is null ? -1 : f.Join.Pc;
                    break;
            }
        }

        if (f.State == FragmentState.Ready)
        {
            f.Pc = pc;
            f.Mask = mask;
        }

        Block.Steps += steps;
        return used;
    }

    // Operations that change the fragment. False if it cannot go on now.
    private bool RunSpecial(Fragment f, Op* op, uint active)
    {
        Frame frame = f.Frame;
        switch (op->Kind)
        {
            case OpKind.Exit:
                return Exit(f, active);
            case OpKind.Trap:
                throw Fault(EmulatorFaultKind.Trap, op, BitOperations.TrailingZeroCount(active), "trap");
            case OpKind.Return:
                Return(f);
                return true;
            case OpKind.BranchTable:
                BranchTable(f, op, active);
                return true;
            case OpKind.Call:
                Split(f, op, active);
                Call(f, op);
                return true;
            case OpKind.Barrier:
                Split(f, op, active);
                if (!Block.Barriers.Arrive(this, f, op))
                {
                    return f.State == FragmentState.Ready;
                }

                f.Pc++;
                return true;
            case OpKind.Shuffle or OpKind.Vote or OpKind.Match or OpKind.Redux or OpKind.WarpBarrier or OpKind.LoadMatrix or OpKind.Mma:
                if (f.Mask != active && f.Mask != Alive)
                {
                    Split(f, op, active);
                }

                return Collective(f, op, active);
            case OpKind.ActiveMask:
                SetAll(frame, op, active, active);
                break;
            case OpKind.Atomic:
                Atomic(frame, op, active);
                break;
            case OpKind.AsyncCopy:
                AsyncCopy(frame, op, active);
                break;
            case OpKind.AsyncCommit:
                AsyncCommit(active);
                break;
            case OpKind.AsyncWait:
                AsyncWait(op, active);
                break;
            case OpKind.Fence:
                Block.Races?.Fence(Index);
                break;
            case OpKind.Clock:
                SetClock(frame, op, active);
                break;
            case OpKind.IsSpace:
                IsSpace(frame, op, active);
                break;
            default:
                throw new InvalidOperationException($"operation {op->Kind}");
        }

        f.Pc++;
        return true;
    }

    /// <summary>The exception of a fault in this warp.</summary>
    public EmulatorFaultException Fault(EmulatorFaultKind kind, Op* op, int lane, string detail)
    {
        int thread = (Index * Lanes.Count) + lane;
        return new EmulatorFaultException(kind, Block.Kernel.Source.Name, op->Line, Block.Index, Block.ThreadAt(thread), thread, detail);
    }

    private void UseOfUndefined(Frame frame, Op* op, int register, uint mask, string use)
    {
        int lane = BitOperations.TrailingZeroCount(frame.Undefined[register] & mask);
        byte origin = frame.Origins[register];
        throw Fault(Definedness.KindOf(origin), op, lane, $"{use} depends on {(Origin)origin} contents that were never written".Replace("Shuffle contents that were never written", "a shuffle from a lane that did not take part", StringComparison.Ordinal));
    }
}
