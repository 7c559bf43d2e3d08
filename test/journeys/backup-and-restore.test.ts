// What a restored desk had still to say when it was backed up, and what GitLab has heard of it since: each thing
// stands in GitLab once, and nothing is lost.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import type { DataOf } from '../../src/adapters/store/backup-file.ts'
import { writeBackup } from '../../src/adapters/store/backup-file.ts'
import { tellNobody } from '../../src/adapters/store/copying.ts'
import {
  backToSqlite,
  moveToPostgres,
  restoreIntoPostgres,
  restoreIntoSqlite,
} from '../../src/adapters/store/restoring.ts'
import { openPostgresStore, openSqliteStore } from '../../src/adapters/store/store.ts'
import { checkAuditWhole } from '../../src/application/check-audit.ts'
import { escalateTicket } from '../../src/application/escalate-ticket.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import type { Store } from '../../src/application/ports.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import type { Desk } from '../../src/domain/desk.ts'
import type { DeskAndGitlab } from '../support/desk-and-gitlab.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'
import { startPostgres } from '../support/postgres.ts'
import { minute } from '../support/tickets.ts'

type Kind = {
  readonly name: string
  fresh(folder: string): Promise<DataOf>
}

const kinds: readonly Kind[] = [
  { name: 'SQLite', fresh: async (folder) => ({ file: path.join(folder, `${performance.now()}.sqlite`) }) },
  { name: 'PostgreSQL', fresh: async () => ({ url: await (await startPostgres()).createDatabase() }) },
]

const open = (data: DataOf, desk: Desk): Promise<Store> =>
  'url' in data ? openPostgresStore({ ...data, desk }) : openSqliteStore({ ...data, desk })

const about = { release: '0.0.0', secrets: ['a key of this test, thirty-two signs'] }

const restore = (folder: string, file: string, to: DataOf, now: number) => {
  const checks = { belongsTo: null, admit: () => undefined, keep: () => undefined }
  const part = path.join(folder, 'restoring')
  return 'url' in to
    ? restoreIntoPostgres(file, { url: to.url, replace: false, now, part }, checks, tellNobody)
    : restoreIntoSqlite(file, { file: to.file, replace: false, now }, checks, tellNobody)
}

/** A desk, a backup of it as it is, and that backup restored beside it: the desk of before is gone then. */
const aRestoredDesk = async (
  t: TestContext,
  { fresh }: Kind,
  story: (desk: DeskAndGitlab) => Promise<void>,
  meanwhile: (desk: DeskAndGitlab) => Promise<void>,
  changes: Partial<Desk> = {},
): Promise<{ before: DeskAndGitlab; after: DeskAndGitlab }> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-restored-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [old, young] = [await fresh(folder), await fresh(folder)]
  const before = await deskAndGitlab(t, { desk: changes, store: (desk) => open(old, desk) })
  await story(before)
  const file = path.join(folder, 'nightly')
  await writeBackup(old, { file, force: false }, { ...about, now: Date.now() }, tellNobody)
  await meanwhile(before)
  await restore(folder, file, young, before.parts.clock.now())
  const after = await deskAndGitlab(t, { desk: changes, beside: before, store: (desk) => open(young, desk) })
  return { before, after }
}

const textsIn = (desk: DeskAndGitlab, iid: number, words: string): number =>
  desk.sandbox.notes(iid).filter((note) => note.body.includes(words)).length

