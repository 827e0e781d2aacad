-- What a store in the schema dbo needs on Babelfish for PostgreSQL beyond 'batchsync store migrate', and on no SQL Server. For another schema, replace [dbo] and N'dbo' everywhere.
-- An administrator runs this in the store's database after each 'batchsync store migrate'; to run it again changes nothing. Seen with Babelfish 4.3.

-- References between tables: it refuses every row under one between texts whose collation is not its server's, and after it has planned the check of any other one anew it looks
-- for the table in a schema that is not there. Without them it takes all that the store writes; 'batchsync store verify' looks at what they would guard.
DECLARE @drops nvarchar(max) = (
    SELECT STRING_AGG(CONCAT(N'ALTER TABLE [dbo].', OBJECT_NAME(parent_object_id), N' DROP CONSTRAINT ', name, N';'), N' ') FROM sys.foreign_keys WHERE schema_id = SCHEMA_ID(N'dbo'));
IF @drops IS NOT NULL EXEC(@drops);
GO
-- The roles of sql-server-roles.sql: there is no DENY here, so each table is granted by itself.
IF DATABASE_PRINCIPAL_ID(N'batchsync_operator') IS NULL CREATE ROLE batchsync_operator;
IF DATABASE_PRINCIPAL_ID(N'batchsync_auditor') IS NULL CREATE ROLE batchsync_auditor;
IF DATABASE_PRINCIPAL_ID(N'batchsync_reader') IS NULL CREATE ROLE batchsync_reader;
GO
DECLARE @grants nvarchar(max) = (
    SELECT STRING_AGG(CONCAT(
        N'GRANT SELECT', CASE name WHEN N'schema_journal' THEN N'' WHEN N'audit_events' THEN N', INSERT' ELSE N', INSERT, UPDATE, DELETE' END, N' ON [dbo].', name, N' TO batchsync_operator; ',
        CASE name WHEN N'sign_ins' THEN N'' ELSE CONCAT(N'GRANT SELECT', CASE name WHEN N'audit_events' THEN N', INSERT' ELSE N'' END, N' ON [dbo].', name, N' TO batchsync_auditor; ') END), N'')
    FROM sys.tables WHERE schema_id = SCHEMA_ID(N'dbo'));
EXEC(@grants);
GO
DECLARE @grants nvarchar(max) = (
    SELECT STRING_AGG(CONCAT(N'GRANT SELECT ON [dbo].', v.name, N' TO ', r.name, N';'), N' ')
    FROM sys.views v, (VALUES (N'batchsync_operator'), (N'batchsync_auditor'), (N'batchsync_reader')) r(name) WHERE v.schema_id = SCHEMA_ID(N'dbo'));
EXEC(@grants);
GO
-- The driver's bulk copy asks tempdb for the collations of a temporary table's columns. Every text of the store has this one.
USE tempdb;
GO
IF OBJECT_ID(N'dbo.sp_tablecollations_100') IS NULL EXEC(N'
CREATE PROCEDURE dbo.sp_tablecollations_100 @object nvarchar(4000) AS
SELECT a.n * 8 + b.n + 1 AS colid, CAST(N'''' AS sysname) AS name, CAST(0x3400d00034 AS binary(5)) AS tds_collation, CAST(N''Latin1_General_100_BIN2'' AS nvarchar(128)) AS collation
FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7)) a(n), (VALUES (0), (1), (2), (3), (4), (5), (6), (7)) b(n) ORDER BY 1');
GO
GRANT EXECUTE ON dbo.sp_tablecollations_100 TO PUBLIC;
GO
