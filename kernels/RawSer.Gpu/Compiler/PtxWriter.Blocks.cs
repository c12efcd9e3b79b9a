using System.Globalization;

namespace RawSer.Gpu.Compiler;

/// <content>Blocks: labels, branches, and the copies that phis become.</content>
internal sealed partial class PtxWriter
{
    /// <param name="position">The block's place in the order.</param>
    private void WriteBlock(int position)
    {
        var block = _f.Blocks[_order[position]];
        if (block.Preds.Count > 1 || block.Preds.Count == 1 && (position == 0 || _order[position - 1] != block.Preds[0] || _f.Blocks[block.Preds[0]].Term == Term.Branch))
        {
            _body.Append(CultureInfo.InvariantCulture, $"L{block.Id}:\n");
        }

        foreach (var v in block.Code)
        {
            if (_f[v].Op is not (Op.Phi or Op.Nop))
            {
                WriteInstruction(v);
            }
        }

        if (CopiesBehind(block) is { Count: > 0 } copies)
        {
            WriteCopies(copies);
        }

        var next = position + 1 < _order.Count ? _order[position + 1] : -1;
        switch (block.Term)
        {
            case Term.Jump:
                if (block.Succ[0] != next)
                {
                    Branch($"bra.uni L{block.Succ[0]}");
                }

                break;
            case Term.Branch:
                var (cond, a, b) = (Operand(block.Cond), block.Succ[0], block.Succ[1]);
                if (a == next)
                {
                    Branch($"@!{cond} bra L{b}");
                }
                else
                {
                    Branch($"@{cond} bra L{a}");
                    if (b != next)
                    {
                        Branch($"bra.uni L{b}");
                    }
                }

                break;
            case Term.Unreachable:
                _body.Append(CultureInfo.InvariantCulture, $"    trap; // {_frontend.Describe(block.Source)}\n");
                break;
            default:
                Line("ret");
                break;
        }
    }

    private void Branch(string text)
    {
        Line(text);
        _counter.Add("bra");
    }

    /// <summary>What the phis behind a block take from it.</summary>
    private List<(int To, int From)> CopiesBehind(Block block)
    {
        List<(int To, int From)> moves = [];
        foreach (var s in block.Succ)
        {
            var target = _f.Blocks[s];
            var index = target.Preds.IndexOf(block.Id);
            foreach (var v in target.Code)
            {
                if (_f[v].Op != Op.Phi)
                {
                    break;
                }

                var (to, from) = (_shared.GetValueOrDefault(v, v), _f.Resolve(_f[v].Args[index]));
                from = _shared.GetValueOrDefault(from, from);
                if (from != to && !moves.Contains((to, from)))
                {
                    moves.Add((to, from));
                }
            }
        }

        return moves;
    }

    /// <summary>Sets phis. All are read before any is written, so cycles go through temporaries.</summary>
    private void WriteCopies(List<(int To, int From)> moves)
    {
        var saved = new Dictionary<int, string>();
        while (moves.Count > 0)
        {
            // A phi that no other move still reads can be written.
            var free = moves.FindIndex(m => !moves.Exists(o => o.From == m.To && o.To != m.To && !saved.ContainsKey(o.From)));
            if (free < 0)
            {
                // A cycle: keep one value aside.
                var v = moves[0].To;
                saved[v] = NewName(Bank(v));
                Move(v, saved[v], Register(v));
                continue;
            }

            var (to, from) = moves[free];
            moves.RemoveAt(free);
            Move(to, Register(to), saved.TryGetValue(from, out var kept) ? kept : _f.IsFloating(from) && _f[from].Op == Op.SharedAddr ? SharedName((int)_f[from].Imm) : Operand(from));
        }
    }

    private void Move(int v, string to, string from)
    {
        Line($"mov.{(from[0] is 's' or 'd' ? "u32" : BankTypes[Bank(v)])} {to}, {from}"); // u32: the name of shared memory
        _counter.Add("mov");
    }
}
