namespace RawSer.Kernels;

/// <summary>How a product is cut for a device.</summary>
/// <param name="Extent">Rows and columns of a tile: 128, 64 or 32.</param>
/// <param name="DepthPerPart">Places of the sums that one block adds up, a multiple of <see cref="TileProduct.Depth"/>.</param>
internal readonly record struct TilePlan(int Extent, int DepthPerPart)
{
    private const int MinDepthPerPart = 64;
    private const int MaxParts = 64;

    // A rough model of a multiprocessor, to compare plans with: in cycles and bytes.
    private const double ProductsPerCycle = 128;
    private const double BytesPerCycle = 20;
    private const double BlockCycles = 800;
    private const double LaunchCycles = 3000;

    /// <summary>Places of the sums in parts that a second launch adds up; 1 when there is none.</summary>
    public int Parts(int depth) => Count(depth, DepthPerPart);

    /// <summary>
    /// The plan that should take least time: large tiles read least, small ones and sums cut into parts keep all multiprocessors of the
    /// device busy. A function of its arguments alone, so that results are.
    /// </summary>
    public static TilePlan Choose(int rows, int columns, int depth, int products, int multiprocessors, int mostParts = MaxParts)
    {
        TilePlan best = default;
        double least = double.PositiveInfinity;
        for (int extent = 128; extent >= 32; extent /= 2)
        {
            for (int parts = 1; parts <= mostParts && (parts == 1 || depth / parts >= MinDepthPerPart); parts *= 2)
            {
                TilePlan plan = new(extent, Count(Count(depth, parts), TileProduct.Depth) * TileProduct.Depth);
                double cycles = plan.Cycles(rows, columns, depth, products, multiprocessors);
                if (cycles < least)
                {
                    (best, least) = (plan, cycles);
                }
            }
        }

        return best;
    }

    /// <summary>Groups of a size that hold a number of things.</summary>
    public static int Count(int things, int size) => (int)(((long)things + size - 1) / size);

    private double Cycles(int rows, int columns, int depth, int products, int multiprocessors)
    {
        double efficiency = Extent == 128 ? 1 : Extent == 64 ? 0.8 : 0.5;
        double blocks = (double)Count(rows, Extent) * Count(columns, Extent) * products * Parts(depth);
        double blockCycles = BlockCycles + ((double)Extent * Extent * DepthPerPart / (ProductsPerCycle * efficiency));
        double cycles = Math.Ceiling(blocks / multiprocessors) * blockCycles;
        if (Parts(depth) > 1)
        {
            double elements = ((2.0 * Parts(depth)) + 1) * rows * columns * products;
            cycles += LaunchCycles + (elements * sizeof(float) / (BytesPerCycle * multiprocessors));
        }

        return cycles;
    }
}
