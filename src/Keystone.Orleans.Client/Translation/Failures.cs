using System.Diagnostics.CodeAnalysis;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>Errors between exceptions and statuses, both ways.</summary>
internal static class Failures
{
    /// <summary>The status of an error. What the exception has beneath it stays where it happened.</summary>
    public static CallFailure Write(KeystoneException error) => new()
    {
        Code = (int)error.Code,
        Message = error.Message,
        CurrentItem = error.CurrentItem is { } item ? CallWriter.Write(item) : default,
        Stripe = error.Stripe,
        Node = error.Node,
        Reasons = error.CancellationReasons.Count == 0 ? null : [.. error.CancellationReasons.Select(Write)],
    };

    /// <summary>The error of a status. A code of a newer version is a defect as far as this one can tell.</summary>
    public static KeystoneException Read(CallFailure failure)
    {
        var code = (KeystoneErrorCode)failure.Code;
        return new KeystoneException(Enum.IsDefined(code) ? code : KeystoneErrorCode.Internal, failure.Message)
        {
            CancellationReasons = [.. (failure.Reasons ?? []).Select(Read)],
            CurrentItem = failure.CurrentItem.IsEmpty ? (EncodedItem?)null : EncodedItem.FromChecked(failure.CurrentItem.Bytes),
            Stripe = failure.Stripe,
            Node = failure.Node,
        };
    }

    public static void ThrowIfFailed(KeystoneAnswer answer)
    {
        if (answer.Failure is { } failure)
        {
            Throw(failure);
        }
    }

    private static ReasonShape Write(CancellationReason reason) => new()
    {
        Code = (int?)reason.Code,
        Message = reason.Message,
        Item = reason.Item is { } item ? CallWriter.Write(item) : default,
    };

    private static CancellationReason Read(ReasonShape reason) => new((KeystoneErrorCode?)reason.Code, reason.Message)
    {
        Item = reason.Item.IsEmpty ? (EncodedItem?)null : EncodedItem.FromChecked(reason.Item.Bytes),
    };

    [DoesNotReturn]
    private static void Throw(CallFailure failure) => throw Read(failure);
}
