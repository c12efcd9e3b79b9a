using System.Numerics;

namespace RawSer.Gpu.Dialect;

/// <summary>Functions that are one instruction or a few. A NaN in a minimum or maximum makes the result NaN.</summary>
public static class IntrinsicMath
{
    /// <summary>Absolute value; the smallest number gives itself.</summary>
    public static int Abs(int value) => value < 0 ? -value : value;

    /// <summary>Absolute value; the smallest number gives itself.</summary>
    public static long Abs(long value) => value < 0 ? -value : value;

    /// <summary>Absolute value.</summary>
    public static float Abs(float value) => MathF.Abs(value);

    /// <summary>Absolute value.</summary>
    public static double Abs(double value) => Math.Abs(value);

    /// <summary>The smaller value.</summary>
    public static int Min(int first, int second) => Math.Min(first, second);

    /// <summary>The smaller value.</summary>
    public static uint Min(uint first, uint second) => Math.Min(first, second);

    /// <summary>The smaller value.</summary>
    public static long Min(long first, long second) => Math.Min(first, second);

    /// <summary>The smaller value.</summary>
    public static ulong Min(ulong first, ulong second) => Math.Min(first, second);

    /// <summary>The smaller value.</summary>
    public static float Min(float first, float second) => MathF.Min(first, second);

    /// <summary>The smaller value.</summary>
    public static double Min(double first, double second) => Math.Min(first, second);

    /// <summary>The larger value.</summary>
    public static int Max(int first, int second) => Math.Max(first, second);

    /// <summary>The larger value.</summary>
    public static uint Max(uint first, uint second) => Math.Max(first, second);

    /// <summary>The larger value.</summary>
    public static long Max(long first, long second) => Math.Max(first, second);

    /// <summary>The larger value.</summary>
    public static ulong Max(ulong first, ulong second) => Math.Max(first, second);

    /// <summary>The larger value.</summary>
    public static float Max(float first, float second) => MathF.Max(first, second);

    /// <summary>The larger value.</summary>
    public static double Max(double first, double second) => Math.Max(first, second);

    /// <summary>The value moved into [min, max].</summary>
    public static int Clamp(int value, int min, int max) => Max(Min(value, max), min);

    /// <summary>The value moved into [min, max].</summary>
    public static uint Clamp(uint value, uint min, uint max) => Max(Min(value, max), min);

    /// <summary>The value moved into [min, max].</summary>
    public static long Clamp(long value, long min, long max) => Max(Min(value, max), min);

    /// <summary>The value moved into [min, max].</summary>
    public static ulong Clamp(ulong value, ulong min, ulong max) => Max(Min(value, max), min);

    /// <summary>The value moved into [min, max].</summary>
    public static float Clamp(float value, float min, float max) => Max(Min(value, max), min);

    /// <summary>The value moved into [min, max].</summary>
    public static double Clamp(double value, double min, double max) => Max(Min(value, max), min);

    /// <summary>The magnitude of x with the sign of y.</summary>
    public static float CopySign(float x, float y) => MathF.CopySign(x, y);

    /// <summary>The magnitude of x with the sign of y.</summary>
    public static double CopySign(double x, double y) => Math.CopySign(x, y);

    /// <summary>Quotient of numbers that are not negative, rounded up.</summary>
    public static int DivRoundUp(int numerator, int denominator) => (numerator + denominator - 1) / denominator;

    /// <summary>Quotient of numbers that are not negative, rounded down.</summary>
    public static int DivRoundDown(int numerator, int denominator) => numerator / denominator;

    /// <summary>Quotient of numbers that are not negative, rounded up.</summary>
    public static long DivRoundUp(long numerator, long denominator) => (numerator + denominator - 1) / denominator;

    /// <summary>Quotient of numbers that are not negative, rounded down.</summary>
    public static long DivRoundDown(long numerator, long denominator) => numerator / denominator;

    /// <summary>Number of ones.</summary>
    public static int PopCount(int value) => BitOperations.PopCount((uint)value);

    /// <summary>Number of ones.</summary>
    public static int PopCount(uint value) => BitOperations.PopCount(value);

    /// <summary>Number of ones.</summary>
    public static int PopCount(long value) => BitOperations.PopCount((ulong)value);

    /// <summary>Number of ones.</summary>
    public static int PopCount(ulong value) => BitOperations.PopCount(value);

    /// <summary>Zeros above the highest one; all bits for 0.</summary>
    public static int LeadingZeroCount(int value) => BitOperations.LeadingZeroCount((uint)value);

    /// <summary>Zeros above the highest one; all bits for 0.</summary>
    public static int LeadingZeroCount(uint value) => BitOperations.LeadingZeroCount(value);

    /// <summary>Zeros above the highest one; all bits for 0.</summary>
    public static int LeadingZeroCount(long value) => BitOperations.LeadingZeroCount((ulong)value);

    /// <summary>Zeros above the highest one; all bits for 0.</summary>
    public static int LeadingZeroCount(ulong value) => BitOperations.LeadingZeroCount(value);

    /// <summary>Zeros below the lowest one; all bits for 0.</summary>
    public static int TrailingZeroCount(int value) => BitOperations.TrailingZeroCount((uint)value);

    /// <summary>Zeros below the lowest one; all bits for 0.</summary>
    public static int TrailingZeroCount(uint value) => BitOperations.TrailingZeroCount(value);

    /// <summary>Zeros below the lowest one; all bits for 0.</summary>
    public static int TrailingZeroCount(long value) => BitOperations.TrailingZeroCount((ulong)value);

    /// <summary>Zeros below the lowest one; all bits for 0.</summary>
    public static int TrailingZeroCount(ulong value) => BitOperations.TrailingZeroCount(value);
}
