namespace RawSer.Gpu.Compiler;

/// <summary>The kernels loaded on one device, by handle and specialised values. Reads take no lock.</summary>
internal sealed class KernelBindings
{
    private sealed record Entry(UInt128 Key, GpuFunction Function, Entry? Next);

    private readonly Lock _gate = new();
    private volatile Entry?[] _table = [];

    public GpuFunction? Find(int kernel, UInt128 key)
    {
        var entries = _table;
        for (var entry = kernel < entries.Length ? entries[kernel] : null; entry is not null; entry = entry.Next)
        {
            if (entry.Key == key)
            {
                return entry.Function;
            }
        }

        return null;
    }

    public void Add(int kernel, UInt128 key, GpuFunction function)
    {
        lock (_gate)
        {
            var entries = new Entry?[Math.Max(_table.Length, kernel + 1)];
            _table.CopyTo(entries, 0);
            entries[kernel] = new Entry(key, function, entries[kernel]);
            _table = entries;
        }
    }
}
