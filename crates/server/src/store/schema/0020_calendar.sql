-- What is listed of meetings and webinars: each date that is planned and each run, with its numbers. Written with the facts it follows from;
-- the numbers are counted by the keeper. changes counts what may have changed them; due_ms is when they are counted next.
create table calendar_entry (
    tenant text not null,
    id text not null,
    series text not null,
    stage text not null,
    kind text not null,
    account text not null,
    number bigint not null,
    topic text not null,
    host text not null,
    starts_ms bigint not null,
    ended_ms bigint,
    minutes bigint,
    occurrence text,
    registered bigint not null,
    pending bigint not null,
    came bigint not null,
    no_show bigint not null,
    unnamed bigint not null,
    reported bigint not null,
    closed bigint not null,
    written bigint not null,
    waiting bigint not null,
    failed bigint not null,
    changes bigint not null,
    due_ms bigint not null,
    counted_ms bigint,
    primary key (tenant, id)
);
create index calendar_by_start on calendar_entry (tenant, starts_ms, id);
create index calendar_of_series on calendar_entry (tenant, series, starts_ms);
create index calendar_due on calendar_entry (due_ms);
