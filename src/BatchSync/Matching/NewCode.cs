using BatchSync.Core.Mapping;
using BatchSync.Core.Matching;

namespace BatchSync.Matching;

/// <summary>Codes for things that get an entry of their own.</summary>
internal static class NewCode
{
    private const int Longest = 40;

    /// <summary>
    /// A code that the list does not have yet, added to those taken: the source's own where it has one, else of the name's words without
    /// legal form. The first entries of a list get what rules called them without one, so that the rules still match.
    /// </summary>
    public static string Of(UnknownThing thing, ISet<string> taken, bool isFirst)
    {
        var plain = isFirst && Unlisted(thing) is { Length: > 0 and <= Longest } same && !same.Contains('*', StringComparison.Ordinal) ? same : Plain(thing);
        var code = plain;
        for (var number = 2; !taken.Add(code); number++) code = FormattableString.Invariant($"{plain}-{number}");
        return code;
    }

    private static string Unlisted(UnknownThing thing) => thing.List switch
    {
        MappingList.Clients => "",
        MappingList.Tasks or MappingList.Categories => thing.Name.Length > 0 ? thing.Name : thing.Id,
        _ => thing.Id.Length > 0 ? thing.Id : thing.Name,
    };

    private static string Plain(UnknownThing thing)
    {
        if (thing.List == MappingList.People && NameForm.MailIn(thing.SourceCode) is { Length: > 0 } mail) return mail;
        var words = new[] { thing.SourceCode, thing.Name, thing.Id }.Select(text => NameForm.Of(text).Words).FirstOrDefault(w => w.Count > 0) ?? ["NEW"];
        var code = string.Join('-', words);
        return code.Length <= Longest ? code : code[..Longest].TrimEnd('-');
    }
}
