namespace Keystone.Orleans.Client.Errors;

/// <summary>
/// What the cluster was told about itself cannot be true: a stripe without an owner, a grain key that names no stripe. It never heals by
/// itself, so it fails at once: it is no <c>OrleansException</c>, which the runtime would try again.
/// </summary>
[GenerateSerializer]
[Alias("ks.broken-document")]
public sealed class BrokenDocumentException : Exception
{
    /// <summary>Makes the exception; the message says what is wrong and what to do.</summary>
    public BrokenDocumentException(string message)
        : base(message)
    {
    }
}
