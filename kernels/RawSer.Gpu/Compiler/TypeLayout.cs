using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RawSer.Gpu.Compiler;

/// <summary>A number in a type: where and what; for pointers, what the address may be taken to be a multiple of.</summary>
internal readonly record struct Leaf(int Offset, Mem Mem, int PointeeAlign = 1);

/// <summary>
/// A value type taken apart into the numbers it holds, with .NET's offsets, or in the order of its fields where .NET chooses the offsets
/// (tuples). A struct on the evaluation stack is the list of its leaves, so that structs exist in memory only.
/// </summary>
internal sealed class TypeLayout
{
    private static readonly ConcurrentDictionary<Type, TypeLayout> Known = new();
    private static readonly ConcurrentDictionary<FieldInfo, int> Offsets = new();

    public required int Size { get; init; }

    public required int Align { get; init; }

    public required Leaf[] Leaves { get; init; }

    /// <summary>What an address of such a value may be taken to be a multiple of: all of the size for 2, 4, 8 and 16 bytes, as the
    /// elements of a view lie at multiples of their size.</summary>
    public int ElementAlign => Size is 2 or 4 or 8 or 16 ? Size : Align;

    /// <summary>The layout of a type; throws <see cref="NotSupportedException"/> with a reason for others.</summary>
    [RequiresUnreferencedCode("Reads the fields of structs.")]
    public static TypeLayout Of(Type type)
    {
        if (!Known.TryGetValue(type, out var layout))
        {
            layout = Known.GetOrAdd(type, Make(type));
        }

        return layout;
    }

    [RequiresUnreferencedCode("Reads the fields of structs.")]
    private static int AlignOfPointee(Type type) => type == typeof(void) || type.IsPointer || !type.IsValueType ? 1 : Of(type).ElementAlign;

    public static Mem? Primitive(Type type)
    {
        if (type.IsPointer || type.IsByRef)
        {
            return Mem.Ptr;
        }

        if (type == typeof(nint) || type == typeof(nuint))
        {
            return Mem.I64;
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean or TypeCode.Byte => Mem.U8,
            TypeCode.SByte => Mem.I8,
            TypeCode.Char or TypeCode.UInt16 => Mem.U16,
            TypeCode.Int16 => Mem.I16,
            TypeCode.Int32 or TypeCode.UInt32 => Mem.I32,
            TypeCode.Int64 or TypeCode.UInt64 => Mem.I64,
            TypeCode.Single => Mem.F32,
            TypeCode.Double => Mem.F64,
            _ => null,
        };
    }

    /// <summary>Offset of a field in its type.</summary>
    [RequiresUnreferencedCode("Reads the fields of structs.")]
    public static int OffsetOf(FieldInfo field)
    {
        if (!Offsets.TryGetValue(field, out var offset))
        {
            offset = Offsets.GetOrAdd(field, Find(field));
        }

        return offset;
    }

    [RequiresUnreferencedCode("Reads the fields of structs.")]
    private static int Find(FieldInfo field)
    {
        var offset = 0;
        foreach (var (f, at) in FieldsOf(field.DeclaringType!))
        {
            if (f.MetadataToken == field.MetadataToken)
            {
                offset = at;
            }
        }

        return offset;
    }

    [RequiresUnreferencedCode("Reads the fields of structs.")]
    private static TypeLayout Make(Type type)
    {
        if (type == typeof(void))
        {
            return new TypeLayout { Size = 0, Align = 1, Leaves = [] };
        }

        if (Primitive(type) is { } mem)
        {
            var size = IrFunction.SizeOf(mem);
            return new TypeLayout { Size = size, Align = size, Leaves = [new Leaf(0, mem, type.IsPointer ? AlignOfPointee(type.GetElementType()!) : 1)] };
        }

        if (!type.IsValueType)
        {
            throw new NotSupportedException($"{type.Name} is a reference type; kernels have value types only");
        }

        var leaves = new List<Leaf>();
        var (align, end) = (1, 0);
        foreach (var (field, at) in FieldsOf(type))
        {
            var inner = Of(field.FieldType);
            align = Math.Max(align, inner.Align);
            end = Math.Max(end, at + inner.Size);
            leaves.AddRange(inner.Leaves.Select(l => l with { Offset = l.Offset + at }));
        }

        var attribute = type.StructLayoutAttribute;
        if (attribute is { Pack: > 0 } && attribute.Pack < align)
        {
            align = attribute.Pack;
        }

        var total = Math.Max(1, (end + align - 1) / align * align);
        if (attribute is { Size: > 0 } && attribute.Size > total)
        {
            total = attribute.Size;
        }

        var repeat = type.GetCustomAttribute<InlineArrayAttribute>()?.Length ?? 1;
        if (type.IsDefined(typeof(UnsafeValueTypeAttribute), false) && leaves.Count == 1 && total > end)
        {
            (repeat, total) = (total / end, end); // a fixed buffer
        }

        var once = leaves.Count;
        for (var r = 1; r < repeat; r++)
        {
            for (var i = 0; i < once; i++)
            {
                leaves.Add(leaves[i] with { Offset = leaves[i].Offset + (r * total) });
            }
        }

        leaves.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        for (var i = 1; i < leaves.Count; i++)
        {
            if (leaves[i].Offset < leaves[i - 1].Offset + IrFunction.SizeOf(leaves[i - 1].Mem))
            {
                throw new NotSupportedException($"fields of {type.Name} overlap; use Unsafe.BitCast or BitConverter instead of a union");
            }
        }

        return new TypeLayout { Size = total * repeat, Align = align, Leaves = [.. leaves] };
    }

    /// <summary>A type whose offsets .NET chooses among the fields of a type and what they point to: memory that host and kernel cannot share. Null if there is none.</summary>
    [RequiresUnreferencedCode("Reads the fields of structs.")]
    public static Type? AutomaticIn(Type type) => AutomaticIn(type, []);

    [RequiresUnreferencedCode("Reads the fields of structs.")]
    private static Type? AutomaticIn(Type type, HashSet<Type> seen)
    {
        if (type.IsPointer)
        {
            return AutomaticIn(type.GetElementType()!, seen);
        }

        if (!type.IsValueType || Primitive(type) is not null || !seen.Add(type))
        {
            return null;
        }

        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        return fields.Length > 1 && type.StructLayoutAttribute?.Value == LayoutKind.Auto
            ? type
            : fields.Select(field => AutomaticIn(field.FieldType, seen)).FirstOrDefault(found => found is not null);
    }

    [RequiresUnreferencedCode("Reads the fields of structs.")]
    private static IEnumerable<(FieldInfo Field, int Offset)> FieldsOf(Type type)
    {
        var fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        Array.Sort(fields, (a, b) => a.MetadataToken.CompareTo(b.MetadataToken));
        var attribute = type.StructLayoutAttribute;
        var isExplicit = attribute?.Value == LayoutKind.Explicit;
        var at = 0;
        foreach (var field in fields)
        {
            if (isExplicit)
            {
                yield return (field, field.GetCustomAttribute<FieldOffsetAttribute>()!.Value);
                continue;
            }

            var layout = Of(field.FieldType);
            var align = attribute is { Pack: > 0 } ? Math.Min(attribute.Pack, layout.Align) : layout.Align;
            at = (at + align - 1) / align * align;
            yield return (field, at);
            at += layout.Size;
        }
    }
}
