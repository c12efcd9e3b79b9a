using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RawSer.Bench;

/// <summary>
/// Ours and the peers alternately, each in a process of its own, for several rounds: whatever slows the machine for a while hits both
/// sides. A round gives each side's median; the table gives the median over the rounds.
/// </summary>
internal static class Compare
{
    public const string Ours = "rawser", Plain = "pytorch default", Tuned = "pytorch tuned", OnnxRuntime = "onnxruntime";

    // Networks that bench/peers/export_onnx.py exports.
    private static readonly string[] s_exported = ["vgg/infer", "speech/infer"];

    /// <param name="works">What to compare: verb and argument, the same for both sides.</param>
    /// <param name="rounds">How often each side is run.</param>
    /// <param name="seconds">Time for each measurement.</param>
    /// <param name="path">The result file.</param>
    public static void Run(IReadOnlyList<string[]> works, int rounds, double seconds, string path)
    {
        var rows = new List<ComparedWork>();
        Machine machine = Machine.Describe();
        var limits = new List<Measurement>(Limits());
        foreach (string[] work in works)
        {
            string[] sides = s_exported.Contains(string.Join('/', work)) ? [Ours, Plain, Tuned, OnnxRuntime] : [Ours, Plain, Tuned];
            var measured = sides.ToDictionary(side => side, _ => new List<Measurement>());
            for (int round = 0; round < rounds; round++)
            {
                foreach (string side in sides)
                {
                    Measurement measurement = Measurement.Parse(Run(side, [.. work, "--seconds", $"{seconds}"]).Single());
                    measured[side].Add(measurement);
                    Console.Error.WriteLine($"round {round + 1}: {measurement.Name} {side} {measurement.MedianMs} ms");
                }
            }

            rows.Add(new ComparedWork(measured[Ours][0].Name, measured));
        }

        limits.AddRange(Limits());
        var result = new Comparison(machine, rounds, seconds, limits, rows);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(result, ComparisonJson.Default.Comparison) + "\n");
        Console.WriteLine(result.ToMarkdown());
    }

    private static IEnumerable<Measurement> Limits() => Processes.RunSelf("peak", "--seconds", "1").Select(Measurement.Parse);

    private static string[] Run(string side, string[] work) => side switch
    {
        Ours => Processes.RunSelf(work),
        OnnxRuntime => Processes.Run("node", ["bench/peers/onnxruntime_peer.js", .. work]),
        _ => Processes.Run("bench/peers/peer.sh", [side.Split(' ')[1], .. work]),
    };
}

/// <summary>The rounds of one work, by side.</summary>
internal sealed record ComparedWork(string Name, Dictionary<string, List<Measurement>> Rounds)
{
    public double MedianMs(string side) => Sorted(side)[Rounds[side].Count / 2];

    /// <summary>Distance between the slowest and the fastest round, as a share of the median.</summary>
    public double Spread(string side) => (Sorted(side)[^1] - Sorted(side)[0]) / MedianMs(side);

    private double[] Sorted(string side) => [.. Rounds[side].Select(round => round.MedianMs).Order()];
}

internal sealed record Comparison(Machine Machine, int Rounds, double Seconds, IReadOnlyList<Measurement> Limits, IReadOnlyList<ComparedWork> Works)
{
    public string ToMarkdown()
    {
        // The best that was seen, before or after the comparison. Shares are measured in turn with the work, not against this.
        double peak = Math.Round(Limits.Max(limit => (limit.Gflops ?? 0) * limit.MedianMs / limit.MinMs), 1);
        var lines = new List<string>
        {
            $"{Machine.Processor}, {Machine.Cores} cores, {Machine.InstructionSet}; {Machine.Runtime}; {Machine.System}; commit {Machine.Commit}; " +
            $"measured peak {peak} GFLOPS; {Rounds} rounds of {Seconds} s a side.",
            "",
            "| work | RawSer ms | PyTorch ms | PyTorch tuned ms | ONNX Runtime ms | against PyTorch | against tuned | against ONNX Runtime | share of peak | spread of rounds |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        };
        foreach (ComparedWork work in Works)
        {
            double ours = work.MedianMs(Compare.Ours), plain = work.MedianMs(Compare.Plain), tuned = work.MedianMs(Compare.Tuned);
            double? onnx = work.Rounds.ContainsKey(Compare.OnnxRuntime) ? work.MedianMs(Compare.OnnxRuntime) : null;
            double?[] shares = [.. work.Rounds[Compare.Ours].Select(round => round.ShareOfPeak).Order()];
            string share = $"{shares[shares.Length / 2]:P0}";
            string against = onnx is null ? "" : $"{onnx / ours:F2}x";
            double spread = work.Rounds.Keys.Max(work.Spread);
            lines.Add($"| {work.Name} | {ours:G4} | {plain:G4} | {tuned:G4} | {onnx:G4} | {plain / ours:F2}x | {tuned / ours:F2}x | {against} | {share} | {spread:P0} |");
        }

        return string.Join('\n', lines);
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Comparison))]
internal sealed partial class ComparisonJson : JsonSerializerContext;

/// <summary>A program of a comparison that could not be started or failed; what it says about that is on standard error.</summary>
internal sealed class ProcessException(string message) : Exception(message);

/// <summary>Programs whose standard output is read line by line.</summary>
internal static class Processes
{
    /// <summary>Runs another verb of this program in a fresh process.</summary>
    public static string[] RunSelf(params string[] arguments) => Run(Environment.ProcessPath!, SelfArguments(arguments));

    /// <exception cref="ProcessException">It cannot be started, or ends with another code than 0.</exception>
    public static string[] Run(string program, string[] arguments)
    {
        using Process process = Start(program, arguments);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : throw new ProcessException($"{program} {string.Join(' ', arguments)} ended with code {process.ExitCode}");
    }

    private static Process Start(string program, string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        }
        catch (Win32Exception e)
        {
            throw new ProcessException($"{program} cannot be started: {e.Message}");
        }
    }

    // Under `dotnet run` the process is RawSer.Bench itself; under `dotnet RawSer.Bench.dll` it is the host, which needs the file.
    private static string[] SelfArguments(string[] arguments) =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Processes).Assembly.Location, .. arguments] : arguments;
}
