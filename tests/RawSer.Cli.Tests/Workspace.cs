using RawSer.Recipes.Synthesis;

namespace RawSer.Cli.Tests;

/// <summary>A small synthetic corpus in a temporary folder, and a run on it that nothing interrupted.</summary>
[SetUpFixture]
internal sealed class Workspace
{
    public const string Epochs = "3";

    public static string Folder { get; } = Directory.CreateTempSubdirectory("rawser-cli-").FullName;

    public static string Corpus => Path.Combine(Folder, "corpus");

    /// <summary>The finished run.</summary>
    public static string Run => Path.Combine(Folder, "uninterrupted");

    public static RawSerProcess.Outcome Training { get; private set; } = null!;

    public static string Best => Path.Combine(Run, "best.safetensors");

    public static string Clip => Path.Combine(Corpus, "RAVDESS", "Actor_01", "03-01-05-01-01-01-01.wav");

    /// <summary>The arguments of every training: only the folder differs.</summary>
    public static string[] Train(string run, params string[] more) =>
        ["train", .. Directory.GetDirectories(Corpus).Order(StringComparer.Ordinal).SelectMany(d => (string[])["--data", d]),
            "--recipe", "two-cnn", "--seed", "5", "--set", $"training.epochs={Epochs}", "--set", "augmentation.noise_copies=1", "--out", run, .. more];

    [OneTimeSetUp]
    public void MakeCorpusAndRun()
    {
        SyntheticCorpus.Write(Corpus, new SyntheticCorpusOptions { RavdessActors = 6, SaveeSentences = 1, TessWords = 2, CremaDActors = 4, CremaDSentences = 1 });
        Training = RawSerProcess.Run(Train(Run)).Succeeded();
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(Folder, recursive: true);
}
