using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Tax;

namespace BatchSync.Core.Billing;

/// <summary>A record that a posted document already holds, with what was billed of it: it takes part in sums of time, never again in money.</summary>
public sealed record PostedTime(AssessedRecord Record, long BilledSeconds);

/// <summary>What a document is made from besides its records.</summary>
/// <param name="Identity">Decided by the store's posting ledger.</param>
/// <param name="Reference">Made from the identity.</param>
/// <param name="Date">The document date.</param>
/// <param name="QuantityDecimals">What the destination stores of a quantity; the mapping's own limit applies as well.</param>
public sealed record DocumentFrame(DocumentIdentity Identity, string Reference, DateOnly Date, int QuantityDecimals)
{
    /// <summary>From the document's currency to its entity's base currency on the document date; null: the document is not valued.</summary>
    public FxRate? Rate { get; init; }

    /// <summary>What the client's retainer holds before this document, and before those formed together with it; null: there is none.</summary>
    public Money? RetainerBalance { get; init; }

    /// <summary>What earlier documents of the key took of a fixed discount; null: nothing.</summary>
    public Money? DiscountTaken { get; init; }

    /// <summary>By project, what documents of the entity hold already of its cap in the period; null: caps do not apply (posted records are only judged).</summary>
    public IReadOnlyDictionary<string, Money>? CapUsed { get; init; }
}

/// <summary>What came of a key's records.</summary>
/// <param name="Document">Null where a cap leaves nothing of them.</param>
/// <param name="HeldByCap">Records that a cap leaves out: <c>held: cap</c>.</param>
public sealed record BuiltDocument(Document? Document, IReadOnlyList<AssessedRecord> HeldByCap);

/// <summary>What one document is formed from.</summary>
/// <param name="Frame">Identity and dates.</param>
/// <param name="Records">At least one; all of the frame's key and with a pricing. Time entries have ids of their own among all that are formed together.</param>
/// <param name="Posted">Time of the same key that earlier documents hold; empty for an original.</param>
public sealed record DocumentRequest(DocumentFrame Frame, IReadOnlyList<AssessedRecord> Records, IReadOnlyList<PostedTime> Posted);

/// <summary>
/// Forms documents from their records: billed time, line net, discounts, tax, totals, base currency, and each record's share (money rules,
/// sections 2 and 4 to 8). Pure, and neither the order of the records nor that of the documents matters.
/// </summary>
public sealed class DocumentBuilder(MappingRules mapping)
{
    private readonly FactFinder _facts = new(mapping);

    /// <summary>
    /// Whether one document may reach into another of its client: time is rounded over a day that two documents share, or a cap spans documents.
    /// Then all documents of a client are formed together, else each may be formed alone.
    /// </summary>
    public bool FormsTogether => mapping.Time.Scope == Time.RoundingScope.Day || mapping.Caps.Count > 0;

    /// <summary>The document of the records given, formed alone.</summary>
    /// <param name="frame">Identity and dates.</param>
    /// <param name="records">At least one; all of the frame's key and with a pricing.</param>
    /// <param name="posted">Time of the same key that earlier documents hold; empty for an original.</param>
    public BuiltDocument Build(DocumentFrame frame, IReadOnlyList<AssessedRecord> records, IReadOnlyList<PostedTime> posted) =>
        Build([new DocumentRequest(frame, records, posted)])[0];

    /// <summary>The documents of several keys, formed together: days and caps reach across them, and retainers are drawn in the order of the keys.</summary>
    /// <returns>In the order of the requests.</returns>
    public IReadOnlyList<BuiltDocument> Build(IReadOnlyList<DocumentRequest> requests)
    {
        foreach (var request in requests) Check(request);
        var sheet = new LineSheet(mapping, requests);
        var held = HeldByCaps(sheet, requests);
        var documents = sheet.Without(held).Select((drafted, i) => drafted.Lines.Count == 0 ? null : DocumentOf(requests[i].Frame, drafted)).ToArray();
        DrawRetainers(requests, documents);
        return [.. documents.Select((document, i) => new BuiltDocument(document, [.. requests[i].Records.Where(r => IsTime(r) && held.Contains(r.Record.Id))]))];
    }

    private static void Check(DocumentRequest request)
    {
        Invariant.Holds(request.Records.Count > 0, "A document has records.");
        Invariant.Holds(request.Records.All(r => r.Assessment.Key == request.Frame.Identity.Key && r.Assessment.Pricing is not null), "All records of a document have its key and a price.");
    }

