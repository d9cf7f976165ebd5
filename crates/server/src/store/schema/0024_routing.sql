-- What Zoom was asked because a rule of a share looks at it: the groups of a host, the names of groups, the tracking fields of a meeting.
create table zoom_known (
    app text not null,
    account text not null,
    kind text not null,
    name text not null,
    value text not null,
    read_ms bigint not null,
    primary key (app, account, kind, name)
);

-- Notifications that are held until Zoom was asked whose they are; the notification itself is in the journal, under nobody.
create table held (
    notification text primary key,
    app text not null,
    account text not null,
    door text,
    event_ts_ms bigint not null,
    held_ms bigint not null,
    due_ms bigint not null
);
create index held_due on held (due_ms, notification);
