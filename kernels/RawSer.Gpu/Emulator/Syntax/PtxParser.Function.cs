namespace RawSer.Gpu.Emulator;

/// <summary>Functions, their statements and operands.</summary>
internal sealed partial class PtxParser
{
    private void ParseFunction(bool isKernel)
    {
        var results = new List<PtxVariable>();
        if (!isKernel && Current.Is("("))
        {
            results = ParseParameters();
        }

        int line = Current.Line;
        var function = new PtxFunction { Name = TakeName(), IsKernel = isKernel, Line = line };
        function.Results.AddRange(results);
        if (Current.Is("("))
        {
            function.Parameters.AddRange(ParseParameters());
        }

        ParseFunctionDirectives(function);
        if (!TryTake(";"))
        {
            function.IsDefined = true;
            var scope = new PtxScope(null);
            foreach (PtxVariable parameter in function.Results.Concat(function.Parameters))
            {
                scope.Variables[parameter.Name] = parameter;
            }

            // Known before its body, for recursion.
            _source.Functions[function.Name] = function;
            Expect("{");
            ParseBlock(function, scope);
        }
        else
        {
            _source.Functions.TryAdd(function.Name, function);
        }
    }

    private List<PtxVariable> ParseParameters()
    {
        var parameters = new List<PtxVariable>();
        Expect("(");
        while (!TryTake(")"))
        {
            (StateSpace space, PtxType type, int alignment) = ParseDeclarator();
            string name = TakeName();
            long count = 1;
            while (TryTake("["))
            {
                count = Current.Is("]") ? 0 : count * TakeInteger();
                Expect("]");
            }

            parameters.Add(new PtxVariable
            {
                Name = name,
                Space = space,
                Type = type,
                Alignment = alignment,
                Size = count * Math.Max(1, type.Bytes),
            });
            TryTake(",");
        }

        return parameters;
    }

    private void ParseFunctionDirectives(PtxFunction function)
    {
        while (Current.Kind == TokenKind.Word && Current.Text[0] == '.')
        {
            string directive = Take().Text;
            var values = new List<int>();
            while (Current.Kind == TokenKind.Number)
            {
                values.Add(TakeInteger());
                TryTake(",");
            }

            if (directive is ".maxntid" or ".reqntid" && values.Count > 0)
            {
                function.MaxThreads = values.Aggregate(1, (product, value) => product * value);
                if (directive == ".reqntid")
                {
                    function.RequiredBlock = new Dim3(values[0], values.ElementAtOrDefault(1) is int y and > 0 ? y : 1, values.ElementAtOrDefault(2) is int z and > 0 ? z : 1);
                }
            }
            else if (directive == ".pragma")
            {
                while (!Take().Is(";"))
                {
                }
            }
        }
    }

    private void ParseBlock(PtxFunction function, PtxScope scope)
    {
        while (!TryTake("}"))
        {
            Token token = Current;
            if (TryTake("{"))
            {
                ParseBlock(function, new PtxScope(scope));
            }
            else if (TryTake(";"))
            {
            }
            else if (token.Kind == TokenKind.Word && _tokens[_at + 1].Is(":"))
            {
                ParseLabel(function, scope);
            }
            else if (token.Text is ".loc" or ".pragma" or ".file")
            {
                SkipStatement();
            }
            else if (token.Kind == TokenKind.Word && token.Text[0] == '.')
            {
                foreach (PtxVariable variable in ParseVariables(function, isExternal: false, scope))
                {
                    scope.Variables[variable.Name] = variable;
                    if (variable.Space != StateSpace.Register)
                    {
                        function.Memory.Add(variable);
                    }
                }

                Expect(";");
            }
            else
            {
                function.Body.Add(ParseInstruction(function, scope));
            }
        }
    }

    private void ParseLabel(PtxFunction function, PtxScope scope)
    {
        string label = Take().Text;
        Expect(":");
        if (TryTake(".branchtargets"))
        {
            var targets = new List<string>();
            do
            {
                targets.Add(TakeName());
            }
            while (TryTake(","));
            Expect(";");
            scope.Targets[label] = targets;
        }
        else if (Current.Is(".callprototype") || Current.Is(".calltargets"))
        {
            while (!Take().Is(";"))
            {
            }
        }
        else if (!scope.Labels.TryAdd(label, function.Body.Count))
        {
            throw Error($"the label '{label}' exists twice");
        }
    }

