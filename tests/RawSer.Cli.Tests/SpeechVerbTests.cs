using System.Text.Json.Nodes;
using RawSer.GoldenCheck;
using RawSer.Weights;

namespace RawSer.Cli.Tests;

/// <summary>The verbs of pretrained speech encoders, with a tiny one.</summary>
internal sealed class SpeechVerbTests
{
    internal static readonly string Encoder = Path.Combine(GoldenData.Root, "models", "hf", "w2v2_base");

    [Test]
    public void EmbedWritesOneRowAClipOrOneAFrame()
    {
        string folder = Path.Combine(Workspace.Corpus, "RAVDESS", "Actor_02"), file = Path.Combine(Workspace.Folder, "utterances.safetensors");
        int clips = Directory.GetFiles(folder).Length;
        JsonObject json = RawSerProcess.Run("embed", folder, "--weights", Encoder, "--out", file, "--json").Succeeded().Only("embeddings");
        Assert.That(((int)json["clips"]!, (int)json["layer"]!, (int)json["features"]!), Is.EqualTo((clips, 3, 32)));
        JsonObject memory = RawSerProcess.Run("embed", Workspace.Clip, "--weights", Encoder, "--out", file + ".npy", "--verbose", "--json").Succeeded().Json.Single(o => (string?)o["type"] == "memory");
        Assert.That((long)memory["packed_bytes"]!, Is.EqualTo((long)json["packed_bytes"]!).And.GreaterThan(0));
        Assert.That((long)memory["pool_bytes"]!, Is.GreaterThanOrEqualTo((long)memory["packed_bytes"]!));
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
    [TestCase(new[] { "--weights", "ENCODER", "--out", "x.npy", "--seconds", "0.01" }, 2, "--seconds 0.01: gives 0 frames of this encoder, and 1 are needed; expected at least 0.025\n")]
    public void EmbedRefusesInOneLine(string[] arguments, int code, string message)
    {
        RawSerProcess.Outcome outcome = RawSerProcess.Run(["embed", Workspace.Clip, .. arguments.Select(a => a == "ENCODER" ? Encoder : a)]);
        Assert.That(outcome.Code, Is.EqualTo(code));
        Assert.That(outcome.Errors, Does.Contain(message));
        Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
    }

    [Test]
    public void PretrainRefusesClipsShorterThanAMask()
    {
        RawSerProcess.Outcome outcome = RawSerProcess.Run("pretrain", Workspace.Clip, "--weights", Encoder, "--out", Path.Combine(Workspace.Folder, "too-short"), "--seconds", "0.02");
        Assert.That((outcome.Code, outcome.ErrorLines.Length), Is.EqualTo((2, 1)), outcome.Errors);
        Assert.That(outcome.Errors, Does.Contain("--seconds 0.02: gives 0 frames of this encoder"));
    }

    /// <summary>To the report; then evaluate and predict, which only have the files, see what the training saw.</summary>
    [TestCase("wav2vec2-frozen", "w2v2_base")]
    [TestCase("report-wav2vec2", "w2v2_base")]
    [TestCase("report-wav2vec2", "w2v2_stable")]
    [TestCase("report-wav2vec2", "hubert_batchnorm")]
    [TestCase("wav2vec2-frozen", "wavlm_base")]
    public void TrainedSpeechEncodersRecogniseAsTheyWereJudged(string recipe, string encoder)
    {
        string run = Path.Combine(Workspace.Folder, $"{recipe}-{encoder}"), corpus = Path.Combine(Workspace.Corpus, "RAVDESS");
        RawSerProcess.Outcome outcome = RawSerProcess.Run(
            "train", "--data", corpus, "--recipe", recipe, "--split", "clip", "--set", $"encoder.folder={Path.Combine(Path.GetDirectoryName(Encoder)!, encoder)}",
            "--set", "encoder.seconds=0.5", "--set", "training.epochs=2", "--set", "training.batch=8", "--set", "optimizer.learning_rate=1e-3",
            "--set", "split.test=0.3", "--out", run).Succeeded();
        Assert.That(outcome.Output, Does.Contain("report: ").And.Contain("accuracy"));
        foreach (string file in (string[])["best.safetensors", "state.safetensors", "evaluation.json", "report.html"])
        {
            Assert.That(new FileInfo(Path.Combine(run, file)), Has.Length.GreaterThan(0), file);
        }

        JsonObject again = RawSerProcess.Run("evaluate", run, "--json").Succeeded().Only("evaluation");
        JsonNode before = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "evaluation.json")))!;
        Assert.That(again["confusions"]!.ToJsonString(), Is.EqualTo(before["confusions"]!.ToJsonString()));

        JsonNode split = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "split.json")))!;
        string[] classes = [.. split["classes"]!.AsArray().Select(c => (string)c!)];
        (string Path, string Class)[] clips = [.. split["test"]!.AsArray().Select(c => (Path.Combine(corpus, (string)c!["path"]!), (string)c["class"]!))];
        JsonObject[] results = RawSerProcess.Run(["predict", "-m", run, .. clips.Select(c => c.Path), "--json"]).Succeeded().Json;
        Assert.That(results.Select(r => (string)r["clip"]!), Is.EqualTo(clips.Select(c => c.Path)));
        int[][] confusions = [.. classes.Select(truth => classes.Select(said => clips.Zip(results).Count(r => r.First.Class == truth && (string)r.Second["emotion"]! == said)).ToArray())];
        Assert.That(confusions, Is.EqualTo(before["confusions"]!.AsArray().Select(row => row!.AsArray().Select(n => (int)n!).ToArray())));
        double likelihood = clips.Zip(results).Average(r => -Math.Log((double)r.Second["probabilities"]![r.First.Class]!));
        Assert.That(likelihood, Is.EqualTo((double)before["nll"]!).Within(0.01).Percent);
    }

    /// <summary>Devices differ by roundings: what one kept is not taken for another's.</summary>
    [Test]
    public void KeptEmbeddingsAreThoseOfTheDevice()
    {
        string cache = Path.Combine(Workspace.Folder, "embeddings-by-device");
        int Kept(string device, string run)
        {
            RawSerProcess.Run(
                "train", "--data", Path.Combine(Workspace.Corpus, "RAVDESS"), "--recipe", "wav2vec2-frozen", "--split", "clip", "--set", $"encoder.folder={Encoder}",
                "--set", "encoder.seconds=0.5", "--set", "training.epochs=1", "--device", device, "--cache", cache, "--out", Path.Combine(Workspace.Folder, run)).Succeeded();
            return Directory.GetFiles(cache, "*", SearchOption.AllDirectories).Length;
        }

        int first = Kept("cpu", "by-cpu");
        Assert.That(first, Is.GreaterThan(0));
        Assert.That(Kept("cpu", "by-cpu-again"), Is.EqualTo(first));
        Assert.That(Kept("reference", "by-reference"), Is.EqualTo(2 * first));
    }

    /// <summary>To the table; a second call keeps what is finished, and settings reach the experiments that they concern.</summary>
    [Test]
    public void ReproducePrintsTheReportsFiguresBesideOurs()
    {
        string[] arguments =
        [
            "reproduce", "--data", Path.Combine(Workspace.Corpus, "RAVDESS"), "--out", Path.Combine(Workspace.Folder, "reproduced"), "--only", "report-single-cnn", "report-wav2vec2",
            "--set", "training.epochs=1", "--set", $"encoder.folder={Encoder}", "--set", "encoder.seconds=0.5", "--set", "search.max_epochs=2",
        ];
        string table = RawSerProcess.Run(arguments).Succeeded().Output;
        Assert.That(table, Does.Match(@"report-single-cnn +\| +0.67 +0.68 +1217 \| +0\.\d\d \(").And.Match(@"report-wav2vec2 +\| +0.81 +0.81 +608 \| +\d\.\d\d \("));
        Assert.That(table, Does.Contain("  report-single-cnn: training.epochs is 1, the recipe has 67").And.Contain("  report-wav2vec2: encoder.seconds is 0.5, the recipe has 3"));
        Assert.That(table, Does.Not.Contain("search.max_epochs").And.Not.Contain("trial"));
        RawSerProcess.Outcome again = RawSerProcess.Run([.. arguments, "--json"]).Succeeded();
        Assert.That(again.Json.Where(o => (string?)o["type"] is "epoch" or "warning"), Is.Empty);
        JsonNode[] rows = [.. again.Only("reproduction")["experiments"]!.AsArray().Select(e => e!)];
        Assert.That(rows.Select(r => ((string)r["recipe"]!, (int)r["published_clips"]!)), Is.EqualTo(new[] { ("report-single-cnn", 1217), ("report-wav2vec2", 608) }));

        RawSerProcess.Outcome changed = RawSerProcess.Run([.. arguments, "--set", "encoder.seconds=0.4"]).Succeeded();
        Assert.That(changed.ErrorLines.Single(), Does.StartWith("warning: report-wav2vec2 goes on as it was begun in "));
    }

    [Test]
    public void TimelineOfASpeechEncoder()
    {
        string run = Frozen("timeline", Encoder);
        JsonObject timeline = RawSerProcess.Run("predict", "-m", run, Workspace.Clip, "--window", "0.4", "--hop", "0.2", "--json").Succeeded().Only("timeline");
        Assert.That(timeline["windows"]!.AsArray().Select(w => Math.Round((double)w!["start"]!, 3)).Take(3), Is.EqualTo(new[] { 0, 0.2, 0.4 }));
        RawSerProcess.Outcome tooLong = RawSerProcess.Run("predict", "-m", run, Workspace.Clip, "--window", "0.6");
        Assert.That((tooLong.Code, tooLong.Errors), Is.EqualTo((2, "rawser: --window 0.6: this network was trained on 0.5 s; give at most that\n")));
        RawSerProcess.Outcome tooShort = RawSerProcess.Run("predict", "-m", run, Workspace.Clip, "--window", "0.01");
        Assert.That((tooShort.Code, tooShort.ErrorLines.Length), Is.EqualTo((1, 1)), tooShort.Errors);
    }

    /// <summary>A head on embeddings means nothing behind another encoder.</summary>
    [Test]
    public void PredictRefusesAnotherEncoderThanTheHeadWasTrainedOn()
    {
        string folder = Path.Combine(Workspace.Folder, "encoder-that-changes");
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Encoder))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        string run = Frozen("changed-encoder", folder), weights = Directory.GetFiles(folder, "*model*").First();
        RawSerProcess.Run("predict", "-m", run, Workspace.Clip).Succeeded();
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        RawSerProcess.Outcome changed = RawSerProcess.Run("predict", "-m", run, Workspace.Clip), evaluated = RawSerProcess.Run("evaluate", run);
        Assert.That((changed.Code, changed.Errors), Is.EqualTo(
            (1, $"rawser: {folder}: its files are not those of the encoder that the network was trained on; put them back, or train again\n")));
        Assert.That((evaluated.Code, evaluated.ErrorLines.Last()), Is.EqualTo(
            (1, $"rawser: {folder}: its files are not those of the encoder that the network was trained on; put them back, or train again")));
        Directory.Delete(folder, recursive: true);
        RawSerProcess.Outcome gone = RawSerProcess.Run("predict", "-m", run, Workspace.Clip);
        Assert.That((gone.Code, gone.Errors), Is.EqualTo((1, $"rawser: {folder}: no such folder; expected one with config.json and model.safetensors or pytorch_model.bin\n")));
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

    [Test]
    public void PretrainLeavesOutWhatItCannotReadAndKeepsThePreprocessing()
    {
        string source = Path.Combine(Workspace.Folder, "pretrain-preprocessed"), target = Path.Combine(Workspace.Folder, "pretrained-preprocessed");
        string clips = Directory.CreateDirectory(Path.Combine(Workspace.Folder, "pretrain-clips")).FullName, broken = Path.Combine(clips, "broken.wav");
        Directory.CreateDirectory(source);
        File.Copy(Path.Combine(GoldenData.Root, "models", "hf", "w2v2_pretraining", "config.json"), Path.Combine(source, "config.json"));
        File.WriteAllText(Path.Combine(source, "preprocessor_config.json"), """{"do_normalize": false}""");
        File.WriteAllText(broken, "This is no sound at all, only a text of some length.");
        File.Copy(Workspace.Clip, Path.Combine(clips, "good.wav"));
        string[] arguments = ["pretrain", clips, "--weights", source, "--out", target, "--steps", "3", "--batch", "2", "--seconds", "0.5"];
        RawSerProcess.Outcome outcome = RawSerProcess.Run(arguments).Succeeded();
        Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(outcome.Errors, Does.StartWith($"warning: left out: {broken}: not a WAV or AIFF file"));
        Assert.That(File.ReadAllText(Path.Combine(target, "preprocessor_config.json")), Is.EqualTo(File.ReadAllText(Path.Combine(source, "preprocessor_config.json"))));

        RawSerProcess.Outcome again = RawSerProcess.Run(arguments);
        Assert.That((again.Code, again.ErrorLines.Length), Is.EqualTo((1, 1)), again.Errors);
        Assert.That(again.Errors, Does.Contain($"'{target}' holds a model already; give another folder"));

        string none = Path.Combine(Workspace.Folder, "pretrained-nothing");
        RawSerProcess.Outcome nothing = RawSerProcess.Run("pretrain", broken, "--weights", source, "--out", none, "--steps", "1", "--seconds", "0.5");
        Assert.That(nothing.Code, Is.EqualTo(1));
        Assert.That(nothing.ErrorLines[^1], Is.EqualTo("rawser: none of the 1 clips can be read"));
        Assert.That(none, Does.Not.Exist);

        RawSerProcess.Outcome nowhere = RawSerProcess.Run("pretrain", clips, "--weights", source, "--out", broken, "--steps", "1000000", "--seconds", "0.5");
        Assert.That((nowhere.Code, nowhere.ErrorLines.Length), Is.EqualTo((1, 1)), nowhere.Errors);
        Assert.That(nowhere.Errors, Does.Contain($"folder '{broken}' cannot be created"));
    }

    [Test]
    public void EmbedNamesABrokenClipOnce()
    {
        string broken = Path.Combine(Workspace.Folder, "no-sound.wav"), file = Path.Combine(Workspace.Folder, "with-broken.npy");
        File.WriteAllText(broken, "This is no sound at all, only a text of some length.");
        RawSerProcess.Outcome outcome = RawSerProcess.Run("embed", Workspace.Clip, broken, "--weights", Encoder, "--out", file);
        Assert.That((outcome.Code, outcome.ErrorLines.Length), Is.EqualTo((1, 1)), outcome.Errors);
        Assert.That(outcome.Errors, Does.StartWith($"warning: {broken}: not a WAV or AIFF file"));
    }

    /// <summary>A short run of a head on an encoder's embeddings.</summary>
    private static string Frozen(string name, string encoder)
    {
        string run = Path.Combine(Workspace.Folder, name);
        RawSerProcess.Run(
            "train", "--data", $"RAVDESS={Path.Combine(Workspace.Corpus, "RAVDESS", "Actor_01")}", "--recipe", "wav2vec2-frozen", "--split", "clip", "--set", $"encoder.folder={encoder}",
            "--set", "encoder.seconds=0.5", "--set", "training.epochs=1", "--out", run).Succeeded();
        return run;
    }
}
