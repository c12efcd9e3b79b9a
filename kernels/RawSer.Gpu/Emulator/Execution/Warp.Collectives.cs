using System.Numerics;

namespace RawSer.Gpu.Emulator;

/// <summary>Instructions that the lanes of a mask execute together: they wait for each other, also when they come in several fragments.</summary>
internal sealed unsafe partial class Warp
{
    // True if the fragment goes on.
    private bool Collective(Fragment f, Op* op, uint active)
    {
        CheckMasks(f.Frame, op, active);
        if (!TryCollective(f, op, active))
        {
            f.State = FragmentState.AtCollective;
            return false;
        }

        f.Pc++;
        return true;
    }

    private void CheckMasks(Frame frame, Op* op, uint active)
    {
        if ((frame.Undefined[op->CU] & active) != 0)
        {
            UseOfUndefined(frame, op, op->CU, active, "the mask of a warp instruction");
        }

        uint* masks = (uint*)(frame.Registers + op->C);
        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if ((masks[lane] >> lane & 1) == 0)
            {
                throw Fault(EmulatorFaultKind.ShuffleMask, op, lane, $"the mask 0x{masks[lane]:x8} leaves out lane {lane}, which executes it");
            }
        }
    }

    // Gathers the fragments that hold the lanes asked for; executes for all of them if none is missing.
    private bool TryCollective(Fragment f, Op* op, uint active)
    {
        var partners = new List<Fragment>();
        uint present = active, needed = Needed(f.Frame, op, active);
        while ((needed & Alive & ~present) != 0)
        {
            uint missing = needed & Alive & ~present;
            Fragment? next = _fragments.Find(other => other != f && other.State == FragmentState.AtCollective && (other.Mask & missing) != 0
                && !partners.Contains(other) && MayMeet(f, op, other));
            if (next is null)
            {
                return false;
            }

            partners.Add(next);
            Op* at = next.Frame.Code.First + next.Pc;
            uint mask = ActiveOf(next, at);
            present |= mask;
            needed |= Needed(next.Frame, at, mask);
        }

        Execute(f.Frame, op, present);
        foreach (Fragment partner in partners)
        {
            partner.Pc++;
            partner.State = FragmentState.Ready;
        }

        return true;
    }

    // Warp barriers meet wherever they stand; other instructions must be the same one.
    private static bool MayMeet(Fragment f, Op* op, Fragment other)
    {
        Op* at = other.Frame.Code.First + other.Pc;
        return op->Kind == OpKind.WarpBarrier ? at->Kind == OpKind.WarpBarrier : other.Pc == f.Pc && other.Frame == f.Frame;
    }

    private static uint ActiveOf(Fragment fragment, Op* op)
    {
        if (op->Guard < 0)
        {
            return fragment.Mask;
        }

        uint guard = *(uint*)(fragment.Frame.Registers + op->Guard);
        return fragment.Mask & (op->GuardNegated ? ~guard : guard);
    }

    private static uint Needed(Frame frame, Op* op, uint mask)
    {
        uint needed = 0;
        uint* masks = (uint*)(frame.Registers + op->C);
        for (; mask != 0; mask &= mask - 1)
        {
            needed |= masks[BitOperations.TrailingZeroCount(mask)];
        }

        return needed;
    }

    // After lanes exited: those who wait for them may go on.
    private void RetryCollectives()
    {
        for (int i = 0; i < _fragments.Count; i++)
        {
            Fragment fragment = _fragments[i];
            if (fragment.State == FragmentState.AtCollective)
            {
                Op* op = fragment.Frame.Code.First + fragment.Pc;
                if (TryCollective(fragment, op, ActiveOf(fragment, op)))
                {
                    fragment.Pc++;
                    fragment.State = FragmentState.Ready;
                }
            }
        }
    }

    private void Execute(Frame frame, Op* op, uint present)
    {
        switch (op->Kind)
        {
            case OpKind.WarpBarrier:
                Block.Races?.WarpSync(this, present);
                break;
            case OpKind.Shuffle:
                Shuffle(frame, op, present);
                break;
            case OpKind.LoadMatrix:
                LoadMatrix(frame, op, present);
                break;
            case OpKind.Mma:
                Mma(frame, op);
                break;
            default:
                Together(frame, op, present);
                break;
        }
    }

    // shfl: bits 0 to 4 of c clamp, bits 8 to 12 choose the segment.
    private static void Shuffle(Frame frame, Op* op, uint present)
    {
        OpExtra extra = frame.Code.Extras[op->Extra];
        uint* a = (uint*)(frame.Registers + op->A), b = (uint*)(frame.Registers + op->B), clamp = (uint*)(frame.Registers + extra.More[0].Offset);
        uint* masks = (uint*)(frame.Registers + op->C), d = (uint*)(frame.Registers + op->D);
        uint* values = stackalloc uint[Lanes.Count];
        byte* undefined = stackalloc byte[Lanes.Count];
        for (int lane = 0; lane < Lanes.Count; lane++)
        {
            values[lane] = a[lane];
            undefined[lane] = Definedness.BytesOf(frame, op->AU, lane);
        }

        byte origin = frame.Origins[op->AU];
        uint predicate = 0;
        uint* lanes = stackalloc uint[Lanes.Count];
        uint valid = 0;
        for (uint rest = present; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            uint segment = (clamp[lane] >> 8) & 31, bound = clamp[lane] & 31, offset = b[lane] & 31;
            int most = (int)(((uint)lane & segment) | (bound & ~segment)), least = (int)((uint)lane & segment);
            int from = op->Choice switch
            {
                0 => lane - (int)offset,
                1 => lane + (int)offset,
                2 => lane ^ (int)offset,
                _ => least | (int)(offset & ~segment),
            };
            bool inside = op->Choice == 0 ? from >= most : from <= most;
            predicate |= inside ? 1u << lane : 0;
            from = inside ? from : lane;
            lanes[lane] = (uint)from;
            valid |= (present >> from & 1) != 0 && (masks[lane] >> from & 1) != 0 ? 1u << lane : 0;
        }

        for (uint rest = present; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            bool took = (valid >> lane & 1) != 0;
            d[lane] = values[lanes[lane]];
            Definedness.Set(frame, op->DU, lane, took ? undefined[lanes[lane]] : (byte)15, took ? origin : (byte)Origin.Shuffle);
        }

        if (extra.Slots.Length > 0)
        {
            uint* p = (uint*)(frame.Registers + extra.Slots[0].Offset);
            *p = (*p & ~present) | predicate;
            frame.Undefined[extra.Slots[0].Number] &= ~present;
        }
    }

    // vote, match, redux: for each group of lanes with one mask.
    private void Together(Frame frame, Op* op, uint present)
    {
        if (((frame.Undefined[op->AU]) & present) != 0)
        {
            UseOfUndefined(frame, op, op->AU, present, "a warp instruction");
        }

        uint* masks = (uint*)(frame.Registers + op->C);
        for (uint rest = present; rest != 0;)
        {
            uint group = masks[BitOperations.TrailingZeroCount(rest)] & present;
            rest &= ~group;
            switch (op->Kind)
            {
                case OpKind.Vote:
                    Vote(frame, op, group);
                    break;
                case OpKind.Match:
                    Match(frame, op, group);
                    break;
                default:
                    Redux(frame, op, group);
                    break;
            }
        }
    }

    private static void Vote(Frame frame, Op* op, uint group)
    {
        uint votes = *(uint*)(frame.Registers + op->A);
        votes = ((op->Flags & AccessFlags.Negated) != 0 ? ~votes : votes) & group;
        if (op->Choice == 3)
        {
            SetAll(frame, op, group, votes);
            return;
        }

        bool result = op->Choice switch
        {
            0 => votes == group,
            1 => votes != 0,
            _ => votes == group || votes == 0,
        };
        SetPredicate(frame, new Slot(op->D, op->DU, 0), group, result);
    }

    private static void SetPredicate(Frame frame, Slot slot, uint group, bool value)
    {
        uint* d = (uint*)(frame.Registers + slot.Offset);
        *d = value ? *d | group : *d & ~group;
        frame.Undefined[slot.Number] &= ~group;
    }

    private static void Match(Frame frame, Op* op, uint group)
    {
        OpExtra extra = frame.Code.Extras[op->Extra];
        var slot = new Slot(op->A, op->AU, extra.Types[0].Bytes);
        uint* results = stackalloc uint[Lanes.Count];
        bool all = true;
        for (uint rest = group; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong value = Read(frame, slot, lane);
            uint same = 0;
            for (uint others = group; others != 0; others &= others - 1)
            {
                int other = BitOperations.TrailingZeroCount(others);
                same |= Read(frame, slot, other) == value ? 1u << other : 0;
            }

            results[lane] = same;
            all &= same == group;
        }

        uint* d = (uint*)(frame.Registers + op->D);
        frame.Undefined[op->DU] &= ~group;
        for (uint rest = group; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            d[lane] = op->Choice == 0 ? results[lane] : all ? group : 0;
        }

        if (extra.Slots.Length > 0)
        {
            SetPredicate(frame, extra.Slots[0], group, all);
        }
    }

    private static void Redux(Frame frame, Op* op, uint group)
    {
        uint* a = (uint*)(frame.Registers + op->A);
        uint result = a[BitOperations.TrailingZeroCount(group)];
        for (uint rest = group & (group - 1); rest != 0; rest &= rest - 1)
        {
            uint value = a[BitOperations.TrailingZeroCount(rest)];
            result = op->Choice switch
            {
                0 => result + value,
                1 => op->Signed ? (uint)Math.Min((int)result, (int)value) : Math.Min(result, value),
                2 => op->Signed ? (uint)Math.Max((int)result, (int)value) : Math.Max(result, value),
                3 => result & value,
                4 => result | value,
                _ => result ^ value,
            };
        }

        SetAll(frame, op, group, result);
    }
}
