// The schema grows forward only. Each step is one transaction that ends by writing its number, so
// a step killed at any statement has not happened and is done again at the next start.
// Data that a newer Belay has written is refused with a sentence.

import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Tables } from './schema.ts'
import type { Queries, Speech } from './statements.ts'

export class SchemaTooNew extends Error {
  constructor(found: number, known: number) {
    super(
      `These data were written by a newer Belay (their schema is ${found}, this one knows ${known}). ` +
        'Start the newer version again, or restore a backup that this version made.',
    )
    this.name = 'SchemaTooNew'
  }
}

export class SchemaTooOld extends Error {
  constructor() {
    super('These data were written by an older Belay. Start this one on them, or run: belay migrate')
    this.name = 'SchemaTooOld'
  }
}

type Step = (speech: Speech) => RawBuilder<unknown>[]

const first: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  // Byte order, as in JavaScript: a locale's order would shuffle ids.
  const text = sql.raw(sqlite ? 'text' : 'text collate "C"')
  const int = sql.raw(sqlite ? 'integer' : 'bigint')
  const bytes = sql.raw(sqlite ? 'blob' : 'bytea')
  return [
    sql`create table tickets (
      n ${int} primary key,
      id ${text} not null,
      iid ${int},
      revision ${int} not null,
      state ${text} not null,
      level ${int} not null,
      category ${text} not null,
      assignee ${text} not null,
      queue_position ${int} not null,
      opened_at ${int} not null,
      changed_at ${int} not null,
      awaiting_since ${int},
      resolved_at ${int},
      former_assignee ${text},
      priority ${text} not null,
      confidential ${int} not null,
      requester ${text} not null,
      source ${text} not null,
      labels ${text} not null,
      branch ${text},
      url ${text},
      title ${text} not null,
      replies ${int} not null,
      delivery ${text},
      pending ${int} not null,
      marked ${int} not null,
      read_at ${int},
      read_changed_at ${int},
      read_class ${int},
      read_due ${int},
      text ${text} not null
    )`,
    sql`create unique index tickets_id on tickets (id)`,
    sql`create unique index tickets_iid on tickets (iid)`,
    // Each dashboard view walks one of these from the cursor on; the tails answer filters without the row.
    // Most tickets are resolved: the queues' indexes leave them out and stay small.
    sql`create index tickets_level on tickets (state, level, queue_position, id, category, assignee)
      where state <> 'resolved'`,
    sql`create index tickets_queue on tickets (state, queue_position, id, level, category, assignee)
      where state <> 'resolved'`,
    sql`create index tickets_assignee on tickets (assignee, queue_position, id, state, level, category)
      where state <> 'resolved'`,
    sql`create index tickets_resolved on tickets (resolved_at, id, state, level, category, assignee)
      where resolved_at is not null`,
    sql`create index tickets_opened on tickets (state, n, level, category, assignee)`,
    sql`create index tickets_unread on tickets (read_class, n, read_due, pending) where read_class is not null`,
    sql`create table events (
      n ${int} not null,
      source ${text} not null,
      at ${int} not null,
      kind ${text} not null,
      by_hand ${int} not null,
      hidden ${int} not null,
      actor ${text} not null,
      what ${text} not null,
      primary key (n, source)
    )`,
    // The words arrive folded and parted by spaces (search.ts), so the tokenizer has nothing to decide.
    sqlite
      ? sql`create virtual table search using fts5(
          words, content='', contentless_delete=1, tokenize='ascii')`
      : sql`create table search (n bigint primary key, words tsvector not null)`,
    ...(sqlite ? [] : [sql`create index search_words on search using gin (words)`]),
    sql`create table counts (name ${text} primary key, number ${int} not null)`,
    sql`create table operations (
      id ${text} primary key,
      ticket_id ${text} not null,
      sequence ${int} not null,
      kind ${text} not null,
      intent ${text} not null,
      author ${text} not null,
      state ${text} not null,
      attempts ${int} not null,
      not_before ${int} not null,
      created_at ${int} not null,
      sent_at ${int},
      settled_at ${int},
      outcome ${text},
      trouble ${text},
      fence ${int} not null,
      due_at ${int},
      unsure ${int} not null
    )`,
    sql`create unique index operations_ticket on operations (ticket_id, sequence)`,
    sql`create index operations_open on operations (ticket_id, sequence) where state <> 'done'`,
    sql`create index operations_due on operations (created_at, sequence, due_at) where due_at is not null`,
    sql`create table files (
      id ${text} primary key,
      ticket_id ${text} not null,
      position ${int} not null,
      name ${text} not null,
      type ${text} not null,
      size ${int} not null,
      remote_path ${text},
      content ${bytes}
    )`,
    sql`create index files_ticket on files (ticket_id, position)`,
    sql`create table form_keys (key ${text} primary key, ticket_id ${text} not null)`,
    sql`create index form_keys_ticket on form_keys (ticket_id)`,
    sql`create table members (
      id ${int} primary key,
      username ${text} not null,
      name ${text} not null,
      role ${text} not null,
      seen_at ${int} not null
    )`,
    sql`create unique index members_username on members (username)`,
    sql`create table sessions (user_id ${int} primary key, valid_from ${int} not null)`,
    sql`create table settings (name ${text} primary key, value ${text} not null)`,
    sql`create table changes (id ${int} primary key, number ${int} not null)`,
    sql`insert into changes (id, number) values (1, 1)`,
  ]
}

