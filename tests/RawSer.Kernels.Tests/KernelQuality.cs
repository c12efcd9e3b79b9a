using System.Reflection;
using System.Text.RegularExpressions;
using RawSer.Gpu.Compiler;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>What shipped kernels must be: PTX without generic or local accesses and calls, machine code without spills and stack.</summary>
internal static class KernelQuality
{
    /// <summary>Checks all kernels that a class holds in static fields.</summary>
    /// <param name="holder">The class; a closed type if it is generic.</param>
    /// <param name="registers">Most registers of a thread.</param>
    /// <param name="multiplies">Smallest share of multiplications in the loop with the most of them.</param>
    public static void Check(Type holder, int registers, double multiplies = 0)
    {
        Kernel[] kernels = [.. holder.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Select(field => field.GetValue(null)).OfType<Kernel>()];
        Assert.That(kernels, Is.Not.Empty, $"kernels of {holder.Name}");
        RealAssembler? assembler = RealAssembler.Find();
        Assert.Multiple(() =>
        {
            foreach (Kernel kernel in kernels)
            {
                foreach (int sm in new[] { 70, 80, 90 })
                {
                    CompiledKernel compiled = KernelCompiler.Compile(kernel.Method, new KernelOptions { TargetSm = sm });
                    Assert.That(Regex.Matches(compiled.Ptx, @"\b(ld|st|atom|red)(\.volatile)?\.[busfv]\d").Select(match => match.Value), Is.Empty, $"{kernel.Name}: generic accesses");
                    Assert.That(compiled.Ptx, Does.Not.Contain(".local").And.Not.Contain("call"), kernel.Name);
                    Assert.That(compiled.Diagnostics, Is.Empty, kernel.Name);
                    if (assembler?.Assemble(compiled.Ptx, sm).Single() is { } assembled)
                    {
                        IReadOnlyList<SassInstruction> loop = assembled.MainLoop();
                        TestContext.Out.WriteLine(
                            $"sm_{sm} {kernel.Name}: {assembled.Registers} registers, {assembled.SharedBytes} bytes shared, {assembled.Instructions.Count} instructions,"
                            + $" {loop.Count} in the main loop, {AssembledKernel.Count(loop, "FFMA")} of them FFMA");
                        Assert.That((assembled.SpillBytes, assembled.StackBytes), Is.EqualTo((0, 0)), $"{kernel.Name} for sm_{sm}: spills, stack");
                        Assert.That(assembled.Registers, Is.LessThanOrEqualTo(registers), $"{kernel.Name} for sm_{sm}");
                        Assert.That(AssembledKernel.Count(loop, "FFMA"), Is.GreaterThanOrEqualTo(multiplies * loop.Count), $"{kernel.Name} for sm_{sm}: share of FFMA");
                    }
                }
            }
        });
        if (assembler is null)
        {
            TestContext.Out.WriteLine($"PTX only: {RealAssembler.Missing}");
        }
    }
}
