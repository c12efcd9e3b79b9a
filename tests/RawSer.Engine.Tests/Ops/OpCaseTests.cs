using RawSer.Testing.OpCases;

namespace RawSer.Engine.Tests.Ops;

public sealed class OpCaseTests
{
    private static IEnumerable<OpCase> All() => OpCatalog.All;

    private static IEnumerable<OpCase> Differentiable() => OpCatalog.All.Where(op => op.Differentiable);

    [TestCaseSource(nameof(All))]
    public void Cpu_in_F32_agrees_with_the_reference_in_F64(OpCase op) => Assert.That(OpCheck.Device(op, Device.Cpu), Is.Null);

    [TestCaseSource(nameof(All))]
    public void Emulator_agrees_with_the_reference(OpCase op) => Assert.That(OpCheck.Device(op, Device.Emulator), Is.Null);

    [TestCaseSource(nameof(Differentiable))]
    public void Gradient_is_the_slope(OpCase op) => Assert.That(OpCheck.Gradient(op), Is.Null);

    [Test]
    public void Names_are_unique() => Assert.That(OpCatalog.All.Select(op => op.Name), Is.Unique);
}
