using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>The table of kernels in docs/kernels.md: it has every kernel, and none has become worse than it says.</summary>
[Category("OneInstructionSet")]
internal sealed class KernelTableTests
{
    private const string Regenerate = "RAWSER_WRITE_KERNEL_TABLE=1 dotnet test -c Release tests/RawSer.Kernels.Tests --filter KernelTableTests";

    [Test]
    public void Every_kernel_is_as_good_as_its_row()
    {
        if (RealAssembler.Find() is not { } assembler)
        {
            Assert.Ignore(RealAssembler.Missing);
            return;
        }

        KernelTable.Row[] measured = [.. ShippedKernels.Assemble(assembler, KernelTable.Sm).Values.Select(kernel => new KernelTable.Row(kernel))];
        if (Environment.GetEnvironmentVariable("RAWSER_WRITE_KERNEL_TABLE") == "1")
        {
            KernelTable.Write(measured);
        }

        Dictionary<string, KernelTable.Row> table = KernelTable.Read().ToDictionary(row => row.Name);
        Assert.Multiple(() =>
        {
            Assert.That(table.Keys, Is.EquivalentTo(measured.Select(row => row.Name)), $"kernels that are new or gone: {Regenerate}");
            foreach (KernelTable.Row now in measured.Where(row => table.ContainsKey(row.Name)))
            {
                KernelTable.Row then = table[now.Name];
                string cure = $"{now.Name}: if that must be, {Regenerate}";
                Assert.That(now.Registers, Is.LessThanOrEqualTo(then.Registers), $"registers of {cure}");
                Assert.That(now.SharedBytes, Is.LessThanOrEqualTo(then.SharedBytes), $"shared bytes of {cure}");
                Assert.That(now.Instructions, Is.LessThanOrEqualTo(then.Instructions), $"instructions of {cure}");
            }
        });
    }
}
