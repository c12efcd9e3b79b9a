namespace RawSer.Testing.OpCases;

internal static class SoftmaxAndLossOps
{
    public static IEnumerable<OpCase> Cases { get; } =
    [
        new("softmax rows", t => t[0].Softmax(-1), OpInput.Uniform([4, 9], -3, 3)) { Timed = [OpInput.Uniform([32 * 94, 1024], -3, 3)] },
        new("softmax columns", t => t[0].Softmax(1), OpInput.Uniform([2, 7, 5], -3, 3)) { Timed = [OpInput.Uniform([32, 94, 1024], -3, 3)] },
        new("log_softmax rows", t => t[0].LogSoftmax(-1), OpInput.Uniform([4, 9], -3, 3)) { Timed = [OpInput.Uniform([32 * 94, 1024], -3, 3)] },
        new("log_softmax columns", t => t[0].LogSoftmax(0), OpInput.Uniform([7, 5], -3, 3)),
        new("cross_entropy", t => t[0].CrossEntropy(t[1]), OpInput.Uniform([6, 7], -3, 3), OpInput.Indices([6], 7)) { Roundings = 32 },
        new(
            "cross_entropy weights, smoothing, ignored",
            t => t[0].CrossEntropy(t[1], t[2], ignoreIndex: 2, labelSmoothing: 0.1),
            OpInput.Uniform([6, 5, 3], -3, 3), OpInput.Indices([6, 3], 5), OpInput.Uniform([5], 0.5, 2) with { Differentiable = false }) { Roundings = 32 },
        new(
            "cross_entropy probabilities",
            t => t[0].CrossEntropy(t[1], labelSmoothing: 0.2, reduction: LossReduction.None),
            OpInput.Uniform([6, 5], -3, 3), OpInput.Uniform([6, 5], 0, 1)) { Roundings = 32 },
        new("nll_loss", t => t[0].NllLoss(t[1]), OpInput.Uniform([6, 7], -3, 0), OpInput.Indices([6], 7)),
        new("mse_loss", t => t[0].MseLoss(t[1]), OpInput.Uniform([6, 7]), OpInput.Uniform([6, 7])),
        new("l1_loss", t => t[0].L1Loss(t[1]), OpInput.Uniform([6, 7], 1, 2), OpInput.Uniform([6, 7])),
        new("smooth_l1_loss", t => t[0].SmoothL1Loss(t[1], 0.5), OpInput.Uniform([6, 7]), OpInput.Uniform([6, 7])),
        new("binary_cross_entropy_with_logits", t => t[0].BinaryCrossEntropyWithLogits(t[1], positiveWeight: t[2]),
            OpInput.Uniform([6, 7], -4, 4), OpInput.Uniform([6, 7], 0, 1), OpInput.Uniform([7], 0.5, 2)),
        new("keras_categorical_crossentropy smoothed", t => t[0].KerasCategoricalCrossEntropy(t[1], labelSmoothing: 0.2), OpInput.Uniform([6, 7], 0.1, 1), OpInput.Uniform([6, 7], 0, 1)) { Roundings = 32 },
        new("keras_sparse_categorical_crossentropy", t => t[0].KerasSparseCategoricalCrossEntropy(t[1]), OpInput.Uniform([6, 7], 0.1, 0.9), OpInput.Indices([6], 7)) { Roundings = 32 },
        new("keras_categorical_crossentropy", t => t[0].KerasCategoricalCrossEntropy(t[1]), OpInput.Uniform([6, 7], 0.1, 1), OpInput.Uniform([6, 7], 0, 1)) { Roundings = 32 },
    ];
}