    private PtxInstruction ParseInstruction(PtxFunction function, PtxScope scope)
    {
        PtxVariable? guard = null;
        bool negated = false;
        if (TryTake("@"))
        {
            negated = TryTake("!");
            string name = TakeName();
            guard = scope.Find(name, function) ?? throw Error($"the predicate '{name}' is not declared");
        }

        Token opcode = Take();
        if (opcode.Kind != TokenKind.Word)
        {
            throw Error($"an instruction expected in place of '{opcode.Text}'", opcode.Line);
        }

        var instruction = new PtxInstruction
        {
            Opcode = opcode.Text,
            Words = opcode.Text.Split('.'),
            Guard = guard,
            GuardNegated = negated,
            Scope = scope,
            Line = opcode.Line,
        };
        while (!TryTake(";"))
        {
            instruction.Operands.Add(ParseOperand(function, scope));
            if (!Current.Is(";"))
            {
                Expect(",");
            }
        }

        return instruction;
    }

    private PtxOperand ParseOperand(PtxFunction function, PtxScope scope)
    {
        if (TryTake("{"))
        {
            return new PtxOperand { Kind = OperandKind.Vector, Parts = ParseParts(function, scope, "}") };
        }

        if (TryTake("("))
        {
            return new PtxOperand { Kind = OperandKind.List, Parts = ParseParts(function, scope, ")") };
        }

        if (TryTake("["))
        {
            return ParseAddress(function, scope);
        }

        if (Current.Kind == TokenKind.Number || Current.Is("-") || Current.Is("WARP_SZ"))
        {
            return ParseNumber();
        }

        bool negated = TryTake("!");
        PtxOperand operand = ParseNamed(function, scope, negated);
        if (TryTake("|"))
        {
            operand.Second = ParseNamed(function, scope, negated: false);
        }

        return operand;
    }

    private List<PtxOperand> ParseParts(PtxFunction function, PtxScope scope, string end)
    {
        var parts = new List<PtxOperand>();
        while (!TryTake(end))
        {
            parts.Add(ParseOperand(function, scope));
            TryTake(",");
        }

        return parts;
    }

    private PtxOperand ParseNamed(PtxFunction function, PtxScope scope, bool negated)
    {
        string name = TakeName();
        if (name == "_")
        {
            return new PtxOperand { Kind = OperandKind.Sink };
        }

        PtxVariable? variable = Resolve(name, function, scope);
        if (variable is { Space: StateSpace.Register } || name[0] == '%')
        {
            return new PtxOperand { Kind = OperandKind.Register, Variable = variable, Name = name, Negated = negated };
        }

        ulong offset = TryTake("+") ? ParseNumber().Bits : 0;
        return new PtxOperand { Kind = OperandKind.Symbol, Variable = variable, Name = name, Bits = offset, Number = NumberKind.Integer };
    }

    private PtxOperand ParseAddress(PtxFunction function, PtxScope scope)
    {
        PtxVariable? variable = null;
        string name = "";
        ulong offset = 0;
        if (Current.Kind == TokenKind.Number || Current.Is("-"))
        {
            offset = ParseNumber().Bits;
        }
        else
        {
            name = TakeName();
            variable = Resolve(name, function, scope) ?? throw Error($"'{name}' is not declared");
            if (TryTake("+"))
            {
                offset = ParseNumber().Bits;
            }
            else if (Current.Is("-"))
            {
                offset = ParseNumber().Bits;
            }
        }

        Expect("]");
        return new PtxOperand { Kind = OperandKind.Address, Variable = variable, Name = name, Bits = offset };
    }

    private PtxVariable? Resolve(string name, PtxFunction function, PtxScope scope) =>
        scope.Find(name, function) ?? _source.Variables.GetValueOrDefault(name);
}
