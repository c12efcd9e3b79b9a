using System.Runtime.InteropServices;
using RawSer.Kernels;
using RawSer.Weights;

namespace RawSer.Optim;

/// <summary>
/// Changes parameters along their gradients. A step works on all parameters of a group at once; a parameter without a gradient keeps its
/// value, its state and its step count. State is made when a parameter first has a gradient, and belongs to the optimiser.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly string[] _stateNames;
    private readonly List<Slot> _slots = [];
    private readonly List<View> _parameters = [];
    private readonly List<View> _gradients = [];
    private readonly List<View>[] _states;

    /// <summary>An optimiser over groups.</summary>
    /// <param name="groups">The groups; no parameter may be in two.</param>
    /// <param name="stateNames">PyTorch's names of the tensors that are kept for each parameter.</param>
    /// <exception cref="ArgumentException">There is no parameter, or one is given twice, or a learning rate is negative or no number.</exception>
    protected Optimizer(IEnumerable<ParameterGroup> groups, params string[] stateNames)
    {
        Groups = [.. groups];
        _stateNames = stateNames;
        _states = Array.ConvertAll(stateNames, _ => new List<View>());
        HashSet<Tensor> seen = [];
        foreach (ParameterGroup group in Groups)
        {
            if (!(group.LearningRate >= 0))
            {
                throw new ArgumentException(FormattableString.Invariant($"optimiser: learning rate {group.LearningRate}; must be a number from 0"));
            }

            foreach (Tensor parameter in group.Parameters)
            {
                if (!seen.Add(parameter))
                {
                    throw new ArgumentException($"optimiser: a parameter of shape {parameter.Shape} is given twice");
                }

                _slots.Add(new Slot(parameter, group));
            }
        }

        if (_slots.Count == 0)
        {
            throw new ArgumentException("optimiser: no parameters");
        }
    }

    /// <summary>The groups, in the order given.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Learning rate of the first group; setting it sets that of all groups.</summary>
    public double LearningRate
    {
        get => Groups[0].LearningRate;
        set
        {
            foreach (ParameterGroup group in Groups)
            {
                group.LearningRate = value;
            }
        }
    }

    /// <summary>Takes one step with the collected gradients.</summary>
    public void Step()
    {
        using NoGradScope noGrad = Autograd.NoGrad();
        foreach (Slot slot in _slots)
        {
            slot.IsPending = slot.Parameter.Grad is not null;
            if (slot.IsPending)
            {
                slot.Prepare(_stateNames, InitialState);
            }
        }

        // Parameters of one group with equally many steps go together; they nearly always all do.
        for (int i = 0; i < _slots.Count; i++)
        {
            if (_slots[i].IsPending)
            {
                StepTogether(i);
            }
        }

        OperationProfile.StepEnded(GetType().Name);
    }

    /// <summary>Drops the gradients of all parameters.</summary>
    public void ZeroGrad()
    {
        foreach (Slot slot in _slots)
        {
            slot.Parameter.ZeroGrad();
        }
    }

    /// <summary>
    /// The state of parameters that have some: their tensors (live, not copies) as <c>name.exp_avg</c> and so on, and <c>name.step</c>, the
    /// number of their steps, as I64.
    /// </summary>
    /// <param name="names">A name for every parameter, in the order of the groups.</param>
    public IEnumerable<(string Name, Tensor? Tensor, long Steps)> State(IReadOnlyList<string> names)
    {
        CheckNames(names);
        for (int i = 0; i < _slots.Count; i++)
        {
            if (_slots[i].States is { } states)
            {
                yield return ($"{names[i]}.step", null, _slots[i].Steps);
                for (int s = 0; s < states.Length; s++)
                {
                    yield return ($"{names[i]}.{_stateNames[s]}", states[s], _slots[i].Steps);
                }
            }
        }
    }

    /// <summary>Adds the state to a safetensors file, its names behind a prefix. Loading it resumes bit for bit.</summary>
    /// <param name="writer">The file.</param>
    /// <param name="names">A name for every parameter, in the order of the groups.</param>
    /// <param name="prefix">Put before every name.</param>
    public void AddTo(SafetensorsWriter writer, IReadOnlyList<string> names, string prefix = "optimizer.")
    {
        foreach ((string name, Tensor? tensor, long steps) in State(names))
        {
            if (tensor is null)
            {
                writer.Add<long>(prefix + name, Shape.Scalar, new[] { steps });
            }
            else
            {
                writer.Add<float>(prefix + name, tensor.Shape, tensor.ToArray<float>());
            }
        }
    }

    /// <summary>Takes over the state of a file that <see cref="AddTo"/> wrote. Parameters without state in the file start anew.</summary>
    /// <param name="source">The file.</param>
    /// <param name="names">A name for every parameter, in the order of the groups.</param>
    /// <param name="prefix">What stands before every name.</param>
    /// <exception cref="StateDictException">The file has part of a parameter's state only, or of other shapes; the optimiser is unchanged.</exception>
    public void Load(WeightSource source, IReadOnlyList<string> names, string prefix = "optimizer.")
    {
        CheckNames(names);
        List<string> missing = [], unexpected = [];
        List<StateDictMismatch> mismatches = [];
        HashSet<string> known = [];
        List<int> found = [];
        for (int i = 0; i < _slots.Count; i++)
        {
            string[] all = [$"{prefix}{names[i]}.step", .. _stateNames.Select(s => $"{prefix}{names[i]}.{s}")];
            known.UnionWith(all);
            if (!all.Any(source.Contains))
            {
                continue;
            }

            found.Add(i);
            missing.AddRange(all.Where(name => !source.Contains(name)));
            foreach (string name in all.Skip(1).Where(source.Contains))
            {
                if (source[name].DType != DType.F32 || source[name].Shape != _slots[i].Parameter.Shape)
                {
                    mismatches.Add(new StateDictMismatch(name, $"F32 {_slots[i].Parameter.Shape}", $"{source[name].Type} {source[name].Shape}"));
                }
            }
        }

        unexpected.AddRange(source.Entries.Select(entry => entry.Name).Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && !known.Contains(name)));
        if (missing.Count + unexpected.Count + mismatches.Count > 0)
        {
            throw new StateDictException(source.Path, missing, unexpected, mismatches);
        }

        foreach (Slot slot in _slots)
        {
            slot.DisposeStates();
        }

        foreach (int i in found)
        {
            Slot slot = _slots[i];
            slot.Prepare(_stateNames, InitialState);
            slot.Steps = source.Read<long>($"{prefix}{names[i]}.step")[0];
            for (int s = 0; s < _stateNames.Length; s++)
            {
                slot.States![s].CopyFrom<float>(source.ReadFloats($"{prefix}{names[i]}.{_stateNames[s]}"));
            }
        }
    }

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        foreach (Slot slot in _slots)
        {
            slot.DisposeStates();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Value that the elements of a new state have.</summary>
    protected virtual double InitialState(string name) => 0;

    /// <summary>Changes parameters of one group that have had equally many steps.</summary>
    /// <param name="group">Their group.</param>
    /// <param name="step">Number of this step for them, from 1.</param>
    /// <param name="tensors">Parameters, gradients and states.</param>
    private protected abstract void Update(ParameterGroup group, long step, StepTensors tensors);

    private void StepTogether(int first)
    {
        Slot leader = _slots[first];
        long step = leader.Steps + 1;
        _parameters.Clear();
        _gradients.Clear();
        foreach (List<View> states in _states)
        {
            states.Clear();
        }

        for (int i = first; i < _slots.Count; i++)
        {
            Slot slot = _slots[i];
            if (!slot.IsPending || slot.Group != leader.Group || slot.Steps + 1 != step)
            {
                continue;
            }

            (slot.IsPending, slot.Steps) = (false, step);
            slot.Parameter.Storage.MarkWritten();
            _parameters.Add(slot.Parameter.View);
            _gradients.Add(slot.Parameter.Grad!.View);
            for (int s = 0; s < _states.Length; s++)
            {
                _states[s].Add(slot.States![s].View);
            }
        }

        Update(leader.Group, step, new StepTensors(leader.Parameter.Backend, _parameters, _gradients, _states));
    }

    private void CheckNames(IReadOnlyList<string> names)
    {
        if (names.Count != _slots.Count)
        {
            throw new ArgumentException($"optimiser state: {names.Count} names for {_slots.Count} parameters");
        }
    }

    /// <summary>What the kernels of a step receive.</summary>
    private protected readonly ref struct StepTensors(Backend backend, List<View> parameters, List<View> gradients, List<View>[] states)
    {
        private readonly List<View>[] _states = states;

        public Backend Backend { get; } = backend;

        public ReadOnlySpan<View> Parameters { get; } = CollectionsMarshal.AsSpan(parameters);

        public ReadOnlySpan<View> Gradients { get; } = CollectionsMarshal.AsSpan(gradients);

        /// <summary>The states of a name's place, or none if the optimiser keeps fewer.</summary>
        public ReadOnlySpan<View> State(int index) => index < _states.Length ? CollectionsMarshal.AsSpan(_states[index]) : default;
    }

    /// <summary>A parameter and what is kept for it.</summary>
    private sealed class Slot(Tensor parameter, ParameterGroup group)
    {
        public Tensor Parameter { get; } = parameter;

        public ParameterGroup Group { get; } = group;

        public Tensor[]? States { get; private set; }

        public long Steps { get; set; }

        public bool IsPending { get; set; }

        public void Prepare(string[] names, Func<string, double> initial)
        {
            if (!Parameter.IsContiguous)
            {
                throw new InvalidOperationException($"optimiser: parameter of shape {Parameter.Shape} is a strided view; train the tensor that it is a view of");
            }

            States ??= Array.ConvertAll(names, name => TensorScope.Release(Tensor.Full(Parameter.Shape, initial(name), Parameter.DType, Parameter.Device)));
            if (States.Length > 0 && States[0].Device != Parameter.Device)
            {
                throw new InvalidOperationException(
                    $"optimiser: a parameter of shape {Parameter.Shape} moved from {States[0].Device} to {Parameter.Device} after its first step; move the module before training");
            }
        }

        public void DisposeStates()
        {
            foreach (Tensor state in States ?? [])
            {
                state.Dispose();
            }

            States = null;
            Steps = 0;
        }
    }
}
