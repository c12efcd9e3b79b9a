namespace RawSer.Gpu.Dialect;

/// <summary>Dynamic shared memory of a launch.</summary>
/// <param name="numElements">Number of elements.</param>
/// <param name="elementSize">Bytes of an element.</param>
public readonly struct SharedMemoryConfig(int numElements, int elementSize)
{
    /// <summary>None.</summary>
    public static readonly SharedMemoryConfig Empty;

    /// <summary>Number of elements.</summary>
    public int NumElements { get; } = numElements;

    /// <summary>Bytes of an element.</summary>
    public int ElementSize { get; } = elementSize;

    /// <summary>Bytes.</summary>
    public int ArraySize => NumElements * ElementSize;

    /// <summary>Whether there is some.</summary>
    public bool UsesDynamicSharedMemory => NumElements > 0;

    /// <summary>Room for so many T.</summary>
    public static SharedMemoryConfig RequestDynamic<T>(int numElements) where T : unmanaged => new(numElements, Interop.SizeOf<T>());
}

/// <summary>Size of a launch in the dialect's terms; it converts to <see cref="LaunchShape"/>.</summary>
public readonly struct KernelConfig : IIndex
{
    /// <summary>Blocks and threads of a block.</summary>
    public KernelConfig(Index3D gridDim, Index3D groupDim, SharedMemoryConfig sharedMemoryConfig)
    {
        GridDim = gridDim;
        GroupDim = groupDim;
        SharedMemoryConfig = sharedMemoryConfig;
    }

    /// <summary>Blocks and threads of a block.</summary>
    public KernelConfig(Index3D gridDim, Index3D groupDim)
        : this(gridDim, groupDim, SharedMemoryConfig.Empty)
    {
    }

    /// <summary>Blocks and threads of a block.</summary>
    public KernelConfig(Index2D gridDim, Index2D groupDim)
        : this(gridDim, groupDim, SharedMemoryConfig.Empty)
    {
    }

    /// <summary>Blocks and threads of a block.</summary>
    public KernelConfig(Index2D gridDim, Index2D groupDim, SharedMemoryConfig sharedMemoryConfig)
        : this(new Index3D(gridDim, 1), new Index3D(groupDim, 1), sharedMemoryConfig)
    {
    }

    /// <summary>Blocks and threads of a block.</summary>
    public KernelConfig(Index1D gridDim, Index1D groupDim)
        : this(gridDim, groupDim, SharedMemoryConfig.Empty)
    {
    }

    /// <summary>Blocks and threads of a block.</summary>
    public KernelConfig(Index1D gridDim, Index1D groupDim, SharedMemoryConfig sharedMemoryConfig)
        : this(new Index3D(gridDim.X, 1, 1), new Index3D(groupDim.X, 1, 1), sharedMemoryConfig)
    {
    }

    /// <summary>Blocks and threads of a block.</summary>
    public KernelConfig(int gridDimX, int gridDimY, int gridDimZ, int groupDimX, int groupDimY, int groupDimZ)
        : this(new Index3D(gridDimX, gridDimY, gridDimZ), new Index3D(groupDimX, groupDimY, groupDimZ))
    {
    }

    /// <inheritdoc/>
    public IndexType IndexType => IndexType.KernelConfig;

    /// <summary>Blocks.</summary>
    public Index3D GridDim { get; }

    /// <summary>Threads of a block.</summary>
    public Index3D GroupDim { get; }

    /// <summary>Dynamic shared memory.</summary>
    public SharedMemoryConfig SharedMemoryConfig { get; }

    /// <summary>Whether there is dynamic shared memory.</summary>
    public bool UsesDynamicSharedMemory => SharedMemoryConfig.UsesDynamicSharedMemory;

    /// <summary>Whether all extents are positive.</summary>
    public bool IsValid => Index3D.One.InBoundsInclusive(GridDim) && Index3D.One.InBoundsInclusive(GroupDim);

    /// <summary>Threads of the grid.</summary>
    public long Size => GridDim.LongSize * GroupDim.LongSize;

    /// <summary>Grid and group.</summary>
    public (Index3D, Index3D) ToDimensions() => (GridDim, GroupDim);

    /// <summary>Grid, group and shared memory.</summary>
    public (Index3D, Index3D, SharedMemoryConfig) ToValueTuple() => (GridDim, GroupDim, SharedMemoryConfig);

    /// <summary>Takes grid and group apart.</summary>
    public void Deconstruct(out Index3D gridDim, out Index3D groupDim) => (gridDim, groupDim) = ToDimensions();

    /// <summary>Takes grid, group and shared memory apart.</summary>
    public void Deconstruct(out Index3D gridDim, out Index3D groupDim, out SharedMemoryConfig sharedMemoryConfig) =>
        (gridDim, groupDim, sharedMemoryConfig) = ToValueTuple();

    /// <summary>Grid and group.</summary>
    public static implicit operator KernelConfig((Index1D, Index1D) dimensions) => new(dimensions.Item1, dimensions.Item2);

    /// <summary>Grid, group and shared memory.</summary>
    public static implicit operator KernelConfig((Index1D, Index1D, SharedMemoryConfig) dimensions) =>
        new(dimensions.Item1, dimensions.Item2, dimensions.Item3);

    /// <summary>Grid and group.</summary>
    public static implicit operator KernelConfig((Index2D, Index2D) dimensions) => new(dimensions.Item1, dimensions.Item2);

    /// <summary>Grid and group.</summary>
    public static implicit operator KernelConfig((Index3D, Index1D) dimensions) =>
        new(dimensions.Item1, new Index3D(dimensions.Item2.X, 1, 1));

    /// <summary>Grid and group.</summary>
    public static implicit operator KernelConfig((Index3D, Index2D) dimensions) => new(dimensions.Item1, new Index3D(dimensions.Item2, 1));

    /// <summary>Grid and group.</summary>
    public static implicit operator KernelConfig((Index3D, Index3D) dimensions) => new(dimensions.Item1, dimensions.Item2);

    /// <summary>Grid, group and shared memory.</summary>
    public static implicit operator KernelConfig((Index3D, Index3D, SharedMemoryConfig) dimensions) =>
        new(dimensions.Item1, dimensions.Item2, dimensions.Item3);

    /// <summary>Grid and group.</summary>
    public static implicit operator (Index3D, Index3D)(KernelConfig config) => config.ToDimensions();

    /// <summary>Grid, group and shared memory.</summary>
    public static implicit operator (Index3D, Index3D, SharedMemoryConfig)(KernelConfig config) => config.ToValueTuple();

    /// <summary>The shape that <see cref="GpuDevice.Launch"/> takes.</summary>
    public static implicit operator LaunchShape(KernelConfig config) => new(
        new Dim3(config.GridDim.X, config.GridDim.Y, config.GridDim.Z),
        new Dim3(config.GroupDim.X, config.GroupDim.Y, config.GroupDim.Z),
        config.SharedMemoryConfig.ArraySize);
}
