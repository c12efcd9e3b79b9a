using System.Globalization;

namespace RawSer.Recipes.Metrics;

/// <summary>Shares as people read them.</summary>
public static class Percent
{
    /// <summary>43.3%: one decimal and no space, in every culture; a dash for what is not finite.</summary>
    public static string Of(double share) => !double.IsFinite(share) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0}%");
}
