using System.Collections.Concurrent;
using System.Diagnostics;
using RawSer.GoldenCheck;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Goldens;

/// <summary>The harness itself: it must notice what is wrong, and say where.</summary>
public sealed class GoldenHarnessTests
{
    private string _folder = "";

    [SetUp]
    public void CreateArea()
    {
        _folder = Directory.CreateTempSubdirectory("rawser-goldens-").FullName;
        var writer = new SafetensorsWriter();
        Add(writer, "a", 1, 2, 3, 4);
        Add(writer, "b", 10, 20, 30, 40);
        Add(writer, "dy", 1, 1, 1, 1);
        Add(writer, "y", 11, 22, 33, 44);
        Add(writer, "da", 1, 1, 1, 1);
        Add(writer, "wrong", 11, 22, 33.5f, 44);
        Add(writer, "not_a_number", float.NaN, 22, 33, 44);
        writer.Add<float>("shape", [4], new float[] { 11, 22, 33, 44 });
        writer.Save(Path.Combine(_folder, "t.safetensors"));
    }

    [TearDown]
    public void DeleteArea() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void RightValuesPass() => Assert.That(Run("\"a\",\"b\",\"dy\"", "\"y\"").Status, Is.EqualTo(GoldenStatus.Passed));

    [Test]
    public void WorstElementIsNamed()
    {
        using GoldenArea area = Area("\"x/a\",\"b\"", "\"y\"", file: "t2.safetensors");
        var writer = new SafetensorsWriter();
        Add(writer, "x/a", 1, 2, 3, 4);
        Add(writer, "b", 10, 20, 30, 40);
        Add(writer, "y", 11.1f, 22, 33.5f, 44);
        writer.Save(Path.Combine(_folder, "t2.safetensors"));
        GoldenOutcome outcome = GoldenRunner.Run(area.Cases[0], Device.Reference);
        Assert.That(outcome.Status, Is.EqualTo(GoldenStatus.Failed));
        Assert.That(outcome.ToString(), Does.Contain("y[1, 0] got 33, expected 33.5, difference 0.5").And.Contain("2 of 4 elements differ"));
    }

    [TestCase("wrong", "[1, 0] got 33, expected 33.5")]
    [TestCase("not_a_number", "[0, 0] got 11, expected NaN")]
    [TestCase("shape", "got shape (2, 2), expected (4)")]
    public void WrongExpectationFails(string expected, string message)
    {
        string folder = Path.Combine(_folder, expected);
        Directory.CreateDirectory(folder);
        using SafetensorsFile source = SafetensorsFile.Open(Path.Combine(_folder, "t.safetensors"));
        var writer = new SafetensorsWriter();
        foreach (string name in new[] { "a", "b" })
        {
            writer.Add<float>(name, source[name].Shape, source.ReadFloats(name));
        }

        writer.Add<float>("y", source[expected].Shape, source.ReadFloats(expected));
        writer.Save(Path.Combine(folder, "t.safetensors"));
        WriteCases(folder, "\"a\",\"b\"", "\"y\"", "t.safetensors", "add");
        using GoldenArea area = GoldenArea.Open(folder);
        GoldenOutcome outcome = GoldenRunner.Run(area.Cases[0], Device.Cpu);
        Assert.That(outcome.Status, Is.EqualTo(GoldenStatus.Failed));
        Assert.That(outcome.ToString(), Does.Contain(message));
    }

    [Test]
    public void GradientsAreCompared() => Assert.That(Run("\"a\",\"b\",\"dy\"", "\"y\",\"da\"").Status, Is.EqualTo(GoldenStatus.Passed));

    [Test]
    public void OutputThatNobodyComputesFails()
    {
        GoldenOutcome outcome = Run("\"a\",\"b\"", "\"y\",\"wrong\"");
        Assert.That(outcome.ToString(), Does.Contain("output wrong was not computed"));
    }

