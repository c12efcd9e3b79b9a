using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace RawSer.Gpu.Compiler;

/// <summary>The method that a constrained call reaches on a closed type: its own, or the interface's default.</summary>
[RequiresUnreferencedCode("Looks methods up by reflection.")]
[RequiresDynamicCode("Makes instantiations of generic methods.")]
internal static class ConstrainedCalls
{
    private static readonly ConcurrentDictionary<(Type, MethodBase), MethodInfo> Resolved = new();

    public static MethodInfo Resolve(Type type, MethodBase method)
    {
        if (!Resolved.TryGetValue((type, method), out var found))
        {
            found = Resolved.GetOrAdd((type, method), Find(type, (MethodInfo)method));
        }

        return found;
    }

    private static MethodInfo Find(Type type, MethodInfo method)
    {
        var declaring = method.DeclaringType!;
        if (!declaring.IsInterface)
        {
            const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            return type.GetMethods(All).FirstOrDefault(m => m.GetBaseDefinition() == method.GetBaseDefinition())
                ?? throw new NotSupportedException($"calls {KernelCompiler.Describe(method)} on {type.Name}, which boxes; kernels have value types only");
        }

        var definition = method.IsGenericMethod ? method.GetGenericMethodDefinition() : method;
        var map = type.GetInterfaceMap(declaring);
        for (var i = 0; i < map.InterfaceMethods.Length; i++)
        {
            if (map.InterfaceMethods[i] == definition || map.InterfaceMethods[i].MetadataToken == definition.MetadataToken)
            {
                var target = map.TargetMethods[i] ?? map.InterfaceMethods[i];
                return method.IsGenericMethod ? target.MakeGenericMethod(method.GetGenericArguments()) : target;
            }
        }

        throw new NotSupportedException($"calls {KernelCompiler.Describe(method)} on {type.Name}, which does not implement it");
    }
}
