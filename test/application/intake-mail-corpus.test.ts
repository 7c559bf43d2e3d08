// Real mails, hundreds of them, through intake on both databases: each ends in a named state, none is lost, none does
// harm, and nothing that a program wrote is answered by one (security I5; section 4, "Mail in").

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { after, test } from 'node:test'
import { createMailParser } from '../../src/adapters/mail/parser.ts'
import { openPostgresStore } from '../../src/adapters/store/store.ts'
import { intakeMail } from '../../src/application/intake-mail.ts'
import type { LedgerMail, Reading } from '../../src/application/mail-ports.ts'
import type { Intent } from '../../src/domain/operation.ts'
import type { DeskWithMailbox } from '../support/mail-desk.ts'
import { aDeskWithMailbox, conserved } from '../support/mail-desk.ts'
import { writtenMail } from '../support/mail-writing.ts'
import { startPostgres } from '../support/postgres.ts'
import { sharedFolder, withoutShared } from '../support/shared.ts'
import { hour } from '../support/tickets.ts'

// Read twice: for the test, which wants to know whether a program wrote it, and for the desk.
const parser = createMailParser()
after(() => parser.close())

type Named = { readonly name: string; readonly source: Buffer }

const filesOf = (folder: string, ending: string): Named[] => {
  const at = path.join(sharedFolder ?? '', 'mail-corpus', folder)
  return readdirSync(at)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => ({ name: `${folder}/${name}`, source: readFileSync(path.join(at, name)) }))
}

/** Bodies of answers, each sent by somebody else. */
const answers = (): Promise<Named[]> =>
  Promise.all(
    filesOf('replies', '.txt').map(async ({ name, source }, index) => ({
      name,
      source: await writtenMail({
        from: `Person ${index} <person${index}@school.example>`,
        subject: `Re: ${name}`,
        text: source.toString('utf8'),
        id: `corpus-${index}@school.example`,
      }),
    })),
  )

const corpus = async (): Promise<Named[]> => [
  ...filesOf('mime', '.eml'),
  ...filesOf('bounces', '.eml'),
  ...(await answers()),
]

type Ended = Named & {
  readonly mail: LedgerMail
  readonly reading: Reading
  /** What this mail made the desk want to tell. */
  readonly wanted: readonly Intent[]
}

/** One mail after the other, an hour apart, so that no limit hides a confirmation that should not be. */
const takeInAll = async (
  desk: DeskWithMailbox,
  mails: readonly Named[],
  readings: ReadonlyMap<string, Reading>,
) => {
  const ended: Ended[] = []
  const known = new Set<string>()
  for (const { name, source } of mails) {
    const { id } = await desk.keep(source)
    await intakeMail(desk.intake, await desk.mail(id))
    const mail = await desk.mail(id)
    const operations = mail.ticketId === null ? [] : await desk.operations(mail.ticketId)
    const wanted = operations.filter((one) => !known.has(one.id)).map(({ intent }) => intent)
    for (const one of operations) known.add(one.id)
    ended.push({ name, source, mail, reading: readings.get(name) ?? assert.fail(name), wanted })
    await desk.clock.turn(hour + 1)
  }
  return ended
}

const readAll = async (mails: readonly Named[]) => {
  const readings = new Map<string, Reading>()
  for (const { name, source } of mails) readings.set(name, await parser.read(source))
  return readings
}

/** Program or failure notice; null where it could not be read. */
const isAutomatic = ({ reading }: Ended): boolean | null =>
  reading.ok ? reading.mail.automatic !== null || reading.mail.bounce !== null : null

const table = (t: TestContext, ended: readonly Ended[]) => {
  const rows = new Map<string, number>()
  for (const { name, mail } of ended) {
    const row = `${name.split('/')[0]?.padEnd(8)} ${mail.state.padEnd(12)} ${mail.reason}`
    rows.set(row, (rows.get(row) ?? 0) + 1)
  }
  for (const [row, count] of [...rows].sort()) t.diagnostic(`${String(count).padStart(4)} ${row}`)
}

