-- Where a fact stands among the parts of its whole, as they are listed: parts are read page by page in this order.
alter table fact add column listed_ms bigint not null default 0;
update fact set listed_ms = updated_ms where part_of is not null;
drop index fact_parts;
create index fact_parts on fact (tenant, part_of, listed_ms, id) where part_of is not null;

-- How many people there are in all, and how many were there at one time: counted with the other numbers, which all are once more.
alter table calendar_entry add column people bigint not null default 0;
alter table calendar_entry add column presence text;
update calendar_entry set due_ms = 0;

-- What is told of a fact, and what follows from it, in the order of the ids: without the id a database may read all rows in that order.
drop index journal_of_fact;
create index journal_of_fact on journal (tenant, fact, id) where fact is not null;
drop index delivery_of_fact;
create index delivery_of_fact on delivery (tenant, fact, id);
-- The aliases of a fact that is found to be another one.
create index alias_of_fact on alias (tenant, fact);
-- Rows that are few among many, and listed by themselves.
create index delivery_suppressed on delivery (tenant, id) where state = 'suppressed';
create index journal_ignored on journal (tenant, id) where state = 'ignored';
-- People whom Zoom does not name, those who wait and those who are known each by themselves.
drop index fact_strangers;
create index fact_strangers on fact (tenant, kind, updated_ms, id) where kind in ('stranger', 'stranger_known');
-- Parked ones of one cause, in the order of the ids.
create index delivery_parked_code on delivery (tenant, code, id) where state = 'parked';
