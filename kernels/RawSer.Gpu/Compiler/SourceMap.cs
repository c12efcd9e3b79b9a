using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace RawSer.Gpu.Compiler;

/// <summary>File and line of an IL offset, from the portable PDB inside or beside the assembly.</summary>
internal static class SourceMap
{
    private static readonly ConcurrentDictionary<string, MetadataReaderProvider?> Readers = new();

    /// <summary>"File.cs:12", or null where there are no symbols.</summary>
    public static string? Find(MethodBase method, int offset) => Locate(method, offset) is { } place ? $"{Path.GetFileName(place.File)}:{place.Line}" : null;

    [UnconditionalSuppressMessage("SingleFile", "IL3002", Justification = "An assembly without a file has no lines to name.")]
    private static (string File, int Line)? Locate(MethodBase method, int offset)
    {
        var path = method.Module.FullyQualifiedName;
        if (!File.Exists(path) || Readers.GetOrAdd(path, Open) is not { } provider)
        {
            return null;
        }

        lock (provider)
        {
            var reader = provider.GetMetadataReader();
            if (MetadataTokens.EntityHandle(method.MetadataToken) is not { Kind: HandleKind.MethodDefinition } handle)
            {
                return null;
            }

            var debug = reader.GetMethodDebugInformation(((MethodDefinitionHandle)handle).ToDebugInformationHandle());
            (string, int)? best = null;
            foreach (var point in debug.GetSequencePoints())
            {
                if (point.Offset > offset)
                {
                    break;
                }

                if (!point.IsHidden)
                {
                    best = (reader.GetString(reader.GetDocument(point.Document).Name), point.StartLine);
                }
            }

            return best;
        }
    }

    private static MetadataReaderProvider? Open(string path)
    {
        try
        {
            using var image = new PEReader(File.OpenRead(path));
            return image.TryOpenAssociatedPortablePdb(path, p => File.Exists(p) ? new MemoryStream(File.ReadAllBytes(p)) : null, out var provider, out _) ? provider : null;
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
