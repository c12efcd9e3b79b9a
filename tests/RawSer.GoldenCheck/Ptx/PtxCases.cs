using System.Text;
using System.Text.Json;
using RawSer.Gpu;
using RawSer.Gpu.Emulator;

namespace RawSer.GoldenCheck.Ptx;

/// <summary>
/// Launches of PTX that another compiler made: memory after them, and faults that the emulator must find. Each runs with each of its PTX
/// files; a launch that must succeed with all checks and with the fewest.
/// </summary>
internal static class PtxCases
{
    private const int LargestStaticShared = 48 * 1024;

    public static void Register(HandlerTable table) => table.Op("ptx", Run);

    private static void Run(GoldenCase golden, GoldenRun run)
    {
        foreach (string file in golden.Json.GetProperty("ptx").EnumerateArray().Select(name => name.GetString()!))
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

        foreach (PtxBuffer buffer in launch.Buffers)
        {
            if (launch.Expected(buffer) is { } expected)
            {
                string? difference = PtxComparison.Difference(buffer, launch.Read(buffer), expected);
                run.Check($"{file} ({checks})", difference is null, difference ?? "");
            }
        }
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