    // What one cap leaves out can change what another one counts (a discount is spread anew), so they are asked again until all fit.
    private HashSet<string> HeldByCaps(LineSheet sheet, IReadOnlyList<DocumentRequest> requests)
    {
        var held = new HashSet<string>(StringComparer.Ordinal);
        var caps = mapping.Caps.SelectMany(cap => CapInUse.Of(cap, requests)).ToList();
        for (var found = caps.Count; found > 0;)
        {
            found = caps.Sum(cap =>
            {
                var more = Cap.LeftOut(cap.Entries.Where(e => !held.Contains(e.RecordId)), cap.Limit, without => cap.NetOf(sheet.Without(held.Concat(without).ToHashSet(StringComparer.Ordinal)), mapping.Money));
                held.UnionWith(more);
                return more.Count;
            });
        }

        return held;
    }

    private Document DocumentOf(DocumentFrame frame, DraftedDocument drafted)
    {
        var key = frame.Identity.Key;
        var taxed = drafted.Taxed(mapping.Money, key.Currency);
        var sign = new Sign(taxed.Total.Sign < 0);
        var client = _facts.Client(key.Client)!;
        var document = new Document
        {
            Identity = frame.Identity,
            Reference = frame.Reference,
            Type = sign.IsCredit ? DocumentType.CreditNote : DocumentType.Invoice,
            Date = frame.Date,
            Due = frame.Date.AddDays(client.TermsDays ?? mapping.Defaults.TermsDays),
            DestinationClient = client.DestinationId,
            ClientName = client.Name.Length > 0 ? client.Name : client.Code,
            Lines = [.. drafted.Lines.Select((line, i) => Printed(frame, line, drafted.Discounts.Lines[i], taxed.Lines[i], sign) with { Number = i + 1 })],
            Taxes = [.. taxed.Taxes.Select(t => t with { Amount = sign.Of(t.Amount) })],
            Net = sign.Of(taxed.Net),
            Tax = sign.Of(taxed.Tax),
            Total = sign.Of(taxed.Total),
            Withholding = client.Withholding is { } rate ? TaxCalculation.Withholding(sign.Of(taxed.Net), rate, mapping.Money.Mode) : Money.Zero(key.Currency),
            Retainer = Money.Zero(key.Currency),
            DiscountCut = drafted.Discounts.Cut,
            MappingHash = mapping.ContentHash,
        };
        return frame.Rate is { } exchange && exchange.From != exchange.To ? Valued(document, exchange) : document;
    }

    private Document Valued(Document document, FxRate rate)
    {
        var valued = FxConversion.Value([.. document.Lines.Select(l => new FxLine(l.Net, [.. l.Taxes.Select(t => t.Amount)]))], rate, mapping.Money.Mode);
        return document with
        {
            Valuation = new Valuation(rate, valued.Total, valued.RoundingDifference),
            Lines = [.. document.Lines.Zip(valued.Lines, (line, amounts) => line with { BaseNet = amounts.Net, BaseTaxes = amounts.Taxes })],
        };
    }

    // Every frame tells what was there before all of these documents; those of one client and currency use it up in the order of their keys.
    private static void DrawRetainers(IReadOnlyList<DocumentRequest> requests, Document?[] documents)
    {
        var drawn = new Dictionary<(string Client, Currency Currency), Money>();
        foreach (var i in Enumerable.Range(0, documents.Length).Where(i => documents[i] is not null).OrderBy(i => requests[i].Frame.Identity.Key))
        {
            var (document, key) = (documents[i]!, requests[i].Frame.Identity.Key);
            if (requests[i].Frame.RetainerBalance is not { } balance || document.Type == DocumentType.CreditNote) continue;
            var before = drawn.GetValueOrDefault((key.Client, key.Currency), Money.Zero(key.Currency));
            var draw = Retainer.Draw(balance - before, document.Total, document.Withholding);
            drawn[(key.Client, key.Currency)] = before + draw;
            documents[i] = document with { Retainer = draw };
        }
    }

    private DocumentLine Printed(DocumentFrame frame, LineDraft draft, DiscountedLine discounted, TaxedLine taxed, Sign sign) => new()
    {
        Number = 0,
        Type = draft.Identity.Type,
        Group = draft.Identity.Group,
        Description = Description(frame, draft),
        Account = draft.Identity.Account,
        Item = draft.Identity.Item,
        TaxCode = draft.Pricing.TaxCode,
        BilledSeconds = draft.Parts.Sum(p => p.BilledSeconds),
        ChargedSeconds = draft.Identity.Type == RecordFacts.Time ? draft.Parts.Aggregate(Rational.Zero, (sum, p) => sum + p.Weight) : Rational.Zero,
        Quantity = sign.IsCredit ? -draft.Amount.Quantity : draft.Amount.Quantity,
        UnitPrice = draft.Price,
        Amount = sign.Of(discounted.Amount),
        LineDiscount = sign.Of(discounted.LineDiscount),
        DocumentDiscount = sign.Of(discounted.DocumentDiscount),
        Dimensions = draft.Pricing.Dimensions,
        Net = sign.Of(taxed.Net),
        Taxes = [.. taxed.Taxes.Select(t => t with { Amount = sign.Of(t.Amount) })],
        Variance = sign.IsCredit ? -draft.Amount.Variance : draft.Amount.Variance,
        Shares = Shares(draft, discounted, taxed, sign),
    };

