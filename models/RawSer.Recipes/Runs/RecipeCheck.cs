using System.Globalization;
using RawSer.Audio.Features;
using RawSer.Models;
using RawSer.Models.Vgg;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Splits;

namespace RawSer.Recipes.Runs;

/// <summary>What a recipe's values must be to each other. <see cref="RecipeKeys"/> knows what each may be alone.</summary>
internal static class RecipeCheck
{
    /// <summary>Refuses a recipe that no data could be trained with, before anything is read or written.</summary>
    /// <exception cref="RecipeException">Values do not go together.</exception>
    public static void Run(Recipe recipe)
    {
        HeadSearch.Check(recipe);
        CheckNoise(recipe);
        try
        {
            Splitter.Check(recipe.Split);
        }
        catch (CorpusException e)
        {
            throw new RecipeException($"recipe '{recipe.Name}': {e.Message}", e);
        }

        // Any number that makes a classifier will do: the data says how many classes there are.
        NetworkOptions? network = RunNetwork.ReadsFeatures(recipe) ? RunSetup.NetworkOptions(recipe, FeatureProfile.Get(recipe.Features.Profile), classes: 2) : null;
        CheckAugmentation(recipe, network);
    }

    private static void CheckNoise(Recipe recipe)
    {
        (double low, double high) = (recipe.Augmentation.NoiseSnrLow, recipe.Augmentation.NoiseSnrHigh);
        if (low > high)
        {
            throw new RecipeException(string.Create(
                CultureInfo.InvariantCulture,
                $"recipe '{recipe.Name}': augmentation.noise_snr_low = {low} is above augmentation.noise_snr_high = {high}; expected the lower ratio first"));
        }
    }

    /// <summary>An augmentation that the network's inputs do not have would be passed over in silence, or end the training at its first batch.</summary>
    private static void CheckAugmentation(Recipe recipe, NetworkOptions? network)
    {
        AugmentationSettings settings = recipe.Augmentation;
        SpectrogramVgg? pictures = network as SpectrogramVgg;
        if ((network is null || pictures is not null) && settings.TimeMasks + settings.FrequencyMasks > 0)
        {
            throw new RecipeException($"recipe '{recipe.Name}': augmentation.time_masks and augmentation.frequency_masks are for networks on features; set both to 0");
        }

        if (network is null && settings.NoiseCopies > 0)
        {
            throw new RecipeException($"recipe '{recipe.Name}': augmentation.noise_copies are for networks on features and on pictures; set it to 0");
        }

        bool hasFrozenBase = pictures is not null && recipe.Network.TrainedConvolutions < pictures.Network.ConvolutionCount;
        if (!hasFrozenBase && !RunSetup.PictureAugmentation(settings).IsIdentity)
        {
            throw new RecipeException(
                $"recipe '{recipe.Name}': augmentation.flip, rotation and zoom are for pictures in front of frozen convolutions, which this network has not; set them to false and 0");
        }
    }
}
