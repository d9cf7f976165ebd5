-- What a parked delivery's failure has in common with others, without what differs from person to person: those alike stand together.
alter table delivery add column cause text not null default '';
create index delivery_issue on delivery (tenant, code, cause, updated_ms) where state = 'parked';
create index journal_issue on journal (tenant, code, event, id) where state = 'quarantined';

-- Groups of failures that somebody does not want to hear of until they have grown.
create table muted (
    tenant text not null,
    code text not null,
    cause text not null,
    count bigint not null,
    actor text not null,
    muted_ms bigint not null,
    primary key (tenant, code, cause)
);
