using RawSer.Kernels;
using RawSer.Models.Ser;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Training;

namespace RawSer.GoldenCheck;

/// <summary>
/// How long a training step of the report's networks takes on a device, in milliseconds, queued kernel by kernel and captured as a graph: a batch of 32
/// from host memory, forward, backward and a step of Adam, with dropout after every stage as the peer has it (bench/peers/nets.py).
/// </summary>
internal static class TrainingTimes
{
    private const int Batch = 32;
    private const int Steps = 40; // of an epoch
    private const int Epochs = 4;

    /// <summary>Names and milliseconds.</summary>
    /// <param name="device">The device.</param>
    /// <param name="tiny">One small network for a few steps, so that the emulator has been through the same code.</param>
    /// <exception cref="InvalidOperationException">The two ways gave different losses.</exception>
    public static IEnumerable<(string Name, double Value)> Measure(Device device, bool tiny)
    {
        (string Name, SerArchitecture Architecture)[] networks = [("cnn", SerArchitecture.Cnn), ("two_cnn", SerArchitecture.TwoCnn), ("cnn_transformer", SerArchitecture.CnnTransformer)];
        foreach ((string name, SerArchitecture architecture) in tiny ? networks[..1] : networks)
        {
            (double eager, double[] eagerLosses) = Train(architecture, device, capture: false, tiny);
            (double graph, double[] losses) = Train(architecture, device, capture: true, tiny);
            if (!losses.SequenceEqual(eagerLosses))
            {
                throw new InvalidOperationException($"{device}: {name}: losses {string.Join(", ", losses)} with a graph, {string.Join(", ", eagerLosses)} without");
            }

            yield return ($"train_step_{name}_eager_ms", eager);
            yield return ($"train_step_{name}_graph_ms", graph);
        }
    }

    private static (double Milliseconds, double[] Losses) Train(SerArchitecture architecture, Device device, bool capture, bool tiny)
    {
        SerNetworkOptions options = SerNetworkOptions.Corrected(architecture) with { DropoutPlacement = DropoutPlacement.EveryStage };
        int batch = tiny ? 2 : Batch, steps = tiny ? 4 : Steps;
        Shape shape = options.InputShape(batch);
        Random random = new(1);
        float[] values = [.. Enumerable.Range(0, (int)shape.ElementCount * steps).Select(_ => random.NextSingle() - 0.5f)];
        int[] labels = [.. Enumerable.Range(0, batch * steps).Select(_ => random.Next(options.Classes))];
        using SerNetwork network = SerNetwork.Create(options, seed: 1);
        network.To(device);
        Generator draws = new(2);
        network.UseRandom(draws);
        using Adam optimizer = new(network.Parameters());
        Epoch epochs = new();
        new TrainingLoop(
            network, optimizer, draws, new ArrayExamples(values, labels, shape.AsSpan()[1..].ToArray()), null,
            new TrainingOptions { BatchSize = batch, Epochs = tiny ? 1 : Epochs, Seed = 3, CaptureSteps = capture }, device).Run(epochs, epochs);
        double middle = epochs.Seconds.Order().ElementAt((epochs.Seconds.Count - 1) / 2); // the first epoch also loads kernels and records
        return (middle / steps * 1000, [.. epochs.Losses]);
    }

    private sealed class Epoch : IWeightsKeeper, ITrainingObserver
    {
        public List<double> Seconds { get; } = [];

        public List<double> Losses { get; } = [];

        public void BatchFinished(BatchProgress progress)
        {
        }

        public void EpochFinished(EpochMetrics metrics)
        {
            Seconds.Add(metrics.Seconds);
            Losses.Add(metrics.TrainLoss);
        }

        public void KeepBest(Module network)
        {
        }

        public void RestoreBest(Module network)
        {
        }

        public void KeepState(TrainingState state)
        {
        }
    }
}
