-- Mail on its way to people, and what came of it. The text goes when the mail has ended: it may hold a link that proves somebody.
create table if not exists mail (
    tenant text not null,
    id text not null,
    to_address text not null,
    subject text not null,
    body text not null,
    created_ms bigint not null,
    sent_ms bigint,
    attempts bigint not null default 0,
    next_ms bigint not null,
    primary key (tenant, id)
);
alter table mail add column purpose text;
alter table mail add column link {bytes};
alter table mail add column ended_ms bigint;
alter table mail add column detail text;
create index mail_due on mail (next_ms) where ended_ms is null;

-- Where a tenant wants to be told: web addresses and people's. Each is tried on its own time, so that none holds up another.
create table alert_address (
    tenant text not null,
    id text not null,
    kind text not null,
    address text not null,
    secret {bytes},
    added_ms bigint not null,
    next_at_ms bigint not null,
    primary key (tenant, id)
);
insert into alert_address (tenant, id, kind, address, secret, added_ms, next_at_ms)
    select tenant, tenant, 'web', url, secret, changed_ms, 0 from alert_hook;
drop table alert_hook;
alter table alert_post add column address text;
update alert_post set address = tenant;
create index alert_post_address on alert_post (tenant, address, state, next_at_ms);
