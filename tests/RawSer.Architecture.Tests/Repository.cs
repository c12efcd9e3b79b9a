namespace RawSer.Architecture.Tests;

/// <summary>Where the sources are: the tests run from a build output below the repository root.</summary>
internal static class Repository
{
    public static readonly string Root = FindRoot();

    /// <summary>Project files of everything that ships: kernels, engine, weights-tools and models.</summary>
    public static IEnumerable<string> ShippedProjects() =>
        new[] { "kernels", "engine", "weights-tools", "models" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal);

    /// <summary>C# files of a project without its build outputs.</summary>
    public static IEnumerable<string> Sources(string projectDirectory) =>
        Directory.EnumerateFiles(projectDirectory, "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetRelativePath(projectDirectory, path).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RawSer.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no RawSer.sln in any folder above {AppContext.BaseDirectory}");
    }
}
