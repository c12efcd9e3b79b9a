namespace RawSer.Weights;

/// <summary>Why stored values are copied instead of being used where the file lies in memory. The first that applies is reported.</summary>
public enum CopyReason
{
    /// <summary><see cref="StateDictOptions.Map"/> is off.</summary>
    Requested,

    /// <summary>The tensor is on another device than the processor.</summary>
    Device,

    /// <summary>The tensor has another element type.</summary>
    Converted,

    /// <summary>Views show the tensor's memory, which would keep the old values.</summary>
    Viewed,

    /// <summary>Truth values: each byte is checked to be 0 or 1.</summary>
    Checked,

    /// <summary>A mapping takes whole pages and a call to the system; for so few bytes a copy is cheaper.</summary>
    Small,

    /// <summary>The format is none that is used in place: compressed, or HDF5 or NumPy.</summary>
    Format,

    /// <summary>The elements do not follow one another in row-major order: strides of a PyTorch file, or axes that a rename map turns.</summary>
    Rearranged,

    /// <summary>The values do not lie at multiples of their size, as kernels read them.</summary>
    Unaligned,
}

/// <summary>Bytes of loaded weights.</summary>
public sealed class LoadedBytes
{
    private readonly SortedDictionary<CopyReason, long> _copied = [];

    /// <summary>In tensors that are the file.</summary>
    public long Mapped { get; private set; }

    /// <summary>In memory of the pool.</summary>
    public long Copied => _copied.Values.Sum();

    /// <summary>The bytes in memory of the pool by the reason for which they are there.</summary>
    public IReadOnlyDictionary<CopyReason, long> CopiedBecause => _copied;

    /// <summary>For example <c>376963072 bytes mapped, 523776 copied (small 523776)</c>.</summary>
    public override string ToString()
    {
        string reasons = string.Join(", ", _copied.Select(item => FormattableString.Invariant($"{item.Key.ToString().ToLowerInvariant()} {item.Value}")));
        return FormattableString.Invariant($"{Mapped} bytes mapped, {Copied} copied{(reasons.Length > 0 ? $" ({reasons})" : "")}");
    }

    internal void AddMapped(long bytes) => Mapped += bytes;

    internal void AddCopied(CopyReason reason, long bytes) => _copied[reason] = _copied.GetValueOrDefault(reason) + bytes;
}
