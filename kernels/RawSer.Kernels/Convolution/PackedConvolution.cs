namespace RawSer.Kernels;

/// <summary>
/// The kernels of a convolution in the form in which a backend's kernels read them: made once (<see cref="Backend.PackConvolution"/>) for many
/// convolutions with the same values. A copy: it does not follow later changes of the kernels.
/// </summary>
public sealed class PackedConvolution : IDisposable
{
    private Storage? _storage;

    internal PackedConvolution(Storage storage, int outputs, int channels)
    {
        _storage = storage;
        (Outputs, Channels) = (outputs, channels);
    }

    /// <summary>Output channels.</summary>
    public int Outputs { get; }

    /// <summary>Input channels.</summary>
    public int Channels { get; }

    /// <summary>Memory that it takes.</summary>
    public long ByteLength => _storage?.ByteLength ?? 0;

    internal unsafe float* Data => (float*)(_storage ?? throw new ObjectDisposedException(nameof(PackedConvolution))).Address;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _storage?.Release();
        _storage = null;
    }
}
