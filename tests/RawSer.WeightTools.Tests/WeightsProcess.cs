using System.Diagnostics;
using System.Text.Json.Nodes;

namespace RawSer.WeightTools.Tests;

/// <summary>The program as a person starts it.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
internal sealed record WeightsProcess(int Code, string Output, string Errors)
{
    public JsonObject Json => JsonNode.Parse(Output)!.AsObject();

    public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static WeightsProcess Run(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "rawser-weights.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new WeightsProcess(process.ExitCode, output, errors.Result);
    }

    public WeightsProcess Succeeded()
    {
        Assert.That(Code, Is.Zero, $"{Output}{Errors}");
        return this;
    }

    /// <summary>Failed with the exit code and one line that holds the words, and printed nothing else.</summary>
    public WeightsProcess Failed(int code, params string[] words)
    {
        Assert.That(Code, Is.EqualTo(code), $"{Output}{Errors}");
        Assert.That(ErrorLines, Has.Length.EqualTo(1), Errors);
        Assert.That(Output, Is.Empty);
        foreach (string word in words)
        {
            Assert.That(ErrorLines[0], Does.StartWith("rawser-weights: ").And.Contain(word));
        }

        return this;
    }
}
