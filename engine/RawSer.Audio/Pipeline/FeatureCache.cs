using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using RawSer.Audio.Features;

namespace RawSer.Audio.Pipeline;

/// <summary>What a cache entry holds beside its key.</summary>
/// <param name="Features">(rows, frames), row-major.</param>
/// <param name="Warning">What was noticed about the clip, or null.</param>
public sealed record CachedFeatures(float[] Features, string? Warning);

/// <summary>
/// Features on disk, under the SHA-256 of the audio file's bytes and the profile's <see cref="FeatureProfile.Key"/>. An entry carries its own
/// key and checksum: one that is damaged, or was written by another version, is as good as absent. Entries are written beside their place and
/// renamed, so a reader never sees half of one, and any number of processes may share a folder.
/// </summary>
public sealed class FeatureCache
{
    private const int HeaderBytes = 4 + 32 + 4 + 4 + 4;

    private static readonly byte[] Magic = "RSF1"u8.ToArray();

    private readonly string _folder;
    private string? _writeFailure;

    /// <summary>A cache in a folder, which is created at the first write.</summary>
    public FeatureCache(string folder) => _folder = Path.GetFullPath(folder);

    /// <summary>Why an entry could not be written, from the first failure on; null if all were. Features are never lost by that.</summary>
    public string? WriteFailure => _writeFailure;

    /// <summary>The key of a file's features: SHA-256 over the content's hash and the profile.</summary>
    public static byte[] KeyOf(ReadOnlySpan<byte> contentHash, FeatureProfile profile) =>
        SHA256.HashData([.. contentHash, .. Encoding.UTF8.GetBytes(profile.Key)]);

    /// <summary>The path of an entry.</summary>
    public string PathOf(ReadOnlySpan<byte> key)
    {
        string name = Convert.ToHexStringLower(key);
        return Path.Combine(_folder, name[..2], name[2..] + ".features");
    }

    /// <summary>The entry of a key, or null if there is none that is whole and has that shape.</summary>
    public CachedFeatures? Read(ReadOnlySpan<byte> key, int rows, int frames)
    {
        float[] features = new float[checked(rows * frames)];
        return TryRead(key, rows, frames, features, out string? warning) ? new CachedFeatures(features, warning) : null;
    }

    /// <summary>Reads the entry of a key into memory of the caller's: (rows, frames), row-major. False, and nothing written, if there is none that is whole and has that shape.</summary>
    public bool TryRead(ReadOnlySpan<byte> key, int rows, int frames, Span<float> features, out string? warning)
    {
        warning = null;
        byte[] buffer = [];
        try
        {
            using SafeFileHandle file = File.OpenHandle(PathOf(key));
            int length = checked((int)Math.Min(RandomAccess.GetLength(file), Array.MaxLength));
            buffer = ArrayPool<byte>.Shared.Rent(length);
            int read = 0;
            for (int more = 1; read < length && more > 0; read += more)
            {
                more = RandomAccess.Read(file, buffer.AsSpan(read, length - read), read);
            }

            return TryParse(buffer.AsSpan(0, read), key, rows, frames, features, out warning);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        finally
        {
            if (buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static bool TryParse(ReadOnlySpan<byte> b, ReadOnlySpan<byte> key, int rows, int frames, Span<float> features, out string? warning)
    {
        warning = null;
        long payload = (long)rows * frames * sizeof(float);
        if (b.Length < HeaderBytes + payload + SHA256.HashSizeInBytes || !b.StartsWith(Magic) || !b.Slice(4, 32).SequenceEqual(key)
            || BinaryPrimitives.ReadInt32LittleEndian(b[36..]) != rows || BinaryPrimitives.ReadInt32LittleEndian(b[40..]) != frames)
        {
            return false;
        }

        int text = BinaryPrimitives.ReadInt32LittleEndian(b[44..]);
        if (text < 0 || b.Length != HeaderBytes + payload + text + SHA256.HashSizeInBytes
            || !SHA256.HashData(b[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(b[^SHA256.HashSizeInBytes..]))
        {
            return false;
        }

        MemoryMarshal.Cast<byte, float>(b.Slice(HeaderBytes, (int)payload)).CopyTo(features);
        warning = text > 0 ? Encoding.UTF8.GetString(b.Slice(HeaderBytes + (int)payload, text)) : null;
        return true;
    }

    /// <summary>Stores an entry; a failure is remembered in <see cref="WriteFailure"/>.</summary>
    public void Write(ReadOnlySpan<byte> key, int rows, int frames, CachedFeatures entry)
    {
        byte[] warning = Encoding.UTF8.GetBytes(entry.Warning ?? "");
        int payload = entry.Features.Length * sizeof(float);
        byte[] bytes = new byte[HeaderBytes + payload + warning.Length + SHA256.HashSizeInBytes];
        Span<byte> b = bytes;
        Magic.CopyTo(b);
        key.CopyTo(b[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(b[36..], rows);
        BinaryPrimitives.WriteInt32LittleEndian(b[40..], frames);
        BinaryPrimitives.WriteInt32LittleEndian(b[44..], warning.Length);
        MemoryMarshal.AsBytes(entry.Features.AsSpan()).CopyTo(b[HeaderBytes..]);
        warning.CopyTo(b[(HeaderBytes + payload)..]);
        SHA256.HashData(b[..^SHA256.HashSizeInBytes], b[^SHA256.HashSizeInBytes..]);

        string path = PathOf(key), temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                File.WriteAllBytes(temporary, bytes);
                File.Move(temporary, path, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.CompareExchange(ref _writeFailure, $"feature cache {_folder}: {e.Message}", null);
        }
    }
}
