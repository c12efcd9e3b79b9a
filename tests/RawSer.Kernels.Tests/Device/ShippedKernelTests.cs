using System.Text.RegularExpressions;
using RawSer.Gpu.Compiler;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>What every kernel of the library must be, as text and as machine code, without its author having to ask.</summary>
[Category("OneInstructionSet")]
internal sealed class ShippedKernelTests
{
    [Test]
    public void The_search_meets_every_elementwise_operation()
    {
        HashSet<string> names = [.. ShippedKernels.All.Select(kernel => kernel.Name)];
        string[] operations =
        [
            .. Enum.GetNames<UnaryOp>().Except([nameof(UnaryOp.Power)]).Select(name => $"UnaryMap_{name}Operator"),
            .. Enum.GetNames<BinaryOp>().Except([nameof(BinaryOp.Power)]).Select(name => $"BinaryMap_{name}Operator"),
            "BinaryMap_PowerOfOperator", "BinaryMap_GeluGradient", "TernaryMap_PowerBaseGradient",
        ];

        Assert.That(operations, Has.Length.GreaterThan(30));
        Assert.That(operations.SelectMany(name => new[] { $"MapKernels_{name}_Dense", $"MapKernels_{name}_Strided" }).Except(names), Is.Empty, "operations without a kernel");
        Assert.That(names, Does.Contain("CudaBackend_SoftmaxLines_InWarp").And.Contain("CopyKernels_UInt64_Copy"));
        Assert.That(names, Has.Count.EqualTo(ShippedKernels.All.Count));
    }

    [TestCase(70)]
    [TestCase(80)]
    [TestCase(90)]
    public void Text_is_clean(int sm)
    {
        Assert.Multiple(() =>
        {
            foreach (CompiledKernel kernel in ShippedKernels.Compile(sm))
            {
                Assert.That(Regex.Matches(kernel.Ptx, @"\b(ld|st|atom|red)(\.volatile)?\.[busfv]\d").Select(match => match.Value), Is.Empty, $"{kernel.Name}: generic accesses");
                Assert.That(kernel.Ptx, Does.Not.Contain(".local").And.Not.Match(@"\bcall\b"), kernel.Name);
                Assert.That(kernel.Diagnostics, Is.Empty, kernel.Name);
                Assert.That(kernel.TargetSm, Is.LessThanOrEqualTo(sm), kernel.Name);
            }
        });
    }

    [Test]
    public void Text_is_the_same_when_it_is_compiled_again() =>
        Assert.That(ShippedKernels.All.Select(kernel => kernel.Compile(80).Ptx), Is.EqualTo(ShippedKernels.Compile(80).Select(kernel => kernel.Ptx)));

    [Test]
    public void Handles_of_kernels_with_specialised_values_are_told_apart() =>
        Assert.That(ShippedKernels.All.Where(kernel => kernel.IsSpecialised).Select(kernel => kernel.Name), Is.Empty, "a kernel that is compiled for values of a launch cannot be shipped as PTX");

    [TestCase(70)]
    [TestCase(80)]
    [TestCase(90)]
    public void Machine_code_has_no_spills_and_few_registers(int sm)
    {
        if (RealAssembler.Find() is not { } assembler)
        {
            Assert.Ignore(RealAssembler.Missing);
            return;
        }

        IReadOnlyDictionary<string, AssembledKernel> assembled = ShippedKernels.Assemble(assembler, sm);
        Assert.That(assembled, Has.Count.EqualTo(ShippedKernels.All.Count));
        Assert.Multiple(() =>
        {
            foreach (AssembledKernel kernel in assembled.Values)
            {
                Assert.That((kernel.SpillBytes, kernel.StackBytes), Is.EqualTo((0, 0)), $"{kernel.Name}: spills, stack");
                Assert.That(kernel.Registers, Is.LessThanOrEqualTo(ShippedKernels.RegisterLimit(kernel.Name)), $"{kernel.Name}: registers");
            }
        });
    }
}
