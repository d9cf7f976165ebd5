-- Following one person: by the mark that stands in LeadSquared, by what LeadSquared or Zoom called a record, by the lead, by a name.
alter table delivery add column marker text;
create index delivery_marker on delivery (tenant, marker) where marker is not null;
create index delivery_result on delivery (tenant, result) where result is not null;
create index delivery_by_person on delivery (tenant, person, id) where person is not null;
create index lead_by_id on lead (tenant, lead) where lead is not null;

-- Keyed hashes of names and of registrants' ids, each with the facts that tell of them.
create table handle (
    tenant text not null,
    handle text not null,
    fact text not null,
    primary key (tenant, handle, fact)
);
