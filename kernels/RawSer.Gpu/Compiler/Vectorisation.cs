namespace RawSer.Gpu.Compiler;

/// <summary>
/// Accesses of one block at neighbouring constant offsets of one pointer become one access of 64 or 128 bits where the address is
/// known to be aligned: loads at the place of the first, stores at the place of the last, if nothing between may touch the same
/// memory. A load that repeats another takes its value. Accesses under one predicate join each other.
/// </summary>
internal sealed class Vectorisation
{
    private sealed record Group(int Pointer, Op Op, Mem Mem, Access Access, int Predicate, int Otherwise, List<int> Members);

    private readonly IrFunction _f;
    private readonly Space[] _spaces;
    private readonly Alignment _alignment;
    private readonly List<Group> _open = [];
    private readonly Dictionary<int, List<int>> _before = [];
    private readonly HashSet<int> _removed = [];

    private Vectorisation(IrFunction f, Frontend frontend)
    {
        this._f = f;
        _spaces = AddressSpaces.Infer(f, frontend);
        _alignment = new Alignment(f);
    }

    public static void Run(IrFunction f, Frontend frontend)
    {
        var pass = new Vectorisation(f, frontend);
        foreach (var b in DominatorTree.OrderOf(f))
        {
            pass.Visit(f.Blocks[b]);
        }
    }

    private void Visit(Block block)
    {
        _before.Clear();
        _removed.Clear();
        foreach (var v in block.Code)
        {
            _f.ResolveArgs(v);
            var op = _f[v].Op;
            if (op is Op.Load or Op.Store && (_f[v].Access & Access.Volatile) == 0)
            {
                Take(v);
            }
            else if (op is Op.Load or Op.Store or Op.Atomic || (op == Op.Asm && !_f.IsPure(v)))
            {
                CloseBefore(v);
            }
        }

        CloseWhere(_ => true);
        if (_removed.Count == 0)
        {
            return;
        }

        var code = new List<int>(block.Code.Count);
        foreach (var v in block.Code)
        {
            if (_before.TryGetValue(v, out var added))
            {
                code.AddRange(added);
            }

            if (!_removed.Contains(v))
            {
                code.Add(v);
            }
        }

        block.Code = code;
    }

    /// <summary>Puts an access into its group.</summary>
    private void Take(int v)
    {
        var x = _f[v];
        var isPredicated = (x.Access & Access.Predicated) != 0;
        var predicate = isPredicated ? x.Args[x.Op == Op.Load ? 1 : 2] : -1;
        var otherwise = isPredicated && x.Op == Op.Load ? x.Args[2] : -1;
        CloseWhere(g => (g.Op == Op.Store || x.Op == Op.Store) && MayOverlap(g, x));
        var group = _open.Find(g => g.Pointer == x.Args[0] && g.Op == x.Op && g.Mem == x.Mem && g.Access == x.Access && g.Predicate == predicate && g.Otherwise == otherwise);
        if (group is null)
        {
            _open.Add(group = new Group(x.Args[0], x.Op, x.Mem, x.Access, predicate, otherwise, []));
        }

        group.Members.Add(v);
    }

    /// <summary>Closes the groups that an instruction which joins none stands in the way of.</summary>
    private void CloseBefore(int v)
    {
        var x = _f[v];
        var writes = _f.WritesMemory(v) || (x.Access & Access.Volatile) != 0;
        if (x.Op == Op.Asm || (x.Access & Access.Volatile) != 0)
        {
            var convergentOnly = x.Op == Op.Asm && (_f.AsmTexts[x.Aux].Effects & ~AsmEffects.Convergent) == 0;
            CloseWhere(g => !convergentOnly && (writes || g.Op == Op.Store));
        }
        else
        {
            CloseWhere(g => (writes || g.Op == Op.Store) && MayOverlap(g, x));
        }
    }

