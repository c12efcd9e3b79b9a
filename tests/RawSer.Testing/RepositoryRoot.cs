namespace RawSer.Testing;

/// <summary>Where the sources and documents are: the tests run from a build output below the repository's root.</summary>
public static class RepositoryRoot
{
    /// <summary>The folder of RawSer.sln.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "RawSer.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException($"no RawSer.sln in any folder above {AppContext.BaseDirectory}");
    }
}
