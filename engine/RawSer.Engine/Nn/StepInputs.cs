using System.Runtime.InteropServices;
using RawSer.Gpu;
using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>
/// What the host gives to a training step: the batch, and what modules decide for it (<see cref="Module.PrepareStep"/>), such as masks. Each value
/// has a name with its owner and keeps its tensor from step to step, so that a captured step reads it where it was recorded; on a device it comes
/// by pinned buffers that take turns.
/// </summary>
public sealed class StepInputs : IDisposable
{
    [ThreadStatic]
    private static StepInputs? s_serving;

    private readonly Device _device;
    private readonly Dictionary<(object Owner, string Name, Shape Shape), Value> _values = [];
    private readonly Dictionary<(object Owner, string Name), Tensor> _current = [];

    /// <summary>Nothing yet.</summary>
    /// <param name="device">Where the step runs.</param>
    public StepInputs(Device device) => _device = device;

    /// <summary>Gives a value for the next step; its tensor, which stays the same for values of the same owner, name and shape.</summary>
    public Tensor Put<T>(object owner, string name, ReadOnlySpan<T> values, Shape shape) where T : unmanaged
    {
        if (!_values.TryGetValue((owner, name, shape), out Value? value))
        {
            _values[(owner, name, shape)] = value = new Value(TensorScope.Release(Tensor.Empty(shape, DTypes.Of<T>(), _device)));
        }

        value.Set(values);
        return _current[(owner, name)] = value.Tensor;
    }

    /// <summary>Gives a value that is the same in every step of a shape, and is made for the first.</summary>
    public void PutOnce<T>(object owner, string name, Shape shape, Func<T[]> make) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(make);
        if (_values.TryGetValue((owner, name, shape), out Value? value))
        {
            _current[(owner, name)] = value.Tensor;
        }
        else
        {
            Put<T>(owner, name, make(), shape);
        }
    }

    /// <summary>What the owner gave for the step that runs; null outside of one, or if it gave nothing.</summary>
    public static Tensor? Find(object owner, string name) => s_serving?._current.GetValueOrDefault((owner, name));

    /// <summary>Until the result is disposed, modules of this thread find what was given: around a step, forward and backward.</summary>
    public StepInputsScope Serve()
    {
        StepInputsScope scope = new(s_serving);
        s_serving = this;
        return scope;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Value value in _values.Values)
        {
            value.Dispose();
        }

        _values.Clear();
        _current.Clear();
    }

    internal static void Restore(StepInputs? outer) => s_serving = outer;

    private sealed class Value(Tensor tensor) : IDisposable
    {
        private readonly GpuUpload? _upload =
            tensor.Backend is CudaBackend device && tensor.ElementCount > 0 ? new GpuUpload(device.Gpu, tensor.ElementCount * tensor.DType.Size()) : null;

        public Tensor Tensor => tensor;

        public void Set<T>(ReadOnlySpan<T> values) where T : unmanaged
        {
            if (_upload is null || values.Length != tensor.ElementCount)
            {
                tensor.CopyFrom(values); // which also refuses a wrong number
                return;
            }

            values.CopyTo(_upload.Fill<T>(0, values.Length));
            _upload.Copy((ulong)tensor.Storage.Address, 0, MemoryMarshal.AsBytes(values).Length);
            _upload.PassTurn();
        }

        public void Dispose()
        {
            _upload?.Dispose();
            tensor.Dispose();
        }
    }
}

/// <summary>Ends <see cref="StepInputs.Serve"/> when disposed.</summary>
public readonly struct StepInputsScope : IDisposable
{
    private readonly StepInputs? _outer;

    internal StepInputsScope(StepInputs? outer) => _outer = outer;

    /// <summary>Modules find what they found before.</summary>
    public void Dispose() => StepInputs.Restore(_outer);
}
