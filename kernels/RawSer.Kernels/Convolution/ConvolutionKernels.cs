namespace RawSer.Kernels;

/// <summary>
/// Packing of convolution kernels w (O, C / groups, KH, KW) as left operands of tiles: per group, panels of Rows output channels as
/// [depth][Rows], the depth running over (input channel, tap) as the windows' offsets do.
/// </summary>
internal static unsafe class ConvolutionKernels
{
    /// <summary>
    /// For the forward pass: rows are output channels, the depth of a row is dense in w. A bias, if there is one, ends the depth: it
    /// multiplies ones.
    /// </summary>
    public static float* PackForward<TTile>(float* w, float* bias, nint biasStride, int groups, int outputs, int depth) where TTile : ITile
    {
        int panels = (outputs + TTile.Rows - 1) / TTile.Rows;
        float* packed = Allocate(groups, panels, depth + (bias is null ? 0 : 1), TTile.Rows);
        ForwardBody<TTile> body = new(w, bias, biasStride, packed, groups, outputs, depth);
        WorkerPool.Shared.Run(WorkerPool.PartCount((long)groups * panels, PanelsPerPart(depth, TTile.Rows)), body);
        return packed;
    }

    /// <summary>For the gradient of the input: rows are input channels, the depth runs over (output channel, taps of the two windows).</summary>
    public static float* PackBackward<TTile>(float* w, int groups, int outputs, int channels, int kernelH, int kernelW, WindowAxis h, WindowAxis v) where TTile : ITile
    {
        int panels = (channels + TTile.Rows - 1) / TTile.Rows, depth = outputs * h.Taps.Length * v.Taps.Length;
        float* packed = Allocate(groups, panels, depth, TTile.Rows);
        int[] taps = [.. h.Taps.SelectMany(kh => v.Taps, (kh, kw) => (kh * kernelW) + kw)];
        BackwardBody<TTile> body = new(w, packed, groups, outputs, channels, kernelH * kernelW, taps);
        WorkerPool.Shared.Run(WorkerPool.PartCount((long)groups * panels, PanelsPerPart(depth, TTile.Rows)), body);
        return packed;
    }

    private static float* Allocate(int groups, int panels, int depth, int rows) =>
        ThreadScratch.Floats(ThreadScratch.Use.Shared, (long)groups * panels * depth * rows);

    private static int PanelsPerPart(int depth, int rows) => Math.Max(1, WorkerPool.Grain / Math.Max(1, depth * rows));

    private readonly struct ForwardBody<TTile>(float* w, float* bias, nint biasStride, float* packed, int groups, int outputs, int depth) : IParallelBody
        where TTile : ITile
    {
        public void Invoke(int index)
        {
            int panels = (outputs + TTile.Rows - 1) / TTile.Rows, each = PanelsPerPart(depth, TTile.Rows);
            for (int i = index * each; i < Math.Min((index + 1) * each, groups * panels); i++)
            {
                int first = i % panels * TTile.Rows, channel = (i / panels * outputs) + first, lines = Math.Min(TTile.Rows, outputs - first);
                float* panel = packed + ((nint)i * (depth + (bias is null ? 0 : 1)) * TTile.Rows);
                Panels.Pack(w + ((nint)channel * depth), depth, 1, lines, depth, TTile.Rows, panel);
                if (bias is not null)
                {
                    Panels.Pack(bias + (channel * biasStride), biasStride, 0, lines, 1, TTile.Rows, panel + ((nint)depth * TTile.Rows));
                }
            }
        }
    }

    private readonly struct BackwardBody<TTile>(float* w, float* packed, int groups, int outputs, int channels, int kernelSize, int[] taps) : IParallelBody where TTile : ITile
    {
        public void Invoke(int index)
        {
            int panels = (channels + TTile.Rows - 1) / TTile.Rows, each = PanelsPerPart(outputs * taps.Length, TTile.Rows);
            for (int i = index * each; i < Math.Min((index + 1) * each, groups * panels); i++)
            {
                int first = i % panels * TTile.Rows, lines = Math.Min(TTile.Rows, channels - first);
                float* to = packed + ((nint)i * outputs * taps.Length * TTile.Rows);
                for (int o = 0; o < outputs; o++, to += taps.Length * TTile.Rows)
                {
                    float* from = w + ((((nint)(i / panels * outputs) + o) * channels) + first) * kernelSize;
                    if (taps.Length == kernelSize)
                    {
                        Panels.Pack(from, kernelSize, 1, lines, kernelSize, TTile.Rows, to);
                        continue;
                    }

                    for (int t = 0; t < taps.Length; t++)
                    {
                        Panels.Pack(from + taps[t], kernelSize, 1, lines, 1, TTile.Rows, to + (t * TTile.Rows));
                    }
                }
            }
        }
    }
}
