namespace RawSer.Kernels;

/// <summary>
/// 3 x 3 kernels g as <c>U = G g G^T</c>, 4 x 4 values each, for <see cref="Winograd{TTile, V}"/>: per value and per panel of <c>Rows</c> output
/// channels a left operand [channels][Rows] of the tile.
/// </summary>
internal static unsafe class WinogradKernels
{
    /// <summary>Values of a transformed kernel or patch.</summary>
    public const int Values = 16;

    private const int Taps = 9;

    /// <summary>Packs dense kernels (O, C, 3, 3).</summary>
    public static PackedConvolution Pack<TTile>(float* w, int outputs, int channels) where TTile : ITile
    {
        int panels = (outputs + TTile.Rows - 1) / TTile.Rows;
        Storage storage = HostMemoryPool.Shared.Allocate((long)panels * Values * channels * TTile.Rows * sizeof(float));
        WorkerPool.Shared.Run(panels, new Panel<TTile>(w, (float*)storage.Address, panels, outputs, channels));
        return new PackedConvolution(storage, outputs, channels);
    }

    private readonly struct Panel<TTile>(float* w, float* packed, int panels, int outputs, int channels) : IParallelBody where TTile : ITile
    {
        public void Invoke(int index)
        {
            nint size = (nint)channels * TTile.Rows;
            float* u = stackalloc float[Values];
            float* panel = packed + (index * size);
            for (int i = 0; i < TTile.Rows; i++)
            {
                int o = (index * TTile.Rows) + i;
                for (int c = 0; c < channels; c++)
                {
                    if (o < outputs)
                    {
                        Transform(w + ((((nint)o * channels) + c) * Taps), u);
                    }
                    else
                    {
                        new Span<float>(u, Values).Clear();
                    }

                    for (int xi = 0; xi < Values; xi++)
                    {
                        panel[(xi * panels * size) + (c * TTile.Rows) + i] = u[xi];
                    }
                }
            }
        }
    }

    /// <summary>G = (1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1).</summary>
    private static void Transform(float* g, float* u)
    {
        float* half = stackalloc float[12]; // G g, 4 x 3
        for (int j = 0; j < 3; j++)
        {
            float top = g[j], middle = g[3 + j], bottom = g[6 + j];
            half[j] = top;
            half[3 + j] = 0.5f * (top + middle + bottom);
            half[6 + j] = 0.5f * (top - middle + bottom);
            half[9 + j] = bottom;
        }

        for (int i = 0; i < 4; i++)
        {
            float left = half[3 * i], middle = half[(3 * i) + 1], right = half[(3 * i) + 2];
            u[4 * i] = left;
            u[(4 * i) + 1] = 0.5f * (left + middle + right);
            u[(4 * i) + 2] = 0.5f * (left - middle + right);
            u[(4 * i) + 3] = right;
        }
    }
}