    private bool MayOverlap(Group group, in Instr x)
    {
        var (a, b) = (group.Pointer, x.Args[0]);
        if (Space(a) != Space(b))
        {
            return false;
        }

        if (a == b && x.Op != Op.Atomic)
        {
            foreach (var m in group.Members)
            {
                if (_f[m].Imm < x.Imm + IrFunction.SizeOf(x.Mem) && x.Imm < _f[m].Imm + IrFunction.SizeOf(_f[m].Mem))
                {
                    return true;
                }
            }

            return false;
        }

        var (rootA, rootB) = (Root(a), Root(b));
        return !(_f[rootA].Op == Op.SharedAddr && _f[rootB].Op == Op.SharedAddr && rootA != rootB);
    }

    private Space Space(int pointer) => pointer < _spaces.Length ? _spaces[pointer] : Compiler.Space.Unknown;

    private int Root(int pointer)
    {
        while (_f[pointer].Op is Op.PtrAdd or Op.Assume)
        {
            pointer = _f.Resolve(_f[pointer].Args[0]);
        }

        return pointer;
    }

    private void CloseWhere(Predicate<Group> condition)
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (condition(_open[i]))
            {
                Merge(_open[i]);
                _open.RemoveAt(i);
            }
        }
    }

    private void Merge(Group group)
    {
        if (group.Members.Count == 1)
        {
            return;
        }

        var size = IrFunction.SizeOf(group.Mem);
        var byOffset = new SortedDictionary<long, int>();
        foreach (var m in group.Members)
        {
            if (group.Op == Op.Load && byOffset.TryGetValue(_f[m].Imm, out var first))
            {
                _f.Replace(m, first);
                _removed.Add(m);
            }
            else
            {
                byOffset[_f[m].Imm] = m;
            }
        }

        if (size < 4 || Space(group.Pointer) == Compiler.Space.Local)
        {
            return;
        }

        var members = byOffset.Values.ToArray();
        var at = 0;
        while (at < members.Length)
        {
            var width = 16 / size;
            while (width > 1 && !Fits(group, members, at, width, size))
            {
                width /= 2;
            }

            if (width > 1)
            {
                Join(group, members.AsSpan(at, width));
            }

            at += width;
        }
    }

    private bool Fits(Group group, int[] members, int at, int width, int size)
    {
        if (at + width > members.Length)
        {
            return false;
        }

        for (var i = 1; i < width; i++)
        {
            if (_f[members[at + i]].Imm != _f[members[at]].Imm + (i * size))
            {
                return false;
            }
        }

        var x = _f[members[at]];
        var proven = x.Imm == 0 ? _alignment.Of(group.Pointer) : Math.Min(_alignment.Of(group.Pointer), x.Imm & -x.Imm);
        return Math.Max(proven, x.Align) >= width * size;
    }

    private void Join(Group group, ReadOnlySpan<int> members)
    {
        var (first, last) = (members[0], members[0]);
        foreach (var m in members)
        {
            (first, last) = (group.Members.IndexOf(m) < group.Members.IndexOf(first) ? m : first, group.Members.IndexOf(m) > group.Members.IndexOf(last) ? m : last);
        }

        var x = _f[members[0]];
        if (group.Op == Op.Load)
        {
            var load = _f.New(x with { Op = Op.LoadVec, Type = Ty.Tuple, Aux = members.Length });
            var added = new List<int> { load };
            for (var i = 0; i < members.Length; i++)
            {
                var part = _f.New(new Instr { Op = Op.Extract, Type = x.Type, Imm = i, Args = [load], Source = x.Source });
                added.Add(part);
                _f.Replace(members[i], part);
                _removed.Add(members[i]);
            }

            Insert(first, added);
            return;
        }

        var args = new List<int> { group.Pointer };
        foreach (var m in members)
        {
            args.Add(_f[m].Args[1]);
            _removed.Add(m);
        }

        if (group.Predicate >= 0)
        {
            args.Add(group.Predicate);
        }

        Insert(last, [_f.New(x with { Op = Op.StoreVec, Aux = members.Length, Args = [.. args] })]);
    }

    private void Insert(int place, List<int> added)
    {
        if (_before.TryGetValue(place, out var list))
        {
            list.AddRange(added);
        }
        else
        {
            _before[place] = added;
        }
    }
}
