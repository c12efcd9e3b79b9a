using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Bench;

/// <summary>Where and with what figures were measured: stands at the head of every result file.</summary>
internal sealed record Machine
{
    public required string Processor { get; init; }

    public required int Cores { get; init; }

    public required string InstructionSet { get; init; }

    public required string System { get; init; }

    public required string Runtime { get; init; }

    /// <summary>Commit of the sources, with <c>+changes</c> when the working tree differs from it; <c>unknown</c> outside of a repository or without git.</summary>
    public required string Commit { get; init; }

    public required DateTime Time { get; init; }

    public static Machine Describe() => new()
    {
        Processor = ProcessorName(),
        Cores = Environment.ProcessorCount,
        InstructionSet = Vector512.IsHardwareAccelerated ? "AVX-512"
            : Avx2.IsSupported ? "AVX2" + (Fma.IsSupported ? " + FMA" : "")
            : Vector128.IsHardwareAccelerated ? "128-bit vectors" : "scalar",
        System = $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
        Runtime = RuntimeInformation.FrameworkDescription,
        Commit = Git("rev-parse", "--short=12", "HEAD") is { Length: > 0 } commit
            ? commit + (Git("status", "--porcelain", "--untracked-files=no").Length > 0 ? "+changes" : "")
            : "unknown",
        Time = DateTime.UtcNow,
    };

    private static string ProcessorName()
    {
        const string Key = "model name";
        string? line = File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(text => text.StartsWith(Key, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>What git prints; nothing if it cannot answer.</summary>
    private static string Git(params string[] arguments)
    {
        try
        {
            using Process git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string output = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? output : "";
        }
        catch (Win32Exception)
        {
            return "";
        }
    }
}
