using System.Globalization;

namespace RawSer.Weights.Numpy;

/// <summary>The few literals that stand in a header.</summary>
internal ref struct PythonLiteral(string text)
{
    private readonly string _text = text;
    private int _at;

    public (string Descr, bool IsFortran, long[] Shape) ReadHeader()
    {
        (string? descr, bool? isFortran, long[]? shape) = (null, null, null);
        Expect('{');
        while (!Accept('}'))
        {
            string key = String("a key");
            Expect(':');
            bool isNew = key switch
            {
                "descr" => descr is null,
                "fortran_order" => isFortran is null,
                "shape" => shape is null,
                _ => throw new FormatException($"the dict of the header has the unknown (extra) key '{WeightFileException.Printable(key)}'"),
            };
            if (!isNew)
            {
                throw new FormatException($"duplicate key {key}");
            }

            switch (key)
            {
                case "descr":
                    descr = String("descr (dtype)");
                    break;
                case "fortran_order":
                    isFortran = Word("True") ? true : Word("False") ? false : throw Unexpected("fortran_order must be True or False");
                    break;
                default:
                    shape = Shape();
                    break;
            }

            if (!Accept(','))
            {
                Expect('}');
                break;
            }
        }

        SkipSpace();
        return _at != _text.Length ? throw Unexpected("nothing may follow the dict of the header")
            : descr is null || isFortran is null || shape is null ? throw new FormatException($"the dict of the header has no {(descr is null ? "descr" : shape is null ? "shape" : "fortran_order")}")
            : (descr, isFortran.Value, shape);
    }

    private long[] Shape()
    {
        var extents = new List<long>();
        if (!Accept('('))
        {
            throw Unexpected("shape must be a tuple of integers");
        }

        while (!Accept(')'))
        {
            extents.Add(Extent());
            if (!Accept(','))
            {
                // (7) is a number in Python, not a tuple.
                _ = extents.Count > 1 ? extents : throw Unexpected("shape must be a tuple: a comma is missing");
                Expect(')');
                break;
            }
        }

        return [.. extents];
    }

    private long Extent()
    {
        SkipSpace();
        int start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
        {
            _at++;
        }

        if (_at == start)
        {
            throw Unexpected("shape must hold plain non-negative integers");
        }

        ReadOnlySpan<char> digits = _text.AsSpan(start, _at - start);
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
        {
            throw new FormatException("shape holds a number that is too large");
        }

        _ = Word("L"); // integers of Python 2
        return value;
    }

    private string String(string what)
    {
        SkipSpace();
        char quote = _at < _text.Length ? _text[_at] : '\0';
        int end = quote is '\'' or '"' ? _text.IndexOf(quote, _at + 1) : -1;
        if (end < 0 || _text.AsSpan(_at, end - _at).Contains('\\'))
        {
            throw Unexpected($"{what} must be a plain string");
        }

        string value = _text[(_at + 1)..end];
        _at = end + 1;
        return value;
    }

    private bool Word(string word)
    {
        SkipSpace();
        bool found = _text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal);
        _at += found ? word.Length : 0;
        return found;
    }

    private bool Accept(char c)
    {
        SkipSpace();
        bool found = _at < _text.Length && _text[_at] == c;
        _at += found ? 1 : 0;
        return found;
    }

    private void Expect(char c)
    {
        if (!Accept(c))
        {
            throw Unexpected($"not the dict of a header: '{c}' is expected");
        }
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r')
        {
            _at++;
        }
    }

    private readonly FormatException Unexpected(string problem) =>
        new($"{problem}, found {(_at < _text.Length ? $"'{WeightFileException.Printable(_text.Substring(_at, Math.Min(12, _text.Length - _at)))}' at {_at}" : "the end")}");
}
