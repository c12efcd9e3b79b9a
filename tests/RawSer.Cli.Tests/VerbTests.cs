using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace RawSer.Cli.Tests;

/// <summary>Each verb does and prints what it says.</summary>
internal sealed partial class VerbTests
{
    private static readonly string[] Emotions = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"];

    [Test]
    public void TrainWritesTheWholeRun()
    {
        foreach (string file in (string[])["recipe.json", "run.json", "split.json", "metrics.jsonl", "best.safetensors", "last.safetensors", "state.safetensors", "evaluation.json", "report.html"])
        {
            Assert.That(new FileInfo(Path.Combine(Workspace.Run, file)), Has.Length.GreaterThan(0), file);
        }

        Assert.That(Directory.EnumerateFiles(Workspace.Run, "*.tmp"), Is.Empty);
        Assert.That(File.ReadAllLines(Path.Combine(Workspace.Run, "metrics.jsonl")), Has.Length.EqualTo(3));
        Assert.That(Workspace.Training.OutputLines.Count(l => l.StartsWith("epoch ", StringComparison.Ordinal)), Is.EqualTo(3));
        Assert.That(Workspace.Training.Output, Does.Contain("report: ").And.Contain("accuracy"));
        Assert.That(Workspace.Training.Output, Does.Not.Contain("\u001b"));
    }

    [Test]
    public void SharesArePrintedInOneForm()
    {
        string prediction = RawSerProcess.Run("predict", "-m", Workspace.Run, Workspace.Clip).Succeeded().Output;
        string[] shares = [.. Share().Matches(Workspace.Training.Output + prediction).Select(m => m.Value)];
        Assert.That(shares, Has.Length.GreaterThan(3 + 7).And.All.Match(@"^\d{1,3}(\.\d)?%$"));
    }

    [Test]
    public void ReportCountsTheClipsOfEachPartAndClass()
    {
        string html = File.ReadAllText(Path.Combine(Workspace.Run, "report.html"));
        Match counts = Parts().Match(Workspace.Training.Output);
        foreach ((string part, int group) in ((string, int)[])[("Train", 1), ("Validation", 2), ("Test", 3)])
        {
            string row = html[html.IndexOf($"<th scope=\"row\">{part}</th>", StringComparison.Ordinal)..];
            int[] cells = [.. Cell().Matches(row[..row.IndexOf("</tr>", StringComparison.Ordinal)]).Select(m => int.Parse(m.Groups[1].Value))];
            Assert.That(cells, Has.Length.EqualTo(1 + Emotions.Length), part);
            int clips = int.Parse(counts.Groups[group].Value);
            Assert.That((cells[0], cells[1..].Sum()), Is.EqualTo((clips, clips)), part);
        }
    }

    [Test]
    public void ReportLoadsNothing()
    {
        string html = File.ReadAllText(Path.Combine(Workspace.Run, "report.html"));
        Assert.That(html, Does.StartWith("<!DOCTYPE html>").IgnoreCase.And.Contain("</html>"));
        Assert.That(ExternalResource().Matches(html), Is.Empty);
    }

    [Test]
    public void PredictOneFile()
    {
        JsonObject json = RawSerProcess.Run("predict", "-m", Workspace.Run, Workspace.Clip, "--json").Succeeded().Json.Single();
        Assert.That((string?)json["type"], Is.EqualTo("prediction"));
        Assert.That((string?)json["clip"], Is.EqualTo(Workspace.Clip));
        AssertProbabilities(json);

        string line = RawSerProcess.Run("predict", "-m", Workspace.Best, Workspace.Clip).Succeeded().OutputLines.Single();
        Assert.That(line, Does.StartWith($"{Workspace.Clip}  {(string)json["emotion"]!}  "));
    }

