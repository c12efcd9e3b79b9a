namespace RawSer.Gpu.Emulator;

/// <summary>Reads PTX text into <see cref="PtxSource"/>. Names of variables are resolved on the way, labels when code is made.</summary>
internal sealed partial class PtxParser
{
    private readonly List<Token> _tokens;
    private readonly PtxSource _source = new();
    private int _at;

    private PtxParser(string text) => _tokens = PtxLexer.Tokens(text);

    /// <summary>Parses a module.</summary>
    /// <exception cref="PtxException">The text is no PTX; the message names line and token.</exception>
    public static PtxSource Parse(string text)
    {
        var parser = new PtxParser(text);
        parser.ParseModule();
        return parser._source;
    }

    private Token Current => _tokens[_at];

    private Token Take() => _tokens[_at].Kind == TokenKind.End ? throw Error("the text ends too early") : _tokens[_at++];

    private bool TryTake(string text)
    {
        if (!Current.Is(text))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Expect(string text)
    {
        if (!TryTake(text))
        {
            throw Error($"'{text}' expected in place of '{Current.Text}'");
        }
    }

    private string TakeName() => Current.Kind == TokenKind.Word ? Take().Text : throw Error($"a name expected in place of '{Current.Text}'");

    private int TakeInteger() => Current.Kind == TokenKind.Number && Current.Number == NumberKind.Integer && Current.Bits <= int.MaxValue
        ? (int)Take().Bits
        : throw Error($"a number expected in place of '{Current.Text}'");

    private PtxException Error(string what) => Error(what, Current.Line);

    private static PtxException Error(string what, int line) => new($"PTX line {line}: {what}");

    private void ParseModule()
    {
        while (Current.Kind != TokenKind.End)
        {
            string word = Current.Text;
            switch (word)
            {
                case ".version":
                    _at++;
                    string[] version = Take().Text.Split('.');
                    _source.Version = version.Length == 2 && int.TryParse(version[0], out int major) && int.TryParse(version[1], out int minor)
                        ? (major * 10) + minor
                        : throw Error("'.version' needs a number such as 7.8");
                    break;
                case ".target":
                    ParseTarget();
                    break;
                case ".address_size":
                    _at++;
                    if (TakeInteger() != 64)
                    {
                        throw Error("only .address_size 64 is supported");
                    }

                    break;
                case ".file" or ".loc" or ".pragma" or ".alias":
                    SkipStatement();
                    break;
                case ".section":
                    SkipSection();
                    break;
                default:
                    ParseDeclaration();
                    break;
            }
        }

        if (_source.Version == 0 || _source.Target == 0)
        {
            throw new PtxException("PTX: .version and .target are missing");
        }
    }

    private void ParseTarget()
    {
        int line = Take().Line;
        while (Current.Kind == TokenKind.Word && Current.Text[0] != '.')
        {
            string name = Take().Text;
            if (name.StartsWith("sm_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(3).TrimEnd("af"), out int target))
            {
                _source.Target = target;
            }

            TryTake(",");
        }

        if (_source.Target == 0)
        {
            throw Error("'.target' names no sm_NN", line);
        }
    }

    // .loc and .file end with their line, .pragma with a semicolon.
    private void SkipStatement()
    {
        Token first = Take();
        if (first.Is(".pragma") || first.Is(".alias"))
        {
            while (!Take().Is(";"))
            {
            }

            return;
        }

        while (Current.Line == first.Line && Current.Kind != TokenKind.End)
        {
            _at++;
        }
    }

    private void SkipSection()
    {
        while (!Current.Is("{"))
        {
            Take();
        }

        int depth = 0;
        do
        {
            Token token = Take();
            depth += token.Is("{") ? 1 : token.Is("}") ? -1 : 0;
        }
        while (depth > 0);
    }

    private void ParseDeclaration()
    {
        bool isExternal = false;
        while (Current.Kind == TokenKind.Word && Current.Text is ".visible" or ".extern" or ".weak" or ".common")
        {
            isExternal |= Take().Is(".extern");
        }

        if (TryTake(".entry"))
        {
            ParseFunction(isKernel: true);
        }
        else if (TryTake(".func"))
        {
            ParseFunction(isKernel: false);
        }
        else if (Current.Kind == TokenKind.Word && Spaces.TryGetValue(FirstWord(Current.Text), out StateSpace space) && space != StateSpace.Register)
        {
            foreach (PtxVariable variable in ParseVariables(null, isExternal))
            {
                _source.Variables[variable.Name] = variable;
            }

            Expect(";");
        }
        else
        {
            throw Error($"'{Current.Text}' is no directive of a module");
        }
    }

    private static string FirstWord(string dotted)
    {
        int end = dotted.IndexOf('.', 1);
        return end < 0 ? dotted : dotted[..end];
    }

    private static readonly Dictionary<string, StateSpace> Spaces = new(StringComparer.Ordinal)
    {
        [".global"] = StateSpace.Global,
        [".shared"] = StateSpace.Shared,
        [".local"] = StateSpace.Local,
        [".const"] = StateSpace.Const,
        [".param"] = StateSpace.Param,
        [".reg"] = StateSpace.Register,
    };

    // The words of a declaration before its name: ".shared .align 4 .b8", ".reg.b32", ".param .u64 .ptr .global .align 4".
    private (StateSpace Space, PtxType Type, int Alignment) ParseDeclarator()
    {
        StateSpace? space = null;
        PtxType? type = null;
        int alignment = 0, vector = 1;
        while (Current.Kind == TokenKind.Word && Current.Text[0] == '.')
        {
            foreach (string word in Take().Text.Split('.', StringSplitOptions.RemoveEmptyEntries))
            {
                switch (word)
                {
                    case "align":
                        int value = TakeInteger();
                        alignment = alignment == 0 ? value : alignment;
                        break;
                    case "v2" or "v4":
                        vector = word[1] - '0';
                        break;
                    case "ptr":
                        alignment = type is null ? 0 : Math.Max(alignment, type.Value.Bytes);
                        break;
                    case "attribute":
                        Expect("(");
                        while (!Take().Is(")"))
                        {
                        }

                        break;
                    case "noreturn" or "visible" or "extern" or "weak":
                        break;
                    default:
                        space = space is null && Spaces.TryGetValue("." + word, out StateSpace found) ? found : space;
                        type = PtxType.Parse(word) ?? type;
                        break;
                }
            }
        }

        if (space is null || type is null)
        {
            throw Error("a state space and a type expected before the name");
        }

        PtxType element = vector == 1 ? type.Value : type.Value with { Bits = type.Value.Bits * vector };
        return (space.Value, element, alignment == 0 ? Math.Max(1, element.Bytes) : alignment);
    }

    private List<PtxVariable> ParseVariables(PtxFunction? owner, bool isExternal, PtxScope? scope = null)
    {
        (StateSpace space, PtxType type, int alignment) = ParseDeclarator();
        var variables = new List<PtxVariable>();
        do
        {
            int line = Current.Line;
            string name = TakeName();
            if (space == StateSpace.Register && TryTake("<"))
            {
                scope!.DeclareRange(name, TakeInteger(), type);
                Expect(">");
                continue;
            }

            long count = 1;
            bool isArray = false, isOpen = false;
            while (TryTake("["))
            {
                isArray = true;
                if (Current.Is("]"))
                {
                    isOpen = true;
                }
                else
                {
                    count *= TakeInteger();
                }

                Expect("]");
            }

            List<InitialValue>? initial = TryTake("=") ? ParseInitial() : null;
            if (isOpen)
            {
                count = initial?.Count ?? 0;
            }

            variables.Add(new PtxVariable
            {
                Name = name,
                Space = space,
                Type = type,
                Alignment = alignment,
                Size = space == StateSpace.Register ? 0 : count * Math.Max(1, type.Bytes),
                IsExternal = isExternal,
                IsArrayWithoutSize = isArray && isOpen && initial is null,
                Initial = initial,
                Owner = owner,
                Line = line,
            });
        }
        while (TryTake(","));
        return variables;
    }

    private List<InitialValue> ParseInitial()
    {
        var values = new List<InitialValue>();
        if (!TryTake("{"))
        {
            values.Add(ParseInitialValue());
            return values;
        }

        while (!TryTake("}"))
        {
            if (Current.Is("{"))
            {
                values.AddRange(ParseInitial());
            }
            else
            {
                values.Add(ParseInitialValue());
            }

            TryTake(",");
        }

        return values;
    }

    private InitialValue ParseInitialValue()
    {
        if (Current.Kind != TokenKind.Word)
        {
            PtxOperand number = ParseNumber();
            return new InitialValue(number.Bits, number.Number, null, false);
        }

        string symbol = TakeName();
        bool generic = symbol == "generic" && TryTake("(");
        if (generic)
        {
            symbol = TakeName();
            Expect(")");
        }

        ulong offset = TryTake("+") ? ParseNumber().Bits : Current.Is("-") ? ParseNumber().Bits : 0;
        return new InitialValue(offset, NumberKind.Integer, symbol, generic);
    }

    private PtxOperand ParseNumber()
    {
        bool negative = TryTake("-");
        Token token = Take();
        if (token.Is("WARP_SZ"))
        {
            return new PtxOperand { Kind = OperandKind.Number, Bits = 32, Number = NumberKind.Integer };
        }

        if (token.Kind != TokenKind.Number)
        {
            throw Error($"a number expected in place of '{token.Text}'", token.Line);
        }

        ulong bits = (negative, token.Number) switch
        {
            (false, _) => token.Bits,
            (true, NumberKind.Integer) => 0 - token.Bits,
            (true, NumberKind.Single) => token.Bits ^ 0x8000_0000,
            _ => token.Bits ^ 0x8000_0000_0000_0000,
        };
        return new PtxOperand { Kind = OperandKind.Number, Bits = bits, Number = token.Number };
    }
}
