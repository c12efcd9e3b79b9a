namespace RawSer.Weights;

/// <summary>
/// Replaces files as a whole: what is new is written to <c>PATH.tmp</c> in the same folder, flushed to the disk and renamed over the path, so that
/// whatever happens meanwhile, the path is the old file or the new one.
/// </summary>
public static class FileReplacement
{
    private const int BufferBytes = 256 * 1024;

    // A rename over a device would put a file in its place, for everybody who runs as root.
    private static readonly string[] s_deviceFolders = ["/dev/", "/proc/"];

    /// <summary>Writes a file. A device (<c>/dev/null</c>) is written to where it stands.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The folder is missing, a folder has the file's name, there is no space, or the path is a pipe. The message does not name the path.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        CheckTarget(full);
        if (IsDevice(full))
        {
            using FileStream device = new(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, BufferBytes);
            if (!device.CanSeek)
            {
                throw new IOException("it is a pipe or a terminal; give the name of a file");
            }

            write(device);
            return;
        }

        string temporary = full + ".tmp";
        bool isCreated = false;
        try
        {
            using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes))
            {
                isCreated = true;
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
            isCreated = false;
        }
        finally
        {
            if (isCreated)
            {
                File.Delete(temporary);
            }
        }
    }

    /// <summary>Refuses a path at which no file can be, before the work whose result it is for.</summary>
    /// <exception cref="IOException">Its folder is missing, or a folder has its name. The message does not name the path.</exception>
    public static void CheckTarget(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            throw new IOException("it is a folder; give the name of a file");
        }

        if (Path.GetDirectoryName(full) is { } folder && !Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"there is no folder '{folder}'; make it first");
        }
    }

    private static bool IsDevice(string path) => s_deviceFolders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)) && File.Exists(path);
}