    [Test]
    public void PredictAFolderAndAPattern()
    {
        string folder = Path.Combine(Workspace.Corpus, "RAVDESS", "Actor_02");
        string[] expected = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
        string[] ofFolder = [.. RawSerProcess.Run("predict", "-m", Workspace.Run, folder, "--json").Succeeded().Json.Select(o => (string)o["clip"]!)];
        Assert.That(ofFolder, Is.EqualTo(expected));
        string[] ofPattern = [.. RawSerProcess.Run("predict", "-m", Workspace.Run, Path.Combine(folder, "03-01-05-*.wav"), "--json").Succeeded().Json.Select(o => (string)o["clip"]!)];
        Assert.That(ofPattern, Is.EqualTo(expected.Where(f => Path.GetFileName(f).StartsWith("03-01-05-", StringComparison.Ordinal))));
        string[] ofFolders = [.. RawSerProcess.Run("predict", "-m", Workspace.Run, Path.Combine(Workspace.Corpus, "RAVDESS", "*_0?", "03-01-05-01-01-*.wav"), "--json").Succeeded().Json.Select(o => (string)o["clip"]!)];
        Assert.That(ofFolders, Is.EqualTo(Enumerable.Range(1, 6).Select(actor => Path.Combine(Workspace.Corpus, "RAVDESS", $"Actor_0{actor}", $"03-01-05-01-01-01-0{actor}.wav"))));
    }

    /// <summary>The parser would read such a file for more arguments.</summary>
    [Test]
    public void NamesMayBeginWithAnAt()
    {
        File.Copy(Workspace.Clip, Path.Combine(Workspace.Folder, "@clip.wav"), overwrite: true);
        Assert.That((string?)RawSerProcess.Run("predict", "-m", Workspace.Run, "@clip.wav", "--json").Succeeded().Json.Single()["clip"], Is.EqualTo("@clip.wav"));
    }

    [Test]
    public void PredictStandardInputAsAFile()
    {
        using RawSerProcess process = RawSerProcess.Start(["predict", "-m", Workspace.Run, "-", "--json"], input: File.ReadAllBytes(Workspace.Clip));
        JsonObject json = process.Wait().Succeeded().Json.Single();
        Assert.That((string?)json["clip"], Is.EqualTo("-"));
        JsonObject ofFile = RawSerProcess.Run("predict", "-m", Workspace.Run, Workspace.Clip, "--json").Json.Single();
        Assert.That(json["probabilities"]!.ToJsonString(), Is.EqualTo(ofFile["probabilities"]!.ToJsonString()));
    }

    [Test]
    public void PredictATimeline()
    {
        JsonObject json = RawSerProcess.Run("predict", "-m", Workspace.Run, Workspace.Clip, "--window", "1", "--hop", "0.5", "--json").Succeeded().Only("timeline");
        JsonArray windows = json["windows"]!.AsArray();
        Assert.That(windows, Has.Count.GreaterThan(1));
        for (int i = 0; i < windows.Count; i++)
        {
            Assert.That((double)windows[i]!["start"]!, Is.EqualTo(0.5 * i).Within(1e-6));
            AssertProbabilities(windows[i]!.AsObject());
        }

        Assert.That(RawSerProcess.Run("predict", "-m", Workspace.Run, Workspace.Clip, "--window", "1").Succeeded().OutputLines, Has.Length.EqualTo(windows.Count + 1));
    }

