using RawSer.Weights;
using RawSer.Weights.Synthesis;

namespace RawSer.Cli.Tests;

/// <summary>What is wrong is said in one line on standard error; the exit code tells arguments (2) from data (1).</summary>
internal sealed class FailureTests
{
    private const int Usage = 2;
    private const int Data = 1;
    private const string Folder = "."; // any folder: arguments are looked at before data

    private static IEnumerable<TestCaseData> WrongArguments()
    {
        yield return Case("verb", "bogus", "bogus");
        yield return Case("verb of corpora", "bogus", "corpora", "bogus");
        yield return Case("mistyped verb", "'trian' is no verb, argument or option here; did you mean train? (see rawser --help)", "trian", "--data", Folder);
        yield return Case("option", "--bogus", "train", "--data", Folder, "--bogus");
        yield return Case("mistyped option", "'--recipee' is no verb, argument or option here; did you mean --recipe?", "train", "--recipee", "cnn");
        yield return Case("mistyped option of many clips", "did you mean --window?", "predict", "-m", "RUN", "CLIP", "--windo", "1");
        yield return Case("empty option", "--out is given an empty text", "train", "--data", Folder, "--out", "");
        yield return Case("empty argument", "<RUN> is given an empty text", "resume", "");
        yield return Case("no data", "--data", "train");
        yield return Case("recipe", "neither a file nor one of", "train", "--data", Folder, "--recipe", "bogus");
        yield return Case("network", "neither a file nor one of", "summary", "bogus");
        yield return Case("mistyped network", "report-wav2vec2; did you mean cnn?", "summary", "ccn");
        yield return Case("no classes", "--classes 1: expected a number from 2 to 100000", "summary", "cnn", "--classes", "1");
        yield return Case("classes beyond memory", "--classes 100000000: expected a number from 2", "summary", "cnn", "--classes", "100000000");
        yield return Case("key", "unknown key 'training.epoch'; did you mean training.epochs?", "train", "--data", Folder, "--set", "training.epoch=3");
        yield return Case("value", "training.epochs=0", "train", "--data", Folder, "--set", "training.epochs=0");
        yield return Case("no value", "expected key=value", "train", "--data", Folder, "--set", "training.epochs");
        yield return Case("split", "expected clip, speaker, corpus or sentence", "train", "--data", Folder, "--split", "bogus");
        yield return Case("device", "bogus", "train", "--data", Folder, "--device", "bogus");
        yield return Case("seed", "bogus", "train", "--data", Folder, "--seed", "bogus");
        yield return Case("negative seed", "'-1' for option '--seed': expected a whole number from 0", "train", "--data", Folder, "--seed", "-1");
        yield return Case("number", "'x' for option '--window': expected a number", "predict", "-m", "RUN", "CLIP", "--window", "x");
        yield return Case("profile", "features.profile=bogus: expected one of librosa-0.11-mfcc", "train", "--data", Folder, "--set", "features.profile=bogus");
        yield return Case("shares", "both together below 1", "train", "--data", Folder, "--set", "split.test=0.9", "--set", "split.validation=0.5");
        yield return Case("corpus", "corpus 'NOPE' is unknown; expected RAVDESS, SAVEE, TESS, CREMA-D", "train", "--data", $"NOPE={Folder}");
        yield return Case("corpus in another place", "corpus 'NOPE' is unknown", "corpora", "scan", "NOPE=nowhere");
        yield return Case(
            "noise", "augmentation.noise_snr_low = 30 is above augmentation.noise_snr_high = 20; expected the lower ratio first",
            "train", "--data", Folder, "--recipe", "report-two-cnn-aug", "--set", "augmentation.noise_snr_low=30", "--set", "augmentation.noise_snr_high=20");
        yield return Case("colours", "picture from 5 to 0 dB", "train", "--data", Folder, "--recipe", "vgg16", "--set", "picture.low=5");
        yield return Case("profile of pictures", "use one such as report-mel", "train", "--data", Folder, "--recipe", "vgg16", "--set", "features.profile=report-mfcc");
        yield return Case("convolutions", "network.trained_convolutions = 14; vgg16 has 13", "train", "--data", Folder, "--recipe", "vgg16", "--set", "network.trained_convolutions=14");
        yield return Case("masks of waveforms", "are for networks on features", "train", "--data", Folder, "--recipe", "wav2vec2-frozen", "--set", "augmentation.time_masks=1");
        yield return Case("masks of pictures", "are for networks on features", "train", "--data", Folder, "--recipe", "vgg16", "--set", "augmentation.frequency_masks=1");
        yield return Case("noise of waveforms", "augmentation.noise_copies are for networks on features", "train", "--data", Folder, "--recipe", "wav2vec2-frozen", "--set", "augmentation.noise_copies=1");
        yield return Case("mirrored features", "are for pictures in front of frozen convolutions", "train", "--data", Folder, "--set", "augmentation.flip=true");
        yield return Case(
            "zoom where all convolutions learn", "are for pictures in front of frozen convolutions",
            "train", "--data", Folder, "--recipe", "vgg16", "--set", "augmentation.zoom=0.1", "--set", "network.trained_convolutions=13");
        yield return Case("key to explain", "no key contains 'nope'", "recipes", "keys", "nope");
        yield return Case("recipe to show", "did you mean cnn?", "recipes", "show", "ccn");
        yield return Case(
            "search", "search.max_epochs = 3: the search is over the dense layers of vgg16, and this network is cnn-transformer; set it to 0 or network.kind to vgg16",
            "train", "--data", Folder, "--recipe", "cnn-transformer", "--set", "search.max_epochs=3");
        yield return Case("search of an encoder", "this network is wav2vec2", "train", "--data", Folder, "--recipe", "wav2vec2-frozen", "--set", "search.max_epochs=3");
        yield return Case("part", "--part bogus: expected one of train, validation, test", "evaluate", "RUN", "--part", "bogus");
        yield return Case("window", "--window", "predict", "-m", "RUN", "CLIP", "--window", "0");
        yield return Case("window that is no number", "--window", "predict", "-m", "RUN", "CLIP", "--window", "nan");
        yield return Case("option of many clips", "'--bogus' is no verb", "predict", "-m", "RUN", "CLIP", "--bogus");
        yield return Case("option of many folders", "'--bogus' is no verb", "corpora", "scan", Folder, "--bogus");
        yield return Case("suffix", ".safetensors, .npy", "features", "CLIP", "--out", "features.txt");
        yield return Case("feature profile", "--profile bogus: expected one of librosa-0.11-mfcc", "features", "CLIP", "--out", "f.npy", "--profile", "bogus");
        yield return Case("hop alone", "--window", "predict", "-m", "RUN", "CLIP", "--hop", "1");
        yield return Case("experiment", "bogus", "reproduce", "--data", Folder, "--only", "bogus");
    }

