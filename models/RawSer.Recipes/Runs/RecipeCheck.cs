using System.Globalization;
using RawSer.Audio.Features;
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

        if (RunNetwork.ReadsFeatures(recipe))
        {
            RunSetup.NetworkOptions(recipe, FeatureProfile.Get(recipe.Features.Profile), classes: 2); // any number that makes a classifier: the data will say
        }
        else
        {
            SpeechRunNetwork.Check(recipe);
        }
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
}
