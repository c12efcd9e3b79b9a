using RawSer.Optim;

namespace RawSer.Engine.Tests.Optim;

public sealed class ScheduleTests
{
    /// <summary>A period of 0 had no end.</summary>
    [TestCase(0, 1)]
    [TestCase(10, 0)]
    public void Restarts_need_a_period(int firstPeriod, int lengthFactor) => Assert.That(
        () => Schedules.CosineRestarts(30, 1, firstPeriod, lengthFactor),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains($"first period {firstPeriod}, length factor {lengthFactor}"));

    [Test]
    public void Steps_need_a_size() =>
        Assert.That(() => Schedules.Step(30, 1, stepSize: 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("every 0 steps"));
}
