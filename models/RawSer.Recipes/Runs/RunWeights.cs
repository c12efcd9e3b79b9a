using RawSer.Audio.Features;
using RawSer.Models.Recognition;
using RawSer.Nn;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>Keeps a run's weights and state in its folder.</summary>
internal sealed class RunWeights(RunFolder folder, RunNetwork network, FeatureStandardizer? standardizer) : IWeightsKeeper
{
    public void KeepBest(Module module) => Save(folder.BestPath);

    public void RestoreBest(Module module) => RecognizerFile.LoadWeights(folder.BestPath, network.Whole);

    public void KeepState(TrainingState state)
    {
        Save(folder.LastPath);
        state.Save(folder.StatePath);
    }

    private void Save(string path) => RecognizerFile.Save(path, network.Whole, network.Settings, standardizer);
}
