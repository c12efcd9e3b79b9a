namespace RawSer.Kernels;

/// <summary>An associative function of many elements: <c>combine(map(x0), combine(map(x1), ...))</c>.</summary>
internal interface IReduceOperator
{
    /// <summary>The result of no elements.</summary>
    static abstract float Identity { get; }

    static abstract V Map<V>(V x) where V : unmanaged, ISimd<V>;

    static abstract V Combine<V>(V a, V b) where V : unmanaged, ISimd<V>;

    /// <summary>Results of blocks are combined in double, so that only sums inside a block round to float.</summary>
    static abstract double Combine(double a, double b);
}

internal readonly struct SumReduction : IReduceOperator
{
    public static float Identity => 0;

    public static V Map<V>(V x) where V : unmanaged, ISimd<V> => x;

    public static V Combine<V>(V a, V b) where V : unmanaged, ISimd<V> => a + b;

    public static double Combine(double a, double b) => a + b;
}

internal readonly struct SumOfSquaresReduction : IReduceOperator
{
    public static float Identity => 0;

    public static V Map<V>(V x) where V : unmanaged, ISimd<V> => x * x;

    public static V Combine<V>(V a, V b) where V : unmanaged, ISimd<V> => a + b;

    public static double Combine(double a, double b) => a + b;
}

internal readonly struct SumOfAbsReduction : IReduceOperator
{
    public static float Identity => 0;

    public static V Map<V>(V x) where V : unmanaged, ISimd<V> => V.Abs(x);

    public static V Combine<V>(V a, V b) where V : unmanaged, ISimd<V> => a + b;

    public static double Combine(double a, double b) => a + b;
}

internal readonly struct MaxReduction : IReduceOperator
{
    public static float Identity => float.NegativeInfinity;

    public static V Map<V>(V x) where V : unmanaged, ISimd<V> => x;

    public static V Combine<V>(V a, V b) where V : unmanaged, ISimd<V> => default(MaximumOperator).Invoke(a, b);

    public static double Combine(double a, double b) => Math.Max(a, b);
}

internal readonly struct MinReduction : IReduceOperator
{
    public static float Identity => float.PositiveInfinity;

    public static V Map<V>(V x) where V : unmanaged, ISimd<V> => x;

    public static V Combine<V>(V a, V b) where V : unmanaged, ISimd<V> => default(MinimumOperator).Invoke(a, b);

    public static double Combine(double a, double b) => Math.Min(a, b);
}
