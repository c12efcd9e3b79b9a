using System.Globalization;
using RawSer.Audio.Features;
using RawSer.Gpu.Compiler;
using RawSer.Kernels;
using RawSer.Models;
using RawSer.Models.Recognition;
using RawSer.Models.Ser;
using RawSer.Nn;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Reports;
using RawSer.Recipes.Splits;
using RawSer.Recipes.Tests.Reports;

namespace RawSer.Recipes.Tests;

/// <summary>What the libraries write is the same in programs of every culture.</summary>
public sealed class CultureTests
{
    /// <summary>German numbers with the sign of Swedish ones; these tests run without data of cultures (InvariantGlobalization).</summary>
    private static readonly CultureInfo Foreign = CreateForeign();

    private static IEnumerable<TestCaseData> Texts()
    {
        yield return Text("device kernels", () => string.Concat(
            KernelSearch.In(typeof(CudaBackend).Assembly).Where((kernel, i) => i % 4 == 0 && !kernel.IsSpecialised).AsParallel().AsOrdered().Select(kernel => kernel.CompileForTiers()[0].Ptx)));
        yield return Text("message of a layer", () => Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(-0.5))!.Message);
        yield return Text("message of a split", () => Assert.Throws<CorpusException>(() => Splitter.Check(new SplitPlan { TestShare = 1.5 }))!.Message);
        yield return Text("message of features", () => Assert.Throws<ArgumentException>(() => new FeatureExtractor(FeatureProfile.Get("report-mel") with { Duration = 1e-5 }))!.Message);
        yield return Text("feature profile", () => FeatureProfile.Get("report-mel").Key);
        yield return Text("layer table", () =>
        {
            SerNetworkOptions options = new();
            using SerNetwork network = options.Create(seed: 1);
            return LayerSummary.Of(network, options.InputShape(1)).ToString();
        });
        yield return Text("recogniser", () => new FeatureRecognizerSettings(new SerNetworkOptions(), FeatureProfile.Get("report-mel"), ["calm", "angry"]).ToJson());
        yield return Text("recipe", () => RecipeFile.Write(RecipeFile.Set(RecipeFile.Load("report-vgg16-exp2"), "picture.low=-62.5")));
        yield return Text("report", () =>
        {
            using StringWriter writer = new(CultureInfo.InvariantCulture);
            HtmlReport.Write(writer, HtmlReportTests.Sample());
            return writer.ToString();
        });
    }

    [TestCaseSource(nameof(Texts))]
    public void A_text_is_the_same_in_every_culture(Func<string> write)
    {
        string here = write();
        CultureInfo culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = Foreign;
            Assert.That($"{-1234.5:N1}", Is.EqualTo("\u22121.234,5"));
            Assert.That(write(), Is.EqualTo(here));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static TestCaseData Text(string name, Func<string> write) => new TestCaseData(write).SetArgDisplayNames(name);

    private static CultureInfo CreateForeign()
    {
        CultureInfo culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = (",", ".");
        (culture.NumberFormat.PercentDecimalSeparator, culture.NumberFormat.PercentGroupSeparator) = (",", ".");
        culture.NumberFormat.NegativeSign = "\u2212";
        return culture;
    }
}
