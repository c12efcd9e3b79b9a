using RawSer.Kernels;
using RawSer.Testing.OpCases;

namespace RawSer.Engine.Tests.Ops;

/// <summary>Results and gradients have the same bits on one thread as on all: work is split by shape.</summary>
public sealed class ThreadIndependenceTests
{
    private static readonly string[] s_names =
    [
        "gelu", "multiply", "sum all", "sum rows", "sum columns", "sum channels", "max along", "softmax rows", "softmax columns", "embedding", "transpose",
    ];

    [TestCaseSource(nameof(s_names))]
    public void One_thread_gives_the_bits_of_all(string name)
    {
        OpCase op = OpCatalog.All.Single(op => op.Name == name);
        float[][] all = Compute(op), alone = [];
        // A job inside a job runs on its own thread alone.
        WorkerPool.Shared.Run(2, new InsideJob(() => alone = Compute(op)));
        Assert.That(alone, Has.Length.EqualTo(all.Length));
        for (int i = 0; i < all.Length; i++)
        {
            Assert.That(alone[i].AsSpan().SequenceEqual(all[i]), Is.True, i == 0 ? "result" : $"gradient {i - 1}");
        }
    }

    private static float[][] Compute(OpCase op)
    {
        using TensorScope scope = Tensor.Scope();
        Random random = new(3);
        Tensor[] inputs = Array.ConvertAll(op.Timed, input =>
        {
            Tensor t = input.On(Device.Cpu, input.Values(random, input.Shape), DType.F32);
            t.RequiresGrad = input.Differentiable;
            return t;
        });
        Tensor y = op.Apply(inputs);
        y.Backward(new Generator(5).Normal(y.Shape));
        return [y.ToArray<float>(), .. inputs.Where(t => t.RequiresGrad).Select(t => t.Grad!.ToArray<float>())];
    }

    private readonly struct InsideJob(Action work) : IParallelBody
    {
        public void Invoke(int index)
        {
            if (index == 0)
            {
                work();
            }
        }
    }
}
