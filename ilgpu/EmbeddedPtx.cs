using System.Reflection;

namespace RawSer.Gpu.Compiler;

/// <summary>ILGPU compiles kernels when they are loaded; a program carries none.</summary>
public static class EmbeddedPtx
{
    /// <summary>Does nothing.</summary>
    public static void Carry(Assembly kernels, Assembly carrier)
    {
    }
}
