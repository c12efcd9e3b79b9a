namespace RawSer.Gpu;

/// <summary>Three extents of a grid (in blocks) or a block (in threads).</summary>
/// <param name="X">Fastest extent.</param>
/// <param name="Y">Second extent.</param>
/// <param name="Z">Slowest extent.</param>
public readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    /// <summary>Product of the extents.</summary>
    public long Count => (long)X * Y * Z;

    /// <summary>(x, 1, 1).</summary>
    public static implicit operator Dim3(int x) => new(x);

    /// <summary>(x, y, 1).</summary>
    public static implicit operator Dim3((int X, int Y) extents) => new(extents.X, extents.Y);

    /// <summary>(x, y, z).</summary>
    public static implicit operator Dim3((int X, int Y, int Z) extents) => new(extents.X, extents.Y, extents.Z);

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}

/// <summary>Size of a launch.</summary>
/// <param name="Grid">Blocks.</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="DynamicSharedBytes">Shared memory beyond the kernel's static variables, in bytes.</param>
public readonly record struct LaunchShape(Dim3 Grid, Dim3 Block, int DynamicSharedBytes = 0);
