namespace RawSer.Weights.Containers;

/// <summary>One member of a zip archive, as the central directory describes it.</summary>
internal sealed class ZipEntry
{
    public const int Stored = 0;
    public const int Deflated = 8;

    /// <summary>Full name with forward slashes; a folder's ends with one.</summary>
    public required string Name { get; init; }

    public required int Method { get; init; }

    public required int Flags { get; init; }

    public required uint Checksum { get; init; }

    /// <summary>Bytes in the archive.</summary>
    public required long StoredLength { get; init; }

    /// <summary>Bytes after inflating.</summary>
    public required long Length { get; init; }

    /// <summary>Position of the local header.</summary>
    public required long HeaderOffset { get; init; }

    /// <summary>Position of the first stored byte.</summary>
    public long DataOffset { get; set; }

    public bool HasDescriptor => (Flags & ZipDirectory.DescriptorFlag) != 0;
}
