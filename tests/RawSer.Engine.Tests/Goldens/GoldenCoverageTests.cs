using RawSer.GoldenCheck;

namespace RawSer.Engine.Tests.Goldens;

/// <summary>No case may lack a handler, except those that <see cref="GoldenExclusions"/> names with a reason.</summary>
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
    public void Every_case_has_a_handler_or_a_reason(string area) => Assert.That(
        GoldenData.Area(area).Cases.Where(golden => GoldenExclusions.Reason(golden) is null && !GoldenRunner.IsRegistered(golden)).Select(golden => golden.Name),
        Is.Empty);

    [TestCase("keras")]
    public void Every_exclusion_is_needed(string area)
    {
        foreach ((string entry, _) in GoldenExclusions.Of(area))
        {
            GoldenCase[] cases = [.. GoldenData.Area(area).Cases.Where(golden => golden.Name == entry || golden.Op == entry)];
            Assert.That(cases, Is.Not.Empty, entry);
            Assert.That(cases.Select(golden => GoldenRunner.Run(golden, Device.Cpu).Status), Has.None.EqualTo(GoldenStatus.Passed), $"{entry} passes: take it from the exclusions");
        }
    }

    [Test]
    public void Every_folder_of_goldens_is_covered() => Assert.That(
        Directory.GetDirectories(GoldenData.Root).Select(Path.GetFileName),
        Is.EquivalentTo(new[] { "audio", "autograd", "keras", "models", "ops", "optim", "ptx", "reports", "train", "vgg", "weights" }));
}
