// No mailbox at all, as on GitLab.com Free: a ticket from the form is handed to GitLab's Service Desk, which mails from
// then on; without a Service Desk nobody is mailed, and nothing else is different.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { indexChecksum } from '../../src/application/index-checksum.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import { rebuildIndex } from '../../src/application/rebuild-index.ts'
import { refreshMembers } from '../../src/application/refresh-members.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { resolveTicket } from '../../src/application/resolve-ticket.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { TestDesk } from '../support/desk.ts'
import { openDesk } from '../support/desk.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'
import { eventually } from '../support/eventually.ts'
import { only } from '../support/tickets.ts'

const minute = 60_000

const ana = { name: 'Ana Alves', email: 'ana@school.example' }

/** Ana fills in the form; answers the link to her ticket. */
const asks = async (desk: TestDesk, fields: Record<string, string> = {}) => {
  const sent = await desk.stranger().post('/open-issue', {
    title: '[Hardware] My screen stays black',
    description: 'Since this morning.',
    category: '',
    ...ana,
    ...fields,
  })
  return sent
}

/** The commands that GitLab was told in notes: what stands in no note of it. */
const converted = (desk: TestDesk | Awaited<ReturnType<typeof deskAndGitlab>>, iid: number) =>
  desk.sandbox.notes(iid).filter(({ body }) => body.includes('converted to a Service Desk ticket')).length

const mailed = async ({ sandbox }: Pick<TestDesk, 'sandbox'>) => {
  await sandbox.mailSettled()
  return sandbox.sentMails().map(({ kind, recipient, text }) => ({ kind, recipient, text: text ?? '' }))
}

/** Belay has asked GitLab whether there is a Service Desk. */
const known = (desk: TestDesk) =>
  eventually('GitLab was asked', () =>
    desk.parts.store.read((reader) => reader.setting('gitlab.service-desk')),
  )

test('a ticket of the form is handed to Service Desk, and GitLab mails from the first reply on', async (t) => {
  await using desk = await openDesk()
  await known(desk)
  const sent = await asks(desk)
  assert.equal(sent.status, 303, sent.text)
  const link = sent.location
  await eventually('GitLab has it', () => desk.sandbox.issue(1))
  await desk.settled(1)

  await t.test('with her address, once, and without a mail', async () => {
    assert.equal(desk.sandbox.issue(1)?.service_desk_reply_to, 'ana@school.example')
    assert.deepEqual(desk.sandbox.emails(1), ['ana@school.example'])
    assert.equal(converted(desk, 1), 1)
    assert.deepEqual(await mailed(desk), [])
  })

  await t.test('Bruno’s reply and answer reach her, his note does not', async () => {
    const bruno = await desk.signedIn('bruno')
    for (const [action, fields] of [
      ['replies', { body: 'Is the cable in?' }],
      ['notes', { body: 'AMONG US' }],
      ['escalate', { reason: 'AMONG US TOO', from: '1' }],
      ['resolve', { answer: 'A new cable.' }],
    ] as const) {
      const done = await bruno.post(`/issues/1/${action}`, fields)
      assert.equal(done.status, 303, done.text)
      await desk.settled(1)
    }
    const mails = await mailed(desk)
    assert.deepEqual(
      mails.map(({ kind, recipient }) => [kind, recipient]),
      Array(2).fill(['new note', 'ana@school.example']),
    )
    assert.match(mails[0]?.text ?? '', /Is the cable in\?/u)
    assert.match(mails[1]?.text ?? '', /A new cable\./u)
    assert.ok(mails.every(({ text }) => !text.includes('AMONG US')))
  })

  await t.test('it is still the same ticket: her link shows it, and its page too', async () => {
    const page = await desk.stranger().get(link)
    assert.equal(page.status, 200)
    assert.match(page.text, /Is the cable in\?/u)
    assert.doesNotMatch(page.text, /AMONG US|converted to a Service Desk/u)
    assert.equal(desk.sandbox.issues().length, 1)
  })
})

test('what was handed over is, after a rebuild, the ticket it was: id, requester, source and text', async (t) => {
  const desk = await deskAndGitlab(t)
  const { id } = await desk.opened({ title: '[Hardware] My screen', category: '' })
  const bruno = desk.agent('bruno')
  await desk.done(replyToTicket(desk.parts, { ref: { id }, by: bruno, body: 'Is the cable in?' }))
  await desk.push()
  desk.turn(3 * minute)
  await desk.pull()
  const before = await desk.ticket(1)
  const told = await desk.told(1)
  assert.deepEqual(
    [before.id, before.source, before.requester.name, before.requester.email, before.requester.serviceDesk],
    [id, 'form', 'Ana Alves', 'ana@school.example', true],
  )
  const sum = await indexChecksum(desk.store)
  const rebuilt = await rebuildIndex(desk.parts)
  assert.equal(rebuilt?.after.sum, sum.sum)
  const { revision: _, changedAt: __, ...after } = await desk.ticket(1)
  const { revision: ___, changedAt: ____, ...same } = before
  assert.deepEqual(after, same)
  assert.deepEqual(await desk.told(1), told)
  // And on a desk that never saw it opened.
  const fresh = await deskAndGitlab(t, { beside: desk })
  await fresh.pull()
  const seen = await fresh.ticket(1)
  assert.deepEqual([seen.id, seen.requester, seen.source], [id, before.requester, 'form'])
})

