using System.Globalization;
using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Weights;

namespace RawSer.Training;

/// <summary>How far a training is.</summary>
/// <param name="Epoch">Epochs that are over.</param>
/// <param name="Examples">Examples trained in the current one.</param>
/// <param name="Updates">Updates made in all.</param>
/// <param name="LossSum">Sum of the losses of those examples.</param>
/// <param name="Correct">Number of them that were classified correctly.</param>
public readonly record struct TrainingPosition(int Epoch, int Examples, long Updates, double LossSum, long Correct);

/// <summary>
/// Everything that a training needs to go on: weights, optimiser, random position, place in the epoch, memory of early stopping and of the
/// learning-rate plateau. One safetensors file, written as a whole. Where another file holds the weights already, the state names it by its SHA-256 instead
/// of repeating them.
/// </summary>
public sealed class TrainingState
{
    private const string ModelPrefix = "model.";
    private const string OptimizerPrefix = "optimizer.";
    private const string WeightsKey = "weights_sha256";

    private readonly Module _network;
    private readonly Optimizer _optimizer;
    private readonly Generator _random;

    internal TrainingState(Module network, Optimizer optimizer, Generator random, TrainingPosition position, EarlyStoppingState? earlyStopping, ReduceOnPlateauState? plateau)
    {
        _network = network;
        _optimizer = optimizer;
        _random = random;
        Position = position;
        EarlyStopping = earlyStopping;
        Plateau = plateau;
    }

    /// <summary>How far.</summary>
    public TrainingPosition Position { get; }

    /// <summary>What early stopping remembers; null when there is none.</summary>
    public EarlyStoppingState? EarlyStopping { get; }

    /// <summary>What the plateau schedule remembers; null when there is none.</summary>
    public ReduceOnPlateauState? Plateau { get; }

    /// <summary>Writes the state; the file is replaced as a whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weights">SHA-256, in hexadecimal, of a file that holds the weights of the network as they are now; null puts them into this one.</param>
    /// <exception cref="WeightFileException">The file cannot be written.</exception>
    public void Save(string path, string? weights = null)
    {
        SafetensorsWriter writer = new();
        if (weights is null)
        {
            StateDict.AddTo(writer, _network, ModelPrefix);
        }
        else
        {
            writer.AddMetadata(WeightsKey, weights);
        }

        _optimizer.AddTo(writer, ParameterNames(_network), OptimizerPrefix);
        Add(writer, "epoch", Position.Epoch);
        Add(writer, "examples", Position.Examples);
        Add(writer, "updates", Position.Updates);
        Add(writer, "loss_sum", Position.LossSum);
        Add(writer, "correct", Position.Correct);
        Add(writer, "random_position", _random.Position);
        Add(writer, "learning_rate", _optimizer.LearningRate);
        if (EarlyStopping is { } stop)
        {
            Add(writer, "stop_wait", stop.Wait);
            Add(writer, "stop_best", stop.Best);
            Add(writer, "stop_best_epoch", stop.BestEpoch);
            Add(writer, "stop_kept_epoch", stop.KeptEpoch ?? -1);
            Add(writer, "stop_stopped_epoch", stop.StoppedEpoch ?? -1);
        }

        if (Plateau is { } plateau)
        {
            Add(writer, "plateau_best", plateau.Best);
            Add(writer, "plateau_wait", plateau.Wait);
            Add(writer, "plateau_cooldown", plateau.Cooldown);
        }

        writer.Save(path);
    }

    /// <summary>The SHA-256 of the file with the weights that belong to a saved state; null if they are in the state.</summary>
    /// <exception cref="WeightFileException">The file is missing or broken.</exception>
    public static string? WeightsOf(string path)
    {
        using WeightSource source = WeightSource.Open(path);
        return source.Metadata.GetValueOrDefault(WeightsKey);
    }

    /// <summary>Puts a saved state into network, optimiser and generator.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="optimizer">Its optimiser.</param>
    /// <param name="random">What its random layers draw from.</param>
    /// <param name="weights">SHA-256 of the file from which the network has its weights, as <see cref="WeightsOf"/> wants it; null if the state brings them.</param>
    /// <exception cref="WeightFileException">The file is missing, broken, no training state, or belongs to other weights.</exception>
    /// <exception cref="StateDictException">The weights do not fit the network.</exception>
    public static TrainingState Load(string path, Module network, Optimizer optimizer, Generator random, string? weights = null)
    {
        using WeightSource source = WeightSource.Open(path);
        string? wanted = source.Metadata.GetValueOrDefault(WeightsKey);
        if (wanted is null)
        {
            StateDict.Load(network, source, new StateDictOptions
            {
                Rename = new Dictionary<string, string> { [ModelPrefix] = "" },
                Ignore = [OptimizerPrefix],
                Map = false, // the next epoch replaces the file and changes every weight
            });
        }
        else if (wanted != weights)
        {
            throw new WeightFileException(path, null, $"belongs to weights in a file of SHA-256 {wanted}, and the network has {(weights is null ? "others" : $"those of {weights}")}");
        }

        optimizer.Load(source, ParameterNames(network), OptimizerPrefix);
        StateReader read = new(source, path);
        optimizer.LearningRate = read.Double("learning_rate");
        random.Position = read.Unsigned("random_position");
        EarlyStoppingState? stop = !read.Has("stop_wait") ? null : new EarlyStoppingState(
            (int)read.Long("stop_wait"),
            read.Double("stop_best"),
            (int)read.Long("stop_best_epoch"),
            read.Epoch("stop_kept_epoch"),
            read.Epoch("stop_stopped_epoch"));
        ReduceOnPlateauState? plateau = !read.Has("plateau_wait")
            ? null
            : new ReduceOnPlateauState(read.Double("plateau_best"), (int)read.Long("plateau_wait"), (int)read.Long("plateau_cooldown"));
        TrainingPosition position = new(
            (int)read.Long("epoch"), (int)read.Long("examples"), read.Long("updates"), read.Double("loss_sum"), read.Long("correct"));
        return new TrainingState(network, optimizer, random, position, stop, plateau);
    }

    private static string[] ParameterNames(Module network) => [.. network.NamedParameters().Where(p => p.Value.RequiresGrad).Select(p => p.Name)];

    private static void Add(SafetensorsWriter writer, string key, IFormattable value) =>
        writer.AddMetadata(key, value.ToString(value is double ? "R" : null, CultureInfo.InvariantCulture));

    private readonly struct StateReader(WeightSource source, string path)
    {
        public bool Has(string key) => source.Metadata.ContainsKey(key);

        public long Long(string key) => long.TryParse(Text(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value : throw Unreadable(key);

        public ulong Unsigned(string key) => ulong.TryParse(Text(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out ulong value) ? value : throw Unreadable(key);

        public double Double(string key) => double.TryParse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw Unreadable(key);

        public int? Epoch(string key) => Long(key) is >= 0 and long epoch ? (int)epoch : null;

        private string Text(string key) => source.Metadata.TryGetValue(key, out string? text) ? text : throw Unreadable(key);

        private WeightFileException Unreadable(string key) => new(path, null, $"metadata entry '{key}' is missing or no number; expected a training state (state.safetensors of a run)");
    }
}
