// A desk with tickets of every kind, worked on through the real use cases and by hand in GitLab, that is made again
// from GitLab alone (issue "Nothing lost, nothing twice"; design section 1). For each database the same sentences.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import { answerOwnTicket } from '../../src/application/answer-own-ticket.ts'
import { assignTicket } from '../../src/application/assign-ticket.ts'
import { categoriseTicket } from '../../src/application/categorise-ticket.ts'
import { escalateTicket } from '../../src/application/escalate-ticket.ts'
import { handBackTicket } from '../../src/application/hand-back-ticket.ts'
import { indexChecksum } from '../../src/application/index-checksum.ts'
import { noteOnTicket } from '../../src/application/note-on-ticket.ts'
import type { Parts, Store } from '../../src/application/ports.ts'
import { rateTicket } from '../../src/application/rate-ticket.ts'
import type { RebuildOptions } from '../../src/application/rebuild-index.ts'
import { rebuildIndex } from '../../src/application/rebuild-index.ts'
import { reopenOwnTicket } from '../../src/application/reopen-own-ticket.ts'
import { reopenTicket } from '../../src/application/reopen-ticket.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { resolveTicket } from '../../src/application/resolve-ticket.ts'
import { setTicketWaiting } from '../../src/application/set-ticket-waiting.ts'
import type { DeskAndGitlab } from '../support/desk-and-gitlab.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'

const minute = 60_000

/** Thirty tickets and more: those of the sandbox's own stories, and ours. */
export const aDeskOfEveryKind = async (
  t: TestContext,
  store?: (desk: Parts['desk']) => Promise<Store>,
): Promise<DeskAndGitlab> => {
  const desk = await deskAndGitlab(t, { sandbox: { empty: false }, ...(store ? { store } : {}) })
  const { parts } = desk
  const [bruno, carla, davi] = ['bruno', 'carla', 'davi'].map(desk.agent)
  assert.ok(bruno && carla && davi)
  const settle = async () => {
    await desk.push()
    desk.turn(3 * minute)
    await desk.pull()
  }
  await desk.pull()

  const texts = [
    'Since this morning.',
    'Seit heute früh geht nichts mehr.\n\n- Lampe an\n- Kabel steckt\n\n```\nHDMI 1: kein Signal\n/close',
    '/close\n@all look at #1',
    'Ünïcode, \u{1f5a8} and a trailing space ',
  ]
  const numbers: number[] = []
  for (let count = 0; count < 16; count++) {
    const { iid } = await desk.opened(
      {
        title: count % 3 === 0 ? `[hardware] Ticket ${count}` : `Drucker ${count} druckt nicht`,
        text: texts[count % texts.length] ?? '',
        category: ['Hardware', 'Gitlab Account', ''][count % 3] ?? '',
      },
      count % 4 === 0
        ? [
            { name: 'Bild schirm (1).txt', bytes: Buffer.from(`first ${count}`) },
            { name: 'log.txt', bytes: Buffer.from(`second ${count}`) },
          ]
        : [],
    )
    assert.ok(iid)
    numbers.push(iid)
  }
  await settle()
  const ref = (index: number) => ({ iid: numbers[index] ?? 0 })
  const byHand = (who: string, index: number, change: object) =>
    desk.byHand(who, 'PUT', `/projects/1/issues/${ref(index).iid}`, change)

  await desk.done(replyToTicket(parts, { ref: ref(0), by: bruno, body: 'Have you tried another cable?' }))
  await desk.done(noteOnTicket(parts, { ref: ref(0), by: bruno, body: 'Third time this week' }))
  await desk.done(assignTicket(parts, { ref: ref(1), by: davi, username: 'bruno' }))
  await settle()
  for (const index of [1, 2, 3, 4, 5])
    await desk.done(
      escalateTicket(parts, {
        ref: ref(index),
        by: bruno,
        reason: index === 3 ? '' : 'Der Treiber',
        from: 1,
      }),
    )
  await settle()
  await desk.done(assignTicket(parts, { ref: ref(2), by: carla, username: 'carla' }))
  await desk.done(
    handBackTicket(parts, { ref: ref(1), by: carla, role: 'specialist', reason: 'Kein Fehler', from: 2 }),
  )
  await settle()
  await desk.done(escalateTicket(parts, { ref: ref(1), by: bruno, reason: 'Doch', from: 1 }))
  await desk.done(categoriseTicket(parts, { ref: ref(4), by: bruno, category: 'Hardware' }))
  await desk.done(categoriseTicket(parts, { ref: ref(6), by: bruno, category: '' }))
  await desk.done(setTicketWaiting(parts, { ref: ref(6), by: bruno, waiting: true }))
  await desk.done(setTicketWaiting(parts, { ref: ref(7), by: bruno, waiting: true }))
  await settle()
  await desk.done(setTicketWaiting(parts, { ref: ref(7), by: davi, waiting: false }))
  for (const index of [6, 8, 9, 2])
    await desk.done(
      resolveTicket(parts, {
        ref: ref(index),
        by: carla,
        answer: index === 9 ? '' : 'Gelöst',
        standardAnswer: 'Fertig.',
      }),
    )
  await settle()
  await desk.done(reopenTicket(parts, { ref: ref(9), by: bruno }))
  // What Ana does on her own pages.
  const own = async (index: number) => ({ id: (await desk.ticket(ref(index).iid)).id })
  const comment = 'Zu langsam.\n/close\n@all @bruno #1'
  await desk.done(rateTicket(parts, { ...(await own(6)), good: false, comment }))
  await desk.done(rateTicket(parts, { ...(await own(8)), good: false, comment: '' }))
  await settle()
  await desk.done(rateTicket(parts, { ...(await own(8)), good: true, comment: '' }))
  await desk.done(reopenOwnTicket(parts, { ...(await own(2)), body: 'Wieder schwarz', files: [] }))
  const file = { id: parts.newId(), name: 'own.txt', type: 'text/plain', bytes: 3 }
  await desk.done(
    answerOwnTicket(parts, {
      ...(await own(7)),
      body: '',
      files: [{ file, bytes: Buffer.from('own') }],
    }),
  )
  await settle()
  // And what people do in GitLab.
  await desk.byHand('carla', 'POST', `/projects/1/issues/${ref(10).iid}/notes`, {
    body: 'By hand\n/label ~urgent',
  })
  await byHand('carla', 10, { add_labels: 'level::2', remove_labels: 'level::1' })
  await byHand('carla', 11, { add_labels: 'level::2' })
  await byHand('davi', 12, { state_event: 'close', assignee_ids: [7] })
  await byHand('davi', 15, { add_labels: 'passing' })
  await byHand('davi', 13, { add_labels: 'urgent', confidential: false, title: 'Renamed' })
  await desk.byHand('davi', 'POST', `/projects/1/issues/${ref(14).iid}/move`, { to_project_id: 2 })
  await desk.byHand('bruno', 'POST', '/projects/1/issues', {
    title: '[Hardware] By hand',
    labels: 'hardware',
  })
  await desk.byHand('bruno', 'POST', '/projects/1/issues', { title: 'Twice' })
  const twice = desk.sandbox.issues().find(({ title }) => title === 'Twice')?.iid
  await desk.byHand('davi', 'POST', `/projects/1/issues/${twice}/notes`, {
    body: `/duplicate #${ref(13).iid}`,
  })
  await settle()
  await byHand('davi', 15, { remove_labels: 'passing' })
  await settle()
  // Nothing in GitLab tells of these: a branch and a label that are deleted.
  const { branch } = await desk.ticket(ref(4).iid)
  assert.ok(branch?.state === 'made')
  await desk.byHand('carla', 'DELETE', `/projects/1/repository/branches/${branch.name}`)
  await desk.store.write((writer) => writer.markUnread([ref(4).iid]))
  await desk.pull()
  for (const label of ['urgent', 'passing'])
    await desk.byHand('davi', 'DELETE', `/projects/1/labels/${label}`)
  return desk
}

