namespace RawSer.Kernels;

/// <summary>What a backend method receives: elements of one type, laid out in a storage.</summary>
public readonly struct View
{
    /// <summary>A view of a storage.</summary>
    public View(Storage storage, DType type, Layout layout)
    {
        Storage = storage;
        DType = type;
        Layout = layout;
    }

    /// <summary>The memory.</summary>
    public Storage Storage { get; }

    /// <summary>Type of an element.</summary>
    public DType DType { get; }

    /// <summary>Shape, strides and offset.</summary>
    public Layout Layout { get; }

    /// <summary>Extents.</summary>
    public Shape Shape => Layout.Shape;

    /// <summary>Strides in elements.</summary>
    public ReadOnlySpan<long> Strides => Layout.Strides;

    /// <summary>Number of elements.</summary>
    public long Count => Layout.Shape.ElementCount;

    /// <summary>Row-major without gaps.</summary>
    public bool IsContiguous => Layout.IsContiguous;

    /// <summary>False for <c>default</c>, which stands for an argument that was left out.</summary>
    public bool Exists => Storage is not null;

    /// <summary>Address of element (0, 0, ...), for host backends.</summary>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is not the element type.</exception>
    public unsafe T* Pointer<T>() where T : unmanaged
    {
        if (DTypes.Of<T>() != DType)
        {
            throw new InvalidOperationException($"a kernel for {DTypes.Of<T>()} was given a view of {DType} with shape {Shape}");
        }

        return (T*)Storage.Address + Layout.Offset;
    }

    /// <summary>The same storage under another layout.</summary>
    public View With(Layout layout) => new(Storage, DType, layout);
}
