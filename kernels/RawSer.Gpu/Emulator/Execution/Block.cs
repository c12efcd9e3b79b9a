using System.Numerics;
using System.Runtime.InteropServices;

namespace RawSer.Gpu.Emulator;

/// <summary>A block under execution: its shared memory, its warps and barriers. Used again for further blocks of the launch.</summary>
internal sealed unsafe class Block : IDisposable
{
    /// <summary>Operations that a warp may run before the next has its turn.</summary>
    private const int Slice = 1024;

    private readonly Launch _launch;
    private readonly Warp[] _warps;
    private long _reportedSteps;

    public Block(Launch launch)
    {
        _launch = launch;
        SharedBytes = launch.SharedBytes;
        Shared = (byte*)NativeMemory.AlignedAlloc((nuint)(2 * Math.Max(SharedBytes, 64)), 256);
        SharedShadow = Shared + Math.Max(SharedBytes, 64);
        WarpCount = (int)((Shape.Block.Count + Lanes.Count - 1) / Lanes.Count);
        Barriers = new Barriers(this, WarpCount);
        Races = launch.Checks >= EmulatorChecks.Shared && SharedBytes > 0
            ? new SharedRaces(this, SharedBytes, WarpCount, ChecksStrictly)
            : null;
        _warps = [.. Enumerable.Range(0, WarpCount).Select(index => new Warp(this, index))];
    }

    public KernelCode Kernel => _launch.Kernel;

    public LaunchShape Shape => _launch.Shape;

    public byte[] Parameters => _launch.Parameters;

    public GlobalMemory Memory => _launch.Memory;

    public bool TracksReadOnly => _launch.TracksReadOnly;

    public bool ChecksStrictly => _launch.Checks >= EmulatorChecks.Strict;

    public IReadOnlyList<Warp> Warps => _warps;

    public int WarpCount { get; }

    public Barriers Barriers { get; }

    public SharedRaces? Races { get; }

    public int SharedBytes { get; }

    public byte* Shared { get; }

    /// <summary>Not 0 for a byte of shared memory that was never written.</summary>
    public byte* SharedShadow { get; }

    /// <summary>The block of the grid.</summary>
    public Dim3 Index { get; private set; }

    public long LinearIndex { get; private set; }

    /// <summary>Thread-instructions so far.</summary>
    public long Steps { get; set; }

    public bool IsDone { get; private set; }

    /// <summary>Begins a block of the grid.</summary>
    public void Start(long linear)
    {
        LinearIndex = linear;
        Dim3 grid = Shape.Grid;
        Index = new Dim3((int)(linear % grid.X), (int)(linear / grid.X % grid.Y), (int)(linear / grid.X / grid.Y));
        Steps = 0;
        _reportedSteps = 0;
        IsDone = false;
        NativeMemory.Fill(Shared, (nuint)SharedBytes, 0xFF);
        NativeMemory.Fill(SharedShadow, (nuint)SharedBytes, _launch.Checks >= EmulatorChecks.Shared ? (byte)1 : (byte)0);
        Barriers.Reset();
        Races?.Reset();
        foreach (Warp warp in _warps)
        {
            warp.RecycleFrames();
            warp.Start((int)Shape.Block.Count);
        }
    }

    /// <summary>Runs for about a number of operations of warps, or to the end.</summary>
    public void Run(long budget)
    {
        while (budget > 0 && !IsDone)
        {
            bool ran = false, alive = false;
            foreach (Warp warp in _warps)
            {
                if (warp.Alive != 0)
                {
                    ran |= warp.Run(Slice);
                    alive |= warp.Alive != 0;
                }
            }

            long steps = _launch.AddSteps(Steps - _reportedSteps);
            _reportedSteps = Steps;
            budget -= (long)Slice * _warps.Length;
            if (!alive)
            {
                IsDone = true;
            }
            else if (!ran)
            {
                throw Deadlock();
            }
            else if (steps > _launch.StepLimit)
            {
                throw StepLimit(steps);
            }
        }
    }

    /// <summary>A thread by its number.</summary>
    public Dim3 ThreadAt(int linear)
    {
        Dim3 block = Shape.Block;
        return new Dim3(linear % block.X, linear / block.X % block.Y, linear / block.X / block.Y);
    }

    public void Dispose()
    {
        Array.ForEach(_warps, warp => warp.Release());
        NativeMemory.AlignedFree(Shared);
    }

    private EmulatorFaultException StepLimit(long steps)
    {
        Warp warp = Array.Find(_warps, warp => warp.Fragments.Any(fragment => fragment.State == FragmentState.Ready))
            ?? Array.Find(_warps, warp => warp.Alive != 0)!;
        Fragment fragment = warp.Fragments.FirstOrDefault(fragment => fragment.State == FragmentState.Ready) ?? warp.Fragments[0];
        return Report(EmulatorFaultKind.StepLimit, warp, fragment, $"{steps} instructions of threads, more than the limit of {_launch.StepLimit}");
    }

    // All wait. The most telling of the reasons is reported.
    private EmulatorFaultException Deadlock()
    {
        foreach (Warp warp in _warps)
        {
            foreach (Fragment fragment in warp.Fragments)
            {
                Op* op = fragment.Frame.Code.First + fragment.Pc;
                if (fragment.State == FragmentState.AtCollective && op->Kind != OpKind.WarpBarrier)
                {
                    return Report(EmulatorFaultKind.DivergentShuffle, warp, fragment, $"lanes 0x{fragment.Mask:x8} wait for lanes of their mask that cannot come");
                }
            }
        }

        foreach (Warp warp in _warps)
        {
            foreach (Fragment fragment in warp.Fragments)
            {
                if (fragment.State == FragmentState.AtBarrier && Barriers.IsPartial(warp, fragment))
                {
                    return Report(EmulatorFaultKind.DivergentBarrier, warp, fragment, $"lanes 0x{fragment.Mask:x8} of 0x{warp.Alive:x8} wait at a barrier that the others do not reach");
                }
            }
        }

        Warp waiting = Array.Find(_warps, warp => warp.Fragments.Count > 0)!;
        Fragment first = waiting.Fragments.FirstOrDefault(fragment => fragment.State != FragmentState.AtJoin) ?? waiting.Fragments[0];
        return Report(EmulatorFaultKind.BarrierDeadlock, waiting, first, "all threads that have not exited wait");
    }

    private static EmulatorFaultException Report(EmulatorFaultKind kind, Warp warp, Fragment fragment, string detail) =>
        warp.Fault(kind, fragment.Frame.Code.First + fragment.Pc, BitOperations.TrailingZeroCount(fragment.Mask), detail);
}
