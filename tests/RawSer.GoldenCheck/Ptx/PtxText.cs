using System.Globalization;
using System.Text.RegularExpressions;

namespace RawSer.GoldenCheck.Ptx;

/// <summary>PTX text for a driver and a GPU that are older than the compiler that wrote it.</summary>
public static partial class PtxText
{
    /// <summary>
    /// The text with its version and its target brought down to what is there. Whether its instructions are, the driver's assembler says.
    /// </summary>
    /// <param name="ptx">The text.</param>
    /// <param name="ptxVersion">Highest PTX version that the driver takes, as one number: 78 for 7.8.</param>
    /// <param name="smVersion">Compute capability of the GPU as one number.</param>
    public static string For(string ptx, int ptxVersion, int smVersion)
    {
        string text = Version().Replace(
            ptx,
            line => Number(line.Groups["major"].Value + line.Groups["minor"].Value) <= ptxVersion ? line.Value : string.Create(CultureInfo.InvariantCulture, $".version {ptxVersion / 10}.{ptxVersion % 10}"),
            1);
        return Target().Replace(text, line => Number(line.Groups["sm"].Value) <= smVersion ? line.Value : string.Create(CultureInfo.InvariantCulture, $".target sm_{smVersion}"), 1);
    }

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\.version\s+(?<major>\d+)\.(?<minor>\d)", RegexOptions.Multiline)]
    private static partial Regex Version();

    [GeneratedRegex(@"^\.target\s+sm_(?<sm>\d+)", RegexOptions.Multiline)]
    private static partial Regex Target();
}
