using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace BatchSync.Sandbox;

/// <summary>
/// Reads a fault script, YAML or JSON, and lists everything that is wrong with it:
/// <code>
/// faults:
///   - { on: "POST /books/v1/invoices/bulk", nth: 2, times: 1, do: status, status: 429, retryAfter: 1 }
///   - { on: "GET /time/v1/time_entries", do: slow, delay: 2s }
///   - { on: "POST /books/v1/invoices/bulk", nth: 3, do: reject-items, positions: [1, 3] }
/// </code>
/// </summary>
internal sealed class FaultScript
{
    public static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);
    private const int LongestRetryAfter = 3600;
    private static readonly string[] CommonFields = ["on", "nth", "times", "do"];

    private static readonly Dictionary<string, string[]> FieldsOfAction = new(StringComparer.Ordinal)
    {
        ["status"] = ["status", "retryAfter"],
        ["slow"] = ["delay"],
        ["timeout-after-commit"] = [],
        ["drop-after-commit"] = [],
        ["repeat-page"] = [],
        ["truncate"] = [],
        ["html"] = [],
        ["reject-items"] = ["positions"],
    };

    private readonly string _name;
    private readonly List<string> _problems = [];

    private FaultScript(string name) => _name = name;

    /// <summary>The faults of a script, in its order.</summary>
    /// <param name="name">The file, for the problems.</param>
    /// <exception cref="SandboxSetupException">The script cannot be used; every problem is listed with line and column.</exception>
    public static IReadOnlyList<Fault> Parse(string text, string name)
    {
        var script = new FaultScript(name);
        var faults = script.ReadScript(text);
        return script._problems.Count == 0 ? faults : throw new SandboxSetupException(script._problems);
    }

    private List<Fault> ReadScript(string text)
    {
        if (ReadYaml(text) is not { } root) return [];
        if (root is not YamlMappingNode map)
        {
            Problem(root, "a fault script is a map with the one field 'faults'.");
            return [];
        }

        OnlyFields(map, "the script", ["faults"]);
        if (Field(map, "faults") is not YamlSequenceNode list)
        {
            Problem(map, "'faults' is no list. Write 'faults: []' for none.");
            return [];
        }

        return [.. list.Children.Select(ReadFault).OfType<Fault>()];
    }

    private YamlNode? ReadYaml(string text)
    {
        try
        {
            // JSON is YAML but for tabs between its parts, which stand nowhere else in it.
            var readable = text.AsSpan().TrimStart().StartsWith("{") ? text.Replace('\t', ' ') : text;
            var stream = new YamlStream();
            stream.Load(new StringReader(readable));
            if (stream.Documents.Count == 1) return stream.Documents[0].RootNode;
            _problems.Add($"{_name}:1:1: a fault script is one document, this has {stream.Documents.Count}. Write 'faults: []' for none.");
        }
        catch (YamlException failure)
        {
            _problems.Add($"{_name}:{failure.Start.Line}:{failure.Start.Column}: neither YAML nor JSON: {failure.Message}");
        }

        return null;
    }

    private Fault? ReadFault(YamlNode node)
    {
        var before = _problems.Count;
        if (node is not YamlMappingNode map)
        {
            Problem(node, "a fault is a map such as { on: \"GET /time/v1/\", do: status, status: 503 }.");
            return null;
        }

        var (method, path) = ReadCall(map);
        var (nth, times) = (Whole(map, "nth", 1, int.MaxValue, 1), Whole(map, "times", 1, int.MaxValue, 1));
        var action = ReadAction(map, method, path);
        return _problems.Count == before && action is not null ? new Fault(method, path, nth, times, action) : null;
    }

    private (string Method, string Path) ReadCall(YamlMappingNode map)
    {
        var text = Scalar(map, "on");
        var parts = text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (parts.Length == 2 && parts[0] is "GET" or "POST" && parts[1].StartsWith('/') && !parts[1].StartsWith(AdminApi.Root, StringComparison.Ordinal)) return (parts[0], parts[1]);
        Problem(Field(map, "on") ?? map, $"'on' is '{text}'; allowed is GET or POST and the beginning of a path outside {AdminApi.Root}, such as \"POST /books/v1/invoices/bulk\".");
        return ("", "");
    }

    private FaultAction? ReadAction(YamlMappingNode map, string method, string path)
    {
        var name = Scalar(map, "do");
        if (name is null || !FieldsOfAction.TryGetValue(name, out var fields))
        {
            Problem(Field(map, "do") ?? map, $"'do' is '{name}'; allowed are {string.Join(", ", FieldsOfAction.Keys)}.");
            return null;
        }

        OnlyFields(map, $"'{name}'", [.. CommonFields, .. fields]);
        return name switch
        {
            "status" => new FaultAction.Status(Whole(map, "status", 400, 599, null), Field(map, "retryAfter") is null ? null : Whole(map, "retryAfter", 0, LongestRetryAfter, null)),
            "slow" => new FaultAction.Slow(Delay(map)),
            "timeout-after-commit" => new FaultAction.TimeoutAfterCommit(),
            "drop-after-commit" => new FaultAction.DropAfterCommit(),
            "repeat-page" => ReadRepeat(map, method),
            "truncate" => new FaultAction.Truncate(),
            "html" => new FaultAction.Html(),
            _ => ReadRejection(map, method, path),
        };
    }

    private FaultAction.RepeatPage ReadRepeat(YamlMappingNode map, string method)
    {
        if (method == "POST") Problem(Field(map, "on")!, "'repeat-page' befalls pages only: 'on' must begin with GET.");
        return new();
    }

    private FaultAction.RejectItems ReadRejection(YamlMappingNode map, string method, string path)
    {
        if (method.Length > 0 && (method != "POST" || !path.StartsWith(BooksApi.Root + "invoices/", StringComparison.Ordinal)))
        {
            Problem(Field(map, "on")!, $"'reject-items' befalls calls with items only: POST {BooksApi.Root}invoices/bulk or POST {BooksApi.Root}invoices/finalize.");
        }

        var positions = new HashSet<int>();
        if (Field(map, "positions") is YamlSequenceNode { Children.Count: > 0 } list)
        {
            foreach (var node in list.Children) positions.Add(Whole(node, "positions", 1, BooksApi.LargestCall));
        }
        else
        {
            Problem(Field(map, "positions") ?? map, $"'positions' is no list; allowed are numbers from 1 to {BooksApi.LargestCall}, such as [1, 3].");
        }

        return new(positions);
    }

    private TimeSpan Delay(YamlMappingNode map)
    {
        var text = Scalar(map, "delay") ?? "";
        var unit = text.AsSpan().TrimStart("0123456789").ToString();
        var size = unit switch { "ms" => 1, "s" => 1_000, "m" => 60_000, _ => 0 };
        if (size > 0 && int.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && (long)count * size <= LongestDelay.TotalMilliseconds)
        {
            return TimeSpan.FromMilliseconds((long)count * size);
        }

        Problem(Field(map, "delay") ?? map, $"'delay' is '{text}'; allowed is up to {LongestDelay.TotalMinutes} minute, such as 500ms, 2s or 1m.");
        return TimeSpan.Zero;
    }

    private int Whole(YamlMappingNode map, string field, int least, int most, int? standard)
    {
        if (Field(map, field) is { } node) return Whole(node, field, least, most);
        if (standard is null) Problem(map, $"'{field}' is missing; allowed are {least} to {most}.");
        return standard ?? least;
    }

    private int Whole(YamlNode node, string field, int least, int most)
    {
        var text = (node as YamlScalarNode)?.Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
        Problem(node, $"'{field}' is '{text}'; allowed are {(most == int.MaxValue ? $"whole numbers from {least}" : $"{least} to {most}")}.");
        return least;
    }

    private void OnlyFields(YamlMappingNode map, string of, string[] allowed)
    {
        foreach (var key in map.Children.Keys)
        {
            if (key is not YamlScalarNode scalar || !allowed.Contains(scalar.Value)) Problem(key, $"unknown field '{key}' of {of}; allowed are {string.Join(", ", allowed)}.");
        }
    }

    private static YamlNode? Field(YamlMappingNode map, string name) => map.Children.TryGetValue(new YamlScalarNode(name), out var node) ? node : null;

    private static string? Scalar(YamlMappingNode map, string name) => (Field(map, name) as YamlScalarNode)?.Value;

    private void Problem(YamlNode node, string text) => _problems.Add($"{_name}:{node.Start.Line}:{node.Start.Column}: {text}");
}