    [TestCaseSource(nameof(WrongArguments))]
    public void WrongArgument(string[] arguments, string message) => AssertOneLine(RawSerProcess.Run(arguments), Usage, message);

    [Test]
    public void MissingDataFolder() => AssertOneLine(RawSerProcess.Run("train", "--data", "nowhere"), Data, "'nowhere' does not exist");

    /// <summary>Nobody mistyped what an older or newer version wrote into a run.</summary>
    [Test]
    public void UnknownCorpusOfARun()
    {
        string run = Directory.CreateDirectory(Path.Combine(Workspace.Folder, "run-of-nope")).FullName;
        File.Copy(Path.Combine(Workspace.Run, "recipe.json"), Path.Combine(run, "recipe.json"));
        File.WriteAllText(Path.Combine(run, "run.json"), """{"data": ["NOPE=/"], "device": "cpu"}""");
        AssertOneLine(RawSerProcess.Run("resume", run), Data, "run.json: --data NOPE=/: corpus 'NOPE' is unknown");
    }

    /// <summary>What does not go together in a recipe is said before the folder becomes a run, so that the command can be given again.</summary>
    [Test]
    public void WrongRecipeLeavesNoRun()
    {
        string run = Path.Combine(Workspace.Folder, "run-of-pictures");
        AssertOneLine(RawSerProcess.Run(Workspace.Train(run, "--set", "network.kind=vgg16")), Usage, "use one such as report-mel");
        Assert.That(run, Does.Not.Exist);
    }

