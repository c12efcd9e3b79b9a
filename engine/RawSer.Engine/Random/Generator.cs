using RawSer.Kernels;

namespace RawSer;

/// <summary>
/// Random numbers from a counter: a seed, a stream and a position say everything, so the same numbers come out on every device and number of
/// threads, and restoring <see cref="Position"/> replays them. Based on Philox 4x32-10. Not for use by several threads at once.
/// </summary>
public sealed class Generator
{
    private readonly uint[] _words = new uint[Philox.BlockWords];
    private int _used = Philox.BlockWords;

    /// <summary>A generator at the start of a sequence.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="stream">Sequences of different streams of a seed have nothing in common.</param>
    public Generator(ulong seed, ulong stream = 0)
    {
        Seed = seed;
        Stream = stream;
    }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>The stream.</summary>
    public ulong Stream { get; }

    /// <summary>Blocks of 64 words consumed so far; set it to go back or to resume.</summary>
    public ulong Position
    {
        get;
        set
        {
            field = value;
            _used = Philox.BlockWords;
        }
    }

    /// <summary>Numbers uniform from low up to high. High itself only comes by rounding to F32, as from 1000 to 1001; never from 0 to 1.</summary>
    /// <exception cref="ArgumentException">The bounds are not finite, or the first is the larger one.</exception>
    public Tensor Uniform(Shape shape, double low = 0, double high = 1, Device? device = null)
    {
        if (!(low <= high) || !double.IsFinite(high - low))
        {
            throw new ArgumentException(FormattableString.Invariant($"uniform: from {low} to {high}; expected two finite numbers, the smaller one first"));
        }

        Tensor y = Tensor.Empty(shape, DType.F32, device);
        y.Backend.RandomUniform(y.View, Reserve(shape.ElementCount), low, high);
        return y;
    }

    /// <summary>Numbers with a normal distribution.</summary>
    /// <exception cref="ArgumentException">Mean or deviation is not finite, or the deviation is negative.</exception>
    public Tensor Normal(Shape shape, double mean = 0, double deviation = 1, Device? device = null)
    {
        if (!(deviation >= 0) || !double.IsFinite(mean + deviation))
        {
            throw new ArgumentException(FormattableString.Invariant($"normal: mean {mean}, deviation {deviation}; expected finite numbers and a deviation from 0 on"));
        }

        Tensor y = Tensor.Empty(shape, DType.F32, device);
        y.Backend.RandomNormal(y.View, Reserve(shape.ElementCount), mean, deviation);
        return y;
    }

    /// <summary>
    /// Drops the words that are left of the current block, so that what is drawn next depends on <see cref="Position"/> alone: the same after resuming from it,
    /// and whether or not a checkpoint has replayed numbers in between.
    /// </summary>
    public void StartBlock() => _used = Philox.BlockWords;

    /// <summary>The next word.</summary>
    public uint NextWord()
    {
        if (_used == Philox.BlockWords)
        {
            Philox.FillBlock(Seed, Position, Stream, _words);
            Position++;
            _used = 0;
        }

        return _words[_used++];
    }

    /// <summary>A number uniform in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (((ulong)NextWord() << 21) | (NextWord() >> 11)) * (1.0 / (1UL << 53));

    /// <summary>An integer uniform in [0, bound): words are drawn until one lies below the largest multiple of the bound.</summary>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        uint limit = uint.MaxValue - (uint)((1UL << 32) % (ulong)bound);
        uint word;
        do
        {
            word = NextWord();
        }
        while (word > limit);

        return (int)(word % (uint)bound);
    }

    /// <summary>The numbers 0 to count - 1 in random order (Fisher and Yates).</summary>
    public int[] Permutation(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
        {
            order[i] = i;
        }

        Shuffle<int>(order);
        return order;
    }

    /// <summary>Puts items into random order.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Sets aside random words for a tensor.</summary>
    internal RandomSource Reserve(long elements)
    {
        RandomSource source = new(Seed, Stream, Position);
        Position += (ulong)Philox.BlockCount(elements);
        return source;
    }
}
