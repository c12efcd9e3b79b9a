using System;

namespace RawSer.Gpu.Dialect;

/// <summary>Marks what RawSer's compiler replaces by instructions. ILGPU compiles the bodies, so they are plain C# in this build.</summary>
/// <param name="name">Name of the instruction.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
internal sealed class DeviceIntrinsicAttribute(string name) : Attribute
{
    /// <summary>Name of the instruction.</summary>
    public string Name { get; } = name;
}

/// <summary>The asynchronous copies, at once: <see cref="Target.Sm"/> is 0 in this build, so that kernels take the portable side.</summary>
internal static class Device
{
    public static void CopyAsync<T>(ref T shared, ref T global) where T : unmanaged => shared = global;

    public static void CopyAsyncOrZero<T>(ref T shared, ref T global, int bytes) where T : unmanaged => shared = bytes == 0 ? default : global;

    public static void CommitAsync()
    {
    }

    public static void WaitAsync(int pending) => _ = pending;
}
