using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>A norm on a device: what an element adds, how sums of parts meet, and the norm of the total.</summary>
internal interface INormTerm
{
    static abstract float Of(float x, float order);

    static abstract float Combine(float a, float b);

    /// <summary>The total of a block, in all of its threads.</summary>
    static abstract double Meet(double value);

    static abstract double Combine(double a, double b);

    static abstract float Norm(double total, float order);
}

/// <summary>Order 2.</summary>
internal readonly struct SquareTerm : INormTerm
{
    public static float Of(float x, float order) => x * x;

    public static float Combine(float a, float b) => a + b;

    public static double Meet(double value) => GroupExtensions.AllReduce<double, AddDouble>(value);

    public static double Combine(double a, double b) => a + b;

    public static float Norm(double total, float order) => (float)Math.Sqrt(total);
}

/// <summary>Order 1.</summary>
internal readonly struct AbsoluteTerm : INormTerm
{
    public static float Of(float x, float order) => MathF.Abs(x);

    public static float Combine(float a, float b) => a + b;

    public static double Meet(double value) => GroupExtensions.AllReduce<double, AddDouble>(value);

    public static double Combine(double a, double b) => a + b;

    public static float Norm(double total, float order) => (float)total;
}

/// <summary>Any other finite order.</summary>
internal readonly struct PowerTerm : INormTerm
{
    public static float Of(float x, float order) => MathX.Pow(MathF.Abs(x), order);

    public static float Combine(float a, float b) => a + b;

    public static double Meet(double value) => GroupExtensions.AllReduce<double, AddDouble>(value);

    public static double Combine(double a, double b) => a + b;

    public static float Norm(double total, float order) => MathX.Pow((float)total, 1 / order);
}

/// <summary>Infinite order: the largest absolute value; NaN wins.</summary>
internal readonly struct LargestTerm : INormTerm
{
    public static float Of(float x, float order) => MathF.Abs(x);

    public static float Combine(float a, float b) => IntrinsicMath.Max(a, b);

    public static double Meet(double value) => GroupExtensions.AllReduce<double, MaxDouble>(value);

    public static double Combine(double a, double b) => IntrinsicMath.Max(a, b);

    public static float Norm(double total, float order) => (float)total;
}