const shortly = ({ name, mail, wanted }: Ended) => ({
  name,
  end: [mail.state, mail.reason, mail.detail, mail.from, mail.fromName, mail.subject, mail.messageId],
  wanted: wanted.map((intent) =>
    'text' in intent
      ? `${intent.kind} ${intent.text}`
      : intent.kind === 'upload'
        ? intent.file.name
        : intent.kind,
  ),
})

test('every real mail ends in a named state, equally on both databases, and no program is answered', {
  skip: withoutShared,
}, async (t) => {
  const mails = await corpus()
  assert.ok(mails.length > 390, `only ${mails.length} mails`)
  const readings = await readAll(mails)
  const url = await (await startPostgres()).createDatabase()
  const onSqlite = await takeInAll(await aDeskWithMailbox(t, { parser }), mails, readings)
  const postgres = await aDeskWithMailbox(t, { parser, store: (desk) => openPostgresStore({ url, desk }) })
  const onPostgres = await takeInAll(postgres, mails, readings)
  table(t, onSqlite)

  for (const [index, one] of onSqlite.entries()) {
    const other = onPostgres[index] ?? assert.fail()
    assert.deepEqual(shortly(other), shortly(one))
    assert.notEqual(one.mail.state, 'received', `${one.name} is still in flight`)
    assert.notEqual(one.mail.reason, null, one.name)
    const mailed = one.wanted.filter(({ kind }) => kind === 'mail')
    const automatic = isAutomatic(one)
    if (automatic !== false) assert.deepEqual(mailed, [], `${one.name} is answered`)
    if (one.mail.state !== 'opened') assert.deepEqual(mailed, [], `${one.name} is answered`)
    // A person who opens a ticket is told so, once.
    else assert.equal(mailed.length, 1, `${one.name} is told ${mailed.length} times`)
    // The same report twice in the collection, or a person's mail twice.
    if (one.mail.reason === 'seen-before') continue
    assert.equal(automatic === true, one.mail.state === 'bounced' || isIgnoredAsAutomatic(one.mail), one.name)
  }
  const counts = await conserved(postgres.store, mails.length)
  t.diagnostic(JSON.stringify(counts))
  assert.equal(counts.received, 0)
})

const isIgnoredAsAutomatic = ({ reason }: LedgerMail): boolean =>
  ['auto-reply', 'list', 'loop', 'report', 'null-sender'].includes(reason ?? '')

test('with the token of a ticket too, what no person wrote is never public and never answered', {
  skip: withoutShared,
}, async (t) => {
  const desk = await aDeskWithMailbox(t, { parser })
  const { id, ...before } = await desk.opened()
  await desk.pushToGitlab()
  const mails = (await corpus()).map(({ name, source }) => ({
    name,
    source: Buffer.concat([Buffer.from(`Delivered-To: ${desk.plusAddress(id)}\r\n`), source]),
  }))
  const ended = await takeInAll(desk, mails, await readAll(mails))
  table(t, ended)
  let silent = 0
  for (const one of ended) {
    const { name, mail, wanted } = one
    // The one confirmation of the ticket itself is not this mail's.
    const mailed = wanted.filter((intent) => intent.kind === 'mail' && intent.text !== '')
    assert.deepEqual(mailed, [], name)
    if (isAutomatic(one) === false) continue
    silent++
    assert.ok(!wanted.some((intent) => intent.kind === 'note' && !intent.internal), `${name} is public`)
    assert.ok(!wanted.some(({ kind }) => kind === 'open' || kind === 'change'), name)
    assert.ok(mail.state !== 'opened' && mail.state !== 'appended', name)
  }
  assert.ok(silent > 150, `only ${silent} of a program`)
  const now = await desk.ticket(id)
  assert.deepEqual([now.level, now.labels, now.requester], [before.level, before.labels, before.requester])
  await conserved(desk.store, mails.length)
})
