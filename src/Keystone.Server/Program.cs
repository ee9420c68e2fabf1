using Keystone.Server;

return await ServerCommand.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
