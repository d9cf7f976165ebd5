-- The secret that an address had before it was replaced: posts are signed with both until then.
alter table alert_address add column old_secret {bytes};
alter table alert_address add column old_until_ms bigint;
