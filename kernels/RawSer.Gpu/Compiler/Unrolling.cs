namespace RawSer.Gpu.Compiler;

/// <summary>
/// Loops with a constant number of rounds become straight code. The number is found by running the loop's counter: the header's
/// phis that the exit condition depends on are evaluated round by round until the loop is left, whatever the arithmetic. Loops of
/// methods marked [Unroll] are always unrolled (<see cref="LoopOwners"/>), others when they are short or index a local array, which only then becomes registers.
/// Values that leave the loop pass through slots meanwhile, so that copying blocks needs no repair of phis outside.
/// </summary>
internal sealed partial class Unrolling
{
    public const int MaxRounds = 4096;
    public const int MaxInstructions = 200_000;

    private const int SmallLoop = 192;

    private readonly IrFunction _f;
    private readonly Frontend _frontend;
    private readonly ControlFlow _flow;
    private readonly int[] _home;
    private int[] _copies = []; // of each value of the loop that is being unrolled: its copy in the round at hand, or -1

    private Unrolling(IrFunction f, Frontend frontend)
    {
        this._f = f;
        this._frontend = frontend;
        _flow = LoopInvariants.Normalise(f);
        _home = LoopInvariants.Homes(f, _flow.Order);
    }

    /// <summary>Unrolls the innermost loops that can be; returns whether any was.</summary>
    public static bool Run(IrFunction f, Frontend frontend)
    {
        var pass = new Unrolling(f, frontend);
        var touched = new BlockSet(f.Blocks.Count);
        var any = false;
        foreach (var loop in pass._flow.Loops)
        {
            // An outer loop waits for the next round: its blocks have changed.
            if (loop.Blocks.Overlaps(touched))
            {
                continue;
            }

            if (pass.CountRounds(loop) is { } found && pass.IsWorth(loop, found.Rounds))
            {
                foreach (var b in loop.Blocks)
                {
                    touched.Add(b);
                }

                pass.Unroll(loop, found.Exit, found.Rounds);
                any = true;
            }
        }

        return any;
    }

    private int Size(Loop loop) => loop.Blocks.Sum(b => _f.Blocks[b].Code.Count);

    private bool IsWorth(Loop loop, int rounds)
    {
        var size = (long)Size(loop) * Math.Max(1, rounds);
        if (size > MaxInstructions)
        {
            return false;
        }

        if (LoopOwners.IsUnrolled(_f, _frontend, loop) || rounds <= 1)
        {
            return true;
        }

        return size <= SmallLoop || (size <= 16 * SmallLoop && IndexesSlot(loop));
    }

    /// <summary>Whether the loop indexes a local array by a variable.</summary>
    private bool IndexesSlot(Loop loop)
    {
        foreach (var b in loop.Blocks)
        {
            foreach (var v in _f.Blocks[b].Code)
            {
                if (_f[v].Op == Op.PtrAdd && _f[v].Args.Length == 2)
                {
                    var root = _f[v].Args[0];
                    while (_f[root].Op == Op.PtrAdd)
                    {
                        root = _f[root].Args[0];
                    }

                    if (_f[root].Op == Op.SlotAddr)
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }
}
