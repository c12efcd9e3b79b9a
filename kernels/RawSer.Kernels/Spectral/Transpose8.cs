using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels.Spectral;

/// <summary>The transpose of 8 x 8 floats in registers (AVX).</summary>
internal static unsafe class Transpose8
{
    public static bool IsSupported => Avx.IsSupported;

    /// <summary>destination[i * destinationStride + r] = source[r * sourceStride + i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* source, int sourceStride, float* destination, int destinationStride)
    {
        long s = sourceStride;
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + s);
        Vector256<float> r2 = Vector256.Load(source + 2 * s), r3 = Vector256.Load(source + 3 * s);
        Vector256<float> r4 = Vector256.Load(source + 4 * s), r5 = Vector256.Load(source + 5 * s);
        Vector256<float> r6 = Vector256.Load(source + 6 * s), r7 = Vector256.Load(source + 7 * s);

        Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);

        Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xEE), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xEE);
        Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xEE), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xEE);

        long d = destinationStride;
        Avx.Permute2x128(b0, b4, 0x20).Store(destination);
        Avx.Permute2x128(b1, b5, 0x20).Store(destination + d);
        Avx.Permute2x128(b2, b6, 0x20).Store(destination + 2 * d);
        Avx.Permute2x128(b3, b7, 0x20).Store(destination + 3 * d);
        Avx.Permute2x128(b0, b4, 0x31).Store(destination + 4 * d);
        Avx.Permute2x128(b1, b5, 0x31).Store(destination + 5 * d);
        Avx.Permute2x128(b2, b6, 0x31).Store(destination + 6 * d);
        Avx.Permute2x128(b3, b7, 0x31).Store(destination + 7 * d);
    }
}
