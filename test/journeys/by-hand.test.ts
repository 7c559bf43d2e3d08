// What people do in GitLab past Belay shows up on the desk, with who did it (issue "Nothing lost, nothing twice"):
// adopted where it is theirs to decide, mended once where it is a slip, and never a ticket lost to our own blindness.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { askForTicketBranch } from '../../src/application/ask-for-ticket-branch.ts'
import { compareStep } from '../../src/application/compare-with-gitlab.ts'
import { escalateTicket } from '../../src/application/escalate-ticket.ts'
import type { Gateway, View } from '../../src/application/ports.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { resolveTicket } from '../../src/application/resolve-ticket.ts'
import { openDesk } from '../support/desk.ts'
import type { DeskAndGitlab } from '../support/desk-and-gitlab.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'

const minute = 60_000

const numbersIn = async (desk: DeskAndGitlab, view: View, words = ''): Promise<(number | null)[]> =>
  desk.store.read(async (reader) => {
    const page = await reader.page({
      view,
      me: null,
      level: null,
      category: null,
      state: null,
      assignee: null,
      words,
      cursor: null,
      limit: 100,
    })
    return page.tickets.map(({ iid }) => iid)
  })

const kinds = async (desk: DeskAndGitlab, iid: number) => (await desk.told(iid)).map(([kind]) => kind)

const issue = (iid: number) => `/projects/1/issues/${iid}`

/** Ana's ticket, read back and long ago enough for GitLab to show what becomes of it. */
const aTicketOnTheDesk = async (desk: DeskAndGitlab): Promise<number> => {
  const { iid } = await desk.opened()
  assert.ok(iid)
  await desk.pull()
  desk.turn(20 * minute)
  await desk.pull()
  return iid
}

const escalated = async (desk: DeskAndGitlab, iid: number) => {
  await desk.done(
    escalateTicket(desk.parts, { ref: { iid }, by: desk.agent('bruno'), reason: 'The driver', from: 1 }),
  )
  await desk.push()
  desk.turn(2 * minute)
  await desk.pull()
}

