-- Meetings made and changed for a Zoom host on a UTC day, counted before each call: Zoom allows a hundred. Days are those since 1970.
create table host_day (
    tenant text not null,
    host text not null,
    day bigint not null,
    used bigint not null,
    primary key (tenant, host, day)
);
