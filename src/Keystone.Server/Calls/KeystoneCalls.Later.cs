using Grpc.Core;
using Keystone.Grpc.Messages;
using Keystone.Model;

namespace Keystone.Server.Calls;

/// <content>Calls of the contract that this server does not offer. They do nothing and say so.</content>
internal sealed partial class KeystoneCalls
{
    public override Task<TransactGetResponse> TransactGet(TransactGetRequest request, ServerCallContext context)
        => throw NotOffered("TransactGet");

    public override Task<TransactWriteResponse> TransactWrite(TransactWriteRequest request, ServerCallContext context)
        => throw NotOffered("TransactWrite");

    public override Task<UpdateResponse> Update(UpdateRequest request, ServerCallContext context)
        => throw NotOffered("Update");

    public override Task<ExecuteStatementResponse> ExecuteStatement(ExecuteStatementRequest request, ServerCallContext context)
        => throw NotOffered("ExecuteStatement");

    private static KeystoneException NotOffered(string call)
        => new(
            KeystoneErrorCode.NotSupported,
            $"{call} is not offered by this server. It offers Put, Get, Delete, Query, Scan, BatchGet and BatchWrite.");
}
