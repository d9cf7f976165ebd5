-- The audit log as chains, one for each tenant and one of the installation's own (''): every line carries its number and a hash over the
-- line before it and itself. The program chains the lines that were there before when it applies this.
alter table audit add column number bigint;
alter table audit add column hash text;
create table audit_head (
    chain text primary key,
    number bigint not null,
    hash text not null
);
create unique index audit_number on audit (coalesce(tenant, ''), number);

-- When a person, and a session of theirs, was last heard of.
alter table operator add column seen_ms bigint;
alter table session add column seen_ms bigint;
-- A tenant whose people the session sees unmasked, and until when.
alter table session add column shown_tenant text;
alter table session add column shown_until_ms bigint;
create index session_of_person on session (operator);
