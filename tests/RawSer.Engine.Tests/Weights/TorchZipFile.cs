using System.IO.Compression;
using System.Text;

namespace RawSer.Engine.Tests.Weights;

/// <summary>A checkpoint as torch.save writes it: F32 tensors, each with its own storage.</summary>
internal static class TorchZipFile
{
    /// <param name="Name">Key in the state dict.</param>
    /// <param name="Values">The storage.</param>
    /// <param name="Size">Extents.</param>
    /// <param name="Stride">Steps in elements.</param>
    public sealed record Entry(string Name, float[] Values, int[] Size, int[] Stride);

    /// <summary>Writes a file. The folder inside the archive has a name of <paramref name="nameLength"/> letters, which moves the data byte by byte.</summary>
    public static void Write(string path, int nameLength, params Entry[] entries)
    {
        string folder = new('a', nameLength);
        using ZipArchive archive = new(File.Create(path), ZipArchiveMode.Create);
        Add("data.pkl", Pickle(entries));
        Add("version", "3\n"u8);
        for (int i = 0; i < entries.Length; i++)
        {
            byte[] bytes = new byte[entries[i].Values.Length * sizeof(float)];
            Buffer.BlockCopy(entries[i].Values, 0, bytes, 0, bytes.Length);
            Add($"data/{i}", bytes);
        }

        void Add(string name, ReadOnlySpan<byte> bytes)
        {
            using Stream stream = archive.CreateEntry($"{folder}/{name}", CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
    }

    /// <summary>Protocol 2: {name: _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)}.</summary>
    private static byte[] Pickle(Entry[] entries)
    {
        using MemoryStream pickle = new();
        Text("\u0080\u0002}("); // PROTO 2, EMPTY_DICT, MARK
        for (int i = 0; i < entries.Length; i++)
        {
            Unicode(entries[i].Name);
            Text("ctorch._utils\n_rebuild_tensor_v2\n(("); // GLOBAL, two MARKs
            Unicode("storage");
            Text("ctorch\nFloatStorage\n");
            Unicode($"{i}");
            Unicode("cpu");
            Number(entries[i].Values.Length);
            Text("tQ"); // TUPLE, BINPERSID
            Number(0);
            Numbers(entries[i].Size);
            Numbers(entries[i].Stride);
            Text("\u0089}tR"); // NEWFALSE, EMPTY_DICT, TUPLE, REDUCE
        }

        Text("u."); // SETITEMS, STOP
        return pickle.ToArray();

        void Text(string latin) => pickle.Write(Encoding.Latin1.GetBytes(latin));

        void Unicode(string text)
        {
            Text("X");
            pickle.Write(BitConverter.GetBytes(text.Length));
            Text(text);
        }

        void Number(int value)
        {
            Text("J"); // BININT
            pickle.Write(BitConverter.GetBytes(value));
        }

        void Numbers(int[] values)
        {
            Text("(");
            foreach (int value in values)
            {
                Number(value);
            }

            Text("t");
        }
    }
}
