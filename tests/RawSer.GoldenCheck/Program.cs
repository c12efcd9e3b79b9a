using RawSer.GoldenCheck;

try
{
    CommandLine line = CommandLine.Parse(args);
    return Report.Run(line);
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
