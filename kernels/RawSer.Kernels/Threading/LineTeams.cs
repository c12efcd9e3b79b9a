using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>The threads of a device that work on one line together: which line, which of its elements, and how their results meet.</summary>
internal interface ILineTeam
{
    /// <summary>Threads of a team.</summary>
    static abstract int Size { get; }

    /// <summary>The line of this thread.</summary>
    static abstract int Line { get; }

    /// <summary>The first element of this thread; the others follow at a distance of <see cref="Size"/>.</summary>
    static abstract int First { get; }

    /// <summary>The sum over the team, the same bits in all of its threads.</summary>
    static abstract float Sum(float value);

    /// <summary>The maximum over the team; NaN if there is one.</summary>
    static abstract float Max(float value);

    /// <summary>The sum of this thread's value and those of the threads before it.</summary>
    static abstract float Scan(float value);

    /// <summary>The value of the last thread, in all of them.</summary>
    static abstract float Last(float value);
}

/// <summary>One thread to a line.</summary>
internal readonly struct Alone : ILineTeam
{
    public static int Size => 1;

    public static int Line => Grid.GlobalIndex.X;

    public static int First => 0;

    public static float Sum(float value) => value;

    public static float Max(float value) => value;

    public static float Scan(float value) => value;

    public static float Last(float value) => value;
}

/// <summary>A warp to a line.</summary>
internal readonly struct InWarp : ILineTeam
{
    public static int Size => 32;

    public static int Line => Grid.GlobalIndex.X / 32;

    public static int First => Warp.LaneIdx;

    [Unroll]
    public static float Sum(float value)
    {
        for (int offset = 16; offset > 0; offset /= 2)
        {
            value += Warp.ShuffleXor(value, offset);
        }

        return value;
    }

    [Unroll]
    public static float Max(float value)
    {
        for (int offset = 16; offset > 0; offset /= 2)
        {
            float other = Warp.ShuffleXor(value, offset);
            value = other > value || float.IsNaN(other) ? other : value;
        }

        return value;
    }

    public static float Scan(float value) => WarpExtensions.InclusiveScan<float, AddFloat>(value);

    public static float Last(float value) => Warp.Shuffle(value, 31);
}

/// <summary>A block to a line; its threads meet in shared memory, so all of them must take part.</summary>
internal readonly struct InBlock : ILineTeam
{
    public static int Size => DeviceLines.BlockSize;

    public static int Line => Grid.IdxX;

    public static int First => Group.IdxX;

    public static float Sum(float value) => GroupExtensions.AllReduce<float, AddFloat>(value);

    public static float Max(float value) => GroupExtensions.AllReduce<float, MaxFloat>(value);

    public static float Scan(float value) => GroupExtensions.InclusiveScan<float, AddFloat>(value);

    public static float Last(float value) => Group.Broadcast(value, DeviceLines.BlockSize - 1);
}
