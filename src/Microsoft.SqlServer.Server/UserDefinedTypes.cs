namespace Microsoft.SqlServer.Server;

// The public shape of the package's types, by name and member: metadata of Microsoft.Data.SqlClient refers to them. Documented at
// https://learn.microsoft.com/dotnet/api/microsoft.sqlserver.server

/// <summary>How a CLR user-defined type is written.</summary>
public enum Format
{
    Unknown = 0,
    Native = 1,
    UserDefined = 2,
}

/// <summary>A CLR user-defined type that writes itself.</summary>
public interface IBinarySerialize
{
    void Read(BinaryReader r);
    void Write(BinaryWriter w);
}

/// <summary>Marks a type as a CLR user-defined type.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, AllowMultiple = false, Inherited = true)]
public sealed class SqlUserDefinedTypeAttribute(Format format) : Attribute
{
    public Format Format { get; } = format;
    public bool IsByteOrdered { get; set; }
    public bool IsFixedLength { get; set; }
    public int MaxByteSize { get; set; }
    public string? Name { get; set; }
    public string? ValidationMethodName { get; set; }
}

/// <summary>A type that is not a valid CLR user-defined type.</summary>
public sealed class InvalidUdtException : SystemException
{
    public InvalidUdtException()
    {
    }

    public InvalidUdtException(string message)
        : base(message)
    {
    }

    public InvalidUdtException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public static InvalidUdtException Create(Type udtType, string resourceReason) => new($"'{udtType}' is an invalid user defined type, reason: {resourceReason}.");
}
