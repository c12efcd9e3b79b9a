using System.Diagnostics;
using System.Globalization;
using System.Text;
using RawSer.Kernels;

namespace RawSer;

/// <summary>
/// Where the time of a thread goes, by operation and shape, from <see cref="Start"/> to <see cref="Dispose"/>. What is taken is the end of every operation: it is given the
/// time since the end of the one before, so that the rows add up to the whole. What a program does between two operations counts for the second, unless
/// <see cref="Mark"/> gives it a row of its own.
/// </summary>
/// <example>
/// <code>
/// using (OperationProfile profile = OperationProfile.Start())
/// {
///     network.Forward(batch).CrossEntropy(labels).Backward();
///     Console.WriteLine(profile);
/// }
/// </code>
/// </example>
/// <remarks>Without a profile an operation pays for a test of one variable of its thread. The work of a captured step is not seen: it is one launch.</remarks>
public sealed class OperationProfile : IDisposable
{
    [ThreadStatic]
    private static OperationProfile? s_current;

    private readonly Backend? _awaited;
    private readonly Dictionary<(string Operation, OperationPhase Phase, Shape? Shape), (int Count, long Ticks)> _rows = [];
    private long _last;

    private OperationProfile(Backend? awaited)
    {
        _awaited = awaited;
        _last = Now();
    }

    /// <summary>The rows, by operation, phase and shape; the one that takes longest first.</summary>
    public IReadOnlyList<OperationTime> Rows =>
        [.. _rows.Select(row => new OperationTime(row.Key.Operation, row.Key.Phase, row.Key.Shape, row.Value.Count, TimeOf(row.Value.Ticks))).OrderByDescending(row => row.Time)];

    /// <summary>Time of all rows.</summary>
    public TimeSpan Total => TimeOf(_rows.Values.Sum(row => row.Ticks));

    /// <summary>Begins a profile of the calling thread.</summary>
    /// <param name="device">A device that works while the host goes on is waited for after every operation; the processor needs no such device to be named.</param>
    /// <exception cref="InvalidOperationException">The thread has a profile already.</exception>
    public static OperationProfile Start(Device? device = null)
    {
        if (s_current is not null)
        {
            throw new InvalidOperationException("operation profile: this thread has one already; dispose it first");
        }

        device?.Backend.Synchronize();
        return s_current = new OperationProfile(device?.Backend);
    }

    /// <summary>Gives the time since the last operation a row of this name: reading a batch, drawing a picture.</summary>
    public void Mark(string name) => End(name, OperationPhase.Other, null);

    /// <summary>Forgets all rows and begins anew: after a warm-up.</summary>
    public void Reset()
    {
        _rows.Clear();
        _last = Now();
    }

    /// <summary>Ends the profile; its rows stay.</summary>
    public void Dispose()
    {
        if (s_current == this)
        {
            s_current = null;
        }
    }

    /// <summary>A table of the operations, all shapes of one together: share, milliseconds, calls.</summary>
    public override string ToString() => Table(
        Rows.GroupBy(row => (row.Operation, row.Phase))
            .Select(rows => (Name(rows.First()), rows.Sum(row => row.Count), Milliseconds: rows.Sum(row => row.Time.TotalMilliseconds)))
            .OrderByDescending(row => row.Milliseconds));

    /// <summary>The same table with a row for each shape of the results, of those that took longest.</summary>
    /// <param name="rows">How many at most.</param>
    public string ByShape(int rows) => Table(Rows.Take(rows).Select(row => ($"{Name(row)} {row.Shape}".TrimEnd(), row.Count, row.Time.TotalMilliseconds)));

    private static string Name(OperationTime row) => row.Phase switch
    {
        OperationPhase.Backward => row.Operation + ", backward",
        OperationPhase.Recomputed => row.Operation + ", recomputed",
        _ => row.Operation,
    };

    private string Table(IEnumerable<(string Name, int Calls, double Milliseconds)> rows)
    {
        StringBuilder text = new($"{"share",6} {"ms",10} {"calls",7} {"us a call",10}  operation");
        double all = Math.Max(Total.TotalMilliseconds, double.Epsilon);
        foreach (var (name, calls, milliseconds) in rows)
        {
            text.AppendLine().Append(
                CultureInfo.InvariantCulture, $"{100 * milliseconds / all,5:F1}% {milliseconds,10:F2} {calls,7} {1000 * milliseconds / calls,10:F1}  {name}");
        }

        return text.ToString();
    }

    internal static void OperationEnded(string operation, Shape shape)
    {
        if (s_current is { } profile && (Checkpoint.IsRecomputing || !BackwardPass.IsRunning))
        {
            profile.End(operation, Checkpoint.IsRecomputing ? OperationPhase.Recomputed : OperationPhase.Forward, shape);
        }
    }

    internal static void GradientEnded(string operation, Shape shape) => s_current?.End(operation, OperationPhase.Backward, shape);

    internal static void StepEnded(string optimizer) => s_current?.End(optimizer, OperationPhase.Other, null);

    private static long Now() => Stopwatch.GetTimestamp();

    private static TimeSpan TimeOf(long ticks) => Stopwatch.GetElapsedTime(0, ticks);

    private void End(string operation, OperationPhase phase, Shape? shape)
    {
        _awaited?.Synchronize();
        long now = Now();
        (int count, long ticks) = _rows.GetValueOrDefault((operation, phase, shape));
        _rows[(operation, phase, shape)] = (count + 1, ticks + now - _last);
        _last = Now();
    }
}

/// <summary>In which part of a training step an operation ran.</summary>
public enum OperationPhase
{
    /// <summary>The operation itself.</summary>
    Forward,

    /// <summary>The operation once more, for a checkpoint's backward pass.</summary>
    Recomputed,

    /// <summary>Its gradient, with the operations that its rule uses and the addition to gradients that were there.</summary>
    Backward,

    /// <summary>Steps of optimisers, and what <see cref="OperationProfile.Mark"/> names.</summary>
    Other,
}

/// <summary>One row of an <see cref="OperationProfile"/>.</summary>
/// <param name="Operation">Its name, as in messages.</param>
/// <param name="Phase">When it ran.</param>
/// <param name="Shape">Shape of its result (backward: of the gradient that it had); none for <see cref="OperationPhase.Other"/>.</param>
/// <param name="Count">How often it ran.</param>
/// <param name="Time">The time of all runs.</param>
public sealed record OperationTime(string Operation, OperationPhase Phase, Shape? Shape, int Count, TimeSpan Time);
