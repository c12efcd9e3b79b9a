namespace RawSer.Kernels;

/// <summary>
/// A register of floats, so that an operator and a function of <see cref="MathX"/> are written once for every width (one lane
/// included). Each operation but <see cref="MultiplyAdd"/> is one IEEE operation per lane, so all widths give the same bits. Masks are lanes of all ones or zeros.
/// </summary>
internal unsafe interface ISimd<TSelf> where TSelf : unmanaged, ISimd<TSelf>
{
    /// <summary>Number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes hold <paramref name="value"/>.</summary>
    static abstract TSelf Create(float value);

    /// <summary>All lanes hold this bit pattern.</summary>
    static abstract TSelf Bits(uint pattern);

    /// <summary>Loads <see cref="Count"/> floats, unaligned.</summary>
    static abstract TSelf Load(float* address);

    /// <summary>Loads the lanes where the mask is ones, unaligned, and zero elsewhere: memory of other lanes is not touched.</summary>
    static abstract TSelf LoadMasked(float* address, TSelf mask);

    /// <summary>Stores the lanes, unaligned.</summary>
    void Store(float* address);

    /// <summary>Mask of the lanes i with first &lt;= i &lt; end.</summary>
    static abstract TSelf LanesWithin(int first, int end);

    /// <summary>Lanes 0, 2, 4, ... of a and then of b.</summary>
    static abstract TSelf EvenLanes(TSelf a, TSelf b);

    /// <summary>Lanes 1, 3, 5, ... of a and then of b; with one lane, that of b.</summary>
    static abstract TSelf OddLanes(TSelf a, TSelf b);

    /// <summary>The first half of a0, b0, a1, b1, ...</summary>
    static abstract TSelf InterleaveLow(TSelf a, TSelf b);

    /// <summary>The second half of a0, b0, a1, b1, ...</summary>
    static abstract TSelf InterleaveHigh(TSelf a, TSelf b);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>Flips the sign bit.</summary>
    static abstract TSelf operator -(TSelf a);

    static abstract TSelf operator &(TSelf a, TSelf b);

    static abstract TSelf operator |(TSelf a, TSelf b);

    static abstract TSelf operator ^(TSelf a, TSelf b);

    /// <summary>a * b + c with one rounding.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    /// <summary>a * b + c with one rounding where the processor has the instruction, else with two.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>Clears the sign bit.</summary>
    static abstract TSelf Abs(TSelf a);

    /// <summary>a &gt; b ? a : b, so b when one of them is NaN.</summary>
    static abstract TSelf MaxOrSecond(TSelf a, TSelf b);

    /// <summary>a &lt; b ? a : b, so b when one of them is NaN.</summary>
    static abstract TSelf MinOrSecond(TSelf a, TSelf b);

    /// <summary>Mask of a &lt; b.</summary>
    static abstract TSelf Less(TSelf a, TSelf b);

    /// <summary>Mask of a &lt;= b.</summary>
    static abstract TSelf LessOrEqual(TSelf a, TSelf b);

    /// <summary>Mask of a == b.</summary>
    static abstract TSelf Equal(TSelf a, TSelf b);

    /// <summary>Lanes of a where the mask is ones, else of b.</summary>
    static abstract TSelf Select(TSelf mask, TSelf a, TSelf b);

    /// <summary>Sum of the bit patterns as 32-bit integers, wrapping.</summary>
    static abstract TSelf AddBits(TSelf a, TSelf b);

    /// <summary>Difference of the bit patterns as 32-bit integers, wrapping.</summary>
    static abstract TSelf SubtractBits(TSelf a, TSelf b);

    /// <summary>The bit pattern moved left.</summary>
    static abstract TSelf ShiftLeft(TSelf a, int count);

    /// <summary>The bit pattern moved right, sign copied in.</summary>
    static abstract TSelf ShiftRight(TSelf a, int count);

    /// <summary>The bit pattern as a 32-bit integer, converted to float (rounded to nearest).</summary>
    static abstract TSelf ToFloat(TSelf integers);

    /// <summary>a * 2^n for whole n in [-252, 254], rounded once.</summary>
    static abstract TSelf Scale(TSelf a, TSelf n);

    /// <summary>Sum of the lanes, in pairs.</summary>
    static abstract float Sum(TSelf a);
}
