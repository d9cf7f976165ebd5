-- Sales users without an account of the console: their sessions, each bound to one tenant and one address, and who asked for
-- a link lately, for whoever hands links out and for the limits.
create table sales_session (
    tenant text not null,
    id_hash text not null,
    email text not null,
    form_token text not null,
    created_ms bigint not null,
    checked_ms bigint not null,
    expires_ms bigint not null,
    primary key (tenant, id_hash)
);
create unique index sales_session_by_hash on sales_session (id_hash);
create index sales_session_by_person on sales_session (tenant, email);
create table sales_ask (
    tenant text not null,
    email text not null,
    since_ms bigint not null,
    asked_ms bigint not null,
    asked bigint not null,
    primary key (tenant, email)
);