describe('a ticket that leaves the project', () => {
  test('deleted: the comparison notices, it stands in no queue, and what we know of it stays', async (t) => {
    const desk = await deskAndGitlab(t)
    const [kept, deleted] = [await aTicketOnTheDesk(desk), await aTicketOnTheDesk(desk)]
    desk.sandbox.setGroupMember('davi', 50)
    await desk.byHand('davi', 'DELETE', issue(deleted))
    await desk.pull()
    assert.deepEqual((await desk.ticket(deleted)).gone, null, 'polling alone cannot see it')
    await desk.compare()
    assert.deepEqual((await desk.ticket(deleted)).gone, { why: 'deleted' })
    assert.deepEqual(await numbersIn(desk, 'level-1'), [kept])
    assert.deepEqual(await numbersIn(desk, 'all'), [kept])
    assert.deepEqual(await numbersIn(desk, 'all', 'screen'), [deleted, kept])
    assert.deepEqual(await numbersIn(desk, 'level-1', 'screen'), [kept])
    assert.deepEqual((await desk.store.read((reader) => reader.counts(null))).all, 1)
    assert.deepEqual(await kinds(desk, deleted), ['opened', 'deleted'])
    const answer = await replyToTicket(desk.parts, {
      ref: { iid: deleted },
      by: desk.agent('bruno'),
      body: 'Hi',
    })
    assert.equal('code' in answer && answer.code, 'ticket-gone')
  })

  test('deleted with something still to be told: that is stuck with the reason, not lost', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    await desk.done(replyToTicket(desk.parts, { ref: { iid }, by: desk.agent('bruno'), body: 'On my way' }))
    desk.sandbox.setGroupMember('davi', 50)
    await desk.byHand('davi', 'DELETE', issue(iid))
    await desk.compare()
    const { id, gone } = await desk.ticket(iid)
    assert.deepEqual(gone, { why: 'deleted' })
    const operations = await desk.store.read((reader) => reader.operations(id))
    assert.deepEqual(
      operations.map(({ state, trouble }) => [state, trouble?.code]),
      [['stuck', 'gone']],
    )
    assert.ok((await kinds(desk, iid)).includes('replied'))
  })

  test('moved: it says where it went and who moved it', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    await desk.byHand('davi', 'POST', `${issue(iid)}/move`, { to_project_id: 2 })
    await desk.pull()
    assert.deepEqual((await desk.ticket(iid)).gone, { why: 'moved', to: 'demo/archive#1' })
    assert.deepEqual(await numbersIn(desk, 'resolved'), [])
    assert.deepEqual((await desk.told(iid)).at(-1), ['moved-away', 'Davi Duarte', true])
    assert.ok(!(await kinds(desk, iid)).includes('resolved'))
  })

  test('closed as a duplicate: both tickets say which the other is', async (t) => {
    const desk = await deskAndGitlab(t)
    const [first, again] = [await aTicketOnTheDesk(desk), await aTicketOnTheDesk(desk)]
    await desk.byHand('davi', 'POST', `${issue(again)}/notes`, { body: `/duplicate #${first}` })
    await desk.byHand('davi', 'POST', `${issue(first)}/notes`, { body: 'Two of you have it' })
    await desk.pull()
    assert.deepEqual((await desk.told(again)).slice(-2).sort(), [
      ['marked-duplicate', 'Davi Duarte', true],
      ['resolved', 'Davi Duarte', true],
    ])
    assert.ok((await kinds(desk, first)).includes('has-duplicate'))
    const { gone, state } = await desk.ticket(again)
    assert.deepEqual([gone, state], [null, 'resolved'])
  })

  test('made a task: the comparison notices', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    await desk.byHand('davi', 'PUT', issue(iid), { issue_type: 'task' })
    await desk.compare()
    assert.deepEqual((await desk.ticket(iid)).gone, { why: 'no-ticket' })
    await desk.byHand('davi', 'PUT', issue(iid), { issue_type: 'issue' })
    desk.turn(2 * minute)
    await desk.pull()
    assert.equal((await desk.ticket(iid)).gone, null)
    assert.deepEqual(await numbersIn(desk, 'level-1'), [iid])
  })

  for (const [how, blind] of [
    ['a token that was revoked', (desk: DeskAndGitlab) => desk.sandbox.revokeToken(desk.sandbox.token)],
    [
      'a list that shows nothing and tickets that are not found, with a role too small',
      async (desk: DeskAndGitlab) => {
        const bot = desk.sandbox
          .users()
          .find(({ bot, username }) => bot === 1 && username.startsWith('project_1'))
        await desk.byHand('davi', 'PUT', `/projects/1/members/${bot?.id}`, { access_level: 10 })
      },
    ],
    [
      'a project that is not found',
      (desk: DeskAndGitlab) =>
        desk.sandbox.faults([
          { method: 'GET', path: '/issues/', kind: 'status', status: 404 },
          { method: 'GET', path: '^/api/v4/projects/1$', kind: 'status', status: 404 },
        ]),
    ],
  ] as const)
    test(`our own blindness takes nothing off the desk: ${how}`, async (t) => {
      let short = false
      const desk = await deskAndGitlab(t, {
        wrap: (gateway): Gateway => ({
          ...gateway,
          listing: async (options) =>
            short ? { tickets: [], next: null, total: 0 } : await gateway.listing(options),
        }),
      })
      const numbers = [1, 2]
      for (const iid of numbers)
        await desk.byHand('bruno', 'POST', '/projects/1/issues', {
          title: `Ticket ${iid}`,
          confidential: true,
        })
      desk.turn(20 * minute)
      await desk.pull()
      await blind(desk)
      short = true
      await assert.rejects(desk.compare(), { name: 'GatewayError', kind: 'unauthorised' })
      for (const iid of numbers) assert.equal((await desk.ticket(iid)).gone, null)
      assert.deepEqual(await numbersIn(desk, 'level-1'), numbers)
    })

  test('a list that is short by mistake takes nothing off the desk: each is asked for by number', async (t) => {
    let short = false
    const desk = await deskAndGitlab(t, {
      wrap: (gateway): Gateway => ({
        ...gateway,
        listing: async (options) => {
          const page = await gateway.listing(options)
          return short ? { ...page, tickets: page.tickets.slice(1) } : page
        },
      }),
    })
    const numbers = [await aTicketOnTheDesk(desk), await aTicketOnTheDesk(desk), await aTicketOnTheDesk(desk)]
    short = true
    await desk.compare()
    assert.deepEqual(await numbersIn(desk, 'level-1'), numbers)
  })

  test('the comparison goes on where it was stopped, page by page', async (t) => {
    const desk = await deskAndGitlab(t)
    for (let count = 0; count < 3; count++) await aTicketOnTheDesk(desk)
    for (let count = 0; count < 120; count++)
      await desk.byHand('bruno', 'POST', '/projects/1/issues', { title: `By hand ${count}` })
    await desk.pull()
    desk.turn(20 * minute)
    desk.sandbox.setGroupMember('davi', 50)
    for (const iid of [2, 60, 123]) await desk.byHand('davi', 'DELETE', issue(iid))
    assert.equal(await compareStep(desk.parts), null)
    await desk.compare()
    for (const iid of [2, 60, 123]) assert.deepEqual((await desk.ticket(iid)).gone, { why: 'deleted' })
    assert.equal((await desk.store.read((reader) => reader.counts(null))).all, 120)
  })
})

