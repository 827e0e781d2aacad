-- The least that each kind of person and process needs of a store in the schema dbo. For another schema, replace [dbo] everywhere.
-- An administrator runs this in the store's database after 'batchsync store migrate'; to run it again changes nothing.

IF DATABASE_PRINCIPAL_ID(N'batchsync_operator') IS NULL CREATE ROLE batchsync_operator;
IF DATABASE_PRINCIPAL_ID(N'batchsync_auditor') IS NULL CREATE ROLE batchsync_auditor;
IF DATABASE_PRINCIPAL_ID(N'batchsync_reader') IS NULL CREATE ROLE batchsync_reader;
GO
-- Runs, and people who plan, approve, accept and unpost. Neither changes the schema, nor what was said and done before.
GRANT SELECT, INSERT, UPDATE, DELETE ON SCHEMA::[dbo] TO batchsync_operator;
DENY UPDATE, DELETE ON [dbo].audit_events TO batchsync_operator;
DENY INSERT, UPDATE, DELETE ON [dbo].schema_journal TO batchsync_operator;
GO
-- Auditors read everything and write nothing but that they looked.
GRANT SELECT ON SCHEMA::[dbo] TO batchsync_auditor;
GRANT INSERT ON [dbo].audit_events TO batchsync_auditor;
DENY SELECT ON [dbo].sign_ins TO batchsync_auditor;
GO
-- Accountants and their BI tools read the views, and no table.
GRANT SELECT ON [dbo].reconciliation_summary TO batchsync_reader;
GRANT SELECT ON [dbo].open_differences TO batchsync_reader;
GRANT SELECT ON [dbo].posted_documents TO batchsync_reader;
GO
-- ALTER ROLE batchsync_operator ADD MEMBER [CORP\batchsync];
