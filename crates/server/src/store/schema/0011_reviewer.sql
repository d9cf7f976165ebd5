-- Account managers: who may review and release the custom logic of which tenant, and nothing else of it.
create table reviewer (
    tenant text not null,
    email text not null,
    name text not null,
    invited_ms bigint not null,
    primary key (tenant, email)
);
create index reviewer_by_email on reviewer (email);

-- Their sessions: of a person, who reaches every tenant that the person is invited for.
create table review_session (
    id_hash text not null,
    email text not null,
    form_token text not null,
    created_ms bigint not null,
    expires_ms bigint not null,
    primary key (id_hash)
);
