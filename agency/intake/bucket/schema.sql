-- What intakes on an object store note of shares. Applied by `doorwatch-intake --prepare-records`.
-- Every time here is this database's, so intakes whose clocks differ agree.

-- The bucket is noted by the first intake that starts. In another one, a package that isn't there
-- would be taken for one that is deleted.
create table doorwatch_schema (version int not null, bucket text);
insert into doorwatch_schema values (1);

create table shares (
  id text primary key,
  home text not null,
  ledger text,
  size bigint not null,
  -- Of an upload that goes on, and of what it may have left in the bucket. Null when all of
  -- that is cleared. See writing.js.
  upload jsonb,
  sha256 text,
  received_at timestamptz,
  -- begun: bytes are missing. arrived: all are in the bucket, and the digest is not known yet.
  -- finished: it is in the inbox. taken: an officer took it out. deleted: on a withdrawal.
  state text not null check (state in ('begun', 'arrived', 'finished', 'taken', 'deleted')),
  object text, -- its name in the bucket; null when it isn't there anymore
  told boolean not null default true, -- whether --on-package was run for it
  -- Whether it has a receipt; set by the statement that gives the first one.
  receipted boolean not null default false,
  touched_at timestamptz not null default now()
);
-- What is still to be done; of millions of shares only a few are. So what runs each minute
-- costs what waits, not what was ever received.
create index shares_begun on shares (touched_at) where state = 'begun';
create index shares_arrived on shares (touched_at) where state = 'arrived';
create index shares_finished on shares (received_at) where state = 'finished';
create index shares_late on shares (received_at)
  where not receipted and state in ('arrived', 'finished');
create index shares_untold on shares (id) where not told;
create index shares_uncleared on shares (id) where upload is not null and state <> 'begun';
create index shares_deleted on shares (id) where state = 'deleted' and object is not null;

-- Officers have fewer rights than the owner of the table (docs/agency/desk.md). They take or
-- delete what is in the inbox, and mark it as having a receipt. Whatever else they write, no
-- intake takes a package for another one, or tells a home that something arrived.
create function shares_refuse() returns trigger language plpgsql as $$
begin
  if not pg_has_role((select relowner from pg_catalog.pg_class where oid = tg_relid), 'usage') then
    raise insufficient_privilege using message = 'officers can only take or delete what arrived';
  end if;
  return new;
end
$$;
create trigger shares_stay before update on shares for each row
  when (
    old.state in ('begun', 'arrived')
    or not (new.state in (old.state, 'deleted') or (old.state = 'finished' and new.state = 'taken'))
    or (new.object is distinct from old.object and (new.object is not null or new.state <> 'deleted'))
    or (old.receipted and not new.receipted)
  ) execute function shares_refuse();

create table receipts (
  id text primary key references shares,
  token text not null check (octet_length(token) <= 65536), -- an intake reads it for a home
  opened boolean not null
);

create table withdrawals (
  id text primary key references shares,
  request text not null,
  request_sha256 text not null,
  result text not null,
  says text not null,
  at timestamptz not null
);
create index withdrawals_underway on withdrawals (id) where result = 'deleting';

create table answers (
  id text primary key references shares,
  token text not null check (octet_length(token) <= 65536),
  request_sha256 text not null
);

create table rates (
  kind text not null,
  minute bigint not null,
  count int not null,
  primary key (kind, minute)
);
