using System.CommandLine;
using System.CommandLine.Parsing;
using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>fx</c>: exchange rates, and the options that its commands have alike.</summary>
internal static class FxCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time) =>
        new("fx", "Exchange rates") { FxImportCommand.Create(options, time), FxShowCommand.Create(options, time) };

    public static Option<FxRateKind?> Kind(string description) => new("--kind")
    {
        Description = description,
        HelpName = "kind",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            foreach (var kind in Enum.GetValues<FxRateKind>())
            {
                if (StoreText.Of(kind) == text) return kind;
            }

            result.AddError($"'{text}' is no kind of rate. Kinds: {string.Join(", ", Enum.GetValues<FxRateKind>().Select(StoreText.Of))}.");
            return null;
        },
    };

    /// <summary>A currency of the command line, or an error.</summary>
    public static Currency? CurrencyOf(string text, ArgumentResult result)
    {
        if (Currency.TryOf(text, out var currency)) return currency;
        result.AddError($"'{text}' is no currency; write the ISO 4217 code in three capital letters, such as USD.");
        return null;
    }
}
