using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>
/// A part of a network: named parameters, named buffers (state that is stored but not trained) and named child modules. They are registered
/// explicitly, in the constructor, and keep that order; the full names (<c>encoder.0.linear1.weight</c>) are those of a PyTorch state dict.
/// <para>
/// Parameters with random initial values hold NaN until <see cref="Initialization.Initialize"/> or a state dict fills them, so that a forgotten
/// call shows at the first loss. Parameters and buffers belong to the module: they outlive tensor scopes and go with <see cref="Dispose"/>.
/// </para>
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<NamedTensor> _parameters = [];
    private readonly List<NamedTensor> _buffers = [];
    private readonly List<NamedModule> _children = [];

    [ThreadStatic]
    private static Action<ModuleCall>? s_observer;

    /// <summary>True between <see cref="Train"/> and <see cref="Eval"/>: dropout drops, batch norm uses and collects batch statistics. Off at first.</summary>
    public bool IsTraining { get; private set; }

    /// <summary>True after <see cref="Freeze"/>.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>The modules registered directly in this one, in order.</summary>
    public IReadOnlyList<NamedModule> Children => _children;

    /// <summary>The parameters registered directly in this module, not in its children.</summary>
    public IReadOnlyList<NamedTensor> OwnParameters => _parameters;

    /// <summary>The buffers registered directly in this module, not in its children.</summary>
    public IReadOnlyList<NamedTensor> OwnBuffers => _buffers;

    /// <summary>Whether a layer table shows this module as one row. True for those without children.</summary>
    public virtual bool IsLayer => _children.Count == 0;

    /// <summary>
    /// Whether a captured training step of this module and those below serves every batch of one shape: what it queues on a device depends on nothing
    /// else. False where the host looks at values or draws numbers of its own, unless <see cref="PrepareStep"/> does that before the step.
    /// </summary>
    public virtual bool IsCapturable => _children.TrueForAll(child => child.Module.IsCapturable);

    /// <summary>
    /// What the host decides for a training step, such as masks, goes into <paramref name="inputs"/>. A training loop calls this for the whole network
    /// before every step, also where the step itself is a graph and <see cref="Forward"/> does not run; a module with parts that decide something must ask them.
    /// </summary>
    /// <param name="batch">Values of the step's input, on the host.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="inputs">Where decisions go.</param>
    public virtual void PrepareStep(ReadOnlySpan<float> batch, Shape shape, StepInputs inputs)
    {
    }

    /// <summary>True while somebody looks on through <see cref="Observe"/>.</summary>
    protected static bool IsTraced => s_observer is not null;

    /// <summary>Number of parameter elements, here and below.</summary>
    public long ParameterCount => NamedParameters().Sum(p => p.Value.ElementCount);

    /// <summary>Number of parameter elements that training changes.</summary>
    public long TrainableParameterCount => NamedParameters().Where(p => p.Value.RequiresGrad).Sum(p => p.Value.ElementCount);

    /// <summary>Bytes that <see cref="PackWeights"/> made, here and below.</summary>
    public long PackedBytes => NamedModules().Sum(m => m.Module.OwnPackedBytes);

    /// <summary>Bytes of what this module packed itself.</summary>
    protected virtual long OwnPackedBytes => 0;

    /// <summary>Applies the module. What it makes on the way is disposed at the end; only the result leaves it.</summary>
    public Tensor Forward(Tensor input)
    {
        using TensorScope scope = Tensor.Scope();
        Tensor output = scope.Keep(ForwardCore(input));
        s_observer?.Invoke(new ModuleCall(this, null, output));
        return output;
    }

    /// <summary>This module and everything below, with full names (empty for this one), parents before children.</summary>
    public IEnumerable<NamedModule> NamedModules(string prefix = "")
    {
        yield return new NamedModule(prefix, this);
        foreach (NamedModule child in _children)
        {
            foreach (NamedModule below in child.Module.NamedModules(Join(prefix, child.Name)))
            {
                yield return below;
            }
        }
    }

    /// <summary>All parameters, here and below, in the order of registration.</summary>
    public IEnumerable<NamedTensor> NamedParameters() =>
        NamedModules().SelectMany(m => m.Module._parameters.Select(p => new NamedTensor(Join(m.Name, p.Name), p.Value)));

    /// <summary>All buffers, here and below, in the order of registration.</summary>
    public IEnumerable<NamedTensor> NamedBuffers() =>
        NamedModules().SelectMany(m => m.Module._buffers.Select(b => new NamedTensor(Join(m.Name, b.Name), b.Value)));

    /// <summary>The parameters without their names, as optimisers take them.</summary>
    public IReadOnlyList<Tensor> Parameters() => [.. NamedParameters().Select(p => p.Value)];

    /// <summary>What a state dict holds: of each module, parents first, the parameters and then the buffers.</summary>
    public IEnumerable<NamedTensor> NamedState() => NamedModules().SelectMany(
        m => m.Module._parameters.Concat(m.Module._buffers).Select(t => new NamedTensor(Join(m.Name, t.Name), t.Value)));

    /// <summary>A parameter or buffer by its full name.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public Tensor State(string name)
    {
        foreach (NamedTensor state in NamedState())
        {
            if (state.Name == name)
            {
                return state.Value;
            }
        }

        throw new ArgumentException($"{GetType().Name} has no parameter or buffer '{name}'; it has {string.Join(", ", NamedState().Select(s => s.Name))}");
    }

    /// <summary>Switches everything below to training.</summary>
    public void Train() => SetTraining(true);

    /// <summary>Switches everything below to inference.</summary>
    public void Eval() => SetTraining(false);

    /// <summary>
    /// Excludes everything below from training: parameters need no gradient and batch norm uses and keeps its stored statistics, whatever
    /// <see cref="IsTraining"/> says (<c>trainable = False</c> of Keras).
    /// </summary>
    public void Freeze() => SetFrozen(true);

    /// <summary>Takes <see cref="Freeze"/> and <see cref="PackWeights"/> back.</summary>
    public void Unfreeze()
    {
        UnpackCore();
        SetFrozen(false);
    }

    /// <summary>
    /// Freezes everything below and lets layers bring their weights into the order in which the device's kernels read them: inference without
    /// doing so at every call, at the price of a second copy of those weights (<see cref="PackedBytes"/>). Values written to the tensors directly
    /// afterwards are not seen until the next <see cref="PackWeights"/>; <see cref="Unfreeze"/>, loading a state dict, and <see cref="To"/> another device
    /// go back to the plain weights.
    /// </summary>
    /// <param name="keepOriginals">
    /// False gives back the memory of weights of which the packed copy serves every input: nothing is held twice, and until a state dict is loaded
    /// the module can do nothing but inference on this device.
    /// </param>
    public void PackWeights(bool keepOriginals = true)
    {
        Freeze();
        PackCore(keepOriginals);
    }

    /// <summary>Moves all parameters and buffers to a device. The tensor objects stay the same, so optimisers may hold them.</summary>
    public void To(Device device)
    {
        if (NamedState().All(state => state.Value.Device == device && (state.Value.Grad?.Device ?? device) == device))
        {
            return;
        }

        UnpackCore();
        foreach (NamedTensor state in NamedState())
        {
            Move(state.Value, device);
            if (state.Value.Grad is { } gradient)
            {
                Move(gradient, device);
            }
        }
    }

    /// <summary>Drops the gradients of all parameters.</summary>
    public void ZeroGrad()
    {
        foreach (NamedTensor parameter in NamedParameters())
        {
            parameter.Value.ZeroGrad();
        }
    }

    /// <summary>
    /// Lets random layers below draw from a generator (one for a network, so that its state is all there is to store). Needed before
    /// training with dropout.
    /// </summary>
    public void UseRandom(Generator generator)
    {
        foreach (NamedModule module in NamedModules())
        {
            module.Module.SetRandom(generator);
        }
    }

    /// <summary>Disposes all parameters and buffers, here and below.</summary>
    public void Dispose()
    {
        UnpackCore();
        foreach (NamedTensor state in NamedState())
        {
            state.Value.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Lets <paramref name="observer"/> see the result of every <see cref="Forward"/> on this thread while <paramref name="action"/> runs.
    /// Modules that fuse layers run them one by one meanwhile (<see cref="IsTraced"/>).
    /// </summary>
    public static void Observe(Action<ModuleCall> observer, Action action)
    {
        Action<ModuleCall>? outer = s_observer;
        s_observer = observer;
        try
        {
            action();
        }
        finally
        {
            s_observer = outer;
        }
    }

    /// <summary>Fills the parameters that this module registered itself.</summary>
    internal void InitializeOwn(ParameterInit init) => Initialize(init);

    /// <summary>Shows observers a step that is no module: a concatenation, a mean.</summary>
    /// <returns><paramref name="output"/>.</returns>
    protected Tensor Trace(string step, Tensor output)
    {
        s_observer?.Invoke(new ModuleCall(this, step, output));
        return output;
    }

    /// <summary>Computes the output, in a tensor scope of its own: intermediate tensors need no disposal.</summary>
    protected abstract Tensor ForwardCore(Tensor input);

    /// <summary>Gives initial values to the parameters that this module registered itself; nothing if they have none at random.</summary>
    protected virtual void Initialize(ParameterInit init)
    {
    }

    /// <summary>Packs weights for <see cref="PackWeights"/>, here and below.</summary>
    protected internal virtual void PackCore(bool keepOriginals)
    {
        foreach (NamedModule child in _children)
        {
            child.Module.PackCore(keepOriginals);
        }
    }

    /// <summary>Drops what <see cref="PackCore"/> made, here and below.</summary>
    protected internal virtual void UnpackCore()
    {
        foreach (NamedModule child in _children)
        {
            child.Module.UnpackCore();
        }
    }

    /// <summary>Receives the generator of <see cref="UseRandom"/>.</summary>
    protected virtual void SetRandom(Generator generator)
    {
    }

    /// <summary>Registers a parameter of these extents; NaN until it is initialised or loaded.</summary>
    protected Tensor Parameter(string name, Shape shape) => Parameter(name, shape, double.NaN);

    /// <summary>Registers a parameter whose elements start as <paramref name="value"/>.</summary>
    protected Tensor Parameter(string name, Shape shape, double value)
    {
        Tensor parameter = Register(name, Tensor.Deferred(shape, value), _parameters);
        parameter.RequiresGrad = true;
        return parameter;
    }

    /// <summary>Registers state that is stored but not trained.</summary>
    protected Tensor Buffer(string name, Shape shape, double value, DType type = DType.F32) => Register(name, Tensor.Deferred(shape, value, type), _buffers);

    /// <summary>A copy of weights in another order, made by <paramref name="arrange"/> for <see cref="PackCore"/>; the module disposes it in <see cref="UnpackCore"/>.</summary>
    protected static Tensor Packed(Func<Tensor> arrange)
    {
        using NoGradScope noGrad = Autograd.NoGrad();
        using TensorScope scope = Tensor.Scope();
        return TensorScope.Release(scope.Keep(arrange()));
    }

    /// <summary>Gives back the memory of a weight of which a packed copy is there.</summary>
    protected static void GiveUpOriginal(Tensor weight) => weight.GiveUp("its packed copy replaced it (PackWeights without originals); load the weights again");

    /// <summary>Registers a module inside this one.</summary>
    protected T Child<T>(string name, T module) where T : Module
    {
        CheckName(name);
        _children.Add(new NamedModule(name, module));
        return module;
    }

    private static void Move(Tensor tensor, Device device)
    {
        if (tensor.Device != device)
        {
            using Tensor values = tensor.Detach();
            using Tensor moved = values.To(device);
            tensor.Become(moved);
        }
    }

    private static string Join(string prefix, string name) => prefix.Length == 0 ? name : $"{prefix}.{name}";

    private Tensor Register(string name, Tensor tensor, List<NamedTensor> list)
    {
        CheckName(name);
        list.Add(new NamedTensor(name, TensorScope.Release(tensor)));
        return tensor;
    }

    private void CheckName(string name)
    {
        if (name.Length == 0 || name.Contains('.'))
        {
            throw new ArgumentException($"{GetType().Name}: '{name}' is no name for a part of a module; names are not empty and hold no dot");
        }

        if (_parameters.Concat(_buffers).Any(t => t.Name == name) || _children.Any(c => c.Name == name))
        {
            throw new ArgumentException($"{GetType().Name}: '{name}' is registered twice");
        }
    }

    private void SetTraining(bool training)
    {
        foreach (NamedModule module in NamedModules())
        {
            module.Module.IsTraining = training;
        }
    }

    private void SetFrozen(bool frozen)
    {
        foreach (NamedModule module in NamedModules())
        {
            module.Module.IsFrozen = frozen;
            foreach (NamedTensor parameter in module.Module._parameters)
            {
                parameter.Value.RequiresGrad = !frozen;
            }
        }
    }
}

/// <summary>A parameter or buffer with its name in the module that was asked.</summary>
public readonly record struct NamedTensor(string Name, Tensor Value);

/// <summary>A module with its name in the module that was asked.</summary>
public readonly record struct NamedModule(string Name, Module Module);

/// <summary>What an observer of <see cref="Module.Observe"/> sees.</summary>
/// <param name="Module">The module that ran.</param>
/// <param name="Step">The name of a step inside it, or null for its own result.</param>
/// <param name="Output">The result. It belongs to the computation, which disposes it: copy the values that are to be kept.</param>
public readonly record struct ModuleCall(Module Module, string? Step, Tensor Output);
