using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;

namespace MimicCxr.Daemon.S3;

/// <summary>
/// Credentials of the usual AWS chain or of one profile, which renew temporary ones before they expire; and fetches them anew when the
/// service says that they have, whatever was announced.
/// </summary>
/// <param name="source">Finds them; asked for each request.</param>
internal sealed class S3Credentials(Func<AWSCredentials> source) : AWSCredentials
{
    private readonly Lock _lock = new();
    private AWSCredentials? _latest; // under _lock
    private int _renewals; // under _lock

    /// <summary>How often they were dropped; what <see cref="Renew"/> is given.</summary>
    public int Renewals
    {
        get
        {
            lock (_lock)
            {
                return _renewals;
            }
        }
    }

    /// <summary>Environment, profile, container, instance role; the files of profiles are watched for changes.</summary>
    public static S3Credentials OfChain()
    {
        var chain = new DefaultAWSCredentialsIdentityResolver();
        return new S3Credentials(() => chain.ResolveIdentity(null));
    }

    /// <summary>A profile of the usual files (~/.aws), however it comes by its credentials; looked for until it is there.</summary>
    public static S3Credentials OfProfile(string name)
    {
        AWSCredentials? found = null;
        return new S3Credentials(() => found ??= new CredentialProfileStoreChain().TryGetAWSCredentials(name, out var credentials)
            ? credentials
            : throw new AmazonClientException($"There is no profile {name}."));
    }

    /// <summary>Drops credentials that the service took for expired.</summary>
    /// <param name="renewals"><see cref="Renewals"/> as it was before the request: of many that fail at once, one drops them.</param>
    public void Renew(int renewals)
    {
        lock (_lock)
        {
            if (renewals == _renewals)
            {
                _renewals++;
                (_latest as RefreshingAWSCredentials)?.ClearCredentials();
            }
        }
    }

    /// <inheritdoc/>
    public override Task<ImmutableCredentials> GetCredentialsAsync() => Latest().GetCredentialsAsync();

    /// <summary>The SDK signs by this one, in asynchronous calls too; what it gives is nearly always at hand.</summary>
    public override ImmutableCredentials GetCredentials() => Latest().GetCredentials();

    private AWSCredentials Latest()
    {
        var latest = source();
        lock (_lock)
        {
            return _latest = latest;
        }
    }
}
