using RawSer.GoldenCheck.Ptx;
using RawSer.Gpu.Driver;
using RawSer.Gpu.Emulator;
using RawSer.Testing;

namespace RawSer.Gpu.Tests.Emulator;

/// <summary>The foreign PTX of the goldens (version 9.0, some for sm_100) on GPUs and drivers that are older.</summary>
public sealed class PtxTextTests
{
    private static IEnumerable<TestCaseData> Files() =>
        Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "tests", "goldens", "ptx"), "*.ptx").Order(StringComparer.Ordinal).Select(file => new TestCaseData(file).SetArgDisplayNames(Path.GetFileName(file)));

    [TestCase(78, 90, ".version 7.8", ".target sm_90")]
    [TestCase(90, 100, ".version 9.0", ".target sm_100")]
    [TestCase(91, 120, ".version 9.0", ".target sm_100")]
    [TestCase(84, 120, ".version 8.4", ".target sm_100")]
    public void Version_and_target_come_down_to_what_is_there(int ptxVersion, int smVersion, string version, string target)
    {
        const string Rest = "\n.address_size 64\n.entry k() { ret; } // .version 9.0\n";

        Assert.That(PtxText.For($"// made by another compiler\n.version 9.0\n.target sm_100{Rest}", ptxVersion, smVersion), Is.EqualTo($"// made by another compiler\n{version}\n{target}{Rest}"));
    }

    [TestCaseSource(nameof(Files))]
    public void An_assembler_of_CUDA_11_8_takes_the_goldens_so(string file)
    {
        if (RealAssembler.Find() is not { } assembler)
        {
            Assert.Ignore(RealAssembler.Missing);
            return;
        }

        Assert.That(assembler.Assemble(PtxText.For(File.ReadAllText(file), 78, 90), 90), Is.Not.Empty);
    }

    [TestCaseSource(nameof(Files))]
    public void The_driver_runtime_reads_the_bytes_of_parameters_as_the_emulator_does(string file)
    {
        string ptx = File.ReadAllText(file);
        using EmulatorDevice device = new();
        using GpuModule module = device.LoadModule(ptx);
        Dictionary<string, int> entries = PtxEntries.ParameterBytes(ptx);

        Assert.That(entries, Is.Not.Empty);
        Assert.That(entries.Select(entry => (entry.Key, entry.Value)), Is.EqualTo(entries.Select(entry => (entry.Key, module.GetFunction(entry.Key).ParameterBytes))));
    }
}
