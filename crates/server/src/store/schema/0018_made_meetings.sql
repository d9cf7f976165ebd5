-- Meetings that were made from LeadSquared, for reading them once more after a gap.
create index delivery_made on delivery (tenant, id) where kind = 'create_meeting';
