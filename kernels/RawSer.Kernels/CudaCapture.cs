namespace RawSer.Kernels;

/// <content>Graphs of a whole training step: one launch for all of its kernels.</content>
public sealed partial class CudaBackend
{
    /// <summary>Set while a step is recorded or its numbers are written anew.</summary>
    internal StepScalars? Scalars { get; set; }

    /// <summary>
    /// A step to be captured. Its host code must run once as it is, inside <see cref="CapturedWork.Warm"/>, so that kernels are loaded and
    /// memory is there; a capture can ask the system for neither.
    /// </summary>
    public CapturedWork NewCapture() => new(this);

    /// <summary>A graph is about to be launched, whose kernels may report bad data.</summary>
    internal void ExpectFaults() => _mayHaveFault = _faultWords != 0;
}
