using BatchSync.Cli;

return await CommandLine.RunAsync(args, TimeProvider.System);
