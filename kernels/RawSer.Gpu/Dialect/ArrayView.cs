namespace RawSer.Gpu.Dialect;

/// <summary>
/// A range of elements in device memory: a 64-bit address and a 64-bit length, 16 bytes, which is also how a kernel receives it.
/// In builds with bounds checks an index outside traps; in others nothing is checked.
/// </summary>
public readonly unsafe struct ArrayView<T> : IArrayView<T, Index1D, LongIndex1D, Stride1D.Dense>, IContiguousArrayView<T>
    where T : unmanaged
{
    /// <summary>Bytes of an element.</summary>
    public static readonly int ElementSize = sizeof(T);

    /// <summary>No elements.</summary>
    public static readonly ArrayView<T> Empty;

    private readonly T* _pointer;
    private readonly long _length;

    /// <summary>A range of a device's memory, on the host; or of host memory, for kernel code that runs as plain C#.</summary>
    /// <param name="address">Address of the first element, as <see cref="GpuDevice.Allocate"/> gives it.</param>
    /// <param name="length">Number of elements.</param>
    public ArrayView(ulong address, long length)
        : this((T*)address, length)
    {
    }

    internal ArrayView(T* pointer, long length)
    {
        _pointer = pointer;
        _length = length;
    }

    int IArrayView.ElementSize => sizeof(T);

    /// <inheritdoc/>
    public bool IsValid => _pointer != null;

    /// <inheritdoc/>
    public long Length => _length;

    /// <inheritdoc/>
    public int IntLength => (int)_length;

    /// <inheritdoc/>
    public long LengthInBytes => _length * sizeof(T);

    /// <inheritdoc/>
    public LongIndex1D Extent => _length;

    /// <inheritdoc/>
    public Index1D IntExtent => (int)_length;

    /// <inheritdoc/>
    public Stride1D.Dense Stride => default;

    /// <summary>Address of the first element.</summary>
    internal T* Pointer => _pointer;

    /// <summary>An element.</summary>
    public ref T this[int index]
    {
        get
        {
            Device.CheckBounds(index, _length);
            return ref _pointer[index];
        }
    }

    /// <summary>An element.</summary>
    public ref T this[long index]
    {
        get
        {
            Device.CheckBounds(index, _length);
            return ref _pointer[index];
        }
    }

    /// <summary>An element.</summary>
    public ref T this[Index1D index] => ref this[index.X];

    /// <summary>An element.</summary>
    public ref T this[LongIndex1D index] => ref this[index.X];

    /// <summary>The elements from <paramref name="index"/> on.</summary>
    public ArrayView<T> SubView(long index) => new(_pointer + index, _length - index);

    /// <summary>Some elements.</summary>
    public ArrayView<T> SubView(int index, int subViewLength) => new(_pointer + index, subViewLength);

    /// <summary>Some elements.</summary>
    public ArrayView<T> SubView(long index, long subViewLength) => new(_pointer + index, subViewLength);

    /// <summary>The same memory as elements of another type; a rest that fills none is left off.</summary>
    public ArrayView<TOther> Cast<TOther>() where TOther : unmanaged =>
        new((TOther*)_pointer, (long)((ulong)LengthInBytes / (uint)sizeof(TOther)));

    /// <summary>The same elements with a stride of one.</summary>
    public static implicit operator ArrayView1D<T, Stride1D.Dense>(ArrayView<T> view) => new(view, view._length, default);

    /// <summary>The elements behind a stride of one.</summary>
    public static implicit operator ArrayView<T>(ArrayView1D<T, Stride1D.Dense> view) => view.BaseView;

    /// <inheritdoc/>
    public override string ToString() => $"{typeof(T).Name}[{_length}] at 0x{(ulong)_pointer:x}";
}

/// <summary>One element of a view.</summary>
/// <param name="baseView">A view whose first element it is.</param>
public readonly unsafe struct VariableView<T>(ArrayView<T> baseView) where T : unmanaged
{
    /// <summary>Bytes of the element.</summary>
    public static readonly int VariableSize = sizeof(T);

    /// <summary>The view whose first element it is.</summary>
    public ArrayView<T> BaseView { get; } = baseView;

    /// <summary>Whether it points to memory.</summary>
    public bool IsValid => BaseView.IsValid;

    /// <summary>The element.</summary>
    public ref T Value => ref BaseView[0];

    /// <summary>A part of the element.</summary>
    public VariableView<TOther> SubView<TOther>(int offsetInBytes) where TOther : unmanaged =>
        new(new ArrayView<TOther>((TOther*)((byte*)BaseView.Pointer + offsetInBytes), 1));

    /// <summary>Takes the value of another variable.</summary>
    public void CopyFrom(VariableView<T> sourceView) => Value = sourceView.Value;

    /// <summary>Gives its value to another variable.</summary>
    public void CopyTo(VariableView<T> targetView) => targetView.Value = Value;

    /// <inheritdoc/>
    public override string ToString() => BaseView.ToString();
}