/** What is not on the desk any more, and what GitLab gives no time for. */
const second: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  const text = sql.raw(sqlite ? 'text' : 'text collate "C"')
  const int = sql.raw(sqlite ? 'integer' : 'bigint')
  return [
    ...(sqlite
      ? ticketsAgain
      : [
          sql`alter table tickets add column hidden bigint not null default 0`,
          sql`alter table tickets add column gone text collate "C"`,
        ]),
    sql`create table noticed (
      iid ${int} not null,
      name ${text} not null,
      at ${int} not null,
      what ${text} not null,
      primary key (iid, name)
    )`,
  ]
}

/** SQLite adds columns behind the long text only, where each line of the dashboard would walk through it. */
const ticketsAgain: RawBuilder<unknown>[] = [
  sql`alter table tickets rename to tickets_before`,
  sql`create table tickets (
    n integer primary key,
    id text not null,
    iid integer,
    revision integer not null,
    state text not null,
    level integer not null,
    category text not null,
    assignee text not null,
    queue_position integer not null,
    opened_at integer not null,
    changed_at integer not null,
    awaiting_since integer,
    resolved_at integer,
    former_assignee text,
    priority text not null,
    confidential integer not null,
    requester text not null,
    source text not null,
    labels text not null,
    branch text,
    url text,
    title text not null,
    replies integer not null,
    delivery text,
    pending integer not null,
    marked integer not null,
    read_at integer,
    read_changed_at integer,
    read_class integer,
    read_due integer,
    hidden integer not null,
    gone text,
    text text not null
  )`,
  sql`insert into tickets select
      n, id, iid, revision, state, level, category, assignee, queue_position, opened_at, changed_at, awaiting_since,
      resolved_at, former_assignee, priority, confidential, requester, source, labels, branch, url, title, replies,
      delivery, pending, marked, read_at, read_changed_at, read_class, read_due, 0, null, text
    from tickets_before`,
  sql`drop table tickets_before`,
  sql`create unique index tickets_id on tickets (id)`,
  sql`create unique index tickets_iid on tickets (iid)`,
  // Each dashboard view walks one of these from the cursor on; the tails answer filters without the row.
  // Most tickets are resolved: the queues' indexes leave them out and stay small.
  sql`create index tickets_level on tickets (state, level, queue_position, id, category, assignee)
    where state <> 'resolved'`,
  sql`create index tickets_queue on tickets (state, queue_position, id, level, category, assignee)
    where state <> 'resolved'`,
  sql`create index tickets_assignee on tickets (assignee, queue_position, id, state, level, category)
    where state <> 'resolved'`,
  sql`create index tickets_resolved on tickets (resolved_at, id, state, level, category, assignee)
    where resolved_at is not null`,
  sql`create index tickets_opened on tickets (state, n, level, category, assignee)`,
  sql`create index tickets_unread on tickets (read_class, n, read_due, pending) where read_class is not null`,
]

