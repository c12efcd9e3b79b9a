using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RawSer.Kernels;

/// <summary>
/// Packing of matrix operands into panels: <c>width</c> lines (rows of the left or columns of the right operand) side by side, so
/// that a tile reads memory in order. Panel p holds lines p*width to p*width+width-1 as [depth][width]; lines beyond the end are zero.
/// </summary>
internal static unsafe class Panels
{
    /// <summary>Longest inner dimension that is multiplied at a time, so that a panel stays in the second-level cache.</summary>
    public const int MaxDepth = 512;

    private const int WidestPanel = 48;

    // One table of row offsets per panel width: k * width for k < MaxDepth.
    private static readonly int* s_rows = BuildRows();

    /// <summary>Offsets of the rows of a packed panel, for <see cref="ITile.Multiply"/>.</summary>
    public static int* Rows(int width) => s_rows + (width * MaxDepth);

    /// <summary>
    /// Packs <paramref name="lines"/> lines of one panel; element (line, k) is at <c>source[line * lineStride + k * depthStride]</c>.
    /// </summary>
    public static void Pack(float* source, nint lineStride, nint depthStride, int lines, int depth, int width, float* panel)
    {
        if (lines < width)
        {
            new Span<float>(panel, depth * width).Clear();
        }

        Interleave(source, lineStride, depthStride, lines, depth, width, panel);
    }

    /// <summary>The same without touching the places of missing lines.</summary>
    public static void Interleave(float* source, nint lineStride, nint depthStride, int lines, int depth, int width, float* panel)
    {
        int line = 0;
        if (width == 1 && depthStride == 1)
        {
            Buffer.MemoryCopy(source, panel, depth * sizeof(float), depth * sizeof(float));
            return;
        }

        if (lineStride == 1)
        {
            CopyRows(source, depthStride, lines, depth, width, panel);
            return;
        }

        if (depthStride == 1 && Avx.IsSupported)
        {
            for (; line <= lines - 8; line += 8)
            {
                Transpose8(source + (line * lineStride), lineStride, depth, width, panel + line);
            }
        }

        if (depthStride == 1 && Sse.IsSupported)
        {
            for (; line <= lines - 4; line += 4)
            {
                Transpose4(source + (line * lineStride), lineStride, depth, width, panel + line);
            }
        }

        for (; line < lines; line++)
        {
            float* from = source + (line * lineStride);
            for (nint k = 0; k < depth; k++)
            {
                panel[(k * width) + line] = from[k * depthStride];
            }
        }
    }

    /// <summary>Lines next to each other in the source: each k is a row to copy.</summary>
    private static void CopyRows(float* source, nint depthStride, int lines, int depth, int width, float* panel)
    {
        if (lines == WidestPanel && Vector512.IsHardwareAccelerated)
        {
            for (int k = 0; k < depth; k++, source += depthStride, panel += WidestPanel)
            {
                Vector512<float> v0 = Vector512.Load(source), v1 = Vector512.Load(source + 16), v2 = Vector512.Load(source + 32);
                v0.Store(panel);
                v1.Store(panel + 16);
                v2.Store(panel + 32);
            }
        }
        else if (lines == 8 && Vector256.IsHardwareAccelerated)
        {
            for (int k = 0; k < depth; k++, source += depthStride, panel += width)
            {
                Vector256.Load(source).Store(panel);
            }
        }
        else
        {
            for (int k = 0; k < depth; k++, source += depthStride, panel += width)
            {
                Buffer.MemoryCopy(source, panel, lines * sizeof(float), lines * sizeof(float));
            }
        }
    }

