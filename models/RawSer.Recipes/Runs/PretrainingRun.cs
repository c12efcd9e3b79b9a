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
/// least. The result is a Hugging Face folder with the config and preprocessing of the first, from which it can be gone on.
/// </summary>
public sealed class PretrainingRun
{
    private const double FirstTemperature = 2;
    private const double LastTemperature = 0.5;
    private const double TemperatureDecay = 0.999995;
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

    /// <summary>Trains to the last step or to cancellation, and writes the result. Clips that cannot be read are left out, each with a warning.</summary>
    /// <returns>How the last update went; the default if there was none, and then nothing is written.</returns>
    /// <exception cref="InvalidDataException">The folder is no model.</exception>
    /// <exception cref="StateDictException">The weights belong to another network.</exception>
    /// <exception cref="RunException">
    /// The target holds a model already or cannot be a folder, no clip can be read, or the training diverged: a loss is NaN or infinite.
    /// </exception>
    public PretrainingProgress Run(IRunObserver observer, CancellationToken cancel)
    {
        HuggingFaceFolder folder = HuggingFaceFolder.Open(_weights);
        if (File.Exists(Path.Combine(_target, HuggingFaceFolder.ConfigName)))
        {
            throw new RunException($"'{_target}' holds a model already; give another folder");
        }

        ResultFolder target = new(_target, $"folder '{_target}'");
        try
        {
            (string config, string? preprocessor) = folder.ReadTexts();
            PretrainingProgress progress = Train(folder, observer, cancel);
            if (progress.Step > 0)
            {
                CopyTexts(config, preprocessor);
            }

            return progress;
        }
        finally
        {
            target.DeleteIfUnused();
        }
    }

    private PretrainingProgress Train(HuggingFaceFolder folder, IRunObserver observer, CancellationToken cancel)
    {
        Generator random = new(_options.Seed);
        using PretrainingNetwork network = new PretrainingNetwork(folder.Config).Initialize(_options.Seed);
        if (folder.HasWeights)
        {
            if (folder.Caution(folder.Load(network, newHead: true)) is string caution)
            {
                observer.Warning(caution);
            }
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
        PretrainingClips clips = new(_clips, _options.Seed, observer);
        Stopwatch sinceReport = Stopwatch.StartNew();
        int done = 0;
        while (done < _options.Steps && !cancel.IsCancellationRequested)
        {
            network.Quantizer.Temperature = Math.Max(LastTemperature, FirstTemperature * Math.Pow(TemperatureDecay, done));
            steps.Run(Batch(clips, folder.Preprocessing));
            done++;
            if (sinceReport.Elapsed > _options.ReportInterval)
            {
                progress = Report(steps, done, observer);
                sinceReport.Restart();
            }
        }

        if (done > progress.Step)
        {
            progress = Report(steps, done, observer);
        }

        if (done > 0)
        {
            StateDict.Save(network, Path.Combine(_target, WeightsName));
        }

        return progress;
    }

    private PretrainingProgress Report(PretrainingSteps steps, int done, IRunObserver observer)
    {
        PretrainingProgress progress = steps.Last(done);
        if (!double.IsFinite(progress.Loss))
        {
            throw new RunException(FormattableString.Invariant($"pre-training diverged: the loss of step {done} is {progress.Loss}; begin anew with a learning rate below {_options.LearningRate}"));
        }

        observer.Progress(done, FormattableString.Invariant($"loss {progress.Loss:F4}  acc {Percent.Of(progress.Accuracy)}  perplexity {progress.Perplexity:F1}"));
        return progress;
    }

    private WaveformBatch Batch(PretrainingClips clips, WaveformNormalizer preprocessing)
    {
        float[][] batch = [.. Enumerable.Range(0, _options.Batch).Select(_ => clips.Next(preprocessing.SampleRate, _options.Seconds))];
        int samples = (int)(_options.Seconds * preprocessing.SampleRate);
        return (preprocessing with { ReturnMask = true, Truncate = true, MaxLength = samples, Padding = ClipPadding.MaxLength }).Prepare(batch, preprocessing.SampleRate);
    }

    /// <summary>Shape of the network and preparation of its clips are those of the source. The config comes last: a folder that has it is whole.</summary>
    private void CopyTexts(string config, string? preprocessor)
    {
        if (preprocessor is not null)
        {
            RunFolder.Replace(Path.Combine(_target, HuggingFaceFolder.PreprocessorName), preprocessor);
        }

        RunFolder.Replace(Path.Combine(_target, HuggingFaceFolder.ConfigName), config);
    }
}
