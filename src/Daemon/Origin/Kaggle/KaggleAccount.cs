using System.Net.Http.Headers;
using System.Text;

namespace MimicCxr.Daemon.Origin.Kaggle;

/// <summary>An account at Kaggle.</summary>
/// <param name="UserName">Its name; null where a token says who it is.</param>
/// <param name="Key">Its key, or the token. No record's text shows it.</param>
internal sealed record KaggleAccount(string? UserName, string Key)
{
    /// <summary>What a request carries.</summary>
    public AuthenticationHeaderValue Header => UserName is null
        ? new AuthenticationHeaderValue("Bearer", Key)
        : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{UserName}:{Key}")));

    /// <inheritdoc/>
    public override string ToString() => UserName is null ? "the account of the token" : $"the account {UserName}";
}
