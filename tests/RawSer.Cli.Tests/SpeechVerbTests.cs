using System.Text.Json.Nodes;
using RawSer.GoldenCheck;
using RawSer.Weights;

namespace RawSer.Cli.Tests;

/// <summary>The verbs of pretrained speech encoders, with a tiny one.</summary>
internal sealed class SpeechVerbTests
{
    private static readonly string Encoder = Path.Combine(GoldenData.Root, "models", "hf", "w2v2_base");

    [Test]
    public void EmbedWritesOneRowAClipOrOneAFrame()
    {
        string folder = Path.Combine(Workspace.Corpus, "RAVDESS", "Actor_02"), file = Path.Combine(Workspace.Folder, "utterances.safetensors");
        int clips = Directory.GetFiles(folder).Length;
        JsonObject json = RawSerProcess.Run("embed", folder, "--weights", Encoder, "--out", file, "--json").Succeeded().Only("embeddings");
        Assert.That(((int)json["clips"]!, (int)json["layer"]!, (int)json["features"]!), Is.EqualTo((clips, 3, 32)));
        using (WeightSource source = WeightSource.Open(file))
        {
            Assert.That(source["embeddings"].Extents, Is.EqualTo(new long[] { clips, 32 }));
            Assert.That(source.ReadFloats("embeddings"), Has.All.Matches<float>(float.IsFinite));
        }

        string frames = Path.Combine(Workspace.Folder, "frames.npy");
        RawSerProcess.Run("embed", Workspace.Clip, "--weights", Encoder, "--out", frames, "--frames", "--layer", "0", "--seconds", "1").Succeeded();
        using WeightSource array = WeightSource.Open(frames);
        Assert.That(array.Entries.Single().Extents, Is.EqualTo(new long[] { 49, 32 }));
        Assert.That(JsonNode.Parse(File.ReadAllText(frames + ".clips.json"))!.AsArray().Single()!["frames"]!.GetValue<int>(), Is.EqualTo(49));
    }

    [Test]
    public void FormatsHoldTheSameNumbers()
    {
        string npy = Path.Combine(Workspace.Folder, "one.npy"), csv = Path.Combine(Workspace.Folder, "one.csv");
        RawSerProcess.Run("embed", Workspace.Clip, "--weights", Encoder, "--out", npy).Succeeded();
        RawSerProcess.Run("embed", Workspace.Clip, "--weights", Encoder, "--out", csv).Succeeded();
        using WeightSource source = WeightSource.Open(npy);
        string[] cells = File.ReadAllLines(csv)[1].Split(',');
        Assert.That(cells[..2], Is.EqualTo(new[] { Workspace.Clip, "0" }));
        Assert.That(Array.ConvertAll(cells[2..], cell => float.Parse(cell, System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(source.ReadFloats(source.Entries[0].Name)));
    }

    [TestCase(new[] { "--weights", "nowhere", "--out", "x.npy" }, 1, "nowhere: no such folder; expected one with config.json")]
    [TestCase(new[] { "--weights", "ENCODER", "--out", "x.txt" }, 2, "--out x.txt: expected a name that ends with .npy, .safetensors, .csv")]
    [TestCase(new[] { "--weights", "ENCODER", "--out", "x.npy", "--layer", "4" }, 2, "--layer: layer 4: the encoder has layers 0 to 3, or -4 to -1")]
    public void EmbedRefusesInOneLine(string[] arguments, int code, string message)
    {
        RawSerProcess.Outcome outcome = RawSerProcess.Run(["embed", Workspace.Clip, .. arguments.Select(a => a == "ENCODER" ? Encoder : a)]);
        Assert.That(outcome.Code, Is.EqualTo(code));
        Assert.That(outcome.Errors, Does.Contain(message));
    }

    [TestCase("wav2vec2-frozen")]
    [TestCase("report-wav2vec2")]
    public void TrainOnASpeechEncoderToItsReport(string recipe)
    {
        string run = Path.Combine(Workspace.Folder, recipe);
        RawSerProcess.Outcome outcome = RawSerProcess.Run(
            "train", "--data", Path.Combine(Workspace.Corpus, "RAVDESS"), "--recipe", recipe, "--split", "clip", "--set", $"encoder.folder={Encoder}",
            "--set", "encoder.seconds=0.5", "--set", "training.epochs=1", "--set", "training.batch=8", "--out", run).Succeeded();
        Assert.That(outcome.Output, Does.Contain("report: ").And.Contain("accuracy"));
        foreach (string file in (string[])["best.safetensors", "state.safetensors", "evaluation.json", "report.html"])
        {
            Assert.That(new FileInfo(Path.Combine(run, file)), Has.Length.GreaterThan(0), file);
        }

        JsonObject again = RawSerProcess.Run("evaluate", run, "--json").Succeeded().Only("evaluation");
        JsonNode before = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "evaluation.json")))!;
        Assert.That(again["confusions"]!.ToJsonString(), Is.EqualTo(JsonNode.Parse(before["confusions"]!.ToJsonString())!.ToJsonString()));
    }

    [Test]
    public void TrainAsksForTheEncoder()
    {
        RawSerProcess.Outcome outcome = RawSerProcess.Run("train", "--data", Workspace.Corpus, "--recipe", "report-wav2vec2", "--out", Path.Combine(Workspace.Folder, "none"));
        Assert.That(outcome.Code, Is.EqualTo(2));
        Assert.That(outcome.Errors, Does.Contain("encoder.folder is not set; give the folder of a Wav2Vec2 model"));
    }

    [Test]
    public void PretrainWritesAFolderToGoOnFrom()
    {
        string source = Path.Combine(Workspace.Folder, "pretrain-config"), first = Path.Combine(Workspace.Folder, "pretrained"), second = Path.Combine(Workspace.Folder, "pretrained-again");
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(GoldenData.Root, "models", "hf", "w2v2_pretraining", "config.json"), Path.Combine(source, "config.json"));
        string clips = Path.Combine(Workspace.Corpus, "RAVDESS", "Actor_01");
        string[] Arguments(string weights, string target) => ["pretrain", clips, "--weights", weights, "--out", target, "--steps", "2", "--batch", "2", "--seconds", "1", "--seed", "3", "--json"];
        JsonObject json = RawSerProcess.Run(Arguments(source, first)).Succeeded().Only("pretraining");
        Assert.That(((int)json["steps"]!, double.IsFinite((double)json["loss"]!)), Is.EqualTo((2, true)));
        RawSerProcess.Run(Arguments(first, second)).Succeeded();
        RawSerProcess.Run("embed", Workspace.Clip, "--weights", second, "--out", Path.Combine(Workspace.Folder, "pretrained.npy")).Succeeded();
    }
}
