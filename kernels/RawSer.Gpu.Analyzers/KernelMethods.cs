using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace RawSer.Gpu.Analyzers;

/// <summary>What the dialect's attributes say about a method.</summary>
internal static class KernelMethods
{
    private const string Dialect = "RawSer.Gpu.Dialect";

    public static bool IsKernel(IMethodSymbol method) => Has(method, "KernelAttribute");

    /// <summary>Whether the compiler replaces it by instructions, whatever its body says.</summary>
    public static bool IsIntrinsic(ISymbol symbol) =>
        Has(symbol, "DeviceIntrinsicAttribute") || (symbol is IMethodSymbol { AssociatedSymbol: { } property } && Has(property, "DeviceIntrinsicAttribute"));

    /// <summary>Methods of a struct that a generic method reaches through its constraints.</summary>
    public static IEnumerable<IMethodSymbol> ThroughInterfaces(ITypeSymbol type)
    {
        foreach (INamedTypeSymbol contract in type.AllInterfaces.Where(contract => !contract.ContainingNamespace.ToDisplayString().StartsWith("System", System.StringComparison.Ordinal)))
        {
            foreach (ISymbol member in contract.GetMembers())
            {
                if (type.FindImplementationForInterfaceMember(member) is IMethodSymbol { IsAbstract: false } implementation)
                {
                    yield return implementation;
                }
            }
        }
    }

    private static bool Has(ISymbol symbol, string attribute) =>
        symbol.GetAttributes().Any(a => a.AttributeClass is { } type && type.Name == attribute && type.ContainingNamespace.ToDisplayString() == Dialect);
}
