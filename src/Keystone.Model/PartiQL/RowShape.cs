using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>What a select answers of one item. An item that is answered as it was read stays the bytes that it is.</summary>
internal static class RowShape
{
    public static EncodedItem Of(SelectPlan plan, EncodedItem item) => plan.AnswersAsRead ? item : Of(plan.Select, item.ToItem()).Encode();

    public static Item Of(SelectStatement select, Item item)
    {
        if (select.Columns.Count == 0)
        {
            return item;
        }

        var row = new ItemBuilder();
        foreach (SelectColumn column in select.Columns)
        {
            if (column.Path!.Find(item) is { } value)
            {
                row.Set(column.Name, value);
            }
        }

        return row.Build();
    }
}
