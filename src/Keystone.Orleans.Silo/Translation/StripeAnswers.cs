using Keystone.Database.Owner;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Translation;
using Keystone.Orleans.Client.Wire;
using Keystone.Orleans.Client.Wire.Stripes;

namespace Keystone.Orleans.Silo.Translation;

/// <summary>
/// What stripes answer, between the database and the wire, both ways. A failure comes back as the exception that it was at the owner.
/// </summary>
internal static class StripeAnswers
{
    public static WriteAnswer Write(StripeWriteResult result) => new()
    {
        Epoch = result.Version?.Epoch ?? 0,
        Sequence = result.Version?.Sequence ?? 0,
        OldItem = CallWriter.Write(result.Attributes ?? default),
    };

    public static StripeWriteResult Read(WriteAnswer answer)
    {
        Failures.ThrowIfFailed(answer);
        return new StripeWriteResult(
            answer.Sequence == 0 ? null : new ItemVersion(answer.Epoch, answer.Sequence),
            answer.OldItem.IsEmpty ? (EncodedItem?)null : EncodedItem.FromChecked(answer.OldItem.Bytes));
    }

    /// <summary>
    /// A page; <paramref name="isShaped"/> says whether it was asked for with expressions, which are applied, or of an index.
    /// </summary>
    public static StripePageAnswer Write(StripePage page, bool isShaped)
    {
        StripePageAnswer answer = new()
        {
            Items = new Blob(page.Items.Bytes),
            LastKey = CallWriter.Write(page.LastKey),
            IsComplete = page.IsComplete,
        };
        return !isShaped ? answer : answer with
        {
            HasApplied = true,
            Count = page.Count,
            ScannedCount = page.ScannedCount,
            ScannedBytes = page.ScannedBytes,
        };
    }

    public static StripePage Read(StripePageAnswer answer, bool isShaped)
    {
        Failures.ThrowIfFailed(answer);
        ExpressionShapes.RequireApplied(isShaped, answer.HasApplied);
        ItemKey last = answer.LastKey.IsEmpty ? default : ItemKey.Parse(answer.LastKey.Bytes);
        StripePage page = new(ItemPage.FromChecked(answer.Items.Bytes), last, answer.IsComplete);
        return !answer.HasApplied ? page : page with
        {
            Count = answer.Count,
            ScannedCount = answer.ScannedCount,
            ScannedBytes = answer.ScannedBytes,
        };
    }

    public static ItemAnswer Write(StripeOutcome<GetItemResult> outcome)
        => outcome.Failure is { } failure ? new ItemAnswer { Failure = Failures.Write(failure) } : AnswerWriter.ToAnswer(outcome.Value!);

    public static WriteAnswer Write(StripeOutcome<StripeWriteResult> outcome)
        => outcome.Failure is { } failure ? new WriteAnswer { Failure = Failures.Write(failure) } : Write(outcome.Value);

    public static StripeOutcome<GetItemResult> ReadOutcome(ItemAnswer answer) => answer.Failure is { } failure
        ? new StripeOutcome<GetItemResult>(null, Failures.Read(failure))
        : new StripeOutcome<GetItemResult>(AnswerReader.ToResult(answer), null);

    public static StripeOutcome<StripeWriteResult> ReadOutcome(WriteAnswer answer) => answer.Failure is { } failure
        ? new StripeOutcome<StripeWriteResult>(default, Failures.Read(failure))
        : new StripeOutcome<StripeWriteResult>(Read(answer), null);
}
