-- What a key of the API may do, who made it, when it was last used, when it ends by itself. Keys from before may do everything.
alter table api_key add column scopes text not null default 'read read_personal write admin';
alter table api_key add column made_by text not null default '';
alter table api_key add column used_ms bigint;
alter table api_key add column expires_ms bigint;
create index api_key_tenant on api_key (tenant);

-- Requests of the API that carry a key of their own, so that none is done twice. Without a status they are under way.
create table idempotency (
    api_key text not null,
    name text not null,
    request text not null,
    tenant text,
    begun_ms bigint not null,
    answered_ms bigint,
    status bigint,
    kind text,
    body {bytes},
    primary key (api_key, name)
);
create index idempotency_begun on idempotency (begun_ms);
