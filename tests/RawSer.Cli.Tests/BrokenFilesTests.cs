using System.Text.Json.Nodes;

namespace RawSer.Cli.Tests;

/// <summary>A corpus with some broken files trains on the others and names the broken ones.</summary>
internal sealed class BrokenFilesTests
{
    private static readonly string[] Broken = ["03-01-03-01-01-01-01.wav", "03-01-03-01-02-01-01.wav", "03-01-04-01-01-01-02.wav", "03-01-04-01-02-01-02.wav"];

    // They decode, and have no features.
    private static readonly string[] Unusable = ["03-01-06-01-01-01-01.wav", "03-01-06-01-01-01-02.wav"];

    [Test]
    public void TrainingGoesOnWithoutThem()
    {
        string corpus = Path.Combine(Workspace.Folder, "damaged");
        foreach (string clip in Directory.EnumerateFiles(Path.Combine(Workspace.Corpus, "RAVDESS"), "*.wav", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(corpus, Path.GetRelativePath(Workspace.Corpus, clip));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(clip, copy);
        }

        string actor = Path.Combine(corpus, "RAVDESS", "Actor_01"), other = Path.Combine(corpus, "RAVDESS", "Actor_02");
        string truncated = Path.Combine(actor, Broken[0]);
        File.WriteAllBytes(truncated, File.ReadAllBytes(truncated)[..20]);
        File.WriteAllText(Path.Combine(actor, Broken[1]), "This is no sound at all, only a text of some length.");
        File.WriteAllBytes(Path.Combine(other, Broken[2]), []);
        File.WriteAllText(Path.Combine(other, Broken[3]), "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n");

        WriteFloats(Path.Combine(actor, Unusable[0]), float.NaN);
        WriteFloats(Path.Combine(other, Unusable[1]), 1e30f);

        RawSerProcess.Outcome outcome = RawSerProcess.Run(
            "train", "--data", Path.Combine(corpus, "RAVDESS"), "--out", Path.Combine(Workspace.Folder, "damaged-run"), "--set", "training.epochs=1", "--json").Succeeded();
        string[] warnings = [.. outcome.Json.Where(o => (string?)o["type"] == "warning").Select(o => (string)o["text"]!)];
        Assert.That(outcome.Errors, Is.Empty);
        foreach (string name in (string[])[.. Broken, .. Unusable])
        {
            Assert.That(warnings, Has.Exactly(1).Matches<string>(w => w.StartsWith("left out: ", StringComparison.Ordinal) && w.Contains(name + ": ", StringComparison.Ordinal)));
        }

        Assert.That(warnings, Has.Exactly(1).Contains("LFS").IgnoreCase);
        JsonObject scan = RawSerProcess.Run("corpora", "scan", corpus, "--json").Succeeded().Only("scan");
        Assert.That(scan.ToJsonString(), Does.Contain(Broken[0]).And.Contain(Broken[1]).And.Contain(Broken[2]).And.Contain(Broken[3]));
    }

    [Test]
    public void ClipThatIsNoNumber()
    {
        string path = Path.Combine(Workspace.Folder, "nan.wav");
        WriteFloats(path, float.NaN);
        RawSerProcess.Outcome outcome = RawSerProcess.Run("predict", "-m", Workspace.Run, path);
        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(Lines(outcome.Errors).Single(), Does.StartWith($"warning: {path}: sample ").And.EndWith(" of the clip is NaN or infinite: a spectrum needs finite samples"));
    }

    [Test]
    public void ClipWhosePowersAreInfinite()
    {
        string path = Path.Combine(Workspace.Folder, "huge.wav");
        WriteFloats(path, 1e30f);
        RawSerProcess.Outcome outcome = RawSerProcess.Run("predict", "-m", Workspace.Run, path);
        Assert.That((outcome.Code, outcome.Output), Is.EqualTo((1, "")));
        Assert.That(Lines(outcome.Errors).Single(), Does.StartWith($"warning: {path}: sample ").And.Contain("samples up to 1E+12"));
    }

    [Test]
    public void LineBreaksInNamesStayInTheirLine()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Workspace.Folder, "odd\u001b[31mnames")).FullName;
        File.Copy(Workspace.Clip, Path.Combine(folder, "two\nlines.wav"));
        File.WriteAllText(Path.Combine(folder, "no\r\nsound.wav"), "This is no sound at all, only a text of some length.");

        RawSerProcess.Outcome outcome = RawSerProcess.Run("predict", "-m", Workspace.Run, folder);
        string shown = folder.Replace("\u001b", "\\u001b", StringComparison.Ordinal);
        string[] results = Lines(outcome.Output), warnings = Lines(outcome.Errors);
        Assert.Multiple(() =>
        {
            Assert.That(outcome.Code, Is.EqualTo(1));
            Assert.That(results, Has.Length.EqualTo(1));
            Assert.That(results[0], Does.StartWith($"{shown}/two\\nlines.wav  "));
            Assert.That(warnings, Has.Length.EqualTo(1));
            Assert.That(warnings[0], Does.StartWith("warning: ").And.Contain($"{shown}/no\\r\\nsound.wav"));
        });
    }

    [Test]
    public void PredictionGoesOnBesideAFolderThatCannotBeRead()
    {
        string folder = Path.Combine(Workspace.Folder, "guarded");
        string locked = Directory.CreateDirectory(Path.Combine(folder, "locked")).FullName;
        File.Copy(Workspace.Clip, Path.Combine(folder, "open.wav"));
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("no file modes here");
            return;
        }

        File.SetUnixFileMode(locked, UnixFileMode.None);
        try
        {
            if (CanRead(locked))
            {
                Assert.Ignore("this user reads every folder");
            }

            RawSerProcess.Outcome outcome = RawSerProcess.Run("predict", "-m", Workspace.Run, folder);
            Assert.That(outcome.Code, Is.EqualTo(1));
            Assert.That(Lines(outcome.Output).Single(), Does.Contain("open.wav"));
            Assert.That(Lines(outcome.Errors).Single(), Does.Contain(locked).And.Contain("cannot be read"));
            outcome = RawSerProcess.Run("embed", folder, "--weights", SpeechVerbTests.Encoder, "--out", Path.Combine(Workspace.Folder, "guarded.npy"));
            Assert.That(outcome.Code, Is.EqualTo(1), "one clip has no row");
        }
        finally
        {
            File.SetUnixFileMode(locked, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>A RIFF file of 16,000 floats at 16 kHz, all 0 but one.</summary>
    private static void WriteFloats(string path, float odd)
    {
        const int Count = 16_000, OddAt = 12_000;
        using BinaryWriter wav = new(File.Create(path));
        wav.Write("RIFF"u8);
        wav.Write(36 + (Count * sizeof(float)));
        wav.Write("WAVEfmt "u8);
        foreach (int value in (int[])[16, 3 | (1 << 16), 16_000, 64_000, 4 | (32 << 16)])
        {
            wav.Write(value);
        }

        wav.Write("data"u8);
        wav.Write(Count * sizeof(float));
        for (int i = 0; i < Count; i++)
        {
            wav.Write(i == OddAt ? odd : 0f);
        }
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static bool CanRead(string folder)
    {
        try
        {
            return Directory.GetFiles(folder) is not null;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
