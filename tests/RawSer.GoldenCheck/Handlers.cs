namespace RawSer.GoldenCheck;

/// <summary>The list of all handler families. A new family adds one line here; see README.md.</summary>
internal static class Handlers
{
    public static HandlerTable All { get; } = Create();

    private static HandlerTable Create()
    {
        var table = new HandlerTable();
        Audio.AudioCases.Register(table);
        Ops.BinaryCases.Register(table);
        Ops.DropoutCases.Register(table);
        Ops.ElementwiseCases.Register(table);
        Ops.IndexingCases.Register(table);
        Ops.LossCases.Register(table);
        Ops.MovementCases.Register(table);
        Ops.ReductionCases.Register(table);
        Ops.ResizeCases.Register(table);
        Ops.SoftmaxCases.Register(table);
        Ops.MatrixCases.Register(table);
        Ops.NormCases.Register(table);
        Ops.AttentionCases.Register(table);
        Ops.PoolCases.Register(table);
        Ops.ConvCases.Register(table);
        Keras.ActivationCases.Register(table);
        Keras.AttentionCases.Register(table);
        Keras.CallbackCases.Register(table);
        Keras.ConvCases.Register(table);
        Keras.DenseCases.Register(table);
        Keras.DropoutCases.Register(table);
        Keras.FitCases.Register(table);
        Keras.LossCases.Register(table);
        Keras.NormCases.Register(table);
        Keras.PictureCases.Register(table);
        Keras.PoolCases.Register(table);
        Keras.ResizeCases.Register(table);
        Keras.ScheduleCases.Register(table);
        Keras.OptimizerCases.Register(table);
        Optim.OptimizerCases.Register(table);
        Optim.ScheduleCases.Register(table);
        Keras.TunerCases.Register(table);
        Keras.VggCases.Register(table);
        Models.ConvolutionCases.Register(table);
        Models.PictureCases.Register(table);
        Models.VggCases.Register(table);
        Weights.WeightFileCases.Register(table);
        Weights.NameCases.Register(table);
        Weights.TransformCases.Register(table);
        Reports.LabelCases.Register(table);
        Reports.ProbabilityCases.Register(table);
        Reports.SplitCases.Register(table);
        Keras.InitializerCases.Register(table);
        Keras.NetCases.Register(table);
        Keras.HdfCases.Register(table);
        Keras.NetTrainCases.Register(table);
        Train.TrainCases.Register(table);
        Programs.ProgramCases.Register(table);
        Ptx.PtxCases.Register(table);
        Models.EncoderCases.Register(table);
        Models.PreparationCases.Register(table);
        Models.HeadCases.Register(table);
        Models.FineTuningCases.Register(table);
        Models.PretrainingCases.Register(table);
        Models.FullSizeCases.Register(table);
        return table;
    }
}
