namespace RawSer.Gpu.Dialect;

#if !GPU_ILGPU // has no addresses as numbers in kernels
/// <summary>Addresses as numbers, for <see cref="CudaAsm"/>.</summary>
public static class Address
{
    /// <summary>The address of a variable in the window of shared memory.</summary>
    [DeviceIntrinsic("address.shared")]
    public static uint Shared<T>(ref T variable) where T : unmanaged => DeviceOnly.Throw<uint>();

    /// <summary>The address of a variable in global memory.</summary>
    [DeviceIntrinsic("address.global")]
    public static ulong Global<T>(ref T variable) where T : unmanaged => DeviceOnly.Throw<ulong>();
}
#endif

/// <summary>Loads that promise something.</summary>
public static class ReadOnly
{
    /// <summary>Loads from global memory that no thread of the running kernel writes, through the read-only path.</summary>
    [DeviceIntrinsic("load.readonly")]
    public static T Load<T>(ref T source) where T : unmanaged => source;
}
