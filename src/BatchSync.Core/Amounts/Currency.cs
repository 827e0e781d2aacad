using System.Diagnostics.CodeAnalysis;

namespace BatchSync.Core.Amounts;

/// <summary>
/// A currency or fund of ISO 4217 with its number of minor-unit decimals (JPY 0, USD 2, KWD 3). Withdrawn codes, and those
/// to which the standard gives no minor unit (metals, XDR, XSU, XUA, XTS, XXX), are not known here: nothing could be rounded
/// to them. <c>default</c> is refused on use. Source: ISO 4217 list one, read 2026-11-22.
/// </summary>
public readonly record struct Currency
{
    private static readonly Dictionary<string, byte> Table = ReadTable();
    private readonly string? _code;
    private readonly byte _decimals;

    private Currency(string code, byte decimals)
    {
        _code = code;
        _decimals = decimals;
    }

    /// <summary>Three capital letters.</summary>
    /// <exception cref="InvalidOperationException">The value is <c>default</c>.</exception>
    public string Code => _code ?? throw NeverSet();

    /// <summary>Decimals of the minor unit: 0, 2, 3 or 4.</summary>
    /// <exception cref="InvalidOperationException">The value is <c>default</c>.</exception>
    public byte Decimals => _code is null ? throw NeverSet() : _decimals;

    /// <summary>Every code known, in ordinal order.</summary>
    public static IEnumerable<string> Codes => Table.Keys.Order(StringComparer.Ordinal);

    /// <summary>The currency of a code in capital letters.</summary>
    /// <exception cref="ArgumentException">ISO 4217 has no such currency.</exception>
    public static Currency Of(string code) =>
        TryOf(code, out var currency) ? currency : throw new ArgumentException($"'{code}' is no currency of ISO 4217.", nameof(code));

    public static bool TryOf([NotNullWhen(true)] string? code, out Currency currency)
    {
        currency = default;
        if (code is null || !Table.TryGetValue(code, out var decimals)) return false;
        currency = new Currency(code, decimals);
        return true;
    }

    public override string ToString() => _code ?? "(none)";

    private static InvalidOperationException NeverSet() => new("A currency was used that nobody set.");

    private static Dictionary<string, byte> ReadTable()
    {
        var table = new Dictionary<string, byte>(StringComparer.Ordinal);
        Add(0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF");
        Add(3, "BHD IQD JOD KWD LYD OMR TND");
        Add(4, "CLF UYW");
        Add(2, """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
            CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR
            IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD
            NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
            SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
            """);
        return table;

        void Add(byte decimals, string codes)
        {
            foreach (var code in codes.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) table.Add(code, decimals);
        }
    }
}