    [Test]
    public void PredictNamesTheClipThatFailsAndGoesOn()
    {
        string bad = Path.Combine(Workspace.Folder, "bad.wav");
        File.WriteAllText(bad, "no sound");
        RawSerProcess.Outcome outcome = RawSerProcess.Run("predict", "-m", Workspace.Run, bad, Workspace.Clip);
        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.ErrorLines.Single(), Does.Contain(bad));
        Assert.That(outcome.OutputLines.Single(), Does.StartWith(Workspace.Clip));
    }

    [Test]
    public void EvaluateRepeatsTheResultOfTheRun()
    {
        JsonObject again = RawSerProcess.Run("evaluate", Workspace.Run, "--json").Succeeded().Only("evaluation");
        JsonNode written = JsonNode.Parse(File.ReadAllText(Path.Combine(Workspace.Run, "evaluation.json")))!;
        again.Remove("type");
        Assert.That(JsonNode.DeepEquals(again, written), Is.True, again.ToJsonString());
        Assert.That(RawSerProcess.Run("evaluate", Workspace.Run, "--part", "train").Succeeded().Output, Does.Contain("accuracy"));
    }

    [Test]
    public void EvaluateOnOtherData()
    {
        string folder = Path.Combine(Workspace.Corpus, "SAVEE");
        RawSerProcess.Outcome outcome = RawSerProcess.Run("evaluate", Workspace.Run, "--data", folder, "--json").Succeeded();
        Assert.That(outcome.Json.Where(o => (string?)o["type"] == "message").Select(o => (string)o["text"]!), Has.Some.StartsWith("28 clips of SAVEE"));
        Assert.That(outcome.Only("evaluation"), Is.Not.Null);
    }

    [Test]
    public void FeaturesWritesOneTensor()
    {
        string file = Path.Combine(Workspace.Folder, "features.safetensors");
        string folder = Path.Combine(Workspace.Corpus, "RAVDESS", "Actor_02");
        JsonObject ofFolder = RawSerProcess.Run("features", folder, "--out", file, "--json").Succeeded().Only("features");
        Assert.That((int)ofFolder["clips"]!, Is.EqualTo(Directory.GetFiles(folder).Length));
        JsonObject json = RawSerProcess.Run("features", Workspace.Clip, Workspace.Clip, "--out", file, "--json").Succeeded().Only("features");
        Assert.That(((int)json["clips"]!, (int)json["rows"]!, (int)json["frames"]!), Is.EqualTo((2, 128, 94)));
        using Weights.SafetensorsFile written = Weights.SafetensorsFile.Open(file);
        Assert.That(written.Metadata["profile"], Is.EqualTo("report-mfcc"));
        Assert.That(new FileInfo(file), Has.Length.GreaterThan(2 * 128 * 94 * sizeof(float)));
    }

    [Test]
    public void FeaturesForNumPyHoldTheSameValues()
    {
        string safetensors = Path.Combine(Workspace.Folder, "same.safetensors"), npy = Path.Combine(Workspace.Folder, "same.npy");
        RawSerProcess.Run("features", Workspace.Clip, "--out", safetensors).Succeeded();
        RawSerProcess.Run("features", Workspace.Clip, "--out", npy).Succeeded();
        using Weights.WeightSource expected = Weights.WeightSource.Open(safetensors), written = Weights.WeightSource.Open(npy);
        Weights.WeightEntry values = written.Entries.Single();
        Assert.That(values.Extents, Is.EqualTo(new long[] { 1, 128, 94 }));
        Assert.That(Floats(written, values), Is.EqualTo(Floats(expected, expected["features"])));
        Assert.That(JsonNode.Parse(File.ReadAllText($"{npy}.clips.json"))!.AsArray().Select(name => (string?)name), Is.EqualTo(new[] { Workspace.Clip }));

        static float[] Floats(Weights.WeightSource source, Weights.WeightEntry entry)
        {
            float[] floats = new float[entry.ElementCount];
            source.ReadFloats(entry, 0, floats);
            return floats;
        }
    }

    [Test]
    public void RecipesAreListedWithWhatTheyAre()
    {
        JsonArray recipes = RawSerProcess.Run("recipes", "list", "--json").Succeeded().Only("recipes")["recipes"]!.AsArray();
        Assert.That(recipes.Select(r => (string)r!["name"]!), Does.Contain("cnn").And.Contain("report-wav2vec2"));
        Assert.That(RawSerProcess.Run("recipes", "list").Succeeded().OutputLines, Has.Length.EqualTo(recipes.Count).And.Some.Contains("One CNN of three blocks"));
    }

    /// <summary>What is printed is a recipe file, ready to be changed.</summary>
    [Test]
    public void RecipeIsPrintedAsAFileThatIsTaken()
    {
        string file = Path.Combine(Workspace.Folder, "own.json");
        string text = RawSerProcess.Run("recipes", "show", "two-cnn", "--set", "training.epochs=7").Succeeded().Output;
        File.WriteAllText(file, text);
        Assert.That(RawSerProcess.Run("recipes", "show", file).Succeeded().Output, Is.EqualTo(text));
        Assert.That((int)JsonNode.Parse(text)!["training"]!["epochs"]!, Is.EqualTo(7));
        JsonObject json = RawSerProcess.Run("recipes", "show", file, "--json").Succeeded().Only("recipe");
        Assert.That(JsonNode.DeepEquals(json["recipe"], JsonNode.Parse(text)), Is.True);
    }

    [Test]
    public void KeysOfRecipesAreExplained()
    {
        Assert.That(RawSerProcess.Run("recipes", "keys").Succeeded().Output, Does.Contain("optimizer.learning_rate").And.Contain("learning rate [a number above 0]"));
        Assert.That(RawSerProcess.Run("recipes", "keys", "plateau").Succeeded().OutputLines, Has.Length.EqualTo(2));
        JsonArray keys = RawSerProcess.Run("recipes", "keys", "--json").Succeeded().Only("keys")["keys"]!.AsArray();
        Assert.That(keys.Select(k => (string)k!["meaning"]!), Has.All.Not.Empty);
    }

    [TestCase("report-single-cnn", new long[] { 160, 376, 4640, 188, 18496, 44, 3591 }, 27495)]
    [TestCase("report-cnn-transformer-mfcc", new long[] { 198272, 198272, 198272, 198272, 160, 376, 4640, 188, 18496, 44, 160, 376, 4640, 188, 18496, 44, 8071 }, 848967)]
    public void SummaryHasTheCountsOfTheReport(string network, long[] parameters, long total)
    {
        JsonObject json = RawSerProcess.Run("summary", network, "--json").Succeeded().Only("summary");
        Assert.That(json["layers"]!.AsArray().Select(l => (long)l!["parameters"]!).Where(p => p > 0), Is.EqualTo(parameters));
        Assert.That((long)json["parameters"]!, Is.EqualTo(total));
        Assert.That(RawSerProcess.Run("summary", network).Succeeded().Output, Does.Contain($"Total params: {total:N0}"));
    }

    [TestCase("report-vgg16-exp1", 27_660_103, 12_945_415)]
    [TestCase("report-vgg16-exp3", 27_660_103, 15_305_223)]
    [TestCase("report-vgg16-exp4", 27_660_103, 17_665_031)]
    [TestCase("report-vgg16-exp5", 27_660_103, 20_024_839)]
    [TestCase("vgg16-blocks45", 27_660_103, 25_924_615)]
    public void SummaryCountsWhatLearns(string network, long total, long trainable)
    {
        JsonObject json = RawSerProcess.Run("summary", network, "--json").Succeeded().Only("summary");
        Assert.That(((long)json["parameters"]!, (long)json["trainable"]!), Is.EqualTo((total, trainable)));
    }

    /// <summary>The part that learned behind a frozen, cached base is the whole network that is stored.</summary>
    [Test]
    public void ImageNetworksTrainBehindAFrozenBase()
    {
        string run = Path.Combine(Workspace.Folder, "vgg16");
        string[] arguments =
        [
            "train", "--recipe", "report-vgg16-exp2", "--data", $"SAVEE={Path.Combine(Workspace.Corpus, "SAVEE")}", "--out", run, "--cache", Path.Combine(Workspace.Folder, "vgg16-cache"),
            "--set", "training.epochs=1", "--set", "augmentation.picture_draws=1", "--set", "labels.savee=correct", "--set", "training.batch=8",
        ];
        RawSerProcess.Outcome outcome = RawSerProcess.Run(arguments).Succeeded();
        Assert.That(outcome.Errors, Does.Contain("procedural values"));
        JsonObject again = RawSerProcess.Run("evaluate", run, "--json").Succeeded().Only("evaluation");
        JsonNode written = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "evaluation.json")))!;
        Assert.That((int)again["clips"]!, Is.EqualTo((int)written["clips"]!));
        Assert.That((double)again["nll"]!, Is.EqualTo((double)written["nll"]!), "the same bits: frozen convolutions are packed in both");
        AssertProbabilities(RawSerProcess.Run("predict", "-m", run, Workspace.Clip, "--json").Succeeded().Only("prediction"));
        JsonObject timeline = RawSerProcess.Run("predict", "-m", run, Workspace.Clip, "--window", "1", "--json").Succeeded().Only("timeline");
        Assert.That(timeline["windows"]!.AsArray().Select(w => (double)w!["start"]!).Take(3), Is.EqualTo(new[] { 0, 0.5, 1 }));
    }

    [Test]
    public void ScanCountsTheClips()
    {
        string[] folders = [.. Directory.GetDirectories(Workspace.Corpus)];
        int clips = Directory.GetFiles(Workspace.Corpus, "*.wav", SearchOption.AllDirectories).Length;
        JsonObject json = RawSerProcess.Run(["corpora", "scan", .. folders, "--json"]).Succeeded().Only("scan");
        Assert.That((int)json["clips"]!, Is.EqualTo(clips));
        string text = RawSerProcess.Run(["corpora", "scan", .. folders]).Succeeded().Output;
        Assert.That(text, Does.Contain("RAVDESS").And.Contain("SAVEE").And.Contain("TESS").And.Contain("CREMA-D"));
    }

    [Test]
    public void DemoNeedsNothing()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Workspace.Folder, "demo")).FullName;
        using RawSerProcess process = RawSerProcess.Start(["demo"], directory: folder);
        RawSerProcess.Outcome outcome = process.Wait().Succeeded();
        string report = Path.Combine(folder, "runs", "demo", "run", "report.html");
        Assert.That(report, Does.Exist);
        Assert.That(outcome.Errors, Is.Empty);
        Assert.That(outcome.Output, Does.Contain(report).And.Contain("rawser train --data DIR"));
    }

    [Test]
    [Platform("Linux,MacOsX", Reason = "signals")]
    public void DemoSaysHowManyClipsItSynthesisesAndStops()
    {
        string folder = Path.Combine(Workspace.Folder, "demo-stopped");
        using RawSerProcess process = RawSerProcess.Start(["demo", "--out", folder, "--json"]);
        process.Until(() => Directory.Exists(Path.Combine(folder, "corpus")));
        process.Signal("INT");
        RawSerProcess.Outcome outcome = process.Wait();
        Assert.That(outcome.Code, Is.EqualTo(130), outcome.Errors);
        JsonObject stage = outcome.Json.First(o => (string?)o["type"] == "stage");
        Assert.That(((string)stage["title"]!, (int)stage["total"]!, (string)stage["unit"]!), Is.EqualTo(("synthesising speech", 508, "clips")));
    }

    private static void AssertProbabilities(JsonObject result)
    {
        (string Name, double Value)[] probabilities = [.. result["probabilities"]!.AsObject().Select(p => (p.Key, (double)p.Value!))];
        Assert.That(probabilities.Select(p => p.Name), Is.EquivalentTo(Emotions));
        Assert.That(probabilities.Sum(p => p.Value), Is.EqualTo(1).Within(1e-5));
        Assert.That((string?)result["emotion"], Is.EqualTo(probabilities.MaxBy(p => p.Value).Name));
    }

    [GeneratedRegex(@"(\d+) clips to train, (\d+) to validate, (\d+) to test")]
    private static partial Regex Parts();

    [GeneratedRegex("<td>(\\d+)</td>")]
    private static partial Regex Cell();

    [GeneratedRegex(@"[\d.]+\s*%")]
    private static partial Regex Share();

    // What a browser fetches: sources, style sheets, imports. Links to follow are not among them.
    [GeneratedRegex("""(src|srcset|data|poster)\s*=\s*["']?\s*(https?:)?//|<link\b|@import|url\(\s*["']?\s*(https?:)?//""", RegexOptions.IgnoreCase)]
    private static partial Regex ExternalResource();
}
