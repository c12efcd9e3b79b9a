namespace RawSer.Gpu.Compiler;

/// <summary>A parameter of a kernel in PTX's parameter space.</summary>
/// <param name="Name">Name in C#.</param>
/// <param name="Offset">Bytes from the start of the parameters.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Align">Alignment in bytes.</param>
/// <param name="Scalar">PTX type of a number, empty for a struct.</param>
public sealed record KernelParameter(string Name, int Offset, int Size, int Align, string Scalar);

/// <summary>A kernel as PTX.</summary>
public sealed record CompiledKernel
{
    /// <summary>Name of the entry in the text: type, method, type arguments and specialised values.</summary>
    public required string Name { get; init; }

    /// <summary>The module: one entry. The same kernel and options give the same bytes.</summary>
    public required string Ptx { get; init; }

    /// <summary>Lowest compute capability that runs it.</summary>
    public required int TargetSm { get; init; }

    /// <summary>PTX version of the text, 70 for 7.0.</summary>
    public required int PtxVersion { get; init; }

    /// <summary>Whether the code asked what it is compiled for; if not, it is the same for every target.</summary>
    public required bool DependsOnTarget { get; init; }

    /// <summary>Static shared memory in bytes.</summary>
    public required int SharedBytes { get; init; }

    /// <summary>The parameters.</summary>
    public required IReadOnlyList<KernelParameter> ParameterLayout { get; init; }

    /// <summary>What the text consists of.</summary>
    public required KernelStatistics Statistics { get; init; }

    /// <summary>Where the code is slower than it looks: arrays that stayed in local memory.</summary>
    public required IReadOnlyList<string> Diagnostics { get; init; }

    /// <summary>Time the compilation took.</summary>
    public required TimeSpan CompileTime { get; init; }

    /// <summary>The compiler's own form of the kernel, as the last pass left it, where <see cref="KernelOptions.KeepIr"/> asked for it; else empty.</summary>
    public required string Ir { get; init; }

    /// <summary>Bytes of all parameters.</summary>
    public int ParameterBytes => ParameterLayout.Count == 0 ? 0 : ParameterLayout[^1].Offset + ParameterLayout[^1].Size;
}
