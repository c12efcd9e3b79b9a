using RawSer.Nn;

namespace RawSer.Training;

/// <summary>Where a training keeps its best weights and its state.</summary>
public interface IWeightsKeeper
{
    /// <summary>The network's weights are the best so far.</summary>
    void KeepBest(Module network);

    /// <summary>Puts the best weights back into the network.</summary>
    void RestoreBest(Module network);

    /// <summary>All that is needed to go on from here. The state is valid until the call returns.</summary>
    void KeepState(TrainingState state);
}
