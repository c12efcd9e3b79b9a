namespace RawSer.Recipes.Corpora;

/// <summary>
/// All files below a folder. Links to folders are followed, but none twice and none to a folder above itself, so that a walk always ends; folders that
/// cannot be read are listed, not skipped in silence.
/// </summary>
public static class FolderWalk
{
    /// <summary>The files in no particular order.</summary>
    /// <param name="root">Where to begin.</param>
    /// <param name="refused">Receives the folders that cannot be read, with the reason.</param>
    public static IEnumerable<string> Files(string root, List<RefusedFile> refused)
    {
        var followed = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Stack<string>([root]);
        while (pending.TryPop(out string? folder))
        {
            FileSystemInfo[] entries;
            try
            {
                entries = new DirectoryInfo(folder).GetFileSystemInfos();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                refused.Add(new RefusedFile(folder, "this folder cannot be read; give it read permission, or leave it out"));
                continue;
            }

            foreach (FileSystemInfo entry in entries)
            {
                if (entry is not DirectoryInfo)
                {
                    yield return entry.FullName;
                }
                else if (entry.LinkTarget is null || LeadsOn(entry, folder, followed))
                {
                    pending.Push(entry.FullName);
                }
            }
        }
    }

    private static bool LeadsOn(FileSystemInfo link, string folder, HashSet<string> followed)
    {
        string target = RealPath(link.FullName);
        return !$"{RealPath(folder)}{Path.DirectorySeparatorChar}".StartsWith($"{target}{Path.DirectorySeparatorChar}", StringComparison.Ordinal) && followed.Add(target);
    }

    /// <summary>The path of an existing folder without links: the same folder has one such path, however it was reached.</summary>
    private static string RealPath(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        string above = RealPath(parent), here = Path.Combine(above, Path.GetFileName(full));
        return new DirectoryInfo(here).LinkTarget is { } target ? RealPath(Path.Combine(above, target)) : here;
    }
}
