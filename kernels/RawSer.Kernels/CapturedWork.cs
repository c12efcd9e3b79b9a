using RawSer.Gpu;

namespace RawSer.Kernels;

/// <summary>Queued work as a graph that can be launched again, with memory of its own and changing numbers in device memory.</summary>
public sealed class CapturedWork : IDisposable
{
    private readonly CudaBackend _backend;
    private readonly MemoryReserve _reserve;
    private readonly StepScalars _scalars;
    private GpuGraph? _graph;

    internal CapturedWork(CudaBackend backend)
    {
        _backend = backend;
        _reserve = backend.Memory.NewReserve();
        _scalars = new StepScalars(backend.Gpu);
    }

    /// <summary>Whether <see cref="Record"/> has run.</summary>
    public bool IsRecorded => _graph is not null;

    /// <summary>Nodes of the graph: kernels, copies and fills.</summary>
    public int NodeCount => _graph?.NodeCount ?? 0;

    /// <summary>How far the random counters have moved since the step was recorded, in blocks of 64 words.</summary>
    public ulong RandomBlocks
    {
        get => _scalars.RandomOffset / Philox.BlockCounters;
        set => _scalars.RandomOffset = value * Philox.BlockCounters;
    }

    /// <summary>Runs the step at once, from the memory that the graph will use.</summary>
    public void Warm(Action step) => _reserve.While(step);

    /// <summary>Records the step instead of running it. Tensors that must outlive it are to be held by the caller.</summary>
    /// <exception cref="GpuException">The step allocates, waits, or copies from or to the host.</exception>
    public void Record(Action step) => _reserve.While(() => _graph = _backend.Gpu.Capture(() => WithScalars(isRecording: true, step)));

    /// <summary>Runs those parts of the step's host code again that know changing numbers: nothing is queued, only the numbers are taken.</summary>
    public void Renew(Action step)
    {
        ArgumentNullException.ThrowIfNull(step);
        WithScalars(isRecording: false, step);
    }

    /// <summary>Queues the copy of the numbers and the graph.</summary>
    /// <exception cref="InvalidOperationException">Nothing was recorded.</exception>
    public void Launch()
    {
        if (_graph is null)
        {
            throw new InvalidOperationException("a captured step is launched before it was recorded");
        }

        _scalars.Send();
        _graph.Launch();
        _backend.ExpectFaults();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _graph?.Dispose();
        _scalars.Dispose();
        _reserve.Dispose();
    }

    private void WithScalars(bool isRecording, Action step)
    {
        if (_backend.Scalars is not null)
        {
            throw new InvalidOperationException("a captured step inside a captured step");
        }

        _scalars.IsRecording = isRecording;
        _scalars.Restart();
        _backend.Scalars = _scalars;
        try
        {
            step();
        }
        finally
        {
            _backend.Scalars = null;
        }
    }
}
