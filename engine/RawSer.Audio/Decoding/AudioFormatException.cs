namespace RawSer.Audio.Decoding;

/// <summary>A file that can't be decoded: which one, where in it, and why.</summary>
public sealed class AudioFormatException : Exception
{
    /// <summary>Creates the exception; its message is "source: reason (at byte offset)".</summary>
    public AudioFormatException(string source, long offset, string reason)
        : base($"{source}: {reason} (at byte {offset})")
    {
        FilePath = source;
        Offset = offset;
        Reason = reason;
    }

    /// <summary>The file or other source of the bytes.</summary>
    public string FilePath { get; }

    /// <summary>Where the trouble was noticed, in bytes from the start of the file.</summary>
    public long Offset { get; }

    /// <summary>The message without file and offset.</summary>
    public string Reason { get; }
}
