-- The old JWT app of a tenant's Zoom account: off unless somebody switched it on. sealed holds its credentials under the tenant's key.
create table old_app (
    tenant text not null,
    state text not null,
    calls bigint not null,
    sealed {bytes} not null,
    saved_ms bigint not null,
    primary key (tenant)
);

-- How far a tenant's migration off it is, as JSON; version counts what was done.
create table migration (
    tenant text not null,
    version bigint not null,
    body text not null,
    updated_ms bigint not null,
    primary key (tenant)
);

-- What the old app told, for counting it down to silence.
create index journal_of_old_app on journal (tenant, received_ms) where source = 'zoom:legacy';
