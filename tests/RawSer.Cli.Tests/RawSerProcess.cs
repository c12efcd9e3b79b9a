using System.Diagnostics;
using System.Text.Json.Nodes;

namespace RawSer.Cli.Tests;

/// <summary>The program as a person starts it: a process with arguments, two outputs and an exit code.</summary>
internal sealed class RawSerProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // A shell that runs the tests in the background ignores SIGINT for them, and what they start inherits that.
    private static readonly string[] s_heedingInterrupts = IgnoresInterrupts() ? ["env", "--default-signal=INT"] : [];

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private RawSerProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts it.</summary>
    /// <param name="arguments">Verb and options.</param>
    /// <param name="debug">With stack traces.</param>
    /// <param name="directory">Where; the workspace if left out.</param>
    /// <param name="input">Bytes for standard input.</param>
    /// <param name="output">A file that standard output is redirected to, by the shell.</param>
    public static RawSerProcess Start(string[] arguments, bool debug = false, string? directory = null, byte[]? input = null, string? output = null)
    {
        string[] program = [.. s_heedingInterrupts, "dotnet", Path.Combine(AppContext.BaseDirectory, "rawser.dll"), .. arguments];
        string[] command = output is null ? program : ["sh", "-c", "file=$1; shift; exec \"$@\" > \"$file\"", "sh", output, .. program];
        ProcessStartInfo start = new(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Workspace.Folder,
        };
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(Workspace.Folder, "cache");
        start.Environment["RAWSER_DEBUG"] = debug ? "1" : "";
        RawSerProcess process = new(Process.Start(start)!);
        if (input is not null)
        {
            process._process.StandardInput.BaseStream.Write(input);
        }

        process._process.StandardInput.Close();
        return process;
    }

    public static Outcome Run(params string[] arguments)
    {
        using RawSerProcess process = Start(arguments);
        return process.Wait();
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits until something is so, or the process is over.</summary>
    public void Until(Func<bool> condition)
    {
        while (!condition() && !_process.HasExited)
        {
            Thread.Sleep(2);
        }
    }

    public Outcome Wait()
    {
        if (!_process.WaitForExit(Limit))
        {
            _process.Kill();
            Assert.Fail($"still running after {Limit.TotalMinutes} minutes: {_output.Result}{_errors.Result}");
        }

        return new Outcome(_process.ExitCode, _output.Result, _errors.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static bool IgnoresInterrupts()
    {
        const string Field = "SigIgn:"; // a mask of the signals that are ignored, its lowest bit for signal 1
        const int Interrupt = 2;
        string? line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal)) : null;
        return line is not null && (Convert.ToUInt64(line[Field.Length..].Trim(), 16) & (1UL << (Interrupt - 1))) != 0;
    }

    internal sealed record Outcome(int Code, string Output, string Errors)
    {
        public string[] OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        /// <summary>Every line of standard output as a JSON object.</summary>
        public JsonObject[] Json => [.. OutputLines.Select(line => JsonNode.Parse(line)!.AsObject())];

        public Outcome Succeeded()
        {
            Assert.That(Code, Is.Zero, $"{Output}{Errors}");
            return this;
        }

        /// <summary>The only JSON object of a type.</summary>
        public JsonObject Only(string type) => Json.Single(o => (string?)o["type"] == type);
    }
}
