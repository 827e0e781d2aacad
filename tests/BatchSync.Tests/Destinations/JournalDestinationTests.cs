using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Destinations;
using BatchSync.Destinations.Journal;
using BatchSync.Http;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Destinations;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class JournalDestinationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("batchsync-journal-").FullName;

    private string File => Path.Combine(_folder, "books.ledger");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Create_InvoiceWithTax_WritesTheWholeFile()
    {
        await CreateAsync(asDraft: true, SomeDocument.Of(client: "Acme: East", nets: [22500, -100], taxes: [1631, -7]));
        Assert.That(await TextAsync(), Is.EqualTo("""
            ; Written by BatchSync (journal format 1). Do not edit: include this file from your own ledger.

            commodity USD
                format 1000.00 USD
            tag ref
            tag client
            tag type
            tag due
            tag net
            tag tax
            tag total
            tag rate
            tag text
            account Assets:Receivable:Acme%3A East
            account Income:4000
            account Liabilities:Tax:CA-SALES:state

            2026-10-31 ! (HMZVQRMDNGRLUFLJROH2PSHQE2) Acme Corp
                ; ref: HMZVQRMDNGRLUFLJROH2PSHQE2
                ; client: Acme: East
                ; type: invoice
                ; due: 2026-11-30
                ; net: 224.00 USD
                ; tax: 16.24 USD
                ; total: 240.24 USD
                Assets:Receivable:Acme%3A East                      240.24 USD
                ; ref: HMZVQRMDNGRLUFLJROH2PSHQE2
                Income:4000                                        -225.00 USD
                ; ref: HMZVQRMDNGRLUFLJROH2PSHQE2
                ; text: Acme Web - Development (1 x 225)
                Income:4000                                           1.00 USD
                ; ref: HMZVQRMDNGRLUFLJROH2PSHQE2
                ; text: Acme Web - Development (-1 x 1)
                Liabilities:Tax:CA-SALES:state                      -16.24 USD
                ; ref: HMZVQRMDNGRLUFLJROH2PSHQE2
                ; rate: 0.0725

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task Create_CreditNoteInYen_PostsTheMirrorWithoutDecimals()
    {
        await CreateAsync(asDraft: false, SomeDocument.Of(type: DocumentType.CreditNote, currency: "JPY", nets: [1500], taxes: [150]));
        var text = await TextAsync();
        Assert.That(text, Does.Contain("\ncommodity JPY\ntag ref\n").And.Contain("; type: credit-note\n").And.Contain("; total: 1650 JPY\n"));
        Assert.That(text, Does.Match(@"2026-10-31 \* \(").And.Match("Assets:Receivable:58 +-1650 JPY\n").And.Match("Income:4000 +1500 JPY\n").And.Match("Tax:CA-SALES:state +150 JPY\n"));
    }

    [Test]
    public async Task LookUp_WhatWasCreated_IsReadBack()
    {
        var invoice = SomeDocument.Of(client: "a, b%; [x]", nets: [22500, -100], taxes: [1631, -7]);
        var credit = SomeDocument.Of(client: "77", type: DocumentType.CreditNote, currency: "KWD", nets: [1234]);
        await CreateAsync(asDraft: true, invoice);
        await CreateAsync(asDraft: false, credit);
        var found = await Books().LookUpAsync([credit.Reference, "NOTHERE", invoice.Reference], default);
        Assert.That(found, Is.EquivalentTo(new[]
        {
            new DestinationDocument(invoice.Reference, invoice.Reference, "a, b%; [x]", DocumentType.Invoice, invoice.Net, invoice.Tax, invoice.Total, DocumentStanding.Draft),
            new DestinationDocument(credit.Reference, credit.Reference, "77", DocumentType.CreditNote, credit.Net, credit.Tax, credit.Total, DocumentStanding.Final),
        }));
    }

    [Test]
    public async Task Create_AnyOrderAndAnyBatches_GivesTheSameBytes()
    {
        var documents = Enumerable.Range(1, 12).Select(i => SomeDocument.Of(client: $"C{i % 5}", revision: i, date: $"2026-{(i % 3) + 8:D2}-15", currency: i % 2 == 0 ? "EUR" : "USD")).ToList();
        await CreateAsync(asDraft: false, [.. documents]);
        var once = await System.IO.File.ReadAllBytesAsync(File);
        System.IO.File.Delete(File);
        foreach (var part in Enumerable.Reverse(documents).Chunk(5)) await CreateAsync(asDraft: false, part);
        Assert.That(await System.IO.File.ReadAllBytesAsync(File), Is.EqualTo(once));
    }

    [Test]
    public async Task Create_SameContentAgain_IsAlreadyPostedAndWritesNothing()
    {
        var document = SomeDocument.Of();
        await CreateAsync(asDraft: true, document);
        var before = await TextAsync();
        var answer = await CreateAsync(asDraft: false, document, document);
        Assert.That(answer.Outcomes, Is.EqualTo(new[] { new PostingOutcome.AlreadyPosted(document.Reference, document.Reference), new PostingOutcome.AlreadyPosted(document.Reference, document.Reference) }));
        Assert.That(await TextAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task Create_SameReferenceOtherContent_IsRejectedWithBothTotals()
    {
        await CreateAsync(asDraft: true, SomeDocument.Of(nets: [22500]));
        var before = await TextAsync();
        var answer = await CreateAsync(asDraft: true, SomeDocument.Of(nets: [22501]));
        var rejected = (PostingOutcome.Rejected)answer.Outcomes.Single();
        Assert.That(rejected.Code, Is.EqualTo("reference-taken"));
        Assert.That(rejected.Message, Does.Contain("225.00 USD").And.Contain("225.01 USD").And.Contain("first difference"));
        Assert.That(await TextAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task Create_SameReferenceWithFewerLines_IsRejected()
    {
        await CreateAsync(asDraft: true, SomeDocument.Of(nets: [100, 0]));
        var answer = await CreateAsync(asDraft: true, SomeDocument.Of(nets: [100]));
        Assert.That(((PostingOutcome.Rejected)answer.Outcomes.Single()).Message, Does.Contain("no more lines"));
    }

    [Test]
    public async Task Create_ClientWithoutDestinationId_IsRejectedAloneAndSaysWhatToDo()
    {
        var good = SomeDocument.Of(client: "58");
        var answer = await CreateAsync(asDraft: true, SomeDocument.Of(client: ""), good);
        Assert.That(answer.Outcomes.OfType<PostingOutcome.Rejected>().Single().Message, Does.Contain("clients[].destination"));
        Assert.That(answer.Outcomes.OfType<PostingOutcome.Posted>().Single().Reference, Is.EqualTo(good.Reference));
    }

    [Test]
    public async Task Finalize_Drafts_ClearsThemAndRepeatingDoesNoHarm()
    {
        var (draft, other) = (SomeDocument.Of(client: "A"), SomeDocument.Of(client: "B"));
        await CreateAsync(asDraft: true, draft, other);
        var items = new[] { (draft.Reference, draft.Reference), ("GONE", "GONE") };
        var first = await Books().FinalizeAsync(new FinalizeBatch("k", items), default);
        var second = await Books().FinalizeAsync(new FinalizeBatch("k", items), default);
        Assert.That(first.Outcomes[0], Is.EqualTo(new PostingOutcome.Posted(draft.Reference, draft.Reference)));
        Assert.That(first.Outcomes[1], Is.TypeOf<PostingOutcome.Rejected>().With.Property("Code").EqualTo("not-found"));
        Assert.That(second.Outcomes[0], Is.EqualTo(new PostingOutcome.AlreadyPosted(draft.Reference, draft.Reference)));
        var found = await Books().LookUpAsync([draft.Reference, other.Reference], default);
        Assert.That(found.ToDictionary(d => d.Reference, d => d.IsDraft), Is.EqualTo(new Dictionary<string, bool> { [draft.Reference] = false, [other.Reference] = true }));
    }

    [Test]
    public async Task Withdraw_DraftsAndOthers_RemovesDraftsOnlyAndRepeatingDoesNoHarm()
    {
        var (draft, final, other) = (SomeDocument.Of(client: "A"), SomeDocument.Of(client: "B"), SomeDocument.Of(client: "C"));
        await CreateAsync(asDraft: true, draft, other);
        await CreateAsync(asDraft: false, final);
        var items = new[] { (draft.Reference, draft.Reference), (final.Reference, final.Reference), ("GONE", "GONE") };
        var first = await Books().WithdrawAsync(new FinalizeBatch("k", items), default);
        var before = await TextAsync();
        var second = await Books().WithdrawAsync(new FinalizeBatch("k", items), default);
        Assert.That(first.Outcomes.Select(Destinations.Books.Shown), Is.EqualTo(new[] { "Posted " + draft.Reference, "Rejected not-a-draft", "AlreadyPosted GONE" }));
        Assert.That(second.Outcomes.Select(Destinations.Books.Shown), Is.EqualTo(new[] { "AlreadyPosted " + draft.Reference, "Rejected not-a-draft", "AlreadyPosted GONE" }));
        Assert.That((await Books().LookUpAsync([draft.Reference, final.Reference, other.Reference], default)).Select(d => d.Reference), Is.EquivalentTo(new[] { final.Reference, other.Reference }));
        Assert.That(await TextAsync(), Is.EqualTo(before).And.Contains("account Assets:Receivable:A\n"), "what was declared stays declared");
        Assert.That(Books().Traits.DeletesDrafts, Is.True);
    }

    [Test]
    public async Task Create_WithholdingAndRetainer_ArePostingsOfTheirAccountsAndReadBackAsOurs()
    {
        var books = new JournalDestination(Definition with { Withholding = "Assets:Withholding", Retainer = "Liabilities:Retainers" }, File, TimeProvider.System);
        var invoice = WithDeductions(SomeDocument.Of(nets: [100_00], taxes: [7_25]));
        var credit = WithDeductions(SomeDocument.Of(nets: [100_00], taxes: [7_25], type: DocumentType.CreditNote, revision: 2)) with { Corrects = invoice.Reference };
        await books.CreateAsync(new CreateBatch("k", [invoice, credit], AsDraft: false), default);
        var text = await TextAsync();
        Assert.That(text, Does.Match(@"Receivable:58 +57.25 USD\n    ; ref: \w+\n    Assets:Withholding:58 +20.00 USD\n    ; ref: \w+\n    ; deduction: withholding\n    Liabilities:Retainers:58 +30.00 USD\n"));
        Assert.That(text, Does.Match("Receivable:58 +-57.25 USD").And.Match("Withholding:58 +-20.00 USD").And.Match("Retainers:58 +-30.00 USD"));
        Assert.That(text, Does.Contain($"    ; corrects: {invoice.Reference}\n").And.Contain("tag corrects\ntag deduction\n"));
        var found = await books.LookUpAsync([invoice.Reference, credit.Reference], default);
        Assert.That(found.Select(d => (d.Type, d.Net, d.Tax, d.Total)), Is.EquivalentTo(new[] { (invoice.Type, invoice.Net, invoice.Tax, invoice.Total), (credit.Type, credit.Net, credit.Tax, credit.Total) }));
        foreach (var (document, hit) in new[] { invoice, credit }.Select(d => (d, found.Single(f => f.Reference == d.Reference))))
            Assert.That(DocumentComparison.Differences(ExpectedDocument.Of(document).PostedBy(books.Traits.Deductions), [hit]), Is.Empty);
    }

    [Test]
    public async Task Create_DeductionsWithoutAccounts_StayInTheReceivable()
    {
        await CreateAsync(asDraft: true, WithDeductions(SomeDocument.Of(nets: [100_00])));
        Assert.That(await TextAsync(), Does.Match("Receivable:58 +100.00 USD").And.Not.Contain("deduction"));
    }

    // A person deducts by hand what BatchSync would not write: the file is refused, not misread.
    [Test]
    public async Task LookUp_DeductionThatWasChanged_IsForeign()
    {
        var books = new JournalDestination(Definition with { Withholding = "Assets:Withholding" }, File, TimeProvider.System);
        await books.CreateAsync(new CreateBatch("k", [WithDeductions(SomeDocument.Of(nets: [100_00]))], AsDraft: false), default);
        await System.IO.File.WriteAllTextAsync(File, (await TextAsync()).Replace("20.00 USD", "21.00 USD", StringComparison.Ordinal));
        Assert.That(() => books.LookUpAsync(["A"], default), Throws.TypeOf<OutsideException>());
    }

    [Test]
    public async Task Create_CreditWithAnAdjustmentLine_RendersItLikeAnyLine()
    {
        var credit = SomeDocument.Of(nets: [100_00, -40_00], taxes: [7_25, -2_90], type: DocumentType.CreditNote, description: "Adjustment: 2 h instead of 3 h");
        await CreateAsync(asDraft: false, credit with { Lines = [credit.Lines[0], credit.Lines[1] with { Type = "adjustment" }] });
        Assert.That(await TextAsync(), Does.Match("Receivable:58 +-64.35 USD").And.Match(@"Income:4000 +-40.00 USD\n    ; ref: \w+\n    ; text: Adjustment: 2 h instead of 3 h \(-1 x 40\)\n").And.Match("state +4.35 USD"));
        Assert.That((await Books().LookUpAsync([credit.Reference], default)).Single().Total, Is.EqualTo(credit.Total));
    }

    [Test]
    public async Task Create_ForeignDocumentWithPrices_LedgersValueItAtItsRate()
    {
        var books = new JournalDestination(Definition with { Withholding = "Assets:Withholding", Retainer = "Liabilities:Retainers", Prices = true }, File, TimeProvider.System);
        var (eur, usd) = (Currency.Of("EUR"), Currency.Of("USD"));
        var rate = Some.FxRate(eur, usd, new Rational(25, 22));
        var foreign = WithDeductions(SomeDocument.Of(client: "61", currency: "EUR", nets: [83_33, 33_34], taxes: [6_04, 2_42])) with { Valuation = new Valuation(rate, Money.OfMinorUnits(142_19, usd), Money.Zero(usd)) };
        var own = SomeDocument.Of(client: "58", nets: [225_00]);
        await books.CreateAsync(new CreateBatch("k", [foreign, own], AsDraft: false), default);
        Assert.That(await TextAsync(), Does.Match("Receivable:61 +75.13 EUR @ 1.1363636364 USD\n").And.Match("Income:4000 +-33.34 EUR @ 1.1363636364 USD\n").And.Match("Receivable:58 +225.00 USD\n"));
        var found = await books.LookUpAsync([foreign.Reference], default);
        Assert.That(found.Single().Total, Is.EqualTo(foreign.Total));
        Assert.That((await books.CreateAsync(new CreateBatch("k", [foreign], AsDraft: false), default)).Outcomes.Single(), Is.TypeOf<PostingOutcome.AlreadyPosted>(), "what was read back is what would be written");
        Assert.That(await Requires.RunAsync("hledger", "-f", File, "check", "--strict"), Is.EqualTo((0, "", "")));
        var hledger = await Requires.RunAsync("hledger", "-f", File, "bal", "-B", "Assets", "-N", "--flat", "-O", "csv");
        Assert.That(hledger.Output.ReplaceLineEndings("\n"), Does.Contain("\"Assets:Receivable:61\",\"85.38 USD\"").And.Contain("\"Assets:Withholding:61\",\"22.73 USD\""));
        var ledger = await Requires.RunAsync("ledger", "--args-only", "--pedantic", "-f", File, "bal", "-B");
        Assert.That((ledger.Exit, ledger.Errors), Is.EqualTo((0, "")));
        Assert.That(ledger.Output, Does.Contain("85.38 USD").And.EndsWith("                   0\n"));
    }

    private static Document WithDeductions(Document document) =>
        document with { Withholding = Money.OfMinorUnits(20_00, document.Currency), Retainer = Money.OfMinorUnits(30_00, document.Currency) };

    [TestCase("commodity USD", "commodity XQQ", 3)]
    [TestCase("    format 1000.00 USD", "    format 1000.000 USD", 4)]
    [TestCase("tag ref", "tag mine", 5)]
    [TestCase("account Income:4000", "account Income:4000  ; mine", 15)]
    [TestCase("account Income:4000", "include other.ledger", 15)]
    [TestCase("    ; total: 225.00 USD", "    ; total: 225.00 USD\n    ; my note", 25)]
    [TestCase("    ; total: 225.00 USD", "    ; total: 225.01 USD", 24)]
    [TestCase("    ; due: 2026-11-30\n", "", 17)]
    [TestCase(" ! (", " ? (", 17)]
    [TestCase("    ; type: invoice", "    ; type: bill", 20)]
    [TestCase("Acme Corp\n", "Acme Corp  \n    ; a\n", 18)]
    [TestCase("-225.00 USD", "-225.0 USD", 22)]
    [TestCase("-225.00 USD", "-225.00 USD = 1", 17)]
    [TestCase("-225.00 USD", "-225.00 EUR", 17)]
    [TestCase("; Written by BatchSync (journal format 1)", "; Mine", 1)]
    public async Task Create_ForeignLine_IsNamedAndNothingIsWritten(string ours, string theirs, int line)
    {
        await CreateAsync(asDraft: true, SomeDocument.Of());
        var text = await TextAsync();
        var changed = text.Replace(ours, theirs, StringComparison.Ordinal);
        Assert.That(changed, Is.Not.EqualTo(text), "the row changes nothing");
        await System.IO.File.WriteAllTextAsync(File, changed);
        Assert.That(
            () => CreateAsync(asDraft: true, SomeDocument.Of(client: "other")),
            Throws.TypeOf<OutsideException>().With.Property("Fault").EqualTo(OutsideFault.Permanent)
                .And.Message.Contains($"books.ledger:{line}: ").And.Message.Contains("includes this one"));
        Assert.That(await TextAsync(), Is.EqualTo(changed));
    }

    [Test]
    public async Task Probe_NameOfTheFile_IsTheTenantWhereverTheFolderStands()
    {
        var tenant = await Books().ProbeAsync(default);
        Assert.That(tenant, Is.EqualTo(new DestinationTenant("journal:books.ledger", "file")));
    }

    [Test]
    public void Probe_NoSuchFolder_SaysSo()
    {
        var books = new JournalDestination(Definition, Path.Combine(_folder, "no", "books.ledger"), TimeProvider.System);
        Assert.That(() => books.ProbeAsync(default), Throws.TypeOf<OutsideException>().With.Message.Contains("no such folder"));
    }

    [Test]
    public async Task Probe_NotUtf8_SaysSo()
    {
        await System.IO.File.WriteAllBytesAsync(File, [0x3b, 0xff, 0xfe]);
        Assert.That(() => Books().ProbeAsync(default), Throws.TypeOf<OutsideException>().With.Message.Contains("not UTF-8"));
    }

    [Test]
    public async Task Create_EmptyFileOrWindowsLineEnds_AreTakenOver()
    {
        await System.IO.File.WriteAllTextAsync(File, "");
        await CreateAsync(asDraft: true, SomeDocument.Of(client: "A"));
        await System.IO.File.WriteAllTextAsync(File, (await TextAsync()).ReplaceLineEndings("\r\n"));
        await CreateAsync(asDraft: true, SomeDocument.Of(client: "B"));
        Assert.That(await TextAsync(), Does.Not.Contain('\r').And.Contain("; client: A\n").And.Contain("; client: B\n"));
    }

    [Test]
    public async Task LookUp_TransactionPastedTwice_ShowsBoth()
    {
        var document = SomeDocument.Of();
        await CreateAsync(asDraft: true, document);
        var text = await TextAsync();
        await System.IO.File.WriteAllTextAsync(File, text + "\n" + text[text.IndexOf("2026-10-31", StringComparison.Ordinal)..]);
        Assert.That(await Books().LookUpAsync([document.Reference], default), Has.Count.EqualTo(2));
        var answer = await Books().FinalizeAsync(new FinalizeBatch("k", [(document.Reference, document.Reference)]), default);
        Assert.That(answer.Outcomes.Single(), Is.TypeOf<PostingOutcome.Rejected>().With.Property("Code").EqualTo("duplicate-reference"));
    }

    [Test]
    public async Task LookUp_AmountsEditedThroughout_ReadsWhatThePostingsSay()
    {
        var document = SomeDocument.Of(nets: [22500]);
        await CreateAsync(asDraft: true, document);
        await System.IO.File.WriteAllTextAsync(File, (await TextAsync()).Replace("225.00", "999.00", StringComparison.Ordinal));
        Assert.That((await Books().LookUpAsync([document.Reference], default)).Single().Total.ToString(), Is.EqualTo("999.00 USD"));
    }

    [Test]
    public async Task Create_TransactionRemovedByHand_LeavesTheRestAndTheDeclarations()
    {
        await CreateAsync(asDraft: true, SomeDocument.Of(client: "A", currency: "EUR"));
        var text = await TextAsync();
        await System.IO.File.WriteAllTextAsync(File, text[..text.IndexOf("2026-10-31", StringComparison.Ordinal)]);
        await CreateAsync(asDraft: true, SomeDocument.Of(client: "B"));
        Assert.That(await TextAsync(), Does.Contain("account Assets:Receivable:A\n").And.Contain("commodity EUR\n").And.Not.Contain("; client: A\n"));
    }

    [Test]
    public async Task Create_SeveralWritersAtOnce_LoseNothing()
    {
        var documents = Enumerable.Range(1, 24).Select(i => SomeDocument.Of(client: $"C{i}")).ToList();
        await Task.WhenAll(documents.Select(d => Task.Run(() => CreateAsync(asDraft: true, d))));
        var found = await Books().LookUpAsync([.. documents.Select(d => d.Reference)], default);
        Assert.That(found.Select(d => d.Reference), Is.EquivalentTo(documents.Select(d => d.Reference)));
    }

    [Test]
    public async Task Create_LockHeldAllTheTime_IsNotTaken()
    {
        using var held = new FileStream(File + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        var time = new ManualTime();
        var books = new JournalDestination(Definition, File, time);
        var document = SomeDocument.Of();
        var answer = await time.RunAsync(books.CreateAsync(new CreateBatch("k", [document], AsDraft: true), default), TimeSpan.FromMinutes(1));
        Assert.That(answer.Outcomes.Single(), Is.TypeOf<PostingOutcome.NotTaken>().With.Property("Why").Contains("books.ledger.lock"));
        Assert.That(System.IO.File.Exists(File), Is.False);
    }

    [Test]
    public async Task Create_LeftoverOfACrash_IsOverwritten()
    {
        await System.IO.File.WriteAllTextAsync(File + ".new", "half a fi");
        await CreateAsync(asDraft: true, SomeDocument.Of());
        Assert.That(System.IO.File.Exists(File + ".new"), Is.False);
        Assert.That(await TextAsync(), Does.StartWith(JournalBook.Header));
    }

    [Test]
    public async Task Create_CannotWrite_LeavesTheFileAsItWas()
    {
        await CreateAsync(asDraft: true, SomeDocument.Of(client: "A"));
        var before = await TextAsync();
        Directory.CreateDirectory(File + ".new");
        Assert.That(
            () => CreateAsync(asDraft: true, SomeDocument.Of(client: "B")),
            Throws.TypeOf<OutsideException>().With.Property("Fault").EqualTo(OutsideFault.Permanent).And.Message.Contains("left as it was"));
        Assert.That(await TextAsync(), Is.EqualTo(before));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Links and file modes are those of Unix.")]
    public async Task Create_ThroughALink_ReplacesItsTargetAndKeepsItsMode()
    {
        if (OperatingSystem.IsWindows()) return;
        var target = Path.Combine(_folder, "real.ledger");
        await System.IO.File.WriteAllTextAsync(target, "");
        System.IO.File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        System.IO.File.CreateSymbolicLink(File, target);
        await CreateAsync(asDraft: true, SomeDocument.Of());
        Assert.That(System.IO.File.ResolveLinkTarget(File, returnFinalTarget: true)!.FullName, Is.EqualTo(target));
        Assert.That(await System.IO.File.ReadAllTextAsync(target), Does.StartWith(JournalBook.Header));
        Assert.That(System.IO.File.GetUnixFileMode(target), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead));
    }

    [Test]
    public async Task Create_LongTexts_AreCutInTheAttempt()
    {
        var answer = await CreateAsync(asDraft: true, SomeDocument.Of(description: new string('é', 40_000)));
        Assert.That(System.Text.Encoding.UTF8.GetByteCount(answer.Request), Is.LessThanOrEqualTo(AttemptText.LongestBytes).And.GreaterThan(AttemptText.LongestBytes - 100));
        Assert.That(answer.Request, Does.EndWith("kept]"));
    }

    [Test]
    public async Task Create_HostileNames_LedgersReadEveryClientApartAndToTheLastDigit()
    {
        string[] names =
        [
            "Acme", "Acme ", " Acme", "Acme  ", "A cme", "A  cme", "Acme;x", "Acme ; x", "Acme:x", "Acme|x", "Acme\nx", "Acme\tx", "*Acme", "!Acme", "(Acme)", "[Acme]", "{Acme}", "<Acme>",
            "=Acme", "~Acme", "@Acme", "#Acme", "\"Acme\"", "'Acme'", "Acme @ 5 USD", "Acme = 5", "2026-10-01", "12.50 USD", "-5", "100%", "%25", "Müller", "日本 株式会社", "👩‍💻", "Acme\u00a0x",
            "Acme\u2028x", "Acme, date: x", "[2026-13-45]", "account", "; comment", "Acme\\n", "$", "\u202eAcme", "a:b:c", ":", "::", ",", "A%3Ax", "end", "!include x", "Acme (58)",
        ];
        var documents = names.SelectMany((name, i) => new[]
        {
            SomeDocument.Of(client: name, name: name, nets: [i + 1, 0], taxes: [1, 0], description: name, account: name),
            SomeDocument.Of(client: name, name: name, nets: [(i * 1000) + 1], currency: "KWD", type: DocumentType.CreditNote),
            SomeDocument.Of(client: name, name: name, nets: [(i * 7) + 3], currency: "JPY"),
        }).ToList();
        var answer = await CreateAsync(asDraft: true, [.. documents]);
        Assert.That(answer.Outcomes, Has.All.TypeOf<PostingOutcome.Posted>());
        var found = await Books().LookUpAsync([.. documents.Select(d => d.Reference)], default);
        Assert.That(found.Select(d => (d.Reference, d.Client, d.Total)), Is.EquivalentTo(documents.Select(d => (d.Reference, d.DestinationClient, d.Total))));
        var expected = documents.Select(d => $"{(d.Type == DocumentType.Invoice ? d.Total : -d.Total)}").Order(StringComparer.Ordinal);
        Assert.That(await HledgerReceivablesAsync(), Is.EqualTo(expected));
        Assert.That(await LedgerReceivablesAsync(), Is.EqualTo(expected));
    }

    private async Task<IEnumerable<string>> HledgerReceivablesAsync()
    {
        var check = await Requires.RunAsync("hledger", "-f", File, "check", "--strict");
        Assert.That(check, Is.EqualTo((0, "", "")));
        var (exit, output, errors) = await Requires.RunAsync("hledger", "-f", File, "bal", "Assets:Receivable", "-O", "csv", "--layout=bare", "-N", "--flat");
        Assert.That((exit, errors), Is.EqualTo((0, "")));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(row => row.Trim('"').Split("\",\"")).Select(cells => $"{cells[^1]} {cells[^2]}").Order(StringComparer.Ordinal);
    }

    private async Task<IEnumerable<string>> LedgerReceivablesAsync()
    {
        var all = await Requires.RunAsync("ledger", "--args-only", "--pedantic", "-f", File, "bal");
        Assert.That((all.Exit, all.Errors), Is.EqualTo((0, "")));
        Assert.That(all.Output.TrimEnd(), Does.EndWith("--------------------\n                   0"), "the books do not balance");
        var (exit, output, errors) = await Requires.RunAsync("ledger", "--args-only", "-f", File, "reg", "^Assets:Receivable", "--format", "%(amount)\n");
        Assert.That((exit, errors), Is.EqualTo((0, "")));
        var (_, accounts, _) = await Requires.RunAsync("ledger", "--args-only", "-f", File, "accounts", "^Assets:Receivable");
        Assert.That(accounts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count() * 3, Is.EqualTo(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length), "clients merged");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
    }

    private static readonly JournalDefinition Definition = new(new ValueReference("books.ledger"), "Assets:Receivable", "Income", "Liabilities:Tax");

    private JournalDestination Books() => new(Definition, File, TimeProvider.System);

    private Task<DestinationAnswer> CreateAsync(bool asDraft, params Document[] documents) =>
        Books().CreateAsync(new CreateBatch("k", documents, asDraft), default);

    private Task<string> TextAsync() => System.IO.File.ReadAllTextAsync(File);
}
