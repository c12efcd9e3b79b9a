using RawSer.Kernels;

namespace RawSer.Models.Pictures;

/// <summary>Pictures of any size to the size of a network, as Keras' image_dataset_from_directory makes them: bilinear, without smoothing.</summary>
public static class PictureResize
{
    /// <summary>Resizes a picture (height, width, channels).</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="cropToAspectRatio">Whether the largest centred part with the result's proportions is taken, instead of distorting the picture.</param>
    /// <exception cref="ArgumentException">The picture has not three dimensions, or a size is not positive.</exception>
    public static Tensor Resize(Tensor picture, int height, int width, bool cropToAspectRatio = false)
    {
        if (picture.Rank != 3 || picture.Shape.ElementCount == 0 || height < 1 || width < 1)
        {
            throw new ArgumentException($"picture of shape {picture.Shape} to {height} x {width}: expected (height, width, channels) and positive sizes");
        }

        using TensorScope scope = Tensor.Scope();
        Tensor part = cropToAspectRatio ? Crop(picture, height, width) : picture;
        return scope.Keep(part.MoveDim(-1, 0).Contiguous().ResizeBilinear(height, width).MoveDim(0, -1));
    }

    private static Tensor Crop(Tensor picture, int height, int width)
    {
        Shape shape = picture.Shape;
        int rows = Math.Min(shape[0], (int)((double)shape[1] * height / width)), columns = Math.Min(shape[1], (int)((double)shape[0] * width / height));
        (int top, int left) = ((shape[0] - rows) / 2, (shape[1] - columns) / 2);
        return picture.Slice(0, top, top + rows).Slice(1, left, left + columns);
    }
}
