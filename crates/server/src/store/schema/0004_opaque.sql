-- A delivery counts how often it was in a call that failed without saying which row was at fault; before, only that it was so once.
-- opaque_ms is when it was so first.
alter table delivery rename column alone to opaque;
alter table delivery add column opaque_ms bigint;

-- What was last written to a person's lead, as a hash, so that the same is not written twice.
alter table lead add column written text;

-- Deliveries that wait to be tried again: few, and looked for in every round.
create index delivery_retrying on delivery (tenant, destination, next_at_ms) where state = 'ready' and tries > 0;
