namespace Keystone.Orleans.Client.Errors;

/// <summary>
/// The owner of a stripe is not there. It may come back, so the runtime tries again for about 0.4 s before the caller sees this. Within
/// the cluster only: callers of a database get <see cref="Model.KeystoneErrorCode.StripeUnavailable"/>.
/// </summary>
[GenerateSerializer]
[Alias("ks.stripe-unavailable")]
public sealed class StripeUnavailableException : OrleansException
{
    /// <summary>Makes the exception for a stripe and the name of the node that owns it.</summary>
    public StripeUnavailableException(int stripe, string node)
        : this(stripe, node, MessageOf(stripe, node))
    {
    }

    /// <summary>Makes the exception with a reason of its own.</summary>
    public StripeUnavailableException(int stripe, string node, string message)
        : base(message)
    {
        Stripe = stripe;
        Node = node;
    }

    /// <summary>The stripe that is not served.</summary>
    [Id(0)]
    public int Stripe { get; private set; }

    /// <summary>The name of the node that owns it.</summary>
    [Id(1)]
    public string Node { get; private set; } = "";

    private static string MessageOf(int stripe, string node)
        => $"Stripe {stripe} belongs to node '{node}', which is not a member of the cluster now. Nothing was done. "
            + "Start the node, or try again: other stripes are not affected.";
}
