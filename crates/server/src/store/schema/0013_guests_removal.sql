-- Whose sign-in was removed, where what is to be erased is a guest's copy of what it brought.
alter table removal add column owner text;
-- What was read from Zoom goes as well as what its webhooks said: what was gone through before is gone through once more.
update removal set erased_ms = null, erased_to = null where erased_ms is not null and returned_ms is null;