describe('labels changed by hand', () => {
  test('both levels on one issue: the higher counts, the lower is taken away once, and that is told', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    await desk.byHand('carla', 'PUT', issue(iid), { add_labels: 'level::2' })
    await desk.pull()
    assert.equal((await desk.ticket(iid)).level, 2)
    await desk.push()
    desk.turn(2 * minute)
    await desk.pull()
    await desk.push()
    assert.deepEqual(desk.sandbox.issue(iid)?.labels, ['hardware', 'level::2'])
    const removals = desk.sandbox.labelEvents(iid).filter(({ action }) => action === 'remove')
    assert.deepEqual(
      removals.map(({ label }) => label),
      ['level::1'],
    )
    assert.deepEqual((await desk.told(iid)).slice(1), [
      ['level-changed', 'Carla Conti', true],
      ['label-removed', 'Belay', false],
    ])
  })

  test('who puts the lower level back at the same level wants it so: it stays', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    const both = async () => {
      desk.turn(2 * minute)
      await desk.pull()
      await desk.push()
      desk.turn(2 * minute)
      await desk.pull()
      await desk.push()
      return desk.sandbox.issue(iid)?.labels.filter((label) => label.startsWith('level::'))
    }
    await desk.byHand('carla', 'PUT', issue(iid), { add_labels: 'level::2' })
    assert.deepEqual(await both(), ['level::2'])
    await desk.byHand('davi', 'PUT', issue(iid), { add_labels: 'level::1' })
    assert.deepEqual(await both(), ['level::1', 'level::2'])
    // Another visit to the level is another occurrence.
    await desk.byHand('davi', 'PUT', issue(iid), { remove_labels: 'level::2' })
    await both()
    await desk.byHand('carla', 'PUT', issue(iid), { add_labels: 'level::2' })
    assert.deepEqual(await both(), ['level::2'])
  })

  test('a level that was deleted in GitLab: the ticket follows, its history keeps the level by its name', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    await escalated(desk, iid)
    const before = await desk.told(iid)
    await desk.byHand('davi', 'DELETE', '/projects/1/labels/level%3A%3A2')
    await desk.compare()
    assert.equal((await desk.ticket(iid)).level, 1)
    assert.deepEqual((await desk.told(iid)).slice(0, before.length), before)
    assert.deepEqual((await desk.told(iid)).at(-1), ['level-changed', '', true])
    const names = (await desk.events(iid)).flatMap(({ what }) =>
      what.kind === 'label-added' ? [what.label] : [],
    )
    assert.ok(names.includes('level::2'), names.join())
  })

  test('a category that was renamed in GitLab is none of ours any more', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    assert.equal((await desk.ticket(iid)).category, 'Hardware')
    await desk.byHand('davi', 'PUT', '/projects/1/labels/hardware', { new_name: 'devices' })
    await desk.compare()
    const after = await desk.ticket(iid)
    assert.deepEqual([after.category, after.labels.includes('devices')], [null, true])
  })
})

