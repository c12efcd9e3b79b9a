namespace RawSer.Gpu.Compiler;

/// <summary>The kernels loaded on one device, by handle and specialised values. Reads take no lock.</summary>
internal sealed class KernelBindings
{
    private sealed record Entry(UInt128 Key, GpuFunction Function, Entry? Next);

    private readonly Lock gate = new();
    private volatile Entry?[] table = [];

    public GpuFunction? Find(int kernel, UInt128 key)
    {
        var entries = table;
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
        lock (gate)
        {
            var entries = new Entry?[Math.Max(table.Length, kernel + 1)];
            table.CopyTo(entries, 0);
            entries[kernel] = new Entry(key, function, entries[kernel]);
            table = entries;
        }
    }
}
