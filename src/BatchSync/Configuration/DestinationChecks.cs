using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;

namespace BatchSync.Configuration;

/// <summary>What the parts of a REST destination say of each other: drafts, statuses, deductions, exchange rates and keys.</summary>
internal sealed class DestinationChecks(Section connector, Reading reading)
{
    public void Check()
    {
        CheckDrafts();
        CheckStatusField();
        CheckStatusValues();
        CheckDeduction(RestDestinationFields.Withholding);
        CheckDeduction(RestDestinationFields.Retainer);
        CheckRate();
        CheckKeyLength();
    }

    private bool HasDrafts =>
        connector.Find(RestDestinationFields.Create)?.Value.Has(RestDestinationFields.DraftField) == true || FieldOf("status") is not null;

    private void CheckDrafts()
    {
        if (HasDrafts || !connector.Has(RestDestinationFields.Create)) return;
        Without(RestDestinationFields.Withdraw, "deletes drafts");
        Without(RestDestinationFields.Finalize, "makes drafts final");

        void Without(FieldSpec call, string does)
        {
            if (!connector.Has(call)) return;
            reading.Report(
                ErrorCodes.WithoutDrafts, KeyOf(connector, call).Span, $"'{call.Name}' {does}, and no document is made as one: 'create' has no 'draftField'",
                Advice.Next($"Add 'draftField: status' to 'create', or remove '{call.Name}'."));
        }
    }

    private void CheckStatusField()
    {
        if (connector.Find(RestDestinationFields.LookUp)?.Value is not { } lookUp) return;
        if (lookUp.Find(RestDestinationFields.LookUpFields) is not { } fields || fields.Value.Has(RestDestinationFields.StatusField)) return;
        if (lookUp.Has(RestDestinationFields.Statuses))
            Report(KeyOf(lookUp, RestDestinationFields.Statuses).Span, "'statuses' says what a status means, and 'fields' does not read any");
        else if (HasDrafts)
            Report(fields.Node.Span, "documents are drafts first, and 'fields' does not read a status that tells drafts from final documents");

        void Report(Span at, string message) => reading.Report(ErrorCodes.WithoutStatus, at, message, Advice.Next("Add 'status: status' to 'fields', with the path at which a document has its status."));
    }

    private void CheckStatusValues()
    {
        if (connector.Find(RestDestinationFields.LookUp)?.Value.Find(RestDestinationFields.Statuses)?.Value is { } statuses)
            CheckMeanings(statuses, RestDestinationFields.DraftStatus, RestDestinationFields.PartPaidStatus, RestDestinationFields.PaidStatus, RestDestinationFields.VoidedStatus);
        if (connector.Find(RestDestinationFields.Create)?.Value is { } create)
        {
            CheckMeanings(create, RestDestinationFields.CreatedValues, RestDestinationFields.DuplicateValues);
            CheckDraftValue(create);
        }

        if (connector.Find(RestDestinationFields.Withdraw)?.Value is { } withdraw)
            CheckMeanings(withdraw, RestDestinationFields.WithdrawnValues, RestDestinationFields.GoneValues);
    }

