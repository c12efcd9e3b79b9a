using System.Globalization;
using System.Net;
using System.Text;

namespace RawSer.Recipes.Reports;

/// <summary>Text of the report: escaped where it comes from outside, numbers in one form throughout.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();

    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    /// <summary>0.433</summary>
    public static string Number(double value, int digits = 3) => !double.IsFinite(value) ? "–" : value.ToString($"F{digits}", CultureInfo.InvariantCulture);

    /// <summary>Coordinates in pictures: at most two decimals.</summary>
    public static string Coordinate(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Appends markup as it is.</summary>
    public HtmlText Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>A section with a heading and an introduction of one or two sentences.</summary>
    public HtmlText Section(string id, string heading, string introduction, Action<HtmlText> content)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{Encode(heading)}</h2>\n");
        if (introduction.Length > 0)
        {
            _text.Append(CultureInfo.InvariantCulture, $"<p class=\"intro\">{Encode(introduction)}</p>\n");
        }

        content(this);
        _text.Append("</section>\n");
        return this;
    }

    /// <summary>A table. The first column of each row is its header; cells are markup.</summary>
    public HtmlText Table(string caption, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows, string css = "")
    {
        _text.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\"><table class=\"{css}\"><caption>{Encode(caption)}</caption>\n<thead><tr>");
        foreach (string cell in head)
        {
            _text.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{cell}</th>");
        }

        _text.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            _text.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{row[0]}</th>");
            foreach (string cell in row.Skip(1))
            {
                _text.Append(CultureInfo.InvariantCulture, $"<td>{cell}</td>");
            }

            _text.Append("</tr>\n");
        }

        _text.Append("</tbody></table></div>\n");
        return this;
    }

    public override string ToString() => _text.ToString();
}