    [Test]
    public void DataFolderWithoutClipsLeavesNoRun()
    {
        string empty = Directory.CreateDirectory(Path.Combine(Workspace.Folder, "empty")).FullName, run = Path.Combine(Workspace.Folder, "run-of-nothing");
        AssertOneLine(RawSerProcess.Run("train", "--data", empty, "--out", run), Data, "empty");
        Assert.That(run, Does.Not.Exist);
        Directory.CreateDirectory(run);
        AssertOneLine(RawSerProcess.Run("train", "--data", empty, "--out", run), Data, "empty");
        Assert.That(run, Does.Exist, "a folder of the user's own stays");
    }

    /// <summary>A file of another network is noticed before the folder becomes a run, so that the command can be given again.</summary>
    [TestCase("report-vgg16-exp1", "network.weights")]
    [TestCase("wav2vec2-frozen", "encoder.folder")]
    public void PretrainedWeightsOfAnotherNetworkLeaveNoRun(string recipe, string key)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Workspace.Folder, $"another-{recipe}")).FullName, run = Path.Combine(folder, "run");
        string weights = Path.Combine(folder, "model.safetensors");
        SafetensorsWriter writer = new();
        for (int i = 0; i < 40; i++)
        {
            writer.Add<float>($"strange.{i}", [2, 3], new float[6]);
        }

        writer.Save(weights);
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type": "wav2vec2"}""");
        RawSerProcess.Outcome outcome = RawSerProcess.Run(
            "train", "--data", Workspace.Corpus, "--recipe", recipe, "--set", $"{key}={(recipe == "wav2vec2-frozen" ? folder : weights)}", "--out", run);
        AssertOneLine(outcome, Data, "strange.0");
        Assert.That(outcome.Errors, Does.Contain("strange.39").And.Contain("(2, 3)"));
        Assert.That(run, Does.Not.Exist);
    }

    /// <summary>Before the clips are looked for, so that this needs none.</summary>
    [Test]
    public void WeightsOfRawserWeightsSynthAreNamedInAWarning()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Workspace.Folder, "synthetic")).FullName, weights = Path.Combine(folder, "vgg16.safetensors");
        Architecture.Get("vgg16-features").Save(weights, seed: 1);
        RawSerProcess.Outcome outcome = RawSerProcess.Run(
            "train", "--data", folder, "--recipe", "report-vgg16-exp1", "--set", $"network.weights={weights}", "--out", Path.Combine(folder, "run"));
        Assert.That((outcome.Code, outcome.ErrorLines.Length), Is.EqualTo((Data, 2)), outcome.Errors);
        Assert.That(outcome.ErrorLines[0], Does.StartWith("warning: ").And.Contain("vgg16.safetensors: the convolutions have procedural values, not trained ones"));
    }

    [Test]
    public void AnEncoderOfRawserWeightsSynthIsNamedInAWarning()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Workspace.Folder, "synthetic-encoder")).FullName;
        File.Copy(Path.Combine(SpeechVerbTests.Encoder, "config.json"), Path.Combine(folder, "config.json"));
        SafetensorsWriter writer = new();
        writer.AddMetadata("rawser.synthetic", "as Architecture.Save writes it");
        using (WeightSource trained = WeightSource.Open(Path.Combine(SpeechVerbTests.Encoder, "model.safetensors")))
        {
            foreach (WeightEntry entry in trained.Entries)
            {
                writer.Add<float>(entry.Name, [.. entry.Extents.Select(extent => checked((int)extent))], trained.ReadFloats(entry.Name));
            }

            writer.Save(Path.Combine(folder, "model.safetensors"));
        }

        RawSerProcess.Outcome outcome = RawSerProcess.Run(
            "train", "--data", folder, "--recipe", "wav2vec2-frozen", "--set", $"encoder.folder={folder}", "--out", Path.Combine(folder, "run"));
        Assert.That((outcome.Code, outcome.ErrorLines.Length), Is.EqualTo((Data, 2)), outcome.Errors);
        string warning = $"{folder}: the encoder has procedural values, not trained ones";
        Assert.That(outcome.ErrorLines[0], Does.StartWith("warning: ").And.Contain(warning));

        RawSerProcess.Outcome embedded = RawSerProcess.Run("embed", Workspace.Clip, "--weights", folder, "--out", Path.Combine(folder, "clip.npy")).Succeeded();
        Assert.That(embedded.ErrorLines.Single(), Does.StartWith("warning: ").And.Contain(warning));
        RawSerProcess.Outcome pretrained = RawSerProcess.Run(
            "pretrain", Workspace.Clip, "--weights", folder, "--out", Path.Combine(folder, "on"), "--steps", "1", "--batch", "1", "--seconds", "0.5").Succeeded();
        Assert.That(pretrained.ErrorLines.Single(), Does.StartWith("warning: ").And.Contain(warning));
    }

    /// <summary>What the last experiment needs is looked at before the first begins.</summary>
    [Test]
    public void ReproduceWithoutTheWeightsOfALaterExperiment()
    {
        string runs = Path.Combine(Workspace.Folder, "never-reproduced");
        string[] arguments = ["reproduce", "--data", Workspace.Corpus, "--out", runs, "--only", "report-single-cnn", "--only"];
        AssertOneLine(RawSerProcess.Run([.. arguments, "report-vgg16-exp1", "--set", "network.weights=nowhere.pth"]), Data, "nowhere.pth");
        AssertOneLine(RawSerProcess.Run([.. arguments, "report-wav2vec2"]), Usage, "encoder.folder is not set");
        Assert.That(runs, Does.Not.Exist);
    }

    [Test]
    public void BrokenWeightFile()
    {
        byte[] weights = File.ReadAllBytes(Workspace.Best);
        string broken = Path.Combine(Workspace.Folder, "broken.safetensors");
        foreach (byte[] content in (byte[][])[[], [1, 2, 3], weights[..(weights.Length / 2)], [.. Enumerable.Repeat((byte)0xFF, 64)]])
        {
            File.WriteAllBytes(broken, content);
            AssertOneLine(RawSerProcess.Run("predict", "-m", broken, Workspace.Clip), Data, "broken.safetensors");
        }
    }

    [TestCase("features")]
    [TestCase("embed", "--weights", ".")]
    public void NoFolderForTheResult(params string[] verb) =>
        AssertOneLine(RawSerProcess.Run([.. verb, Workspace.Clip, "--out", "/nowhere/result.npy"]), Data, "no folder '/nowhere'");

    [Test]
    public void TrainingThatDiverges()
    {
        string run = Path.Combine(Workspace.Folder, "diverged");
        AssertOneLine(RawSerProcess.Run(Workspace.Train(run, "--set", "optimizer.learning_rate=1e30")), Data, "learning rate below 1E+30");
        Assert.That(Directory.GetFiles(run, "*.tmp"), Is.Empty);
    }

    [Test]
    public void PretrainingThatDiverges()
    {
        string folder = Path.Combine(Workspace.Folder, "diverged-encoder"), encoder = Path.Combine(Path.GetDirectoryName(SpeechVerbTests.Encoder)!, "w2v2_pretraining");
        AssertOneLine(
            RawSerProcess.Run("pretrain", Workspace.Clip, "--weights", encoder, "--out", folder, "--steps", "3", "--batch", "1", "--seconds", "0.5", "--learning-rate", "1e30"),
            Data, "learning rate below 1E+30");
        Assert.That(folder, Does.Not.Exist, "weights that mean nothing are not written");
    }

    [Test]
    [Platform("Linux", Reason = "/dev/full")]
    public void FullDiskBehindStandardOutput()
    {
        foreach (string[] verb in (string[][])[["summary", "cnn"], ["predict", "-m", Workspace.Run, Workspace.Clip, Workspace.Clip]])
        {
            using RawSerProcess process = RawSerProcess.Start(verb, output: "/dev/full");
            AssertOneLine(process.Wait(), Data, "standard output cannot be written");
        }
    }

    [Test]
    public void BrokenCheckpoint()
    {
        string run = Path.Combine(Workspace.Folder, "broken-run");
        Directory.CreateDirectory(run);
        foreach (string name in (string[])["recipe.json", "run.json", "split.json", "best.safetensors", "metrics.jsonl"])
        {
            File.Copy(Path.Combine(Workspace.Run, name), Path.Combine(run, name));
        }

        File.WriteAllText(Path.Combine(run, "state.safetensors"), "no checkpoint");
        AssertOneLine(RawSerProcess.Run("resume", run), Data, "state.safetensors");
        string recipe = File.ReadAllText(Path.Combine(run, "recipe.json"));
        File.WriteAllText(Path.Combine(run, "recipe.json"), recipe[..^20]);
        AssertOneLine(RawSerProcess.Run("resume", run), Data, "recipe.json");
        File.WriteAllText(Path.Combine(run, "recipe.json"), recipe);
        File.Delete(Path.Combine(run, "state.safetensors"));
        File.WriteAllText(Path.Combine(run, "run.json"), "{}");
        AssertOneLine(RawSerProcess.Run("resume", run), Data, "run.json");
        File.WriteAllText(Path.Combine(run, "split.json"), "[");
        AssertOneLine(RawSerProcess.Run("evaluate", run, "--data", Path.Combine(Workspace.Corpus, "nowhere")), Data, "does not exist");
    }

    [TestCase("resume")]
    [TestCase("evaluate")]
    [TestCase("predict", "clip.wav", "-m")]
    public void FolderThatIsNoRun(params string[] verb) => AssertOneLine(RawSerProcess.Run([.. verb, Workspace.Corpus]), Data, Workspace.Corpus);

    [Test]
    public void FolderThatHoldsARunAlready() => AssertOneLine(RawSerProcess.Run(Workspace.Train(Workspace.Run)), Data, "holds a run already");

    [Test]
    public void FileInPlaceOfTheRunFolder() => AssertOneLine(RawSerProcess.Run(Workspace.Train(Workspace.Clip)), Data, Workspace.Clip);

    [Test]
    public void MissingClip() => AssertOneLine(RawSerProcess.Run("predict", "-m", Workspace.Run, "nowhere.wav"), Data, "'nowhere.wav'");

    [Test]
    public void DebuggingShowsWhere()
    {
        using RawSerProcess process = RawSerProcess.Start(["resume", Workspace.Corpus], debug: true);
        RawSerProcess.Outcome outcome = process.Wait();
        Assert.That(outcome.Code, Is.EqualTo(Data));
        Assert.That(outcome.ErrorLines[0], Does.StartWith("rawser: "));
        Assert.That(outcome.Errors, Does.Contain("   at RawSer."));
    }

    private static TestCaseData Case(string name, string message, params string[] arguments) => new TestCaseData(arguments, message).SetArgDisplayNames(name);

    private static void AssertOneLine(RawSerProcess.Outcome outcome, int code, string message)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.Code, Is.EqualTo(code), outcome.Errors);
            Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1), outcome.Errors);
            Assert.That(outcome.Errors, Does.StartWith("rawser: ").And.Contain(message));
            Assert.That(outcome.Errors, Does.Not.Contain("(Parameter '").And.Not.Contain("   at "));
        }
    }
}
