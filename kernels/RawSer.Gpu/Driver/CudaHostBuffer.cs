namespace RawSer.Gpu.Driver;

/// <summary>Pinned host memory.</summary>
internal sealed unsafe class CudaHostBuffer : GpuHostBuffer
{
    private readonly CudaContext _context;
    private void* _address;

    public CudaHostBuffer(CudaContext context, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        (_context, Bytes) = (context, bytes);
        context.EnterOutsideCapture("allocation");
        void* address;
        context.Check(context.Api.MemHostAlloc(&address, (nuint)bytes, 0), "cuMemHostAlloc");
        _address = address;
    }

    public override long Bytes { get; }

    public override nint Address => (nint)_address;

    protected override void Dispose(bool disposing)
    {
        if (_address != null && !_context.IsLost)
        {
            _context.Enter();
            _context.Check(_context.Api.MemFreeHost(_address), "cuMemFreeHost");
        }

        _address = null;
    }
}

/// <summary>An event with a time stamp.</summary>
internal sealed unsafe class CudaEvent : GpuEvent
{
    private readonly CudaContext _context;
    private nint _event;

    public CudaEvent(CudaContext context)
    {
        _context = context;
        context.EnterOutsideCapture("creating an event");
        nint created;
        context.Check(context.Api.EventCreate(&created, 0), "cuEventCreate");
        _event = created;
    }

    public override bool IsDone
    {
        get
        {
            _context.EnterOutsideCapture("asking for an event");
            int result = _context.Api.EventQuery(_event);
            if (result == CudaResult.NotReady)
            {
                return false;
            }

            _context.Check(result, "cuEventQuery");
            return true;
        }
    }

    public override void Record()
    {
        ObjectDisposedException.ThrowIf(_event == 0, this);
        _context.EnterOutsideCapture("recording an event");
        _context.Check(_context.Api.EventRecord(_event, _context.Stream), "cuEventRecord");
    }

    public override void Wait()
    {
        _context.EnterOutsideCapture("waiting for an event");
        _context.Check(_context.Api.EventSynchronize(_event), "cuEventSynchronize");
    }

    public override TimeSpan Since(GpuEvent earlier)
    {
        if (earlier is not CudaEvent start || start._context != _context)
        {
            throw new GpuException($"{_context.Name}: the earlier event is of another device");
        }

        Wait();
        float milliseconds;
        _context.Check(_context.Api.EventElapsedTime(&milliseconds, start._event, _event), "cuEventElapsedTime");
        return TimeSpan.FromMilliseconds(milliseconds);
    }

    protected override void Dispose(bool disposing)
    {
        if (_event != 0 && !_context.IsLost)
        {
            _context.Enter();
            _ = _context.Api.EventDestroy(_event);
        }

        _event = 0;
    }
}