    /// <summary>8 lines with their elements next to each other: transposed in registers, 8 x 8 at a time.</summary>
    private static void Transpose8(float* source, nint stride, int depth, int width, float* panel)
    {
        int k = 0;
        for (; k <= depth - 8; k += 8, source += 8)
        {
            Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + stride);
            Vector256<float> r2 = Vector256.Load(source + (2 * stride)), r3 = Vector256.Load(source + (3 * stride));
            Vector256<float> r4 = Vector256.Load(source + (4 * stride)), r5 = Vector256.Load(source + (5 * stride));
            Vector256<float> r6 = Vector256.Load(source + (6 * stride)), r7 = Vector256.Load(source + (7 * stride));

            Vector256<float> s0 = Avx.UnpackLow(r0, r1), s1 = Avx.UnpackHigh(r0, r1);
            Vector256<float> s2 = Avx.UnpackLow(r2, r3), s3 = Avx.UnpackHigh(r2, r3);
            Vector256<float> s4 = Avx.UnpackLow(r4, r5), s5 = Avx.UnpackHigh(r4, r5);
            Vector256<float> s6 = Avx.UnpackLow(r6, r7), s7 = Avx.UnpackHigh(r6, r7);

            r0 = Avx.Shuffle(s0, s2, 0x44);
            r1 = Avx.Shuffle(s0, s2, 0xEE);
            r2 = Avx.Shuffle(s1, s3, 0x44);
            r3 = Avx.Shuffle(s1, s3, 0xEE);
            r4 = Avx.Shuffle(s4, s6, 0x44);
            r5 = Avx.Shuffle(s4, s6, 0xEE);
            r6 = Avx.Shuffle(s5, s7, 0x44);
            r7 = Avx.Shuffle(s5, s7, 0xEE);

            float* to = panel + (k * (nint)width);
            Avx.Permute2x128(r0, r4, 0x20).Store(to);
            Avx.Permute2x128(r1, r5, 0x20).Store(to + width);
            Avx.Permute2x128(r2, r6, 0x20).Store(to + (2 * width));
            Avx.Permute2x128(r3, r7, 0x20).Store(to + (3 * width));
            Avx.Permute2x128(r0, r4, 0x31).Store(to + (4 * width));
            Avx.Permute2x128(r1, r5, 0x31).Store(to + (5 * width));
            Avx.Permute2x128(r2, r6, 0x31).Store(to + (6 * width));
            Avx.Permute2x128(r3, r7, 0x31).Store(to + (7 * width));
        }

        TransposeRest(source, stride, 8, depth - k, width, panel + (k * (nint)width));
    }

    /// <summary>The same for 4 lines.</summary>
    private static void Transpose4(float* source, nint stride, int depth, int width, float* panel)
    {
        int k = 0;
        for (; k <= depth - 4; k += 4, source += 4)
        {
            Vector128<float> r0 = Vector128.Load(source), r1 = Vector128.Load(source + stride);
            Vector128<float> r2 = Vector128.Load(source + (2 * stride)), r3 = Vector128.Load(source + (3 * stride));
            Vector128<float> s0 = Sse.UnpackLow(r0, r1), s1 = Sse.UnpackHigh(r0, r1);
            Vector128<float> s2 = Sse.UnpackLow(r2, r3), s3 = Sse.UnpackHigh(r2, r3);
            float* to = panel + (k * (nint)width);
            Sse.Shuffle(s0, s2, 0x44).Store(to);
            Sse.Shuffle(s0, s2, 0xEE).Store(to + width);
            Sse.Shuffle(s1, s3, 0x44).Store(to + (2 * width));
            Sse.Shuffle(s1, s3, 0xEE).Store(to + (3 * width));
        }

        TransposeRest(source, stride, 4, depth - k, width, panel + (k * (nint)width));
    }

    private static void TransposeRest(float* source, nint stride, int lines, int depth, int width, float* panel)
    {
        for (int k = 0; k < depth; k++)
        {
            for (int line = 0; line < lines; line++)
            {
                panel[(k * (nint)width) + line] = source[(line * stride) + k];
            }
        }
    }

    private static int* BuildRows()
    {
        int* rows = (int*)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(Panels), (WidestPanel + 1) * MaxDepth * sizeof(int));
        for (int width = 0; width <= WidestPanel; width++)
        {
            for (int k = 0; k < MaxDepth; k++)
            {
                rows[(width * MaxDepth) + k] = k * width;
            }
        }

        return rows;
    }
}
