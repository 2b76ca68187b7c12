-- Made by `python -m tests.support.fresh_database` from the migrations.
CREATE TABLE accounts (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	tenant_id TEXT, 
	region TEXT, 
	base_url TEXT NOT NULL, 
	sealed_key TEXT NOT NULL, 
	status TEXT NOT NULL, 
	last_error TEXT, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_accounts PRIMARY KEY (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0012');
CREATE TABLE api_tokens (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	tenant_id TEXT, 
	account_id TEXT, 
	server_id TEXT, 
	token_hash TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME, read_only BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_api_tokens PRIMARY KEY (id), 
	CONSTRAINT fk_api_tokens_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_api_tokens_server_id FOREIGN KEY(server_id) REFERENCES servers (id) ON DELETE CASCADE, 
	CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash)
);
CREATE TABLE audit_log (
	id TEXT NOT NULL, 
	log_type TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	tenant_id TEXT, 
	account_id TEXT, 
	server_id TEXT, 
	request_id TEXT, 
	mcp_method TEXT, 
	tool_name TEXT, 
	resource TEXT, 
	method TEXT, 
	client_name TEXT, 
	client_version TEXT, 
	status INTEGER NOT NULL, 
	duration FLOAT, 
	upstream_duration FLOAT, 
	upstream_id TEXT, 
	cost FLOAT, 
	arguments TEXT, 
	message TEXT, 
	action TEXT, 
	actor TEXT, upstream_ids TEXT, outcome TEXT, token_id TEXT, token_name TEXT, source_address TEXT, idempotency_key_hash TEXT, confirmation_code_hash TEXT, change_id TEXT, tokens INTEGER, 
	CONSTRAINT pk_audit_log PRIMARY KEY (id)
);
CREATE TABLE console_sessions (
	id TEXT NOT NULL, 
	api_token_id TEXT NOT NULL, 
	secret_hash TEXT NOT NULL, 
	client TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	last_used_at DATETIME NOT NULL, 
	CONSTRAINT pk_console_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_console_sessions_api_token_id FOREIGN KEY(api_token_id) REFERENCES api_tokens (id) ON DELETE CASCADE, 
	CONSTRAINT uq_console_sessions_secret_hash UNIQUE (secret_hash)
);
CREATE TABLE daily_uses (
	owner TEXT NOT NULL, 
	day DATE NOT NULL, 
	name TEXT NOT NULL, 
	used INTEGER NOT NULL, 
	CONSTRAINT pk_daily_uses PRIMARY KEY (owner, day, name)
);
CREATE TABLE intents (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	tool TEXT NOT NULL, 
	arguments_hash TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	waits_until DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	outcome TEXT NOT NULL, 
	sealed_answer TEXT, 
	CONSTRAINT pk_intents PRIMARY KEY (id)
);
CREATE TABLE log_deletions (
	began DATETIME NOT NULL, 
	remaining BIGINT NOT NULL
);
INSERT INTO "log_deletions" VALUES('1970-01-01 00:00:00.000000',0);
CREATE TABLE oauth_clients (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT, 
	redirect_uris TEXT NOT NULL, 
	secret_hash TEXT, 
	created_at DATETIME NOT NULL, 
	fetched_at DATETIME, 
	fresh_until DATETIME, 
	CONSTRAINT pk_oauth_clients PRIMARY KEY (id)
);
CREATE TABLE oauth_codes (
	code_hash TEXT NOT NULL, 
	grant_id TEXT NOT NULL, 
	client_id TEXT NOT NULL, 
	redirect_uri TEXT NOT NULL, 
	code_challenge TEXT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT pk_oauth_codes PRIMARY KEY (code_hash), 
	CONSTRAINT fk_oauth_codes_grant_id FOREIGN KEY(grant_id) REFERENCES oauth_grants (id) ON DELETE CASCADE
);
CREATE TABLE oauth_grants (
	id TEXT NOT NULL, 
	client_id TEXT NOT NULL, 
	client_host TEXT NOT NULL, 
	client_name TEXT, 
	account_id TEXT NOT NULL, 
	server_id TEXT NOT NULL, 
	api_token_id TEXT, 
	scopes TEXT NOT NULL, 
	resource TEXT NOT NULL, 
	ends_at DATETIME, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	CONSTRAINT pk_oauth_grants PRIMARY KEY (id), 
	CONSTRAINT fk_oauth_grants_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_oauth_grants_server_id FOREIGN KEY(server_id) REFERENCES servers (id) ON DELETE CASCADE, 
	CONSTRAINT fk_oauth_grants_api_token_id FOREIGN KEY(api_token_id) REFERENCES api_tokens (id) ON DELETE CASCADE
);
CREATE TABLE oauth_tokens (
	token_hash TEXT NOT NULL, 
	grant_id TEXT NOT NULL, 
	use TEXT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	replaced_at DATETIME, 
	CONSTRAINT pk_oauth_tokens PRIMARY KEY (token_hash), 
	CONSTRAINT fk_oauth_tokens_grant_id FOREIGN KEY(grant_id) REFERENCES oauth_grants (id) ON DELETE CASCADE
);
CREATE TABLE object_changes (
	id TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	tenant_id TEXT, 
	account_id TEXT NOT NULL, 
	server_id TEXT NOT NULL, 
	tool TEXT NOT NULL, 
	effect TEXT NOT NULL, 
	resource TEXT NOT NULL, 
	object_id TEXT NOT NULL, 
	kept TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	actor TEXT, 
	token_name TEXT, 
	restores TEXT, 
	restored_by TEXT, 
	sealed_states TEXT, 
	CONSTRAINT pk_object_changes PRIMARY KEY (id)
);
CREATE TABLE owned_objects (
	account_id TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	object_id TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_owned_objects PRIMARY KEY (account_id, owner, kind, object_id)
);
CREATE TABLE permits (
	id TEXT NOT NULL, 
	server_id TEXT NOT NULL, 
	tool TEXT NOT NULL, 
	arguments_hash TEXT NOT NULL, 
	way TEXT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_permits PRIMARY KEY (id)
);
CREATE TABLE servers (
	id TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	config TEXT NOT NULL, 
	token_hash TEXT NOT NULL, 
	expires_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	last_used_at DATETIME, links_epoch INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_servers PRIMARY KEY (id), 
	CONSTRAINT fk_servers_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE, 
	CONSTRAINT uq_servers_token_hash UNIQUE (token_hash)
);
CREATE TABLE state (
	revision BIGINT NOT NULL, 
	canary TEXT
, trial_writes BIGINT DEFAULT '0' NOT NULL);
INSERT INTO "state" VALUES(0,NULL,0);
CREATE INDEX ix_accounts_created ON accounts (created_at, id);
CREATE INDEX ix_accounts_tenant ON accounts (tenant_id, created_at, id);
CREATE INDEX ix_servers_account ON servers (account_id, created_at, id);
CREATE INDEX ix_servers_expiry ON servers (expires_at);
CREATE INDEX ix_api_tokens_created ON api_tokens (created_at, id);
CREATE INDEX ix_api_tokens_account ON api_tokens (account_id);
CREATE INDEX ix_api_tokens_server ON api_tokens (server_id);
CREATE INDEX ix_audit_log_created ON audit_log (created_at, id);
CREATE INDEX ix_audit_log_type ON audit_log (log_type, created_at, id);
CREATE INDEX ix_audit_log_tenant ON audit_log (tenant_id, created_at, id);
CREATE INDEX ix_audit_log_account ON audit_log (account_id, created_at, id);
CREATE INDEX ix_audit_log_server ON audit_log (server_id, created_at, id);
CREATE INDEX ix_intents_expiry ON intents (expires_at);
CREATE INDEX ix_permits_expiry ON permits (expires_at);
CREATE INDEX ix_daily_uses_day ON daily_uses (day);
CREATE INDEX ix_console_sessions_token ON console_sessions (api_token_id);
CREATE INDEX ix_console_sessions_expiry ON console_sessions (expires_at);
CREATE INDEX ix_oauth_clients_created ON oauth_clients (created_at);
CREATE INDEX ix_oauth_grants_created ON oauth_grants (created_at, id);
CREATE INDEX ix_oauth_grants_account ON oauth_grants (account_id);
CREATE INDEX ix_oauth_grants_server ON oauth_grants (server_id);
CREATE INDEX ix_oauth_grants_api_token ON oauth_grants (api_token_id);
CREATE INDEX ix_oauth_grants_client ON oauth_grants (client_id);
CREATE INDEX ix_oauth_codes_grant ON oauth_codes (grant_id);
CREATE INDEX ix_oauth_codes_expiry ON oauth_codes (expires_at);
CREATE INDEX ix_oauth_tokens_grant ON oauth_tokens (grant_id);
CREATE INDEX ix_oauth_tokens_expiry ON oauth_tokens (expires_at);
CREATE INDEX ix_object_changes_created ON object_changes (created_at, id);
CREATE INDEX ix_object_changes_account ON object_changes (account_id, created_at, id);
CREATE INDEX ix_object_changes_expiry ON object_changes (expires_at);
