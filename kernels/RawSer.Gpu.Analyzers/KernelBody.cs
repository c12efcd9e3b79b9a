using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace RawSer.Gpu.Analyzers;

/// <summary>Walks the body of a method that becomes part of a kernel: reports what is not possible there and collects what it calls.</summary>
/// <param name="report">Takes what was found.</param>
internal sealed class KernelBody(Action<Diagnostic> report) : OperationWalker
{
    /// <summary>Methods called, as they are declared, with one place of the call.</summary>
    public Dictionary<IMethodSymbol, Location> Calls { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>Methods of types that stand for type parameters of what is called: called from there, if at all.</summary>
    public HashSet<IMethodSymbol> Reachable { get; } = new(SymbolEqualityComparer.Default);

    public override void VisitObjectCreation(IObjectCreationOperation operation)
    {
        if (operation.Type is { IsReferenceType: true } type && !(IsThrown(operation)))
        {
            Report(KernelRules.Allocation, operation, $"creates a {type.Name}");
        }

        Follow(operation.Constructor, operation);
        base.VisitObjectCreation(operation);
    }

    public override void VisitArrayCreation(IArrayCreationOperation operation)
    {
        Report(KernelRules.Allocation, operation, "creates an array");
        base.VisitArrayCreation(operation);
    }

    public override void VisitCollectionExpression(ICollectionExpressionOperation operation)
    {
        Report(KernelRules.Allocation, operation, "creates a collection");
        base.VisitCollectionExpression(operation);
    }

    public override void VisitAnonymousObjectCreation(IAnonymousObjectCreationOperation operation)
    {
        Report(KernelRules.Allocation, operation, "creates an anonymous object");
        base.VisitAnonymousObjectCreation(operation);
    }

    public override void VisitDelegateCreation(IDelegateCreationOperation operation)
    {
        Report(KernelRules.IndirectCall, operation, "a delegate");
    }

    public override void VisitConversion(IConversionOperation operation)
    {
        if (operation.Operand.Type is { IsValueType: true } value && operation.Type is { IsReferenceType: true } && !operation.ConstantValue.HasValue)
        {
            Report(KernelRules.Allocation, operation, $"puts a {value.Name} into an object");
        }

        Follow(operation.OperatorMethod, operation);
        base.VisitConversion(operation);
    }

    public override void VisitThrow(IThrowOperation operation)
    {
        Report(KernelRules.Exception, operation, "throws");
        base.VisitThrow(operation);
    }

    public override void VisitTry(ITryOperation operation)
    {
        Report(KernelRules.Exception, operation, "has a try block");
        base.VisitTry(operation);
    }

    public override void VisitUsing(IUsingOperation operation)
    {
        Report(KernelRules.Exception, operation, "has a using block");
        base.VisitUsing(operation);
    }

    public override void VisitUsingDeclaration(IUsingDeclarationOperation operation)
    {
        Report(KernelRules.Exception, operation, "has a using declaration");
        base.VisitUsingDeclaration(operation);
    }

    public override void VisitLock(ILockOperation operation)
    {
        Report(KernelRules.Construct, operation, "a lock has no equivalent in kernels; use Atomic or a barrier");
        base.VisitLock(operation);
    }

    public override void VisitAwait(IAwaitOperation operation) => Report(KernelRules.Construct, operation, "await has no equivalent in kernels");

    public override void VisitDynamicInvocation(IDynamicInvocationOperation operation) => Report(KernelRules.IndirectCall, operation, "a dynamic call");

    public override void VisitFunctionPointerInvocation(IFunctionPointerInvocationOperation operation) =>
        Report(KernelRules.IndirectCall, operation, "the target of a function pointer");

    public override void VisitInterpolatedString(IInterpolatedStringOperation operation)
    {
        if (!operation.ConstantValue.HasValue)
        {
            Report(KernelRules.Text, operation, "builds a string");
        }
    }

    public override void VisitBinaryOperator(IBinaryOperation operation)
    {
        if (operation.Type?.SpecialType == SpecialType.System_String && !operation.ConstantValue.HasValue)
        {
            Report(KernelRules.Text, operation, "joins strings");
        }

        CheckOverflow(operation, operation.IsChecked);
        Follow(operation.OperatorMethod, operation);
        base.VisitBinaryOperator(operation);
    }

    public override void VisitCompoundAssignment(ICompoundAssignmentOperation operation)
    {
        CheckOverflow(operation, operation.IsChecked);
        Follow(operation.OperatorMethod, operation);
        base.VisitCompoundAssignment(operation);
    }

    public override void VisitUnaryOperator(IUnaryOperation operation)
    {
        Follow(operation.OperatorMethod, operation);
        base.VisitUnaryOperator(operation);
    }

    public override void VisitVariableDeclarator(IVariableDeclaratorOperation operation)
    {
        if (operation.Symbol.Type is { IsReferenceType: true, SpecialType: not SpecialType.System_String } type && operation.Parent is not ICatchClauseOperation)
        {
            Report(KernelRules.ReferenceType, operation, operation.Symbol.Name, type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
        }

        base.VisitVariableDeclarator(operation);
    }

    public override void VisitFieldReference(IFieldReferenceOperation operation)
    {
        CheckStatic(operation.Field, operation);
        base.VisitFieldReference(operation);
    }

    public override void VisitPropertyReference(IPropertyReferenceOperation operation)
    {
        IPropertySymbol property = operation.Property;
        IFieldSymbol? backing = property.IsStatic
            ? property.ContainingType.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property))
            : null;
        if (backing is not null)
        {
            CheckStatic(backing, operation);
        }
        else if (KernelMethods.IsIntrinsic(property) is false)
        {
            bool isWritten = operation.Parent is IAssignmentOperation assignment && assignment.Target == operation;
            CheckCall(isWritten && property.SetMethod is { } setter ? setter : property.GetMethod ?? property.SetMethod, operation.Instance, operation);
        }

        base.VisitPropertyReference(operation);
    }

