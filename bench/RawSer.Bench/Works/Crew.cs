namespace RawSer.Bench.Works;

/// <summary>Threads that start a job together and are waited for together; the caller is the first of them.</summary>
internal sealed class Crew : IDisposable
{
    private readonly Barrier _start, _end;
    private readonly int _threads;
    private Action<int>? _job;

    public Crew(int threads)
    {
        _threads = threads;
        _start = new Barrier(threads);
        _end = new Barrier(threads);
        for (int i = 1; i < threads; i++)
        {
            int index = i;
            new Thread(() => Work(index)) { IsBackground = true }.Start();
        }
    }

    public void Run(Action<int> job)
    {
        _job = job;
        _start.SignalAndWait();
        job(0);
        _end.SignalAndWait();
    }

    public void Dispose()
    {
        _job = null;
        if (_threads > 1)
        {
            _start.SignalAndWait();
        }
    }

    private void Work(int index)
    {
        while (true)
        {
            _start.SignalAndWait();
            if (_job is not { } job)
            {
                return;
            }

            job(index);
            _end.SignalAndWait();
        }
    }
}
