using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using RawSer.Kernels;

namespace RawSer.Bench.Micro;

/// <summary>Sums of two arrays on the cpu backend, dense and with a broadcast row, next to TensorPrimitives on one thread.</summary>
public class BinaryBenchmarks
{
    private const int Columns = 1024;

    private Tensor _a = null!, _b = null!, _row = null!, _y = null!;
    private float[] _hostA = null!, _hostB = null!, _hostY = null!;

    [Params(16, 4096)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _hostA = [.. Enumerable.Range(0, Rows * Columns).Select(i => (i % 101) / 101f)];
        _hostB = [.. _hostA.Reverse()];
        _hostY = new float[_hostA.Length];
        _a = Tensor.From(_hostA, [Rows, Columns]);
        _b = Tensor.From(_hostB, [Rows, Columns]);
        _row = Tensor.From(_hostA.AsSpan(0, Columns), [1, Columns]).BroadcastTo([Rows, Columns]);
        _y = Tensor.Empty([Rows, Columns]);
    }

    [Benchmark(Baseline = true)]
    public void TensorPrimitivesAdd() => TensorPrimitives.Add(_hostA, _hostB, _hostY);

    [Benchmark]
    public void Add() => CpuBackend.Instance.Binary(BinaryOp.Add, _a.View, _b.View, _y.View);

    [Benchmark]
    public void AddRow() => CpuBackend.Instance.Binary(BinaryOp.Add, _a.View, _row.View, _y.View);
}
