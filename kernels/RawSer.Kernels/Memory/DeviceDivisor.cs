namespace RawSer.Kernels;

/// <summary>
/// Division of numbers from 0 to 2^31 - 1 by a number that the host knows, as a product and a shift: with <c>s = ceil(log2 d)</c> and
/// <c>m = ceil(2^(31 + s) / d)</c>, which fits 32 bits, <c>n / d = (n * m) >> (31 + s)</c> (Granlund and Montgomery 1994).
/// </summary>
internal readonly struct DeviceDivisor
{
    private readonly uint _multiplier;
    private readonly int _shift;

    /// <summary>Divides by <paramref name="divisor"/>, at least 1.</summary>
    public DeviceDivisor(int divisor)
    {
        Value = divisor;
        int bits = 32 - int.LeadingZeroCount(divisor - 1);
        _shift = 31 + bits;
        _multiplier = (uint)(((1UL << _shift) + (uint)divisor - 1) / (uint)divisor);
    }

    /// <summary>The divisor.</summary>
    public int Value { get; }

    /// <summary>The quotient, rounded down.</summary>
    public int Divide(int number) => (int)(((ulong)(uint)number * _multiplier) >> _shift);

    /// <summary>The quotient, and what is left.</summary>
    public int Divide(int number, out int rest)
    {
        int quotient = Divide(number);
        rest = number - (quotient * Value);
        return quotient;
    }
}
