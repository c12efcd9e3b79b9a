using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>Inside a kernel: the part of a tensor that a block has. What the step does not have is a view of no elements.</summary>
internal struct DeviceTensor
{
    public ArrayView<float> Parameter;
    public ArrayView<float> Gradient;
    public ArrayView<float> First;
    public ArrayView<float> Second;
    public ArrayView<float> Third;

    /// <summary>Number of the part among those of all tensors.</summary>
    public int Part;

    /// <summary>Elements of the part.</summary>
    public int Count;

    /// <summary>Elements of the part that are read and written 128 bits at a time.</summary>
    public int InFours;
}
