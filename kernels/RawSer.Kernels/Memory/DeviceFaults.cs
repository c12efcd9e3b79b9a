using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>What a kernel found wrong in its data: the operation, from which the host makes the same message as the processor's kernels.</summary>
internal enum DeviceFaultKind
{
    None,
    CrossEntropyTarget,
    IndexSelect,
    IndexAdd,
    Gather,
    ScatterAdd,
}

/// <summary>
/// Words of device memory in which kernels say that data is wrong, because they cannot throw. The first report since the host last
/// looked stays; a kernel that reports goes on and must touch nothing that the bad value points to.
/// </summary>
/// <param name="words">Memory of <see cref="Words"/> words, of which the first is 0 as long as there is no report.</param>
internal readonly struct DeviceFaults(ArrayView<long> words)
{
    /// <summary>Words of a report: kind, place, value, extent and one more number.</summary>
    public const int Words = 5;

    private readonly ArrayView<long> _words = words;

    /// <summary>Inside a kernel: reports a bad value.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="place">Which item has it.</param>
    /// <param name="value">The bad value.</param>
    /// <param name="extent">Values from 0 to this, exclusive, would be right.</param>
    /// <param name="extra">Another right value, where the message names one.</param>
    public void Report(DeviceFaultKind kind, long place, long value, long extent, long extra)
    {
        if (Atomic.CompareExchange(ref _words[0], 0L, (long)kind) == 0)
        {
            _words[1] = place;
            _words[2] = value;
            _words[3] = extent;
            _words[4] = extra;
        }
    }
}