describe('code, confidentiality, closing', () => {
  test('a branch deleted in GitLab: it says so, and one button makes it again', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    await escalated(desk, iid)
    const { branch } = await desk.ticket(iid)
    assert.ok(branch?.state === 'made')
    await desk.byHand('carla', 'DELETE', `/projects/1/repository/branches/${branch.name}`)
    await desk.store.write((writer) => writer.markUnread([iid]))
    desk.turn(2 * minute)
    await desk.pull()
    assert.deepEqual((await desk.ticket(iid)).branch, { state: 'missing', why: 'deleted' })
    assert.deepEqual((await kinds(desk, iid)).slice(1), ['escalated', 'branch-made', 'branch-deleted'])
    await desk.done(askForTicketBranch(desk.parts, { ref: { iid }, by: desk.agent('carla') }))
    await desk.push()
    desk.turn(2 * minute)
    await desk.pull()
    assert.equal((await desk.ticket(iid)).branch?.state, 'made')
    assert.deepEqual((await desk.told(iid)).slice(2), [
      ['branch-made', 'Bruno Berg', false],
      ['branch-deleted', '', true],
      ['branch-made', 'Carla Conti', false],
    ])
  })

  test('closed by merging: the timeline names the merge request by the number people know', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    await escalated(desk, iid)
    const { branch } = await desk.ticket(iid)
    assert.ok(branch?.state === 'made')
    const request = (await desk.byHand('carla', 'POST', '/projects/1/merge_requests', {
      source_branch: branch.name,
      target_branch: 'main',
      title: 'Give the screen its driver back',
      description: `Closes #${iid}`,
    })) as { iid: number; id: number }
    await desk.byHand('davi', 'PUT', `/projects/1/merge_requests/${request.iid}/merge`)
    desk.turn(2 * minute)
    await desk.pull()
    const closing = (await desk.events(iid)).find(({ what, hidden }) => !hidden && what.kind === 'resolved')
    assert.deepEqual(closing?.what, { kind: 'resolved', text: '', viaMergeRequest: request.iid })
    assert.deepEqual([closing?.actor.name, closing?.byHand], ['Davi Duarte', true])
    assert.equal((await desk.ticket(iid)).state, 'resolved')
  })

  test('resolved here, reopened there, made visible there: told with who did it', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    await desk.done(
      resolveTicket(desk.parts, {
        ref: { iid },
        by: desk.agent('bruno'),
        answer: 'A cable',
        standardAnswer: '-',
      }),
    )
    await desk.push()
    desk.turn(2 * minute)
    await desk.byHand('davi', 'PUT', issue(iid), { state_event: 'reopen' })
    await desk.byHand('carla', 'PUT', issue(iid), { confidential: false })
    await desk.pull()
    const after = await desk.ticket(iid)
    assert.deepEqual([after.state, after.confidential], ['open', false])
    assert.deepEqual((await desk.told(iid)).slice(1), [
      ['resolved', 'Bruno Berg', false],
      ['reopened', 'Davi Duarte', true],
      ['confidentiality', 'Carla Conti', true],
    ])
  })
})

