using System.Security.Cryptography;
using RawSer.Audio.Features;
using RawSer.Models.Recognition;
using RawSer.Nn;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>
/// Keeps a run's weights and state in its folder. The state names the file with its weights by content. They are written in three steps, each of which is
/// whole or has not happened: the weights beside the last ones, the state, the weights over the last ones. Whenever the run is killed, the state
/// that is there finds its weights under one of the two names.
/// </summary>
internal sealed class RunWeights(RunFolder folder, RunNetwork network, FeatureStandardizer? standardizer) : IWeightsKeeper
{
    public void KeepBest(Module module) => Save(folder.BestPath);

    public void RestoreBest(Module module) => RecognizerFile.LoadWeights(folder.BestPath, network.Whole);

    public void KeepState(TrainingState state)
    {
        Save(folder.NextPath);
        state.Save(folder.StatePath, HashOf(folder.NextPath));
        File.Move(folder.NextPath, folder.LastPath, overwrite: true);
    }

    /// <summary>Puts the weights and the state of the folder into a training and finishes what a kill left half done.</summary>
    /// <exception cref="RunException">The weights of the state are not there.</exception>
    /// <exception cref="Weights.WeightFileException">A file is broken.</exception>
    public void Resume(TrainingLoop loop)
    {
        string? wanted = TrainingState.WeightsOf(folder.StatePath);
        if (wanted is not null)
        {
            string path = new[] { folder.LastPath, folder.NextPath }.FirstOrDefault(file => File.Exists(file) && HashOf(file) == wanted)
                ?? throw new RunException($"{folder.StatePath} belongs to weights of SHA-256 {wanted}, and {Path.GetFileName(folder.LastPath)} is not that file; put it back, or delete the state to begin again");
            RecognizerFile.LoadWeights(path, network.Whole);
            if (path == folder.NextPath)
            {
                File.Move(path, folder.LastPath, overwrite: true);
            }
        }

        File.Delete(folder.NextPath); // a kill came before its state
        loop.Resume(folder.StatePath, wanted);
    }

    private static string HashOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private void Save(string path) => RecognizerFile.Save(path, network.Whole, network.Settings, standardizer);
}
