using RawSer.GoldenCheck;

namespace RawSer.Models.Tests.Goldens;

public sealed class KerasGoldens
{
    /// <summary>Minutes of scalar loops: GoldenCheck runs all networks on the reference device, this suite two of them.</summary>
    private static readonly string[] NetworksOnReference = ["single94_eval", "parallel94_attend_time_eval"];

    [TestCaseSource(nameof(Names))]
    public void Passes_on_cpu(string name) => GoldenData.Check("keras", name, "cpu");

    [TestCaseSource(nameof(NamesOnReference))]
    public void Passes_on_reference(string name) => GoldenData.Check("keras", name, "reference");

    private static IEnumerable<string> Names() => GoldenData.Names("keras");

    private static IEnumerable<string> NamesOnReference() =>
        Names().Except(GoldenData.Names("keras", "net_eval", "net_train")).Concat(NetworksOnReference);
}