describe('a second issue of one opening', () => {
  /** GitLab finishes a request that Belay had given up, after it has sent the ticket again. */
  const late = async (desk: DeskAndGitlab, iid: number): Promise<number> => {
    const real = desk.sandbox.issue(iid)
    const answer = await fetch(`${desk.sandbox.url}/api/v4/projects/1/issues`, {
      method: 'POST',
      headers: { 'private-token': desk.sandbox.token, 'content-type': 'application/json' },
      body: JSON.stringify({
        title: real?.title,
        description: real?.description,
        labels: real?.labels.join(','),
        confidential: true,
      }),
    })
    return ((await answer.json()) as { iid: number }).iid
  }

  test('is closed as a duplicate by the next sweep, names the real one and never is a ticket', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    const double = await late(desk, iid)
    await desk.pull()
    assert.deepEqual((await desk.ticket(double)).gone, { why: 'duplicate', of: iid })
    await desk.push()
    for (let round = 0; round < 3; round++) {
      desk.turn(2 * minute)
      await desk.pull()
      await desk.compare()
      await desk.push()
    }
    const closed = desk.sandbox.issue(double)
    assert.deepEqual([closed?.state, closed?.labels.includes('duplicate')], ['closed', true])
    const notes = desk.sandbox.notes(double).filter(({ system }) => !system)
    assert.equal(notes.length, 1)
    assert.equal(notes[0]?.internal, 1)
    assert.match(notes[0]?.body ?? '', new RegExp(`duplicate of #${iid}\\b`))
    assert.equal(desk.sandbox.issue(iid)?.state, 'opened')
    assert.equal(desk.sandbox.notes(iid).filter(({ body }) => body.includes('<!-- belay')).length, 0)
    for (const view of ['all', 'level-1', 'resolved', 'unassigned'] as const)
      assert.ok(!(await numbersIn(desk, view)).includes(double), view)
    assert.deepEqual(await numbersIn(desk, 'all', 'screen'), [iid])
    assert.deepEqual(await numbersIn(desk, 'all', `#${double}`), [])
  })

  test('a crash between closing and telling: it is finished, once', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    const double = await late(desk, iid)
    await desk.pull()
    // Sent, and died before the answer was written down: the lease runs out.
    const [claimed] = await desk.store.write((writer) =>
      writer.claim({ now: desk.parts.clock.now(), leaseMs: 1_000, limit: 1 }),
    )
    assert.ok(claimed)
    await desk.gateway.perform(claimed)
    desk.turn(2 * minute)
    await desk.push()
    await desk.pull()
    await desk.push()
    assert.equal(desk.sandbox.stateEvents(double).length, 1)
    assert.equal(desk.sandbox.notes(double).filter(({ system }) => !system).length, 1)
  })

  test('an index that was dropped takes the same one for the double and tells GitLab nothing again', async (t) => {
    const desk = await deskAndGitlab(t)
    const iid = await aTicketOnTheDesk(desk)
    const double = await late(desk, iid)
    await desk.pull()
    await desk.push()
    // The real one changed last, so it is listed after the double.
    desk.turn(2 * minute)
    await desk.byHand('bruno', 'PUT', issue(iid), { add_labels: 'urgent' })
    await desk.store.write(async (writer) => {
      await writer.dropIndex({ labels: [], at: 0 })
      await writer.saveSetting('pull.cursor', '')
    })
    await desk.pull()
    await desk.push()
    assert.deepEqual((await desk.ticket(double)).gone, { why: 'duplicate', of: iid })
    assert.equal((await desk.ticket(iid)).gone, null)
    assert.equal(desk.sandbox.notes(double).filter(({ system }) => !system).length, 1)
    const fresh = await deskAndGitlab(t, { beside: desk })
    await fresh.pull()
    assert.deepEqual((await fresh.ticket(double)).gone, { why: 'duplicate', of: iid })
    assert.deepEqual(await numbersIn(fresh, 'all'), [iid])
    await fresh.push()
    assert.equal(desk.sandbox.notes(double).filter(({ system }) => !system).length, 1)
  })
})

test('the page of a ticket says that it was moved, where to, and offers nothing to press', async () => {
  await using desk = await openDesk()
  await desk.stranger().post('/open-issue', {
    title: 'My screen stays black',
    description: 'Since this morning.',
    category: 'Hardware',
    name: 'Ana Souza',
    email: 'ana@school.example',
  })
  const number = desk.sandbox.issues()[0]?.iid ?? 0
  await desk.settled(number)
  const moved = await fetch(`${desk.sandbox.url}/api/v4/projects/1/issues/${number}/move`, {
    method: 'POST',
    headers: { 'private-token': desk.sandbox.tokenOf('davi'), 'content-type': 'application/json' },
    body: JSON.stringify({ to_project_id: 2 }),
  })
  assert.equal(moved.status, 201)
  const bruno = await desk.signedIn('bruno')
  const until = Date.now() + 15_000
  let page = await bruno.get(`/issues/${number}`)
  while (!/demo\/archive#1/u.test(page.text) && Date.now() < until)
    page = await bruno.get(`/issues/${number}`)
  assert.match(page.text, /moved in GitLab and goes on as demo\/archive#1/u)
  assert.match(page.text, /moved this to demo\/archive#1/u)
  assert.doesNotMatch(page.text, /action="\/issues\/\d+\//u)
  assert.doesNotMatch((await bruno.get('/issues')).text, /My screen stays black/u)
})
