using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>
/// Watches a long operation: a stage has a title and a number of steps; inside it, progress and finished epochs are reported.
/// </summary>
public interface IRunObserver
{
    /// <summary>A stage begins; the previous one is over.</summary>
    /// <param name="title">What is being done, for a person.</param>
    /// <param name="total">Number of steps.</param>
    /// <param name="unit">What a step is, in the plural: clips, batches.</param>
    void StageStarted(string title, long total, string unit);

    /// <summary>Steps done so far in the stage, and a few words on how it goes (loss, accuracy). May come from any thread.</summary>
    void Progress(long done, string detail);

    /// <summary>An epoch of training is over.</summary>
    void EpochFinished(EpochMetrics epoch);

    /// <summary>Something worth a line of its own.</summary>
    void Message(string text);

    /// <summary>Something that went wrong without ending the operation: a clip left out, a setting without effect.</summary>
    void Warning(string text);
}
