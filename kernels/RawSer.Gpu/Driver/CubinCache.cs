using System.Security.Cryptography;
using System.Text;

namespace RawSer.Gpu.Driver;

/// <summary>
/// Assembled kernels on disk, by what decides them: text, compute capability, driver and options. Files appear whole, also when
/// several processes write at once, and end in a checksum: the driver reads an image without being told its length, so that a shortened
/// file would take the process with it. A cache that cannot be read or written is as good as none.
/// </summary>
/// <param name="folder">Where; null for no cache.</param>
internal sealed class CubinCache(string? folder)
{
    public bool Exists => folder is not null;

    public static string Key(string ptx, int smVersion, int driverVersion, CudaOptions options)
    {
        string settings = $"sm_{smVersion} driver {driverVersion} registers {options.MaxRegisters} O{options.OptimizationLevel}\n";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings + ptx)));
    }

    public byte[]? Find(string key)
    {
        try
        {
            return folder is not null && File.Exists(PathOf(key)) ? Checked(File.ReadAllBytes(PathOf(key))) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Store(string key, ReadOnlySpan<byte> cubin)
    {
        if (folder is null)
        {
            return;
        }

        string temporary = $"{PathOf(key)}.{Guid.NewGuid():n}";
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(temporary, [.. cubin, .. SHA256.HashData(cubin)]);
            File.Move(temporary, PathOf(key), overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Delete(temporary);
        }
    }

    public void Remove(string key) => Delete(PathOf(key));

    private static byte[]? Checked(ReadOnlySpan<byte> file)
    {
        int size = file.Length - SHA256.HashSizeInBytes;
        return size > 0 && SHA256.HashData(file[..size]).AsSpan().SequenceEqual(file[size..]) ? file[..size].ToArray() : null;
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // stays; it is refused again next time
        }
    }

    private string PathOf(string key) => Path.Combine(folder!, key + ".cubin");
}
