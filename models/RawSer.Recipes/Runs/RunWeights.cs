using RawSer.Audio.Features;
using RawSer.Models.Recognition;
using RawSer.Nn;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>Keeps a run's weights and state in its folder.</summary>
internal sealed class RunWeights(RunFolder folder, Module network, RecognizerSettings settings, FeatureStandardizer? standardizer) : IWeightsKeeper
{
    public void KeepBest(Module module) => RecognizerFile.Save(folder.BestPath, network, settings, standardizer);

    public void RestoreBest(Module module) => RecognizerFile.LoadWeights(folder.BestPath, network);

    public void KeepState(TrainingState state)
    {
        RecognizerFile.Save(folder.LastPath, network, settings, standardizer);
        state.Save(folder.StatePath);
    }
}
