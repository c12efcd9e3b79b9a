using RawSer.GoldenCheck;

namespace RawSer.Engine.Tests.Goldens;

/// <summary>No case of a finished area may be without a handler.</summary>
public sealed class GoldenCoverageTests
{
    [TestCase("audio")]
    [TestCase("autograd")]
    [TestCase("optim")]
    [TestCase("weights")]
    public void EveryCaseHasAHandler(string area) =>
        Assert.That(GoldenData.Names(area).Except(GoldenData.RegisteredNames(area)), Is.Empty);
}
