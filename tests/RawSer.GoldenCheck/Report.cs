using System.Diagnostics;

namespace RawSer.GoldenCheck;

/// <summary>Runs the cases of the command line and prints failures, unsupported operations and the totals.</summary>
internal static class Report
{
    private const int NamesShown = 6;

    /// <summary>The exit status.</summary>
    public static int Run(CommandLine line)
    {
        var outcomes = new List<GoldenOutcome>();
        foreach (string folder in Folders(line.Folder))
        {
            using GoldenArea area = GoldenArea.Open(folder);
            GoldenCase[] named = [.. area.Cases.Where(line.Selects)], selected = [.. named.Where(golden => line.Gpu is null || golden.Expect != GoldenExpectation.Fault)];
            var clock = Stopwatch.StartNew();
            foreach (GoldenCase golden in selected)
            {
                GoldenOutcome outcome = Run(line, golden);
                outcomes.Add(outcome);
                if (outcome.Status == GoldenStatus.Failed)
                {
                    Console.WriteLine($"FAIL {outcome}");
                }
            }

            string left = selected.Length < named.Length ? $"; {named.Length - selected.Length} faults are for the emulator only: on hardware they are undefined" : "";
            Console.WriteLine($"{area.Name}: {selected.Length} cases on {line.Device} in {clock.Elapsed.TotalSeconds:f1} s{left}");
        }

        if (outcomes.Count == 0)
        {
            throw new UsageException("no case has such a name");
        }

        return Summary(line, outcomes);
    }

    private static GoldenOutcome Run(CommandLine line, GoldenCase golden)
    {
        using LongCase progress = new(golden, Console.Error.WriteLine); // standard output is for results
        return line.Gpu is { } gpu && golden.Op == Ptx.PtxCases.Name
            ? Ptx.PtxCases.RunOnGpu(golden, gpu)
            : GoldenRunner.Run(golden, line.Device, progress.Compared);
    }

    private static int Summary(CommandLine line, List<GoldenOutcome> outcomes)
    {
        GoldenOutcome[] unsupported = [.. outcomes.Where(outcome => outcome.Status == GoldenStatus.Unsupported)];
        foreach (var group in unsupported.GroupBy(outcome => (Allowed: line.AllowsUnsupported(outcome.Case), outcome.Case.Area, Reason: outcome.Problems[0])))
        {
            string names = string.Join(", ", group.Take(NamesShown).Select(outcome => outcome.Case.Name));
            string more = group.Count() > NamesShown ? $", … ({group.Count()} cases)" : "";
            Console.WriteLine($"{(group.Key.Allowed ? "unsupported, allowed" : "UNSUPPORTED")} {group.Key.Area}: {group.Key.Reason}: {names}{more}");
        }

        int failed = outcomes.Count(outcome => outcome.Status == GoldenStatus.Failed);
        int passed = outcomes.Count - failed - unsupported.Length;
        Console.WriteLine($"{passed} passed, {failed} failed, {unsupported.Length} unsupported");
        return failed == 0 && Array.TrueForAll(unsupported, outcome => line.AllowsUnsupported(outcome.Case)) ? 0 : 1;
    }

    private static string[] Folders(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new UsageException($"no folder '{folder}'");
        }

        if (File.Exists(Path.Combine(folder, "cases.json")))
        {
            return [folder];
        }

        string[] areas = [.. Directory.GetDirectories(folder).Where(area => File.Exists(Path.Combine(area, "cases.json"))).Order(StringComparer.Ordinal)];
        return areas.Length > 0 ? areas : throw new UsageException($"'{folder}' has no cases.json, and no folder with one");
    }
}
