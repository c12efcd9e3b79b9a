using System.Text.Json.Nodes;
using RawSer.Weights.Synthesis;

namespace RawSer.Cli.Tests;

/// <summary>A training that was stopped in any way ends, after <c>resume</c>, with the weights of one that was not.</summary>
internal sealed class ResumeTests
{
    [Test]
    public void KillInMidTrainingLosesNothing()
    {
        string run = Path.Combine(Workspace.Folder, "killed");
        using (RawSerProcess process = RawSerProcess.Start(Workspace.Train(run)))
        {
            process.Until(() => File.Exists(Path.Combine(run, "state.safetensors")));
            process.Kill();
            Assert.That(process.Wait().Code, Is.Not.Zero, "the training was over before it could be killed");
        }

        Assert.That(Epochs(run), Has.Length.LessThan(int.Parse(Workspace.Epochs, null)));
        Assert.That(RawSerProcess.Run("resume", run).Succeeded().Output, Does.Match("resumed after [12] epochs?")); // on a busy machine the kill comes late
        AssertSameAsUninterrupted(run);
    }

    [Test]
    public void KillBeforeTheFirstCheckpointStartsAgain()
    {
        string run;
        int attempts = 0;
        do
        {
            run = Path.Combine(Workspace.Folder, $"killed-early-{attempts}");
            using RawSerProcess process = RawSerProcess.Start(Workspace.Train(run));
            process.Until(() => File.Exists(Path.Combine(run, "split.json")));
            process.Kill();
            process.Wait();
        }
        while (File.Exists(Path.Combine(run, "state.safetensors")) && ++attempts < 5); // on a busy machine the kill may come late

        Assert.That(File.Exists(Path.Combine(run, "state.safetensors")), Is.False);
        RawSerProcess.Run("resume", run).Succeeded();
        AssertSameAsUninterrupted(run);
    }

    [Test]
    public void InterruptKeepsTheStepInHand()
    {
        string run = Path.Combine(Workspace.Folder, "interrupted");
        using (RawSerProcess process = RawSerProcess.Start(Workspace.Train(run)))
        {
            process.Until(() => File.Exists(Path.Combine(run, "metrics.jsonl")));
            process.Signal("INT");
            RawSerProcess.Outcome outcome = process.Wait();
            Assert.That(outcome.Code, Is.EqualTo(130), $"{outcome.Output}{outcome.Errors}");
            Assert.That(outcome.Output, Does.Contain($"rawser resume {run}"));
        }

        Assert.That(Path.Combine(run, "state.safetensors"), Does.Exist);
        Assert.That(Path.Combine(run, "evaluation.json"), Does.Not.Exist);
        RawSerProcess.Run("resume", run).Succeeded();
        AssertSameAsUninterrupted(run);
    }

    [Test]
    public void ResumingAFinishedRunChangesNothing()
    {
        byte[] best = File.ReadAllBytes(Workspace.Best), metrics = File.ReadAllBytes(Path.Combine(Workspace.Run, "metrics.jsonl"));
        RawSerProcess.Run("resume", Workspace.Run).Succeeded();
        Assert.That(File.ReadAllBytes(Workspace.Best), Is.EqualTo(best));
        Assert.That(File.ReadAllBytes(Path.Combine(Workspace.Run, "metrics.jsonl")), Is.EqualTo(metrics));
    }

    /// <summary>Networks on pretrained layers: pictures behind a frozen base, in draws that take turns; all of an encoder; a head on embeddings.</summary>
    [TestCase("report-vgg16-exp2", "SAVEE", "labels.savee=correct", "augmentation.picture_draws=2", "network.hidden1=16", "network.hidden2=8")]
    [TestCase("report-wav2vec2", "RAVDESS", "encoder.folder=ENCODER", "encoder.seconds=0.5")]
    [TestCase("wav2vec2-frozen", "RAVDESS", "encoder.folder=ENCODER", "encoder.seconds=0.5", "optimizer.learning_rate=1e-4")]
    public void KillOfARunOnPretrainedLayersLosesNothing(string recipe, string corpus, params string[] settings)
    {
        string whole = Path.Combine(Workspace.Folder, $"{recipe}-uninterrupted"), killed = Path.Combine(Workspace.Folder, $"{recipe}-killed");
        string[] Arguments(string run) =>
        [
            "train", "--recipe", recipe, "--data", $"{corpus}={Path.Combine(Workspace.Corpus, corpus)}", "--split", "clip", "--set", "training.epochs=4", "--set", "training.batch=8",
            .. settings.SelectMany(s => (string[])["--set", s.Replace("ENCODER", SpeechVerbTests.Encoder, StringComparison.Ordinal)]), "--out", run,
        ];
        RawSerProcess.Run(Arguments(whole)).Succeeded();
        using (RawSerProcess process = RawSerProcess.Start(Arguments(killed)))
        {
            process.Until(() => File.Exists(Path.Combine(killed, "state.safetensors")));
            process.Kill();
            Assert.That(process.Wait().Code, Is.Not.Zero, "the training was over before it could be killed");
        }

        RawSerProcess.Run("resume", killed).Succeeded();
        AssertSame(killed, whole);
    }

