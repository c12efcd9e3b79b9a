using System.Text;

namespace RawSer.CommandLine;

/// <summary>Standard output, whose failures are its own: a full disk behind it is not the fault of the clip or file in hand.</summary>
internal sealed class ResultWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Checked(() => inner.Write(value));

    public override void Write(string? value) => Checked(() => inner.Write(value));

    public override void WriteLine(string? value) => Checked(() => inner.WriteLine(value));

    public override void Flush() => Checked(inner.Flush);

    private static void Checked(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.OfData($"standard output cannot be written: {(e is IOException ? e.Message.TrimEnd('.') : "it is closed")}");
        }
    }
}
