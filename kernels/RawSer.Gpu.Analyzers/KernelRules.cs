using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace RawSer.Gpu.Analyzers;

/// <summary>What a kernel cannot contain. The messages are filled with what was found.</summary>
internal static class KernelRules
{
    public static readonly DiagnosticDescriptor Signature = Rule("RSK001", "Signature of a kernel", "Kernel '{0}' {1}");

    public static readonly DiagnosticDescriptor Allocation = Rule("RSK002", "Heap allocation", "{0}; kernels have no heap: use structs, LocalMemory or SharedMemory");

    public static readonly DiagnosticDescriptor Exception = Rule("RSK003", "Exceptions", "{0}; kernels have no exceptions: check on the host before the launch");

    public static readonly DiagnosticDescriptor IndirectCall = Rule("RSK004", "Indirect call", "{0} is chosen at run time; pass the operation as a struct type parameter");

    public static readonly DiagnosticDescriptor Recursion = Rule("RSK005", "Recursion", "'{0}' calls itself ({1}); everything is inlined into a kernel: use a loop");

    public static readonly DiagnosticDescriptor Text = Rule("RSK006", "Strings", "{0}; strings in kernels are constants for CudaAsm only");

    public static readonly DiagnosticDescriptor StaticField = Rule("RSK007", "Static variable", "'{0}' is a static variable of the host; pass its value as a parameter or make it const");

    public static readonly DiagnosticDescriptor LibraryCall = Rule("RSK008", "Call without an equivalent", "{0} has no equivalent in kernels{1}");

    public static readonly DiagnosticDescriptor ReferenceType = Rule("RSK009", "Reference type", "'{0}' is of the reference type {1}; kernels have value types only");

    public static readonly DiagnosticDescriptor Construct = Rule("RSK010", "Construct without an equivalent", "{0}");

    public static readonly ImmutableArray<DiagnosticDescriptor> All =
        [Signature, Allocation, Exception, IndirectCall, Recursion, Text, StaticField, LibraryCall, ReferenceType, Construct];

    private static DiagnosticDescriptor Rule(string id, string title, string message) =>
        new(id, title, message, "RawSer.Gpu", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
