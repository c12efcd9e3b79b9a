using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace RawSer.Kernels;

/// <summary>Work that <see cref="WorkerPool"/> splits by index.</summary>
public interface IParallelBody
{
    /// <summary>Does part <paramref name="index"/>. Parts must not depend on each other nor on the thread that runs them.</summary>
    void Invoke(int index);
}

/// <summary>
/// The engine's own threads: one per processor less the caller, started once, waiting a short while for the next job before they
/// sleep. A job is a number of parts fixed by the shape of the data, never by the number of threads, so results do not depend on it.
/// Each thread begins with its own run of neighbouring parts, the same in every job of as many parts, so that it mostly meets data that its own cache
/// holds; who is done takes what is left of the others' runs. Nothing is allocated per job. Calls from inside a part, or while another thread's job runs, are executed by the caller alone.
/// </summary>
public sealed unsafe class WorkerPool
{
    /// <summary>Elements of simple elementwise work that are worth a part of their own.</summary>
    public const int Grain = 32 * 1024;

    private const int ClosedBit = 1 << 30;

    // Ints between two threads' counters, so that no two are on one cache line (or on the next, which is fetched with it).
    private const int CounterStride = 32;

    [ThreadStatic]
    private static bool s_insideJob;

    private readonly Lock _startLock = new();
    private readonly object _parkLock = new();
    private readonly long _spinTicks = Stopwatch.Frequency / 20_000; // 50 microseconds
    private bool _started;
    private int _busy;
    private int _epoch;
    private int _parked;

    // The current job. _gate counts the workers inside it; with ClosedBit set, nobody may enter any more.
    private delegate*<void*, int, void> _entry;
    private void* _body;
    private int _count;
    private readonly int[] _next;
    private int _gate = ClosedBit;
    private ExceptionDispatchInfo? _failure;

    private WorkerPool(int threads)
    {
        ThreadCount = threads;
        _next = new int[(threads + 1) * CounterStride];
    }

    /// <summary>
    /// The pool of the process. Its size is the number of processors that the process may use, or the environment variable
    /// <c>RAWSER_THREADS</c>, if that is a number from 1 to 1024.
    /// </summary>
    public static WorkerPool Shared { get; } = new(ConfiguredThreads());

    /// <summary>Threads that take part in a job, the caller included.</summary>
    public int ThreadCount { get; }

    /// <summary>Runs parts 0 to <paramref name="count"/> - 1 and returns when all are done. The first exception of a part is rethrown.</summary>
    public void Run<TBody>(int count, in TBody body) where TBody : struct, IParallelBody
    {
        if (count <= 1 || ThreadCount == 1 || s_insideJob || Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            for (int i = 0; i < count; i++)
            {
                Unsafe.AsRef(in body).Invoke(i);
            }

            return;
        }

        try
        {
            EnsureStarted();
            // The copy lives in this frame until every worker has left the job, so a plain pointer to it is safe.
            TBody shared = body;
            _entry = &Trampoline<TBody>;
            _body = Unsafe.AsPointer(ref shared);
            _count = count;
            for (int thread = 0; thread < ThreadCount; thread++)
            {
                Next(thread) = RunStart(thread);
            }

            _failure = null;
            Volatile.Write(ref _gate, 0);
            Interlocked.Increment(ref _epoch);
            if (Volatile.Read(ref _parked) > 0)
            {
                lock (_parkLock)
                {
                    Monitor.PulseAll(_parkLock);
                }
            }

            Work(thread: 0);
            CloseGate();
            _failure?.Throw();
        }
        finally
        {
            _body = null;
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Parts of <paramref name="grain"/> items that cover <paramref name="items"/> items.</summary>
    public static int PartCount(long items, int grain = Grain) => checked((int)((items + grain - 1) / grain));

    private static void Trampoline<TBody>(void* body, int index) where TBody : struct, IParallelBody => Unsafe.AsRef<TBody>(body).Invoke(index);

    private static int ConfiguredThreads()
    {
        string? setting = Environment.GetEnvironmentVariable("RAWSER_THREADS");
        return int.TryParse(setting, out int threads) && threads is >= 1 and <= 1024 ? threads : Environment.ProcessorCount;
    }

    private void EnsureStarted()
    {
        if (Volatile.Read(ref _started))
        {
            return;
        }

        lock (_startLock)
        {
            for (int i = 1; i < ThreadCount && !_started; i++)
            {
                int thread = i;
                new Thread(() => WorkerLoop(thread), maxStackSize: 1 << 20) { IsBackground = true, Name = $"RawSer worker {i}" }.Start();
            }

            Volatile.Write(ref _started, true);
        }
    }

    private void WorkerLoop(int thread)
    {
        int seen = 0;
        while (true)
        {
            seen = WaitForJob(seen);
            if (TryEnter())
            {
                Work(thread);
                Interlocked.Decrement(ref _gate);
            }
        }
    }

    private int WaitForJob(int seen)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() - start < _spinTicks)
        {
            int epoch = Volatile.Read(ref _epoch);
            if (epoch != seen)
            {
                return epoch;
            }

            Thread.SpinWait(20);
        }

        lock (_parkLock)
        {
            Interlocked.Increment(ref _parked);
            int epoch;
            while ((epoch = Volatile.Read(ref _epoch)) == seen)
            {
                Monitor.Wait(_parkLock);
            }

            Interlocked.Decrement(ref _parked);
            return epoch;
        }
    }

    private bool TryEnter()
    {
        while (true)
        {
            int gate = Volatile.Read(ref _gate);
            if ((gate & ClosedBit) != 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _gate, gate + 1, gate) == gate)
            {
                return true;
            }
        }
    }

    /// <summary>The next part of a thread's run.</summary>
    private ref int Next(int thread) => ref _next[(thread + 1) * CounterStride];

    /// <summary>The first part of a thread's run, or the end of the one before.</summary>
    private int RunStart(int thread) => (int)((long)_count * thread / ThreadCount);

    private void Work(int thread)
    {
        s_insideJob = true;
        try
        {
            for (int i = 0; i < ThreadCount; i++)
            {
                int owner = thread + i < ThreadCount ? thread + i : thread + i - ThreadCount, end = RunStart(owner + 1), index;
                while (Volatile.Read(ref Next(owner)) < end && (index = Interlocked.Increment(ref Next(owner)) - 1) < end)
                {
                    _entry(_body, index);
                }
            }
        }
#pragma warning disable CA1031 // Whatever a part throws is carried to the thread that started the job.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            for (int owner = 0; owner < ThreadCount; owner++)
            {
                Volatile.Write(ref Next(owner), _count);
            }
        }
        finally
        {
            s_insideJob = false;
        }
    }

    private void CloseGate()
    {
        Interlocked.Or(ref _gate, ClosedBit);
        SpinWait spin = default;
        while (Volatile.Read(ref _gate) != ClosedBit)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
