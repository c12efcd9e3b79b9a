namespace RawSer.GoldenCheck;

/// <summary>Cases of this repository's goldens that the tests leave out, each with its reason.</summary>
public static class GoldenExclusions
{
    private const string ImageNetworks = "belongs to the image networks, whose layers are not here";

    private static readonly (string Area, string NameOrOperation, string Reason)[] s_list =
    [
        ("keras", "image_flip", ImageNetworks),
        ("keras", "image_rotation", ImageNetworks),
        ("keras", "image_zoom", ImageNetworks),
        ("keras", "image_note", ImageNetworks),
        ("keras", "resize_crop_to_aspect", "cropping to an aspect ratio " + ImageNetworks),
        ("keras", "vgg_preprocess", ImageNetworks),
        ("keras", "param_count", ImageNetworks),
        ("keras", "vgg_small", ImageNetworks),
    ];

    /// <summary>The entries of an area.</summary>
    public static IEnumerable<(string NameOrOperation, string Reason)> Of(string area) =>
        s_list.Where(entry => entry.Area == area).Select(entry => (entry.NameOrOperation, entry.Reason));

    /// <summary>Why a case is left out, or null.</summary>
    public static string? Reason(GoldenCase golden) =>
        Array.Find(s_list, entry => entry.Area == golden.Area && (entry.NameOrOperation == golden.Name || entry.NameOrOperation == golden.Op)).Reason;
}