/** Most operations are done and stay: those that are not are found in the order leads look at them. */
const third: Step = () => [
  sql`create index operations_unsettled on operations (
    (case state when 'stuck' then 0 when 'unknown' then 1 else 2 end), created_at, id) where state <> 'done'`,
]

/** Tickets whose words the search does not know yet: a table of its own, so that knowing them rewrites no ticket. */
const fourth: Step = (speech) => [
  sql`create table words_due (n ${sql.raw(speech === 'sqlite' ? 'integer' : 'bigint')} primary key)`,
]

/** Mails in and out: their ledger, and a queue for each lane, so that neither walks through the other's. */
const fifth: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  const text = sql.raw(sqlite ? 'text' : 'text collate "C"')
  const int = sql.raw(sqlite ? 'integer' : 'bigint')
  return [
    sql`create table mails (
      id ${text} primary key,
      mailbox ${text} not null,
      uid_validity ${text} not null,
      uid ${text} not null,
      received_at ${int} not null,
      bytes ${int} not null,
      state ${text} not null,
      reason ${text},
      detail ${text} not null,
      sender ${text} not null,
      sender_name ${text} not null,
      subject ${text} not null,
      message_id ${text},
      fingerprint ${text},
      search ${text} not null,
      ticket_id ${text},
      operation_id ${text},
      attempts ${int} not null,
      filed ${int} not null,
      forced ${int} not null
    )`,
    sql`create unique index mails_place on mails (mailbox, uid_validity, uid)`,
    sql`create index mails_newest on mails (received_at, id)`,
    sql`create index mails_state on mails (state, received_at, id)`,
    sql`create index mails_unfiled on mails (received_at, id) where filed = 0 and state <> 'received'`,
    sql`create index mails_message_id on mails (message_id) where ticket_id is not null`,
    sql`create index mails_fingerprint on mails (fingerprint, received_at, id) where fingerprint is not null`,
    sql`create index mails_ticket on mails (ticket_id, received_at, id) where ticket_id is not null`,
    sql`create table mail_sources (
      mail_id ${text} primary key,
      received_at ${int} not null,
      content ${sql.raw(sqlite ? 'blob' : 'bytea')} not null
    )`,
    sql`create index mail_sources_oldest on mail_sources (received_at, mail_id)`,
    sql`create table mail_acknowledgements (
      address ${text} not null,
      ticket_id ${text} not null,
      at ${int} not null
    )`,
    sql`create index mail_acknowledgements_address on mail_acknowledgements (address, at)`,
    sql`create index mail_acknowledgements_ticket on mail_acknowledgements (ticket_id)`,
    sql`create table wishes (
      user_id ${int} primary key,
      address ${text} not null,
      wish ${text} not null,
      language ${text} not null
    )`,
    sql`drop index operations_due`,
    sql`create index operations_due_gitlab on operations (created_at, sequence, due_at)
      where due_at is not null and kind <> 'mail'`,
    sql`create index operations_due_mail on operations (created_at, sequence, due_at)
      where due_at is not null and kind = 'mail'`,
  ]
}

/** How often a requester's link was made new: an ended one stays ended, after a rebuild too. */
const sixth: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  return [
    sql`create table link_generations (
      ticket_id ${sql.raw(sqlite ? 'text' : 'text collate "C"')} primary key,
      generation ${sql.raw(sqlite ? 'integer' : 'bigint')} not null
    )`,
  ]
}