for (const kind of kinds)
  describe(`a desk on ${kind.name} that was restored`, () => {
    test('has said once what it had still to say when it was backed up, and said since', async (t) => {
      let iid = 0
      const { after } = await aRestoredDesk(
        t,
        kind,
        async (desk) => {
          const ticket = await desk.opened()
          iid = ticket.iid ?? 0
          await desk.done(
            replyToTicket(desk.parts, { ref: { iid }, by: desk.agent('bruno'), body: 'Is the cable in?' }),
          )
        },
        (desk) => desk.push(),
      )
      assert.equal(textsIn(after, iid, 'Is the cable in?'), 1)
      await after.push()
      after.turn(2 * minute)
      await after.push()
      await after.pull()
      assert.equal(textsIn(after, iid, 'Is the cable in?'), 1)
      assert.deepEqual((await after.told(iid)).filter(([what]) => what === 'replied').length, 1)
      const { operations } = await after.store.read((reader) => reader.backlog())
      assert.deepEqual(
        [operations.ready, operations.sending, operations.unknown, operations.stuck],
        [0, 0, 0, 0],
      )
    })

    test('says what it had still to say and never said, after GitLab has had time for what might be on its way', async (t) => {
      let iid = 0
      const { after } = await aRestoredDesk(
        t,
        kind,
        async (desk) => {
          iid = (await desk.opened()).iid ?? 0
          await desk.done(
            replyToTicket(desk.parts, { ref: { iid }, by: desk.agent('bruno'), body: 'Is the cable in?' }),
          )
        },
        async () => undefined,
      )
      await after.push()
      assert.equal(textsIn(after, iid, 'Is the cable in?'), 0)
      after.turn(2 * minute)
      await after.push()
      assert.equal(textsIn(after, iid, 'Is the cable in?'), 1)
    })

    test('opens no ticket a second time, and knows those that came after the backup', async (t) => {
      const { before, after } = await aRestoredDesk(
        t,
        kind,
        async (desk) => {
          await desk.done(
            openTicket(desk.parts, {
              by: { kind: 'requester', name: 'Ana' },
              opening: {
                title: 'The beamer is dark',
                text: 'Room 12.',
                category: 'Hardware',
                requester: { name: 'Ana', email: 'ana@school.example', username: null },
                files: [],
              },
              files: [],
            }),
          )
        },
        async (desk) => {
          await desk.push()
          await desk.opened({ title: 'The mouse is gone' })
        },
      )
      await after.push()
      after.turn(2 * minute)
      await after.push()
      await after.pull()
      const titles = async (desk: DeskAndGitlab) =>
        (await desk.store.read((reader) => reader.walk({ after: null, limit: 10 })))
          .map(({ iid, title }) => `${iid} ${title}`)
          .sort()
      await before.pull()
      assert.deepEqual(await titles(after), ['1 The beamer is dark', '2 The mouse is gone'])
      assert.deepEqual(await titles(before), await titles(after))
    })

    test('had been cut off while it was sending: the lease is over, and GitLab is asked first', async (t) => {
      let iid = 0
      const { after } = await aRestoredDesk(
        t,
        kind,
        async (desk) => {
          iid = (await desk.opened()).iid ?? 0
          await desk.done(
            escalateTicket(desk.parts, {
              ref: { iid },
              by: desk.agent('bruno'),
              from: 1,
              reason: 'It needs a soldering iron.',
            }),
          )
          const now = desk.parts.clock.now()
          const claimed = await desk.store.write((writer) =>
            writer.claim({ now, leaseMs: 10 * minute, limit: 1 }),
          )
          assert.equal(claimed.length, 1)
        },
        async (desk) => {
          desk.turn(11 * minute)
          await desk.push()
          desk.turn(2 * minute)
          await desk.push()
        },
      )
      assert.equal(textsIn(after, iid, 'soldering iron'), 1)
      await after.push()
      after.turn(2 * minute)
      await after.push()
      await after.pull()
      assert.equal(textsIn(after, iid, 'soldering iron'), 1)
      assert.equal((await after.ticket(iid)).level, 2)
    })

    test('mails Ana nothing again that she was mailed since, and what comes after the restore once', async (t) => {
      let [iid, id] = [0, '']
      const mails = async (desk: DeskAndGitlab) =>
        (await desk.store.read((reader) => reader.operations(id))).flatMap(({ intent }) =>
          intent.kind === 'mail' ? `${intent.notice}: ${intent.text}` : [],
        )
      const inGitlab = (desk: DeskAndGitlab, body: string) =>
        desk.byHand('carla', 'POST', `/projects/1/issues/${iid}/notes`, { body })
      const { before, after } = await aRestoredDesk(
        t,
        kind,
        async (desk) => {
          const ticket = await desk.opened()
          ;[iid, id] = [ticket.iid ?? 0, ticket.id]
          desk.turn(2 * minute)
          await desk.pull()
        },
        async (desk) => {
          await inGitlab(desk, 'Take mine.')
          desk.turn(2 * minute)
          await desk.pull()
        },
        { mail: { own: true, language: 'en', reopenWithin: 14 * 1_440 * minute } },
      )
      assert.deepEqual(await mails(before), ['received: ', 'reply: Take mine.'])
      after.turn(5 * minute)
      await after.pull()
      assert.equal((await after.told(iid)).filter(([what]) => what === 'replied').length, 1)
      assert.deepEqual(await mails(after), ['received: '])
      await inGitlab(after, 'Keep it.')
      after.turn(2 * minute)
      await after.pull()
      after.turn(2 * minute)
      await after.pull()
      assert.deepEqual(await mails(after), ['received: ', 'reply: Keep it.'])
    })

    test('ends sessions that may have been ended since, and its audit log is whole and says when', async (t) => {
      const { after } = await aRestoredDesk(
        t,
        kind,
        async (desk) => void (await desk.opened()),
        async () => undefined,
      )
      const bruno = after.agent('bruno')
      assert.ok(bruno.kind === 'agent')
      assert.ok((await after.store.read((reader) => reader.sessionsValidFrom(bruno.id))) > 0)
      assert.equal((await checkAuditWhole(after)).broken, null)
      const log = await after.store.read((reader) =>
        reader.audit({
          by: 'belay',
          what: 'restore',
          ticketId: null,
          from: null,
          to: null,
          cursor: null,
          limit: 5,
        }),
      )
      assert.equal(log.records.length, 1)
      assert.match(log.records[0]?.about ?? '', /^\d{4}-\d\d-\d\dT/)
    })
  })

