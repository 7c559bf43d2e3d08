// What the desk has promised, from nearly running out to being escalated, beside a real GitLab: Bruno is told, Carla
// finds the ticket in her queue, GitLab's own books say why, and nothing of it happens a second time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignTicket } from '../../src/application/assign-ticket.ts'
import { chooseNotices } from '../../src/application/choose-notices.ts'
import { rebuildIndex } from '../../src/application/rebuild-index.ts'
import { watchTargets } from '../../src/application/watch-targets.ts'
import { openDesk } from '../support/desk.ts'
import type { DeskAndGitlab } from '../support/desk-and-gitlab.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'
import { eventually } from '../support/eventually.ts'
import { arrivedAt } from '../support/mail-arriving.ts'
import { forwardClock } from '../support/mail-clock.ts'
import { aMailDeskOf } from '../support/mail-desk.ts'
import { deskAddress } from '../support/mail-writing.ts'
import { aTarget } from '../support/promises.ts'
import { hour, minute } from '../support/tickets.ts'

const promised = { targets: [aTarget({ whenMissed: 'escalate' })] }

/** What the worker does of itself: reads, tells of what is due, sends, and reads again. */
const round = async (desk: DeskAndGitlab): Promise<number> => {
  await desk.pull()
  const { told } = await watchTargets(desk.parts, desk.parts.clock.now())
  await desk.push()
  desk.turn(3 * minute)
  await desk.pull()
  return told.length
}

test('where Belay sends no mails, GitLab tells Bruno, and the ticket goes up once, also after a rebuild', async (t) => {
  const desk = await deskAndGitlab(t, { desk: promised })
  const { parts, sandbox } = desk
  await desk.store.write((writer) => writer.measureAgain(200, parts.clock.now()))
  const { iid } = await desk.opened()
  assert.ok(iid)
  await desk.done(assignTicket(parts, { ref: { iid }, by: desk.agent('davi'), username: 'bruno' }))
  await desk.push()
  const answered = await desk.opened({ title: 'Answered in GitLab' })
  await round(desk)
  const ours = () =>
    sandbox.notes(iid).filter(({ body, internal }) => internal === 1 && /The time for a/u.test(body))

  desk.turn(3 * hour)
  await desk.byHand('bruno', 'POST', `/projects/1/issues/${answered.iid}/notes`, { body: 'Try again.' })
  assert.equal(await round(desk), 1)
  assert.equal(ours().length, 1)
  assert.match(ours()[0]?.body ?? '', /^Belay:\n\n@bruno The time for a first response ends on /u)

  desk.turn(hour)
  assert.equal(await round(desk), 1)
  const up = async () => {
    const { level, branch, assignee } = await desk.ticket(iid)
    const told = (await desk.told(iid)).filter(([kind]) => kind === 'escalated' || kind === 'branch-made')
    return { level, branch: branch?.state, assignee, told: told.toSorted(), notes: ours().length }
  }
  const once = {
    level: 2,
    branch: 'made',
    assignee: null,
    told: [
      ['branch-made', 'Belay', false],
      ['escalated', 'Belay', false],
    ],
    notes: 2,
  }
  assert.deepEqual(await up(), once)
  assert.match(
    ours()[1]?.body ?? '',
    /^Belay:\n\nThe time for a first response ended on .* answered\.\n\n<!--/u,
  )
  assert.equal((await desk.ticket(answered.iid ?? 0)).level, 1)

  await rebuildIndex(parts)
  desk.turn(hour)
  assert.equal(await round(desk), 0)
  assert.deepEqual(await up(), once)
})

test('an answer in GitLab is waited for that came so soon after another change that its time does not show it', async (t) => {
  const desk = await deskAndGitlab(t, { desk: promised })
  const { parts } = desk
  await desk.store.write((writer) => writer.measureAgain(200, parts.clock.now()))
  const { iid, openedAt } = await desk.opened()
  assert.ok(iid)
  const at = (instant: number) => desk.turn(instant - parts.clock.now())
  const due = openedAt + 4 * hour
  const watch = async () => (await watchTargets(parts, parts.clock.now())).told.length
  await round(desk)
  // That it runs out is nobody's: nobody has the ticket.
  at(due - 30 * minute)
  await watch()
  at(due - 40_000)
  const change = (path: string, body: object) =>
    desk.byHand('bruno', path === '' ? 'PUT' : 'POST', `/projects/1/issues/${iid}${path}`, body)
  await change('', { add_labels: 'urgent' })
  await desk.pull()
  at(due - 20_000)
  await change('/notes', { body: 'Try another cable.' })
  at(due + 2_000)
  await desk.pull()
  assert.equal(await watch(), 0, 'what the list does not show yet can be an answer')
  at(due + minute)
  await desk.pull()
  assert.equal(await watch(), 0)
  assert.equal((await desk.ticket(iid)).level, 1)
})

