namespace RawSer.Gpu.Dialect;

/// <summary>
/// Read-modify-write steps on shared or global memory that no other thread interrupts. Each returns the value before. The order
/// of the threads is not fixed, so sums of floating-point numbers differ in the last bits from run to run.
/// </summary>
public static class Atomic
{
    /// <summary>target += value.</summary>
    [DeviceIntrinsic("atomic.add")]
    public static int Add(ref int target, int value) => DeviceOnly.Throw<int>();

    /// <summary>target += value.</summary>
    [DeviceIntrinsic("atomic.add")]
    public static long Add(ref long target, long value) => DeviceOnly.Throw<long>();

    /// <summary>target += value.</summary>
    [DeviceIntrinsic("atomic.add")]
    public static uint Add(ref uint target, uint value) => DeviceOnly.Throw<uint>();

    /// <summary>target += value.</summary>
    [DeviceIntrinsic("atomic.add")]
    public static ulong Add(ref ulong target, ulong value) => DeviceOnly.Throw<ulong>();

    /// <summary>target += value.</summary>
    [DeviceIntrinsic("atomic.add")]
    public static float Add(ref float target, float value) => DeviceOnly.Throw<float>();

    /// <summary>target += value.</summary>
    [DeviceIntrinsic("atomic.add")]
    public static double Add(ref double target, double value) => DeviceOnly.Throw<double>();

    /// <summary>target = max(target, value).</summary>
    [DeviceIntrinsic("atomic.max")]
    public static int Max(ref int target, int value) => DeviceOnly.Throw<int>();

    /// <summary>target = max(target, value).</summary>
    [DeviceIntrinsic("atomic.max")]
    public static long Max(ref long target, long value) => DeviceOnly.Throw<long>();

    /// <summary>target = max(target, value).</summary>
    [DeviceIntrinsic("atomic.max")]
    public static uint Max(ref uint target, uint value) => DeviceOnly.Throw<uint>();

    /// <summary>target = max(target, value).</summary>
    [DeviceIntrinsic("atomic.max")]
    public static ulong Max(ref ulong target, ulong value) => DeviceOnly.Throw<ulong>();

    /// <summary>target = max(target, value), by a loop of compare and exchange.</summary>
    public static float Max(ref float target, float value) =>
        MakeAtomic(ref target, value, default(MaxFloatOperation), default(CompareExchangeFloat));

    /// <summary>target = max(target, value), by a loop of compare and exchange.</summary>
    public static double Max(ref double target, double value) =>
        MakeAtomic(ref target, value, default(MaxDoubleOperation), default(CompareExchangeDouble));

    /// <summary>target = min(target, value).</summary>
    [DeviceIntrinsic("atomic.min")]
    public static int Min(ref int target, int value) => DeviceOnly.Throw<int>();

    /// <summary>target = min(target, value).</summary>
    [DeviceIntrinsic("atomic.min")]
    public static long Min(ref long target, long value) => DeviceOnly.Throw<long>();

    /// <summary>target = min(target, value).</summary>
    [DeviceIntrinsic("atomic.min")]
    public static uint Min(ref uint target, uint value) => DeviceOnly.Throw<uint>();

    /// <summary>target = min(target, value).</summary>
    [DeviceIntrinsic("atomic.min")]
    public static ulong Min(ref ulong target, ulong value) => DeviceOnly.Throw<ulong>();

    /// <summary>target = min(target, value), by a loop of compare and exchange.</summary>
    public static float Min(ref float target, float value) =>
        MakeAtomic(ref target, value, default(MinFloatOperation), default(CompareExchangeFloat));

    /// <summary>target = min(target, value), by a loop of compare and exchange.</summary>
    public static double Min(ref double target, double value) =>
        MakeAtomic(ref target, value, default(MinDoubleOperation), default(CompareExchangeDouble));

    /// <summary>target &amp;= value.</summary>
    [DeviceIntrinsic("atomic.and")]
    public static int And(ref int target, int value) => DeviceOnly.Throw<int>();

    /// <summary>target &amp;= value.</summary>
    [DeviceIntrinsic("atomic.and")]
    public static long And(ref long target, long value) => DeviceOnly.Throw<long>();

    /// <summary>target &amp;= value.</summary>
    [DeviceIntrinsic("atomic.and")]
    public static uint And(ref uint target, uint value) => DeviceOnly.Throw<uint>();

    /// <summary>target &amp;= value.</summary>
    [DeviceIntrinsic("atomic.and")]
    public static ulong And(ref ulong target, ulong value) => DeviceOnly.Throw<ulong>();

    /// <summary>target |= value.</summary>
    [DeviceIntrinsic("atomic.or")]
    public static int Or(ref int target, int value) => DeviceOnly.Throw<int>();

    /// <summary>target |= value.</summary>
    [DeviceIntrinsic("atomic.or")]
    public static long Or(ref long target, long value) => DeviceOnly.Throw<long>();

    /// <summary>target |= value.</summary>
    [DeviceIntrinsic("atomic.or")]
    public static uint Or(ref uint target, uint value) => DeviceOnly.Throw<uint>();

