namespace RawSer.Gpu.Dialect;

/// <summary>What a kernel is compiled for: constants, so that a branch over them leaves only one side.</summary>
public static class Target
{
    /// <summary>Compute capability as one number (80 for 8.0); 0 outside kernels and with other compilers.</summary>
    [DeviceIntrinsic("target.sm")]
    public static int Sm => 0;

    /// <summary>Whether shared memory is filled by asynchronous copies; else <see cref="AsyncCopy"/> copies at once.</summary>
    public static bool HasAsyncCopy => Sm >= 80;

    /// <summary>Whether tensor cores take tf32 and bf16; else <see cref="TensorCore"/> multiplies in single precision.</summary>
    public static bool HasTensorCores => Sm >= 80;

    /// <summary>Whether a matrix is loaded from shared memory for a tensor core by one instruction.</summary>
    public static bool HasMatrixLoad => Sm >= 75;

    /// <summary>Shared memory that a block may have when the launch asks for it, in bytes.</summary>
    public static int MaxSharedBytes => Sm switch
    {
        0 => 48 * 1024,
        < 75 => 96 * 1024,
        < 80 => 64 * 1024,
        80 or 87 => 163 * 1024,
        < 90 => 99 * 1024,
        < 120 => 227 * 1024,
        _ => 99 * 1024,
    };
}
