namespace RawSer.GoldenCheck;

/// <summary>
/// The goldens of this repository, for tests: <c>tests/goldens</c>, found above the test assembly, or the folder in the environment variable
/// <c>RAWSER_GOLDENS</c>. Areas stay open for the life of the process.
/// </summary>
public static class GoldenData
{
    private const string Variable = "RAWSER_GOLDENS";

    private static readonly Dictionary<string, GoldenArea> Areas = [];

    /// <summary>The folder that holds the areas.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>An area by the name of its folder, for example "ops".</summary>
    public static GoldenArea Area(string name)
    {
        lock (Areas)
        {
            if (!Areas.TryGetValue(name, out GoldenArea? area))
            {
                Areas.Add(name, area = GoldenArea.Open(Path.Combine(Root, name)));
            }

            return area;
        }
    }

    /// <summary>
    /// The names of all cases of an area, for a test case source; of those with one of the operations <paramref name="ops"/> if any are given.
    /// </summary>
    public static IEnumerable<string> Names(string area, params string[] ops) =>
        Area(area).Cases.Where(golden => ops.Length == 0 || ops.Contains(golden.Op)).Select(golden => golden.Name);

    /// <summary>Runs a case; throws its problems unless it passes.</summary>
    /// <exception cref="GoldenMismatchException">The case failed or is not supported.</exception>
    public static void Check(string area, string name, string device)
    {
        GoldenOutcome outcome = GoldenRunner.Run(Area(area)[name], Device.Parse(device));
        if (outcome.Status != GoldenStatus.Passed)
        {
            throw new GoldenMismatchException($"{outcome.Status} on {device}: {outcome}");
        }
    }

    private static string FindRoot()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
        {
            return Directory.Exists(given) ? given : throw new GoldenFormatException($"{Variable}: no folder '{given}'");
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "tests", "goldens");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new GoldenFormatException($"no tests/goldens above {AppContext.BaseDirectory}; set {Variable} to the folder of the goldens");
    }
}

/// <summary>A case did not pass.</summary>
public sealed class GoldenMismatchException(string message) : Exception(message);
