using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Splits;
using RawSer.Training;

namespace RawSer.Recipes.Tests.Experiments;

public sealed class RecipeTests
{
    [TestCaseSource(typeof(RecipeFile), nameof(RecipeFile.Names))]
    public void Every_recipe_that_comes_along_survives_writing_and_reading(string name)
    {
        Recipe recipe = RecipeFile.Load(name);
        Assert.That(recipe.Name, Is.EqualTo(name));
        Assert.That(recipe.Description, Is.Not.Empty);
        string json = RecipeFile.Write(recipe);
        Assert.That(RecipeFile.Write(RecipeFile.Parse(json, name)), Is.EqualTo(json));
        Assert.That(name.StartsWith("report-", StringComparison.Ordinal) && recipe.Search.MaxEpochs == 0, Is.EqualTo(PublishedResult.Of(name) is not null)); // a search has no score of its own
    }

    [Test]
    public void The_reports_recipes_have_its_settings()
    {
        foreach (string name in RecipeFile.Names.Where(n => n.StartsWith("report-", StringComparison.Ordinal) && RecipeFile.Load(n).Network.Kind is not (NetworkKind.Wav2Vec2 or NetworkKind.Vgg16)))
        {
            Recipe recipe = RecipeFile.Load(name);
            bool single = name == "report-single-cnn", noise = name.EndsWith("-aug", StringComparison.Ordinal);
            using (Assert.EnterMultipleScope())
            {
                Assert.That((recipe.Labels.Savee, recipe.Labels.Calm, recipe.Split.Kind), Is.EqualTo((SaveeLabels.Report, CalmLabels.Neutral, SplitKind.Clip)));
                Assert.That((recipe.Network.BatchNorm, recipe.Network.Conventions), Is.EqualTo((BatchNormAxis.Time, Conventions.Keras)));
                Assert.That(recipe.Network.Attend, Is.EqualTo(recipe.Network.Kind == NetworkKind.CnnTransformer ? AttentionOver.Batch : AttentionOver.Time));
                Assert.That(recipe.Optimizer.LearningRate, Is.EqualTo(single ? 1e-2 : 1e-4));
                Assert.That((recipe.Training.Batch, recipe.Training.Epochs, recipe.Training.Patience), Is.EqualTo((32, single ? 67 : 100, single ? (int?)null : noise ? 10 : 20)));
                Assert.That(recipe.Augmentation.NoiseCopies, Is.EqualTo(noise ? 2 : 0));
                Assert.That(recipe.Features.Profile, Is.EqualTo(name.Contains("mel") ? "report-mel" : "report-mfcc"));
            }
        }
    }

