using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>How many inputs each output of a weight sums over, and how many outputs each input feeds: what variance-scaling initialisers divide by.</summary>
public readonly record struct Fans(double In, double Out)
{
    /// <summary>Fans of a matrix product from <paramref name="inputs"/> to <paramref name="outputs"/> features.</summary>
    public static Fans Linear(int inputs, int outputs) => new(inputs, outputs);

    /// <summary>
    /// Fans of a convolution weight in PyTorch layout (output channels, input channels per group, kernel extents ...), or of any weight whose
    /// first dimension is the output: <c>in = inputs * receptive field</c>, <c>out = outputs * receptive field</c>.
    /// </summary>
    public static Fans Convolution(Shape weight)
    {
        double receptive = 1;
        for (int d = 2; d < weight.Rank; d++)
        {
            receptive *= weight[d];
        }

        return new Fans(weight[1] * receptive, weight[0] * receptive);
    }

    /// <summary>
    /// Fans by the rule of Keras for a kernel in its layout: the last two dimensions are inputs and outputs, all before them count as receptive
    /// field (<c>keras.initializers.compute_fans</c>). A kernel of rank 3 is treated so even when it is that of an EinsumDense layer: the query
    /// kernel (128, 4, 32) of an attention with 4 heads has fans (128*4, 128*32), not (128, 128).
    /// </summary>
    public static Fans Keras(Shape kernel)
    {
        if (kernel.Rank < 2)
        {
            double n = kernel.Rank == 1 ? kernel[0] : 1;
            return new Fans(n, n);
        }

        double receptive = 1;
        for (int d = 0; d < kernel.Rank - 2; d++)
        {
            receptive *= kernel[d];
        }

        return new Fans(kernel[-2] * receptive, kernel[-1] * receptive);
    }
}
