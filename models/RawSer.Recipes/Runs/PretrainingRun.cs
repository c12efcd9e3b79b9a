using System.Diagnostics;
using RawSer.Audio;
using RawSer.Audio.Features;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Recipes.Metrics;
using RawSer.Weights;

namespace RawSer.Recipes.Runs;

/// <summary>How a speech encoder is pre-trained.</summary>
public sealed record PretrainingOptions
{
    /// <summary>Updates.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Clips per update.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>Clips are cut or padded to these.</summary>
    public double Seconds { get; init; } = 3;

    /// <summary>Rate of Adam.</summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>Share of the frames that would be masked if no spans overlapped; 0.65 in the paper.</summary>
    public double MaskProbability { get; init; } = 0.65;

    /// <summary>On a device that has graphs: records an update once and launches it as one graph from then on.</summary>
    public bool Capture { get; init; } = true;

    /// <summary>Time after which the last update is reported; reading what came of it waits for the device.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Seed of order, masks, negatives, noise and new parameters.</summary>
    public ulong Seed { get; init; }

    /// <summary>Refuses what makes no training.</summary>
    /// <exception cref="ArgumentException">A number is out of its range.</exception>
    public void Validate()
    {
        if (Steps < 1 || Batch < 1 || !(Seconds > 0) || !(LearningRate > 0) || !(MaskProbability is > 0 and <= 1))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"pre-training: {Steps} steps of {Batch} clips of {Seconds} s, learning rate {LearningRate}, mask {MaskProbability}; all must be above 0, and the mask at most 1"));
        }
    }
}

/// <summary>How pre-training goes.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Loss">Loss per masked frame.</param>
/// <param name="Accuracy">Share of the masked frames whose own target is the most similar.</param>
/// <param name="Perplexity">Code vectors in use.</param>
public readonly record struct PretrainingProgress(int Step, double Loss, double Accuracy, double Perplexity);

/// <summary>
/// Pre-training of wav2vec 2.0 on clips without labels (Baevski et al. 2020). The temperature of the quantiser falls from 2 by 0.999995 an update, to 0.5 at
/// least. The result is a Hugging Face folder, from which it can be gone on.
/// </summary>
public sealed class PretrainingRun
{
    private const double FirstTemperature = 2;
    private const double LastTemperature = 0.5;
    private const double TemperatureDecay = 0.999995;
    private const string ConfigName = "config.json";
    private const string WeightsName = "model.safetensors";

    private readonly string _weights;
    private readonly string _target;
    private readonly IReadOnlyList<string> _clips;
    private readonly PretrainingOptions _options;
    private readonly Device _device;

    /// <summary>A pre-training; nothing is read before <see cref="Run"/>.</summary>
    /// <param name="weights">Folder with a config.json, and weights to go on from if there are any.</param>
    /// <param name="target">Folder for the result.</param>
    /// <param name="clips">Audio files.</param>
    /// <param name="options">How.</param>
    /// <param name="device">Where.</param>
    /// <exception cref="ArgumentException">A number of the options is out of its range.</exception>
    public PretrainingRun(string weights, string target, IReadOnlyList<string> clips, PretrainingOptions options, Device device)
    {
        options.Validate();
        (_weights, _target, _clips, _options, _device) = (weights, target, clips, options, device);
    }

    /// <summary>Trains to the last step or to cancellation, and writes the result.</summary>
    /// <exception cref="InvalidDataException">The folder is no model.</exception>
    /// <exception cref="StateDictException">The weights belong to another network.</exception>
    /// <exception cref="RunException">The training diverged: a loss is NaN or infinite.</exception>
    /// <exception cref="Audio.Decoding.AudioFormatException">A clip cannot be decoded.</exception>
    public PretrainingProgress Run(IRunObserver observer, CancellationToken cancel)
    {
        HuggingFaceFolder folder = HuggingFaceFolder.Open(_weights);
        Generator random = new(_options.Seed);
        using PretrainingNetwork network = new PretrainingNetwork(folder.Config).Initialize(_options.Seed);
        if (folder.HasWeights)
        {
            folder.Load(network, newHead: true);
        }
        else
        {
            observer.Message($"{_weights} has no weights: the network begins with random ones");
        }

        network.Body.GradientCheckpointing = true;
        network.To(_device);
        network.UseRandom(random);
        network.Train();
        using Adam optimizer = new(network.Parameters(), _options.LearningRate);
        observer.StageStarted("pre-training", _options.Steps, "steps");
        PretrainingProgress progress = default;
        using PretrainingSteps steps = new(network, optimizer, random, folder, _options, _device);
        Stopwatch sinceReport = Stopwatch.StartNew();
        for (int step = 0; step < _options.Steps && !cancel.IsCancellationRequested; step++)
        {
            network.Quantizer.Temperature = Math.Max(LastTemperature, FirstTemperature * Math.Pow(TemperatureDecay, step));
            steps.Run(Clips(folder.Preprocessing, step));
            if (sinceReport.Elapsed > _options.ReportInterval || step == _options.Steps - 1 || cancel.IsCancellationRequested)
            {
                progress = steps.Last(step + 1);
                if (!double.IsFinite(progress.Loss))
                {
                    throw new RunException(FormattableString.Invariant($"pre-training diverged: the loss of step {step + 1} is {progress.Loss}; begin anew with a learning rate below {_options.LearningRate}"));
                }

                observer.Progress(progress.Step, FormattableString.Invariant($"loss {progress.Loss:F4}  acc {Percent.Of(progress.Accuracy)}  perplexity {progress.Perplexity:F1}"));
                sinceReport.Restart();
            }
        }

        Directory.CreateDirectory(_target);
        File.Copy(Path.Combine(_weights, ConfigName), Path.Combine(_target, ConfigName), overwrite: true);
        StateDict.Save(network, Path.Combine(_target, WeightsName));
        return progress;
    }

    /// <summary>The clips of a step: each pass goes over all of them, in an order of its own.</summary>
    private WaveformBatch Clips(WaveformNormalizer preprocessing, int step)
    {
        int samples = (int)(_options.Seconds * preprocessing.SampleRate);
        List<float[]> clips = [];
        for (int i = 0; i < _options.Batch; i++)
        {
            long place = ((long)step * _options.Batch) + i;
            int pass = (int)(place / _clips.Count);
            int[] order = new Generator(_options.Seed, stream: (ulong)pass + 1).Permutation(_clips.Count);
            clips.Add(Waveform.Load(_clips[order[(int)(place % _clips.Count)]], preprocessing.SampleRate, duration: _options.Seconds).Samples);
        }

        return (preprocessing with { ReturnMask = true, Truncate = true, MaxLength = samples, Padding = ClipPadding.MaxLength }).Prepare(clips, preprocessing.SampleRate);
    }
}