    /// <summary>target |= value.</summary>
    [DeviceIntrinsic("atomic.or")]
    public static ulong Or(ref ulong target, ulong value) => DeviceOnly.Throw<ulong>();

    /// <summary>target ^= value.</summary>
    [DeviceIntrinsic("atomic.xor")]
    public static int Xor(ref int target, int value) => DeviceOnly.Throw<int>();

    /// <summary>target ^= value.</summary>
    [DeviceIntrinsic("atomic.xor")]
    public static long Xor(ref long target, long value) => DeviceOnly.Throw<long>();

    /// <summary>target ^= value.</summary>
    [DeviceIntrinsic("atomic.xor")]
    public static uint Xor(ref uint target, uint value) => DeviceOnly.Throw<uint>();

    /// <summary>target ^= value.</summary>
    [DeviceIntrinsic("atomic.xor")]
    public static ulong Xor(ref ulong target, ulong value) => DeviceOnly.Throw<ulong>();

    /// <summary>target = value.</summary>
    [DeviceIntrinsic("atomic.exchange")]
    public static int Exchange(ref int target, int value) => DeviceOnly.Throw<int>();

    /// <summary>target = value.</summary>
    [DeviceIntrinsic("atomic.exchange")]
    public static long Exchange(ref long target, long value) => DeviceOnly.Throw<long>();

    /// <summary>target = value.</summary>
    [DeviceIntrinsic("atomic.exchange")]
    public static uint Exchange(ref uint target, uint value) => DeviceOnly.Throw<uint>();

    /// <summary>target = value.</summary>
    [DeviceIntrinsic("atomic.exchange")]
    public static ulong Exchange(ref ulong target, ulong value) => DeviceOnly.Throw<ulong>();

    /// <summary>target = value.</summary>
    [DeviceIntrinsic("atomic.exchange")]
    public static float Exchange(ref float target, float value) => DeviceOnly.Throw<float>();

    /// <summary>target = value.</summary>
    [DeviceIntrinsic("atomic.exchange")]
    public static double Exchange(ref double target, double value) => DeviceOnly.Throw<double>();

    /// <summary>target = value where target has the bits of <paramref name="compare"/>.</summary>
    [DeviceIntrinsic("atomic.compareexchange")]
    public static int CompareExchange(ref int target, int compare, int value) => DeviceOnly.Throw<int>();

    /// <summary>target = value where target has the bits of <paramref name="compare"/>.</summary>
    [DeviceIntrinsic("atomic.compareexchange")]
    public static long CompareExchange(ref long target, long compare, long value) => DeviceOnly.Throw<long>();

    /// <summary>target = value where target has the bits of <paramref name="compare"/>.</summary>
    [DeviceIntrinsic("atomic.compareexchange")]
    public static uint CompareExchange(ref uint target, uint compare, uint value) => DeviceOnly.Throw<uint>();

    /// <summary>target = value where target has the bits of <paramref name="compare"/>.</summary>
    [DeviceIntrinsic("atomic.compareexchange")]
    public static ulong CompareExchange(ref ulong target, ulong compare, ulong value) => DeviceOnly.Throw<ulong>();

    /// <summary>target = value where target has the bits of <paramref name="compare"/>.</summary>
    [DeviceIntrinsic("atomic.compareexchange")]
    public static float CompareExchange(ref float target, float compare, float value) => DeviceOnly.Throw<float>();

    /// <summary>target = value where target has the bits of <paramref name="compare"/>.</summary>
    [DeviceIntrinsic("atomic.compareexchange")]
    public static double CompareExchange(ref double target, double compare, double value) => DeviceOnly.Throw<double>();

    /// <summary>target = operation(target, value), by a loop of compare and exchange.</summary>
    /// <param name="target">Shared or global memory.</param>
    /// <param name="value">Second operand.</param>
    /// <param name="operation">What to do.</param>
    /// <param name="compareExchangeOperation">The exchange for this type.</param>
    public static T MakeAtomic<T, TOperation, TCompareExchangeOperation>(
        ref T target,
        T value,
        TOperation operation,
        TCompareExchangeOperation compareExchangeOperation)
        where T : unmanaged
        where TOperation : struct, IAtomicOperation<T>
        where TCompareExchangeOperation : struct, ICompareExchangeOperation<T>
    {
        T current = target;
        T expected;
        do
        {
            expected = current;
            current = compareExchangeOperation.CompareExchange(ref target, expected, operation.Operation(expected, value));
        }
        while (!compareExchangeOperation.IsSame(current, expected));

        return current;
    }

    private readonly struct MaxFloatOperation : IAtomicOperation<float>
    {
        public float Operation(float current, float value) => IntrinsicMath.Max(current, value);
    }

    private readonly struct MaxDoubleOperation : IAtomicOperation<double>
    {
        public double Operation(double current, double value) => IntrinsicMath.Max(current, value);
    }

    private readonly struct MinFloatOperation : IAtomicOperation<float>
    {
        public float Operation(float current, float value) => IntrinsicMath.Min(current, value);
    }

    private readonly struct MinDoubleOperation : IAtomicOperation<double>
    {
        public double Operation(double current, double value) => IntrinsicMath.Min(current, value);
    }
}
