-- A tenant's own Zoom app: server-to-server credentials behind a connection, sealed under the tenant's key. One app gives its tokens to
-- one connection: a second one that asked would end the first one's.
create table own_app (
    tenant text not null,
    app text not null,
    connection text not null,
    client_id text not null,
    sealed {bytes} not null,
    saved_ms bigint not null,
    primary key (tenant, app)
);
create unique index own_app_client on own_app (client_id);

-- Whether a connection is by such an app: its events come by a door of their own, and never by the doors of the service's apps.
alter table connection add column own_app bigint not null default 0;
