namespace RawSer.Gpu.Compiler;

/// <summary>A kernel is not one that a GPU can run. The message is one line: method, IL offset, source line, what is wrong and what
/// would be right.</summary>
public sealed class KernelCompileException(string message, Exception? inner = null) : GpuException(message, inner);
