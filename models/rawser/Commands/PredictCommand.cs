using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using RawSer.Audio;
using RawSer.Audio.Decoding;
using RawSer.Cli.Output;
using RawSer.CommandLine;
using RawSer.Models.Recognition;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Runs;
using RawSer.Weights;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser predict</c>: class probabilities of files, folders, globs or standard input; with a window, a timeline.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        Argument<string[]> inputs = ClipFiles.Argument(", or - for audio on standard input");
        Option<string> model = new("--model", "-m") { Description = "A run folder or a weight file (best.safetensors).", HelpName = "RUN", Required = true };
        Option<double?> window = new("--window") { Description = "Seconds of a window: prints a timeline of each recording.", HelpName = "S" };
        Option<double?> hop = new("--hop") { Description = "Seconds from one window to the next; half a window if left out.", HelpName = "S" };
        Option<string?> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json(), verbose = CommonOptions.Verbose();
        Command command = new("predict", "Recognises the emotion of clips.") { inputs, model, window, hop, device, verbose, json };
        command.SetAction(parsed =>
        {
            double? seconds = parsed.GetValue(window), step = parsed.GetValue(hop);
            if (!IsDuration(seconds) || !IsDuration(step) || (step is not null && seconds is null))
            {
                throw CommandFailure.OfUsage("--window and --hop are positive numbers of seconds, and --hop goes with --window");
            }

            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            using EmotionRecognizer recognizer = EmotionRecognizer.Load(WeightsOf(parsed.GetRequiredValue(model)), where);
            if (parsed.GetValue(verbose))
            {
                output.Memory(recognizer.PackedBytes, where);
            }

            if (seconds > recognizer.Settings.Duration)
            {
                throw CommandFailure.OfUsage(FormattableString.Invariant($"--window {seconds}: this network was trained on {recognizer.Settings.Duration} s; give at most that"));
            }

            List<RefusedFile> refused = [];
            List<string> files = ClipFiles.Expand(parsed.GetRequiredValue(inputs), refused);
            output.Refused(refused);
            int failures = refused.Count;
            foreach (string input in files)
            {
                try
                {
                    byte[] file = input == "-" ? ReadStandardInput() : AudioDecoder.ReadFile(input);
                    if (seconds is double length)
                    {
                        PrintTimeline(output, input, recognizer.Timeline(AudioDecoder.Decode(file, input), length, step ?? length / 2));
                    }
                    else
                    {
                        Print(output, input, recognizer.Predict(file, input));
                    }
                }
                catch (Exception e) when (e is AudioFormatException or ArgumentException or IOException or UnauthorizedAccessException)
                {
                    output.Failed(input, e);
                    failures++;
                }
            }

            return failures == 0 ? 0 : CommandFailure.DataCode;
        });
        return command;
    }

    public static void Print(CommandOutput output, string input, Recognition result) => output.Result(
        "prediction",
        new JsonObject { ["clip"] = input, ["emotion"] = result.Emotion, ["probabilities"] = ToJson(result) },
        $"{PrintableText.Of(input)}  {result.Emotion}  {ToText(result)}");

    private static void PrintTimeline(CommandOutput output, string input, IReadOnlyList<TimelineEntry> timeline)
    {
        JsonArray entries = [];
        StringBuilder text = new(PrintableText.Of(input));
        foreach (TimelineEntry entry in timeline)
        {
            entries.Add((JsonNode)new JsonObject { ["start"] = entry.Start, ["end"] = entry.End, ["emotion"] = entry.Result.Emotion, ["probabilities"] = ToJson(entry.Result) });
            text.Append(CultureInfo.InvariantCulture, $"\n  {entry.Start,7:F2} - {entry.End,7:F2} s  {entry.Result.Emotion,-9}  {ToText(entry.Result)}");
        }

        output.Result("timeline", new JsonObject { ["clip"] = input, ["windows"] = entries }, text.ToString());
    }

    private static bool IsDuration(double? seconds) => seconds is null or (> 0 and < double.PositiveInfinity);

    private static string ToText(Recognition result) =>
        string.Join("  ", result.Classes.Zip(result.Probabilities).OrderByDescending(p => p.Second).Select(p => $"{p.First} {Percent.Of(p.Second)}"));

    private static JsonObject ToJson(Recognition result)
    {
        JsonObject json = [];
        foreach ((string name, float probability) in result.Classes.Zip(result.Probabilities))
        {
            json[name] = probability;
        }

        return json;
    }

    private static string WeightsOf(string model) =>
        File.Exists(model) ? model
        : !Directory.Exists(model) ? throw CommandFailure.OfData($"--model {model}: neither a file nor a run folder")
        : File.Exists(new RunFolder(model).BestPath) ? new RunFolder(model).BestPath
        : throw CommandFailure.OfData($"--model {model}: the folder has no best.safetensors; expected a run that finished an epoch");

    private static byte[] ReadStandardInput()
    {
        using Stream input = Console.OpenStandardInput();
        using MemoryStream buffer = new();
        byte[] chunk = new byte[1 << 16];
        int read;
        while ((read = input.Read(chunk)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > AudioDecoder.MaxFileBytes)
            {
                throw CommandFailure.OfData($"standard input holds more than {AudioDecoder.MaxFileBytes >> 20} MiB");
            }
        }

        return buffer.ToArray();
    }
}
