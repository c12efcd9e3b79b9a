using System.Text.Json.Nodes;
using RawSer.GoldenCheck;
using RawSer.Weights;

namespace RawSer.Cli.Tests;

/// <summary>Every verb that computes takes <c>--device</c>: on the emulator it finds what it finds on the processor, and a GPU that is not there is one line.</summary>
internal sealed class DeviceVerbTests
{
    private const string NoGpu = "cuda:99"; // missing on machines with a GPU too
    private const float Tolerance = 1e-4f;

    private static readonly string Encoder = Path.Combine(GoldenData.Root, "models", "hf", "w2v2_base");

    private static IEnumerable<TestCaseData> Verbs()
    {
        yield return Case("train", "--data", Workspace.Corpus);
        yield return Case("resume", Workspace.Run);
        yield return Case("evaluate", Workspace.Run);
        yield return Case("predict", "-m", Workspace.Run, Workspace.Clip);
        yield return Case("features", Workspace.Clip, "--out", "never.safetensors");
        yield return Case("embed", Workspace.Clip, "--weights", Encoder, "--out", "never.npy");
        yield return Case("pretrain", Workspace.Clip, "--weights", Encoder, "--out", "never");
        yield return Case("reproduce", "--data", Workspace.Corpus, "--out", "never");
        yield return Case("demo", "--out", "never");
    }

    [TestCaseSource(nameof(Verbs))]
    public void AMissingGpuIsOneLine(string[] arguments)
    {
        RawSerProcess.Outcome outcome = RawSerProcess.Run([.. arguments, "--device", NoGpu]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.Code, Is.EqualTo(2), outcome.Errors);
            Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1), outcome.Errors);
            Assert.That(outcome.Errors, Does.StartWith($"rawser: --device {NoGpu}: no "));
            Assert.That(outcome.Output, Is.Empty);
        }
    }

    [Test]
    public void ARunOfAMissingGpuCanGoOnElsewhere()
    {
        string run = Copy(Workspace.Run, "run-of-a-gpu");
        File.WriteAllText(Path.Combine(run, "run.json"), File.ReadAllText(Path.Combine(run, "run.json")).Replace("\"cpu\"", $"\"{NoGpu}\""));
        RawSerProcess.Outcome outcome = RawSerProcess.Run("resume", run);
        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.ErrorLines.Single(), Does.Contain($"{run}: the run is of the device {NoGpu}: no ").And.EndWith("name another to go on there"));
        RawSerProcess.Run("resume", run, "--device", "cpu").Succeeded();
    }

    [Test]
    public void TrainOnTheEmulatorAndGoOnAnywhere()
    {
        string[] clips = [.. Directory.GetFiles(Path.Combine(Workspace.Corpus, "RAVDESS"), "*.wav", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        string few = Path.Combine(Workspace.Folder, "few.csv"), ours = Path.Combine(Workspace.Folder, "emulated"), theirs = Path.Combine(Workspace.Folder, "not-emulated");
        File.WriteAllLines(few, ["path,label", .. clips.Take(8).Select((clip, i) => $"{clip},{(i % 2 == 0 ? "happy" : "sad")}")]);

        // No standardisation by cell: padding makes cells that vary by roundings alone. And no Adam, whose first steps are as large for gradients that are roundings.
        string[] settings = ["split.validation=0.25", "split.test=0.25", "features.standardize=row", "augmentation.noise_copies=1", "optimizer.kind=sgd", "training.batch=2", "training.epochs=1"];
        string[] Train(string run, params string[] more) =>
            ["train", "--data", few, "--split", "clip", .. settings.SelectMany(s => (string[])["--set", s]), "--cache", "none", "--out", run, "--json", .. more];
        JsonObject emulated = RawSerProcess.Run(Train(ours, "--device", "emulator")).Succeeded().Only("epoch"), expected = RawSerProcess.Run(Train(theirs)).Succeeded().Only("epoch");
        foreach (string loss in (string[])["loss", "val_loss"])
        {
            Assert.That((double)emulated[loss]!, Is.EqualTo((double)expected[loss]!).Within(Tolerance), loss);
        }

        string[] prediction = ["predict", "-m", ours, clips[0], "--json"];
        Assert.That(
            Probabilities(RawSerProcess.Run([.. prediction, "--device", "emulator"]).Succeeded()), Is.EqualTo(Probabilities(RawSerProcess.Run(prediction).Succeeded())).Within(Tolerance));
        string[] evaluation = ["evaluate", ours, "--json"];
        string confusions = RawSerProcess.Run(evaluation).Succeeded().Only("evaluation")["confusions"]!.ToJsonString();
        Assert.That(RawSerProcess.Run([.. evaluation, "--device", "emulator", "--cache", "none"]).Succeeded().Only("evaluation")["confusions"]!.ToJsonString(), Is.EqualTo(confusions));
        RawSerProcess.Run("resume", ours, "--device", "emulator").Succeeded();
    }

    [Test]
    public void FeaturesOnTheEmulator()
    {
        string[] Arguments(string file) => ["features", Workspace.Clip, "--out", file, "--cache", "none"];
        Assert.That(Values("features", Arguments), Has.Length.EqualTo(128 * 94));
    }

    [Test]
    public void EmbedOnTheEmulator()
    {
        string[] Arguments(string file) => ["embed", Workspace.Clip, "--weights", Encoder, "--out", file, "--seconds", "0.3"];
        Assert.That(Values("embeddings", Arguments), Has.Length.EqualTo(32));
    }

    [Test]
    public void PretrainOnTheEmulator()
    {
        string source = Path.Combine(GoldenData.Root, "models", "hf", "w2v2_pretraining"), target = Path.Combine(Workspace.Folder, "pretrained-on-");
        string[] arguments = ["pretrain", Workspace.Clip, "--weights", source, "--steps", "2", "--batch", "1", "--seconds", "0.3", "--json"];
        double loss = (double)RawSerProcess.Run([.. arguments, "--out", target + "emulator", "--device", "emulator"]).Succeeded().Only("pretraining")["loss"]!;
        Assert.That(loss, Is.EqualTo((double)RawSerProcess.Run([.. arguments, "--out", target + "cpu"]).Succeeded().Only("pretraining")["loss"]!).Within(1e-3 * loss));
    }

    /// <summary>What a verb writes on the emulator, which is near what it writes on the processor.</summary>
    private static float[] Values(string tensor, Func<string, string[]> arguments)
    {
        string ours = Path.Combine(Workspace.Folder, $"{tensor}-emulator.safetensors"), theirs = Path.Combine(Workspace.Folder, $"{tensor}-cpu.safetensors");
        RawSerProcess.Run([.. arguments(ours), "--device", "emulator"]).Succeeded();
        RawSerProcess.Run(arguments(theirs)).Succeeded();
        using WeightSource emulated = WeightSource.Open(ours), expected = WeightSource.Open(theirs);
        float[] values = emulated.ReadFloats(tensor), right = expected.ReadFloats(tensor);
        Assert.That(values, Is.EqualTo(right).Within(Tolerance * right.Max(Math.Abs)));
        return values;
    }

    private static float[] Probabilities(RawSerProcess.Outcome outcome) => [.. outcome.Only("prediction")["probabilities"]!.AsObject().Select(p => (float)p.Value!)];

    private static string Copy(string folder, string name)
    {
        string copy = Directory.CreateDirectory(Path.Combine(Workspace.Folder, name)).FullName;
        foreach (string file in Directory.GetFiles(folder))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    private static TestCaseData Case(params string[] arguments) => new TestCaseData([arguments]).SetArgDisplayNames(arguments[0]);
}
