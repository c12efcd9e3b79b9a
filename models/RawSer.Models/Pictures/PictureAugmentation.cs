using RawSer.Audio.Augmentation;

namespace RawSer.Models.Pictures;

/// <summary>
/// The report's augmentation: Keras' RandomFlip, RandomRotation and RandomZoom, one after the other, each with draws of its own, bilinear, with reflected
/// edges.
/// </summary>
public sealed record PictureAugmentation
{
    /// <summary>Whether every second picture is mirrored left to right.</summary>
    public bool Flip { get; init; }

    /// <summary>Greatest rotation to either side, as a share of a full turn.</summary>
    public double Rotation { get; init; }

    /// <summary>Greatest change of size: the sampling scale is drawn from 1 - zoom to 1 + zoom, the same for both axes.</summary>
    public double Zoom { get; init; }

    /// <summary>Whether nothing is changed.</summary>
    public bool IsIdentity => !Flip && Rotation == 0 && Zoom == 0;

    /// <summary>Changes a picture (height, width, channels) in place.</summary>
    public void Apply(Span<float> picture, int height, int width, int channels, IRandomNumbers random)
    {
        if (Flip && random.NextUniform() < 0.5)
        {
            PictureTransform.FlipHorizontally(picture, height, width, channels);
        }

        if (Rotation > 0)
        {
            double angle = ((2 * random.NextUniform()) - 1) * Rotation * 2 * Math.PI;
            Transform(picture, PictureTransform.Rotation((float)angle, height, width), height, width, channels);
        }

        if (Zoom > 0)
        {
            float scale = (float)(1 + (((2 * random.NextUniform()) - 1) * Zoom));
            Transform(picture, PictureTransform.Zoom(scale, scale, height, width), height, width, channels);
        }
    }

    private static void Transform(Span<float> picture, PictureTransform transform, int height, int width, int channels)
    {
        float[] result = new float[picture.Length];
        transform.Apply(picture, result, height, width, channels, PictureFill.Reflect);
        result.CopyTo(picture);
    }
}
