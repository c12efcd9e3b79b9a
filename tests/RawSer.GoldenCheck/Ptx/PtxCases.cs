using System.Text;
using System.Text.Json;
using RawSer.Gpu;
using RawSer.Gpu.Driver;
using RawSer.Gpu.Emulator;

namespace RawSer.GoldenCheck.Ptx;

/// <summary>
/// Launches of PTX that another compiler made: memory after them, and faults that the emulator must find. Each runs with each of its PTX
/// files; a launch that must succeed with all checks and with the fewest.
/// </summary>
internal static class PtxCases
{
    private const int LargestStaticShared = 48 * 1024;

    /// <summary>The operation of the cases.</summary>
    public const string Name = "ptx";

    public static void Register(HandlerTable table) => table.Op(Name, Run);

    /// <summary>
    /// Runs a case that must succeed on a GPU. PTX that is newer than the GPU or its driver is tried as if it were of their version; unsupported
    /// is what the driver's assembler then refuses.
    /// </summary>
    public static GoldenOutcome RunOnGpu(GoldenCase golden, int ordinal)
    {
        var problems = new List<string>();
        string refusal = "";
        int launches = 0;
        try
        {
            using var device = new CudaDevice(ordinal);
            foreach (string file in Files(golden))
            {
                string written = File.ReadAllText(golden.PathOf(file)), ptx = PtxText.For(written, device.Properties.PtxVersion, device.Properties.SmVersion);
                try
                {
                    using var launch = new PtxLaunch(golden, device);
                    launch.Run(ptx);
                    launches++;
                    problems.AddRange(Differences(launch).Select(difference => $"{file}: {difference}"));
                }
                catch (PtxException e) when (ptx != written)
                {
                    refusal = $"{file} is for a newer GPU or driver: {e.Message}";
                }
            }
        }
        catch (GpuException e)
        {
            problems.Add(e.Message);
        }

        return problems.Count > 0 ? new GoldenOutcome(golden, GoldenStatus.Failed, problems)
            : launches > 0 ? new GoldenOutcome(golden, GoldenStatus.Passed, [])
            : new GoldenOutcome(golden, GoldenStatus.Unsupported, [refusal]);
    }

    private static IEnumerable<string> Files(GoldenCase golden) => golden.Json.GetProperty("ptx").EnumerateArray().Select(name => name.GetString()!);

    private static IEnumerable<string> Differences(PtxLaunch launch)
    {
        foreach (PtxBuffer buffer in launch.Buffers)
        {
            if (launch.Expected(buffer) is { } expected && PtxComparison.Difference(buffer, launch.Read(buffer), expected) is { } difference)
            {
                yield return difference;
            }
        }
    }

    private static void Run(GoldenCase golden, GoldenRun run)
    {
        foreach (string file in Files(golden))
        {
            string ptx = File.ReadAllText(golden.PathOf(file));
            if (golden.Expect == GoldenExpectation.Fault)
            {
                MustFail(golden, run, file, ptx);
            }
            else
            {
                MustSucceed(golden, run, file, ptx, EmulatorChecks.Strict);
                MustSucceed(golden, run, file, ptx, EmulatorChecks.Basic);
            }
        }

        foreach (string output in golden.OutputRoles)
        {
            run.Covered(output);
        }
    }

    private static EmulatorDevice Device(GoldenCase golden, EmulatorChecks checks)
    {
        long limit = golden.Json.TryGetProperty("steps", out JsonElement steps) && steps.ValueKind == JsonValueKind.Number ? steps.GetInt64() : 200_000_000;
        return new EmulatorDevice(new EmulatorOptions { Checks = checks, StepLimit = limit, SharedMemoryPerBlock = LargestStaticShared });
    }

    private static void MustSucceed(GoldenCase golden, GoldenRun run, string file, string ptx, EmulatorChecks checks)
    {
        using EmulatorDevice device = Device(golden, checks);
        using var launch = new PtxLaunch(golden, device);
        try
        {
            launch.Run(ptx);
        }
        catch (GpuException e)
        {
            run.Fail($"{file} ({checks}): {e.Message}");
            return;
        }

        string differences = string.Join("; ", Differences(launch));
        run.Check($"{file} ({checks})", differences.Length == 0, differences);
    }

    private static void MustFail(GoldenCase golden, GoldenRun run, string file, string ptx)
    {
        string[] kinds = [golden.Json.GetProperty("kind").GetString()!, .. golden.Json.GetProperty("accept").EnumerateArray().Select(kind => kind.GetString()!)];
        using EmulatorDevice device = Device(golden, EmulatorChecks.Strict);
        using var launch = new PtxLaunch(golden, device);
        try
        {
            launch.Run(ptx);
            run.Fail($"{file}: no fault, expected {string.Join(" or ", kinds)}");
        }
        catch (EmulatorFaultException fault)
        {
            run.Check(file, kinds.Contains(SnakeCase(fault.Kind.ToString())), $"expected {string.Join(" or ", kinds)}, got {fault.Message}");
            JsonElement at = golden.Json.GetProperty("at"), block = at.GetProperty("block"), threads = at.GetProperty("threads");
            bool rightBlock = block.ValueKind == JsonValueKind.Null
                || new Dim3(block[0].GetInt32(), block[1].GetInt32(), block[2].GetInt32()) == fault.Block;
            bool rightThread = threads.ValueKind == JsonValueKind.Null || threads.EnumerateArray().Any(thread => thread.GetInt32() == fault.LinearThread);
            run.Check($"{file}: place", rightBlock && rightThread, $"expected block {block.GetRawText()} and one of threads {threads.GetRawText()}, got {fault.Message}");
            run.Check($"{file}: line", fault.Line > 0, fault.Message);
        }
        catch (GpuException e)
        {
            run.Check(file, kinds.Contains("launch"), $"expected {string.Join(" or ", kinds)}, got {e.GetType().Name}: {e.Message}");
        }
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            text.Append(char.IsUpper(c) && text.Length > 0 ? "_" : "").Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
