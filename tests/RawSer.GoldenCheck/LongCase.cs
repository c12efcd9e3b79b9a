using System.Diagnostics;

namespace RawSer.GoldenCheck;

/// <summary>
/// Says twice a minute that a case is still running and what it compared last: a network of full size takes minutes on the emulator and would
/// look hung.
/// </summary>
public sealed class LongCase : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly GoldenCase _case;
    private readonly Action<string> _tell;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Timer _timer;
    private volatile string? _compared;

    /// <summary>Begins to watch a case.</summary>
    public LongCase(GoldenCase golden, Action<string> tell, TimeSpan? interval = null)
    {
        _case = golden;
        _tell = tell;
        _timer = new Timer(_ => Tell(), null, interval ?? Interval, interval ?? Interval);
    }

    /// <summary>What the case has just compared.</summary>
    public void Compared(string what) => _compared = what;

    /// <summary>Ends the watch; nothing is said afterwards.</summary>
    public void Dispose()
    {
        using ManualResetEvent ended = new(false);
        if (_timer.Dispose(ended))
        {
            ended.WaitOne();
        }
    }

    private void Tell() => _tell(
        $"{_case.Area}/{_case.Name}: running for {_clock.Elapsed.TotalSeconds:f0} s, {(_compared is { } what ? $"last compared: {what}" : "nothing compared yet")}");
}
