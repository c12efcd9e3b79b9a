using RawSer.Models.Pictures;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Bilinear resizing of an image (H, W, C) of bytes.</summary>
internal static class ResizeCases
{
    public static void Register(HandlerTable table) => table.Kind("image_resize", (golden, run) =>
    {
        GoldenAttributes attrs = golden.Attrs;
        attrs.Only("method", "bilinear");
        if (attrs.Bool("antialias", false) || !attrs.Bool("half_pixel_centers", true))
        {
            throw new GoldenUnsupportedException("antialiasing and corners as centres");
        }

        int[] size = attrs.Ints("size");
        GoldenTensor image = golden.Input("x");
        Tensor y = PictureResize.Resize(Tensor.From(image.Floats, image.Shape, run.Device), size[0], size[1], attrs.Bool("crop_to_aspect_ratio", false));
        if (attrs.StringOrNull("stored_rows") is { } rows)
        {
            int[] range = rows.Split("::") is [string start, string step] ? [int.Parse(start), int.Parse(step)] : throw new GoldenUnsupportedException($"rows {rows}");
            y = y.Slice(0, range[0], step: range[1]);
        }

        run.Result(y);
    });
}
