using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using RawSer.IlgpuReference;

if (args is not [var folder])
{
    Console.Error.WriteLine("usage: RawSer.IlgpuReference FOLDER: writes ILGPU.dll and ILGPU.Algorithms.dll, signatures only, for -p:GpuCompiler=ilgpu -p:IlgpuPath=FOLDER");
    return 2;
}

Directory.CreateDirectory(folder);
IReadOnlyList<CSharpCompilation> assemblies = ReferenceAssemblies.Compile(out IReadOnlyList<string> leftOut);
foreach (CSharpCompilation assembly in assemblies)
{
    string path = Path.Combine(folder, assembly.AssemblyName + ".dll");
    EmitResult result = assembly.Emit(path);
    if (!result.Success)
    {
        throw new InvalidOperationException(string.Join('\n', result.Diagnostics));
    }

    Console.WriteLine(path);
}

Console.WriteLine($"{leftOut.Count} members are left out, for the names behind #:");
Console.WriteLine(string.Join('\n', leftOut));
return 0;
