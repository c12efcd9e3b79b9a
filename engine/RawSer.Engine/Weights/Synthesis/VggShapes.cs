namespace RawSer.Weights.Synthesis;

/// <summary>Names and shapes of VGG16 (Simonyan and Zisserman, 2015, configuration D) in torchvision.</summary>
internal static class VggShapes
{
    private const int Kernel = 3;
    private const int PooledSize = 7;
    private const int Hidden = 4096;

    private static readonly (int Channels, int Convolutions)[] Blocks = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

    /// <summary>The convolutions, and the classifier for so many classes unless null.</summary>
    public static List<(string Name, long[] Shape)> Of(int? classes)
    {
        var shapes = new List<(string Name, long[] Shape)>();
        long inputs = 3;
        int index = 0;
        foreach ((int channels, int convolutions) in Blocks)
        {
            for (int i = 0; i < convolutions; i++)
            {
                Add($"features.{index}", channels, inputs, Kernel, Kernel);
                inputs = channels;
                index += 2; // the rectifier has a number too
            }

            index++; // and the pooling
        }

        if (classes is { } outputs)
        {
            Add("classifier.0", Hidden, inputs * PooledSize * PooledSize);
            Add("classifier.3", Hidden, Hidden);
            Add("classifier.6", outputs, Hidden);
        }

        return shapes;

        void Add(string layer, params long[] weight)
        {
            shapes.Add(($"{layer}.weight", weight));
            shapes.Add(($"{layer}.bias", [weight[0]]));
        }
    }
}
