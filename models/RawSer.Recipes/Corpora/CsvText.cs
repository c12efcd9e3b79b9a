using System.Text;

namespace RawSer.Recipes.Corpora;

/// <summary>CSV as RFC 4180 has it: quoted fields may hold commas, line ends and doubled quotes; a byte order mark is skipped.</summary>
internal static class CsvText
{
    /// <summary>The rows that are not empty, with the line at which each begins, for messages.</summary>
    public static List<(int Line, List<string> Fields)> Parse(string text)
    {
        var rows = new List<(int, List<string>)>();
        var fields = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        int line = 1, rowLine = 1;
        void EndRow()
        {
            fields.Add(field.ToString());
            field.Clear();
            if (fields.Count > 1 || fields[0].Length > 0)
            {
                rows.Add((rowLine, fields));
            }

            fields = [];
        }

        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            line += c == '\n' ? 1 : 0;
            if (quoted)
            {
                if (c != '"')
                {
                    field.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    quoted = false;
                }
            }
            else if (c == '"' && field.Length == 0)
            {
                quoted = true;
            }
            else if (c == ',')
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else if (c == '\n')
            {
                EndRow();
                rowLine = line;
            }
            else if (c != '\r' && c != '\uFEFF')
            {
                field.Append(c);
            }
        }

        if (field.Length > 0 || fields.Count > 0)
        {
            EndRow();
        }

        return rows;
    }
}
