using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>
/// A per-channel coefficient as a row kernel meets it. The axis of the channels is either outside the rows, so that a row has one
/// value, or it is the row, so that each column has its own; kernels are written once over this choice.
/// </summary>
internal unsafe interface IChannelPick<TSelf> where TSelf : struct, IChannelPick<TSelf>
{
    /// <summary>The coefficient of a row whose channel starts at <paramref name="p"/>.</summary>
    static abstract TSelf At(float* p);

    /// <summary>Values of the columns from <paramref name="column"/> on.</summary>
    Vector256<float> Vector(nint column);

    /// <summary>Value of a column.</summary>
    float Scalar(nint column);
}

/// <summary>One value for the whole row.</summary>
internal readonly unsafe struct PerRow(Vector256<float> value) : IChannelPick<PerRow>
{
    private readonly Vector256<float> _value = value;

    public static PerRow At(float* p) => new(Vector256.Create(*p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Vector(nint column) => _value;

    public float Scalar(nint column) => _value.ToScalar();
}

/// <summary>A value for every column.</summary>
internal readonly unsafe struct PerColumn(float* p) : IChannelPick<PerColumn>
{
    private readonly float* _p = p;

    public static PerColumn At(float* p) => new(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Vector(nint column) => Vector256.Load(_p + column);

    public float Scalar(nint column) => _p[column];
}
