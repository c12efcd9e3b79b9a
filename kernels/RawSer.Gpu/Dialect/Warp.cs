namespace RawSer.Gpu.Dialect;

/// <summary>
/// The 32 threads that run in step. Shuffles are for all lanes: none may stay away or have returned. A width (a power of two) cuts
/// the warp into parts that shuffle by themselves.
/// </summary>
public static class Warp
{
    private const int Lanes = 32;

    /// <summary>Threads of a warp.</summary>
    public static int WarpSize => Lanes;

    /// <summary>This thread in its warp.</summary>
    [DeviceIntrinsic("warp.lane")]
    public static int LaneIdx => DeviceOnly.Throw<int>();

    /// <summary>Whether this is lane 0.</summary>
    public static bool IsFirstLane => LaneIdx == 0;

    /// <summary>Whether this is lane 31.</summary>
    public static bool IsLastLane => LaneIdx == Lanes - 1;

    /// <summary>This thread's warp in its block.</summary>
    public static int WarpIdx => Group.LinearIndex / Lanes;

    /// <summary>Warp of a thread of a one-dimensional block.</summary>
    public static int ComputeWarpIdx(Index1D groupThreadIdx) => groupThreadIdx.X / Lanes;

    /// <summary>Lane of a thread of a one-dimensional block.</summary>
    public static int ComputeWarpThreadIdx(Index1D groupThreadIdx) => groupThreadIdx.X % Lanes;

    /// <summary>Waits for all lanes; what they wrote before is visible after.</summary>
    [DeviceIntrinsic("warp.barrier")]
    public static void Barrier() => DeviceOnly.Throw();

    /// <summary>The value of a lane; each lane may ask another one.</summary>
    public static T Shuffle<T>(T variable, int sourceLane) where T : unmanaged => Shuffle(variable, sourceLane, Lanes);

    /// <summary>The value of a lane of the own part; each lane may ask another one.</summary>
    public static T Shuffle<T>(T variable, int sourceLane, int width) where T : unmanaged =>
        Device.ShuffleIndex(variable, sourceLane, Segment(width) | (Lanes - 1));

    /// <summary>The value of the lane <paramref name="delta"/> further on, or the own one past the end.</summary>
    public static T ShuffleDown<T>(T variable, int delta) where T : unmanaged => ShuffleDown(variable, delta, Lanes);

    /// <summary>The value of the lane <paramref name="delta"/> further on in the own part, or the own one past its end.</summary>
    public static T ShuffleDown<T>(T variable, int delta, int width) where T : unmanaged =>
        Device.ShuffleDown(variable, delta, Segment(width) | (Lanes - 1));

    /// <summary>The value of the lane <paramref name="delta"/> before, or the own one before the start.</summary>
    public static T ShuffleUp<T>(T variable, int delta) where T : unmanaged => ShuffleUp(variable, delta, Lanes);

    /// <summary>The value of the lane <paramref name="delta"/> before in the own part, or the own one before its start.</summary>
    public static T ShuffleUp<T>(T variable, int delta, int width) where T : unmanaged => Device.ShuffleUp(variable, delta, Segment(width));

    /// <summary>The value of the lane whose number differs in the bits of <paramref name="mask"/>.</summary>
    public static T ShuffleXor<T>(T variable, int mask) where T : unmanaged => ShuffleXor(variable, mask, Lanes);

    /// <summary>The value of the lane whose number differs in the bits of <paramref name="mask"/>, if it is in the own part.</summary>
    public static T ShuffleXor<T>(T variable, int mask, int width) where T : unmanaged =>
        Device.ShuffleXor(variable, mask, Segment(width) | (Lanes - 1));

    /// <summary>The value of one lane, the same for all.</summary>
    public static T Broadcast<T>(T value, int sourceLane) where T : unmanaged => Shuffle(value, sourceLane);

    /// <summary>Bits 8 to 12 of shfl's operand c: the lane bits that stay.</summary>
    private static int Segment(int width) => (Lanes - width) << 8;
}
