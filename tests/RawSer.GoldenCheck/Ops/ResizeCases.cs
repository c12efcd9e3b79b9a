namespace RawSer.GoldenCheck.Ops;

/// <summary>Bilinear resizing of planes.</summary>
internal static class ResizeCases
{
    public static void Register(HandlerTable table) =>
        table.Op("resize_bilinear", (golden, run) =>
        {
            if (golden.Attrs.Bool("antialias", false))
            {
                throw new GoldenUnsupportedException("antialiasing");
            }

            int[] size = golden.Attrs.Ints("size");
            run.Result(run.Input("x").ResizeBilinear(size[0], size[1], golden.Attrs.Bool("align_corners", false)));
        });
}
