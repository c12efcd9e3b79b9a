using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace RawSer.Gpu.Analyzers;

/// <summary>
/// Starts at each method with [Kernel] and follows its calls through the sources of the compilation: all of it becomes one GPU
/// program, so all of it is checked. What stands in other assemblies, and what is called through a type parameter whose type is
/// chosen on the host, the kernel compiler checks when it sees it.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class KernelAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => KernelRules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            var kernels = new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default);
            start.RegisterSymbolAction(
                symbol =>
                {
                    if (KernelMethods.IsKernel((IMethodSymbol)symbol.Symbol))
                    {
                        lock (kernels)
                        {
                            kernels.Add((IMethodSymbol)symbol.Symbol);
                        }
                    }
                },
                SymbolKind.Method);
            start.RegisterCompilationEndAction(end => new Walk(end).Run(kernels));
        });
    }

    /// <summary>One depth-first walk over everything that the kernels reach; each method is read once.</summary>
    private sealed class Walk(CompilationAnalysisContext context)
    {
        private readonly Dictionary<IMethodSymbol, bool> _isFinished = new(SymbolEqualityComparer.Default);
        private readonly List<IMethodSymbol> _path = [];
        private readonly Queue<IMethodSymbol> _reachable = new();

        public void Run(IEnumerable<IMethodSymbol> kernels)
        {
            foreach (IMethodSymbol kernel in kernels)
            {
                CheckSignature(kernel);
                Visit(kernel.OriginalDefinition, kernel.Locations[0]);
            }

            while (_reachable.Count > 0)
            {
                IMethodSymbol method = _reachable.Dequeue();
                Visit(method, method.Locations.FirstOrDefault() ?? Location.None);
            }
        }

        private void Visit(IMethodSymbol method, Location call)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            if (_isFinished.TryGetValue(method, out bool isFinished))
            {
                if (!isFinished)
                {
                    IEnumerable<string> cycle = _path.Skip(_path.IndexOf(method)).Append(method).Select(step => step.Name);
                    context.ReportDiagnostic(Diagnostic.Create(KernelRules.Recursion, call, method.Name, string.Join(" -> ", cycle)));
                }

                return;
            }

            _isFinished.Add(method, false);
            _path.Add(method);
            var body = new KernelBody(context.ReportDiagnostic);
            foreach (SyntaxReference reference in method.DeclaringSyntaxReferences)
            {
                SyntaxNode declaration = reference.GetSyntax(context.CancellationToken);
                foreach (SyntaxNode part in BodiesOf(declaration))
                {
#pragma warning disable RS1030 // The walk follows calls through all files, which no callback per file or method can.
                    IOperation? operation = context.Compilation.GetSemanticModel(part.SyntaxTree).GetOperation(part, context.CancellationToken);
#pragma warning restore RS1030
                    body.Visit(operation);
                    CheckStackAllocation(part);
                }
            }

            foreach (KeyValuePair<IMethodSymbol, Location> callee in body.Calls)
            {
                Visit(callee.Key, callee.Value);
            }

            foreach (IMethodSymbol member in body.Reachable)
            {
                _reachable.Enqueue(member);
            }

            _path.RemoveAt(_path.Count - 1);
            _isFinished[method] = true;
        }

        // The operations of pointers do not tell it.
        private void CheckStackAllocation(SyntaxNode part)
        {
            foreach (SyntaxNode node in part.DescendantNodesAndSelf().Where(node => node is StackAllocArrayCreationExpressionSyntax or ImplicitStackAllocArrayCreationExpressionSyntax))
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    KernelRules.Construct, node.GetLocation(), "stackalloc has no equivalent in kernels; use LocalMemory.Allocate with a constant extent"));
            }
        }

        /// <summary>The statements or the expression of a method, accessor, operator, local function or expression-bodied property.</summary>
        private static IEnumerable<SyntaxNode> BodiesOf(SyntaxNode declaration) => declaration switch
        {
            BaseMethodDeclarationSyntax method => Parts(method.Body, method.ExpressionBody?.Expression),
            AccessorDeclarationSyntax accessor => Parts(accessor.Body, accessor.ExpressionBody?.Expression),
            LocalFunctionStatementSyntax local => Parts(local.Body, local.ExpressionBody?.Expression),
            ArrowExpressionClauseSyntax arrow => [arrow.Expression],
            _ => [],
        };

        private static IEnumerable<SyntaxNode> Parts(params SyntaxNode?[] parts) => parts.OfType<SyntaxNode>();

        private void CheckSignature(IMethodSymbol kernel)
        {
            Check(!kernel.IsStatic, kernel.Locations[0], "is not static");
            Check(!kernel.ReturnsVoid || kernel.IsAsync, kernel.Locations[0], "returns something; results go through views");
            foreach (IParameterSymbol parameter in kernel.Parameters)
            {
                Location place = parameter.Locations[0];
                Check(parameter.RefKind != RefKind.None, place, $"takes '{parameter.Name}' by reference; pass a value or a view");
                Check(parameter.Type.TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer, place, $"takes the pointer '{parameter.Name}'; pass a view");
                bool isOpen = parameter.Type.TypeKind == TypeKind.TypeParameter;
                Check(
                    parameter.Type.IsReferenceType || (!parameter.Type.IsUnmanagedType && !isOpen && parameter.Type.TypeKind is not (TypeKind.Pointer or TypeKind.FunctionPointer)),
                    place,
                    $"takes '{parameter.Name}', which holds references; pass views and numbers");
            }

            void Check(bool isWrong, Location place, string what)
            {
                if (isWrong)
                {
                    context.ReportDiagnostic(Diagnostic.Create(KernelRules.Signature, place, kernel.Name, what));
                }
            }
        }
    }
}
