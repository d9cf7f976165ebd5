-- How many notifications of a tenant were taken in, and how many of them are settled (merged, ignored or quarantined). What
-- was taken in and is not settled must be pending: checked every minute.
create table ledger (
    tenant text primary key,
    received bigint not null,
    settled bigint not null
);
insert into ledger (tenant, received, settled)
    select tenant, count(*), count(case when state <> 'pending' then 1 end) from journal group by tenant;
