using System.Text.RegularExpressions;
using RawSer.Gpu.Compiler;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>What every kernel of the library must be, as text and as machine code, without its author having to ask.</summary>
[Category("OneInstructionSet")]
internal sealed partial class ShippedKernelTests
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
                Assert.That(GenericAccess().Matches(kernel.Ptx).Select(match => match.Value), Is.Empty, $"{kernel.Name}: generic accesses");
                Assert.That(kernel.Ptx, Does.Not.Contain(".local").And.Not.Match(@"\bcall\b"), kernel.Name);
                Assert.That(kernel.Diagnostics, Is.Empty, kernel.Name);
                Assert.That(kernel.TargetSm, Is.LessThanOrEqualTo(sm), kernel.Name);
            }
        });
    }

    /// <summary>
    /// 128 bits at a time: all that a product reads from shared memory, all that a thread of an elementwise kernel over dense tensors reads and
    /// writes (but for the last three elements, which are another block's path), and at least some where a kernel is made for quads.
    /// </summary>
    [Test]
    public void Products_and_dense_kernels_access_memory_by_128_bits()
    {
        Assert.That(GenericAccess().Matches("@%p1 atom.add.f32 %f1, [%rd1], %f2;\nld.volatile.f32 %f1, [%rd1];\nld.global.nc.v4.f32 {%f1}, [%rd1];"), Has.Count.EqualTo(2));
        int products = 0, maps = 0, quads = 0;
        Assert.Multiple(() =>
        {
            foreach (CompiledKernel kernel in ShippedKernels.Compile(KernelTable.Sm))
            {
                if (kernel.Name.StartsWith("TileProduct_", StringComparison.Ordinal))
                {
                    products++;
                    Assert.That(Accesses(kernel.Ptx, "ld", "shared"), Is.Not.Empty.And.All.Contains(".v4."), kernel.Name);
                }
                else if (Regex.IsMatch(kernel.Name, "^MapKernels_.*_Dense$"))
                {
                    maps++;
                    Assert.That(
                        StraightPieces().Split(kernel.Ptx), Has.Some.Matches<string>(piece => Accesses(piece, "(ld|st)", "global") is { Count: > 1 } all && all.All(access => access.Contains(".v4."))),
                        $"{kernel.Name}: no path whose accesses all have four elements");
                }
                else if (Regex.IsMatch(kernel.Name, "FourFloats|Quad|^UpdateKernels_|^NormKernels_.*_OfParts|^ScaleToNorm|_Float4_"))
                {
                    quads++;
                    Assert.That(Accesses(kernel.Ptx, "(ld|st)", "global"), Has.Some.Contains(".v4.f32"), kernel.Name);
                }
            }
        });
        Assert.That(new[] { products, maps, quads }, Is.All.GreaterThan(20), "kernels of each kind");
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
                KernelLimits limits = ShippedKernels.Limits(kernel.Name);
                Assert.That(kernel.Registers, Is.LessThanOrEqualTo(limits.Registers), $"{kernel.Name}: registers");
                if (limits.Multiplies > 0)
                {
                    IReadOnlyList<SassInstruction> loop = kernel.MainLoop();
                    Assert.That(AssembledKernel.Count(loop, "FFMA"), Is.GreaterThanOrEqualTo(limits.Multiplies * loop.Count).And.Positive, $"{kernel.Name}: FFMA among {loop.Count} instructions");
                    bool isProduct = kernel.Name.StartsWith("TileProduct_", StringComparison.Ordinal);
                    Assert.That(!isProduct || AssembledKernel.Count(loop, "LDS.128") == AssembledKernel.Count(loop, "LDS"), $"{kernel.Name}: shared loads of less than 128 bits");
                }
            }
        });
    }

    /// <summary>
    /// A second of processor time, whatever else the machine does, where BENCHMARKS.md has less than a twentieth of it; how it grows with the kernel
    /// is CompileGrowthTests' matter.
    /// </summary>
    [Test]
    public void The_largest_kernel_compiles_within_a_second()
    {
        CompiledKernel largest = ShippedKernels.Compile(80).MaxBy(kernel => kernel.Statistics.Instructions)!;
        Kernel kernel = ShippedKernels.All.Single(kernel => kernel.Name == largest.Name);
        double best = double.PositiveInfinity;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            kernel.Compile(80);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }

        Assert.That(best, Is.LessThan(1000), kernel.Name);
    }

    /// <summary>A load, store or atomic operation that does not name its state space.</summary>
    [GeneratedRegex(@"\b(ld|st|atom|red)\.(?![\w.]*\b(global|shared|param|const)\b)[\w.]+")]
    private static partial Regex GenericAccess();

    /// <summary>What stands between labels.</summary>
    [GeneratedRegex(@"^\w+:", RegexOptions.Multiline)]
    private static partial Regex StraightPieces();

    private static List<string> Accesses(string ptx, string opcode, string space) => [.. Regex.Matches(ptx, $@"\b{opcode}\.{space}[\w.]* ").Select(match => match.Value)];
}
