using System.Diagnostics;
using RawSer.Kernels;

namespace RawSer.Training;

/// <summary>
/// Losses and numbers of correct examples of steps on a device, which the host does not wait for: they are read together, in the background, from time
/// to time, and at the end.
/// </summary>
internal sealed class StepResults : IDisposable
{
    private const int MostSteps = 256;

    private readonly CudaBackend _backend;
    private readonly TimeSpan _interval;
    private readonly StepJournal _journal;
    private readonly Queue<int> _examples = new(MostSteps);
    private long _lastRead = Stopwatch.GetTimestamp();
    private int _unread;

    /// <param name="backend">The device.</param>
    /// <param name="interval">Time between two reads, unless more than <see cref="MostSteps"/> steps wait.</param>
    public StepResults(CudaBackend backend, TimeSpan interval)
    {
        (_backend, _interval) = (backend, interval);
        _journal = new StepJournal(backend, MostSteps);
    }

    /// <summary>Queues keeping what a step gave; a captured step records that.</summary>
    public void Keep(Tensor loss, Tensor logits, Tensor labels)
    {
        using Tensor dense = logits.ContiguousAlias();
        _journal.Append(loss.View, dense.View, labels.View);
    }

    /// <summary>A step was queued that keeps what it gives. Takes what has arrived of those before.</summary>
    public void Queued(int examples, Action<StepResult, int> take)
    {
        _examples.Enqueue(examples);
        _unread++;
        bool isFull = _unread == MostSteps;
        if (_journal.IsReading && (isFull || _journal.HasArrived))
        {
            Take(take);
        }

        if (!_journal.IsReading && (isFull || Stopwatch.GetElapsedTime(_lastRead) > _interval))
        {
            Begin();
        }
    }

    /// <summary>Waits for all steps, and for what their kernels reported.</summary>
    /// <exception cref="ArgumentException">A kernel reported bad data, such as a label that is no class.</exception>
    public void Finish(Action<StepResult, int> take)
    {
        if (_journal.IsReading)
        {
            Take(take);
        }

        if (_unread > 0)
        {
            Begin();
        }

        _backend.Synchronize();
        if (_journal.IsReading)
        {
            Take(take);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _journal.Dispose();

    private void Begin()
    {
        _journal.BeginRead(_unread);
        _unread = 0;
        _lastRead = Stopwatch.GetTimestamp();
    }

    private void Take(Action<StepResult, int> take)
    {
        foreach (StepResult result in _journal.Take())
        {
            take(result, _examples.Dequeue());
        }
    }
}
