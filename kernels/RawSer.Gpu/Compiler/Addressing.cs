namespace RawSer.Gpu.Compiler;

/// <summary>
/// Addresses as sums of products. Each address is taken apart into a root, terms with constant factors and a constant, and put
/// together again so that what changes least comes first: the parts that are constant in a loop are hoisted out of it, accesses that
/// differ by a constant share a pointer and keep the constant in the instruction, and what remains in a loop is one multiply-add per
/// pointer. Global offsets widen at the end (<c>mul.wide.s32</c>), shared ones never do.
/// <para>Index arithmetic in 32 bits is taken not to overflow here: an index that did would lie outside of its view.</para>
/// </summary>
internal sealed class Addressing
{
    private readonly IrFunction f;
    private readonly ControlFlow flow;
    private readonly Space[] spaces;
    private readonly int[] home;

    private int root;
    private long constant;
    private readonly SortedDictionary<int, long> narrow = []; // 32-bit values, sign extended
    private readonly SortedDictionary<int, long> wide = [];   // 64-bit values

    private Addressing(IrFunction f, Frontend frontend)
    {
        this.f = f;
        flow = new ControlFlow(f);
        spaces = AddressSpaces.Infer(f, frontend);
        home = LoopInvariants.Homes(f, flow);
    }

    public static void Run(IrFunction f, Frontend frontend) => new Addressing(f, frontend).Run();

    private void Run()
    {
        foreach (var b in flow.Order)
        {
            var block = f.Blocks[b];
            var code = block.Code;
            block.Code = f.At = new List<int>(code.Count);
            foreach (var v in code)
            {
                f.ResolveArgs(v);
                var count = f[v].Op is Op.Load or Op.Store or Op.Atomic ? 1
                    : f[v].Op == Op.Asm && f.AsmTexts[f[v].Aux].Text.StartsWith("cp.async.c", StringComparison.Ordinal) ? Math.Min(2, f[v].Args.Length) : 0;
                for (var i = 0; i < count; i++)
                {
                    if (f[f[v].Args[i]].Type == Ty.Ptr)
                    {
                        Rewrite(v, i);
                    }
                }

                f.At.Add(v);
            }
        }
    }

    private void Rewrite(int v, int argument)
    {
        f.Source = f[v].Source;
        var address = f[v].Args[argument];
        if (address >= spaces.Length || spaces[address] == Space.Local)
        {
            return;
        }

        var isShared = spaces[address] == Space.Shared;
        narrow.Clear();
        wide.Clear();
        constant = 0;
        Pointer(address);
        if (constant != (int)constant)
        {
            return;
        }

        var pointer = root;
        for (var depth = 0; depth <= 8; depth++)
        {
            pointer = AddTerms(pointer, depth, isShared);
        }

        if (f[v].Op == Op.Asm)
        {
            f[v].Args[argument] = f.EmitImm(Op.PtrAdd, Ty.Ptr, constant, pointer);
            return;
        }

        f[v].Args[argument] = pointer;
        f[v].Imm += constant;
    }

    private int AddTerms(int pointer, int depth, bool isShared)
    {
        long divisor = 0;
        foreach (var (value, factor) in narrow)
        {
            divisor = Depth(value) == depth ? Gcd(divisor, Math.Abs(factor)) : divisor;
        }

        if (divisor != 0)
        {
            // Small numbers stay in 32 bits; for shared memory all does.
            var unit = isShared ? 1 : divisor;
            var sum = -1;
            foreach (var (value, factor) in narrow)
            {
                if (Depth(value) != depth || factor == 0)
                {
                    continue;
                }

                var product = f.Emit(Op.Mul, Ty.I32, value, f.Int((int)(factor / unit)));
                sum = sum < 0 ? product : f.Emit(Op.Add, Ty.I32, sum, product);
            }

            if (sum >= 0)
            {
                pointer = f.Emit(Op.PtrAdd, Ty.Ptr, pointer, f.Emit(Op.Mul, Ty.I64, f.Emit(Op.SExt, Ty.I64, sum), f.Long(unit)));
            }
        }

        foreach (var (value, factor) in wide)
        {
            if (Depth(value) == depth && factor != 0)
            {
                pointer = f.Emit(Op.PtrAdd, Ty.Ptr, pointer, f.Emit(Op.Mul, Ty.I64, value, f.Long(factor)));
            }
        }

        return pointer;
    }

    private int Depth(int value) => value < home.Length && home[value] >= 0 ? Math.Min(8, flow.Depth(home[value])) : value < home.Length ? 0 : made.GetValueOrDefault(value);

    private readonly Dictionary<int, int> made = [];

    private static long Gcd(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }

    private void Pointer(int p)
    {
        var x = f[p];
        if (x.Op != Op.PtrAdd)
        {
            root = p;
            return;
        }

        Pointer(x.Args[0]);
        constant += x.Imm;
        if (x.Args.Length == 2)
        {
            Wide(x.Args[1], 1);
        }
    }

    private void Wide(int v, long factor)
    {
        var x = f[v];
        switch (x.Op)
        {
            case Op.Const:
                constant += x.Imm * factor;
                break;
            case Op.Add:
                Wide(x.Args[0], factor);
                Wide(x.Args[1], factor);
                break;
            case Op.Sub:
                Wide(x.Args[0], factor);
                Wide(x.Args[1], -factor);
                break;
            case Op.Neg:
                Wide(x.Args[0], -factor);
                break;
            case Op.Mul when f.IsConst(x.Args[1], out var c):
                Wide(x.Args[0], factor * c);
                break;
            case Op.SExt:
                Narrow(x.Args[0], factor);
                break;
            case Op.ZExt when Folding.IsNonNegative(f, x.Args[0]):
                Narrow(x.Args[0], factor);
                break;
            default:
                wide[v] = wide.GetValueOrDefault(v) + factor;
                break;
        }
    }

    private void Narrow(int v, long factor)
    {
        var x = f[v];
        switch (x.Op)
        {
            case Op.Const:
                constant += (int)x.Imm * factor;
                break;
            case Op.Add:
                Narrow(x.Args[0], factor);
                Narrow(x.Args[1], factor);
                break;
            case Op.Sub:
                Narrow(x.Args[0], factor);
                Narrow(x.Args[1], -factor);
                break;
            case Op.Neg:
                Narrow(x.Args[0], -factor);
                break;
            case Op.Mul when f.IsConst(x.Args[1], out var c):
                Narrow(x.Args[0], factor * (int)c);
                break;
            case Op.Mul when SplitConstant(x.Args[0]) is { Other: >= 0 } s:
                Product(s.Other, x.Args[1], factor);
                Narrow(x.Args[1], factor * s.Constant);
                break;
            case Op.Mul when SplitConstant(x.Args[1]) is { Other: >= 0 } s:
                Product(s.Other, x.Args[0], factor);
                Narrow(x.Args[0], factor * s.Constant);
                break;
            default:
                narrow[v] = narrow.GetValueOrDefault(v) + factor;
                break;
        }
    }

    /// <summary>The rest and the constant of a sum (x + c).</summary>
    private (int Other, int Constant) SplitConstant(int v) => f[v].Op == Op.Add && f.IsConst(f[v].Args[1], out var c) ? (f[v].Args[0], (int)c) : (-1, 0);

    private void Product(int a, int b, long factor)
    {
        var depth = Math.Max(Depth(a), Depth(b));
        var product = f.Emit(Op.Mul, Ty.I32, a, b);
        if (product >= home.Length)
        {
            made[product] = depth;
        }

        Narrow(product, factor);
    }
}
