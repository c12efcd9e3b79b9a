using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using RawSer.Gpu.Compiler;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>All kernels of the library, compiled and assembled once for all tests that ask about them.</summary>
internal static class ShippedKernels
{
    /// <summary>The targets that kernels are shipped for.</summary>
    public static readonly int[] Targets = [70, 80, 90];

    private const int KernelsOfAModule = 40; // one start of the assembler for many kernels

    /// <summary>
    /// Kernels that keep a tile of results in registers, by their names: the most registers that a thread may have, and the smallest share of
    /// multiplications in the main loop. 256 threads of 128 registers fill half a multiprocessor; what attention needs, docs/kernels.md says.
    /// All others stream memory, for which a multiprocessor needs many threads at once: 64.
    /// </summary>
    private static readonly (string Name, KernelLimits Limits)[] Tiles =
    [
        ("^TileProduct_Multiply_DeviceTile128_.*_ProductOutput_", new(128, 0.85)),
        ("^TileProduct_Multiply_DeviceTile128_.*_ImageOutput_", new(128, 0.81)),
        ("^TileProduct_Multiply_DeviceTile128_.*_KernelGradientOutput", new(128, 0.78)),
        ("^TileProduct_Multiply_DeviceTile64_.*_ProductOutput_", new(128, 0.78)),
        ("^TileProduct_Multiply_DeviceTile64_.*_ImageOutput_", new(128, 0.73)),
        ("^TileProduct_Multiply_DeviceTile64_.*_KernelGradientOutput", new(128, 0.65)),
        ("^TileProduct_Multiply_DeviceTile32_.*_ProductOutput_", new(96, 0.64)),
        ("^TileProduct_Multiply_DeviceTile32_.*_ImageOutput_", new(96, 0.58)),
        ("^TileProduct_Multiply_DeviceTile32_.*_KernelGradientOutput", new(96, 0.5)),
        ("^OneChannelConvolution_NineTaps_", new(64, 0.4)),
        ("^OneChannelConvolution_SixteenTaps_", new(80, 0.5)),
        ("^DirectKernelGradient_.*_FourOutputChannels_", new(120, 0)),
        ("^DeviceAttention_Attend_.*_Outputs32$", new(104, 0.21)),
        ("^DeviceAttention_Attend_.*_Outputs64$", new(128, 0.24)),
        ("^DeviceAttention_Attend_.*_Outputs96$", new(128, 0.26)),
        ("^DeviceAttention_Attend_.*_Outputs128$", new(152, 0.28)),
    ];

    private static readonly Lazy<IReadOnlyList<Kernel>> Found = new(() => KernelSearch.In(typeof(CudaBackend).Assembly));
    private static readonly ConcurrentDictionary<int, Lazy<IReadOnlyList<CompiledKernel>>> Compiled = new();
    private static readonly ConcurrentDictionary<int, Lazy<IReadOnlyDictionary<string, AssembledKernel>>> Assembled = new();

    public static IReadOnlyList<Kernel> All => Found.Value;

    public static KernelLimits Limits(string kernel) =>
        Tiles.Where(tile => Regex.IsMatch(kernel, tile.Name)).Select(tile => tile.Limits).FirstOrDefault(new KernelLimits(64, 0));

    public static IReadOnlyList<CompiledKernel> Compile(int sm) => Compiled.GetOrAdd(
        sm, static sm => new(() => [.. All.AsParallel().AsOrdered().Select(kernel => kernel.Compile(sm))])).Value;

    public static IReadOnlyDictionary<string, AssembledKernel> Assemble(RealAssembler assembler, int sm) => Assembled.GetOrAdd(
        sm,
        sm => new(() => Compile(sm).Chunk(KernelsOfAModule).AsParallel().SelectMany(part => assembler.Assemble(Module(part), sm)).ToDictionary(kernel => kernel.Name))).Value;

    /// <summary>Kernels in one text. Everything a kernel declares stands inside it, but for dynamic shared memory, which all share.</summary>
    private static string Module(CompiledKernel[] kernels)
    {
        int version = kernels.Max(kernel => kernel.PtxVersion);
        string[] texts = [.. kernels.Select(kernel => kernel.Ptx[kernel.Ptx.IndexOf(".address_size", StringComparison.Ordinal)..].Replace(".address_size 64", ""))];
        string[] externals = [.. texts.SelectMany(text => text.Split('\n').Where(line => line.StartsWith(".extern", StringComparison.Ordinal))).Distinct()];
        IEnumerable<string> bodies = texts.Select(text => text[text.IndexOf(".visible", StringComparison.Ordinal)..]);
        return $".version {version / 10}.{version % 10}\n.target sm_{kernels.Max(kernel => kernel.TargetSm)}\n.address_size 64\n{string.Join('\n', externals)}\n{string.Join('\n', bodies)}";
    }
}

/// <summary>What is asked of a kernel's machine code.</summary>
/// <param name="Registers">Most registers of a thread.</param>
/// <param name="Multiplies">Smallest share of FFMA in the instructions of the main loop.</param>
internal sealed record KernelLimits(int Registers, double Multiplies);