/** Whose tickets are whose, and how requesters without an account prove that an address is theirs. */
const seventh: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  const text = sql.raw(sqlite ? 'text' : 'text collate "C"')
  const int = sql.raw(sqlite ? 'integer' : 'bigint')
  const ofTickets = (name: 'email' | 'username', key: 'a:' | 'u:') => {
    // Not by PostgreSQL's reader of JSON: it refuses signs that a hostile name can hold.
    const found = sqlite
      ? sql`json_extract(requester, ${sql.lit(`$.${name}`)})`
      : sql`substring(requester from ${sql.lit(`"${name}":"([^"\\\\]*)"`)}) collate "C"`
    const folded = name === 'email' ? sql`lower(${found})` : found
    return sql`insert into requesters (key, n)
      select ${sql.lit(key)} || ${folded}, n from tickets where length(${found}) between 1 and 320`
  }
  return [
    sqlite
      ? sql`create table requesters (key text not null, n integer not null, primary key (key, n)) without rowid`
      : sql`create table requesters (key ${text} not null, n bigint not null, primary key (key, n))`,
    ofTickets('email', 'a:'),
    ofTickets('username', 'u:'),
    sql`create table sign_in_links (
      hash ${text} primary key,
      address_hash ${text} not null,
      sealed ${text} not null,
      made_at ${int} not null,
      used_at ${int}
    )`,
    sql`create index sign_in_links_address on sign_in_links (address_hash, made_at)`,
    sql`create index sign_in_links_oldest on sign_in_links (made_at)`,
    sql`create table requester_sessions (address_hash ${text} primary key, valid_from ${int} not null)`,
    sql`create table proven_addresses (
      user_id ${int} not null,
      address ${text} not null,
      at ${int} not null,
      primary key (user_id, address)
    )`,
    sql`create index proven_addresses_address on proven_addresses (address)`,
    sql`create table account_names (
      user_id ${int} not null,
      username ${text} not null,
      since ${int} not null,
      primary key (user_id, username)
    )`,
  ]
}

/** What may not come from a person waits here for a lead: its text last, so that counting walks through none. */
const eighth: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  const text = sql.raw(sqlite ? 'text' : 'text collate "C"')
  const int = sql.raw(sqlite ? 'integer' : 'bigint')
  return [
    sql`create table held_submissions (
      id ${text} primary key,
      form_key ${text} not null,
      received_at ${int} not null,
      doubt ${text} not null,
      client ${text} not null,
      bytes ${int} not null,
      category ${text} not null,
      title ${text} not null,
      requester ${text} not null,
      text ${text} not null
    )`,
    sql`create unique index held_submissions_form_key on held_submissions (form_key)`,
    sql`create index held_submissions_client on held_submissions (client, bytes)`,
    sql`create table held_files (
      id ${text} primary key,
      held_id ${text} not null,
      position ${int} not null,
      name ${text} not null,
      type ${text} not null,
      size ${int} not null,
      content ${sql.raw(sqlite ? 'blob' : 'bytea')} not null
    )`,
    sql`create index held_files_submission on held_files (held_id, position)`,
  ]
}

/**
 * The audit log. No entry is ever changed; one goes only after the chain's start was moved behind it, and the
 * start moves forward only.
 */
const auditLog: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  const text = sql.raw(sqlite ? 'text' : 'text collate "C"')
  const int = sql.raw(sqlite ? 'integer' : 'bigint')
  const guards = sqlite
    ? [
        sql`create trigger audit_unchanged before update on audit
          begin select raise(abort, 'entries of the audit log are never changed'); end`,
        sql`create trigger audit_kept before delete on audit
          when old.n > (select n from audit_start where id = 1)
          begin select raise(abort, 'this entry of the audit log is still kept'); end`,
        sql`create trigger audit_start_forward before update on audit_start when new.n < old.n
          begin select raise(abort, 'the audit log begins no earlier again'); end`,
        sql`create trigger audit_start_kept before delete on audit_start
          begin select raise(abort, 'the audit log has a beginning'); end`,
      ]
    : [
        sql`create function audit_guard() returns trigger language plpgsql as $$
          begin
            if tg_op = 'TRUNCATE' then raise exception 'the audit log is not emptied'; end if;
            if tg_table_name = 'audit' and tg_op = 'UPDATE' then
              raise exception 'entries of the audit log are never changed';
            end if;
            if tg_table_name = 'audit' and old.n > (select n from audit_start where id = 1) then
              raise exception 'this entry of the audit log is still kept';
            end if;
            if tg_table_name = 'audit_start' and tg_op = 'DELETE' then
              raise exception 'the audit log has a beginning';
            end if;
            if tg_table_name = 'audit_start' and new.n < old.n then
              raise exception 'the audit log begins no earlier again';
            end if;
            if tg_op = 'DELETE' then return old; end if;
            return new;
          end $$`,
        ...['audit', 'audit_start'].flatMap((table) => [
          sql`create trigger ${sql.raw(table)}_rows before update or delete on ${sql.raw(table)}
            for each row execute function audit_guard()`,
          sql`create trigger ${sql.raw(table)}_whole before truncate on ${sql.raw(table)}
            for each statement execute function audit_guard()`,
        ]),
      ]
  return [
    sql`create table audit (
      n ${int} primary key,
      at ${int} not null,
      doer ${text} not null,
      user_id ${int},
      username ${text} not null,
      what ${text} not null,
      ticket_id ${text},
      about ${text} not null,
      result ${text} not null,
      hash ${text} not null
    )`,
    sql`create index audit_newest on audit (at, n)`,
    sql`create index audit_doer on audit (doer, username, at, n)`,
    sql`create index audit_what on audit (what, at, n)`,
    sql`create index audit_ticket on audit (ticket_id, at, n) where ticket_id is not null`,
    sql`create table audit_start (id ${int} primary key, n ${int} not null, hash ${text} not null, at ${int} not null)`,
    sql`insert into audit_start (id, n, hash, at) values (1, 0, '', 0)`,
    ...guards,
  ]
}

