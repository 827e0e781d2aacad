using System.CommandLine;
using System.CommandLine.Completions;
using BatchSync.Configuration;

namespace BatchSync.Cli;

/// <summary>Arguments and options that name a job: a shell completes them with the jobs of the configuration folder.</summary>
internal static class JobNames
{
    public static Argument<string> Argument(GlobalOptions options)
    {
        var job = new Argument<string>("job") { Description = "Name of the job", HelpName = "job" };
        job.CompletionSources.Add(context => Of(options, context));
        return job;
    }

    public static Option<string?> Option(GlobalOptions options, string description)
    {
        var job = new Option<string?>("--job") { Description = description, HelpName = "name" };
        job.CompletionSources.Add(context => Of(options, context));
        return job;
    }

    /// <summary>Names that a configuration with errors has are not told: whoever types is not in the middle of mending it.</summary>
    public static IEnumerable<string> Of(GlobalOptions options, CompletionContext context)
    {
        try
        {
            return ConfigurationLoader.Load(options.ConfigFolder(context.ParseResult)).Set?.Jobs.Select(j => j.Name) ?? [];
        }
        catch (Exception e) when (e is UsageException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
