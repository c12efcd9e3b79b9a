using RawSer.Models.Pictures;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Image layers of Keras: mirrored, rotated and zoomed pictures, and the preprocessing of VGG16.</summary>
internal static class PictureCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("image_flip", Flip);
        table.Kind("image_rotation", (golden, run) => Transform(golden, run, "angles", (values, height, width) => PictureTransform.Rotation(values[0], height, width)));
        table.Kind("image_zoom", (golden, run) => Transform(golden, run, "zoom_xy", (values, height, width) => PictureTransform.Zoom(values[0], values[1], height, width)));
        table.Kind("image_note", RandomRanges);
        table.Kind("vgg_preprocess", Preprocess);
    }

    private static void Flip(GoldenCase golden, GoldenRun run)
    {
        GoldenTensor x = golden.Input("x");
        (int height, int width, int channels) = (x.Shape[1], x.Shape[2], x.Shape[3]);
        float[] mirrored = [.. x.Floats], turned = [.. x.Floats];
        for (int i = 0; i < x.Shape[0]; i++)
        {
            int length = height * width * channels;
            PictureTransform.FlipHorizontally(mirrored.AsSpan(i * length, length), height, width, channels);
            PictureTransform.FlipVertically(turned.AsSpan(i * length, length), height, width, channels);
        }

        run.Output("y", mirrored, x.Shape);
        run.Output("y_vertical", turned, x.Shape);
    }

    private static void Transform(GoldenCase golden, GoldenRun run, string role, Func<float[], int, int, PictureTransform> transform)
    {
        GoldenAttributes attrs = golden.Attrs;
        PictureFill fill = attrs.Choice(
            "fill_mode", ("reflect", PictureFill.Reflect), ("constant", PictureFill.Constant), ("nearest", PictureFill.Nearest), ("wrap", PictureFill.Wrap));
        bool bilinear = attrs.Choice("interpolation", ("bilinear", true), ("nearest", false));
        GoldenTensor x = golden.Input("x"), parameters = golden.Input(role);
        (int height, int width, int channels) = (x.Shape[1], x.Shape[2], x.Shape[3]);
        int length = height * width * channels, each = parameters.Count / x.Shape[0];
        float[] result = new float[x.Count];
        List<float> matrices = [];
        for (int i = 0; i < x.Shape[0]; i++)
        {
            PictureTransform map = transform(parameters.Floats[(i * each)..((i + 1) * each)], height, width);
            matrices.AddRange([map.A0, map.A1, map.A2, map.B0, map.B1, map.B2, 0, 0]);
            map.Apply(x.Floats.AsSpan(i * length, length), result.AsSpan(i * length, length), height, width, channels, fill, attrs.Float("fill_value"), bilinear);
        }

        run.Output("matrix", [.. matrices], [x.Shape[0], 8]);
        run.Output("y", result, x.Shape);
    }

    /// <summary>The ranges of the random draws, seen on a picture whose values are their own coordinates.</summary>
    private static void RandomRanges(GoldenCase golden, GoldenRun run)
    {
        golden.Attrs.Describe("rotation", "zoom", "order");
        const int Size = 41, Draws = 200, Middle = Size / 2, Arm = 5;
        const double Share = 0.05;
        List<double> angles = [], scales = [];
        int mirrored = 0;
        for (ulong draw = 0; draw < Draws; draw++)
        {
            (double x, double y) = Seen(new PictureAugmentation { Rotation = Share }, draw);
            angles.Add(Math.Atan2(y, x) / (2 * Math.PI));
            scales.Add(Seen(new PictureAugmentation { Zoom = Share }, draw).X / Arm);
            mirrored += Seen(new PictureAugmentation { Flip = true }, draw).X < 0 ? 1 : 0;
        }

        run.Close("least and greatest turn", [angles.Min(), angles.Max()], [-Share, Share], new Testing.Tolerance(0, 0.002));
        run.Close("least and greatest scale", [scales.Min(), scales.Max()], [1 - Share, 1 + Share], new Testing.Tolerance(0, 0.002));
        run.Close("share of mirrored pictures", (double)mirrored / Draws, 0.5, new Testing.Tolerance(0, 0.15));

        (double X, double Y) Seen(PictureAugmentation augmentation, ulong draw)
        {
            float[] coordinates = new float[Size * Size * 2];
            for (int i = 0; i < Size * Size; i++)
            {
                (coordinates[2 * i], coordinates[(2 * i) + 1]) = ((i % Size) - Middle, (i / Size) - Middle);
            }

            augmentation.Apply(coordinates, Size, Size, 2, new RawSer.Audio.Augmentation.PhiloxNumbers(1, draw));
            int place = 2 * ((Middle * Size) + Middle + Arm);
            return (coordinates[place], coordinates[place + 1]);
        }
    }

    private static void Preprocess(GoldenCase golden, GoldenRun run)
    {
        golden.Attrs.Only("mode", "caffe");
        GoldenTensor x = golden.Input("x");
        (int height, int width, int channels) = (x.Shape[1], x.Shape[2], x.Shape[3]);
        int length = height * width * channels;
        float[] planes = new float[x.Count];
        for (int i = 0; i < x.Shape[0]; i++)
        {
            PictureInput.Prepare(x.Floats.AsSpan(i * length, length), PicturePreprocessing.Caffe, planes.AsSpan(i * length, length));
        }

        run.Output("y", Tensor.From(planes, [x.Shape[0], channels, height, width]).MoveDim(1, -1));
    }
}
