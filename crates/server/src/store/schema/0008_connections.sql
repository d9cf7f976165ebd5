-- One Zoom account for several tenants: the owner of the sign-in offers, a guest accepts and gets what the rules name.
create table zoom_share (
    tenant text not null,
    id text not null,
    guest text,
    app text not null,
    account text not null,
    rules text not null,
    offer_hash text not null,
    offered_ms bigint not null,
    expires_ms bigint not null,
    began_ms bigint,
    ended_ms bigint,
    ended_code text,
    primary key (tenant, id)
);
create unique index zoom_share_offer on zoom_share (offer_hash);
create unique index zoom_share_guest on zoom_share (guest, app) where began_ms is not null and ended_ms is null;
create index zoom_share_account on zoom_share (app, account);

-- The app was removed in Zoom: what proved it, when the tokens were destroyed, until when what is kept here may be kept.
create table removal (
    tenant text not null,
    id text not null,
    connection text not null,
    app text not null,
    account text not null,
    zoom_user text not null,
    proof text not null,
    told_ms bigint not null,
    destroyed_ms bigint not null,
    keep_until_ms bigint not null,
    returned_ms bigint,
    primary key (tenant, id)
);

-- What somebody has to know: one for each cause at a time, until it is over.
create table alert (
    tenant text not null,
    id text not null,
    cause text not null,
    code text not null,
    detail text not null,
    raised_ms bigint not null,
    resolved_ms bigint,
    primary key (tenant, id)
);
create unique index alert_one_per_cause on alert (tenant, cause) where resolved_ms is null;

-- Where a tenant wants to be told, and what is on its way there.
create table alert_hook (
    tenant text primary key,
    url text not null,
    secret {bytes} not null,
    changed_ms bigint not null
);
create table alert_post (
    tenant text not null,
    id text not null,
    kind text not null,
    body text not null,
    state text not null,
    tries bigint not null,
    next_at_ms bigint not null,
    detail text,
    done_ms bigint,
    primary key (tenant, id)
);
create index alert_post_due on alert_post (state, next_at_ms);
