using System.CommandLine;
using RawSer.Cli.Output;
using RawSer.CommandLine;
using RawSer.Models.Recognition;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Runs;
using RawSer.Recipes.Synthesis;

namespace RawSer.Cli.Commands;

/// <summary><c>rawser demo</c>: everything once, on a synthetic corpus, without any data.</summary>
internal static class DemoCommand
{
    private const int Epochs = 12;

    public static Command Create()
    {
        Option<string> folder = new("--out") { Description = "Folder of the demonstration; a number is added if it holds one already.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("runs", "demo") };
        Option<ulong?> seed = CommonOptions.Seed();
        Option<string?> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json();
        Command command = new("demo", "Synthesises a small corpus, trains on it, evaluates, predicts a clip and writes the report.") { folder, seed, device, json };
        command.SetAction(parsed =>
        {
            Device where = CommonOptions.ParseDevice(parsed.GetValue(device));
            CommandOutput output = CommandOutput.Create(parsed.GetValue(json));
            string home = NewFolder(parsed.GetRequiredValue(folder));
            string corpus = Path.Combine(home, "corpus"), run = Path.Combine(home, "run");
            ulong number = parsed.GetValue(seed) ?? 1;
            using Interruption interruption = new();
            RunOutcome? outcome = null;
            output.During(() =>
            {
                SyntheticCorpusOptions options = new() { Seed = number };
                output.StageStarted("synthesising speech", SyntheticCorpus.Paths(options).Count, "clips");
                int clips = SyntheticCorpus.Write(corpus, options, (done, _) => output.Progress(done, ""), interruption.Token);
                output.Message($"{clips} synthetic clips in {corpus}, named like RAVDESS, SAVEE, TESS and CREMA-D");
                Recipe recipe = RecipeFile.Load("cnn");
                recipe = recipe with { Seed = number, Split = recipe.Split with { Seed = number }, Training = recipe.Training with { Epochs = Epochs } };
                CorpusSource[] sources = [.. Directory.GetDirectories(corpus).Order(StringComparer.Ordinal).Select(CorpusSource.Parse)];
                outcome = Experiment.Begin(run, recipe, sources, where, cache: null).Run(output, interruption.Token);
            });
            int code = RunSummary.Print(output, new RunFolder(run), outcome!);
            if (code != 0)
            {
                return code;
            }

            string clip = Directory.EnumerateFiles(corpus, "*.wav", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
            using (EmotionRecognizer recognizer = EmotionRecognizer.Load(new RunFolder(run).BestPath, where))
            {
                PredictCommand.Print(output, clip, recognizer.Predict(clip));
            }

            output.Message($"""

                The speech was synthetic: these figures say that everything works, nothing about people. With real data (RAVDESS, SAVEE, TESS, CREMA-D,
                or any folder with a subfolder per emotion):
                  rawser corpora scan DIR              what is there, and what cannot be used
                  rawser train --data DIR --out RUN    train; --recipe two-cnn or cnn-transformer for the larger networks, --split clip where speakers are unknown
                  rawser predict -m RUN CLIP.wav       use it
                """);
            return 0;
        });
        return command;
    }

    private static string Create(string path)
    {
        try
        {
            return Directory.CreateDirectory(path).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.OfData($"--out {path}: the folder cannot be created: {e.Message}");
        }
    }

    /// <summary>A folder that did not exist or was empty; a demonstration never mixes with an earlier one.</summary>
    private static string NewFolder(string path)
    {
        for (int n = 1; ; n++)
        {
            string candidate = n == 1 ? path : $"{path}-{n}";
            if (!File.Exists(candidate) && (!Directory.Exists(candidate) || !Directory.EnumerateFileSystemEntries(candidate).Any()))
            {
                return Create(candidate);
            }
        }
    }
}
