using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Model.Expressions;

/// <summary>The keys that a query reads.</summary>
/// <param name="Partition">The value of every partition attribute, in the order of the schema.</param>
/// <param name="SortPrefix">The values of the sort attributes before the one that <paramref name="Sort"/> is about.</param>
/// <param name="Sort">The condition on the last sort attribute that is given; null means all sort keys behind the prefix.</param>
public sealed record KeyConditionPlan(
    IReadOnlyList<AttributeValue> Partition, IReadOnlyList<AttributeValue> SortPrefix, SortKeyCondition? Sort)
{
    private const string NotSupported = "Query key condition not supported";

    internal static KeyConditionPlan Of(
        IReadOnlyDictionary<string, SortKeyCondition?> terms, IReadOnlyList<KeyAttribute> partition, IReadOnlyList<KeyAttribute> sort)
    {
        // DynamoDB counts against two attributes even where the schema has one, and only then looks at the schema.
        int termsMax = Math.Max(2, partition.Count + sort.Count);
        if (terms.Count == 0 || terms.Count > termsMax)
        {
            throw KeystoneException.Validation($"Conditions can be of length 1 or {termsMax} only");
        }

        if (terms.Count > partition.Count + sort.Count)
        {
            throw KeystoneException.Validation(NotSupported);
        }

        AttributeValue[] partitionValues = [.. partition.Select(attribute => PartitionValue(terms, attribute))];
        SortKeyCondition[] sortTerms = SortTerms(terms, partition.Count, sort);
        AttributeValue[] prefix = [.. sortTerms.SkipLast(1).Select(EqualValue)];
        return new KeyConditionPlan(partitionValues, prefix, sortTerms.LastOrDefault());
    }

    private static AttributeValue PartitionValue(IReadOnlyDictionary<string, SortKeyCondition?> terms, KeyAttribute attribute)
        => EqualValue(Term(terms, attribute));

    private static SortKeyCondition[] SortTerms(
        IReadOnlyDictionary<string, SortKeyCondition?> terms, int partitionCount, IReadOnlyList<KeyAttribute> sort)
    {
        var found = new SortKeyCondition[terms.Count - partitionCount];
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = Term(terms, sort[i]);
        }

        return found;
    }

    private static SortKeyCondition Term(IReadOnlyDictionary<string, SortKeyCondition?> terms, KeyAttribute attribute)
    {
        if (!terms.TryGetValue(attribute.Name, out SortKeyCondition? term))
        {
            throw KeystoneException.Validation($"Query condition missed key schema element: {attribute.Name}");
        }

        if (term is null)
        {
            throw KeystoneException.Validation("Attempted conditional constraint is not an indexable operation");
        }

        RequireType(term.Value, attribute);
        if (term.Upper is not null)
        {
            RequireType(term.Upper, attribute);
        }

        return term;
    }

    private static AttributeValue EqualValue(SortKeyCondition term)
        => term.Operator == SortKeyOperator.EqualTo ? term.Value : throw KeystoneException.Validation(NotSupported);

    private static void RequireType(AttributeValue value, KeyAttribute attribute)
    {
        bool fits = attribute.Type switch
        {
            KeyType.Number => value.Kind == AttributeKind.Number,
            KeyType.String => value.Kind == AttributeKind.String,
            _ => value.Kind == AttributeKind.Binary,
        };
        if (!fits)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: Condition parameter type does not match schema type");
        }

        bool isEmpty = value.Kind switch
        {
            AttributeKind.String => value.AsString().Length == 0,
            AttributeKind.Binary => value.AsBinary().Length == 0,
            _ => false,
        };
        if (isEmpty)
        {
            throw KeystoneException.Validation(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
                + $"{(value.Kind == AttributeKind.String ? "string" : "binary")} value. Key: {attribute.Name}");
        }
    }
}
