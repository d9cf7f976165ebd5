-- What came in, hour by hour (hours since 1970), so that a page can show a day without counting rows. Settled ones stand in hour 0, and
-- so does all that is older than a few days. The sums over all hours are the tenant's ledger.
create table ledger_by_hour (
    tenant text not null,
    hour bigint not null,
    received bigint not null,
    settled bigint not null,
    primary key (tenant, hour)
);
insert into ledger_by_hour (tenant, hour, received, settled) select tenant, 0, received, settled from ledger;
drop table ledger;
alter table ledger_by_hour rename to ledger;

-- What was written to LeadSquared and Zoom, hour by hour.
create table written_hour (
    tenant text not null,
    hour bigint not null,
    written bigint not null,
    primary key (tenant, hour)
);

-- Few rows each: what waits until Zoom names somebody, and what could not be read.
create index delivery_waiting on delivery (tenant, id) where state = 'waiting';
create index journal_quarantined on journal (tenant, id) where state = 'quarantined';
