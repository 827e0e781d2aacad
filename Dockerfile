# The program with its connectors; configuration and the SQLite store are mounted at /books. See docs/docker.md.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/BatchSync -c Release --self-contained false -p:PublishReadyToRun=true -r linux-x64 -o /program

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /program /opt/batchsync
ENV BATCHSYNC_CONFIG=/books
WORKDIR /books
VOLUME /books
USER app
ENTRYPOINT ["/opt/batchsync/batchsync"]
