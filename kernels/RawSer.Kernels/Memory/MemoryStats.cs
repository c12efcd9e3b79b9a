namespace RawSer.Kernels;

/// <summary>A snapshot of a <see cref="MemoryPool"/>. All sizes in bytes.</summary>
/// <param name="BytesInUse">Held by storages, those on mapped files apart.</param>
/// <param name="PeakBytesInUse">Largest value of <paramref name="BytesInUse"/> so far.</param>
/// <param name="BytesPooled">Free, kept for reuse.</param>
/// <param name="BytesCap">Limit for in use plus pooled; <see cref="long.MaxValue"/> for none.</param>
/// <param name="AllocationCount">Storages handed out so far.</param>
/// <param name="SystemAllocationCount">Of these, how many needed new memory from the system.</param>
/// <param name="AbandonedCount">Storages that a finaliser had to return: tensors that somebody forgot to dispose.</param>
/// <param name="BytesMapped">
/// Parts of mapped files that storages show: the system's copy of the file, which it reads when they are touched and may drop again. What is written to
/// them becomes memory of the process, page by page, and is counted here all the same.
/// </param>
public readonly record struct MemoryStats(
    long BytesInUse,
    long PeakBytesInUse,
    long BytesPooled,
    long BytesCap,
    long AllocationCount,
    long SystemAllocationCount,
    long AbandonedCount,
    long BytesMapped)
{
    /// <summary>For messages: sizes in MiB.</summary>
    public override string ToString() =>
        $"{BytesInUse >> 20} MiB in use (peak {PeakBytesInUse >> 20}), {BytesPooled >> 20} MiB pooled, {(BytesCap == long.MaxValue ? "no cap" : $"cap {BytesCap >> 20} MiB")}, " +
        $"{BytesMapped >> 20} MiB mapped, {AllocationCount} allocations ({SystemAllocationCount} from the system), {AbandonedCount} abandoned";
}
