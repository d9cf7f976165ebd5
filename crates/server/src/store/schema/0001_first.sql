-- The first schema. Times are epoch milliseconds (bigint), ids are text, flags are bigint 0 or 1, {bytes} is blob or bytea.
-- A table of a tenant begins its primary key with the tenant, so that a database that shards by tenant can carry it.

-- A LeadSquared account. data_key is random, sealed under the master key; destroying it makes all the tenant's sealed values unreadable.
create table tenant (
    tenant text primary key,
    name text not null,
    state text not null,
    paused_code text,
    paused_detail text,
    paused_ms bigint,
    created_ms bigint not null,
    data_key {bytes} not null,
    crm_api text not null,
    crm_app text,
    crm_keys {bytes} not null,
    crm_user text,
    org_name text,
    time_zone text not null
);

-- Every version of a connector's settings; the highest is in force.
create table settings (
    tenant text not null,
    version bigint not null,
    body text not null,
    author text not null,
    created_ms bigint not null,
    primary key (tenant, version)
);

-- A sign-in with Zoom for one app. Ended ones stay: an event belongs to the connection that was valid when it happened.
create table connection (
    tenant text not null,
    id text not null,
    app text not null,
    account text not null,
    zoom_user text not null,
    email text,
    user_name text,
    scopes text not null,
    licences text not null,
    state text not null,
    broken_code text,
    began_ms bigint not null,
    ended_ms bigint,
    ended_code text,
    primary key (tenant, id)
);
create unique index connection_one_per_app on connection (tenant, app) where ended_ms is null;
create unique index connection_one_per_user on connection (app, zoom_user) where ended_ms is null;
create index connection_by_account on connection (app, account);

-- The tokens behind a connection, sealed. version counts refreshes; an intent marks the one refresher.
create table zoom_grant (
    tenant text not null,
    connection text not null,
    version bigint not null,
    access {bytes} not null,
    refresh {bytes},
    expires_ms bigint not null,
    refreshed_ms bigint not null,
    api_url text,
    intent_owner text,
    intent_ms bigint,
    primary key (tenant, connection)
);

-- A sign-in that is under way. Found by the hash of its state; bound to the browser that began it.
create table sign_in (
    state_hash text primary key,
    tenant text not null,
    app text not null,
    browser_hash text not null,
    actor text not null,
    verifier {bytes} not null,
    began_ms bigint not null,
    expires_ms bigint not null,
    step text not null,
    offer {bytes},
    failure text
);
create index sign_in_of_tenant on sign_in (tenant, app, began_ms);

-- Everything taken in. key makes the same notification one row; copies counts how often it came.
create table journal (
    tenant text not null,
    key text not null,
    id text not null,
    source text not null,
    event text not null,
    event_ts_ms bigint not null,
    received_ms bigint not null,
    late bigint not null,
    copies bigint not null,
    body {bytes} not null,
    state text not null,
    code text,
    detail text,
    fact text,
    done_ms bigint,
    primary key (tenant, key)
);
create index journal_by_id on journal (tenant, id);
create index journal_of_fact on journal (tenant, fact) where fact is not null;
create index journal_pending on journal (tenant, id) where state = 'pending';

create table fact (
    tenant text not null,
    id text not null,
    kind text not null,
    state text not null,
    updated_ms bigint not null,
    primary key (tenant, id)
);

create table alias (
    tenant text not null,
    alias text not null,
    fact text not null,
    primary key (tenant, alias)
);

-- The lead of a person, as LeadSquared answered; lead is null when it knows none.
create table lead (
    tenant text not null,
    person text not null,
    lead text,
    updated_ms bigint not null,
    primary key (tenant, person)
);

-- A command on its way.
create table delivery (
    tenant text not null,
    key text not null,
    id text not null,
    fact text not null,
    destination text not null,
    kind text not null,
    person text,
    who text not null,
    what text not null,
    command text not null,
    settings_version bigint not null,
    state text not null,
    code text,
    detail text,
    next_at_ms bigint not null,
    tries bigint not null,
    reads bigint not null,
    alone bigint not null,
    lead_renewed bigint not null,
    attempt text,
    deadline_ms bigint,
    result text,
    proof text,
    planned_ms bigint not null,
    updated_ms bigint not null,
    primary key (tenant, key)
);
create index delivery_by_id on delivery (tenant, id);
create index delivery_of_fact on delivery (tenant, fact);
create index delivery_ready on delivery (tenant, destination, id) where state = 'ready';
create index delivery_open on delivery (tenant, destination, next_at_ms) where state in ('sending', 'unknown');
create index delivery_parked on delivery (tenant, id) where state = 'parked';
create index delivery_of_person on delivery (tenant, person, id) where kind in ('lead', 'find');

-- One remote call that changes something, committed before it is made.
create table attempt (
    tenant text not null,
    id text not null,
    operation text not null,
    rows bigint not null,
    fence bigint not null,
    started_ms bigint not null,
    deadline_ms bigint not null,
    ended_ms bigint,
    outcome text,
    detail text,
    primary key (tenant, id)
);

-- Which deliveries an attempt carried.
create table attempt_row (
    tenant text not null,
    delivery text not null,
    attempt text not null,
    outcome text,
    primary key (tenant, delivery, attempt)
);

-- One row for each tenant and destination: who works on it, when it is due, how fast it may go.
create table lane (
    tenant text not null,
    destination text not null,
    next_at_ms bigint not null,
    wake bigint not null,
    owner text,
    lease_until_ms bigint not null,
    fence bigint not null,
    state text not null,
    primary key (tenant, destination)
);
create index lane_due on lane (destination, next_at_ms);

-- People of the console.
create table operator (
    id text primary key,
    email text not null unique,
    name text not null,
    password text not null,
    role text not null,
    tenant text,
    created_ms bigint not null,
    disabled_ms bigint
);

create table session (
    id_hash text primary key,
    operator text not null,
    form_token text not null,
    created_ms bigint not null,
    expires_ms bigint not null
);

-- Links that work once: first run, and the Zoom admin's sign-in.
create table link (
    hash text primary key,
    purpose text not null,
    tenant text,
    detail text,
    created_ms bigint not null,
    expires_ms bigint not null,
    used_ms bigint
);

-- Keys of the JSON API; tenant is null for the operator's.
create table api_key (
    hash text primary key,
    name text not null,
    tenant text,
    created_ms bigint not null,
    ended_ms bigint
);

create table audit (
    id text primary key,
    at_ms bigint not null,
    actor text not null,
    tenant text,
    action text not null,
    detail text not null
);
create index audit_of_tenant on audit (tenant, id);
