using System.Diagnostics;
using RawSer.Gpu.Compiler;
using RawSer.Testing;

namespace RawSer.Gpu.Tests.Compiler;

/// <summary>
/// Six kernels by this compiler and, from CUDA C, by clang: the same assembler makes machine code of both texts for sm_80. What counts is
/// instructions of the main loop for the same work, since the assembler may take several rounds together, and registers.
/// </summary>
public sealed class CompilerComparisonTests
{
    private const int Sm = 80;
    private const double Allowance = 1.1; // of clang's

    private const string NoClang = "clang-16 is not at hand; bench/install-clang.sh fetches it";

    private static readonly Lazy<IReadOnlyDictionary<string, AssembledKernel>?> s_theirs = new(() =>
        RealAssembler.Find() is { } assembler && FindClang() is { } clang ? assembler.Assemble(CompileCuda(clang), Sm).ToDictionary(kernel => kernel.Name) : null);

    /// <param name="name">The kernel.</param>
    /// <param name="unit">The instruction that measures the work of a loop.</param>
    [TestCase("Axpy", "LDG")]
    [TestCase("Moments", "FFMA")]
    [TestCase("Filter", "FFMA")]
    [TestCase("Counters", "STG")]
    [TestCase("Transpose", "LDS")]
    [TestCase("Tile", "FFMA")]
    public void MachineCodeIsAsShortAsClangs(string name, string unit)
    {
        if (RealAssembler.Find() is not { } assembler || s_theirs.Value is not { } all)
        {
            Assert.Ignore(RealAssembler.Find() is null ? RealAssembler.Missing : NoClang);
            return;
        }

        CompiledKernel compiled = name == "Tile"
            ? Ptx.Compile(typeof(TileQualityTests), "Tile128", new KernelOptions { TargetSm = Sm })
            : Ptx.Compile(typeof(ComparedKernels), name, new KernelOptions { TargetSm = Sm });
        AssembledKernel ours = assembler.Assemble(compiled.Ptx, Sm).Single(), theirs = all[name];
        var (loop, loopOfTheirs) = (ours.MainLoop(unit), theirs.MainLoop(unit));
        var (work, workOfTheirs) = (AssembledKernel.Count(loop, unit), AssembledKernel.Count(loopOfTheirs, unit));
        TestContext.Out.WriteLine($"| {name} | {loop.Count} for {work} {unit} | {loopOfTheirs.Count} for {workOfTheirs} {unit} | {ours.Registers} | {theirs.Registers} |");
        Assert.Multiple(() =>
        {
            Assert.That((work, workOfTheirs), Is.Not.EqualTo((0, 0)), "main loops");
            Assert.That((double)loop.Count / work, Is.LessThanOrEqualTo(Allowance * loopOfTheirs.Count / workOfTheirs), "instructions of the main loop for the same work");
            Assert.That(ours.Registers, Is.LessThanOrEqualTo(Allowance * theirs.Registers), "registers");
        });
    }

    private static string? FindClang()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string fetched = Path.Combine(folder.FullName, "artifacts", "clang", "clang");
            if (File.Exists(fetched))
            {
                return fetched;
            }
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "clang-16")).FirstOrDefault(File.Exists);
    }

    private static string CompileCuda(string clang)
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Cuda", "kernels.cu");
        using Process process = Process.Start(new ProcessStartInfo(
            clang,
            ["-x", "cuda", "--cuda-device-only", $"--cuda-gpu-arch=sm_{Sm}", "--cuda-feature=+ptx78", "-nocudainc", "-nocudalib", "-O3", "-S", source, "-o", "-"])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"clang: {errors.Result}");
    }
}
