using System;
using System.Collections.Generic;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace RawSer.Gpu.Ilgpu;

/// <summary>
/// An NVIDIA GPU behind ILGPU's runtime: memory and copies. Kernels are launched by their handles, which ILGPU compiles; it has no
/// graphs and takes no PTX text.
/// </summary>
public sealed class IlgpuDevice : GpuDevice
{
    private readonly SortedList<ulong, MemoryBuffer1D<byte, Stride1D.Dense>> _buffers = [];
    private readonly Context _context;
    private readonly CudaAccelerator _accelerator;

    /// <summary>Opens a GPU.</summary>
    /// <param name="ordinal">Its number.</param>
    /// <exception cref="GpuNotFoundException">ILGPU finds no such device.</exception>
    public IlgpuDevice(int ordinal = 0)
    {
        _context = Context.Create(builder => builder.Cuda().EnableAlgorithms().Optimize(OptimizationLevel.O2));
        int count = _context.GetCudaDevices().Count;
        if (ordinal < 0 || ordinal >= count)
        {
            _context.Dispose();
            throw new GpuNotFoundException($"cuda:{ordinal}: ILGPU finds {count} CUDA devices");
        }

        _accelerator = _context.CreateCudaAccelerator(ordinal);
        Name = $"cuda:{ordinal}";
        Properties = new GpuProperties
        {
            Name = _accelerator.Name,
            SmVersion = (_accelerator.Architecture.Major * 10) + _accelerator.Architecture.Minor,
            PtxVersion = 70,
            MultiprocessorCount = _accelerator.NumMultiprocessors,
            TotalMemory = _accelerator.MemorySize,
            SharedMemoryPerBlockOptIn = _accelerator.MaxSharedMemoryPerGroup,
            MaxThreadsPerBlock = _accelerator.MaxNumThreadsPerGroup,
            MaxThreadsPerMultiprocessor = _accelerator.MaxNumThreadsPerMultiprocessor,
            WarpSize = _accelerator.WarpSize,
        };
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override GpuProperties Properties { get; }

    /// <inheritdoc/>
    public override bool SupportsGraphs => false;

    internal Accelerator Accelerator => _accelerator;

    /// <summary>The device that ILGPU's kernels run on; another is an error.</summary>
    internal static IlgpuDevice Of(GpuDevice device) => device as IlgpuDevice
        ?? throw new GpuException($"{device.Name}: this program was built with -p:GpuCompiler=ilgpu; its kernels run on an IlgpuDevice");

    /// <inheritdoc/>
    public override ulong Allocate(long bytes)
    {
        if (bytes > _accelerator.GetFreeMemory())
        {
            throw new GpuOutOfMemoryException($"{Name}: {bytes:n0} bytes asked, {_accelerator.GetFreeMemory():n0} of {_accelerator.MemorySize:n0} free");
        }

        MemoryBuffer1D<byte, Stride1D.Dense> buffer = _accelerator.Allocate1D<byte>(Math.Max(1, bytes));
        ulong address = (ulong)buffer.NativePtr;
        _buffers.Add(address, buffer);
        return address;
    }

    /// <inheritdoc/>
    public override void Free(ulong address)
    {
        if (!_buffers.Remove(address, out MemoryBuffer1D<byte, Stride1D.Dense>? buffer))
        {
            throw new GpuException($"{Name}: 0x{address:x} is no allocation of this device, or was freed before");
        }

        Synchronize();
        buffer.Dispose();
    }

    /// <summary>The memory of an address as a view that kernels take.</summary>
    internal ArrayView<T> View<T>(ulong address, long length) where T : unmanaged =>
        length == 0 ? default : Bytes(address, length * Interop.SizeOf<T>()).Cast<T>();

    /// <inheritdoc/>
    public override void CopyToDevice(ulong destination, ReadOnlySpan<byte> source)
    {
        if (source.Length > 0)
        {
            byte[] copy = source.ToArray();
            Bytes(destination, source.Length).CopyFromCPUUnsafeAsync(ref copy[0], copy.Length);
            Synchronize();
        }
    }

    /// <inheritdoc/>
    public override void CopyToHost(Span<byte> destination, ulong source)
    {
        if (destination.Length > 0)
        {
            Bytes(source, destination.Length).CopyToCPUUnsafeAsync(ref destination[0], destination.Length);
            Synchronize();
        }
    }

    /// <inheritdoc/>
    public override void CopyOnDevice(ulong destination, ulong source, long bytes)
    {
        (MemoryBuffer buffer, long offset) = Find(source, bytes);
        ArrayView<byte> target = Bytes(destination, bytes);
        buffer.CopyTo(_accelerator.DefaultStream, offset, target);
    }

    /// <inheritdoc/>
    public override void Fill(ulong destination, byte value, long bytes)
    {
        (MemoryBuffer buffer, long offset) = Find(destination, bytes);
        buffer.MemSet(_accelerator.DefaultStream, value, offset, bytes);
    }

    /// <inheritdoc/>
    public override void Synchronize() => _accelerator.Synchronize();

    /// <inheritdoc/>
    public override GpuModule LoadModule(string ptx) => throw NotHere("PTX text");

    /// <inheritdoc/>
    public override void Launch(GpuFunction function, in LaunchShape shape, ReadOnlySpan<byte> parameters) => throw NotHere("a kernel of PTX text");

    /// <inheritdoc/>
    public override GpuGraph Capture(Action record) => throw NotHere("a graph");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (MemoryBuffer1D<byte, Stride1D.Dense> buffer in _buffers.Values)
        {
            buffer.Dispose();
        }

        _buffers.Clear();
        _accelerator.Dispose();
        _context.Dispose();
    }

    private ArrayView<byte> Bytes(ulong address, long bytes)
    {
        (MemoryBuffer buffer, long offset) = Find(address, bytes);
        return buffer.AsArrayView<byte>(offset, bytes);
    }

    /// <summary>The allocation that holds a range: ILGPU addresses memory by buffer and offset. The last that starts at or before it.</summary>
    private (MemoryBuffer Buffer, long Offset) Find(ulong address, long bytes)
    {
        int low = 0, high = _buffers.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _buffers.Keys[middle] <= address ? (middle + 1, high) : (low, middle);
        }

        if (low > 0)
        {
            MemoryBuffer buffer = _buffers.Values[low - 1];
            long offset = (long)(address - _buffers.Keys[low - 1]);
            if (offset + bytes <= buffer.LengthInBytes)
            {
                return (buffer, offset);
            }
        }

        throw new GpuException($"{Name}: {bytes} bytes at 0x{address:x} are no memory of this device");
    }

    private GpuException NotHere(string what) =>
        new($"{Name}: {what} needs RawSer's own runtime; this program was built with -p:GpuCompiler=ilgpu");
}
