using RawSer.Optim;
using RawSer.Training;

namespace RawSer.Engine.Tests.Optim;

public sealed class ScheduleTests
{
    private static readonly TestCaseData[] s_withoutSteps =
    [
        Case("stepSize is 0", () => Schedules.Step(30, 1, stepSize: 0)),
        Case("period is 0", () => Schedules.CosineAnnealing(30, 1, period: 0)),
        Case("firstPeriod is 0", () => Schedules.CosineRestarts(30, 1, firstPeriod: 0)), // it had no end
        Case("lengthFactor is 0", () => Schedules.CosineRestarts(30, 1, firstPeriod: 10, lengthFactor: 0)),
        Case("total is -1", () => Schedules.Linear(0, 1, total: -1)),
        Case("total is 0", () => Schedules.Polynomial(0, 1, total: 0)),
        Case("0 decay steps", () => KerasSchedules.ExponentialDecay(0, 1, decaySteps: 0, decayRate: 0.5)),
        Case("0 decay steps", () => KerasSchedules.InverseTimeDecay(0, 1, decaySteps: 0, decayRate: 0.5)),
        Case("0 decay steps", () => KerasSchedules.PolynomialDecay(0, 1, decaySteps: 0)),
        Case("-0.5 decay steps", () => KerasSchedules.CosineDecay(0, 1, decaySteps: -0.5)),
        Case("NaN decay steps", () => KerasSchedules.CosineDecayRestarts(0, 1, firstDecaySteps: double.NaN)),
    ];

    [TestCaseSource(nameof(s_withoutSteps))]
    public void A_length_without_steps_is_refused(string message, Func<double> rate) =>
        Assert.That(() => rate(), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains(message));

    private static TestCaseData Case(string message, Func<double> rate) => new(message, rate);
}
