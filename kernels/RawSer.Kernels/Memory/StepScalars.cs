using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The numbers that change from one launch of a captured graph to the next, in device memory: how far the random counters have moved, and
/// the numbers of each optimiser step. The first pass over the step's host code records it and gives every number its slot; later passes
/// only write the slots anew, in the same order, and are copied before the graph is launched.
/// </summary>
internal sealed class StepScalars : IDisposable
{
    private const int SlotBytes = 64;
    private const int Slots = 256;

    private readonly GpuDevice _device;
    private readonly GpuUpload _upload;
    private readonly ulong _address;
    private int _next = 1;

    public StepScalars(GpuDevice device)
    {
        _device = device;
        _upload = new GpuUpload(device, SlotBytes * Slots);
        _address = device.Allocate(SlotBytes * Slots);
    }

    /// <summary>Whether work is recorded; else only the slots are written.</summary>
    public bool IsRecording { get; set; }

    /// <summary>Added to the first counter of every draw.</summary>
    public ulong RandomOffset { get; set; }

    /// <summary>Where kernels read <see cref="RandomOffset"/>.</summary>
    public ArrayView<ulong> RandomOffsetSlot => _device.View<ulong>(_address, 1);

    /// <summary>Starts a pass from the first slot.</summary>
    public void Restart() => _next = 1;

    /// <summary>Writes the next slot; gives where kernels read it.</summary>
    /// <exception cref="InvalidOperationException">A step has more numbers than there are slots.</exception>
    public unsafe ArrayView<T> Put<T>(T value) where T : unmanaged
    {
        if (_next == Slots || sizeof(T) > SlotBytes)
        {
            throw new InvalidOperationException($"a captured step has more than {Slots - 1} changing numbers of {SlotBytes} bytes");
        }

        long at = (long)_next++ * SlotBytes;
        _upload.Fill<T>(at, 1)[0] = value;
        return _device.View<T>(_address + (ulong)at, 1);
    }

    /// <summary>Queues the copy to the device.</summary>
    public void Send()
    {
        _upload.Fill<ulong>(0, 1)[0] = RandomOffset;
        _upload.Copy(_address, 0, (long)_next * SlotBytes);
        _upload.PassTurn();
    }

    public void Dispose()
    {
        _upload.Dispose();
        _device.Free(_address);
    }
}