    [TestCase("report-vgg16-exp0", 0)]
    [TestCase("report-vgg16-exp1", 0)]
    [TestCase("report-vgg16-exp2", 0)]
    [TestCase("report-vgg16-exp3", 1)]
    [TestCase("report-vgg16-exp4", 2)]
    [TestCase("report-vgg16-exp5", 3)]
    public void The_reports_image_networks_have_its_settings(string name, int trained)
    {
        Recipe recipe = RecipeFile.Load(name);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((recipe.Labels.Savee, recipe.Split.Kind, recipe.Features.Profile), Is.EqualTo((SaveeLabels.Report, SplitKind.Clip, "report-mel")));
            Assert.That((recipe.Network.Kind, recipe.Network.TrainedConvolutions, recipe.Network.Hidden1, recipe.Network.Hidden2), Is.EqualTo((NetworkKind.Vgg16, trained, 512, 192)));
            Assert.That((recipe.Optimizer.Kind, recipe.Optimizer.LearningRate), Is.EqualTo((OptimizerKind.KerasAdam, 1e-5)));
            Assert.That((recipe.Training.Monitor, recipe.Training.Patience), Is.EqualTo(("val_accuracy", 5)));
            Assert.That(recipe.Augmentation.Flip && recipe.Augmentation.Rotation > 0 && recipe.Augmentation.Zoom > 0, Is.EqualTo(name == "report-vgg16-exp2"));
            Assert.That(recipe.Search.MaxEpochs > 0, Is.EqualTo(name == "report-vgg16-exp0"));
        }
    }

    [Test]
    public void The_recipe_of_wav2vec2_has_the_reports_settings()
    {
        Recipe recipe = RecipeFile.Load("report-wav2vec2");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((recipe.Labels.Savee, recipe.Split.Kind, recipe.Split.ValidationShare, recipe.Split.TestShare), Is.EqualTo((SaveeLabels.Report, SplitKind.Clip, 0.05, 0.05)));
            Assert.That((recipe.Encoder.Train, recipe.Encoder.Checkpointing, recipe.Encoder.Seconds), Is.EqualTo((EncoderTraining.All, Checkpointing.On, 3.0)));
            Assert.That((recipe.Optimizer.Kind, recipe.Optimizer.LearningRate, recipe.Network.Dropout), Is.EqualTo((OptimizerKind.KerasAdam, 1e-5, 0.5)));
            Assert.That((recipe.Training.Epochs, recipe.Training.Monitor, recipe.Training.Patience), Is.EqualTo((30, "val_loss", (int?)10)));
        }
    }

    [Test]
    public void The_corrected_recipes_are_the_defaults()
    {
        Recipe recipe = RecipeFile.Load("cnn");
        Assert.That(RecipeFile.Write(recipe), Is.EqualTo(RecipeFile.Write(new Recipe { Name = recipe.Name, Description = recipe.Description })));
    }

    [TestCase("optimizer.learning_rate=1e-4", "optimizer.learning_rate", "0.0001")]
    [TestCase("split.kind=clip", "split.kind", "\"clip\"")]
    [TestCase("split.test_speakers=15-16", "split.test_speakers", "[\"15-16\"]")]
    [TestCase("split.test_speakers=15,16", "split.test_speakers", "[\"15\",\"16\"]")]
    [TestCase("split.test_speakers=[]", "split.test_speakers", "[]")]
    [TestCase("labels.classes=happy,sad", "labels.classes", "[\"happy\",\"sad\"]")]
    [TestCase("training.patience=null", "training.patience", null)]
    [TestCase("optimizer.clip_norm=1", "optimizer.clip_norm", "1")]
    [TestCase("name=7", "name", "\"7\"")]
    [TestCase("seed=18446744073709551615", "seed", "18446744073709551615")]
    public void Sets_single_values(string assignment, string key, string? json)
    {
        Recipe recipe = RecipeFile.Set(new Recipe(), assignment);
        Assert.That(RecipeKeys.Find(key, "").Get(recipe)?.ToJsonString(), Is.EqualTo(json));
    }

    [TestCase("optimizer.learning_rate=fast", "--set optimizer.learning_rate=fast: expected a number above 0")]
    [TestCase("optimizer.learning_rate=0", "--set optimizer.learning_rate=0: expected a number above 0")]
    [TestCase("optimizer.lr=1", "expected one of optimizer.kind, optimizer.learning_rate")]
    [TestCase("optimiser.learning_rate=1", "did you mean optimizer.learning_rate?")]
    [TestCase("batch=8", "did you mean training.batch?")]
    [TestCase("a=8", "unknown key 'a'; expected a key such as optimizer.learning_rate")]
    [TestCase("nonsense=8", "sections are name, description, seed")]
    [TestCase("training.batch=1.5", "expected a whole number from 1")]
    [TestCase("training.batch=1e99", "expected a whole number from 1")]
    [TestCase("split.kind=speakers", "expected one of clip, speaker, corpus, sentence")]
    [TestCase("training.monitor=f1", "expected one of val_loss, val_accuracy, loss, accuracy")]
    [TestCase("network.dropout=1", "expected a number from 0 to below 1")]
    [TestCase("seed=-1", "expected a whole number from 0")]
    [TestCase("split.kind", "expected key=value")]
    public void Refuses_wrong_values_in_one_line(string assignment, string message) =>
        Assert.That(() => RecipeFile.Set(new Recipe(), assignment), Throws.TypeOf<RecipeException>().With.Message.Contains(message).And.Message.Not.Contains("\n"));

    [TestCase("{\"training\": {\"batch\": \"many\"}}", "recipe 'x.json': training.batch = \"many\"; expected a whole number from 1")]
    [TestCase("{\"training\": 5}", "unknown key 'training'")]
    [TestCase("{\"trainings\": {\"batch\": 5}}", "unknown key 'trainings'")]
    [TestCase("{\"split\": {\"kind\": {\"clip\": 1}}}", "split.kind = {\"clip\":1}; expected one of")]
    [TestCase("{\"seed\": 1, \"seed\": 2}", "recipe 'x.json': Duplicate property 'seed'")]
    [TestCase("{\"corpora\": [1]}", "expected a list of texts")]
    [TestCase("[]", "expected a JSON object")]
    [TestCase("{", "not valid JSON: line 1, column 2: expected a name")]
    [TestCase("", "not valid JSON: line 1, column 1: expected a value")]
    [TestCase("null", "expected a JSON object")]
    public void Refuses_a_wrong_file_in_one_line(string json, string message) =>
        Assert.That(() => RecipeFile.Parse(json, "x.json"), Throws.TypeOf<RecipeException>().With.Message.Contains(message).And.Message.Not.Contains("\n"));

    [Test]
    public void An_unknown_recipe_names_those_that_exist() =>
        Assert.That(() => RecipeFile.Load("vgg"), Throws.TypeOf<RecipeException>().With.Message.Contains("neither a file nor one of cnn, two-cnn"));

    [Test]
    public void A_file_may_hold_comments_and_few_values()
    {
        Recipe recipe = RecipeFile.Parse("{ // shorter\n \"training\": {\"epochs\": 3, \"best_weights\": \"when-stopped\",}, }", "x.json");
        Assert.That((recipe.Training.Epochs, recipe.Training.BestWeights, recipe.Training.Batch), Is.EqualTo((3, BestWeights.RestoreWhenStopped, 32)));
    }

    [Test]
    public void The_reports_tables_agree_with_themselves()
    {
        foreach (PublishedResult published in PublishedResult.All)
        {
            int clips = published.Classes.Sum(c => c.Support);
            Assert.That(clips, Is.EqualTo(published.Recipe == "report-wav2vec2" ? 608 : 1217));
            Assert.That(published.Classes.Sum(c => c.Recall * c.Support) / clips, Is.EqualTo(published.Accuracy).Within(0.0101), published.Recipe);
            Assert.That(published.Classes.Average(c => c.F1), Is.EqualTo(published.MacroF1).Within(0.0101), published.Recipe);
            Assert.That(published.Classes.Sum(c => c.F1 * c.Support) / clips, Is.EqualTo(published.WeightedF1).Within(0.0101), published.Recipe);
        }
    }
}
