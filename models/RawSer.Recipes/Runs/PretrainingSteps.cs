using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>
/// The updates of a pre-training. Masks and negatives are drawn by the host before each, and are its inputs as the clips are, which all have one length: on a
/// device an update is one graph. What came of it stays there until somebody asks.
/// </summary>
public sealed class PretrainingSteps : IDisposable
{
    private readonly PretrainingNetwork _network;
    private readonly Adam _optimizer;
    private readonly Generator _random;
    private readonly HuggingFaceFolder _folder;
    private readonly PretrainingOptions _options;
    private readonly StepInputs _inputs;
    private readonly CapturedStep? _captured;
    private readonly Tensor _last;
    private MaskedFrames? _masked;
    private Tensor? _waveforms;
    private ClipLengths? _lengths;

    /// <summary>Updates of a network on its device, in training mode.</summary>
    /// <param name="network">What is trained.</param>
    /// <param name="optimizer">Over its parameters.</param>
    /// <param name="random">What masks, negatives and layers draw from.</param>
    /// <param name="folder">Says how clips are prepared and masked.</param>
    /// <param name="options">How.</param>
    /// <param name="device">Where the network is.</param>
    public PretrainingSteps(PretrainingNetwork network, Adam optimizer, Generator random, HuggingFaceFolder folder, PretrainingOptions options, Device device)
    {
        (_network, _optimizer, _random, _folder, _options) = (network, optimizer, random, folder, options);
        _inputs = new StepInputs(device);
        _last = Tensor.Zeros([3], device: device);
        _captured = options.Capture && CapturedStep.BackendOf(device) is { } gpu ? new CapturedStep(gpu, _inputs, network.Parameters(), optimizer, random, Learn) : null;
    }

    /// <summary>Makes an update.</summary>
    /// <param name="batch">Clips of one length, the same in all updates, with their mask.</param>
    public void Run(WaveformBatch batch)
    {
        Give(batch);
        if (_captured is not null)
        {
            _captured.Run();
            return;
        }

        using TensorScope scope = Tensor.Scope();
        using StepInputsScope serving = _inputs.Serve();
        Learn();
        _optimizer.ZeroGrad();
    }

    /// <summary>What came of the last update; waits for it.</summary>
    /// <param name="step">Updates done.</param>
    public PretrainingProgress Last(int step)
    {
        float[] values = _last.ToArray<float>();
        return new(step, values[0], values[1], values[2]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _captured?.Dispose();
        _inputs.Dispose();
        _last.Dispose();
    }

    /// <summary>Decides what the host decides, and gives it to the step.</summary>
    private void Give(WaveformBatch batch)
    {
        Wav2Vec2Config config = _folder.Config;
        int[] lengths = [.. batch.Mask!.Chunk(batch.Length).Select(row => row.Sum())];
        int frames = config.FramesOf(batch.Length);
        SpanMaskOptions spans = config.TimeMask with { Probability = _options.MaskProbability, MinMasks = Math.Max(1, config.TimeMask.MinMasks) };
        bool[] mask = SpanMask.Draw(spans, frames, [.. lengths.Select(config.FramesOf)], _random);
        int[] negatives = NegativeSampling.Draw(mask, frames, config.Negatives, _random);
        _masked = MaskedFrames.Put(mask, batch.Count, negatives, MaskedFrames.Most(spans, batch.Count, frames), _inputs);
        _waveforms = _inputs.Put<float>(this, "waveforms", batch.Values, [batch.Count, batch.Length]);
        _lengths = _folder.Preprocessing.ReturnMask
            ? ClipLengths.OnDevice(_inputs.Put<float>(this, "lengths", [.. lengths.Select(length => (float)length)], [batch.Count, 1]))
            : null;
        _network.PrepareClips(batch.Count, batch.Length, _inputs);
    }

    private void Learn()
    {
        PretrainingOutput output = _network.Losses(_waveforms!, _masked!, _lengths);
        Tensor loss = output.Loss / _masked!.Count.Reshape();
        loss.Backward();
        _optimizer.Step();
        Tensor values = Tensor.Stack([loss.Detach(), output.Recognized, output.Quantized.Perplexity.Detach()], 0);
        _last.Device.Backend.Copy(values.View, _last.View);
    }
}
