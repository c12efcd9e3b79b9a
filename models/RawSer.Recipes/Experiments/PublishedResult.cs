namespace RawSer.Recipes.Experiments;

/// <summary>A class in a table of the report.</summary>
/// <param name="Class">Class name.</param>
/// <param name="Precision">Precision.</param>
/// <param name="Recall">Recall.</param>
/// <param name="F1">F1 score.</param>
/// <param name="Support">Clips of the test part.</param>
public sealed record PublishedClass(string Class, double Precision, double Recall, double F1, int Support);

/// <summary>What the report of January 2023 states for an experiment, on its test part: 1217 clips, 608 for Wav2Vec2.</summary>
/// <param name="Recipe">Name of the recipe that repeats the experiment.</param>
/// <param name="Title">The experiment in the report's words.</param>
/// <param name="Accuracy">Accuracy.</param>
/// <param name="MacroF1">Mean F1 over classes.</param>
/// <param name="WeightedF1">Mean F1 weighted by support.</param>
/// <param name="Classes">Scores per class.</param>
public sealed partial record PublishedResult(string Recipe, string Title, double Accuracy, double MacroF1, double WeightedF1, IReadOnlyList<PublishedClass> Classes)
{
    /// <summary>The experiments in the report's order: networks trained from scratch (sections 4.3 to 4.5), then pretrained ones.</summary>
    public static IReadOnlyList<PublishedResult> All { get; } =
    [
        Table("report-single-cnn", "Single CNN, MFCC", 0.67, 0.68, 0.66,
            (0.63, 0.92, 0.75), (0.69, 0.51, 0.58), (0.68, 0.50, 0.58), (0.70, 0.60, 0.64), (0.53, 0.76, 0.62), (0.71, 0.56, 0.62), (0.96, 0.96, 0.96)),
        Table("report-two-cnn-aug", "Two CNNs, MFCC, noise", 0.70, 0.72, 0.70,
            (0.78, 0.84, 0.81), (0.69, 0.58, 0.63), (0.72, 0.56, 0.63), (0.62, 0.77, 0.68), (0.61, 0.72, 0.66), (0.69, 0.60, 0.64), (0.96, 0.96, 0.96)),
        Table("report-cnn-transformer-mfcc", "Two CNNs and transformer, MFCC", 0.71, 0.72, 0.71,
            (0.81, 0.89, 0.85), (0.65, 0.66, 0.65), (0.71, 0.53, 0.61), (0.70, 0.64, 0.67), (0.64, 0.65, 0.64), (0.63, 0.73, 0.68), (0.88, 0.99, 0.93)),
        Table("report-cnn-transformer-mfcc-aug", "Two CNNs and transformer, MFCC, noise", 0.73, 0.74, 0.73,
            (0.92, 0.81, 0.86), (0.71, 0.68, 0.69), (0.66, 0.65, 0.65), (0.77, 0.65, 0.70), (0.65, 0.66, 0.66), (0.61, 0.77, 0.68), (0.91, 0.99, 0.95)),
        Table("report-cnn-transformer-mel", "Two CNNs and transformer, mel spectrogram", 0.64, 0.67, 0.65,
            (0.86, 0.61, 0.72), (0.76, 0.50, 0.60), (0.44, 0.72, 0.55), (0.76, 0.45, 0.57), (0.59, 0.69, 0.64), (0.57, 0.73, 0.64), (0.99, 0.93, 0.96)),
        Table("report-cnn-transformer-mel-aug", "Two CNNs and transformer, mel spectrogram, noise", 0.69, 0.71, 0.69,
            (0.91, 0.72, 0.80), (0.72, 0.51, 0.59), (0.66, 0.58, 0.62), (0.73, 0.61, 0.66), (0.54, 0.83, 0.65), (0.60, 0.78, 0.68), (0.98, 0.97, 0.98)),
        Table("report-vgg16-exp1", "VGG16 frozen", 0.6146, 0.63, 0.61, VggSupports,
            (0.65, 0.82, 0.72), (0.55, 0.44, 0.49), (0.59, 0.44, 0.50), (0.50, 0.60, 0.54), (0.58, 0.62, 0.60), (0.66, 0.59, 0.63), (0.89, 0.93, 0.91)),
        Table("report-vgg16-exp2", "VGG16 frozen, pictures augmented", 0.6145, 0.62, 0.60, VggSupports,
            (0.59, 0.85, 0.69), (0.65, 0.46, 0.54), (0.59, 0.42, 0.50), (0.59, 0.44, 0.50), (0.54, 0.72, 0.62), (0.59, 0.60, 0.59), (0.88, 0.90, 0.89)),
        Table("report-vgg16-exp3", "VGG16, last convolution learns", 0.6549, 0.66, 0.65, VggSupports,
            (0.70, 0.82, 0.76), (0.61, 0.59, 0.60), (0.65, 0.44, 0.52), (0.62, 0.57, 0.60), (0.59, 0.70, 0.64), (0.61, 0.63, 0.62), (0.87, 0.97, 0.92)),
        Table("report-vgg16-exp4", "VGG16, last 2 convolutions learn", 0.6196, 0.63, 0.62, VggSupports,
            (0.64, 0.80, 0.71), (0.57, 0.52, 0.54), (0.48, 0.50, 0.49), (0.55, 0.56, 0.55), (0.67, 0.64, 0.66), (0.68, 0.52, 0.59), (0.88, 0.93, 0.90)),
        Table("report-vgg16-exp5", "VGG16, last 3 convolutions learn", 0.6417, 0.65, 0.63, VggSupports,
            (0.67, 0.84, 0.75), (0.54, 0.62, 0.58), (0.60, 0.44, 0.51), (0.70, 0.44, 0.54), (0.61, 0.66, 0.63), (0.58, 0.67, 0.62), (0.93, 0.95, 0.94)),
        Table("report-wav2vec2", "Wav2Vec2-base, fine-tuned", 0.81, 0.81, 0.80, [100, 91, 91, 95, 78, 92, 61],
            (0.81, 0.94, 0.87), (0.81, 0.84, 0.82), (0.67, 0.86, 0.75), (0.91, 0.64, 0.75), (0.78, 0.92, 0.85), (0.88, 0.54, 0.67), (0.89, 0.97, 0.93)),
    ];

    private static int[] VggSupports => [187, 186, 186, 187, 177, 187, 107];

    /// <summary>What the report states for a recipe; null for recipes that are not its own.</summary>
    public static PublishedResult? Of(string recipe) => All.FirstOrDefault(p => p.Recipe == recipe);

    private static PublishedResult Table(
        string recipe, string title, double accuracy, double macroF1, double weightedF1, params (double Precision, double Recall, double F1)[] classes) =>
        Table(recipe, title, accuracy, macroF1, weightedF1, [187, 186, 186, 187, 178, 186, 107], classes);

    private static PublishedResult Table(
        string recipe, string title, double accuracy, double macroF1, double weightedF1, int[] supports, params (double Precision, double Recall, double F1)[] classes) => new(
            recipe, title, accuracy, macroF1, weightedF1,
            [.. classes.Select((c, i) => new PublishedClass(Corpora.Emotions.Seven[i], c.Precision, c.Recall, c.F1, supports[i]))]);
}
