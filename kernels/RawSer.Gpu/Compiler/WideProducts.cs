namespace RawSer.Gpu.Compiler;

/// <summary>
/// One multiplication where both halves of a product of 64 bits are used: the low half, which folding made a product of 32 bits since
/// that is all an address needs, is taken from the wide product again.
/// </summary>
internal static class WideProducts
{
    private const int Half = 32;

    public static void Run(IrFunction f)
    {
        var upper = UpperHalves(f);
        foreach (var block in f.Blocks)
        {
            var wide = new Dictionary<(int, int), int>(); // factors in 32 bits to the product whose upper half is used
            foreach (var v in block.Code)
            {
                if (upper.Contains(v) && Factors(f, v) is { } factors)
                {
                    wide.TryAdd(factors, v);
                }
            }

            if (wide.Count > 0)
            {
                Share(f, block, wide);
            }
        }
    }

    /// <summary>Products that are shifted right by 32.</summary>
    private static HashSet<int> UpperHalves(IrFunction f)
    {
        var upper = new HashSet<int>();
        foreach (var block in f.Blocks)
        {
            foreach (var v in block.Code)
            {
                f.ResolveArgs(v);
                if (f[v].Op is Op.ShrU or Op.Shr && f.IsConst(f[v].Args[1], out var by) && by == Half && f[f[v].Args[0]] is { Op: Op.Mul, Type: Ty.I64 })
                {
                    upper.Add(f[v].Args[0]);
                }
            }
        }

        return upper;
    }

    private static (int, int)? Factors(IrFunction f, int product)
    {
        var (a, b) = (f[product].Args[0], f[product].Args[1]);
        return f[a].Op is not (Op.ZExt or Op.SExt) ? null
            : f.IsConst(b, out var c) ? (f[a].Args[0], f.Int((int)c))
            : f[b].Op == f[a].Op ? Ordered(f[a].Args[0], f[b].Args[0])
            : null;
    }

    private static (int, int) Ordered(int a, int b) => a <= b ? (a, b) : (b, a);

    /// <summary>Low halves become parts of the wide product, which moves to where the first of the two stands.</summary>
    private static void Share(IrFunction f, Block block, Dictionary<(int, int), int> wide)
    {
        var placed = new HashSet<int>();
        var code = block.Code;
        block.Code = new List<int>(code.Count);
        foreach (var v in code)
        {
            f.ResolveArgs(v);
            var (a, b) = f[v] is { Op: Op.Mul, Type: Ty.I32 } ? (f[v].Args[0], f[v].Args[1]) : (-1, -1);
            if (a >= 0 && (wide.TryGetValue((a, b), out var product) || wide.TryGetValue(Ordered(a, b), out product)))
            {
                Place(product);
                f[v] = f[v] with { Op = Op.Narrow, Args = [product] };
            }

            Place(v);
        }

        // A product needs its factors' extensions before it.
        void Place(int v)
        {
            if (!placed.Add(v))
            {
                return;
            }

            if (f[v] is { Op: Op.Mul, Type: Ty.I64 } && wide.ContainsValue(v))
            {
                foreach (var factor in f[v].Args)
                {
                    if (f[factor].Op is Op.ZExt or Op.SExt && code.Contains(factor))
                    {
                        Place(factor);
                    }
                }
            }

            block.Code.Add(v);
        }
    }
}
