using System.Text.Json;
using System.Text.Json.Nodes;
using RawSer.Weights;
using RawSer.Weights.Renaming;

namespace RawSer.GoldenCheck.Weights;

/// <summary>Layouts and weight norm on small numbers, through a rename map over the file that holds them.</summary>
internal static class TransformCases
{
    public static void Register(HandlerTable table) => table.Kind("transform", Run);

    private static void Run(GoldenCase golden, GoldenRun run)
    {
        string operation = golden.Json.GetProperty("op").GetString()!;
        var rules = new JsonArray();
        for (int i = 0; i < golden.OutputNames.Count; i++)
        {
            var rule = new JsonObject { ["from"] = golden.InputNames[i], ["to"] = golden.OutputNames[i], ["op"] = operation };
            if (operation == "weight_norm")
            {
                rule["from"] = golden.InputNames[1];
                rule["magnitude"] = golden.InputNames[0];
            }

            if (golden.Attrs.Json is { ValueKind: JsonValueKind.Object } attributes)
            {
                foreach (JsonProperty attribute in attributes.EnumerateObject())
                {
                    rule[attribute.Name] = JsonNode.Parse(attribute.Value.GetRawText());
                }
            }

            rules.Add(rule);
        }

        using JsonDocument json = JsonDocument.Parse(new JsonObject { ["others"] = "drop", ["rules"] = rules }.ToJsonString());
        using SafetensorsFile file = SafetensorsFile.Open(golden.PathOf(golden.File!));
        using RenamedSource renamed = RenamedSource.Create(file, RenameMap.Parse(golden.Name, json.RootElement));

        // Weights are read through the map; a layer's own input and output, where a case has them, follow from its weights.
        foreach (string role in golden.InputRoles)
        {
            golden.Disregard(role);
        }

        foreach (string name in golden.OutputNames)
        {
            run.Output(golden.Role(name), renamed.ReadFloats(name), renamed[name].Shape);
        }
    }
}
