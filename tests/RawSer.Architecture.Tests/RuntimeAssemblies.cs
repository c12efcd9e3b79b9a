namespace RawSer.Architecture.Tests;

/// <summary>Everything this process can load but the tests themselves: the base library, the packages and RawSer's own assemblies.</summary>
internal static class RuntimeAssemblies
{
    public static readonly string[] Paths =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => path.EndsWith(".dll", StringComparison.Ordinal) && path != typeof(RuntimeAssemblies).Assembly.Location)];
}
