using Keystone.Model;
using Keystone.Model.Expressions;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

public sealed class RequestStyleTests
{
    [Fact]
    public void Expressions_and_older_parameters_do_not_mix()
    {
        RequestStyle.RequireOne(["Expected"], []);
        RequestStyle.RequireOne([], ["ConditionExpression"]);
        Assert.Equal(
            "Can not use both expression and non-expression parameters in the same request: "
            + "Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: {UpdateExpression, ConditionExpression}",
            Refusal(() => RequestStyle.RequireOne(["AttributeUpdates", "Expected"], ["UpdateExpression", "ConditionExpression"])));
    }

    [Fact]
    public void Placeholders_need_an_expression()
    {
        RequestStyle.RequireExpressions(true, true, true, true, ["ConditionExpression"]);
        Assert.Equal(
            "ExpressionAttributeNames can only be specified when using expressions",
            Refusal(() => RequestStyle.RequireExpressions(true, true, false, false, ["ConditionExpression"])));
        Assert.Equal(
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
            Refusal(() => RequestStyle.RequireExpressions(false, true, false, false, ["ConditionExpression"])));
        Assert.Equal(
            "ExpressionAttributeValues can only be specified when using expressions: FilterExpression and KeyConditionExpression are null",
            Refusal(() => RequestStyle.RequireExpressions(true, true, true, false, ["FilterExpression", "KeyConditionExpression"])));
    }

    private static string Refusal(Action check) => Assert.Throws<KeystoneException>(check).Message;
}