/** Whose data were erased nobody knows any more; which tickets it was stays, so that none comes back. */
const erasing: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  const text = sql.raw(sqlite ? 'text' : 'text collate "C"')
  const int = sql.raw(sqlite ? 'integer' : 'bigint')
  return [
    sql`create table erasures (
      id ${text} primary key,
      at ${int} not null,
      doer ${text} not null,
      whom ${text} not null,
      tickets ${int} not null,
      mails ${int} not null
    )`,
    sql`create index erasures_newest on erasures (at, id)`,
    sql`create index erasures_under_way on erasures (at, id) where whom <> ''`,
    sql`create table erased_tickets (
      ticket_id ${text} primary key,
      iid ${int},
      erasure_id ${text} not null,
      at ${int} not null,
      uploads ${text} not null
    )`,
    sql`create index erased_tickets_iid on erased_tickets (iid) where iid is not null`,
    sql`create index erased_tickets_erasure on erased_tickets (erasure_id, ticket_id)`,
  ]
}

/** What each ticket contributes to the figures, and how it stands with what was promised. */
const figures: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  const text = sql.raw(sqlite ? 'text' : 'text collate "C"')
  const int = sql.raw(sqlite ? 'integer' : 'bigint')
  return [
    ...(sqlite
      ? ticketsWithTargets
      : [sql`alter table tickets add column targets text collate "C" not null default ''`]),
    sql`create table figures (
      n ${int} primary key,
      version ${int} not null,
      until ${int} not null,
      names ${text},
      numbers ${sql.raw(sqlite ? 'blob' : 'bytea')}
    )`,
    // Its tail answers which rows matter without looking at them: most of years of history does not.
    sql`create index figures_written on figures (version, n, until)`,
    sql`create table target_times (
      n ${int} not null,
      kind ${text} not null,
      news ${text} not null,
      at ${int} not null,
      primary key (n, kind, news)
    )`,
    sql`create index target_times_due on target_times (at, n)`,
    sql`create table target_news (
      ticket_id ${text} not null,
      kind ${text} not null,
      news ${text} not null,
      at ${int} not null,
      primary key (ticket_id, kind, news)
    )`,
  ]
}

/** As in the second step: what a line of the dashboard shows stands before the long text. */
const ticketsWithTargets: RawBuilder<unknown>[] = [
  sql`alter table tickets rename to tickets_before`,
  sql`create table tickets (
    n integer primary key,
    id text not null,
    iid integer,
    revision integer not null,
    state text not null,
    level integer not null,
    category text not null,
    assignee text not null,
    queue_position integer not null,
    opened_at integer not null,
    changed_at integer not null,
    awaiting_since integer,
    resolved_at integer,
    former_assignee text,
    priority text not null,
    confidential integer not null,
    requester text not null,
    source text not null,
    labels text not null,
    branch text,
    url text,
    title text not null,
    replies integer not null,
    delivery text,
    pending integer not null,
    marked integer not null,
    read_at integer,
    read_changed_at integer,
    read_class integer,
    read_due integer,
    hidden integer not null,
    gone text,
    targets text not null default '',
    text text not null
  )`,
  sql`insert into tickets select
      n, id, iid, revision, state, level, category, assignee, queue_position, opened_at, changed_at, awaiting_since,
      resolved_at, former_assignee, priority, confidential, requester, source, labels, branch, url, title, replies,
      delivery, pending, marked, read_at, read_changed_at, read_class, read_due, hidden, gone, '', text
    from tickets_before`,
  sql`drop table tickets_before`,
  sql`create unique index tickets_id on tickets (id)`,
  sql`create unique index tickets_iid on tickets (iid)`,
  sql`create index tickets_level on tickets (state, level, queue_position, id, category, assignee)
    where state <> 'resolved'`,
  sql`create index tickets_queue on tickets (state, queue_position, id, level, category, assignee)
    where state <> 'resolved'`,
  sql`create index tickets_assignee on tickets (assignee, queue_position, id, state, level, category)
    where state <> 'resolved'`,
  sql`create index tickets_resolved on tickets (resolved_at, id, state, level, category, assignee)
    where resolved_at is not null`,
  sql`create index tickets_opened on tickets (state, n, level, category, assignee)`,
  sql`create index tickets_unread on tickets (read_class, n, read_due, pending) where read_class is not null`,
]

