using System.Globalization;
using RawSer.Gpu;
using RawSer.Gpu.Compiler;

namespace RawSer.Cli.Commands;

/// <summary>How much of a multiprocessor a launch of a kernel fills, as far as that is known without the real assembler.</summary>
/// <param name="BlocksPerMultiprocessor">Blocks that it holds at once; 0 where one is too large.</param>
/// <param name="Limit">What keeps it from holding more.</param>
/// <param name="Threads">Their threads as a share of what it can hold.</param>
internal sealed record LaunchOccupancy(int BlocksPerMultiprocessor, string Limit, double Threads)
{
    private const int MostThreads = 2048;
    private const int MostBlocks = 32;
    private const int Registers = 65536;
    private const int RegisterUnit = 256; // of a warp

    /// <summary>BLOCKS,THREADS or BLOCKS,THREADS,BYTES: a launch in one dimension with dynamic shared memory; null if it is none.</summary>
    public static LaunchShape? Parse(string text)
    {
        string[] parts = text.Split(',');
        int[] numbers = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        return parts.Length is 2 or 3 && numbers[0] > 0 && numbers[1] is > 0 and <= 1024 && numbers[^1] >= 0
            ? new LaunchShape(numbers[0], numbers[1], parts.Length == 3 ? numbers[2] : 0)
            : null;
    }

    /// <param name="kernel">The kernel, with the registers that the compiler estimates.</param>
    /// <param name="shape">The launch.</param>
    /// <param name="sm">70, 80 or 90.</param>
    public static LaunchOccupancy Of(CompiledKernel kernel, LaunchShape shape, int sm)
    {
        int warps = ((int)shape.Block.Count + 31) / 32, sharedOfAll = sm >= 90 ? 228 * 1024 : sm >= 80 ? 164 * 1024 : 96 * 1024;
        int ofSystem = sm >= 80 ? 1024 : 0; // shared memory of each block that is the system's
        int registersOfWarp = ((kernel.Statistics.EstimatedRegisters * 32) + RegisterUnit - 1) / RegisterUnit * RegisterUnit;
        int shared = kernel.SharedBytes + shape.DynamicSharedBytes + ofSystem;
        (int Blocks, string Name)[] limits =
        [
            (MostThreads / (warps * 32), "threads"),
            (MostBlocks, "blocks"),
            (Registers / Math.Max(1, registersOfWarp * warps), "estimated registers"),
            (sharedOfAll / Math.Max(1, shared), "shared memory"),
        ];
        (int blocks, string name) = limits.MinBy(limit => limit.Blocks);
        return new LaunchOccupancy(blocks, name, blocks * warps * 32.0 / MostThreads);
    }
}