test('with a Service Desk that is off nobody is mailed, nothing is stuck, and all else goes on', async () => {
  await using desk = await openDesk({ sandbox: { serviceDesk: false } })
  await known(desk)
  const sent = await asks(desk)
  assert.equal(sent.status, 303, sent.text)
  await eventually('GitLab has it', () => desk.sandbox.issue(1))
  await desk.settled(1)
  assert.equal(desk.sandbox.calls()['POST /projects/:id/issues/:iid/notes'], undefined)
  const bruno = await desk.signedIn('bruno')
  const replied = await bruno.post('/issues/1/replies', { body: 'Is the cable in?' })
  assert.equal(replied.status, 303)
  await desk.settled(1)
  assert.deepEqual(await mailed(desk), [])
  assert.equal(converted(desk, 1), 0)
  assert.equal(desk.sandbox.issue(1)?.service_desk_reply_to ?? null, null)
  assert.match((await desk.stranger().get(sent.location)).text, /Is the cable in\?/u)
  const { operations } = await desk.parts.store.read((reader) => reader.backlog())
  assert.deepEqual([operations.stuck, operations.unknown, operations.ready], [0, 0, 0])
})

test('a Service Desk that was switched off meanwhile blocks nothing: the reply still stands in GitLab', async (t) => {
  const desk = await deskAndGitlab(t)
  // Belay has asked while it was on.
  await refreshMembers(desk.parts)
  desk.sandbox.setServiceDesk({ enabled: false })
  const { id } = await desk.opened()
  await desk.done(
    replyToTicket(desk.parts, { ref: { id }, by: desk.agent('bruno'), body: 'Is the cable in?' }),
  )
  await desk.push()
  assert.ok(desk.sandbox.notes(1).some(({ body }) => body.includes('Is the cable in?')))
  assert.deepEqual(await mailed(desk), [])
  const ticket = await desk.ticket(1)
  assert.equal(ticket.requester.email, 'ana@school.example')
  assert.deepEqual(await desk.store.read((reader) => reader.operations(ticket.id)), [])
})

test('a hostile address never becomes a command, by the form or past it', async (t) => {
  await using desk = await openDesk()
  await known(desk)
  const hostile = [
    'a@b.example\n/close',
    'a@b.example /assign @root',
    'a@b.example,c@d.example',
    'a@b.example c@d.example',
    '"/close"@b.example',
    '<a@b.example>',
    'a@b.example\u2028/close',
    'a@b.example\r/label ~urgent',
    '@root',
    '/close',
    '',
  ]
  for (const email of hostile) {
    const sent = await asks(desk, { email })
    assert.equal(sent.status, 422, `${JSON.stringify(email)}: ${sent.status}`)
  }
  assert.equal(desk.sandbox.issues().length, 0)

  await t.test('nor where the form’s check is passed by', async (t) => {
    const beside = await deskAndGitlab(t)
    for (const email of hostile) {
      const result = await openTicket(beside.parts, {
        by: { kind: 'requester', name: 'Ana' },
        opening: {
          title: 'My screen',
          text: 'Since this morning.',
          category: '',
          requester: { name: 'Ana', email, username: null },
          files: [],
        },
        files: [],
      })
      assert.ok(!isRefusal(result))
      const asked = await beside.store.read((reader) => reader.operations(result.ticket.id))
      assert.deepEqual(
        asked.map(({ intent }) => intent.kind),
        ['open'],
        email,
      )
      await beside.push()
    }
    assert.equal(beside.sandbox.issues().length, hostile.length)
    for (const issue of beside.sandbox.issues()) {
      assert.deepEqual(
        [
          issue.state,
          issue.labels,
          issue.service_desk_reply_to ?? null,
          beside.sandbox.notes(issue.iid).length,
        ],
        ['opened', ['level::1'], null, 0],
        JSON.stringify(issue),
      )
    }
  })

  await t.test('a command in the words of an agent or of Ana is no command either', async (t) => {
    const beside = await deskAndGitlab(t)
    const { id } = await beside.opened({ text: '/convert_to_ticket evil@x.example' })
    const by = beside.agent('bruno')
    await beside.done(
      replyToTicket(beside.parts, { ref: { id }, by, body: '/convert_to_ticket evil@x.example' }),
    )
    const answer = { answer: '/add_email evil@x.example', standardAnswer: 'Done.' }
    await beside.done(resolveTicket(beside.parts, { ref: { id }, by, ...answer }))
    await beside.push()
    assert.deepEqual(beside.sandbox.emails(1), ['ana@school.example'])
    assert.equal(converted(beside, 1), 1)
    const mails = await mailed(beside)
    assert.deepEqual([...new Set(mails.map(({ recipient }) => recipient))], ['ana@school.example'])
  })
})

test('an address that looks like a command is handed over as an address', async (t) => {
  const desk = await deskAndGitlab(t)
  for (const email of ['/close@school.example', '~urgent@school.example', '`/lock`@school.example']) {
    const { iid } = await desk.opened({ requester: { name: 'Ana', email, username: null } })
    const issue = desk.sandbox.issue(iid ?? 0)
    assert.deepEqual(
      [issue?.state, issue?.labels, issue?.service_desk_reply_to],
      ['opened', ['hardware', 'level::1'], email],
    )
  }
})

test('a ticket without an address, and one an agent opens for somebody without one, are handed to nobody', async (t) => {
  const desk = await deskAndGitlab(t)
  await desk.opened({ requester: { name: 'Ana', email: null, username: 'ana' } })
  assert.equal(converted(desk, 1), 0)
  assert.deepEqual(only(desk.sandbox.issues()).service_desk_reply_to ?? null, null)
  const { id } = await desk.ticket(1)
  assert.deepEqual(await desk.store.read((reader) => reader.operations(id)), [])
})