    private List<RecordShare> Shares(LineDraft draft, DiscountedLine discounted, TaxedLine taxed, Sign sign)
    {
        var sharing = new SharedMoney(draft.Parts.ConvertAll(p => new RecordWeight(p.Record.Record.Seconds ?? 0, p.Weight)));
        var (discounts, ofDocument, nets) = (sharing.Of(discounted.LineDiscount + discounted.DocumentDiscount), sharing.Of(discounted.DocumentDiscount), sharing.Of(taxed.Net));
        var taxes = taxed.Taxes.Select(t => sharing.Of(t.Amount)).ToList();
        return [.. draft.Parts.Select((part, i) => new RecordShare(
            part.Record.Record.Stream,
            part.Record.Record.Id,
            part.Record.Version,
            part.BilledSeconds,
            sign.Of(discounts[i]),
            sign.Of(ofDocument[i]),
            sign.Of(nets[i]),
            [.. taxes.Select(t => sign.Of(t[i]))],
            RecordInputs.Hash(part.Record, mapping)))];
    }

    private string Description(DocumentFrame frame, LineDraft draft)
    {
        var texts = mapping.Lines.Description.Select(part => DescriptionPart(part, frame, draft)).Where(text => text.Length > 0);
        return string.Join(" - ", texts);
    }

    private string DescriptionPart(GroupKey part, DocumentFrame frame, LineDraft draft)
    {
        if (part == GroupKey.Period) return frame.Identity.Key.Period.ToString();
        if (part == GroupKey.Notes) return draft.Parts.Count == 1 ? draft.Parts[0].Record.Record.Notes : "";
        var values = draft.Parts.Select(p => LineIdentity.Part(part, p.Record.Assessment.Facts, p.Record.Assessment.Date!.Value)).Distinct().Take(2).ToList();
        return values.Count == 1 ? _facts.Title(part, values[0]) : "";
    }

    private static bool IsTime(AssessedRecord record) => record.Assessment.Facts.Type == RecordFacts.Time;

    /// <summary>On a credit note every amount turns its sign.</summary>
    private readonly record struct Sign(bool IsCredit)
    {
        public Money Of(Money amount) => IsCredit ? -amount : amount;
    }

    /// <summary>A cap in one period, over those of the documents that it counts.</summary>
    private sealed record CapInUse(ProjectCap Cap, Money Limit, IReadOnlyList<int> Documents, IReadOnlyList<CappedEntry> Entries)
    {
        /// <summary>One for every period in which the client has documents in the cap's currency to which caps apply.</summary>
        public static IEnumerable<CapInUse> Of(ProjectCap cap, IReadOnlyList<DocumentRequest> requests)
        {
            var nothing = Money.Zero(cap.Amount.Currency);
            var counted = Enumerable.Range(0, requests.Count).Where(i => IsFor(cap, requests[i].Frame)).GroupBy(i => requests[i].Frame.Identity.Key.Period);
            foreach (var ofPeriod in counted.OrderBy(g => g.Key.From))
            {
                var used = Money.Sum(ofPeriod.Select(i => requests[i].Frame).DistinctBy(f => f.Identity.Key.Entity).Select(f => f.CapUsed!.GetValueOrDefault(cap.Project, nothing)), nothing.Currency);
                var entries = ofPeriod.SelectMany(i => requests[i].Records).Where(r => IsTime(r) && r.Assessment.Facts.Project == cap.Project);
                yield return new CapInUse(cap, cap.Amount - used, [.. ofPeriod], [.. entries.Select(r => new CappedEntry(r.Record.Id, r.Assessment.Date!.Value))]);
            }
        }

        public Money NetOf(IReadOnlyList<DraftedDocument> drafted, MoneyRounding money) => Money.Sum(Documents.Select(i => drafted[i].NetOf(Cap.Project, money, Limit.Currency)), Limit.Currency);

        private static bool IsFor(ProjectCap cap, DocumentFrame frame)
        {
            var key = frame.Identity.Key;
            return frame.CapUsed is not null && key.Client == cap.Client && key.Currency == cap.Amount.Currency && (cap.Period is null || cap.Period == key.Period);
        }
    }
}
