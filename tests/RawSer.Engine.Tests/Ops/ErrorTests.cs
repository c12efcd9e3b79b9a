namespace RawSer.Engine.Tests.Ops;

/// <summary>Wrong arguments are refused by name, with what was given and what would fit.</summary>
public sealed class ErrorTests
{
    private static readonly Device[] s_devices = [Device.Cpu, Device.Reference];

    private static Tensor X(Device device) => Tensor.Zeros([2, 3, 4], device: device);

    private static Tensor Index(Device device, params long[] values) => Tensor.From(values, [values.Length], device);

    [TestCaseSource(nameof(s_devices))]
    public void Shapes(Device device)
    {
        Refuses(() => X(device) + Tensor.Zeros([2, 4], device: device), "add", "(2, 3, 4)", "(2, 4)");
        Refuses(() => Tensor.Where(Tensor.Zeros([5], Kernels.DType.Bool, device), X(device), X(device)), "where", "(5)", "(2, 3, 4)");
        Refuses(() => X(device).MaskedFill(Tensor.Zeros([2, 2, 3, 4], Kernels.DType.Bool, device), 0), "masked_fill", "(2, 2, 3, 4)", "(2, 3, 4)");
        Refuses(() => X(device).Sum([0, -3]), "sum", "twice");
        Refuses(() => X(device).Sum(3), "dimension 3", "(2, 3, 4)");
        Refuses(() => Tensor.Concat([X(device), Tensor.Zeros([2, 3], device: device)], 0), "concat", "(2, 3)");
        Refuses(() => Tensor.Concat([], 0), "concat", "no tensors");
        Refuses(() => Tensor.Stack([X(device), Tensor.Zeros([2, 3, 5], device: device)], 0), "stack", "(2, 3, 5)");
        Refuses(() => X(device).Split([1, 3], 1), "split", "1, 3", "3 entries");
        Refuses(() => X(device).Pad([4, 0], PaddingMode.Reflect), "pad", "(4, 0)", "0 to 3");
        Refuses(() => X(device).Pad([-3, -2]), "pad", "cut");
        Refuses(() => X(device).Unfold(-1, 5, 1), "unfold", "size 5");
        Refuses(() => X(device).MseLoss(Tensor.Zeros([2, 3, 1], device: device)), "mse_loss", "(2, 3, 1)");
        Refuses(() => X(device).ResizeBilinear(0, 4), "resize_bilinear", "0 x 4");
        Refuses(() => X(device).MaxPool2d(new PoolOptions(2) { Same = true, Padding = 1 }), "max_pool2d", "'same'", "padding");
        Refuses(() => X(device).KerasCategoricalCrossEntropy(X(device), labelSmoothing: 2), "label smoothing 2", "0 to 1");
        Refuses(() => X(device).MaskedMean(1, Tensor.Zeros([5], Kernels.DType.Bool, device)), "masked_fill", "(5)");
        Refuses(() => X(device).MoveDim(3, 0), "dimension 3", "(2, 3, 4)");
        Refuses(() => X(device).Squeeze(1), "squeeze", "extent 3");
        Refuses(() => X(device).Select(1, 3), "select", "index 3");
        Refuses(() => Tensor.Zeros([0, 3], device: device).Max(0), "max", "no elements");
        Refuses(() => Tensor.Zeros([0, 3], device: device).Amin([0]), "amin", "no elements");
    }

    [TestCaseSource(nameof(s_devices))]
    public void Indices_out_of_range(Device device)
    {
        Refuses(() => X(device).IndexSelect(1, Index(device, 0, 3)), "index_select", "index 3", "0 to 2");
        Refuses(() => X(device).IndexAdd(0, Index(device, -1), Tensor.Zeros([1, 3, 4], device: device)), "index_add", "index -1");
        Refuses(() => Tensor.Zeros([5, 2], device: device).Embedding(Index(device, 5)), "index 5");
        Refuses(() => Tensor.Zeros([5], device: device).Gather(0, Index(device, 7)), "gather", "index 7", "0 to 4");
        Refuses(() => Tensor.Zeros([5], device: device).ScatterAdd(0, Index(device, 7), Tensor.Zeros([1], device: device)), "scatter_add", "index 7");
        Refuses(() => Tensor.Zeros([2, 5], device: device).CrossEntropy(Index(device, 1, 5)), "cross_entropy", "target 5", "item 1");
        Refuses(() => Tensor.Zeros([2, 5], device: device).NllLoss(Index(device, 1, -7)), "target -7", "item 1");
    }

    [TestCaseSource(nameof(s_devices))]
    public void Types(Device device)
    {
        Refuses(() => X(device).Gather(0, X(device)), "gather", "F32", "I64");
        Refuses(() => X(device).MaskedFill(X(device), 0), "masked_fill", "F32", "Bool");
        Refuses(() => Index(device, 1).Exp(), "exp", "I64");
        Refuses(() => X(device).Equal(Index(device, 1)), "eq", "I64");
        Refuses(() => Tensor.Zeros([2, 5], device: device).CrossEntropy(Tensor.Zeros([2], Kernels.DType.I32, device)), "cross_entropy", "I32", "I64");
    }

    [Test]
    public void Arguments()
    {
        Refuses(() => X(Device.Cpu).Norm([0], 0), "norm", "order 0");
        Refuses(() => X(Device.Cpu).SmoothL1Loss(X(Device.Cpu), -1), "smooth_l1_loss", "beta -1");
        Refuses(() => Tensor.Zeros([2, 5]).CrossEntropy(Index(Device.Cpu, 1, 1), labelSmoothing: 1.5), "label smoothing 1.5");
        Refuses(() => X(Device.Cpu).Slice(0, step: 0), "slice", "step 0");
        Refuses(() => X(Device.Cpu).Add(X(Device.Reference)), "add", "different devices");
        Tensor weight = Tensor.Ones([5]);
        weight.RequiresGrad = true;
        Refuses(() => Tensor.Zeros([2, 5]).CrossEntropy(Index(Device.Cpu, 1, 1), weight), "cross_entropy", "class weights");
    }

    private static void Refuses(Func<object> call, params string[] words)
    {
        Exception? error = Assert.Catch(() => call());
        Assert.That(error, Is.InstanceOf<ArgumentException>().Or.InstanceOf<NotSupportedException>());
        foreach (string word in words)
        {
            Assert.That(error!.Message, Does.Contain(word));
        }
    }
}
