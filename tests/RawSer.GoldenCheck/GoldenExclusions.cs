namespace RawSer.GoldenCheck;

/// <summary>Cases of this repository's goldens that the tests leave out, each with its reason.</summary>
public static class GoldenExclusions
{
    private static readonly (string Area, string NameOrOperation, string Reason)[] s_list = [];

    /// <summary>The entries of an area.</summary>
    public static IEnumerable<(string NameOrOperation, string Reason)> Of(string area) =>
        s_list.Where(entry => entry.Area == area).Select(entry => (entry.NameOrOperation, entry.Reason));

    /// <summary>Why a case is left out, or null.</summary>
    public static string? Reason(GoldenCase golden) =>
        Array.Find(s_list, entry => entry.Area == golden.Area && (entry.NameOrOperation == golden.Name || entry.NameOrOperation == golden.Op)).Reason;
}
