using RawSer.Testing.OpCases;

namespace RawSer.Bench.Ops;

/// <summary>The catalog of operations as a table: what each device supports, and the throughput of the cpu.</summary>
internal static class OpTable
{
    public static void Support(string filter)
    {
        Device[] devices = [Device.Cpu, Device.Reference];
        Console.WriteLine($"{"operation",-44}{string.Concat(devices.Select(device => $"{device,12}"))}");
        foreach (OpCase op in OpCatalog.All.Where(op => op.Name.Contains(filter, StringComparison.Ordinal)))
        {
            Console.WriteLine($"{op.Name,-44}{string.Concat(devices.Select(device => $"{OpReport.Support(op, device),12}"))}");
        }
    }

    /// <summary>Bytes are those of the inputs and the result; backward passes move more, so their rate is in milliseconds alone.</summary>
    public static void Throughput(string filter, double seconds)
    {
        Console.WriteLine($"{"operation",-24}{"forward ms",12}{"GB/s",9}{"with backward ms",20}");
        foreach (OpCase op in OpCatalog.All.Where(op => op.Timed.Length > 0 && op.Name.Contains(filter, StringComparison.Ordinal)))
        {
            var (forward, both, bytes) = OpReport.Time(op, Device.Cpu, seconds);
            Console.WriteLine($"{op.Name,-24}{forward * 1e3,12:f3}{bytes / forward / 1e9,9:f1}{both * 1e3,20:f3}");
        }
    }
}
