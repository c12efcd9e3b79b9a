using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace RawSer.Gpu;

/// <summary>Ordinary memory, for devices whose work runs in the calling thread.</summary>
internal sealed unsafe class PageableHostBuffer : GpuHostBuffer
{
    private byte[]? _memory;

    public PageableHostBuffer(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        _memory = GC.AllocateArray<byte>(checked((int)bytes), pinned: true);
    }

    public override long Bytes => _memory?.Length ?? 0;

    public override nint Address => _memory is null ? 0 : (nint)Unsafe.AsPointer(ref _memory[0]);

    protected override void Dispose(bool disposing) => _memory = null;
}

/// <summary>The host's clock once the work queued so far is done, for devices whose work runs in the calling thread.</summary>
internal sealed class HostClockEvent(GpuDevice device) : GpuEvent
{
    private long _time;

    public override bool IsDone
    {
        get
        {
            device.Synchronize(); // nothing is left to wait for, but a capture refuses the question as on a GPU
            return true;
        }
    }

    public override void Record()
    {
        device.Synchronize();
        _time = Stopwatch.GetTimestamp();
    }

    public override void Wait() => device.Synchronize();

    public override TimeSpan Since(GpuEvent earlier) => earlier is HostClockEvent start
        ? Stopwatch.GetElapsedTime(start._time, _time)
        : throw new GpuException($"{device.Name}: the earlier event is of another device");

    protected override void Dispose(bool disposing)
    {
    }
}
