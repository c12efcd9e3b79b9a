using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace RawSer.Gpu.Tests.Dialect;

/// <summary>Public members as C# writes them, in the form of the list of ILGPU's: "type :: member", names without namespaces.</summary>
internal static partial class CSharpSignature
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    private static readonly Dictionary<string, string> Operators = new()
    {
        ["op_Addition"] = "operator +",
        ["op_Subtraction"] = "operator -",
        ["op_Multiply"] = "operator *",
        ["op_Division"] = "operator /",
        ["op_Equality"] = "operator ==",
        ["op_Inequality"] = "operator !=",
    };

    /// <summary>
    /// A line of the list without what reflection does not tell or what kernels cannot notice: namespaces, enclosing types, base types,
    /// readonly, override, nullable annotations.
    /// </summary>
    public static string Normalise(string type, string member)
    {
        member = member.StartsWith("type ", StringComparison.Ordinal) ? TypeHead().Match(member).Groups[1].Value : member;
        member = Enclosing().Replace(Ignored().Replace(member, ""), "").Replace("?", "", StringComparison.Ordinal);
        return $"{LastName().Match(type).Value} :: {member.Trim()}";
    }

    public static IEnumerable<string> OfMembers(Type type)
    {
        string name = Name(type);
        string kind = type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct" : "static class";
        yield return $"{name} :: {kind} {name}";
        if (type.IsEnum)
        {
            foreach (string value in Enum.GetNames(type))
            {
                yield return $"{name} :: {value} = {Convert.ToInt32(Enum.Parse(type, value), null)}";
            }

            yield break;
        }

        foreach (FieldInfo field in type.GetFields(Declared))
        {
            yield return $"{name} :: {Static(field.IsStatic)}{Name(field.FieldType, field)} {field.Name}";
        }

        foreach (ConstructorInfo constructor in type.GetConstructors(Declared & ~BindingFlags.Static))
        {
            yield return $"{name} :: {type.Name.Split('`')[0]}({Parameters(constructor)})";
        }

        foreach (PropertyInfo property in type.GetProperties(Declared))
        {
            string accessors = property.SetMethod is { IsPublic: true } ? "{ get; set; }" : "{ get; }";
            ParameterInfo[] index = property.GetIndexParameters();
            string what = index.Length > 0 ? $"this[{string.Join(", ", index.Select(Parameter))}]" : property.Name;
            yield return $"{name} :: {Static(property.GetMethod!.IsStatic)}{Name(property.PropertyType, property)} {what} {accessors}";
        }

        foreach (MethodInfo method in type.GetMethods(Declared).Where(method => !method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)))
        {
            yield return $"{name} :: {Method(method)}";
        }
    }

    private static string Method(MethodInfo method)
    {
        string result = Name(method.ReturnType, method.ReturnParameter);
        if (method.Name is "op_Implicit" or "op_Explicit")
        {
            return $"static {(method.Name == "op_Implicit" ? "implicit" : "explicit")} operator {result}({Parameters(method)})";
        }

        string name = Operators.GetValueOrDefault(method.Name, method.Name);
        string arguments = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(t => t.Name))}>" : "";
        string constraints = string.Concat(method.IsGenericMethod ? method.GetGenericArguments().Select(Constraint) : []);
        return $"{Static(method.IsStatic)}{result} {name}{arguments}({Parameters(method)}){constraints}";
    }

    private static string Constraint(Type argument)
    {
        var parts = new List<string>();
        if (argument.CustomAttributes.Any(a => a.AttributeType.Name == "IsUnmanagedAttribute"))
        {
            parts.Add("unmanaged");
        }
        else if (argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
        {
            parts.Add("struct");
        }

        parts.AddRange(argument.GetGenericParameterConstraints().Where(t => t != typeof(ValueType)).Select(t => Name(t)));
        return parts.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", parts)}";
    }

    private static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string passing = !parameter.ParameterType.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        Type type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        return $"{passing}{Name(type, parameter)} {parameter.Name}";
    }

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    /// <param name="type">A type.</param>
    /// <param name="place">Where it stands, which knows the names of a tuple's parts.</param>
    private static string Name(Type type, ICustomAttributeProvider? place = null)
    {
        if (type.IsByRef)
        {
            return $"ref {Name(type.GetElementType()!, place)}";
        }

        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        string name = type.Name.Split('`')[0];
        if (name == "ValueTuple")
        {
            var names = place?.GetCustomAttributes(false).OfType<TupleElementNamesAttribute>().FirstOrDefault()?.TransformNames;
            return $"({string.Join(", ", type.GetGenericArguments().Select((t, i) => names?[i] is { } part ? $"{Name(t)} {part}" : Name(t)))})";
        }

        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(t => Name(t)))}>" : name;
    }

    [GeneratedRegex(@"\b(readonly|override|new) ")]
    private static partial Regex Ignored();

    [GeneratedRegex(@"\b(Stride[123]D|AtomicOperations)\.")]
    private static partial Regex Enclosing();

    [GeneratedRegex(@"^type (.*?)( : .*| where .*)?$")]
    private static partial Regex TypeHead();

    [GeneratedRegex(@"[^.<>]+(<.*>)?$")]
    private static partial Regex LastName();
}
