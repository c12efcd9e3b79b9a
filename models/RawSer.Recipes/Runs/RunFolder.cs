using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using RawSer.Recipes.Experiments;
using RawSer.Training;
using RawSer.Weights;

namespace RawSer.Recipes.Runs;

/// <summary>A run on disk. Every file is written beside itself, flushed and renamed, so that none is ever half there.</summary>
/// <param name="Path">The folder.</param>
public sealed record RunFolder(string Path)
{
    private ResultFolder? _created;

    /// <summary>The recipe, as it was run.</summary>
    public string RecipePath => File("recipe.json");

    /// <summary>Where the data is and what it was run with.</summary>
    public string RunPath => File("run.json");

    /// <summary>The clips of the three parts, by content hash and path.</summary>
    public string SplitPath => File("split.json");

    /// <summary>One line per epoch.</summary>
    public string MetricsPath => File("metrics.jsonl");

    /// <summary>The best weights, usable alone (<see cref="Models.Recognition.EmotionRecognizer"/>).</summary>
    public string BestPath => File("best.safetensors");

    /// <summary>The weights after the last epoch, usable alone.</summary>
    public string LastPath => File("last.safetensors");

    /// <summary>Weights that are about to become <see cref="LastPath"/>; there only after a run was killed at that moment.</summary>
    public string NextPath => File("next.safetensors");

    /// <summary>All that is needed to go on, with the weights of <see cref="LastPath"/>.</summary>
    public string StatePath => File("state.safetensors");

    /// <summary>Results on the test part.</summary>
    public string EvaluationPath => File("evaluation.json");

    /// <summary>The report.</summary>
    public string ReportPath => File("report.html");

    /// <summary>A folder for a new run; it is created.</summary>
    /// <exception cref="RunException">There is a run in it already, or it cannot be created.</exception>
    public static RunFolder Create(string path)
    {
        RunFolder folder = new(System.IO.Path.GetFullPath(path));
        if (System.IO.File.Exists(folder.RecipePath))
        {
            throw new RunException($"'{path}' holds a run already; go on with it by 'rawser resume {path}', or give another --out");
        }

        folder._created = new ResultFolder(folder.Path, $"run folder '{path}'");
        return folder;
    }

    /// <summary>The folder of a run that was begun.</summary>
    /// <exception cref="RunException">There is no run in it.</exception>
    public static RunFolder Open(string path)
    {
        RunFolder folder = new(System.IO.Path.GetFullPath(path));
        return System.IO.File.Exists(folder.RecipePath)
            ? folder
            : throw new RunException($"'{path}' holds no run: {System.IO.Path.GetFileName(folder.RecipePath)} is missing; expected a folder that 'rawser train --out' wrote");
    }

    /// <summary>Deletes a folder that <see cref="Create"/> made, if nothing was written into it.</summary>
    public void DeleteIfUnused() => _created?.DeleteIfUnused();

    /// <summary>Replaces a file as a whole.</summary>
    /// <exception cref="RunException">It cannot be written; what was there before is unchanged.</exception>
    public static void Replace(string path, Action<Stream> write)
    {
        try
        {
            FileReplacement.Write(path, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Replaces a text file as a whole.</summary>
    /// <exception cref="RunException">It cannot be written.</exception>
    public static void Replace(string path, string text) => Replace(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>The recipe of the run.</summary>
    /// <exception cref="RunException">It is damaged.</exception>
    public Recipe ReadRecipe()
    {
        try
        {
            return RecipeFile.Load(RecipePath);
        }
        catch (RecipeException e)
        {
            throw new RunException($"the run's {e.Message}", e);
        }
    }

    /// <summary>Adds an epoch to the metrics.</summary>
    public void AppendMetrics(EpochMetrics epoch)
    {
        List<EpochMetrics> all = [.. ReadMetrics().Where(e => e.Epoch < epoch.Epoch), epoch];
        Replace(MetricsPath, string.Concat(all.Select(e => ToJson(e).ToJsonString() + "\n")));
    }

    /// <summary>The epochs so far; empty before the first.</summary>
    /// <exception cref="RunException">The file is damaged.</exception>
    public IReadOnlyList<EpochMetrics> ReadMetrics()
    {
        if (!System.IO.File.Exists(MetricsPath))
        {
            return [];
        }

        string[] lines = System.IO.File.ReadAllLines(MetricsPath);
        List<EpochMetrics> epochs = [];
        for (int i = 0; i < lines.Length; i++)
        {
            try
            {
                epochs.Add(FromJson(JsonNode.Parse(lines[i])!.AsObject()));
            }
            catch (JsonException e)
            {
                throw new RunException($"{MetricsPath}: line {i + 1} is no epoch of a run: {JsonProblem.Describe(e, lines[i])}", e);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or NullReferenceException)
            {
                throw new RunException($"{MetricsPath}: line {i + 1} is no epoch of a run: {e.Message}", e);
            }
        }

        return epochs;
    }

    /// <summary>An epoch as a line of the metrics.</summary>
    public static JsonObject ToJson(EpochMetrics epoch) => new()
    {
        ["epoch"] = epoch.Epoch,
        ["loss"] = Number(epoch.TrainLoss),
        ["accuracy"] = Number(epoch.TrainAccuracy),
        ["val_loss"] = Number(epoch.ValidationLoss),
        ["val_accuracy"] = Number(epoch.ValidationAccuracy),
        ["learning_rate"] = Number(epoch.LearningRate),
        ["seconds"] = Number(Math.Round(epoch.Seconds, 3)),
        ["best"] = epoch.IsBest,
    };

    private static EpochMetrics FromJson(JsonObject json) => new(
        (int)json["epoch"]!,
        Number(json["loss"]),
        Number(json["accuracy"]),
        Number(json["val_loss"]),
        Number(json["val_accuracy"]),
        Number(json["learning_rate"]),
        Number(json["seconds"]),
        (bool)json["best"]!);

    /// <summary>JSON has no NaN and no infinity: null stands for the first, text for the second.</summary>
    private static JsonValue? Number(double value) => double.IsNaN(value) ? null
        : double.IsInfinity(value) ? JsonValue.Create(value.ToString(CultureInfo.InvariantCulture))
        : JsonValue.Create(value);

    private static double Number(JsonNode? node) => node is null ? double.NaN
        : node.GetValueKind() == JsonValueKind.String ? double.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture)
        : node.GetValue<double>();

    private string File(string name) => System.IO.Path.Combine(Path, name);
}

/// <summary>A run cannot be begun, continued or stored as asked. The message is one line that says what, where, and what would be right.</summary>
public sealed class RunException : Exception
{
    /// <summary>With a message for the user.</summary>
    public RunException(string message)
        : base(message)
    {
    }

    /// <summary>With a message for the user and the cause.</summary>
    public RunException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Without a message.</summary>
    public RunException()
    {
    }
}
