using System.Buffers.Binary;
using System.Text;
using RawSer.Weights.Containers;

namespace RawSer.Weights.Hdf5;

/// <summary>Checked access to the structures of an HDF5 file, with a bound on how much of them one file may make a reader visit.</summary>
internal sealed class Hdf5Bytes(MappedFile file)
{
    /// <summary>What an address that leads nowhere looks like.</summary>
    public const ulong Undefined = ulong.MaxValue;

    private const long Limit = 32 << 20;
    private const int MaxNameBytes = 4096;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private long _spent;

    public long Length => file.Length;

    public WeightFileException Error(string problem, string? dataset = null) => new(file.Path, dataset, $"HDF5: {problem}");

    /// <summary>Bytes of a structure, which must be inside the file.</summary>
    public ReadOnlySpan<byte> At(ulong address, long length, string what)
    {
        Spend(length, what);
        return Slice(address, length, what);
    }

    /// <summary>The same without an account, for bytes of which few are looked at.</summary>
    public ReadOnlySpan<byte> Slice(ulong address, long length, string what)
    {
        if (length < 0 || address > (ulong)file.Length || length > file.Length - (long)address)
        {
            throw Error($"truncated or corrupt: {what} at address {address} with {length} bytes is outside the file of {file.Length} bytes");
        }

        return file.Span((long)address, length);
    }

    /// <summary>The same, with the signature that the structure must begin with.</summary>
    public ReadOnlySpan<byte> At(ulong address, long length, ReadOnlySpan<byte> signature, string what)
    {
        ReadOnlySpan<byte> bytes = At(address, length, what);
        return bytes.StartsWith(signature) ? bytes : throw Error($"corrupt: no {what} at address {address} (signature {Encoding.ASCII.GetString(signature)})");
    }

    /// <summary>Accounts for work and memory.</summary>
    public void Spend(long bytes, string what)
    {
        _spent += bytes + 64;
        if (_spent > Limit)
        {
            throw Error($"too large: the structures exceed the limit of {Limit >> 20} MB, at {what}");
        }
    }

    /// <summary>A text that ends with a zero byte, or fills the space.</summary>
    public string Text(ReadOnlySpan<byte> bytes, string what, int longest = MaxNameBytes)
    {
        int end = bytes.IndexOf((byte)0);
        bytes = end < 0 ? bytes : bytes[..end];
        if (bytes.Length > longest)
        {
            throw Error($"{what} of {bytes.Length} bytes is too long: the limit is {longest}");
        }

        Spend(2 * bytes.Length, what);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error($"{what} is not valid UTF-8");
        }
    }

    public static ulong U64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    public static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    public static int U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
