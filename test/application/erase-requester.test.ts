// Ana wants her data erased, and they stay erased: after reading GitLab again, after making the index anew,
// and after an old backup was put back.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { v7 } from 'uuid'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { decide } from '../../src/application/decide.ts'
import { eraseRequester, eraseSome, resumeErasures } from '../../src/application/erase-requester.ts'
import { exportAsText, exportRequester } from '../../src/application/export-requester.ts'
import { GatewayError } from '../../src/application/gateway-error.ts'
import { noteOnTicket } from '../../src/application/note-on-ticket.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import { rebuildIndex } from '../../src/application/rebuild-index.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { hearFromRequester, noteUnverified } from '../../src/domain/conversation.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { DeskAndGitlab } from '../support/desk-and-gitlab.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'
import { keepMail, rawMail } from '../support/mails.ts'

const ana = 'ana@school.example'
/** Whatever of hers must be found nowhere afterwards. */
const hers = /ana alves|ana@school|crimson|kettle|passport/iu

const folderOf = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-erase-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Every value of every table, as somebody with the database's own tools sees it. */
const dump = (file: string): string => {
  const database = new DatabaseSync(file, { readOnly: true })
  const names = database.prepare(`select name from sqlite_master where type = 'table'`).all()
  const text = names
    .map(({ name }) => {
      const all = database.prepare(`select * from "${String(name)}"`)
      all.setReadBigInts(true)
      return JSON.stringify(all.all(), (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      )
    })
    .join('\n')
  database.close()
  return text
}

/** Without printing a whole database where it fails. */
const nothingOfHers = (text: string, when = ''): void => {
  const found = hers.exec(text)
  assert.equal(found && text.slice(Math.max(0, found.index - 200), found.index + 100), null, when)
}

const erase = async ({ parts, agent }: DeskAndGitlab, whom = ana): Promise<string> => {
  const davi = agent('davi')
  assert.ok(davi.kind === 'agent')
  const result = await eraseRequester(parts, { whom, confirmed: whom, by: davi, role: 'lead' })
  assert.ok(!isRefusal(result), 'refused')
  return result
}

/** Ana has a ticket with a file, an answer from Bruno and one of hers, and a mail that nobody could verify. */
const withHistory = async (t: TestContext, options: Parameters<typeof deskAndGitlab>[1] = {}) => {
  const file = path.join(folderOf(t), 'belay.sqlite')
  const desk = await deskAndGitlab(t, { store: (kind) => openSqliteStore({ file, desk: kind }), ...options })
  const { parts, store } = desk
  const ticket = await desk.opened({ title: 'My crimson screen', text: 'Ana Alves: the kettle fell on it' }, [
    { name: 'passport.png', bytes: new Uint8Array([1, 2, 3]) },
  ])
  const iid = ticket.iid ?? 0
  const ref = { iid }
  await desk.done(replyToTicket(parts, { ref, by: desk.agent('bruno'), body: 'We look at it.' }))
  const requester = { kind: 'requester', name: 'Ana Alves' } as const
  await desk.done(
    decide(parts, { ref, by: requester }, (known, circumstances) =>
      hearFromRequester(
        known,
        { text: 'The kettle again', files: [], from: null },
        parts.desk,
        circumstances,
      ),
    ),
  )
  await desk.done(
    decide(parts, { ref, by: requester }, (known, circumstances) =>
      noteUnverified(known, { text: 'crimson', files: [], by: `Unverified, from ${ana}` }, circumstances),
    ),
  )
  await keepMail(store, {
    ticketId: ticket.id,
    from: ana,
    fromName: 'Ana Alves',
    source: rawMail({ text: 'kettle' }),
  })
  await keepMail(store, {
    from: 'Ana@School.example',
    subject: 'crimson',
    state: 'ignored',
    reason: 'auto-reply',
  })
  await desk.push()
  await desk.pull()
  return { desk, file, iid, id: ticket.id }
}

type GitlabNote = { readonly system: boolean; readonly author: { readonly username: string } }

/** What our account may take out of it; what it may not is named to a person. */
const inGitlab = async ({ byHand }: DeskAndGitlab, iid: number): Promise<string> => {
  const issue = (await byHand('davi', 'GET', `/projects/1/issues/${iid}`)) as object
  const notes = (await byHand('davi', 'GET', `/projects/1/issues/${iid}/notes?per_page=100`)) as GitlabNote[]
  const said = notes.filter(({ system, author }) => !system && author.username !== 'support-bot')
  return JSON.stringify([{ ...issue, service_desk_reply_to: '' }, said])
}

test('what Ana wrote is found nowhere any more, here and in GitLab, and what Bruno wrote stays', async (t) => {
  const { desk, file, iid, id } = await withHistory(t)
  assert.match(dump(file), hers)
  assert.match(await inGitlab(desk, iid), hers)
  const erasureId = await erase(desk)
  const { uploads = [] } = (await desk.store.read((reader) => reader.erasedTickets(erasureId, 10)))[0] ?? {}
  assert.match(uploads[0] ?? '', /\/uploads\/[0-9a-f]{32}\/passport\.png$/u)
  // Davi has deleted the file in GitLab by hand.
  await desk.store.write((writer) => writer.forgetUploads(erasureId))
  nothingOfHers(dump(file), 'at once')
  await desk.push()
  await desk.pull()
  nothingOfHers(dump(file), 'after GitLab was read again')
  const there = await inGitlab(desk, iid)
  nothingOfHers(there)
  assert.match(there, /We look at it\./u)
  const ticket = await desk.ticket(iid)
  assert.deepEqual(
    [ticket.id, ticket.title, ticket.text, ticket.requester],
    [
      id,
      'Erased on request.',
      'Erased on request.',
      { name: '', email: null, username: null, serviceDesk: true, erased: true },
    ],
  )
  const [tomb] = await desk.store.read((reader) => reader.erasedTickets(erasureId, 10))
  assert.deepEqual(tomb?.left, [{ what: 'note', id: 1 }, { what: 'address' }, { what: 'history' }])
  const erasure = await desk.store.read((reader) => reader.erasure(erasureId))
  assert.deepEqual([erasure?.whom, erasure?.tickets, erasure?.mails], ['', 1, 1])
})

test('the words are found by no search, and the mails by no look into the ledger', async (t) => {
  const { desk } = await withHistory(t)
  const found = (words: string) =>
    desk.store.read((reader) =>
      reader.page({
        view: 'all',
        me: null,
        level: null,
        category: null,
        state: null,
        assignee: null,
        words,
        cursor: null,
        limit: 10,
      }),
    )
  assert.equal((await found('kettle')).tickets.length, 1)
  await erase(desk)
  assert.equal((await found('kettle')).tickets.length, 0)
  assert.equal((await found('alves')).tickets.length, 0)
  const { mails } = await desk.store.read((reader) =>
    reader.mails({ words: '', state: null, cursor: null, limit: 10 }),
  )
  assert.deepEqual(
    mails.map(({ from, fromName, subject, messageId }) => [from, fromName, subject, messageId]),
    [
      ['', '', '', null],
      ['', '', '', null],
    ],
  )
})

test('made anew from GitLab the desk is what it was, and erased', async (t) => {
  const { desk, file } = await withHistory(t)
  const erasureId = await erase(desk)
  await desk.store.write((writer) => writer.forgetUploads(erasureId))
  await desk.push()
  await desk.pull()
  desk.turn(5 * 60_000)
  const rebuilt = await rebuildIndex(desk.parts)
  assert.deepEqual(rebuilt?.after, rebuilt?.before)
  assert.equal(rebuilt?.after.requesterUnknown, 0)
  nothingOfHers(dump(file))
})

test('an old backup that is put back is erased again by the mark in GitLab', async (t) => {
  const { desk, file, iid } = await withHistory(t)
  const backup = path.join(path.dirname(file), 'backup.sqlite')
  const tool = new DatabaseSync(file)
  tool.exec(`vacuum into '${backup}'`)
  tool.close()
  await erase(desk)
  await desk.push()
  assert.match(dump(backup), hers)
  const restored = await deskAndGitlab(t, {
    beside: desk,
    store: (kind) => openSqliteStore({ file: backup, desk: kind }),
  })
  restored.turn(5 * 60_000)
  await restored.pull()
  await restored.store.write((writer) => writer.forgetUploads('gitlab'))
  // A mail that never became a ticket is on none: docs/data.md says what to do.
  await restored.store.write((writer) => writer.eraseMailsFrom(ana, 10))
  nothingOfHers(dump(backup))
  assert.deepEqual((await restored.ticket(iid)).requester.erased, true)
  nothingOfHers(JSON.stringify(await restored.events(iid)))
  const [again] = await restored.store.read((reader) => reader.erasedTickets('gitlab', 10))
  assert.equal(again?.iid, iid)
})

test('what an old backup had still to tell GitLab is taken out of it again', async (t) => {
  const { desk, file, iid } = await withHistory(t)
  const said = { text: 'The crimson kettle', files: [], from: null }
  await desk.done(
    decide(
      desk.parts,
      { ref: { iid }, by: { kind: 'requester', name: 'Ana Alves' } },
      (known, circumstances) => hearFromRequester(known, said, desk.parts.desk, circumstances),
    ),
  )
  const backup = path.join(path.dirname(file), 'backup.sqlite')
  const tool = new DatabaseSync(file)
  tool.exec(`vacuum into '${backup}'`)
  tool.close()
  await erase(desk)
  await desk.push()
  const restored = await deskAndGitlab(t, {
    beside: desk,
    store: (kind) => openSqliteStore({ file: backup, desk: kind }),
  })
  // It sends before it reads.
  await restored.push()
  assert.match(await inGitlab(desk, iid), hers)
  for (let round = 0; round < 3; round++) {
    restored.turn(5 * 60_000)
    await restored.pull()
    await restored.push()
  }
  nothingOfHers(await inGitlab(desk, iid))
})

test('a ticket that GitLab does not have yet goes there erased', async (t) => {
  const file = path.join(folderOf(t), 'belay.sqlite')
  const desk = await deskAndGitlab(t, { store: (kind) => openSqliteStore({ file, desk: kind }) })
  const opening = {
    title: 'My crimson screen',
    text: 'kettle',
    category: 'Hardware',
    requester: { name: 'Ana Alves', email: ana, username: null },
    files: [],
  }
  const requester = { kind: 'requester', name: 'Ana Alves' } as const
  const result = await openTicket(desk.parts, { by: requester, opening, files: [] })
  assert.ok(!isRefusal(result))
  await erase(desk)
  nothingOfHers(dump(file))
  await desk.push()
  await desk.pull()
  const ticket = await desk.store.read((reader) => reader.ticket({ id: result.ticket.id }))
  assert.ok(ticket?.iid)
  nothingOfHers(await inGitlab(desk, ticket.iid))
})

test('an answer of GitLab that is lost on the way makes nothing happen twice, and it ends', async (t) => {
  let lost = 0
  const { desk, iid } = await withHistory(t, {
    wrap: (gateway) => ({
      ...gateway,
      perform: async (claimed) => {
        const outcome = await gateway.perform(claimed)
        if (claimed.operation.intent.kind === 'erase' && lost++ === 0)
          throw new GatewayError('transient', 'no answer in time', { effect: 'maybe' })
        return outcome
      },
    }),
  })
  await erase(desk)
  await desk.push()
  desk.turn(3 * 60_000)
  await desk.push()
  assert.equal(lost, 1, 'it was looked up and found done')
  nothingOfHers(await inGitlab(desk, iid))
  const { id } = await desk.ticket(iid)
  assert.deepEqual(await desk.store.read((reader) => reader.operations(id)), [])
})

test('GitLab that goes away in the middle of it is told the rest when it is back', async (t) => {
  const { desk, iid } = await withHistory(t)
  await erase(desk)
  await fetch(`${desk.sandbox.url}/-/sandbox/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ method: 'PUT', path: 'issues/d+$', kind: 'lost', times: 1 }]),
  })
  await desk.push()
  for (let round = 0; round < 3; round++) {
    desk.turn(3 * 60_000)
    await desk.push()
  }
  nothingOfHers(await inGitlab(desk, iid))
})

test('a copied mark of an erased ticket erases no other', async (t) => {
  const { desk, iid } = await withHistory(t)
  await erase(desk)
  await desk.push()
  const { description } = (await desk.byHand('davi', 'GET', `/projects/1/issues/${iid}`)) as {
    description: string
  }
  const copy = (await desk.byHand('bruno', 'POST', '/projects/1/issues', { title: 'Mine', description })) as {
    iid: number
  }
  await desk.pull()
  assert.equal((await desk.ticket(copy.iid)).title, 'Mine')
})

test('a ticket that somebody opened in GitLab is erased by their GitLab name', async (t) => {
  const desk = await deskAndGitlab(t)
  const { iid } = (await desk.byHand('bruno', 'POST', '/projects/1/issues', {
    title: 'crimson',
    description: 'kettle',
  })) as { iid: number }
  await desk.byHand('bruno', 'POST', `/projects/1/issues/${iid}/notes`, { body: 'my passport' })
  await desk.pull()
  const before = await desk.ticket(iid)
  const erasureId = await erase(desk, '@bruno')
  await desk.push()
  desk.turn(3 * 60_000)
  await desk.pull()
  const after = await desk.ticket(iid)
  assert.deepEqual([after.id, after.source, after.title], [before.id, before.source, 'Erased on request.'])
  nothingOfHers(JSON.stringify(await desk.events(iid)))
  const [tomb] = await desk.store.read((reader) => reader.erasedTickets(erasureId, 10))
  assert.deepEqual(
    tomb?.left?.map(({ what }) => what),
    ['note', 'history'],
  )
})

test('an erasure that was stopped goes on without anybody', async (t) => {
  const { desk, file } = await withHistory(t)
  for (let n = 0; n < 25; n++) await desk.opened({ title: `crimson ${n}` })
  const id = v7()
  await desk.store.write((writer) =>
    writer.beginErasure({ id, at: desk.parts.clock.now(), by: 'davi', whom: ana }),
  )
  assert.equal(await eraseSome(desk.parts, { id, whom: ana }), false)
  assert.match(dump(file), hers)
  while (await resumeErasures(desk.parts));
  await desk.store.write((writer) => writer.forgetUploads(id))
  nothingOfHers(dump(file))
  assert.equal((await desk.store.read((reader) => reader.erasure(id)))?.tickets, 26)
})

test('only a lead who typed it once more erases', async (t) => {
  const { desk } = await withHistory(t)
  const davi = desk.agent('davi')
  assert.ok(davi.kind === 'agent')
  for (const request of [
    { whom: ana, confirmed: ana, by: davi, role: 'specialist' as const },
    { whom: ana, confirmed: 'ana@school', by: davi, role: 'lead' as const },
    { whom: '', confirmed: '', by: davi, role: 'lead' as const },
    { whom: '%', confirmed: '%', by: davi, role: 'lead' as const },
  ])
    assert.ok(isRefusal(await eraseRequester(desk.parts, request)))
  assert.deepEqual(await desk.store.read((reader) => reader.erasures(10)), [])
})

test('Ana gets all that is hers to take along, and nothing that agents said among themselves', async (t) => {
  const { desk, iid } = await withHistory(t)
  await desk.done(
    noteOnTicket(desk.parts, { ref: { iid }, by: desk.agent('bruno'), body: 'She is always late' }),
  )
  const got = await exportRequester(desk.parts, {
    whom: 'ANA@school.example',
    by: desk.agent('davi'),
    role: 'lead',
  })
  assert.ok(!isRefusal(got))
  for (const text of [JSON.stringify(got), exportAsText(got)]) {
    for (const own of [
      'My crimson screen',
      'The kettle again',
      'We look at it.',
      'passport',
      `#${iid}`,
      'ana@school',
    ])
      assert.ok(text.includes(own) || own.startsWith('#'), own)
    assert.doesNotMatch(text, /always late|Unverified, from/u)
  }
  assert.equal(got.mails.length, 2)
  assert.equal(got.tickets[0]?.gitlab, (await desk.ticket(iid)).url)
})
