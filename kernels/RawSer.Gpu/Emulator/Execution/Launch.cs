namespace RawSer.Gpu.Emulator;

/// <summary>
/// One launch. Blocks run on several host threads if none can see the order of the others; with atomics or strong accesses to global memory
/// they run in their order on one, so that the results are the same in every run.
/// </summary>
internal sealed class Launch
{
    /// <summary>Operations after which, in order, a block that has not ended lets the next begin: it may wait for it.</summary>
    private const long Turn = 1 << 22;

    private readonly Lock _lock = new();
    private long _steps;
    private long _next;
    private long _firstFault = long.MaxValue;
    private EmulatorFaultException? _fault;

    public required KernelCode Kernel { get; init; }

    public required LaunchShape Shape { get; init; }

    /// <summary>Pinned.</summary>
    public required byte[] Parameters { get; init; }

    public required GlobalMemory Memory { get; init; }

    public required EmulatorChecks Checks { get; init; }

    public required long StepLimit { get; init; }

    public required int Threads { get; init; }

    public int SharedBytes => Shape.DynamicSharedBytes > 0 ? Kernel.DynamicSharedOffset + Shape.DynamicSharedBytes : Kernel.StaticSharedBytes;

    /// <summary>Reads by ld.global.nc and writes are compared.</summary>
    public bool TracksReadOnly => Checks >= EmulatorChecks.Strict && Kernel.HasReadOnlyLoads;

    /// <summary>Thread-instructions so far.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    public long AddSteps(long steps) => Interlocked.Add(ref _steps, steps);

    /// <summary>Runs all blocks.</summary>
    /// <exception cref="EmulatorFaultException">A thread of the block with the lowest number that failed.</exception>
    public void Run()
    {
        if (TracksReadOnly)
        {
            Memory.TrackLaunch();
        }

        try
        {
            int workers = (int)Math.Min(Threads, Shape.Grid.Count);
            if (workers <= 1 || Kernel.HasGlobalAtomics)
            {
                RunInOrder();
            }
            else
            {
                Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ => RunShare());
            }
        }
        finally
        {
            if (TracksReadOnly)
            {
                Memory.StopTracking();
            }
        }

        if (_fault is not null)
        {
            throw _fault;
        }
    }

    private void RunShare()
    {
        using var block = new Block(this);
        for (long index = Interlocked.Increment(ref _next) - 1; index < Shape.Grid.Count; index = Interlocked.Increment(ref _next) - 1)
        {
            if (index > Interlocked.Read(ref _firstFault))
            {
                return;
            }

            try
            {
                block.Start(index);
                block.Run(long.MaxValue);
            }
            catch (EmulatorFaultException fault)
            {
                lock (_lock)
                {
                    if (index < _firstFault)
                    {
                        (_firstFault, _fault) = (index, fault);
                    }
                }

                return;
            }
        }
    }

    private void RunInOrder()
    {
        var all = new List<Block>();
        var running = new List<Block>();
        var free = new Stack<Block>();
        try
        {
            for (long next = 0; next < Shape.Grid.Count || running.Count > 0;)
            {
                if (next < Shape.Grid.Count)
                {
                    if (!free.TryPop(out Block? block))
                    {
                        all.Add(block = new Block(this));
                    }

                    block.Start(next++);
                    running.Add(block);
                }

                foreach (Block block in running)
                {
                    block.Run(Turn);
                }

                foreach (Block done in running.Where(block => block.IsDone))
                {
                    free.Push(done);
                }

                running.RemoveAll(block => block.IsDone);
            }
        }
        finally
        {
            all.ForEach(block => block.Dispose());
        }
    }
}
