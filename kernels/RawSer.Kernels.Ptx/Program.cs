using RawSer.Gpu.Compiler;
using RawSer.Kernels;

// RawSer.Kernels.Ptx FOLDER: files of compiled kernels, as EmbeddedPtx reads them: one for all targets, and one for each with those
// that depend on it. A file that would not change is left alone, so that nothing is built again because of it.
if (args is not [string folder])
{
    Console.Error.WriteLine("RawSer.Kernels.Ptx: expected the folder to write to");
    return 2;
}

Kernel[] kernels = [.. KernelSearch.In(typeof(CudaBackend).Assembly).Where(kernel => !kernel.IsSpecialised)];
CompiledKernel[][] compiled;
try
{
    compiled = [.. kernels.AsParallel().AsOrdered().Select(kernel => kernel.CompileForTiers())];
}
catch (AggregateException e) when (e.InnerException is KernelCompileException failure)
{
    Console.Error.WriteLine($"RawSer.Kernels.Ptx: error : {failure.Message}");
    return 1;
}

Directory.CreateDirectory(folder);
Write(EmbeddedPtx.EveryTier, compiled.Where(tiers => !tiers[0].DependsOnTarget).Select(tiers => tiers[0]));
for (int i = 0; i < Kernel.Tiers.Count; i++)
{
    Write(Kernel.Tiers[i], compiled.Where(tiers => tiers[0].DependsOnTarget).Select(tiers => tiers[i]));
}

return 0;

void Write(int tier, IEnumerable<CompiledKernel> kernels)
{
    using MemoryStream content = new();
    EmbeddedPtx.Write(content, kernels);
    string path = Path.Combine(folder, EmbeddedPtx.ResourceName(tier));
    if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(content.ToArray()))
    {
        File.WriteAllBytes(path, content.ToArray());
    }
}
