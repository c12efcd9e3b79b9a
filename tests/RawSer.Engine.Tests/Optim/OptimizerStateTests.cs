using RawSer.Kernels;
using RawSer.Optim;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Optim;

/// <summary>Optimisers outside the goldens: saved state, groups, refusals.</summary>
public sealed class OptimizerStateTests
{
    private static readonly string[] Names = ["weight", "bias"];

    [TestCase("sgd")]
    [TestCase("adam")]
    [TestCase("adamw")]
    [TestCase("rmsprop")]
    [TestCase("adagrad")]
    public void Resuming_from_a_file_is_bit_identical(string kind)
    {
        string path = Path.Combine(Path.GetTempPath(), $"rawser-{Guid.NewGuid():N}.safetensors");
        try
        {
            Tensor[] straight = Parameters(), resumed = Parameters();
            using Optimizer one = Create(kind, straight), before = Create(kind, resumed);
            Train(one, straight, 0, 7);
            Train(before, resumed, 0, 3);
            SafetensorsWriter writer = new();
            before.AddTo(writer, Names);
            writer.Save(path);

            using Optimizer after = Create(kind, resumed);
            using (WeightSource source = WeightSource.Open(path))
            {
                after.Load(source, Names);
            }

            Train(after, resumed, 3, 7);
            Assert.That(resumed.SelectMany(p => p.ToArray<float>()), Is.EqualTo(straight.SelectMany(p => p.ToArray<float>())));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void A_file_of_another_optimiser_is_refused_with_all_names_and_nothing_changes()
    {
        string path = Path.Combine(Path.GetTempPath(), $"rawser-{Guid.NewGuid():N}.safetensors");
        try
        {
            Tensor[] parameters = Parameters();
            using Optimizer sgd = Create("sgd", parameters), adam = Create("adam", parameters);
            Train(sgd, parameters, 0, 1);
            Train(adam, parameters, 0, 1);
            SafetensorsWriter writer = new();
            sgd.AddTo(writer, Names);
            writer.Save(path);
            using WeightSource source = WeightSource.Open(path);
            StateDictException e = Assert.Throws<StateDictException>(() => adam.Load(source, Names))!;
            Assert.Multiple(() =>
            {
                Assert.That(e.Missing, Is.EqualTo(new[] { "optimizer.weight.exp_avg", "optimizer.weight.exp_avg_sq", "optimizer.bias.exp_avg", "optimizer.bias.exp_avg_sq" }));
                Assert.That(e.Unexpected, Is.EquivalentTo(new[] { "optimizer.weight.momentum_buffer", "optimizer.bias.momentum_buffer" }));
                Assert.That(adam.State(Names).First().Steps, Is.EqualTo(1));
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Memory_does_not_grow_with_the_steps()
    {
        Tensor[] parameters = Parameters();
        using Optimizer adam = Create("adam", parameters);
        Train(adam, parameters, 0, 2);
        long before = Device.Cpu.MemoryStats.BytesInUse;
        Train(adam, parameters, 2, 20);
        Assert.That(Device.Cpu.MemoryStats.BytesInUse, Is.LessThanOrEqualTo(before)); // less when forgotten tensors of other tests were collected meanwhile
    }

    [Test]
    public void Bad_arguments_are_refused_by_name()
    {
        Tensor parameter = Tensor.Zeros([2]);
        parameter.RequiresGrad = true;
        Assert.Multiple(() =>
        {
            Assert.That(() => new Adam([parameter, parameter]), Throws.ArgumentException.With.Message.EqualTo("optimiser: a parameter of shape (2) is given twice"));
            Assert.That(() => new Adam(Array.Empty<Tensor>()), Throws.ArgumentException.With.Message.EqualTo("optimiser: no parameters"));
            Assert.That(() => new Adam([parameter], -1), Throws.ArgumentException.With.Message.Contains("learning rate -1"));
            Assert.That(() => new Adam([parameter], 1, new AdamOptions { Beta1 = 1 }), Throws.ArgumentException.With.Message.Contains("betas 1"));
            Assert.That(() => new Sgd([parameter], 1, new SgdOptions { Nesterov = true }), Throws.ArgumentException.With.Message.Contains("needs momentum"));
            Assert.That(() => GradientClipping.ByNorm([parameter], 1), Throws.ArgumentException.With.Message.Contains("run Backward() first"));
            Assert.That(() => GradientClipping.ByValue([parameter], double.NaN), Throws.ArgumentException.With.Message.Contains("bound NaN"));
        });
    }

    private static Tensor[] Parameters()
    {
        Tensor[] parameters = [Tensor.From([.. Enumerable.Range(0, 15).Select(i => (i - 7) / 4f)], [3, 5]), Tensor.From([0.5f, -0.5f, 1f], [3])];
        foreach (Tensor parameter in parameters)
        {
            parameter.RequiresGrad = true;
        }

        return parameters;
    }

    private static Optimizer Create(string kind, Tensor[] parameters) => kind switch
    {
        "sgd" => new Sgd(parameters, 0.1, new SgdOptions { Momentum = 0.9, Dampening = 0.2 }),
        "adam" => new Adam(parameters, 0.1),
        "adamw" => new AdamW(parameters, 0.1),
        "rmsprop" => new RmsProp(parameters, 0.1, new RmsPropOptions { Momentum = 0.5, Centered = true }),
        _ => new Adagrad(parameters, 0.1, AdagradOptions.Keras),
    };

    private static void Train(Optimizer optimizer, Tensor[] parameters, int from, int to)
    {
        for (int step = from; step < to; step++)
        {
            var random = new Random(step);
            foreach (Tensor parameter in parameters)
            {
                parameter.ZeroGrad();
                using Tensor gradient = Tensor.From([.. Enumerable.Range(0, (int)parameter.ElementCount).Select(_ => random.NextSingle() - 0.5f)], parameter.Shape);
                parameter.Backward(gradient);
            }

            optimizer.Step();
        }
    }
}
