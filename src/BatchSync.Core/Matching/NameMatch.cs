namespace BatchSync.Core.Matching;

/// <summary>How alike two texts are spelled, from 0 (nothing in common) to 100 (the same). Symmetric.</summary>
public delegate int Likeness(string a, string b);

/// <summary>How sure it is that two things are one, and why.</summary>
/// <param name="Score">0 to 100. Above 90 only capitals, accents, legal forms or the order of words differ.</param>
/// <param name="Why">In words, without a full stop.</param>
public sealed record NameMatch(int Score, string Why)
{
    public static NameMatch None { get; } = new(0, "nothing in common");
}

/// <summary>A thing with all that it is called, ready to be compared.</summary>
/// <param name="Codes">Short names: codes, and ids that may be codes elsewhere.</param>
/// <param name="Names">Names in the forms in which they are compared.</param>
/// <param name="Mails">E-mail addresses among codes and names, in small letters.</param>
public sealed record Comparable(IReadOnlyList<string> Codes, IReadOnlyList<NameForm> Names, IReadOnlyList<string> Mails)
{
    /// <summary>Of texts as they are written; empty ones are left out.</summary>
    public static Comparable Of(IEnumerable<string> codes, IEnumerable<string> names)
    {
        var (short_, long_) = (codes.Where(c => c.Length > 0).Distinct(StringComparer.Ordinal).ToList(), names.Where(n => n.Length > 0).Distinct(StringComparer.Ordinal).ToList());
        var mails = short_.Concat(long_).Select(NameForm.MailIn).Where(m => m.Length > 0).Distinct(StringComparer.Ordinal);
        return new(short_, [.. long_.Select(NameForm.Of).Where(f => f.Words.Count > 0)], [.. mails]);
    }
}

/// <summary>Compares things by their codes, e-mail addresses and names. Pure: the same two always give the same answer, in either order.</summary>
/// <param name="likeness">Compares spellings.</param>
/// <param name="byDomain">Whether a shared e-mail domain says something: of companies it does, of the people of one company it does not.</param>
public sealed class NameComparison(Likeness likeness, bool byDomain)
{
    /// <summary>The most that likeness of spelling alone can give.</summary>
    private const int MostOfSpelling = 90;

    /// <summary>Domains that everybody may have.</summary>
    private static readonly string[] PublicDomains = ["gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "gmx.de", "gmx.net", "web.de"];

    /// <summary>The best reason for the two to be one.</summary>
    public NameMatch Compare(Comparable a, Comparable b)
    {
        var best = ByCode(a, b);
        foreach (var mine in a.Names)
        {
            foreach (var theirs in b.Names) best = Better(best, ByName(mine, theirs));
        }

        return Better(Better(best, ByMail(a, b)), ByDomain(a, b));
    }

    private static NameMatch ByCode(Comparable a, Comparable b)
    {
        var shared = a.Codes.Order(StringComparer.Ordinal).FirstOrDefault(c => b.Codes.Contains(c, StringComparer.OrdinalIgnoreCase));
        return shared is null ? NameMatch.None : new(100, $"code equals: {shared}");
    }

    private static NameMatch ByMail(Comparable a, Comparable b)
    {
        var shared = a.Mails.Order(StringComparer.Ordinal).FirstOrDefault(b.Mails.Contains);
        return shared is null ? NameMatch.None : new(100, $"same e-mail address: {shared}");
    }

    private NameMatch ByDomain(Comparable a, Comparable b)
    {
        if (!byDomain) return NameMatch.None;
        var theirs = b.Mails.Select(DomainOf).ToList();
        var shared = a.Mails.Select(DomainOf).Order(StringComparer.Ordinal).FirstOrDefault(d => !PublicDomains.Contains(d) && theirs.Contains(d));
        return shared is null ? NameMatch.None : new(80, $"same e-mail domain: {shared}");
    }

    private NameMatch ByName(NameForm a, NameForm b)
    {
        if (a.Text == b.Text) return new(100, "same name");
        if (a.Name == b.Name) return SameWords(a, b);
        if (a.Sorted == b.Sorted) return new(92, "the same words in another order");
        return Better(Part(a, b), Spelled(a, b));
    }

    private static NameMatch SameWords(NameForm a, NameForm b)
    {
        if (a.Forms.SequenceEqual(b.Forms)) return new(98, "the same but for capitals, accents and punctuation");
        var forms = a.Forms.Concat(b.Forms).Distinct().Order(StringComparer.Ordinal);
        return new(95, $"the same without the legal form ({string.Join(", ", forms)})");
    }

    // The longer the part is within the whole, the less likely another company of the same first name.
    private static NameMatch Part(NameForm a, NameForm b)
    {
        var (part, whole) = a.Words.Count <= b.Words.Count ? (a, b) : (b, a);
        if (part.Words.Count == whole.Words.Count || part.Name.Length < 3 || !part.Words.All(whole.Words.Contains)) return NameMatch.None;
        return new(60 + 30 * part.Name.Length / whole.Name.Length, $"all words of '{part.Text}' stand in '{whole.Text}'");
    }

    private NameMatch Spelled(NameForm a, NameForm b)
    {
        var alike = Math.Max(likeness(a.Name, b.Name), likeness(a.Sorted, b.Sorted));
        return new(Math.Min(alike, MostOfSpelling), FormattableString.Invariant($"spelled alike ({alike} of 100)"));
    }

    private static string DomainOf(string mail) => mail[(mail.IndexOf('@', StringComparison.Ordinal) + 1)..];

    private static NameMatch Better(NameMatch a, NameMatch b) => b.Score > a.Score ? b : a;
}
