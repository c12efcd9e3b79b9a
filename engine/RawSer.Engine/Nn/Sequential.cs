namespace RawSer.Nn;

/// <summary>Modules applied one after the other, named 0, 1, 2, ... or as given.</summary>
public sealed class Sequential : Module
{
    /// <summary>Modules named by their number.</summary>
    public Sequential(params ReadOnlySpan<Module> modules)
    {
        for (int i = 0; i < modules.Length; i++)
        {
            Child(i.ToString(), modules[i]);
        }
    }

    /// <summary>Modules with names of their own.</summary>
    public Sequential(params ReadOnlySpan<(string Name, Module Module)> modules)
    {
        foreach ((string name, Module module) in modules)
        {
            Child(name, module);
        }
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        Tensor x = input;
        foreach (NamedModule child in Children)
        {
            x = child.Module.Forward(x);
        }

        return x;
    }
}
