using System.Reflection;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>Each member of the dialect is called by a kernel that a test here runs on the emulator and whose values it compares.</summary>
public sealed class MemberCoverageTests
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Type[] Fixtures = [typeof(IndexTests), typeof(StrideTests), typeof(ViewKernelTests), typeof(GroupTests), typeof(AtomicTests), typeof(NumberTests)];

    /// <summary>Types whose members the tests of the compiler run, or which exist on the host alone.</summary>
    private static readonly Type[] Elsewhere =
    [
        typeof(AsyncCopy), typeof(TensorCore), typeof(Address), typeof(ReadOnly), // BlockTests, TensorCoreTests, TrapTests
        typeof(KernelConfig), typeof(SharedMemoryConfig), typeof(KernelAttribute), typeof(UnrollAttribute), typeof(DeviceIntrinsicAttribute),
    ];

    /// <summary>Members of objects, which kernels do not have.</summary>
    private static readonly HashSet<string> OfObjects = ["ToString", "GetHashCode", "Equals"];

    /// <summary>What prepares a launch, and the equality that the C# compiler gives to records, which asks an object to compare.</summary>
    private static readonly HashSet<string> OfTheHost =
    [
        "ArrayView`1.Void .ctor(UInt64, Int64)",
        "SpecializedValue`1.Void .ctor(T)", "SpecializedValue`1.Void set_Value(T)", "SpecializedValue.RawSer.Gpu.Dialect.SpecializedValue`1[T] New[T](T)",
        .. new[] { typeof(Float2), typeof(Float4) }.SelectMany(type => new[] { $"op_Equality({type}, {type})", $"op_Inequality({type}, {type})", $"Equals({type})" }.Select(m => $"{type.Name}.Boolean {m}")),
    ];

    [Test]
    public void Each_member_is_run_in_a_kernel()
    {
        foreach (MethodInfo kernel in Fixtures.SelectMany(fixture => fixture.GetMethods(BindingFlags.Static | BindingFlags.NonPublic)).Where(method => method.IsDefined(typeof(KernelAttribute))))
        {
            KernelCompiler.Compile(kernel, new KernelOptions { TargetSm = 80, Specialised = new Dictionary<string, object> { ["count"] = 6, ["other"] = 7 } });
        }

        HashSet<int> called = [.. IlMethod.Cached.SelectMany(body => body.Code.Select(x => x.Operand).OfType<MethodBase>().Append(body.Method)).Where(IsOfTheDialect).Select(method => method.MetadataToken)];
        IEnumerable<string> missing =
            from type in typeof(Group).Assembly.GetExportedTypes()
            where type.Namespace == typeof(Group).Namespace && !type.IsInterface && !type.IsEnum && !Elsewhere.Contains(type) && !Elsewhere.Contains(type.DeclaringType)
            from method in type.GetMethods(Members).Cast<MethodBase>().Concat(type.GetConstructors(Members & ~BindingFlags.Static))
            where !called.Contains(method.MetadataToken) && !(OfObjects.Contains(method.Name) && method is MethodInfo { IsVirtual: true } overridden && overridden.GetBaseDefinition().DeclaringType != type)
            let name = $"{type.Name}.{method}"
            where !OfTheHost.Contains(name)
            select name;

        Assert.That(missing, Is.Empty);
    }

    private static bool IsOfTheDialect(MethodBase method) => method.Module == typeof(Group).Module;
}