/** What GitLab cannot give back, row by row as far as the ports show it. */
const kept = (desk: DeskAndGitlab) =>
  desk.store.read(async (reader) => {
    const tickets = await reader.walk({ after: null, limit: 1_000 })
    const of = []
    for (const { id, iid } of tickets)
      of.push({
        id,
        changes: await reader.ownChanges(id),
        branches: await reader.ownBranches(id),
        notes: await reader.ownNotes(id, 0),
        files: await reader.files(id),
        open: await reader.operations(id),
        noticed: (await reader.noticed(iid ?? 0)).filter(({ name }) => !name.startsWith('label:')),
      })
    return {
      of: of.sort((a, b) => (a.id < b.id ? -1 : 1)),
      members: (await reader.members()).map(({ seenAt: _, ...member }) => member),
    }
  })

const everything = (desk: DeskAndGitlab) =>
  desk.store.read(async (reader) => {
    const tickets = await reader.walk({ after: null, limit: 1_000 })
    const events = []
    for (const { id } of tickets) events.push(...(await reader.events(id)))
    return {
      tickets: tickets
        .map(({ revision: _, changedAt: __, ...ticket }) => ticket)
        .sort((a, b) => (a.iid ?? 0) - (b.iid ?? 0)),
      events,
    }
  })

