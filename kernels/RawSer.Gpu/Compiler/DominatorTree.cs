using System.Runtime.InteropServices;

namespace RawSer.Gpu.Compiler;

/// <summary>Blocks in order, and their dominators.</summary>
internal class DominatorTree
{
    private readonly int[] _number;

    public DominatorTree(IrFunction f)
    {
        Order = OrderOf(f);
        _number = Dominance.Places(f.Blocks.Count, Order);
        Dominator = Dominance.Immediate(Order, _number, b => b == 0, b => CollectionsMarshal.AsSpan(f.Blocks[b].Preds));
        Dominator[0] = 0;
    }

    /// <summary>Blocks in reverse postorder.</summary>
    public List<int> Order { get; }

    /// <summary>Immediate dominator of each block; the entry is its own.</summary>
    public int[] Dominator { get; }

    /// <summary>The place of a block in the order; -1 for one that is not reached.</summary>
    public int Number(int block) => _number[block];

    public bool IsReachable(int block) => _number[block] >= 0;

    public bool Dominates(int a, int b)
    {
        while (_number[b] > _number[a])
        {
            b = Dominator[b];
        }

        return a == b;
    }

    /// <summary>The blocks that are reached, in reverse postorder.</summary>
    public static List<int> OrderOf(IrFunction f) => Dominance.ReversePostorder(f.Blocks.Count, [0], b => f.Blocks[b].Succ);
}
