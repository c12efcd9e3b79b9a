using RawSer.Gpu.Dialect;

namespace RawSer.Kernels.Spectral;

/// <summary>The discrete Fourier transform of a few points in registers, in place and in order.</summary>
internal interface IButterfly
{
    /// <summary>Number of points.</summary>
    static abstract int Radix { get; }

    static abstract void Transform(ArrayView<Complex32> x);
}

/// <summary>Two points.</summary>
internal readonly struct Butterfly2 : IButterfly
{
    public static int Radix => 2;

    public static void Transform(ArrayView<Complex32> x)
    {
        Complex32 a = x[0], b = x[1];
        x[0] = a + b;
        x[1] = a - b;
    }
}

/// <summary>Three points, w = -1/2 - i sqrt(3)/2.</summary>
internal readonly struct Butterfly3 : IButterfly
{
    public static int Radix => 3;

    public static void Transform(ArrayView<Complex32> x)
    {
        const float Sin = 0.866025404f;
        Complex32 sum = x[1] + x[2], middle = x[0] - (0.5f * sum), turned = (Sin * (x[1] - x[2])).TurnedBack;
        x[0] += sum;
        x[1] = middle + turned;
        x[2] = middle - turned;
    }
}

/// <summary>Four points.</summary>
internal readonly struct Butterfly4 : IButterfly
{
    public static int Radix => 4;

    public static void Transform(ArrayView<Complex32> x) => Transform(ref x[0], ref x[1], ref x[2], ref x[3]);

    /// <summary>Four points in any places.</summary>
    public static void Transform(ref Complex32 x0, ref Complex32 x1, ref Complex32 x2, ref Complex32 x3)
    {
        Complex32 a = x0 + x2, b = x0 - x2, c = x1 + x3, d = (x1 - x3).TurnedBack;
        x0 = a + c;
        x1 = b + d;
        x2 = a - c;
        x3 = b - d;
    }
}

/// <summary>Five points: the pairs 1, 4 and 2, 3 are conjugate, so their sums take the cosines and their differences the sines.</summary>
internal readonly struct Butterfly5 : IButterfly
{
    public static int Radix => 5;

    public static void Transform(ArrayView<Complex32> x)
    {
        const float Cos1 = 0.309016994f, Cos2 = -0.809016994f, Sin1 = 0.951056516f, Sin2 = 0.587785252f;
        Complex32 a1 = x[1] + x[4], b1 = x[1] - x[4], a2 = x[2] + x[3], b2 = x[2] - x[3];
        Complex32 m1 = x[0] + (Cos1 * a1) + (Cos2 * a2), m2 = x[0] + (Cos2 * a1) + (Cos1 * a2);
        Complex32 n1 = ((Sin1 * b1) + (Sin2 * b2)).TurnedBack, n2 = ((Sin2 * b1) - (Sin1 * b2)).TurnedBack;
        x[0] = x[0] + a1 + a2;
        x[1] = m1 + n1;
        x[2] = m2 + n2;
        x[3] = m2 - n2;
        x[4] = m1 - n1;
    }
}

/// <summary>Eight points: the even four and the odd four, joined by the powers of (1 - i) / sqrt(2).</summary>
internal readonly struct Butterfly8 : IButterfly
{
    public static int Radix => 8;

    public static void Transform(ArrayView<Complex32> x)
    {
        const float Half = 0.707106781f;
        Butterfly4.Transform(ref x[0], ref x[2], ref x[4], ref x[6]);
        Butterfly4.Transform(ref x[1], ref x[3], ref x[5], ref x[7]);
        Complex32 o0 = x[1], o1 = Half * (x[3] + x[3].TurnedBack), o2 = x[5].TurnedBack, o3 = Half * (x[7].TurnedBack - x[7]);
        Complex32 e0 = x[0], e1 = x[2], e2 = x[4], e3 = x[6];
        x[0] = e0 + o0;
        x[1] = e1 + o1;
        x[2] = e2 + o2;
        x[3] = e3 + o3;
        x[4] = e0 - o0;
        x[5] = e1 - o1;
        x[6] = e2 - o2;
        x[7] = e3 - o3;
    }
}
