using RawSer.Audio.Augmentation;
using RawSer.Recipes.Experiments;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>SpecAugment on standardised features: masked cells become 0, the mean. Which ones depends on seed, epoch and example.</summary>
internal sealed class SpectralMasks(AugmentationSettings settings, int frames, ulong seed) : IExampleAugmentation
{
    public void Apply(Span<float> example, int index, int epoch)
    {
        PhiloxNumbers random = new(seed, ((ulong)epoch << 32) | (uint)index);
        for (int i = 0; i < settings.TimeMasks; i++)
        {
            SpecAugment.MaskTime(example, frames, Math.Min(settings.TimeMaskWidth, frames), random);
        }

        for (int i = 0; i < settings.FrequencyMasks; i++)
        {
            SpecAugment.MaskFrequency(example, frames, Math.Min(settings.FrequencyMaskWidth, example.Length / frames), random);
        }
    }
}
