using RawSer.Testing.OpCases;

namespace RawSer.Engine.Tests.Ops;

public sealed class OpCaseTests
{
    private static readonly string[] s_withoutKernel =
    [
        
    ];

    private static IEnumerable<OpCase> All() => OpCatalog.All;

    private static IEnumerable<OpCase> Differentiable() => OpCatalog.All.Where(op => op.Differentiable);

    [TestCaseSource(nameof(All))]
    public void Cpu_in_F32_agrees_with_the_reference_in_F64(OpCase op) => Assert.That(OpCheck.Device(op, Device.Cpu), Is.Null);

    /// <summary>Operations that need a device kernel that is still missing are refused by name; all others give what the reference gives.</summary>
    [TestCaseSource(nameof(All))]
    public void Emulator_agrees_with_the_reference_or_names_the_missing_kernel(OpCase op)
    {
        string? problem;
        try
        {
            problem = OpCheck.Device(op, Device.Emulator);
        }
        catch (NotSupportedException e) when (s_withoutKernel.FirstOrDefault(name => e.Message.Contains($": {name} has no device kernel", StringComparison.Ordinal)) is not null)
        {
            return;
        }

        Assert.That(problem, Is.Null);
    }

    [TestCaseSource(nameof(Differentiable))]
    public void Gradient_is_the_slope(OpCase op) => Assert.That(OpCheck.Gradient(op), Is.Null);

    [Test]
    public void Names_are_unique() => Assert.That(OpCatalog.All.Select(op => op.Name), Is.Unique);
}
