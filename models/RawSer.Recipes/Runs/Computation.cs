using System.Globalization;
using System.Runtime.Intrinsics;

namespace RawSer.Recipes.Runs;

/// <summary>
/// What the bits of a result depend on besides weights and inputs. It is part of the names under which results are kept, so that what is read is what would be
/// computed, and a run that is judged again gives the same numbers.
/// </summary>
internal static class Computation
{
    // Goes up with kernels whose sums have another order. 2: packed convolutions, by Winograd where the processor has vectors.
    private const int Kernels = 2;

    /// <summary>The version of the kernels, the device, and the width of the processor's vectors, by which it chooses kernels.</summary>
    public static string Of(Device device) => string.Create(CultureInfo.InvariantCulture, $"kernels {Kernels} {device.Name} {VectorBits}");

    private static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;
}
