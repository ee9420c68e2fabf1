using System.Diagnostics;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Keystone.Grpc;
using Keystone.Model;

namespace Keystone.Server.Calls;

/// <summary>
/// Stands around every call: admits it, measures it, and turns what goes wrong into a status. What always holds: a call is refused before
/// it did anything or carried to its end, there are never more than the limit, and no failure leaves as anything but a status.
/// </summary>
internal sealed partial class CallGuard : Interceptor
{
    private readonly ServerState _state;
    private readonly CallMeter _meter;
    private readonly ILogger<CallGuard> _log;
    private readonly int _callsMax;
    private int _calls;

    public CallGuard(ServerState state, MemoryBudget budget, CallMeter meter, ILogger<CallGuard> log)
    {
        _state = state;
        _meter = meter;
        _log = log;
        _callsMax = CallLimits.CallsMax(budget.HeapBytes);
    }

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        TResponse? answer = null;
        await GuardAsync(context, async () => answer = await continuation(request, context).ConfigureAwait(false)).ConfigureAwait(false);
        return answer!;
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
        => GuardAsync(context, () => continuation(request, responseStream, context));

    private async Task GuardAsync(ServerCallContext context, Func<Task> call)
    {
        string method = context.Method[(context.Method.LastIndexOf('/') + 1)..];
        long start = Stopwatch.GetTimestamp();
        StatusCode status = StatusCode.OK;
        try
        {
            Admit();
            await call().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The top of every call: whatever was thrown, the caller gets a status.
            RpcException failure = ToStatus(exception, method, context);
            status = failure.StatusCode;
            throw failure;
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
            _meter.Ended(method, status, start);
        }
    }

    /// <summary>Counts the call; its end is counted in any case.</summary>
    private void Admit()
    {
        int calls = Interlocked.Increment(ref _calls);
        if (_state.Phase == ServerPhase.Stopping)
        {
            throw new KeystoneException(KeystoneErrorCode.Closed, "The server is stopping. Try again on another server or later.");
        }

        if (calls > _callsMax)
        {
            _meter.Limited();
            throw new KeystoneException(
                KeystoneErrorCode.Overloaded, $"The server has {_callsMax} calls under way. Try again after a pause.");
        }
    }

    private RpcException ToStatus(Exception exception, string method, ServerCallContext context)
    {
        switch (exception)
        {
            case RpcException status:
                return status;
            case KeystoneException known:
                _meter.Failed(known.Code.ToString());
                if (WireStatus.CodeOf(known.Code) is StatusCode.Internal or StatusCode.DataLoss)
                {
                    LogFailed(_log, known, method, known.Code);
                }

                return WireStatus.ToRpc(known, method);
            case OperationCanceledException when _state.CallsMustEnd.IsCancellationRequested:
                return WireStatus.ToRpc(new KeystoneException(KeystoneErrorCode.Closed, "The server has stopped during the call."), method);
            case OperationCanceledException or IOException when context.CancellationToken.IsCancellationRequested:
                return new RpcException(new Status(StatusCode.Cancelled, "The caller has given up."));
            default:
                _meter.Failed(nameof(KeystoneErrorCode.Internal));
                LogDefect(_log, exception, method);
                const string Defect = "The call failed by a defect; the server's log has more.";
                return WireStatus.ToRpc(new KeystoneException(KeystoneErrorCode.Internal, Defect, exception), method);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} failed: {Code}")]
    private static partial void LogFailed(ILogger log, Exception exception, string method, KeystoneErrorCode code);

    [LoggerMessage(2, LogLevel.Error, "{Method} failed by a defect")]
    private static partial void LogDefect(ILogger log, Exception exception, string method);
}