export const isRebuilt = (backend: {
  readonly name: string
  readonly fresh: (t: TestContext, desk: Parts['desk']) => Promise<Store>
}): void => {
  describe(`a desk made again from GitLab, on ${backend.name}`, () => {
    const aDesk = (t: TestContext) => aDeskOfEveryKind(t, (desk) => backend.fresh(t, desk))

    test('is the one that was there: equal checksums, what is kept untouched', async (t) => {
      const desk = await aDesk(t)
      // One that GitLab has not been told of stays too.
      const bruno = desk.agent('bruno')
      await desk.done(replyToTicket(desk.parts, { ref: { iid: 1 }, by: bruno, body: 'On its way' }))
      const stop = new AbortController()
      await rebuildIndex(desk.parts, {
        signal: stop.signal,
        onStage: (stage) => stage === 'counting' && stop.abort(),
      })
      const [before, rows] = [await everything(desk), await kept(desk)]
      const rebuilt = await rebuildIndex(desk.parts)
      assert.ok(rebuilt)
      assert.ok(rebuilt.before.tickets >= 30, `only ${rebuilt.before.tickets} tickets`)
      const said = (await everything(desk)).events.flatMap(({ what }) =>
        what.kind === 'rated' ? [what] : [],
      )
      assert.deepEqual(said.map(({ good, text }) => `${good} ${text}`).sort(), [
        'false ',
        'false Zu langsam.\n/close\n@all @bruno #1',
        'true ',
      ])
      assert.deepEqual((await everything(desk)).tickets, before.tickets)
      assert.deepEqual((await everything(desk)).events, before.events)
      assert.deepEqual(await kept(desk), rows)
      assert.deepEqual(rebuilt.after, rebuilt.before)
      assert.deepEqual([rebuilt.unread, rebuilt.after.requesterUnknown], [[], 0])
      // Both could be wrong alike: the bot's deeds have their people, what was deleted its name.
      const told = (await everything(desk)).events.filter(({ hidden }) => !hidden)
      for (const [kind, name] of [
        ['categorised', 'Bruno Berg'],
        ['assigned', 'Davi Duarte'],
        ['waiting-started', 'Bruno Berg'],
        ['reopened', 'Bruno Berg'],
        ['branch-deleted', ''],
      ] as const)
        assert.ok(
          told.some(
            ({ what, actor, byHand }) =>
              what.kind === kind && actor.name === name && byHand === (name === ''),
          ),
          `${kind} by ${name}`,
        )
      const passing = told.filter(({ what }) => 'label' in what && what.label === 'passing')
      assert.deepEqual(
        passing.map(({ what }) => what.kind),
        ['label-added', 'label-removed'],
      )
      const states = new Set((await everything(desk)).tickets.map(({ state }) => state))
      assert.deepEqual([...states].sort(), ['open', 'resolved', 'waiting'])
      await desk.push()
      assert.equal(desk.sandbox.notes(1).filter(({ body }) => body.includes('On its way')).length, 1)
    })

    test('stopped or cut off at any stage it goes on, and is equal all the same', async (t) => {
      const desk = await aDesk(t)
      const { sum } = (await rebuildIndex(desk.parts))?.after ?? { sum: '' }
      const stopAt = async (stage: string, count: number): Promise<boolean> => {
        const stop = new AbortController()
        let steps = 0
        let current = ''
        const options: RebuildOptions = {
          signal: stop.signal,
          onStage: (one) => {
            current = one
            if (one === stage && count === 0) stop.abort()
          },
          onProgress: () => {
            if (current === stage && ++steps >= count) stop.abort()
          },
        }
        return (await rebuildIndex(desk.parts, options)) === null
      }
      for (const [stage, count] of [
        ['catching up', 1],
        ['counting', 0],
        ['listing', 1],
        ['reading', 0],
        ['reading', 2],
      ] as const) {
        assert.ok(await stopAt(stage, count), `${stage} was not stopped`)
        const rebuilt = await rebuildIndex(desk.parts)
        assert.equal(rebuilt?.before.sum, sum, stage)
        assert.equal(rebuilt?.after.sum, sum, stage)
      }
      // Killed in the middle: GitLab goes away while conversations are read.
      assert.ok(await stopAt('reading', 0))
      desk.sandbox.faults([{ method: 'GET', path: '/notes', kind: 'reset', times: 3 }])
      await assert.rejects(rebuildIndex(desk.parts), { name: 'GatewayError' })
      desk.sandbox.faults([])
      assert.equal((await rebuildIndex(desk.parts))?.after.sum, sum)
    })

    test('a change in GitLab meanwhile is seen in the checksum', async (t) => {
      const desk = await aDesk(t)
      const stop = new AbortController()
      await rebuildIndex(desk.parts, {
        signal: stop.signal,
        onStage: (stage) => stage === 'listing' && stop.abort(),
      })
      await desk.byHand('davi', 'PUT', '/projects/1/issues/2', { title: 'Another title' })
      const rebuilt = await rebuildIndex(desk.parts)
      assert.ok(rebuilt && rebuilt.before.sum !== rebuilt.after.sum)
    })

    test('beside it, a desk that knows GitLab alone has the same files and requesters', async (t) => {
      const desk = await aDesk(t)
      await desk.compare()
      const fresh = await deskAndGitlab(t, { beside: desk, store: (one) => backend.fresh(t, one) })
      await fresh.pull()
      for (const ticket of await desk.store.read((reader) => reader.walk({ after: null, limit: 1_000 }))) {
        const same = await fresh.ticket(ticket.iid ?? 0)
        assert.deepEqual([same.id, same.requester, same.text], [ticket.id, ticket.requester, ticket.text])
        const [here, there] = await Promise.all(
          [desk, fresh].map(({ store }) => store.read((reader) => reader.files(ticket.id))),
        )
        assert.deepEqual(
          there?.map(({ remotePath }) => remotePath),
          here?.map(({ remotePath }) => remotePath),
        )
      }
      assert.equal((await indexChecksum(fresh.store)).requesterUnknown, 0)
    })
  })
}
