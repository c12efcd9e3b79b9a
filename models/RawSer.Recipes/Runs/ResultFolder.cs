namespace RawSer.Recipes.Runs;

/// <summary>A folder for results: it is there before the work begins, and is taken away again if nothing came of that.</summary>
internal sealed class ResultFolder
{
    private readonly string _path;
    private readonly bool _isNew;

    /// <summary>Makes it, unless it is there.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="name">What a message calls it.</param>
    /// <exception cref="RunException">It cannot be made.</exception>
    public ResultFolder(string path, string name)
    {
        _path = path;
        try
        {
            _isNew = !Directory.Exists(path);
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{name} cannot be created: {e.Message}", e);
        }
    }

    /// <summary>Deletes it if it is new and nothing was written into it.</summary>
    public void DeleteIfUnused()
    {
        try
        {
            if (_isNew && !Directory.EnumerateFileSystemEntries(_path).Any())
            {
                Directory.Delete(_path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else uses it: an empty folder is no harm, and what failed before is what the user must hear.
        }
    }
}
