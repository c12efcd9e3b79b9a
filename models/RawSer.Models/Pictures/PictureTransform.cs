namespace RawSer.Models.Pictures;

/// <summary>What stands beyond the edges of a picture, for an edge <c>a b c d</c>.</summary>
public enum PictureFill
{
    /// <summary><c>d c b a | a b c d | d c b a</c>.</summary>
    Reflect,

    /// <summary>One value.</summary>
    Constant,

    /// <summary><c>a a a a | a b c d | d d d d</c>.</summary>
    Nearest,

    /// <summary><c>a b c d | a b c d | a b c d</c>.</summary>
    Wrap,
}

/// <summary>
/// An affine map of a picture, from output to input: the output pixel (x, y) is what the input has at (A0 x + A1 y + A2, B0 x + B1 y + B2). Interpolation
/// and fills are those of TensorFlow's ImageProjectiveTransformV3, in float.
/// </summary>
public readonly record struct PictureTransform(float A0, float A1, float A2, float B0, float B1, float B2)
{
    /// <summary>Keras' RandomRotation by an angle in radians, counter-clockwise around the centre.</summary>
    public static PictureTransform Rotation(float angle, int height, int width)
    {
        (float sin, float cos) = MathF.SinCos(angle);
        float right = width - 1, bottom = height - 1;
        return new(cos, -sin, (right - ((cos * right) - (sin * bottom))) / 2, sin, cos, (bottom - ((sin * right) + (cos * bottom))) / 2);
    }

    /// <summary>Keras' RandomZoom: the distances between sampled pixels are multiplied, around the centre; above 1 the picture becomes smaller.</summary>
    public static PictureTransform Zoom(float x, float y, int height, int width) => new(x, 0, (width - 1) / 2f * (1 - x), 0, y, (height - 1) / 2f * (1 - y));

    /// <summary>Mirrors a picture (height, width, channels) in place, left to right.</summary>
    public static void FlipHorizontally(Span<float> picture, int height, int width, int channels)
    {
        Span<float> pixel = stackalloc float[channels];
        for (int y = 0; y < height; y++)
        {
            Span<float> row = picture.Slice(y * width * channels, width * channels);
            for (int x = 0; x < width / 2; x++)
            {
                Span<float> left = row.Slice(x * channels, channels), right = row.Slice((width - 1 - x) * channels, channels);
                left.CopyTo(pixel);
                right.CopyTo(left);
                pixel.CopyTo(right);
            }
        }
    }

    /// <summary>Mirrors a picture (height, width, channels) in place, top to bottom.</summary>
    public static void FlipVertically(Span<float> picture, int height, int width, int channels)
    {
        int length = width * channels;
        float[] line = new float[length];
        for (int y = 0; y < height / 2; y++)
        {
            Span<float> top = picture.Slice(y * length, length), bottom = picture.Slice((height - 1 - y) * length, length);
            top.CopyTo(line);
            bottom.CopyTo(top);
            line.CopyTo(bottom);
        }
    }

    /// <summary>Applies the map to a picture (height, width, channels).</summary>
    /// <param name="input">The picture.</param>
    /// <param name="output">The result; not the same memory.</param>
    /// <param name="height">Rows of both.</param>
    /// <param name="width">Columns of both.</param>
    /// <param name="channels">Values per pixel.</param>
    /// <param name="fill">What stands beyond the edges.</param>
    /// <param name="fillValue">The value of <see cref="PictureFill.Constant"/>.</param>
    /// <param name="bilinear">Whether the four neighbours are mixed; else the nearest pixel is taken.</param>
    /// <exception cref="ArgumentException">The lengths are not height * width * channels.</exception>
    public void Apply(ReadOnlySpan<float> input, Span<float> output, int height, int width, int channels, PictureFill fill, float fillValue = 0, bool bilinear = true)
    {
        long length = (long)height * width * channels;
        if (input.Length != length || output.Length != length)
        {
            throw new ArgumentException($"picture of {height} x {width} x {channels} from {input.Length} to {output.Length} values");
        }

        Source source = new(input, height, width, channels, fillValue);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                float u = Inside((A0 * x) + (A1 * y) + A2, width, fill), v = Inside((B0 * x) + (B1 * y) + B2, height, fill);
                Span<float> pixel = output.Slice(((y * width) + x) * channels, channels);
                if (bilinear)
                {
                    source.Mix(u, v, pixel);
                }
                else
                {
                    source.Copy(MathF.Round(u, MidpointRounding.AwayFromZero), MathF.Round(v, MidpointRounding.AwayFromZero), pixel);
                }
            }
        }
    }

    /// <summary>A coordinate brought into the picture. <see cref="PictureFill.Wrap"/> does not interpolate between the two edges, as in TensorFlow.</summary>
    private static float Inside(float at, int length, PictureFill fill)
    {
        switch (fill)
        {
            case PictureFill.Constant:
                return at;
            case PictureFill.Reflect when length > 1:
                int period = 2 * length;
                if (at < 0)
                {
                    at = at < period ? (period * (int)(-at / period)) + at : at;
                    at = at < -length ? at + period : -at - 1;
                }
                else if (at > length - 1)
                {
                    at -= period * (int)(at / period);
                    at = at >= length ? period - at - 1 : at;
                }

                break;
            case PictureFill.Wrap when length > 1:
                if (at < 0)
                {
                    at += length * ((int)(-at / (length - 1)) + 1);
                }
                else if (at > length - 1)
                {
                    at -= length * (int)(at / (length - 1));
                }

                break;
        }

        return Math.Clamp(at, 0, length - 1);
    }

    private readonly ref struct Source(ReadOnlySpan<float> pixels, int height, int width, int channels, float fillValue)
    {
        private readonly ReadOnlySpan<float> _pixels = pixels;

        public void Copy(float x, float y, Span<float> pixel)
        {
            for (int c = 0; c < channels; c++)
            {
                pixel[c] = At(x, y, c);
            }
        }

        public void Mix(float x, float y, Span<float> pixel)
        {
            float left = MathF.Floor(x), top = MathF.Floor(y), right = left + 1, bottom = top + 1;
            for (int c = 0; c < channels; c++)
            {
                float upper = ((right - x) * At(left, top, c)) + ((x - left) * At(right, top, c));
                float lower = ((right - x) * At(left, bottom, c)) + ((x - left) * At(right, bottom, c));
                pixel[c] = ((bottom - y) * upper) + ((y - top) * lower);
            }
        }

        private float At(float x, float y, int c) =>
            x >= 0 && x < width && y >= 0 && y < height ? _pixels[((((int)y * width) + (int)x) * channels) + c] : fillValue;
    }
}