    private void CheckMeanings(Section section, params FieldSpec<IReadOnlyList<Found<string>>>[] meanings)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var meaning in meanings)
        {
            foreach (var value in section.List(meaning))
            {
                if (known.TryAdd(value.Value, meaning.Name) || known[value.Value] == meaning.Name) continue;
                ReportMeanings(value.Value, known[value.Value], meaning.Name, section.Has(meaning) ? value.Node.Span : section.Node.Span);
            }
        }
    }

    private void CheckDraftValue(Section create)
    {
        if (!HasDrafts || create.Find(RestDestinationFields.DraftValue) is not { } draft || create.Find(RestDestinationFields.FinalValue) is not { } final || draft.Value != final.Value) return;
        var written = create.Written(RestDestinationFields.FinalValue) ?? create.Written(RestDestinationFields.DraftValue);
        ReportMeanings(draft.Value, RestDestinationFields.DraftValue.Name, RestDestinationFields.FinalValue.Name, written?.Node.Span ?? create.Node.Span);
    }

    private void ReportMeanings(string value, string first, string second, Span at) => reading.Report(
        ErrorCodes.AmbiguousStatus, at, $"'{Kinds.Cut(value)}' is a value of '{first}' and of '{second}'", Advice.Next("Keep it in one of the two."));

    private void CheckDeduction(FieldSpec<Section> deduction)
    {
        var field = FieldOf(deduction.Name);
        var section = connector.Find(deduction)?.Value;
        var form = section?.Find(RestDestinationFields.As)?.Value;
        if (section is not null && form is null) return;
        if (form == DeductionForm.Field)
        {
            CheckField(deduction, section!, field);
            return;
        }

        if (field is not null)
        {
            var why = section is null ? $"the connector does not say that '{deduction.Name}' is posted" : $"'{deduction.Name}' is posted as a line: its amount would be taken off twice";
            Report(field.Node.Span, $"'{field.Name}' sends the {deduction.Name}, and {why}", section is null ? $"Add '{deduction.Name}: {{ as: field }}', or remove the field." : "Remove the field, or write 'as: field'.");
        }

        if (section is not null) CheckLine(deduction, section);
    }

    private void CheckLine(FieldSpec deduction, Section section)
    {
        var named = new[] { RestDestinationFields.DeductionAccount, RestDestinationFields.DeductionItem }.Where(section.Has).ToList();
        if (named.Count == 0)
        {
            Report(section.Node.Span, $"the line of the {deduction.Name} has neither an account nor an item, so it would be booked to nothing", "Add 'account' or 'item'.");
            return;
        }

        var sent = connector.Map(RestDestinationFields.LineFieldsOf).Select(f => f.Value).ToList();
        if (named.Any(n => sent.Contains(n.Name)) || sent.Count == 0) return;
        Report(KeyOf(section, named[0]).Span, $"the line of the {deduction.Name} names its {named[0].Name}, and no field of 'lineFields' gets it", $"Add the API's field, such as '{named[0].Name}: {named[0].Name}', to 'lineFields'.");
    }

    private void CheckField(FieldSpec<Section> deduction, Section section, Named<string>? field)
    {
        if (field is null)
            Report(section.Node.Span, $"the {deduction.Name} is posted as a field, and no field of 'documentFields' gets it", $"Add the API's field, such as '{deduction.Name}: {deduction.Name}'.");
        foreach (var ofLine in new[] { RestDestinationFields.DeductionAccount, RestDestinationFields.DeductionItem, RestDestinationFields.DeductionTaxCode }.Where(section.Has))
            reading.Report(ErrorCodes.WithoutEffect, KeyOf(section, ofLine).Span, $"'{ofLine.Name}' has no effect: as a field the {deduction.Name} has no line", Advice.Next("Remove it, or write 'as: line'."));
    }

    private void Report(Span at, string message, string next) => reading.Report(ErrorCodes.DeductionMismatch, at, message, Advice.Next(next));

    private void CheckRate()
    {
        if (FieldOf("exchangeRate") is { } rate && !connector.Has(RestDestinationFields.RateDecimals))
        {
            reading.Report(
                ErrorCodes.RateWithoutDecimals, rate.Node.Span, $"'{rate.Name}' sends the exchange rate, and 'rateDecimals' does not say how many decimals of it are stored",
                Advice.Next("Add 'rateDecimals: 6', with the number of decimals that the API stores."));
        }
        else if (connector.Has(RestDestinationFields.RateDecimals) && FieldOf("exchangeRate") is null)
        {
            reading.Report(
                ErrorCodes.WithoutEffect, KeyOf(connector, RestDestinationFields.RateDecimals).Span, "'rateDecimals' has no effect: no field of 'documentFields' gets the value 'exchangeRate'",
                Advice.Next("Remove it, or add the API's field for the rate."));
        }
    }

    private void CheckKeyLength()
    {
        if (!connector.Has(RestDestinationFields.IdempotencyKeyLength) || connector.Has(RestDestinationFields.IdempotencyHeader)) return;
        reading.Report(
            ErrorCodes.WithoutEffect, KeyOf(connector, RestDestinationFields.IdempotencyKeyLength).Span, "'idempotencyKeyLength' has no effect: without 'idempotencyHeader' no key is sent",
            Advice.Next("Remove it, or name the header with 'idempotencyHeader'."));
    }

    /// <summary>The field of a document that gets a value.</summary>
    private Named<string>? FieldOf(string value) => connector.Map(RestDestinationFields.DocumentFields).FirstOrDefault(f => f.Value == value);

    private static Node.Scalar KeyOf(Section section, FieldSpec field) => section.Node.Entries.First(e => e.Key.Text == field.Name).Key;
}
