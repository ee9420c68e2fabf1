using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Database.Owner;

/// <summary>The attributes that a write answers with: null where DynamoDB leaves them out.</summary>
internal static class ReturnedAttributes
{
    public static EncodedItem? Of(ReturnValues asked, ItemDecision done, UpdateExpression? update) => asked switch
    {
        ReturnValues.AllOld => done.Found,
        ReturnValues.AllNew => done.Written,
        ReturnValues.UpdatedOld => Changed(done.Found, update),
        ReturnValues.UpdatedNew => Changed(done.Written, update),
        _ => default(EncodedItem?),
    };

    private static EncodedItem? Changed(EncodedItem? item, UpdateExpression? update)
    {
        EncodedItem changed = item is { } whole && update is not null ? update.Changed.Of(whole) : default;
        return changed.IsNone || changed.Read().Count == 0 ? default(EncodedItem?) : changed;
    }
}
