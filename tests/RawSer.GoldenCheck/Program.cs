using RawSer;
using RawSer.GoldenCheck;
using RawSer.Gpu;

try
{
    CommandLine line = CommandLine.Parse(args);
    if (!line.Times)
    {
        return line.OpCases ? OpSuite.Run(line) : Report.Run(line);
    }

    KernelTimes.Print(line.Device, tiny: line.Device == Device.Emulator);
    return 0;
}
catch (UsageException e)
{
    Console.Error.WriteLine($"RawSer.GoldenCheck: {e.Message}");
    Console.Error.WriteLine(CommandLine.Usage);
    return 2;
}
catch (GoldenFormatException e)
{
    Console.Error.WriteLine($"RawSer.GoldenCheck: {e.Message}");
    return 2;
}
catch (Exception e) when (e is GpuException or InvalidOperationException)
{
    Console.Error.WriteLine($"RawSer.GoldenCheck: {e.Message}");
    return 1;
}
