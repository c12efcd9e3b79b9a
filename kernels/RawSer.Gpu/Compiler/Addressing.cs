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
    private readonly IrFunction _f;
    private readonly ControlFlow _flow;
    private readonly Space[] _spaces;
    private readonly int[] _home;
    private readonly int[] _joined;      // depth of each value where it is written, before anything is hoisted
    private readonly HashSet<Loop> _split = [];
    private readonly List<(int A, int B)> _pairs = []; // products met while counting, which are not made then: -1 - index stands for one
    private readonly Dictionary<(int Sum, int Value, long Factor), int> _sums = []; // numbers for sums met while counting
    private Loop? _loop;
    private bool _isCounting;

    private int _root;
    private long _constant;
    private readonly Terms _narrow = new(); // 32-bit values, sign extended
    private readonly Terms _wide = new();   // 64-bit values

    /// <summary>Values with their factors, in the order of the values.</summary>
    private sealed class Terms
    {
        private readonly List<(int Value, long Factor)> _terms = [];

        public void Clear() => _terms.Clear();

        public void Add(int value, long factor)
        {
            var at = _terms.Count;
            while (at > 0 && _terms[at - 1].Value > value)
            {
                at--;
            }

            if (at > 0 && _terms[at - 1].Value == value)
            {
                _terms[at - 1] = (value, _terms[at - 1].Factor + factor);
            }
            else
            {
                _terms.Insert(at, (value, factor));
            }
        }

        public List<(int Value, long Factor)>.Enumerator GetEnumerator() => _terms.GetEnumerator();
    }

    private Addressing(IrFunction f, Frontend frontend)
    {
        this._f = f;
        _flow = LoopInvariants.Normalise(f);
        _spaces = AddressSpaces.Infer(f, frontend);
        _home = LoopInvariants.Homes(f, _flow.Order);
        _joined = [.. _home.Select(b => b < 0 ? 0 : _flow.Depth(b))];
        LoopInvariants.Hoist(f, _flow, _home);
    }

    public static void Run(IrFunction f, Frontend frontend) => new Addressing(f, frontend).Run();

    private void Run()
    {
        ChooseSplits();
        foreach (var b in _flow.Order)
        {
            var block = _f.Blocks[b];
            _loop = _flow.LoopOf[b];
            var code = block.Code;
            block.Code = _f.At = new List<int>(code.Count);
            foreach (var v in code)
            {
                _f.ResolveArgs(v);
                for (var i = 0; i < Addresses(v); i++)
                {
                    if (IsAddress(v, i))
                    {
                        Rewrite(v, i);
                    }
                }

                _f.At.Add(v);
            }
        }
    }

    /// <summary>How many of an instruction's arguments, from the first on, may be addresses.</summary>
    private int Addresses(int v) => _f[v].Op is Op.Load or Op.Store or Op.Atomic ? 1
        : _f[v].Op == Op.Asm && _f.AsmTexts[_f[v].Aux].Text.StartsWith("cp.async.c", StringComparison.Ordinal) ? Math.Min(2, _f[v].Args.Length) : 0;

    private bool IsAddress(int v, int argument)
    {
        var address = _f[v].Args[argument];
        return _f[address].Type == Ty.Ptr && address < _spaces.Length && _spaces[address] != Space.Local;
    }

    private void Decompose(int address)
    {
        _narrow.Clear();
        _wide.Clear();
        _constant = 0;
        Pointer(address);
    }

    /// <summary>
    /// What is constant in a loop can be a pointer of its own, added to in the loop, or a number that is added to the index there. The first
    /// takes an instruction less for each access and two registers for each pointer, so short loops do it where it makes no more pointers.
    /// </summary>
    private void ChooseSplits()
    {
        var pointers = new Dictionary<Loop, (HashSet<int> Split, HashSet<int> Joined)>();
        _isCounting = true;
        foreach (var b in _flow.Order)
        {
            if (_flow.LoopOf[b] is not { } loop)
            {
                continue;
            }

            foreach (var v in _f.Blocks[b].Code)
            {
                for (var i = 0; i < Addresses(v); i++)
                {
                    _f.ResolveArgs(v);
                    if (!IsAddress(v, i))
                    {
                        continue;
                    }

                    if (!pointers.TryGetValue(loop, out var keys))
                    {
                        pointers[loop] = keys = ([], []);
                    }

                    Decompose(_f[v].Args[i]);
                    keys.Split.Add(Invariant(loop, isHoisted: true));
                    keys.Joined.Add(Invariant(loop, isHoisted: false));
                }
            }
        }

        _isCounting = false;
        foreach (var (loop, (split, joined)) in pointers)
        {
            if (split.Count <= joined.Count && loop.Blocks.Count <= LoopRotation.MaxBlocks)
            {
                _split.Add(loop);
            }
        }
    }

    /// <summary>A number for the part of the address at hand that does not change in a loop, by where values stand.</summary>
    private int Invariant(Loop loop, bool isHoisted)
    {
        var sum = Joined(-1, _root, 1);
        foreach (var terms in new[] { _narrow, _wide })
        {
            foreach (var (value, factor) in terms)
            {
                var depth = value >= 0 ? Stands(value) : Math.Max(Stands(_pairs[-1 - value].A), Stands(_pairs[-1 - value].B));
                sum = depth < loop.Depth && factor != 0 ? Joined(sum, value, factor) : sum;
            }
        }

        return sum;

        int Stands(int value) => isHoisted ? Hoisted(value) : _joined[value];
    }

    /// <summary>The number of a sum with a term added.</summary>
    private int Joined(int sum, int value, long factor)
    {
        if (!_sums.TryGetValue((sum, value, factor), out var joined))
        {
            _sums[(sum, value, factor)] = joined = _sums.Count;
        }

        return joined;
    }

    /// <summary>How many loops are around a value once it is hoisted.</summary>
    private int Hoisted(int value) => _home[value] < 0 ? 0 : _flow.Depth(_home[value]);

    private void Rewrite(int v, int argument)
    {
        _f.Source = _f[v].Source;
        var isShared = _spaces[_f[v].Args[argument]] == Space.Shared;
        Decompose(_f[v].Args[argument]);
        if (_constant != (int)_constant)
        {
            return;
        }

        var pointer = _root;
        for (var depth = 0; depth <= 8; depth++)
        {
            pointer = AddTerms(pointer, depth, isShared);
        }

        if (_f[v].Op == Op.Asm)
        {
            _f[v].Args[argument] = _f.EmitImm(Op.PtrAdd, Ty.Ptr, _constant, pointer);
            return;
        }

        _f[v].Args[argument] = pointer;
        _f[v].Imm += _constant;
    }

    private int AddTerms(int pointer, int depth, bool isShared)
    {
        long divisor = 0;
        foreach (var (value, factor) in _narrow)
        {
            divisor = Depth(value) == depth ? Gcd(divisor, Math.Abs(factor)) : divisor;
        }

        if (divisor != 0)
        {
            // Small numbers stay in 32 bits; for shared memory all does.
            var unit = isShared ? 1 : divisor;
            var sum = -1;
            foreach (var (value, factor) in _narrow)
            {
                if (Depth(value) != depth || factor == 0)
                {
                    continue;
                }

                var product = _f.Emit(Op.Mul, Ty.I32, value, _f.Int((int)(factor / unit)));
                sum = sum < 0 ? product : _f.Emit(Op.Add, Ty.I32, sum, product);
            }

            if (sum >= 0)
            {
                pointer = _f.Emit(Op.PtrAdd, Ty.Ptr, pointer, _f.Emit(Op.Mul, Ty.I64, _f.Emit(Op.SExt, Ty.I64, sum), _f.Long(unit)));
            }
        }

        foreach (var (value, factor) in _wide)
        {
            if (Depth(value) == depth && factor != 0)
            {
                pointer = _f.Emit(Op.PtrAdd, Ty.Ptr, pointer, _f.Emit(Op.Mul, Ty.I64, value, _f.Long(factor)));
            }
        }

        return pointer;
    }

    private int Depth(int value) => value >= _home.Length ? _made.GetValueOrDefault(value) : Math.Min(8, _loop is null || _split.Contains(_loop) ? Hoisted(value) : _joined[value]);

    private readonly Dictionary<int, int> _made = [];

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
        var x = _f[p];
        if (x.Op != Op.PtrAdd)
        {
            _root = p;
            return;
        }

        Pointer(x.Args[0]);
        _constant += x.Imm;
        if (x.Args.Length == 2)
        {
            Wide(x.Args[1], 1);
        }
    }

    private void Wide(int v, long factor)
    {
        var x = _f[v];
        switch (x.Op)
        {
            case Op.Const:
                _constant += x.Imm * factor;
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
            case Op.Mul when _f.IsConst(x.Args[1], out var c):
                Wide(x.Args[0], factor * c);
                break;
            case Op.SExt:
                Narrow(x.Args[0], factor);
                break;
            case Op.ZExt when Folding.IsNonNegative(_f, x.Args[0]):
                Narrow(x.Args[0], factor);
                break;
            default:
                _wide.Add(v, factor);
                break;
        }
    }

    private void Narrow(int v, long factor)
    {
        var x = _f[v];
        switch (x.Op)
        {
            case Op.Const:
                _constant += (int)x.Imm * factor;
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
            case Op.Mul when _f.IsConst(x.Args[1], out var c):
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
                _narrow.Add(v, factor);
                break;
        }
    }

    /// <summary>The rest and the constant of a sum (x + c).</summary>
    private (int Other, int Constant) SplitConstant(int v) => _f[v].Op == Op.Add && _f.IsConst(_f[v].Args[1], out var c) ? (_f[v].Args[0], (int)c) : (-1, 0);

    private void Product(int a, int b, long factor)
    {
        if (_isCounting)
        {
            var index = _pairs.IndexOf((a, b));
            if (index < 0)
            {
                index = _pairs.Count;
                _pairs.Add((a, b));
            }

            _narrow.Add(-1 - index, factor);
            return;
        }

        var depth = Math.Max(Depth(a), Depth(b));
        var product = _f.Emit(Op.Mul, Ty.I32, a, b);
        if (product >= _home.Length)
        {
            _made[product] = depth;
        }

        Narrow(product, factor);
    }
}
