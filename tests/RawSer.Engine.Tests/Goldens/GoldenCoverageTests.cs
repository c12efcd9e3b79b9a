using RawSer.GoldenCheck;

namespace RawSer.Engine.Tests.Goldens;

/// <summary>No case may lack a handler.</summary>
public sealed class GoldenCoverageTests
{
    [TestCase("audio")]
    [TestCase("autograd")]
    [TestCase("keras")]
    [TestCase("ops")]
    [TestCase("optim")]
    [TestCase("models")]
    [TestCase("ptx")]
    [TestCase("reports")]
    [TestCase("train")]
    [TestCase("vgg")]
    [TestCase("weights")]
    public void Every_case_has_a_handler(string area) => Assert.That(
        GoldenData.Area(area).Cases.Where(golden => !GoldenRunner.IsRegistered(golden)).Select(golden => golden.Name),
        Is.Empty);

    [Test]
    public void Every_folder_of_goldens_is_covered() => Assert.That(
        Directory.GetDirectories(GoldenData.Root).Select(Path.GetFileName),
        Is.EquivalentTo(new[] { "audio", "autograd", "keras", "models", "ops", "optim", "ptx", "reports", "train", "vgg", "weights" }));
}
