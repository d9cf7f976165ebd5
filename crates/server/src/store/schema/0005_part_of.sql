-- A fact may be part of another, all of whose parts are needed at once: an attendance of its run, a registration of its webinar.
alter table fact add column part_of text;
create index fact_parts on fact (tenant, part_of) where part_of is not null;

-- People whom Zoom does not name and nobody has decided about yet: few, and listed by themselves.
create index fact_strangers on fact (tenant, updated_ms) where kind in ('stranger', 'stranger_known');