    /// <summary>
    /// The rest would go on behind other layers than it learned behind, and be judged behind others than are stored. What was named from the training's
    /// working folder is found from every other.
    /// </summary>
    [TestCase("report-vgg16-exp1", "SAVEE", "network.weights=FILE", "labels.savee=correct", "network.hidden1=16", "network.hidden2=8")]
    [TestCase("wav2vec2-frozen", "RAVDESS", "encoder.folder=FOLDER", "encoder.seconds=0.5")]
    public void ResumeRefusesFrozenLayersWithOtherWeights(string recipe, string corpus, params string[] settings)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Workspace.Folder, $"{recipe}-changed")).FullName, run = Path.Combine(folder, "run");
        string weights = Path.Combine(folder, "model.safetensors");
        bool isImage = settings[0].EndsWith("FILE", StringComparison.Ordinal);
        static string FromWorkspace(string path) => Path.GetRelativePath(Workspace.Folder, path);
        void Write(int version)
        {
            if (isImage)
            {
                Architecture.Get("vgg16-features").Save(weights, version);
                return;
            }

            byte[] bytes = File.ReadAllBytes(Path.Combine(SpeechVerbTests.Encoder, "model.safetensors"));
            bytes[^1] ^= (byte)version;
            File.WriteAllBytes(weights, bytes);
        }

        File.Copy(Path.Combine(SpeechVerbTests.Encoder, "config.json"), Path.Combine(folder, "config.json"));
        Write(version: 0);
        RawSerProcess.Run(
        [
            "train", "--recipe", recipe, "--data", $"{corpus}={Path.Combine(Workspace.Corpus, corpus)}", "--split", "clip", "--set", "training.epochs=1", "--set", "training.batch=8",
            .. settings.SelectMany(s => (string[])["--set", s.Replace("FILE", FromWorkspace(weights), StringComparison.Ordinal).Replace("FOLDER", FromWorkspace(folder), StringComparison.Ordinal)]), "--out", run,
        ]).Succeeded();
        string before = File.ReadAllText(Path.Combine(run, "evaluation.json"));
        RawSerProcess.Run("resume", run).Succeeded();

        Write(version: 1);
        RawSerProcess.Outcome resumed = RawSerProcess.Run("resume", run);
        Assert.That(File.ReadAllText(Path.Combine(run, "evaluation.json")), Is.EqualTo(before), "of the network that is stored");
        Assert.That((resumed.Code, resumed.ErrorLines.LastOrDefault()), Is.EqualTo(
            (1, $"rawser: {(isImage ? weights : folder)}: its weights are not those that the run was begun with; put them back, or train again")));
    }

    /// <summary>Between the three steps in which weights and state are written: the state finds the weights that belong to it.</summary>
    [Test]
    public void KillBetweenWeightsAndStateLosesNothing()
    {
        string run = Path.Combine(Workspace.Folder, "killed-between");
        string last = Path.Combine(run, "last.safetensors"), next = Path.Combine(run, "next.safetensors"), state = Path.Combine(run, "state.safetensors");
        using (RawSerProcess process = RawSerProcess.Start(Workspace.Train(run)))
        {
            process.Until(() => File.Exists(Path.Combine(run, "metrics.jsonl")));
            process.Signal("INT");
            process.Wait();
        }

        byte[] kept = File.ReadAllBytes(last), keptState = File.ReadAllBytes(state);
        Assert.That(keptState, Has.Length.LessThan(3 * kept.Length), "moments of Adam, not the weights once more");
        File.Copy(Workspace.Best, next); // the weights of a later epoch, whose state did not come
        RawSerProcess.Run("resume", run).Succeeded();
        AssertSameAsUninterrupted(run);

        File.WriteAllBytes(state, keptState);
        File.WriteAllBytes(next, kept); // the state came, and the weights did not get their name: the last ones are others
        RawSerProcess.Run("resume", run).Succeeded();
        AssertSameAsUninterrupted(run);

        File.WriteAllBytes(state, keptState);
        RawSerProcess.Outcome outcome = RawSerProcess.Run("resume", run);
        Assert.That((outcome.Code, outcome.Errors.Trim().Split('\n').Length), Is.EqualTo((1, 1)));
        Assert.That(outcome.Errors, Does.Contain("state.safetensors belongs to weights of SHA-256").And.Contain("last.safetensors is not that file"));
    }

    private static void AssertSameAsUninterrupted(string run) => AssertSame(run, Workspace.Run);

    private static void AssertSame(string run, string whole)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (string file in (string[])["best.safetensors", "last.safetensors", "state.safetensors", "split.json", "evaluation.json"])
            {
                Assert.That(File.ReadAllBytes(Path.Combine(run, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(whole, file))), Is.True, file);
            }

            Assert.That(Path.Combine(run, "next.safetensors"), Does.Not.Exist);
            Assert.That(Epochs(run), Is.EqualTo(Epochs(whole)));
        }
    }

    /// <summary>The lines of the metrics without what the clock says.</summary>
    private static string[] Epochs(string run) => [.. File.ReadAllLines(Path.Combine(run, "metrics.jsonl")).Select(line =>
    {
        JsonObject epoch = JsonNode.Parse(line)!.AsObject();
        Assert.That(epoch.Remove("seconds"), Is.True);
        return epoch.ToJsonString();
    })];
}
