using RawSer.Models.Pictures;

namespace RawSer.Models.Tests.Pictures;

public sealed class PictureTests
{
    [Test]
    public void Row_zero_is_at_the_bottom_and_values_beyond_the_range_have_its_ends()
    {
        byte[] picture = new byte[2 * 2 * 3];
        new SpectrogramPicture(Colormap.GrayReversed, -80, 0).Draw([-100, -80, 0, 7], rows: 2, columns: 2, height: 2, width: 2, picture);
        Assert.That(picture, Is.EqualTo(new byte[] { 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255 }));
    }

    [Test]
    public void Constant_and_undefined_values_have_the_first_colour()
    {
        byte[] picture = new byte[3 * 3];
        new SpectrogramPicture(Colormap.Magma).Draw([float.NaN, float.NaN, float.NaN], rows: 1, columns: 3, height: 1, width: 3, picture);
        Assert.That(picture, Is.EqualTo(Enumerable.Repeat(Colormap.Magma.Drawn[..3].ToArray(), 3).SelectMany(c => c)));
    }

    [TestCase(PicturePreprocessing.Torchvision, 0, (128 / 255f - 0.485f) / 0.229f)]
    [TestCase(PicturePreprocessing.Torchvision, 2, (30 / 255f - 0.406f) / 0.225f)]
    [TestCase(PicturePreprocessing.Tf, 1, (64 / 127.5f) - 1)]
    [TestCase(PicturePreprocessing.Unit, 1, 64 / 255f)]
    [TestCase(PicturePreprocessing.None, 2, 30f)]
    [TestCase(PicturePreprocessing.Caffe, 0, 30 - 103.939f)]
    public void Inputs_are_as_the_library_of_the_weights_makes_them(PicturePreprocessing preprocessing, int channel, float expected)
    {
        float[] input = new float[3];
        PictureInput.Prepare([128, 64, 30], preprocessing, input);
        Assert.That(input[channel], Is.EqualTo(expected).Within(1e-5f));
    }

    [Test]
    public void Sizes_that_do_not_fit_are_named()
    {
        Assert.That(() => new SpectrogramPicture(Colormap.Magma).Draw(new float[5], 2, 3, 1, 1, new byte[3]), Throws.ArgumentException.With.Message.Contains("2 x 3 cells in 5 values"));
        Assert.That(() => Colormap.Get("jet"), Throws.ArgumentException.With.Message.Contains("magma, viridis"));
    }
}
