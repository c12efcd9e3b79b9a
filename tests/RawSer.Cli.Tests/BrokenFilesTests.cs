using System.Text.Json.Nodes;

namespace RawSer.Cli.Tests;

/// <summary>A corpus with some broken files trains on the others and names the broken ones.</summary>
internal sealed class BrokenFilesTests
{
    private static readonly string[] Broken = ["03-01-03-01-01-01-01.wav", "03-01-03-01-02-01-01.wav", "03-01-04-01-01-01-02.wav", "03-01-04-01-02-01-02.wav"];

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

        RawSerProcess.Outcome outcome = RawSerProcess.Run(
            "train", "--data", Path.Combine(corpus, "RAVDESS"), "--out", Path.Combine(Workspace.Folder, "damaged-run"), "--set", "training.epochs=1", "--json").Succeeded();
        string[] warnings = [.. outcome.Json.Where(o => (string?)o["type"] == "warning").Select(o => (string)o["text"]!)];
        Assert.That(outcome.Errors, Is.Empty);
        foreach (string name in Broken)
        {
            Assert.That(warnings, Has.Exactly(1).Matches<string>(w => w.StartsWith("left out: ", StringComparison.Ordinal) && w.Contains(name + ": ", StringComparison.Ordinal)));
        }

        Assert.That(warnings, Has.Exactly(1).Contains("LFS").IgnoreCase);
        JsonObject scan = RawSerProcess.Run("corpora", "scan", corpus, "--json").Succeeded().Only("scan");
        Assert.That(scan.ToJsonString(), Does.Contain(Broken[0]).And.Contain(Broken[1]).And.Contain(Broken[2]).And.Contain(Broken[3]));
    }
}
