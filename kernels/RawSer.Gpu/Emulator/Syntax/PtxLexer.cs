using System.Globalization;

namespace RawSer.Gpu.Emulator;

/// <summary>Kinds of PTX tokens.</summary>
internal enum TokenKind
{
    End,
    Word,
    Number,
    Text,
    Punctuation,
}

/// <summary>A token. Words are identifiers and everything that begins with a dot or a percent sign; opcodes keep their modifiers.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, ulong Bits, NumberKind Number, int Line)
{
    public bool Is(string text) => Text == text && Kind != TokenKind.Text;
}

/// <summary>What a literal denotes: an integer, or the bits of a floating-point number.</summary>
internal enum NumberKind
{
    None,
    Integer,
    Single,
    Double,
}

/// <summary>Splits PTX text into tokens. A dot continues a word, so that <c>ld.global.u32</c> is one token.</summary>
internal sealed class PtxLexer
{
    private readonly string _text;
    private int _at;
    private int _line = 1;

    private PtxLexer(string text) => _text = text;

    /// <summary>All tokens of a text, the last of kind <see cref="TokenKind.End"/>.</summary>
    public static List<Token> Tokens(string text)
    {
        var lexer = new PtxLexer(text);
        var tokens = new List<Token>(text.Length / 4);
        do
        {
            tokens.Add(lexer.Next());
        }
        while (tokens[^1].Kind != TokenKind.End);
        return tokens;
    }

    private Token Next()
    {
        SkipBlanks();
        if (_at >= _text.Length || _text[_at] == '\0')
        {
            return new Token(TokenKind.End, "end of text", 0, NumberKind.None, _line);
        }

        char c = _text[_at];
        if (char.IsAsciiDigit(c))
        {
            return ReadNumber();
        }

        if (IsWordStart(c))
        {
            int start = _at++;
            while (_at < _text.Length && (IsWordPart(_text[_at]) || IsScope()))
            {
                _at++;
            }

            return new Token(TokenKind.Word, _text[start.._at], 0, NumberKind.None, _line);
        }

        if (c == '"')
        {
            int end = _text.IndexOf('"', _at + 1);
            if (end < 0)
            {
                throw new PtxException($"PTX line {_line}: a string without end");
            }

            string content = _text[(_at + 1)..end];
            _at = end + 1;
            return new Token(TokenKind.Text, content, 0, NumberKind.None, _line);
        }

        _at++;
        return new Token(TokenKind.Punctuation, c.ToString(), 0, NumberKind.None, _line);
    }

    // Modifiers may hold "::", as in .shared::cta.
    private bool IsScope()
    {
        if (_text[_at] != ':' || _at + 2 >= _text.Length || _text[_at + 1] != ':' || !char.IsAsciiLetter(_text[_at + 2]))
        {
            return false;
        }

        _at++;
        return true;
    }

    private static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c is '.' or '%' or '_' or '$';

    private static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '$' or '%';

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c == '\n')
            {
                _line++;
                _at++;
            }
            else if (char.IsWhiteSpace(c))
            {
                _at++;
            }
            else if (c == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/')
            {
                while (_at < _text.Length && _text[_at] != '\n')
                {
                    _at++;
                }
            }
            else if (c == '/' && _at + 1 < _text.Length && _text[_at + 1] == '*')
            {
                int end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                end = end < 0 ? _text.Length : end + 2;
                for (; _at < end; _at++)
                {
                    _line += _text[_at] == '\n' ? 1 : 0;
                }
            }
            else
            {
                return;
            }
        }
    }

    private Token ReadNumber()
    {
        int start = _at;
        char second = _at + 1 < _text.Length ? char.ToLowerInvariant(_text[_at + 1]) : ' ';
        if (_text[_at] == '0' && second is 'f' or 'd')
        {
            int digits = second == 'f' ? 8 : 16;
            _at += 2;
            if (_at + digits <= _text.Length && ulong.TryParse(_text.AsSpan(_at, digits), NumberStyles.HexNumber, null, out ulong bits))
            {
                _at += digits;
                return new Token(TokenKind.Number, _text[start.._at], bits, second == 'f' ? NumberKind.Single : NumberKind.Double, _line);
            }

            throw new PtxException($"PTX line {_line}: '{_text[start..Math.Min(_text.Length, start + digits + 2)]}' needs {digits} hexadecimal digits");
        }

        int radix = 10;
        if (_text[_at] == '0' && second is 'x' or 'b')
        {
            radix = second == 'x' ? 16 : 2;
            _at += 2;
        }
        else if (_text[_at] == '0' && char.IsAsciiDigit(second))
        {
            radix = 8;
            _at++;
        }

        UInt128 value = 0;
        int first = _at;
        while (_at < _text.Length && Digit(_text[_at]) < radix)
        {
            value = (value * (uint)radix) + (uint)Digit(_text[_at++]);
        }

        bool isFraction = radix == 10 && _at < _text.Length && (_text[_at] == '.' || char.ToLowerInvariant(_text[_at]) == 'e');
        if (isFraction)
        {
            return ReadDecimal(start);
        }

        if (_at == first || value > ulong.MaxValue)
        {
            throw new PtxException($"PTX line {_line}: the number '{_text[start.._at]}' is no 64-bit integer");
        }

        if (_at < _text.Length && _text[_at] == 'U')
        {
            _at++;
        }

        return new Token(TokenKind.Number, _text[start.._at], (ulong)value, NumberKind.Integer, _line);
    }

    // A decimal fraction, or a version such as 7.8; the text is kept.
    private Token ReadDecimal(int start)
    {
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '.' or 'e' or 'E' || (_text[_at] is '+' or '-' && _text[_at - 1] is 'e' or 'E')))
        {
            _at++;
        }

        string text = _text[start.._at];
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? new Token(TokenKind.Number, text, BitConverter.DoubleToUInt64Bits(value), NumberKind.Double, _line)
            : throw new PtxException($"PTX line {_line}: '{text}' is no number");
    }

    private static int Digit(char c) => char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : 99;
}
