using System.Collections.Concurrent;
using RawSer.Gpu.Compiler;
using RawSer.Testing;

namespace RawSer.Kernels.Tests;

/// <summary>All kernels of the library, compiled and assembled once for all tests that ask about them.</summary>
internal static class ShippedKernels
{
    /// <summary>The targets that kernels are shipped for.</summary>
    public static readonly int[] Targets = [70, 80, 90];

    private const int KernelsOfAModule = 40; // one start of the assembler for many kernels

    /// <summary>Kernels that keep a tile of results in registers, by the beginning of their names, with the most that a thread may have:
    /// 256 threads of 128 fill half a multiprocessor, 128 threads of attention may have 200. All others stream memory, for which a
    /// multiprocessor needs many threads at once: 64.</summary>
    private static readonly (string Beginning, int Registers)[] Tiles =
    [
        ("TileProduct_", 128), ("TiledConvolution_", 128), ("TiledKernelGradient_", 128), ("OneChannelConvolution_", 128), ("DirectKernelGradient_", 128),
        ("MelKernels_", 128), ("DeviceAttention_Attend_", 200),
    ];

    private static readonly Lazy<IReadOnlyList<Kernel>> Found = new(() => KernelSearch.In(typeof(CudaBackend).Assembly));
    private static readonly ConcurrentDictionary<int, Lazy<IReadOnlyList<CompiledKernel>>> Compiled = new();
    private static readonly ConcurrentDictionary<int, Lazy<IReadOnlyDictionary<string, AssembledKernel>>> Assembled = new();

    public static IReadOnlyList<Kernel> All => Found.Value;

    public static int RegisterLimit(string kernel) => Tiles.FirstOrDefault(tile => kernel.StartsWith(tile.Beginning, StringComparison.Ordinal)) is { Registers: > 0 } tile ? tile.Registers : 64;

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
