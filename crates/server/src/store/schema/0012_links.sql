-- How the person behind a sign-in fares: when it was looked at, what was found, and when an unproven notice said that the app
-- was removed.
alter table connection add column role text;
alter table connection add column checked_ms bigint;
alter table connection add column health text;
alter table connection add column notice_ms bigint;

-- What a tenant wants for deliveries that still wait when the app is removed in Zoom: 'keep' or 'drop'.
create table removal_choice (
    tenant text primary key,
    waiting text not null
);
-- What Zoom said of keeping data, what became of what waited, and how far the bodies of webhooks are erased.
alter table removal add column retention text;
alter table removal add column dropped bigint;
alter table removal add column erased_to text;
alter table removal add column erased bigint;
alter table removal add column erased_ms bigint;

-- A second admin's sign-in, used when the first one's does not work any more. Its tokens stand in zoom_grant under its id.
create table stand_by (
    tenant text not null,
    id text not null,
    app text not null,
    account text not null,
    zoom_user text not null,
    email text,
    user_name text,
    scopes text not null,
    licences text not null,
    began_ms bigint not null,
    primary key (tenant, id)
);
create unique index stand_by_one_per_app on stand_by (tenant, app);
create index stand_by_user on stand_by (app, zoom_user);
alter table sign_in add column stand_by bigint not null default 0;
