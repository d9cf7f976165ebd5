-- What the service knows of itself: names the database, counts while it is served, says until when everything is looked
-- for before it is sent.
create table beat (
    name text primary key,
    value text not null
);
