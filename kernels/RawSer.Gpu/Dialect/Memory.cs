namespace RawSer.Gpu.Dialect;

/// <summary>Memory that the threads of a block share. Extents are constants; contents are undefined at the start.</summary>
public static unsafe class SharedMemory
{
    /// <summary>One variable.</summary>
    public static ref T Allocate<T>() where T : unmanaged => ref *Device.SharedMemory<T>(1);

    /// <summary>An array.</summary>
    public static ArrayView<T> Allocate<T>(int extent) where T : unmanaged => new(Device.SharedMemory<T>(extent), extent);

    /// <summary>An array.</summary>
    public static ArrayView1D<T, Stride1D.Dense> Allocate1D<T>(Index1D extent) where T : unmanaged => Allocate<T>(extent.X);

    /// <summary>An array with a stride.</summary>
    public static ArrayView1D<T, TStride> Allocate1D<T, TStride>(Index1D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride1D =>
        new(Allocate<T>(stride.ComputeBufferLength(extent)), extent, stride);

    /// <summary>A matrix with a stride.</summary>
    public static ArrayView2D<T, TStride> Allocate2D<T, TStride>(Index2D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride2D =>
        new(Allocate<T>(stride.ComputeBufferLength(extent)), extent, stride);

    /// <summary>A matrix whose x are neighbours.</summary>
    public static ArrayView2D<T, Stride2D.DenseX> Allocate2DDenseX<T>(in Index2D extent) where T : unmanaged =>
        Allocate2D<T, Stride2D.DenseX>(extent, Stride2D.DenseX.FromExtent(extent));

    /// <summary>A matrix whose y are neighbours.</summary>
    public static ArrayView2D<T, Stride2D.DenseY> Allocate2DDenseY<T>(in Index2D extent) where T : unmanaged =>
        Allocate2D<T, Stride2D.DenseY>(extent, Stride2D.DenseY.FromExtent(extent));

    /// <summary>A volume with a stride.</summary>
    public static ArrayView3D<T, TStride> Allocate3D<T, TStride>(Index3D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride3D =>
        new(Allocate<T>(stride.ComputeBufferLength(extent)), extent, stride);

    /// <summary>A volume whose x are neighbours, then y.</summary>
    public static ArrayView3D<T, Stride3D.DenseXY> Allocate3DDenseXY<T>(in Index3D extent) where T : unmanaged =>
        Allocate3D<T, Stride3D.DenseXY>(extent, Stride3D.DenseXY.FromExtent(extent));

    /// <summary>A volume whose z are neighbours, then y.</summary>
    public static ArrayView3D<T, Stride3D.DenseZY> Allocate3DDenseZY<T>(in Index3D extent) where T : unmanaged =>
        Allocate3D<T, Stride3D.DenseZY>(extent, Stride3D.DenseZY.FromExtent(extent));

    /// <summary>The dynamic shared memory that the launch asked for, seen as T; all calls give the same memory.</summary>
    public static ArrayView<T> GetDynamic<T>() where T : unmanaged =>
        new(Device.DynamicMemory<T>(), (long)((uint)Device.DynamicMemorySize() / (uint)sizeof(T)));
}

/// <summary>
/// Memory of one thread. The compiler keeps an array in registers where every index is a constant after unrolling, and says where
/// it could not.
/// </summary>
public static unsafe class LocalMemory
{
    /// <summary>An array of a constant extent.</summary>
    public static ArrayView<T> Allocate<T>(int extent) where T : unmanaged => new(Device.LocalMemory<T>(extent), extent);

    /// <summary>An array of a constant extent.</summary>
    public static ArrayView1D<T, Stride1D.Dense> Allocate1D<T>(Index1D extent) where T : unmanaged => Allocate<T>(extent.X);

    /// <summary>An array of a constant extent with a stride.</summary>
    public static ArrayView1D<T, TStride> Allocate1D<T, TStride>(Index1D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride1D =>
        new(Allocate<T>(stride.ComputeBufferLength(extent)), extent, stride);

    /// <summary>A matrix of a constant extent with a stride.</summary>
    public static ArrayView2D<T, TStride> Allocate2D<T, TStride>(Index2D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride2D =>
        new(Allocate<T>(stride.ComputeBufferLength(extent)), extent, stride);

    /// <summary>A volume of a constant extent with a stride.</summary>
    public static ArrayView3D<T, TStride> Allocate3D<T, TStride>(Index3D extent, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride3D =>
        new(Allocate<T>(stride.ComputeBufferLength(extent)), extent, stride);
}

/// <summary>Orders the memory accesses of this thread before it against those after it, as seen by other threads.</summary>
public static class MemoryFence
{
    /// <summary>As seen by the threads of the block.</summary>
    [DeviceIntrinsic("fence.group")]
    public static void GroupLevel() => DeviceOnly.Throw();

    /// <summary>As seen by all threads of the device.</summary>
    [DeviceIntrinsic("fence.device")]
    public static void DeviceLevel() => DeviceOnly.Throw();

    /// <summary>As seen by the device, the host and other devices.</summary>
    [DeviceIntrinsic("fence.system")]
    public static void SystemLevel() => DeviceOnly.Throw();
}