    [Test]
    public void ExceptionFails()
    {
        GoldenOutcome outcome = Run("\"a\",\"missing\"", "\"y\"", op: "matmul_of_nothing");
        Assert.That(outcome.Status, Is.EqualTo(GoldenStatus.Unsupported));
        outcome = Run("\"b\"", "\"y\"");
        Assert.That(outcome.Status, Is.EqualTo(GoldenStatus.Failed));
        Assert.That(outcome.ToString(), Does.Contain("no input 'a'"));
    }

    [TestCase("\"a\",\"b\",\"wrong\"", "{}", "does not use input wrong")]
    [TestCase("\"a\",\"b\"", """{"alpha": 2}""", "does not use attribute alpha")]
    [TestCase("\"a\",\"b\"", """{"alpha": null}""", null)]
    public void What_a_handler_overlooks_is_unsupported(string inputs, string attributes, string? reason)
    {
        WriteCases(_folder, inputs, "\"y\"", "t.safetensors", "add", attributes);
        using GoldenArea area = GoldenArea.Open(_folder);
        GoldenOutcome outcome = GoldenRunner.Run(area.Cases[0], Device.Reference);
        Assert.That(outcome.Status, Is.EqualTo(reason is null ? GoldenStatus.Passed : GoldenStatus.Unsupported));
        Assert.That(outcome.ToString(), Does.Contain(reason ?? ""));
    }

    [Test]
    public void Case_that_takes_long_says_how_far_it_is()
    {
        using GoldenArea area = Area("\"a\",\"b\"", "\"y\"");
        using BlockingCollection<string> lines = [];
        using (LongCase progress = new(area.Cases[0], lines.Add, TimeSpan.FromMilliseconds(1)))
        {
            Assert.That(lines.Take(), Does.EndWith("/x: running for 0 s, nothing compared yet"));
            GoldenRunner.Run(area.Cases[0], Device.Reference, progress.Compared);
            Assert.That(lines.GetConsumingEnumerable().First(line => !line.EndsWith("yet")), Does.EndWith("last compared: y"));
        }

        while (lines.TryTake(out _))
        {
        }

        Assert.That(lines.TryTake(out _, TimeSpan.FromMilliseconds(20)), Is.False, "a case that has ended is silent");
    }

    [TestCase(0, "1 passed, 0 failed, 0 unsupported", "add")]
    [TestCase(1, "0 passed, 0 failed, 1 unsupported", "nothing")]
    [TestCase(0, "0 passed, 0 failed, 1 unsupported", "nothing", "--allow-unsupported", "noth*")]
    [TestCase(2, "no case has such a name", "add", "--only", "other")]
    [TestCase(2, "unknown device 'tpu'", "add", "--device", "tpu")]
    [TestCase(2, "unknown option --fast", "add", "--fast")]
    [TestCase(2, "--only needs a value", "add", "--only")]
    public void ExitStatusAndLastLine(int status, string words, string op, params string[] arguments)
    {
        WriteCases(_folder, "\"a\",\"b\"", "\"y\"", "t.safetensors", op);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "RawSer.GoldenCheck.dll"), _folder, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(status), output + errors);
        Assert.That(status == 2 ? errors : output.TrimEnd().Split('\n')[^1], Does.Contain(words));
    }

    private static void Add(SafetensorsWriter writer, string name, params float[] values) => writer.Add<float>(name, [2, 2], values);

    private static void WriteCases(string folder, string inputs, string outputs, string file, string op, string attributes = "{}") => File.WriteAllText(
        Path.Combine(folder, "cases.json"),
        $$"""[{"name": "x", "op": "{{op}}", "file": "{{file}}", "attrs": {{attributes}}, "inputs": [{{inputs}}], "outputs": [{{outputs}}], "rtol": 0, "atol": 1e-6, "note": ""}]""");

    private GoldenArea Area(string inputs, string outputs, string op = "add", string file = "t.safetensors")
    {
        WriteCases(_folder, inputs, outputs, file, op);
        return GoldenArea.Open(_folder);
    }

    private GoldenOutcome Run(string inputs, string outputs, string op = "add")
    {
        using GoldenArea area = Area(inputs, outputs, op);
        return GoldenRunner.Run(area.Cases[0], Device.Reference);
    }
}
