using System.Text;
using System.Text.RegularExpressions;

namespace RawSer.IlgpuReference;

/// <summary>C# that declares the types of the list; bodies throw.</summary>
internal static partial class ReferenceSource
{
    private const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Collections.Immutable;
        using System.IO;
        using System.Reflection;
        using System.Threading.Tasks;

        """;

    /// <summary>One file for each namespace.</summary>
    /// <param name="types">The types by namespace.</param>
    /// <param name="belongs">Which of them are declared.</param>
    /// <param name="isVisible">Which of them are there to be named.</param>
    public static IEnumerable<string> Write(ILookup<string, ListedType> types, Func<ListedType, bool> belongs, Func<ListedType, bool> isVisible)
    {
        string[] usings = [.. types.Where(space => space.Any(isVisible)).Select(space => $"using {space.Key};\n")];
        foreach (IGrouping<string, ListedType> space in types.Where(space => space.Any(belongs)))
        {
            var text = new StringBuilder(Usings).AppendJoin("", usings);
            text.AppendLine($"namespace {space.Key}\n{{");
            foreach (ListedType type in space.Where(belongs))
            {
                Append(text, type);
            }

            yield return text.AppendLine("}").ToString();
        }
    }

    private static void Append(StringBuilder text, ListedType type)
    {
        if (type.Head.StartsWith("delegate ", StringComparison.Ordinal))
        {
            text.AppendLine($"public {type.Head};");
            return;
        }

        bool isEnum = type.Head.StartsWith("enum ", StringComparison.Ordinal);
        bool isInterface = type.Head.StartsWith("interface ", StringComparison.Ordinal);
        string head = isEnum ? type.Head : "unsafe " + Kind().Replace(type.Head, "$1partial $2", 1);
        text.AppendLine($"public {head}\n{{");
        foreach (string member in type.Members)
        {
            text.AppendLine(isEnum ? $"{member}," : isInterface ? InInterface(member) : Declare(member));
        }

        foreach (ListedType nested in type.Nested)
        {
            Append(text, nested);
        }

        text.AppendLine("}");
    }

    private static string InInterface(string member) => member.EndsWith('}') ? member : member + ";";

    private static string Declare(string member)
    {
        string access = Access().IsMatch(member) ? "" : "public ";
        bool isAbstract = member.Contains("abstract ", StringComparison.Ordinal);
        if (isAbstract && member.EndsWith('}'))
        {
            return access + member;
        }

        if (member.EndsWith('}'))
        {
            return access + member.Replace("get;", "get => throw null!;", StringComparison.Ordinal).Replace("set;", "set => throw null!;", StringComparison.Ordinal);
        }

        bool isMethod = member.Contains('(', StringComparison.Ordinal) && !Constant().IsMatch(member) && !Tuple().IsMatch(member);
        return isMethod && !isAbstract ? $"{access}{member} => throw null!;" : access + member + ";";
    }

    [GeneratedRegex(@"^((?:\w+ )*?)(struct|class|interface)\b")]
    private static partial Regex Kind();

    [GeneratedRegex("^(private|protected|internal) ")]
    private static partial Regex Access();

    [GeneratedRegex("^(const|static readonly|private readonly|event) ")]
    private static partial Regex Constant();

    [GeneratedRegex(@"^\([^()]*\) \w+$")]
    private static partial Regex Tuple();
}
