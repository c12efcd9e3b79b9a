using BenchmarkDotNet.Running;
using RawSer.Bench;
using RawSer.Bench.Works;

const string Usage = """
    usage: RawSer.Bench VERB [ARGUMENT] [--seconds S]
      peak                     fused multiply-adds per second and copy bandwidth of this machine, on one core and on all
      micro [OPTIONS]          BenchmarkDotNet suites of single kernels (options are BenchmarkDotNet's: --filter '*Binary*', --list flat, ...)
    Prints one JSON line per measurement.
    """;

if (args is ["micro", ..])
{
    BenchmarkSwitcher.FromAssembly(typeof(Measurement).Assembly).Run(args[1..]);
    return 0;
}

try
{
    var (verb, arguments, options) = Arguments.Parse(args);
    switch (verb)
    {
        case "peak":
            Arguments.Expect(arguments, 0, "peak");
            Peak.Measure(options.Seconds);
            return 0;
        default:
            throw new UsageException($"unknown verb '{verb}'");
    }
}
catch (UsageException e)
{
    Console.Error.WriteLine($"RawSer.Bench: {e.Message}");
    Console.Error.WriteLine(Usage);
    return 2;
}
