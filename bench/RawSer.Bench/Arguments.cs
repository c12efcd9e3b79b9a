using System.Globalization;

namespace RawSer.Bench;

/// <summary>A wrong command line.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <param name="Seconds">Time for each measurement.</param>
/// <param name="Rounds">Rounds of a comparison.</param>
/// <param name="Out">Result file of a comparison.</param>
/// <param name="Steps">Steps of a memory check or a profile.</param>
/// <param name="Batch">Examples in a step of a memory check.</param>
internal sealed record Options(double Seconds = 2, int Rounds = 5, string Out = "bench/results/compare.json", int Steps = 100, int Batch = 32);

internal static class Arguments
{
    public static (string Verb, string[] Arguments, Options Options) Parse(string[] args)
    {
        var arguments = new List<string>();
        var options = new Options();
        for (int i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                arguments.Add(args[i]);
                continue;
            }

            string value = i + 1 < args.Length ? args[i + 1] : throw new UsageException($"{args[i]} needs a value");
            options = args[i++] switch
            {
                "--seconds" => options with { Seconds = Positive("--seconds", value) },
                "--rounds" => options with { Rounds = (int)Math.Ceiling(Positive("--rounds", value)) },
                "--steps" => options with { Steps = (int)Math.Ceiling(Positive("--steps", value)) },
                "--batch" => options with { Batch = (int)Math.Ceiling(Positive("--batch", value)) },
                "--out" => options with { Out = value },
                string unknown => throw new UsageException($"unknown option {unknown}"),
            };
        }

        return arguments is [string verb, .. var rest] ? (verb, [.. rest], options) : throw new UsageException("which verb?");
    }

    public static void Expect(string[] arguments, int count, string form)
    {
        if (arguments.Length != count)
        {
            throw new UsageException($"'{form}' takes {count} arguments, not {arguments.Length}");
        }
    }

    /// <summary>The argument, or an empty text if there is none.</summary>
    public static string AtMostOne(string[] arguments, string form) => arguments switch
    {
        [] => "",
        [string only] => only,
        _ => throw new UsageException($"'{form}' takes at most one argument, not {arguments.Length}"),
    };

    private static double Positive(string option, string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number > 0 && double.IsFinite(number)
            ? number
            : throw new UsageException($"{option} {value}: a positive number was expected");
}