test('a desk that comes back from PostgreSQL says nothing again that was said from there, and people sign in again', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-back-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'belay.sqlite')
  const url = await (await startPostgres()).createDatabase()
  const first = await deskAndGitlab(t, { store: (desk) => open({ file }, desk) })
  const iid = (await first.opened()).iid ?? 0
  const reply = replyToTicket(first.parts, {
    ref: { iid },
    by: first.agent('bruno'),
    body: 'Is the cable in?',
  })
  await first.done(reply)
  const now = first.parts.clock.now()
  await moveToPostgres({ file }, { url, where: 'here', now }, tellNobody)
  const moved = await deskAndGitlab(t, { beside: first, store: (desk) => open({ url }, desk) })
  await moved.push()
  assert.equal(textsIn(moved, iid, 'Is the cable in?'), 1)

  assert.equal(await backToSqlite(file, now + minute), true)
  assert.equal(await backToSqlite(file, now + minute), false)
  const back = await deskAndGitlab(t, { beside: first, store: (desk) => open({ file }, desk) })
  await back.push()
  back.turn(3 * minute)
  await back.push()
  await back.pull()
  assert.equal(textsIn(back, iid, 'Is the cable in?'), 1)
  const { operations } = await back.store.read((reader) => reader.backlog())
  assert.deepEqual([operations.ready, operations.sending, operations.unknown, operations.stuck], [0, 0, 0, 0])
  const bruno = back.agent('bruno')
  assert.ok(bruno.kind === 'agent')
  assert.equal(await back.store.read((reader) => reader.sessionsValidFrom(bruno.id)), now + minute)
  assert.equal((await checkAuditWhole(back)).broken, null)
})
