using RawSer.Recipes.Experiments;
using RawSer.Recipes.Runs;

namespace RawSer.Recipes.Tests.Runs;

/// <summary>What is refused before a run is begun.</summary>
public sealed class RecipeCheckTests
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"rawser-begin-{Guid.NewGuid():n}");

    [TestCaseSource(typeof(RecipeFile), nameof(RecipeFile.Names))]
    public void Every_recipe_that_comes_along_can_be_begun(string name) => Assert.That(() => Begin(RecipeFile.Load(name)), Throws.Nothing);

    /// <summary>What reproduce gives to all experiments reaches those that it means something for.</summary>
    [TestCase("augmentation.noise_copies=1")]
    [TestCase("augmentation.time_masks=1")]
    [TestCase("augmentation.frequency_masks=1")]
    public void A_value_is_refused_where_it_means_nothing(string assignment)
    {
        foreach (Recipe recipe in RecipeFile.Names.Select(RecipeFile.Load))
        {
            bool means = RecipeKeys.Concerns(assignment.Split('=')[0], recipe);
            Assert.That(() => Begin(RecipeFile.Set(recipe, assignment)), means ? Throws.Nothing : Throws.TypeOf<RecipeException>(), recipe.Name);
        }
    }

    [Test]
    public void Values_that_do_not_go_together_leave_no_folder()
    {
        Recipe recipe = RecipeFile.Set(RecipeFile.Load("report-two-cnn-aug"), "augmentation.noise_snr_low=31");
        Assert.That(
            () => Begin(recipe),
            Throws.TypeOf<RecipeException>().With.Message.EqualTo(
                "recipe 'report-two-cnn-aug': augmentation.noise_snr_low = 31 is above augmentation.noise_snr_high = 30; expected the lower ratio first"));
        Assert.That(_folder, Does.Not.Exist);
    }

    private void Begin(Recipe recipe)
    {
        Experiment.Begin(_folder, recipe, [], Device.Cpu, cache: null);
        Directory.Delete(_folder);
    }
}
