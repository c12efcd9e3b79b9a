using RawSer.Kernels;

namespace RawSer;

/// <summary>
/// An n-dimensional array on a device. Views (reshape, permute, slice, ...) share storage; the memory returns to the device's pool when
/// the last tensor on it is disposed, by <see cref="Dispose"/> or by leaving the <see cref="Scope"/> in which it was made.
/// Operations that combine tensors follow PyTorch's names and rules (broadcasting, dimensions counted from the end by negative numbers).
/// </summary>
public sealed partial class Tensor : IDisposable
{
    private Storage? _storage;
    private Func<Tensor, Storage>? _makeStorage; // while there is no memory yet, or none any more

    /// <summary>Takes over one reference of <paramref name="storage"/>.</summary>
    private Tensor(Storage storage, DType type, Layout layout, Device device)
    {
        _storage = storage;
        DType = type;
        Layout = layout;
        Device = device;
        TensorScope.Register(this);
    }

    /// <summary>A tensor without memory until its elements are asked for.</summary>
    private Tensor(Func<Tensor, Storage> makeStorage, DType type, Layout layout, Device device)
    {
        _makeStorage = makeStorage;
        DType = type;
        Layout = layout;
        Device = device;
        TensorScope.Register(this);
    }

    /// <summary>Extents, outermost first.</summary>
    public Shape Shape => Layout.Shape;

    /// <summary>Number of dimensions.</summary>
    public int Rank => Layout.Shape.Rank;

    /// <summary>Number of elements.</summary>
    public long ElementCount => Layout.Shape.ElementCount;

    /// <summary>Type of an element.</summary>
    public DType DType { get; private set; }

    /// <summary>Shape, strides and offset.</summary>
    public Layout Layout { get; private set; }

    /// <summary>Where the elements are.</summary>
    public Device Device { get; private set; }

    /// <summary>True when the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous => Layout.IsContiguous;

    /// <summary>True after <see cref="Dispose"/>.</summary>
    public bool IsDisposed => _storage is null && _makeStorage is null;

    /// <summary>True when the elements are (part of) a mapped file: see <see cref="Kernels.MemoryStats.BytesMapped"/>.</summary>
    public bool IsMapped => _storage?.IsMapped == true;

    /// <summary>The view that kernels receive.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    public View View => new(Storage, DType, Layout);

    internal Storage Storage => _storage ?? FirstUse();

    /// <summary>False while no element has been asked for (<see cref="Deferred"/>), and after <see cref="GiveUp"/>.</summary>
    internal bool HasMemory => _storage is not null;

    internal Backend Backend => Device.Backend;

    /// <summary>
    /// Opens a scope: tensors made on this thread until the scope is disposed are disposed with it, except those carried out with
    /// <see cref="TensorScope.Keep"/>.
    /// </summary>
    public static TensorScope Scope() => TensorScope.Open();

    /// <summary>An uninitialised tensor.</summary>
    public static Tensor Empty(Shape shape, DType type = DType.F32, Device? device = null)
    {
        device ??= Device.Cpu;
        return new Tensor(device.Backend.Memory.Allocate(shape.ElementCount * type.Size()), type, Layout.RowMajor(shape), device);
    }

    /// <summary>All elements equal <paramref name="value"/>.</summary>
    public static Tensor Full(Shape shape, double value, DType type = DType.F32, Device? device = null)
    {
        Tensor t = Empty(shape, type, device);
        t.Backend.Fill(t.View, value);
        return t;
    }

    /// <summary>
    /// <see cref="Full"/>, without memory until an element is read or written: a parameter that a file is going to fill never needs it. Views cannot be made
    /// of it without giving it memory.
    /// </summary>
    internal static Tensor Deferred(Shape shape, double value, DType type = DType.F32) => new(
        t =>
        {
            Storage storage = t.Backend.Memory.Allocate(t.ElementCount * t.DType.Size());
            t.Backend.Fill(new View(storage, t.DType, t.Layout), value);
            return storage;
        },
        type,
        Layout.RowMajor(shape),
        Device.Cpu);

    /// <summary>A tensor whose elements lie at the start of a storage of a host device; takes over one reference.</summary>
    internal static Tensor Over(Storage storage, Shape shape, DType type, Device device) => new(storage, type, Layout.RowMajor(shape), device);

    /// <summary>All elements 0.</summary>
    public static Tensor Zeros(Shape shape, DType type = DType.F32, Device? device = null) => Full(shape, 0, type, device);

    /// <summary>All elements 1.</summary>
    public static Tensor Ones(Shape shape, DType type = DType.F32, Device? device = null) => Full(shape, 1, type, device);

