using System.Globalization;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Weights;

/// <summary>
/// What every broken copy of a weight file is held to: it loads or fails with the library's own exception, within two seconds of processor time and without large allocations.
/// RAWSER_SOAK=N makes N copies of each kind of file and mutation instead of a thousand.
/// </summary>
internal sealed class MutationCaps
{
    private const long AllocationLimit = 64L << 20;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(2);

    private int _copies;
    private int _loaded;
    private long _mostAllocated;
    private TimeSpan _longest;

    /// <summary>Copies of each kind.</summary>
    public static int Count { get; } = int.TryParse(Environment.GetEnvironmentVariable("RAWSER_SOAK"), CultureInfo.InvariantCulture, out int count) ? count : 1000;

    /// <summary>Loads one copy; whether that succeeded.</summary>
    public bool Load(string which, Action load)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan start = Environment.CpuUsage.TotalTime; // a busy machine makes any other clock run long
        bool loaded = true;
        try
        {
            load();
        }
        catch (WeightFileException)
        {
            loaded = false; // the expected way to fail
        }

        TimeSpan time = Environment.CpuUsage.TotalTime - start;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(time, Is.LessThan(TimeLimit), which);
        Assert.That(allocated, Is.LessThan(AllocationLimit), which);
        (_copies, _loaded) = (_copies + 1, _loaded + (loaded ? 1 : 0));
        (_longest, _mostAllocated) = (time > _longest ? time : _longest, Math.Max(_mostAllocated, allocated));
        return loaded;
    }

    /// <summary>Reports the copies; a mutation after which every file loads breaks nothing.</summary>
    public void Finish(string kind)
    {
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kind}: {_loaded} of {_copies} loaded; at most {_longest.TotalMilliseconds:f0} ms of processor time and {_mostAllocated / 1024.0:f0} KiB allocated"));
        Assert.That(_loaded, Is.LessThan(_copies), "the mutation breaks nothing");
    }
}
