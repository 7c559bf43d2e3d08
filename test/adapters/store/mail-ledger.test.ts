// The ledger of mails and the two lanes when there is much of everything: each question walks an index, and a
// search looks at a bounded part.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { openSqliteStore } from '../../../src/adapters/store/store.ts'
import type { LedgerPage } from '../../../src/application/mail-ports.ts'
import type { MailState } from '../../../src/domain/mail.ts'
import { aDesk, nine } from '../../support/tickets.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'belay-ledger-'))
after(() => rmSync(folder, { recursive: true }))

const desk = aDesk()

const planOf = (database: DatabaseSync, text: string): string =>
  database
    .prepare(`explain query plan ${text}`)
    .all(...Array.from({ length: (text.match(/\?/g) ?? []).length }, () => 1))
    .map(({ detail }) => String(detail))
    .join('; ')

test('each question about mails, wishes and lanes walks along an index, sorts nothing long and is planned once', async () => {
  const file = path.join(folder, 'plans.sqlite')
  const asked = new Set<string>()
  const seen = (statement: string) => void asked.add(statement)
  const store = await openSqliteStore({ file, desk, seen, before: seen })
  const place = { mailbox: 'INBOX', uidValidity: '1', uid: '1' }
  const states: (MailState | null)[] = [
    null,
    'received',
    'opened',
    'appended',
    'bounced',
    'ignored',
    'quarantined',
  ]
  const cursor = Buffer.from('{"at":1,"id":""}').toString('base64url')
  await store.read(async (reader) => {
    await reader.mail('m1')
    await reader.mailSource('m1')
    await reader.mailsToRead(5)
    await reader.mailsToFile(5)
    await reader.mailsByMessageId(['a'])
    await reader.mailLike('f', 'm1')
    await reader.mailsOf('t')
    await reader.acknowledgements('a', 0)
    await reader.wish(1)
    await reader.nextDue('mail')
    await reader.nextDue()
    for (const state of states)
      for (const words of ['', 'one', 'one two'])
        for (const at of [null, cursor]) await reader.mails({ words, state, cursor: at, limit: 5 })
  })
  await store.write(async (writer) => {
    await writer.receiveMail({ id: 'm1', place, receivedAt: nine, source: Uint8Array.of(1) })
    await writer.beginReading('m1')
    await writer.settleMail('m1', { state: 'quarantined', reason: 'refused' })
    await writer.mailFiled('m1')
    await writer.replayMail('m1', { forced: false })
    await writer.settleMail('m1', { state: 'appended', reason: 'unverified', ticketId: 't' })
    await writer.mailAccepted('m1')
    await writer.forgetMailSources(nine + 1)
    await writer.claim({ now: nine, leaseMs: 1, limit: 5, lane: 'mail' })
    await writer.claim({ now: nine, leaseMs: 1, limit: 5 })
  })
  await store.close()

  const database = new DatabaseSync(file)
  const statements = [...asked].filter((text) =>
    /^(select|update|delete).*"(mails|mail_sources|mail_acknowledgements|wishes|operations)"/s.test(text),
  )
  assert.ok(statements.length > 40, `only ${statements.length} statements seen`)
  for (const text of statements) {
    const plan = planOf(database, text)
    assert.doesNotMatch(text, /limit \?(?! \+ 0)/, text)
    // What is due or to be filed is in an index of its own, and all of that is what was asked for.
    assert.doesNotMatch(
      plan.replaceAll(
        /SCAN (operations USING INDEX operations_due_(gitlab|mail)|mails USING INDEX mails_unfiled)/g,
        '',
      ),
      /SCAN (?!json_each)/,
      `${text}\n${plan}`,
    )
    // A few mails of one Message-ID are sorted by their age.
    if (!/"message_id" in/.test(text)) assert.doesNotMatch(plan, /TEMP B-TREE/, `${text}\n${plan}`)
  }
  const used = statements.map((text) => planOf(database, text)).join('\n')
  const indexes = database
    .prepare(
      `select name from sqlite_master where type = 'index' and tbl_name like 'mail%' and sql is not null`,
    )
    .all()
    .map(({ name }) => String(name))
  // One of these keeps places unique; the other finds what moves with its ticket.
  const forWriting = new Set(['mails_place', 'mail_acknowledgements_ticket'])
  for (const name of [...indexes, 'operations_due_gitlab', 'operations_due_mail'])
    if (!forWriting.has(name)) assert.ok(used.includes(`INDEX ${name}`), `nothing uses ${name}`)
  database.close()
})

test('a search in a long ledger looks at a part at a time, and comes to the end', async () => {
  const file = path.join(folder, 'long.sqlite')
  const store = await openSqliteStore({ file, desk })
  await store.close()
  const database = new DatabaseSync(file)
  database.exec(`
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 45000)
    insert into mails (id, mailbox, uid_validity, uid, received_at, bytes, state, reason, detail, sender, sender_name,
      subject, search, attempts, filed, forced)
    select printf('m%07d', i), 'INBOX', '1', i, ${nine} + i / 7, 1, 'opened', 'new', '', '', '', '',
      iif(i in (1, 2, 30000, 44999), 'needle in hay', 'hay'), 0, 1, 0
    from n`)
  database.close()
  const again = await openSqliteStore({ file, desk })
  const found: string[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const page: LedgerPage = await again.read((reader) =>
      reader.mails({ words: 'needle', state: pages === 1 ? 'opened' : null, cursor, limit: 1 }),
    )
    found.push(...page.mails.map(({ id }) => id))
    cursor = page.next
    pages++
  } while (cursor !== null)
  await again.close()
  assert.deepEqual(found, ['m0044999', 'm0030000', 'm0000002', 'm0000001'])
  assert.ok(pages > 4, 'a page looked at all of them')
})