test('with a mail server, Bruno gets one mail as it runs out and one when it is late, and Carla has the ticket', async (t) => {
  const arriving = await arrivedAt(t)
  const { clock, later } = forwardClock()
  await using desk = await openDesk({
    clock,
    desk: aMailDeskOf(promised),
    config: {
      mail: {
        smtpUrl: arriving.url,
        imapUrl: null,
        from: { name: 'Help desk', address: deskAddress },
        templates: null,
        folders: { done: 'Done', quarantine: 'Quarantine' },
        plusAddressing: false,
      },
    },
  })
  const members = await eventually('the members are known', async () => {
    const known = await desk.parts.store.read((reader) => reader.members())
    return known.length > 0 ? known : null
  })
  const by = (username: string) => {
    const { id, name } = members.find((one) => one.username === username) ?? assert.fail(username)
    return { kind: 'agent' as const, id, username, name }
  }
  for (const [username, wish, language] of [
    ['bruno', 'mine', 'de'],
    ['carla', 'all', 'en'],
  ] as const)
    await chooseNotices(desk.parts, {
      userId: by(username).id,
      address: `${username}@desk.example`,
      wish,
      language,
    })
  const told = () =>
    arriving
      .mails()
      .filter(({ to }) => to.some((address) => address.endsWith('@desk.example')))
      .map(({ to, email }) => `${to[0]?.split('@')[0]}: ${email.subject}`)

  const ana = desk.stranger()
  const form = await ana.get('/open-issue')
  const sent = await ana.post('/open-issue', {
    title: 'My screen stays black',
    description: 'Since this morning.',
    category: '',
    name: 'Ana Souza',
    email: 'ana@school.example',
    key: ana.hidden(form, 'key'),
  })
  assert.equal(sent.status, 303, sent.text)
  await eventually('GitLab has it', () => desk.sandbox.issue(1))
  await assignTicket(desk.parts, { ref: { iid: 1 }, by: by('davi'), username: 'bruno' })
  const carla = await desk.signedIn('carla')
  assert.match((await carla.get('/issues?view=level-1')).text, /promise-due/u)

  later(desk, 3 * hour + minute)
  await eventually('Bruno is told that it runs out', () => told().length >= 2)
  later(desk, hour)
  await eventually('Bruno is told that it is late', () => told().length >= 4)
  await desk.settled(1)
  later(desk, hour)
  await eventually('it was read again', async () => {
    const events = await desk.parts.store.read(async (reader) => {
      const ticket = await reader.ticket({ iid: 1 })
      return ticket === null ? [] : reader.events(ticket.id)
    })
    return events.some(({ source, what }) => what.kind === 'escalated' && source.startsWith('note:'))
  })
  assert.deepEqual(told().sort(), [
    'bruno: Die Zeit wird knapp: My screen stays black (#1)',
    'bruno: Für Sie: My screen stays black (#1)',
    'bruno: Überfällig: My screen stays black (#1)',
    'carla: Level 2: My screen stays black (#1)',
  ])

  const queue = await carla.get('/issues?view=level-2')
  assert.match(queue.text, /My screen stays black/u)
  assert.match(queue.text, /promise-late/u)
  const page = (await carla.get('/issues/1')).text
  assert.match(page, /Belay<\/[a-z]+>[^<]*<[^>]*>[^<]*escalated this to Level 2/u)
  assert.match(page, /The time for a first response ended on [^<]*, and nobody has answered\./u)
  assert.match(page, /<section class="promises">.*First response.*late/su)
  assert.equal(desk.sandbox.branches().filter(({ name }) => name.startsWith('1-')).length, 1)
  assert.doesNotMatch((await ana.follow(sent)).text, /The time for|Belay escalated|promise/u)
})
