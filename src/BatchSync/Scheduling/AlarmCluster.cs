using System.Security.Cryptography;
using System.Text;
using BatchSync.Http;
using BatchSync.Storage;
using BatchSync.Storage.SqlServer;
using Microsoft.Data.SqlClient;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Quartz;
using Quartz.Impl.AdoJobStore;

namespace BatchSync.Scheduling;

/// <summary>
/// Quartz's own tables in the schema of a store on SQL Server, through which hosts share alarms: each goes off on one of them, and those of a host that died go off on another. They hold no
/// more than when to look; what is due and what was done stays the store's alone.
/// </summary>
internal sealed class AlarmCluster(SqlServerDialect store, string name)
{
    private static readonly TimeSpan CheckIn = TimeSpan.FromSeconds(10);

    /// <summary>Hosts of one name share alarms: those that keep the same schedules. Whoever keeps others has alarms of its own, and old ones ring for nobody.</summary>
    public string Name => name;

    public static AlarmCluster Of(SqlServerDialect store, IEnumerable<KeptSchedule> schedules)
    {
        var text = string.Join('\n', schedules.Select(s => $"{s.Job.Name}\t{s.Schedule.Cron}\t{s.Schedule.Zone.Id}").Order(StringComparer.Ordinal));
        return new AlarmCluster(store, $"BatchSync {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12]}");
    }

    /// <summary>Makes the tables that are missing; it needs the right to.</summary>
    /// <exception cref="StoreException">They cannot be made.</exception>
    public static async Task ProvisionAsync(SqlServerDialect store, CancellationToken cancel)
    {
        var cluster = new AlarmCluster(store, "BatchSync");
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.Services.AddQuartz(quartz => cluster.Use(quartz, SchemaProvisioning.CreateIfMissing));
        using var host = builder.Build();
        await ExplainedAsync(async () =>
        {
            var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler(cancel);
            await scheduler.Shutdown(cancellationToken: cancel);
        });
    }

    /// <summary>Does what begins with looking at the tables.</summary>
    /// <exception cref="StoreException">They are missing, or may not be used.</exception>
    public static async Task ExplainedAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is SchedulerException or SqlException)
        {
            throw new StoreException($"The tables of a cluster cannot be used: {e.Message} An administrator makes them with: batchsync store migrate --cluster", e);
        }
    }

    public void Use(IQuartzBuilder quartz) => Use(quartz, SchemaProvisioning.Validate);

    private void Use(IQuartzBuilder quartz, SchemaProvisioning provisioning)
    {
        quartz.ConfigureScheduler(scheduler => scheduler.InstanceName = name);
        quartz.UsePersistentStore(alarms =>
        {
            alarms.UseSqlServer(SqlClientFactory.Instance, store.ConnectionString);
            alarms.UseSystemTextJsonSerializer();
            alarms.UseClustering(cluster => cluster.CheckinInterval = CheckIn);
            // By an update, as the store's own claims: no server has to hold a lock because of a hint.
            alarms.UseLockHandler<UpdateRowLockHandler>();
            alarms.ConfigureStore(options =>
            {
                options.TablePrefix = $"{store.Schema}.QRTZ_";
                options.SchemaProvisioning = provisioning;
            });
        });
    }
}
