using System.Text.Json.Nodes;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Reports;

namespace RawSer.Recipes.Tests.Reports;

public sealed class ReproductionTableTests
{
    [Test]
    public void A_row_has_the_reports_figures_and_ours()
    {
        Recipe recipe = RecipeFile.Load("report-wav2vec2");
        Evaluation evaluation = Evaluate("RAVDESS", clips: 20, right: 15);
        string text = ReproductionTable.ToText([new Reproduction("report-wav2vec2", recipe, evaluation)]);
        string row = text.Split('\n').First(line => line.StartsWith("report-wav2vec2", StringComparison.Ordinal));
        string[] cells = [.. row.Split('|').Select(cell => string.Join(' ', cell.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        // Wilson's interval of 15 of 20, as statsmodels.stats.proportion.proportion_confint(15, 20, method="wilson") gives it: 0.5313, 0.8881.
        Assert.That(cells, Is.EqualTo(new[] { "report-wav2vec2", "0.81 0.81 608", $"0.75 (0.53 to 0.89) {evaluation.MacroF1.Value:F2} 20", "-0.06, within the interval" }));
        Assert.That(text, Does.Contain("report-wav2vec2: 20 test clips of RAVDESS, where the report has 608 of CREMA-D, RAVDESS, SAVEE, TESS")
            .And.Contain("report-wav2vec2: the report's 608 test clips are 5% that were not stratified"));
        Assert.That(text, Does.Contain(" angry").And.Contain(" 0.87/"));
    }

    [Test]
    public void What_was_changed_is_named()
    {
        Recipe recipe = RecipeFile.Set(RecipeFile.Set(RecipeFile.Load("report-vgg16-exp4"), "training.epochs=2"), "labels.savee=correct");
        IReadOnlyList<string> differences = new Reproduction("report-vgg16-exp4", recipe, null).Differences;
        Assert.That(differences, Does.Contain("training.epochs is 2, the recipe has 50").And.Contain("labels.savee is \"correct\", the recipe has \"report\""));
        Assert.That(differences, Does.Contain("procedural weights in place of ImageNet's: the row says nothing about VGG16"));
        Assert.That(differences, Has.Some.Contains("0.7050"));
        Recipe real = RecipeFile.Set(RecipeFile.Load("report-vgg16-exp4"), "network.weights=vgg16.safetensors");
        Assert.That(new Reproduction("report-vgg16-exp4", real, null).Differences, Has.None.Contains("procedural").And.None.Contains("network.weights"));
    }

    [Test]
    public void A_search_shows_what_it_found_and_a_missing_model_is_a_row()
    {
        Dictionary<string, string> found = new() { ["network.hidden1"] = "128", ["optimizer.learning_rate"] = "1e-4" };
        string text = ReproductionTable.ToText(
        [
            new Reproduction("report-vgg16-exp0", RecipeFile.Load("report-vgg16-exp0"), null, Found: found),
            new Reproduction("report-wav2vec2", RecipeFile.Load("report-wav2vec2"), null, NotRun: "no model"),
        ]);
        Assert.That(text, Does.Match(@"report-vgg16-exp0 +\| *search: 512, 192, 1e-5 +\|no test clips +\| found network.hidden1 128, optimizer.learning_rate 1e-4"));
        Assert.That(text, Does.Match(@"report-wav2vec2 +\| +0.81 +0.81 +608 +\|not run +\|").And.Contain("report-wav2vec2: not run: no model"));
    }

    [Test]
    public void A_difference_stands_once_with_all_its_experiments()
    {
        Reproduction[] two = [.. new[] { "report-vgg16-exp1", "report-vgg16-exp3" }.Select(name => new Reproduction(name, RecipeFile.Set(RecipeFile.Load(name), "training.epochs=2"), null))];
        Assert.That(ReproductionTable.ToText(two).Split('\n'), Has.One.EqualTo("  report-vgg16-exp1, report-vgg16-exp3: training.epochs is 2, the recipe has 50"));
    }

    [TestCase("encoder.seconds", "report-wav2vec2", "report-single-cnn")]
    [TestCase("search.max_epochs", "report-vgg16-exp0", "report-vgg16-exp1")]
    [TestCase("network.hidden1", "report-vgg16-exp1", "report-cnn-transformer-mel")]
    [TestCase("augmentation.picture_draws", "report-vgg16-exp2", "report-wav2vec2")]
    public void Keys_concern_only_some_experiments(string key, string concerned, string other)
    {
        Assert.That(RecipeKeys.All.Select(k => k.Path), Does.Contain(key));
        Assert.That((RecipeKeys.Concerns(key, RecipeFile.Load(concerned)), RecipeKeys.Concerns(key, RecipeFile.Load(other))), Is.EqualTo((true, false)));
        Assert.That(RecipeKeys.Concerns("training.epochs", RecipeFile.Load(other)), Is.True);
    }

    [TestCaseSource(nameof(ReportNames))]
    public void Every_experiment_of_the_report_has_a_row(string name)
    {
        Reproduction experiment = new(name, RecipeFile.Load(name), Evaluate("TESS", clips: 14, right: 14));
        JsonNode json = ReproductionTable.ToJson([experiment])["experiments"]![0]!;
        Assert.That(((string?)json["recipe"], (double)json["accuracy"]!, (int)json["clips"]!), Is.EqualTo((name, 1.0, 14)));
        int? clips = name == "report-vgg16-exp0" ? null : name == "report-wav2vec2" ? 608 : 1217;
        Assert.That((int?)json["published_clips"], Is.EqualTo(clips));
        string[] lines = ReproductionTable.ToText([experiment]).Split('\n');
        Assert.That(lines.Select(l => l.IndexOf('|', StringComparison.Ordinal)).Where(i => i >= 0).Distinct(), Is.EqualTo(new[] { 34 }), "the columns stand under each other");
        Assert.That(lines.Take(3).Select(l => l.LastIndexOf('|')).Distinct(), Is.EqualTo(new[] { 107 }), "and so does the last one");
    }

    private static IEnumerable<string> ReportNames() => RecipeFile.Names.Where(n => n.StartsWith("report-", StringComparison.Ordinal));

    /// <summary>Clips of the classes in turn; those that are wrong are taken for the next class.</summary>
    private static Evaluation Evaluate(string corpus, int clips, int right) => new(
        [.. Enumerable.Range(0, clips).Select(i => new ClipPrediction($"{i}.wav", corpus, "speaker", i % 7, [.. Enumerable.Range(0, 7).Select(c => c == (i + (i < right ? 0 : 1)) % 7 ? 0.7 : 0.05)]))],
        Emotions.Seven);
}
