using RawSer.Gpu;
using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Optim;

namespace RawSer.Training;

/// <summary>A step of training, from a batch to changed parameters, which also keeps on the device what it gave (<see cref="StepResults"/>).</summary>
/// <param name="inputs">The batch.</param>
/// <param name="labels">Its labels.</param>
/// <param name="weights">Factors of the examples' losses, or null.</param>
internal delegate (Tensor Logits, Tensor Loss) LearnBatch(Tensor inputs, Tensor labels, Tensor? weights);

/// <summary>
/// Training steps on a device as one graph. Two batches run as always, in memory that the graph will use: the first makes the optimiser's
/// state from it, the second replaces that. The third is recorded; from then on a step is the copy of the batch and of the changing numbers
/// (learning rate, step count, position of the random numbers), and one launch. Every batch must have the same size. The weights are those that steps without a graph give, to the bit.
/// </summary>
internal sealed class CapturedStep : IDisposable
{
    private const int WarmSteps = 2;

    private readonly CapturedWork _work;
    private readonly GpuUpload _upload;
    private readonly Tensor _inputs;
    private readonly Tensor _labels;
    private readonly Tensor? _weights;
    private readonly Optimizer _optimizer;
    private readonly Generator _random;
    private readonly LearnBatch _learn;
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly Tensor?[] _gradients;
    private int _stepsAtOnce;
    private ulong _recordedAt;
    private ulong _drawn;

    /// <summary>Steps on batches of one shape.</summary>
    public CapturedStep(CudaBackend backend, Device device, Shape inputs, bool weighted, Module network, Optimizer optimizer, Generator random, LearnBatch learn)
    {
        (_optimizer, _random, _learn) = (optimizer, random, learn);
        _parameters = network.Parameters();
        _gradients = new Tensor?[_parameters.Count];
        _work = backend.NewCapture();
        _inputs = TensorScope.Release(Tensor.Empty(inputs, DType.F32, device));
        _labels = TensorScope.Release(Tensor.Empty([inputs[0]], DType.I64, device));
        _weights = weighted ? TensorScope.Release(Tensor.Empty([inputs[0]], DType.F32, device)) : null;
        _upload = new GpuUpload(backend.Gpu, (inputs.ElementCount * sizeof(float)) + (inputs[0] * (sizeof(long) + sizeof(float))));
    }

    /// <summary>Queues a step.</summary>
    public void Run(BatchArrays batch)
    {
        Send(batch);
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
        _upload.Dispose();
        _inputs.Dispose();
        _labels.Dispose();
        _weights?.Dispose();
    }

    private void RunAtOnce()
    {
        using TensorScope scope = Tensor.Scope();
        _learn(_inputs, _labels, _weights);
        _optimizer.ZeroGrad();
    }

    private void Record()
    {
        using TensorScope scope = Tensor.Scope();
        _learn(_inputs, _labels, _weights);
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

    private void Send(BatchArrays batch)
    {
        long at = 0;
        Send<long>(batch.Labels, _labels, ref at);
        Send<float>(batch.Inputs, _inputs, ref at);
        if (_weights is not null)
        {
            Send<float>(batch.Weights, _weights, ref at);
        }

        _upload.PassTurn();
    }

    private unsafe void Send<T>(ReadOnlySpan<T> values, Tensor tensor, ref long at) where T : unmanaged
    {
        values.CopyTo(_upload.Fill<T>(at, values.Length));
        long bytes = (long)values.Length * sizeof(T);
        _upload.Copy((ulong)tensor.Storage.Address, at, bytes);
        at += bytes;
    }
}
