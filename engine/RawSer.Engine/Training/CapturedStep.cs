using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Optim;

namespace RawSer.Training;

/// <summary>
/// Training steps on a device as one graph. Two steps run as always, in memory that the graph will use: the first makes the optimiser's
/// state from it, the second replaces that. The third is recorded; from then on a step is the copy of its inputs (<see cref="StepInputs"/>) and of the
/// changing numbers (learning rate, step count, position of the random numbers), and one launch. All inputs must keep their shapes. The weights are those
/// that steps without a graph give, to the bit.
/// </summary>
public sealed class CapturedStep : IDisposable
{
    private const int WarmSteps = 2;

    private readonly CapturedWork _work;
    private readonly StepInputs _inputs;
    private readonly Optimizer _optimizer;
    private readonly Generator _random;
    private readonly Action _learn;
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly Tensor?[] _gradients;
    private int _stepsAtOnce;
    private ulong _recordedAt;
    private ulong _drawn;

    /// <summary>The backend of a device whose work can be captured; null for other devices.</summary>
    public static CudaBackend? BackendOf(Device device) => device.Backend is CudaBackend { Gpu.SupportsGraphs: true } backend ? backend : null;

    /// <summary>A step to be captured.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="inputs">What the host gives to each step, before <see cref="Run"/>.</param>
    /// <param name="parameters">All that the step gives a gradient.</param>
    /// <param name="optimizer">Takes its step inside <paramref name="learn"/>.</param>
    /// <param name="random">What the step draws from.</param>
    /// <param name="learn">From the inputs to changed parameters. Nothing in it may depend on values that change, on the device or the host, but by <paramref name="inputs"/>.</param>
    public CapturedStep(CudaBackend backend, StepInputs inputs, IReadOnlyList<Tensor> parameters, Optimizer optimizer, Generator random, Action learn)
    {
        (_inputs, _parameters, _optimizer, _random, _learn) = (inputs, parameters, optimizer, random, learn);
        _gradients = new Tensor?[parameters.Count];
        _work = backend.NewCapture();
    }

    /// <summary>Queues a step.</summary>
    public void Run()
    {
        if (_stepsAtOnce < WarmSteps)
        {
            _work.Warm(RunAtOnce);
            _stepsAtOnce++;
            return;
        }

        if (!_work.IsRecorded)
        {
            _recordedAt = _random.Position;
            _work.Record(Record);
            _drawn = _random.Position - _recordedAt;
        }
        else
        {
            _work.RandomBlocks = _random.Position - _recordedAt;
            _random.Position += _drawn;
            ExchangeGradients(); // the optimiser takes steps for parameters that have one
            _work.Renew(_optimizer.Step);
            ExchangeGradients();
        }

        _work.Launch();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor? gradient in _gradients)
        {
            gradient?.Dispose();
        }

        _work.Dispose();
    }

    private void RunAtOnce()
    {
        using TensorScope scope = Tensor.Scope();
        using StepInputsScope serving = _inputs.Serve();
        _learn();
        _optimizer.ZeroGrad();
    }

    private void Record()
    {
        using TensorScope scope = Tensor.Scope();
        using StepInputsScope serving = _inputs.Serve();
        _learn();
        ExchangeGradients(); // they stay where the graph writes them; the parameters are free for steps without it
    }

    /// <summary>Puts the graph's gradients in the place of the parameters' own, and the other way round.</summary>
    private void ExchangeGradients()
    {
        for (int i = 0; i < _gradients.Length; i++)
        {
            _gradients[i] = _parameters[i].ExchangeGrad(_gradients[i]);
        }
    }
}
