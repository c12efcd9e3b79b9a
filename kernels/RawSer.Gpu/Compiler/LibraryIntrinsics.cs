using System.Reflection;

namespace RawSer.Gpu.Compiler;

/// <summary>Methods of the base library that are replaced by instructions; all others are inlined from their IL.</summary>
internal static class LibraryIntrinsics
{
    /// <summary>Method to intrinsic; a leading ! refuses with the text that follows.</summary>
    private static readonly Dictionary<string, string> Names = new()
    {
        ["System.Math.Abs"] = "math.abs",
        ["System.Math.Min"] = "math.min",
        ["System.Math.Max"] = "math.max",
        ["System.Math.Sqrt"] = "math.sqrt",
        ["System.Math.Floor"] = "math.floor",
        ["System.Math.Ceiling"] = "math.ceil",
        ["System.Math.Truncate"] = "math.trunc",
        ["System.Math.FusedMultiplyAdd"] = "math.fma",
        ["System.Math.CopySign"] = "math.copysign",
        ["System.MathF.ReciprocalEstimate"] = "math.rcp",
        ["System.MathF.ReciprocalSqrtEstimate"] = "math.rsqrt",
        ["System.BitConverter.SingleToInt32Bits"] = "bits.i32",
        ["System.BitConverter.SingleToUInt32Bits"] = "bits.i32",
        ["System.BitConverter.Int32BitsToSingle"] = "bits.f32",
        ["System.BitConverter.UInt32BitsToSingle"] = "bits.f32",
        ["System.BitConverter.DoubleToInt64Bits"] = "bits.i64",
        ["System.BitConverter.DoubleToUInt64Bits"] = "bits.i64",
        ["System.BitConverter.Int64BitsToDouble"] = "bits.f64",
        ["System.BitConverter.UInt64BitsToDouble"] = "bits.f64",
        ["System.BitConverter.HalfToInt16Bits"] = "pass",
        ["System.BitConverter.HalfToUInt16Bits"] = "pass",
        ["System.BitConverter.Int16BitsToHalf"] = "pass",
        ["System.BitConverter.UInt16BitsToHalf"] = "pass",
        ["System.Half.op_Explicit"] = "half",
        ["System.Numerics.BitOperations.PopCount"] = "bits.popc",
        ["System.Numerics.BitOperations.LeadingZeroCount"] = "bits.clz",
        ["System.Numerics.BitOperations.TrailingZeroCount"] = "bits.ctz",
        ["System.Numerics.BitOperations.Log2"] = "bits.log2",
        ["System.Runtime.CompilerServices.Unsafe.As"] = "pass",
        ["System.Runtime.CompilerServices.Unsafe.AsRef"] = "pass",
        ["System.Runtime.CompilerServices.Unsafe.AsPointer"] = "pass",
        ["System.Runtime.CompilerServices.Unsafe.Add"] = "unsafe.add",
        ["System.Runtime.CompilerServices.Unsafe.Subtract"] = "unsafe.subtract",
        ["System.Runtime.CompilerServices.Unsafe.AddByteOffset"] = "unsafe.addbytes",
        ["System.Runtime.CompilerServices.Unsafe.ByteOffset"] = "unsafe.distance",
        ["System.Runtime.CompilerServices.Unsafe.SizeOf"] = "unsafe.sizeof",
        ["System.Runtime.CompilerServices.Unsafe.BitCast"] = "unsafe.bitcast",
        ["System.Runtime.CompilerServices.Unsafe.Read"] = "unsafe.read",
        ["System.Runtime.CompilerServices.Unsafe.ReadUnaligned"] = "unsafe.read",
        ["System.Runtime.CompilerServices.Unsafe.Write"] = "unsafe.write",
        ["System.Runtime.CompilerServices.Unsafe.WriteUnaligned"] = "unsafe.write",
        ["System.Runtime.CompilerServices.Unsafe.SkipInit"] = "nothing",
        ["System.Runtime.CompilerServices.Unsafe.NullRef"] = "unsafe.null",
        ["System.Runtime.CompilerServices.Unsafe.IsNullRef"] = "unsafe.isnull",
        ["System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences"] = "false",
        ["System.Threading.Volatile.Read"] = "volatile.read",
        ["System.Threading.Volatile.Write"] = "volatile.write",
        ["System.Type.GetTypeFromHandle"] = "pass",
        ["System.Type.op_Equality"] = "type.equal",
        ["System.Type.op_Inequality"] = "type.unequal",
        ["System.Type.get_IsValueType"] = "true",
        ["System.Diagnostics.Debug.Assert"] = "nothing",
        ["System.Math.Round"] = "math.round",
        ["System.Math.Exp"] = "!has no instruction for Math.Exp; use MathX.Exp",
        ["System.Math.Log"] = "!has no instruction for Math.Log; use MathX.Log",
        ["System.Math.Log2"] = "!has no instruction for Math.Log2; use MathX.Log2",
        ["System.Math.Log10"] = "!has no instruction for Math.Log10; use MathX.Log10",
        ["System.Math.Pow"] = "!has no instruction for Math.Pow; use MathX.Pow",
        ["System.Math.Sin"] = "!has no instruction for Math.Sin; compute tables on the host, or use MathX.Sin",
        ["System.Math.Cos"] = "!has no instruction for Math.Cos; compute tables on the host, or use MathX.Cos",
        ["System.Math.Tanh"] = "!has no instruction for Math.Tanh; use MathX.Tanh",
        ["System.Math.Cbrt"] = "!has no instruction for Math.Cbrt",
    };

    /// <summary>The intrinsic of a method, or the empty string.</summary>
    public static string Find(MethodBase method)
    {
        var type = method.DeclaringType;
        if (type is null || method.Module != typeof(object).Module)
        {
            return type?.FullName == "System.Numerics.BitOperations" ? Find("System.Numerics.BitOperations", method.Name) : "";
        }

        var name = type.FullName!;
        if (name is "System.Single" or "System.Double" && method.IsStatic && !method.Name.Contains('.', StringComparison.Ordinal))
        {
            name = "System.Math";
        }

        if (name == "System.MathF" && Find(name, method.Name).Length == 0)
        {
            name = "System.Math";
        }

        var found = Find(name, method.Name);
        return found switch
        {
            "half" when !IsHalfConversion(method) => "",
            "math.round" when method.GetParameters().Length != 1 => "",
            "math.abs" or "math.min" or "math.max" when method.GetParameters()[0].ParameterType is var p && p != typeof(float) && p != typeof(double) && p != typeof(int)
                && p != typeof(uint) && p != typeof(long) && p != typeof(ulong) => "",
            "math.abs" when method.GetParameters()[0].ParameterType is var p && (p == typeof(int) || p == typeof(long)) => "math.abs",
            _ => found,
        };
    }

    private static string Find(string type, string method) => Names.GetValueOrDefault($"{type}.{method}", "");

    private static bool IsHalfConversion(MethodBase method)
    {
        var (from, to) = (method.GetParameters()[0].ParameterType, ((MethodInfo)method).ReturnType);
        return (from == typeof(Half) && to == typeof(float)) || (from == typeof(float) && to == typeof(Half));
    }
}
