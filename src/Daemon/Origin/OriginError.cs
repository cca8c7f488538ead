namespace MimicCxr.Daemon.Origin;

/// <summary>Why the origin did not give what was asked for.</summary>
internal enum OriginError
{
    /// <summary>401, or no account is known.</summary>
    NotSignedIn,

    /// <summary>403 for a right password: the data set's agreement is not signed.</summary>
    AgreementNotSigned,

    /// <summary>403 because of the User-Agent: PhysioNet honours passwords only from Wget/ and libwfdb/.</summary>
    AgentRefused,

    /// <summary>A mirror's bucket refuses these credentials, there are none, or the requester has to pay and did not say so.</summary>
    BucketRefused,

    /// <summary>No such bucket, or it is in another region.</summary>
    NoBucket,

    /// <summary>404: no such data set, version or file.</summary>
    NotFound,

    /// <summary>429: asked too often.</summary>
    TooManyRequests,

    /// <summary>5xx.</summary>
    ServerFailed,

    /// <summary>No connection: name, route or refused.</summary>
    Unreachable,

    /// <summary>The certificate does not hold.</summary>
    CertificateRefused,

    /// <summary>Headers or bytes did not come in time.</summary>
    TimedOut,

    /// <summary>The connection broke, or the body ended before its Content-Length.</summary>
    BodyCutShort,

    /// <summary>The file is not the one any more that the fetch began with.</summary>
    Changed,

    /// <summary>An archive has other files than the one that the data set was imported from.</summary>
    AnotherEdition,

    /// <summary>A file of an archive does not have the checksum that the archive gives it, however often it is fetched.</summary>
    Damaged,

    /// <summary>An answer that makes no sense; not tried again.</summary>
    BadAnswer,
}
