-- Who administers which tenant. An operator, who reaches all of them, stands here for none.
create table tenant_admin (
    tenant text not null,
    person text not null,
    since_ms bigint not null,
    invited_by text not null,
    primary key (tenant, person)
);
create index tenant_admin_of_person on tenant_admin (person, tenant);