    public override void VisitInvocation(IInvocationOperation operation)
    {
        CheckCall(operation.TargetMethod, operation.Instance, operation);
        base.VisitInvocation(operation);
    }

    private void CheckCall(IMethodSymbol? method, IOperation? receiver, IOperation place)
    {
        if (method is null || KernelMethods.IsIntrinsic(method))
        {
            return;
        }

        if (method.MethodKind == MethodKind.DelegateInvoke)
        {
            Report(KernelRules.IndirectCall, place, "the target of a delegate");
            return;
        }

        bool isThroughTypeParameter = receiver?.Type is { TypeKind: TypeKind.TypeParameter } || (method.IsStatic && (method.IsAbstract || method.IsVirtual));
        if (isThroughTypeParameter)
        {
            return; // the compiler resolves it where the type is known
        }

        if ((method.IsVirtual || method.IsAbstract || method.IsOverride) && receiver?.Type is not { IsValueType: true } && !method.ContainingType.IsValueType)
        {
            Report(KernelRules.IndirectCall, place, $"'{method.ContainingType.Name}.{method.Name}'");
            return;
        }

        if (method.ContainingType.SpecialType == SpecialType.System_String)
        {
            Report(KernelRules.Text, place, $"calls string.{method.Name}");
        }
        else if (method.DeclaringSyntaxReferences.IsEmpty && !KernelLibrary.Allows(method, out string hint))
        {
            Report(KernelRules.LibraryCall, place, $"{method.ContainingType.Name}.{method.Name}", hint);
        }

        Follow(method, place);
    }

    private void Follow(IMethodSymbol? method, IOperation place)
    {
        if (method is null || KernelMethods.IsIntrinsic(method))
        {
            return;
        }

        // The types that stand for type parameters bring the methods that the callee calls through them.
        foreach (ITypeSymbol argument in method.TypeArguments.Concat(method.ContainingType.TypeArguments).Where(argument => argument.IsValueType))
        {
            foreach (IMethodSymbol member in KernelMethods.ThroughInterfaces(argument))
            {
                Reachable.Add(member.OriginalDefinition);
            }
        }

        IMethodSymbol declared = (method.ReducedFrom ?? method).OriginalDefinition;
        if (!declared.DeclaringSyntaxReferences.IsEmpty && !Calls.ContainsKey(declared))
        {
            Calls.Add(declared, place.Syntax.GetLocation());
        }
    }

    private void CheckStatic(IFieldSymbol field, IOperation place)
    {
        if (field is { IsStatic: true, IsConst: false } && (!field.IsReadOnly || field.Type.IsReferenceType))
        {
            Report(KernelRules.StaticField, place, (field.AssociatedSymbol ?? field).Name);
        }
    }

    private void CheckOverflow(IOperation operation, bool isChecked)
    {
        if (isChecked && operation.Type?.SpecialType is >= SpecialType.System_SByte and <= SpecialType.System_UInt64)
        {
            Report(KernelRules.Exception, operation, "checks for overflow");
        }
    }

    private static bool IsThrown(IOperation operation) => operation.Parent is IThrowOperation or IConversionOperation { Parent: IThrowOperation };

    private void Report(DiagnosticDescriptor rule, IOperation operation, params object[] arguments) =>
        report(Diagnostic.Create(rule, operation.Syntax.GetLocation(), arguments));
}
