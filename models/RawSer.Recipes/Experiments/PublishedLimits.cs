namespace RawSer.Recipes.Experiments;

/// <summary>What the report's figures are for, and what its text does not fix.</summary>
public sealed partial record PublishedResult
{
    /// <summary>What its search found (section 5.2.1), which has no score.</summary>
    public const string Search = "search: 512, 192, 1e-5";

    /// <summary>The corpora of the report.</summary>
    public static IReadOnlyList<string> CorpusNames { get; } = ["CREMA-D", "RAVDESS", "SAVEE", "TESS"];

    /// <summary>What holds for all of its experiments.</summary>
    public static IReadOnlyList<string> General { get; } =
    [
        "the report's labels count all of SAVEE as surprise, and its recipes here do too: that class is in good part recognition of a corpus",
        "the report splits by clip, so that every speaker is in all parts (the leakage audit of each report.html); the recipes without 'report-' keep speakers apart",
        "the report gives no seeds; its 95% intervals are about +-0.03, wider than most of the differences between its rows",
    ];

    /// <summary>What the report leaves open, or says otherwise than its numbers do, about the experiment of a recipe.</summary>
    public static IReadOnlyList<string> Unfixed(string recipe)
    {
        List<string> lines = [];
        if (recipe.StartsWith("report-cnn-transformer", StringComparison.Ordinal))
        {
            lines.Add("attention runs over the clips of a batch, as in the report: predictions depend on the company of a clip");
        }

        switch (recipe)
        {
            case "report-vgg16-exp0":
                lines.Add("the report does not say how long its trials were");
                break;
            case "report-vgg16-exp1" or "report-vgg16-exp2" or "report-vgg16-exp3" or "report-vgg16-exp4" or "report-vgg16-exp5":
                lines.Add("the report trained again for its best number of epochs; here the weights of the best epoch are kept");
                break;
        }

        switch (recipe)
        {
            case "report-vgg16-exp2":
                lines.Add("the report changes the pictures anew in every epoch, by amounts that it does not give; here the versions of a picture take turns");
                break;
            case "report-vgg16-exp3" or "report-vgg16-exp4" or "report-vgg16-exp5":
                lines.Add("the report says blocks where its parameter counts are those of convolutions; vgg16-block5 and vgg16-blocks45 unfreeze whole blocks");
                break;
            case "report-wav2vec2":
                lines.Add("the report's 608 test clips are 5% that were not stratified: another split than that of its other rows; here the 5% are stratified");
                break;
        }

        if (recipe == "report-vgg16-exp4")
        {
            lines.Add("the report also mentions 0.7050 of another run of this experiment");
        }

        return lines;
    }
}
