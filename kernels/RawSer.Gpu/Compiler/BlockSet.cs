using System.Collections;
using System.Numerics;

namespace RawSer.Gpu.Compiler;

/// <summary>A set of block numbers, a bit each, enumerated in ascending order.</summary>
internal sealed class BlockSet : IEnumerable<int>
{
    private ulong[] _bits;

    /// <param name="blocks">Numbers below it need no growth.</param>
    public BlockSet(int blocks) => _bits = new ulong[(blocks + 63) / 64];

    public int Count { get; private set; }

    public bool Contains(int block) => block >> 6 < _bits.Length && (_bits[block >> 6] >> block & 1) != 0;

    /// <summary>Adds a block; false when it is there already.</summary>
    public bool Add(int block)
    {
        if (block >> 6 >= _bits.Length)
        {
            Array.Resize(ref _bits, Math.Max(2 * _bits.Length, (block >> 6) + 1));
        }

        ref var word = ref _bits[block >> 6];
        var bit = 1ul << block;
        if ((word & bit) != 0)
        {
            return false;
        }

        word |= bit;
        Count++;
        return true;
    }

    public bool Overlaps(BlockSet other)
    {
        var words = Math.Min(_bits.Length, other._bits.Length);
        for (var i = 0; i < words; i++)
        {
            if ((_bits[i] & other._bits[i]) != 0)
            {
                return true;
            }
        }

        return false;
    }

    public IEnumerator<int> GetEnumerator()
    {
        for (var i = 0; i < _bits.Length; i++)
        {
            for (var rest = _bits[i]; rest != 0; rest &= rest - 1)
            {
                yield return (64 * i) + BitOperations.TrailingZeroCount(rest);
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