    /// <summary>A tensor with these elements in row-major order; the element type follows <typeparamref name="T"/>.</summary>
    /// <exception cref="ArgumentException">The number of values is not the number of elements of the shape.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, Shape shape, Device? device = null) where T : unmanaged
    {
        Tensor t = Empty(shape, DTypes.Of<T>(), device);
        t.CopyFrom(values);
        return t;
    }

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, Shape, Device)"/>
    public static Tensor From<T>(T[] values, Shape shape, Device? device = null) where T : unmanaged => From((ReadOnlySpan<T>)values, shape, device);

    /// <summary>A tensor of rank 0.</summary>
    public static Tensor Scalar(float value, Device? device = null) => From([value], Shape.Scalar, device);

    /// <summary>Overwrites the elements, in row-major order, with values from the host.</summary>
    /// <exception cref="ArgumentException">The values are of another type or number than the elements.</exception>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous.</exception>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    public unsafe void CopyFrom<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        CheckHostType<T>(values.Length);
        if (!IsContiguous)
        {
            throw new InvalidOperationException($"CopyFrom: tensor of shape {Shape} is a strided view; copy into a contiguous tensor");
        }

        Backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values), Storage, Layout.Offset * sizeof(T));
        Storage.MarkWritten();
        GC.KeepAlive(this);
    }

    /// <summary>Copies the elements, in row-major order, to the host, after all work on the device that was queued before.</summary>
    /// <exception cref="ArgumentException">The span is of another type or length than the elements; on a device, a kernel before was given bad data.</exception>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    public unsafe void CopyTo<T>(Span<T> values) where T : unmanaged
    {
        CheckHostType<T>(values.Length);
        Tensor dense = ContiguousAlias();
        Backend.Download(dense.Storage, dense.Layout.Offset * sizeof(T), System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));
        dense.Dispose();
    }

    /// <summary>The elements in row-major order, as a new array.</summary>
    /// <inheritdoc cref="CopyTo{T}(Span{T})" path="/exception"/>
    public T[] ToArray<T>() where T : unmanaged
    {
        T[] values = new T[ElementCount];
        CopyTo<T>(values);
        return values;
    }

    /// <summary>The only element of a tensor that has one.</summary>
    /// <exception cref="InvalidOperationException">The tensor has none or several.</exception>
    /// <inheritdoc cref="CopyTo{T}(Span{T})" path="/exception"/>
    public T Item<T>() where T : unmanaged
    {
        if (ElementCount != 1)
        {
            throw new InvalidOperationException($"Item: tensor of shape {Shape} has {ElementCount} elements, expected one");
        }

        T value = default;
        CopyTo(new Span<T>(ref value));
        return value;
    }

    /// <summary>Gives up this tensor's hold on its memory. Harmless when repeated.</summary>
    public void Dispose()
    {
        _makeStorage = null;
        Storage? storage = Interlocked.Exchange(ref _storage, null);
        storage?.Release();
        ReleaseGradient();
    }

    /// <summary>For example <c>Tensor (2, 3) F32 on cpu</c>.</summary>
    public override string ToString() => $"Tensor {Shape} {DType} on {Device}";

    /// <summary>A tensor on the same storage, outside any scope and of no gradient.</summary>
    internal Tensor Alias() => AliasAs(Layout);

    /// <summary>A tensor on the same storage with another layout, of no gradient.</summary>
    internal Tensor AliasAs(Layout layout) => new(Storage.AddReference(), DType, layout, Device);

    /// <summary>A dense tensor with the same elements and no gradient: an alias if the elements are dense already, else a copy.</summary>
    internal Tensor ContiguousAlias() => IsContiguous ? Alias() : DenseCopy();

    /// <summary>A dense tensor of its own with the same elements and no gradient.</summary>
    internal Tensor DenseCopy()
    {
        Tensor dense = Empty(Shape, DType, Device);
        Backend.Copy(View, dense.View);
        GC.KeepAlive(this);
        return dense;
    }

    /// <summary>The gradient's part of <see cref="Dispose"/>, which the graph's half of this class knows: tensors stand below it.</summary>
    partial void ReleaseGradient();

    /// <summary>Becomes another tensor of the same shape, so that all who hold this object (a module, an optimiser) see its values, type and device.</summary>
    internal void Become(Tensor other)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        Storage? old = _storage;
        _storage = other.Storage.AddReference();
        _makeStorage = null;
        (DType, Layout, Device) = (other.DType, other.Layout, other.Device);
        old?.Release();
    }

    /// <summary>Gives the memory back and keeps the shape: whoever asks for the elements from now on gets an error that says why they are not there.</summary>
    internal void GiveUp(string reason)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        _makeStorage = t => throw new InvalidOperationException($"tensor of shape {t.Shape} has no values any more: {reason}");
        Interlocked.Exchange(ref _storage, null)?.Release();
    }

    /// <summary>Several threads may come here at once; one of them gives the tensor its memory.</summary>
    private Storage FirstUse()
    {
        if (_makeStorage is not { } make)
        {
            return _storage
                ?? throw new ObjectDisposedException(nameof(Tensor), $"tensor of shape {Shape} was disposed (or its scope was left; use scope.Keep to carry it out)");
        }

        Storage made = make(this);
        if (Interlocked.CompareExchange(ref _storage, made, null) is { } first)
        {
            made.Release();
            return first;
        }

        _makeStorage = null;
        return made;
    }

    private void CheckHostType<T>(int length) where T : unmanaged
    {
        if (DTypes.Of<T>() != DType)
        {
            throw new ArgumentException($"tensor of {DType} and host values of {typeof(T).Name}: convert with To({DTypes.Of<T>()}) first");
        }

        if (length != ElementCount)
        {
            throw new ArgumentException($"tensor of shape {Shape} has {ElementCount} elements, the host side {length}");
        }
    }
}
