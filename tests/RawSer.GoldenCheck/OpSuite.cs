using RawSer.Gpu;
using RawSer.Testing.OpCases;

namespace RawSer.GoldenCheck;

/// <summary>The op suite on a device of the command line: results and gradients against the reference backend in F64, as the unit tests have it on cpu and emulator.</summary>
internal static class OpSuite
{
    /// <summary>The exit status.</summary>
    public static int Run(CommandLine line)
    {
        OpCase[] selected = [.. OpCatalog.All.Where(op => line.Selects(op.Name))];
        if (selected.Length == 0)
        {
            throw new UsageException("no case has such a name");
        }

        int failed = 0;
        foreach (OpCase op in selected)
        {
            if (Problem(op, line.Device) is { } problem)
            {
                failed++;
                Console.WriteLine($"FAIL {op.Name}: {problem}");
            }
        }

        Console.WriteLine($"{selected.Length - failed} passed, {failed} failed, 0 unsupported");
        return failed == 0 ? 0 : 1;
    }

    private static string? Problem(OpCase op, Device device)
    {
        try
        {
            return OpCheck.Device(op, device);
        }
        catch (Exception e) when (e is GpuException or NotSupportedException)
        {
            return e.Message;
        }
    }
}
