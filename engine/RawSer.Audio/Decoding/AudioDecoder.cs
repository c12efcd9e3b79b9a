namespace RawSer.Audio.Decoding;

/// <summary>
/// Decodes audio files held in memory: WAV (RIFF, RIFX, RF64, BW64) and AIFF/AIFC. The content decides, never the name. Memory is bounded by the
/// bytes that are there, whatever a header claims.
/// </summary>
public static class AudioDecoder
{
    /// <summary>Largest file that is read.</summary>
    public const int MaxFileBytes = 1 << 30;

    /// <summary>Reads and decodes a file, or the part of it from <paramref name="offset"/> on that lasts <paramref name="duration"/> seconds.</summary>
    /// <exception cref="AudioFormatException">The file is no audio file that can be read, or is damaged.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static Waveform DecodeFile(string path, double offset = 0, double? duration = null) => Decode(ReadFile(path), path, offset, duration);

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="AudioFormatException">The file is larger than <see cref="MaxFileBytes"/>.</exception>
    public static byte[] ReadFile(string path)
    {
        long length = new FileInfo(path).Length;

        // A named pipe has no length, and to open it would wait for whoever writes into it: it counts as empty.
        return length == 0 ? []
            : length <= MaxFileBytes ? File.ReadAllBytes(path)
            : throw new AudioFormatException(path, MaxFileBytes, $"the file has {length} bytes: at most {MaxFileBytes} are read; split the recording");
    }

    /// <summary>
    /// Decodes bytes. <paramref name="offset"/> and <paramref name="duration"/> are in seconds and become int(seconds * rate) frames of the
    /// file's own rate, as in librosa; the result is shorter when the clip ends before.
    /// </summary>
    /// <param name="file">The whole file.</param>
    /// <param name="source">Its name in messages.</param>
    /// <param name="offset">Where to start.</param>
    /// <param name="duration">How much to decode; everything when null.</param>
    /// <exception cref="AudioFormatException">The bytes are no audio file that can be read, are damaged, or hold no samples at that place.</exception>
    public static Waveform Decode(ReadOnlySpan<byte> file, string source, double offset = 0, double? duration = null)
    {
        if (!(offset >= 0 && double.IsFinite(offset)) || duration is { } d && !(d > 0))
        {
            throw new ArgumentException(FormattableString.Invariant($"offset {offset} s and duration {duration} s: the offset must be 0 or more and the duration positive"));
        }

        AudioLayout layout = WavDecoder.Recognises(file) ? WavDecoder.ReadLayout(file, source)
            : AiffDecoder.Recognises(file) ? AiffDecoder.ReadLayout(file, source)
            : throw new AudioFormatException(source, 0, WhatItIs(file));
        int frames = layout.Frames;
        if (frames == 0)
        {
            throw new AudioFormatException(source, layout.DataOffset, $"no audio: the data chunk is empty ({layout.DataBytes} bytes)");
        }

        double first = Math.Truncate(offset * layout.SampleRate);
        if (first >= frames)
        {
            throw new AudioFormatException(
                source, layout.DataOffset, FormattableString.Invariant($"no samples at {offset} s: the clip ends after {(double)frames / layout.SampleRate:f3} s; a longer recording or an earlier start would do"));
        }

        int start = (int)first;
        int count = (int)Math.Min(frames - start, duration is { } seconds ? Math.Truncate(seconds * layout.SampleRate) : frames);
        return count > 0
            ? new Waveform(layout.Read(file, start, count), layout.Channels, layout.SampleRate, source) { Warning = layout.Warning }
            : throw new AudioFormatException(source, layout.DataOffset, FormattableString.Invariant($"a duration of {duration} s is less than one sample"));
    }

    /// <summary>A name for files that are something else.</summary>
    private static string WhatItIs(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
        {
            return "the file is empty (0 bytes)";
        }

        if (file.StartsWith("version https://git-lfs.github.com/spec/"u8))
        {
            return "a Git LFS pointer, not the audio itself: run \"git lfs pull\" where it was checked out";
        }

        string? other =
            file.StartsWith("fLaC"u8) ? "FLAC"
            : file.StartsWith("OggS"u8) ? "Ogg"
            : file.StartsWith("ID3"u8) || file.Length > 1 && file[0] == 0xFF && (file[1] & 0xE0) == 0xE0 ? "MP3"
            : file.StartsWith("caff"u8) ? "Core Audio (CAF)"
            : file.StartsWith("riff"u8) ? "Sony Wave64"
            : file.StartsWith(".snd"u8) ? "Sun AU"
            : file.Length >= 8 && file[4..].StartsWith("ftyp"u8) ? "MP4"
            : file.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]) ? "Matroska/WebM"
            : null;
        if (other is not null)
        {
            return $"{other} is unsupported: WAV and AIFF can be read; convert the file to WAV";
        }

        string? foreign =
            file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) ? "a PNG image"
            : file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "a JPEG image"
            : file.StartsWith("PK\u0003\u0004"u8) ? "a ZIP archive"
            : file.StartsWith("%PDF"u8) ? "a PDF document"
            : LooksLikeHtml(file) ? "an HTML page (a failed download?)"
            : null;
        return foreign is not null ? $"{foreign}, not a WAV or AIFF file" : "not a WAV or AIFF file: the format is not recognised";
    }

    private static bool LooksLikeHtml(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> start = file[..Math.Min(file.Length, 256)];
        start = start[Math.Max(0, start.IndexOfAnyExcept(" \t\r\n"u8))..];
        return start.StartsWith("<!"u8) || start.StartsWith("<html"u8) || start.StartsWith("<HTML"u8) || start.StartsWith("<?xml"u8);
    }
}
