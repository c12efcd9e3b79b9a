namespace RawSer.Kernels;

/// <summary>
/// The right operand of matrix products in the order in which a backend's kernels read it: made once (<see cref="Backend.Pack"/>) for many
/// products with the same values. A copy: it does not follow later changes of the operand.
/// </summary>
public sealed class PackedMatrix : IDisposable
{
    private Storage? _storage;

    internal PackedMatrix(Storage storage, int rows, int columns)
    {
        _storage = storage;
        (Rows, Columns) = (rows, columns);
    }

    /// <summary>Rows of the operand: the inner dimension of the products.</summary>
    public int Rows { get; }

    /// <summary>Columns of the operand.</summary>
    public int Columns { get; }

    /// <summary>Memory that it takes.</summary>
    public long ByteLength => _storage?.ByteLength ?? 0;

    internal unsafe float* Data => (float*)(_storage ?? throw new ObjectDisposedException(nameof(PackedMatrix))).Address;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _storage?.Release();
        _storage = null;
    }
}
