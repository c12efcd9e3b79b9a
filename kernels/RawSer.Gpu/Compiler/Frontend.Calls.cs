using System.Collections.Concurrent;
using System.Reflection;

namespace RawSer.Gpu.Compiler;

/// <content>Calls: resolved on the closed types, then replaced by instructions or inlined.</content>
internal sealed partial class Frontend
{
    private static readonly ConcurrentDictionary<MethodBase, Callee> Callees = new();

    /// <summary>What a call of a method becomes; found once per process, as reflection is slow.</summary>
    /// <param name="Intrinsic">The instruction that replaces it, or the empty string.</param>
    /// <param name="Arguments">Their number, with <c>this</c>.</param>
    /// <param name="Il">Its body, where it has one and no instruction replaces it.</param>
    /// <param name="IsThrower">Whether it only throws, on behalf of a check of the base library.</param>
    private sealed record Callee(string Intrinsic, int Arguments, IlMethod? Il, bool IsThrower);

    private void TranslateNew(Frame frame, ConstructorInfo constructor)
    {
        var type = constructor.DeclaringType!;
        var count = constructor.GetParameters().Length;
        if (!type.IsValueType)
        {
            // An exception about to be thrown: the throw decides.
            frame.Stack.RemoveRange(frame.Stack.Count - count, count);
            if (!typeof(Exception).IsAssignableFrom(type))
            {
                throw new NotSupportedException($"creates an object of the class {type.Name}; kernels have value types only");
            }

            Push(frame, new Operand(type, [], new object()));
            return;
        }

        var slot = f.Intern(Op.SlotAddr, Ty.Ptr, NewSlot(type, "new", of: type));
        frame.Stack.Insert(frame.Stack.Count - count, new Operand(ReferenceTo(type), [slot]));
        TranslateCall(frame, constructor, null, false);
        if (_current is not null)
        {
            Push(frame, LoadFrom(slot, 0, type));
        }
    }

    private void TranslateCall(Frame frame, MethodBase method, Type? constrained, bool isVirtual)
    {
        if (constrained is not null)
        {
            method = ConstrainedCalls.Resolve(constrained, method);
        }
        else if (isVirtual && method is { IsVirtual: true, IsFinal: false, DeclaringType.IsSealed: false })
        {
            throw new NotSupportedException($"calls {KernelCompiler.Describe(method)} virtually; use a struct type parameter constrained to the interface");
        }

        var found = Callees.GetOrAdd(method, Find);
        var arguments = new Operand[found.Arguments];
        var rest = frame.Stack.Count - arguments.Length;
        frame.Stack.CopyTo(rest, arguments, 0, arguments.Length);
        frame.Stack.RemoveRange(rest, arguments.Length);
        if (found.Intrinsic.Length > 0)
        {
            if (Intrinsic(found.Intrinsic, method, arguments) is { } result && _current is not null)
            {
                Push(frame, method is MethodInfo { ReturnType: var returns } ? Typed(result, returns) : result);
            }

            return;
        }

        var il = found.Il ?? throw new NotSupportedException($"calls {KernelCompiler.Describe(method)}, which has no body in C# and no instruction");
        if (frame.Depth >= MaxDepth)
        {
            throw new NotSupportedException($"calls {KernelCompiler.Describe(method)} deeper than {MaxDepth} calls: recursion is not possible in kernels");
        }

        for (var at = frame; at is not null; at = at.Caller)
        {
            if (at.Il == il)
            {
                throw new NotSupportedException($"calls {KernelCompiler.Describe(method)} recursively, which kernels cannot");
            }
        }

        if (found.IsThrower)
        {
            Stop();
            return;
        }

        var callee = NewFrame(il, frame, f.Source);
        callee.Arguments = arguments;
        for (var i = 0; i < arguments.Length; i++)
        {
            callee.Arguments[i] = Typed(arguments[i], il.Arguments[i]);
        }

        var source = f.Source;
        TranslateBody(callee);
        f.Source = source;
        if (_current is not null && il.Returns != typeof(void))
        {
            Push(frame, callee.Result);
        }
    }

    private static Callee Find(MethodBase method)
    {
        var intrinsic = FindIntrinsic(method);
        var isThrower = method.Module == typeof(object).Module && (method.DeclaringType?.Name == "ThrowHelper" || method.Name.StartsWith("Throw", StringComparison.Ordinal));
        return new Callee(intrinsic, method.GetParameters().Length + (method.IsStatic ? 0 : 1), intrinsic.Length > 0 ? null : IlMethod.Read(method), isThrower);
    }

    /// <summary>The name of the instruction that replaces a method: its attribute, or one of the base library's we know.</summary>
    private static string FindIntrinsic(MethodBase method)
    {
        var attribute = method.CustomAttributes.FirstOrDefault(a => a.AttributeType == typeof(Dialect.DeviceIntrinsicAttribute));
        if (attribute is null && method.IsSpecialName && method.Name.StartsWith("get_", StringComparison.Ordinal))
        {
            const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            var property = method.DeclaringType!.GetProperties(All).FirstOrDefault(p => p.GetMethod?.MetadataToken == method.MetadataToken);
            attribute = property?.CustomAttributes.FirstOrDefault(a => a.AttributeType == typeof(Dialect.DeviceIntrinsicAttribute));
        }

        if (attribute is not null)
        {
            return (string)attribute.ConstructorArguments[0].Value!;
        }

        return LibraryIntrinsics.Find(method);
    }
}
