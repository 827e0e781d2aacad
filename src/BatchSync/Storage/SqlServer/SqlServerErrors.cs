using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Data.SqlClient;

namespace BatchSync.Storage.SqlServer;

/// <summary>
/// The error numbers of SQL Server and its driver that BatchSync knows by name: which ones pass by themselves, and what a person reads of the others.
/// Numbers of the server: https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
/// Numbers that pass: https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues (read 2026-11-27).
/// </summary>
internal static class SqlServerErrors
{
    public const int Timeout = -2;
    public const int InstanceNotFound = -1;
    public const int EncryptionNotSupported = 20;
    public const int ServerNotFound = 53;
    public const int ConnectionEnded = 64;
    public const int ObjectMissing = 208;
    public const int PermissionDenied = 229;
    public const int NetworkGone = 233;
    public const int CreateDenied = 262;
    public const int Duplicate = 2601;
    public const int DuplicateKey = 2627;
    public const int ValueTooLong = 2628;
    public const int SchemaMissing = 2760;
    public const int DatabaseFull = 1105;
    public const int Deadlock = 1205;
    public const int LockTimeout = 1222;
    public const int DatabaseReadOnly = 3906;
    public const int SnapshotConflict = 3960;
    public const int DatabaseUnknown = 4060;
    public const int LoginTransient = 4221;
    public const int ValueTooLongOld = 8152;
    public const int LogFull = 9002;
    public const int ConnectionReset = 10054;
    public const int ConnectionTimedOut = 10060;
    public const int ConnectionRefused = 10061;
    public const int HostUnknown = 11001;
    public const int ResourceLimit = 10928;
    public const int ResourceGovernance = 10929;
    public const int UntrustedDomain = 18452;
    public const int LoginFailed = 18456;
    public const int ServiceError = 40197;
    public const int ServiceBusy = 40501;
    public const int DatabaseUnavailable = 40613;
    public const int ElasticTransferFailed = 49918;
    public const int TooManyOperations = 49919;
    public const int TooManySubscriptions = 49920;

    /// <summary>The severity from which a failure ends the connection.</summary>
    private const byte EndsConnection = 20;

    private static readonly HashSet<int> Passing =
    [
        InstanceNotFound, ServerNotFound, ConnectionEnded, NetworkGone, Deadlock, SnapshotConflict, LoginTransient, ConnectionReset, ConnectionTimedOut, ConnectionRefused, ResourceLimit, ResourceGovernance,
        ServiceError, ServiceBusy, DatabaseUnavailable, ElasticTransferFailed, TooManyOperations, TooManySubscriptions,
    ];

    /// <summary>How a socket ends that was connected.</summary>
    private static readonly SocketError[] Ended = [SocketError.ConnectionReset, SocketError.ConnectionAborted, SocketError.Shutdown];

    /// <summary>Whether the same transaction may go through when it is tried again.</summary>
    public static bool IsPassing(SqlException failure) => !IsCertificate(failure) && (LostConnection(failure) is not null || failure.Errors.Cast<SqlError>().Any(e => Passing.Contains(e.Number)));

    /// <param name="store">The store as a person knows it, without secrets.</param>
    public static StoreException Explained(string store, SqlException failure) => new($"{store}: {Text(failure)}", failure);

    private static string Text(SqlException e) => IsCertificate(e)
        ? "the server's certificate is not trusted by this machine. Install its authority here, name it with HostNameInCertificate= or ServerCertificate=, or, on a network that you trust, write TrustServerCertificate=True into the connection string."
        : Text(LostConnection(e) ?? e.Number, e.Message);

    /// <summary>What a person reads of an error number.</summary>
    public static string Text(int number, string message) => number switch
    {
        Timeout => "no answer within the time-out. See what the server does, or write Command Timeout= (seconds) into the connection string, and run again: what was not committed is not stored.",
        InstanceNotFound or ServerNotFound or HostUnknown or ConnectionRefused or ConnectionTimedOut => "the server cannot be reached. See that its name and port are right (Server=host,port), that it runs, takes TCP connections, and that no firewall is between.",
        ConnectionEnded or NetworkGone or ConnectionReset => "the connection ended. What was committed stands, nothing is half-written: run again.",
        EncryptionNotSupported => "the server does not encrypt connections. Give it a certificate, or write Encrypt=Optional into the connection string where the network is trusted.",
        LoginFailed => "the sign-in was refused. See user and password, or that this account has a login where Integrated Security=True is used.",
        UntrustedDomain => "this account is of a domain that the server does not trust. Run under a domain account, or take a SQL login (User ID=, Password=).",
        DatabaseUnknown => "there is no such database, or this login may not use it. Make the database and a user in it; BatchSync makes neither.",
        PermissionDenied => $"this login may not do that: {message.TrimEnd('.')}. Runs need the role batchsync_operator, 'store migrate' needs to change the schema: docs/sql-server.md.",
        CreateDenied or SchemaMissing => $"this login may not change the schema: {message.TrimEnd('.')}. Run 'batchsync store migrate' once with a login that may.",
        ObjectMissing => "its schema was never made, or is another one. Run 'batchsync store migrate' with a login that may change the schema, and see BATCHSYNC_STORE_SCHEMA.",
        Duplicate or DuplicateKey => $"what is to be stored is there already: {message}",
        ValueTooLong or ValueTooLongOld => $"a value is longer than its column: {message} Nothing of this step was stored.",
        DatabaseFull or LogFull => "the database or its log is full. Make room and run again: what was committed stands, nothing is half-written.",
        DatabaseReadOnly => "the database is read-only. Is this a secondary replica? Name the primary.",
        LockTimeout => "another session held what this one needs for too long. Run again when it is done.",
        Deadlock or SnapshotConflict => "this session met another one again and again and was ended. Nothing of this step was stored: run again.",
        _ => $"the server said ({number}): {message}",
    };

    // Outside Windows the driver gives a connection that was refused, or that ended, no number.
    private static int? LostConnection(SqlException e) => e switch
    {
        { Number: not 0 } => null,
        _ when Inner<SocketException>(e) is { } socket => Ended.Contains(socket.SocketErrorCode) ? ConnectionEnded : ServerNotFound,
        { Class: >= EndsConnection } => ConnectionEnded,
        _ => null,
    };

    // Windows names the certificate in the message of its own provider, as a failure that ends the connection; elsewhere .NET's handshake fails inside.
    private static bool IsCertificate(SqlException e) => Inner<AuthenticationException>(e) is not null || (e.Class >= EndsConnection && e.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase));

    private static T? Inner<T>(Exception? e)
        where T : Exception => e is null or T ? (T?)e : Inner<T>(e.InnerException);
}