/** Who is on duty, and who lives: what processes on the same data know of each other. */
const presence: Step = (speech) => {
  const sqlite = speech === 'sqlite'
  const text = sql.raw(sqlite ? 'text' : 'text collate "C"')
  const int = sql.raw(sqlite ? 'integer' : 'bigint')
  return [
    sql`create table duties (name ${text} primary key, holder ${text} not null, until ${int} not null)`,
    sql`create table workers (id ${text} primary key, seen_at ${int} not null, says ${text} not null)`,
  ]
}

/** Append only: a step that was ever released is never edited. */
export const steps: readonly Step[] = [
  first,
  second,
  third,
  fourth,
  fifth,
  sixth,
  seventh,
  eighth,
  auditLog,
  erasing,
  figures,
  presence,
]

const foundVersion = async (db: Kysely<Tables>, speech: Speech): Promise<number | null> => {
  const { rows: tables } =
    speech === 'sqlite'
      ? await sql`select name from sqlite_master where type = 'table' and name = 'schema_version'`.execute(db)
      : await sql`select 1 from information_schema.tables
          where table_schema = current_schema() and table_name = 'schema_version'`.execute(db)
  if (tables.length === 0) return null
  const { rows } = await sql<{ version: number }>`select version from schema_version`.execute(db)
  return rows[0]?.version ?? null
}

/** Brings the schema up to date. `known` steps can be given for tests. */
export const migrate = async (
  db: Kysely<Tables>,
  speech: Speech,
  known: readonly Step[] = steps,
): Promise<void> => {
  const before = (await foundVersion(db, speech)) ?? 0
  if (before > known.length) throw new SchemaTooNew(before, known.length)
  if (before === known.length) return
  let done = false
  while (!done)
    done = await db.transaction().execute(async (transaction) => {
      // Two processes may start at once; the second waits here and finds the work done.
      if (speech === 'postgres') await sql`select pg_advisory_xact_lock(7238120)`.execute(transaction)
      const found = await foundVersion(transaction, speech)
      const version = found ?? 0
      if (version > known.length) throw new SchemaTooNew(version, known.length)
      const step = known[version]
      if (!step) return true
      if (found === null) {
        await sql`create table schema_version (version integer not null)`.execute(transaction)
        await sql`insert into schema_version (version) values (0)`.execute(transaction)
      }
      for (const statement of step(speech)) await statement.execute(transaction)
      await sql`update schema_version set version = ${version + 1}`.execute(transaction)
      return false
    })
}

/** For whoever only reads: throws where this Belay could not understand what it finds. */
export const checkSchema = async (db: Kysely<Tables>, speech: Speech): Promise<void> => {
  const found = (await foundVersion(db, speech)) ?? 0
  if (found > steps.length) throw new SchemaTooNew(found, steps.length)
  if (found < steps.length) throw new SchemaTooOld()
}

/** For a desk that runs: another process may have brought the data further meanwhile. */
export const schemaNumbers = async (q: Queries): Promise<{ found: number; known: number }> => {
  const row = await q.first(
    'schema.found',
    {},
    () => sql<{ readonly version: number }>`select version from schema_version`,
  )
  return { found: row?.version ?? 0, known: steps.length }
}
