// What Ana can do on her own page, by its link alone: answer, say whether it is solved and how she was
// helped, save her files, have a new link. What anybody can do with another link: nothing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ticketLinks } from '../../../src/application/ticket-link.ts'
import { noteUnverified } from '../../../src/domain/conversation.ts'
import { floodLimits } from '../../../src/domain/flood.ts'
import type { Operation } from '../../../src/domain/operation.ts'
import type { Ticket } from '../../../src/domain/ticket.ts'
import type { TestDoor } from '../../support/door.ts'
import { openDoor } from '../../support/door.ts'
import { aDesk, hour } from '../../support/tickets.ts'
import type { Visitor } from '../../support/visitor.ts'

const day = 24 * hour
const filled = {
  title: 'My screen stays black',
  description: 'Since this morning.',
  category: 'Hardware',
  name: 'Ana',
  email: 'ana@school.example',
}
const file = (name: string, bytes = name) => ({ name, type: 'text/plain', bytes })

const ownMail = { mail: { ...aDesk().mail, own: true } }

type Begun = { readonly door: TestDoor; readonly ana: Visitor; readonly link: string; readonly id: string }

const begin = async (door: TestDoor, files: ReturnType<typeof file>[] = []): Promise<Begun> => {
  const ana = door.stranger()
  const sent = await ana.postFiles('/open-issue', filled, files)
  assert.equal(sent.status, 303, sent.text.slice(0, 2_000))
  const claim = ticketLinks(door.options.keys.ticketLink).read(sent.location.slice('/t/'.length))
  assert.ok(claim)
  return { door, ana, link: sent.location, id: claim.id }
}

const ticketOf = async ({ door, id }: Pick<Begun, 'door' | 'id'>): Promise<Ticket> => {
  const ticket = await door.store.read((reader) => reader.ticket({ id }))
  assert.ok(ticket)
  return ticket
}

const happenings = async ({ door, id }: Begun) =>
  (await door.store.read((reader) => reader.events(id))).map(({ what }) => what)

const kinds = async (begun: Begun): Promise<string[]> => (await happenings(begun)).map(({ kind }) => kind)

const mailsOf = async ({ door, id }: Begun): Promise<Operation[]> =>
  (await door.store.read((reader) => reader.operations(id))).filter(({ intent }) => intent.kind === 'mail')

const resolve = async ({ door, id }: Begun) => {
  const bruno = await door.signedIn('bruno')
  const done = await bruno.post(`/issues/${id}/resolve`, { answer: 'A new cable.' })
  assert.equal(done.status, 303, done.text.slice(0, 2_000))
}

test('after sending the form Ana reads what happens next, and is told so once', async () => {
  await using door = await openDoor()
  const { ana, link } = await begin(door)
  const page = await ana.get(link)
  assert.match(page.text, /Your ticket has been sent\. What happens next stands below\./u)
  assert.doesNotMatch((await ana.get(link)).text, /has been sent/u)
  assert.equal(page.headers['referrer-policy'], 'no-referrer')
  assert.equal(page.headers['x-robots-tag'], 'noindex, nofollow')
  assert.equal(page.headers['cache-control'], 'no-store')
})

test('Ana answers with a file: a public reply in her name, and we wait for her no more', async () => {
  await using door = await openDoor()
  const begun = await begin(door)
  const { ana, link, id } = begun
  const bruno = await door.signedIn('bruno')
  await bruno.post(`/issues/${id}/waiting`, { waiting: 'on' })
  const page = await ana.get(link)
  assert.match(page.text, /We are waiting for your answer/u)
  const fields = { body: 'The long one.', key: ana.hidden(page, 'key') }
  const sent = await ana.postFiles(`${link}/replies`, fields, [file('cable.txt')])
  assert.deepEqual([sent.status, sent.location], [303, link])
  const shown = await ana.follow(sent)
  assert.match(shown.text, /We have your answer/u)
  assert.match(shown.text, /The long one\./u)
  const ticket = await ticketOf(begun)
  assert.equal(ticket.state, 'open')
  const operations = await door.store.read((reader) => reader.operations(id))
  const reply = operations.findLast(({ intent }) => intent.kind === 'note')
  assert.ok(reply?.intent.kind === 'note')
  assert.deepEqual(
    [reply.intent.purpose, reply.intent.internal, reply.author],
    ['reply', false, { kind: 'requester', name: 'Ana' }],
  )
  assert.equal((await ana.get(`${link}/files/1`)).text, 'cable.txt')
})

test('the same form sent twice says it once', async () => {
  await using door = await openDoor()
  const begun = await begin(door)
  const { ana, link } = begun
  const forms = [
    ['replies', { body: 'The long one.', key: 'reply-key-1' }],
    ['solved', { solved: 'no', body: 'Black again.', key: 'solved-key-1' }],
  ] as const
  for (const [place, fields] of forms) {
    const before = (await kinds(begun)).length
    for (let n = 0; n < 3; n++) assert.equal((await ana.post(`${link}/${place}`, fields)).status, 303)
    assert.equal((await kinds(begun)).length, before + 1, place)
  }
})

test('an answer without anything, with too long a text or too large a file comes back as it was', async () => {
  await using door = await openDoor({
    desk: { form: { public: true, emailDomains: [], maxFileBytes: 1_000 } },
  })
  const begun = await begin(door)
  const { ana, link } = begun
  const version = await door.store.version()
  const empty = await ana.post(`${link}/replies`, { body: ' \u200b ', key: 'reply-key-1' })
  assert.equal(empty.status, 422)
  assert.match(empty.text, /There is nothing written/u)
  assert.match(empty.text, /value="reply-key-1"/u)
  assert.match(empty.text, new RegExp(`href="${link}\\?lang=de"`, 'u'))
  const long = await ana.post(`${link}/replies`, { body: 'x'.repeat(100_001) })
  assert.deepEqual([long.status, /too long/u.test(long.text)], [422, true])
  const large = await ana.postFiles(`${link}/replies`, { body: 'See this.' }, [file('a', 'x'.repeat(1_001))])
  assert.deepEqual([large.status, large.text.includes('See this.')], [422, true])
  const comment = await ana.post(`${link}/satisfaction`, {
    satisfaction: 'good',
    comment: 'x'.repeat(10_001),
  })
  assert.equal(comment.status, 422)
  assert.equal(await door.store.version(), version)
})

test('"yes, it is solved" changes nothing and leads to the question how she was helped', async () => {
  await using door = await openDoor()
  const begun = await begin(door)
  const { ana, link } = begun
  await resolve(begun)
  const version = await door.store.version()
  const yes = await ana.post(`${link}/solved`, { solved: 'yes', key: 'solved-key-1' })
  assert.deepEqual([yes.status, yes.location], [303, `${link}#rating`])
  assert.equal(await door.store.version(), version)
  for (const odd of ['', 'maybe'])
    assert.equal((await ana.post(`${link}/solved`, { solved: odd })).status, 422)
})

test('"not solved" opens the ticket again within the time for it, with a text and without', async () => {
  await using door = await openDoor()
  const begun = await begin(door)
  const { ana, link } = begun
  for (const body of ['', 'Black again.']) {
    await resolve(begun)
    assert.equal((await ana.post(`${link}/solved`, { solved: 'no', body })).status, 303)
    const ticket = await ticketOf(begun)
    assert.deepEqual([ticket.state, ticket.resolvedAt], ['open', null])
    assert.equal((await kinds(begun)).at(-1), 'reopened')
  }
  assert.match((await ana.get(link)).text, /Black again\./u)
  // Open already, without a word: there is nothing to do.
  const events = (await kinds(begun)).length
  assert.equal((await ana.post(`${link}/solved`, { solved: 'no', body: '' })).status, 303)
  assert.equal((await kinds(begun)).length, events)
})

test('after the time for it nothing opens the ticket again, and the page leads to a new one', async () => {
  await using door = await openDoor()
  const begun = await begin(door)
  const { ana, link } = begun
  await resolve(begun)
  door.turn(aDesk().mail.reopenWithin)
  assert.match((await ana.get(link)).text, /No, not yet/u)
  door.turn(1)
  const page = await ana.get(link)
  assert.doesNotMatch(page.text, /No, not yet|name="body"/u)
  assert.match(page.text, /href="\/open-issue\?title=Not%20solved%20yet/u)
  for (const [place, fields] of [
    ['replies', { body: 'Black again.' }],
    ['solved', { solved: 'no', body: 'Black again.' }],
    ['solved', { solved: 'no', body: '' }],
  ] as const) {
    const refused = await ana.post(`${link}/${place}`, fields)
    assert.equal(refused.status, 409, place)
    assert.match(refused.text, /Open a new ticket that names it/u)
    assert.ok(refused.text.includes(fields.body))
  }
  assert.equal((await ticketOf(begun)).state, 'resolved')
})

test('Ana says how she was helped, and changes it while the ticket is resolved; agents read it, and nobody else', async () => {
  await using door = await openDoor()
  const begun = await begin(door)
  const { ana, link, id } = begun
  const early = await ana.post(`${link}/satisfaction`, { satisfaction: 'good' })
  assert.equal(early.status, 409)
  await resolve(begun)
  assert.equal((await ana.post(`${link}/satisfaction`, { satisfaction: 'great' })).status, 422)
  const said = await ana.post(`${link}/satisfaction`, { satisfaction: 'bad', comment: 'Too slow.' })
  assert.equal(said.status, 303)
  await ana.post(`${link}/satisfaction`, { satisfaction: 'bad', comment: 'Too slow.' })
  const rated = async () => (await happenings(begun)).filter(({ kind }) => kind === 'rated')
  assert.deepEqual(await rated(), [{ kind: 'rated', good: false, text: 'Too slow.' }])
  assert.match((await ana.get(link)).text, /we did not help you well[\s\S]*Too slow\./u)
  await ana.post(`${link}/satisfaction`, { satisfaction: 'good', comment: '' })
  assert.deepEqual((await rated()).at(-1), { kind: 'rated', good: true, text: '' })
  const [note] = (await door.store.read((reader) => reader.operations(id))).filter(
    ({ intent }) => intent.kind === 'note' && intent.purpose === 'satisfaction',
  )
  assert.ok(note?.intent.kind === 'note' && note.intent.internal && note.intent.text.includes('Too slow.'))
  const bruno = await door.signedIn('bruno')
  assert.match((await bruno.get(`/issues/${id}`)).text, /said that the help was not good/u)
  // Opened again and resolved once more: a new question.
  await ana.post(`${link}/solved`, { solved: 'no', body: '' })
  await resolve(begun)
  assert.doesNotMatch((await ana.get(link)).text, /You said/u)
})

test('Ana saves the files of her own texts by their number among hers, and no other file has one', async () => {
  await using door = await openDoor()
  const begun = await begin(door, [file('first.txt')])
  const { ana, link, id } = begun
  // A stranger's file, in a note among agents.
  const secret = { id: door.parts.newId(), name: 'secret.txt', type: 'text/plain', bytes: 6 }
  const circumstances = {
    by: { kind: 'desk', name: 'Belay' },
    at: door.parts.clock.now(),
    newId: door.parts.newId,
  } as const
  const ticket = await ticketOf(begun)
  await door.store.write((writer) =>
    writer.record(noteUnverified(ticket, { text: 'Look', files: [secret], by: 'Mallory' }, circumstances), {
      files: [{ file: secret, bytes: Buffer.from('secret') }],
    }),
  )
  await ana.postFiles(`${link}/replies`, { body: 'And this.' }, [
    { name: 'page.html', type: 'text/html', bytes: '<script>alert(1)</script>' },
  ])
  const page = await ana.get(link)
  assert.doesNotMatch(page.text, /secret/u)
  const [one, two, three] = await Promise.all([1, 2, 3].map((n) => ana.get(`${link}/files/${n}`)))
  assert.deepEqual([one?.text, two?.text, three?.status], ['first.txt', '<script>alert(1)</script>', 404])
  for (const answer of [one, two])
    assert.deepEqual(
      [
        answer?.headers['content-type'],
        answer?.headers['content-disposition']?.split(';')[0],
        answer?.headers['content-security-policy'],
        answer?.headers['x-content-type-options'],
        answer?.headers['cache-control'],
        answer?.headers['referrer-policy'],
        answer?.headers['x-robots-tag'],
      ],
      [
        'application/octet-stream',
        'attachment',
        "default-src 'none'; sandbox",
        'nosniff',
        'no-store',
        'no-referrer',
        'noindex, nofollow',
      ],
    )
  for (const n of ['0', '01', '1e0', '-1', 'x', '1%00'])
    assert.ok([400, 404].includes((await ana.get(`${link}/files/${n}`)).status), n)
  // Agents see all three.
  const bruno = await door.signedIn('bruno')
  assert.equal((await bruno.get(`/issues/${id}/files/2`)).text, 'secret')
})

const everything = [
  ['replies', { body: 'x' }],
  ['solved', { solved: 'yes' }],
  ['solved', { solved: 'no', body: 'x' }],
  ['satisfaction', { satisfaction: 'good' }],
  ['new-link', {}],
] as const

test('with a wrong, a foreign or an ended link nothing can be read and nothing happens', async () => {
  await using door = await openDoor({ desk: ownMail })
  const begun = await begin(door, [file('first.txt')])
  const other = await begin(door)
  const { ana, link, id } = begun
  await resolve(begun)
  const links = ticketLinks(door.options.keys.ticketLink)
  const foreign = ticketLinks([new Uint8Array(32)])
  const email = filled.email
  const wrong = [
    '/t/x',
    `${link.slice(0, -1)}${link.endsWith('A') ? 'E' : 'A'}`,
    `/t/${links.tokenFor({ id, email: 'eve@evil.example', generation: 0 })}`,
    `/t/${links.tokenFor({ id, email, generation: 1 })}`,
    `/t/${links.tokenFor({ id, email, generation: -1 })}`,
    `/t/${foreign.tokenFor({ id, email, generation: 0 })}`,
    `/t/${links.tokenFor({ id: door.parts.newId(), email, generation: 0 })}`,
    // The right sign of one ticket on another's id.
    `/t/${Buffer.concat([
      Buffer.from(other.link.slice('/t/'.length), 'base64url').subarray(0, 16),
      Buffer.from(link.slice('/t/'.length), 'base64url').subarray(16),
    ]).toString('base64url')}`,
  ]
  // Nothing that is said once stands on the next page.
  await ana.get('/t/x')
  const version = await door.store.version()
  const refuses = async (path: string) => {
    const nothing = (await ana.get('/t/nobody')).text.replaceAll('/t/nobody', '')
    for (const place of ['', '/files/1']) {
      const answer = await ana.get(`${path}${place}`)
      assert.equal(answer.status, 404, `${path}${place}`)
      assert.equal(answer.text.replaceAll(`${path}${place}`, ''), nothing)
    }
    for (const [place, fields] of everything)
      assert.equal((await ana.post(`${path}/${place}`, fields)).status, 404, `${path}/${place}`)
  }
  for (const path of wrong) await refuses(path)
  assert.equal(await door.store.version(), version)
  door.turn(90 * day + 1)
  await refuses(link)
  assert.equal(await door.store.version(), version)
})

test('a large file sent with a wrong link is not even read', async () => {
  await using door = await openDoor()
  const { ana } = await begin(door)
  const answer = await ana.ask('POST', '/t/x/replies', {
    headers: { 'content-type': 'text/plain', 'sec-fetch-site': 'same-origin' },
    body: 'no form at all',
  })
  assert.equal(answer.status, 404)
})

test('a form of another site does nothing; one of a page without referrer over plain HTTP is Ana’s', async () => {
  await using door = await openDoor()
  const begun = await begin(door)
  const { ana, link } = begun
  const sent = (headers: Record<string, string>) => ana.post(`${link}/replies`, { body: 'x' }, headers)
  assert.equal((await sent({ 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal((await sent({ 'sec-fetch-site': 'same-site' })).status, 403)
  assert.equal((await sent({ origin: 'https://evil.example' })).status, 403)
  assert.equal((await kinds(begun)).length, 1)
  assert.equal((await sent({ origin: 'null' })).status, 303)
  assert.equal((await sent({})).status, 303)
  // Where a session is the right to do something, a form without a name stays refused.
  const bruno = await door.signedIn('bruno')
  assert.equal((await bruno.post(`/issues/${begun.id}/notes`, { body: 'x' }, { origin: 'null' })).status, 403)
})

test('a flood of answers is turned away with what was written still there, and agents are not held up', async () => {
  await using door = await openDoor({
    options: {
      floodLimits: {
        ...floodLimits,
        gates: { ...floodLimits.gates, reply: { client: { window: hour, limit: 2 } } },
      },
    },
  })
  const begun = await begin(door)
  const { ana, link, id } = begun
  const answer = () => ana.post(`${link}/replies`, { body: 'Hello?' })
  assert.deepEqual([(await answer()).status, (await answer()).status], [303, 303])
  const refused = await answer()
  assert.equal(refused.status, 429)
  assert.match(refused.headers['retry-after'] ?? '', /^[1-9]\d*$/u)
  assert.match(refused.text, /Hello\?<\/textarea>/u)
  assert.equal((await kinds(begun)).filter((kind) => kind === 'replied').length, 2)
  await resolve(begun)
  for (const [place, fields] of [
    ['solved', { solved: 'no', body: '' }],
    ['satisfaction', { satisfaction: 'good' }],
  ] as const)
    assert.equal((await ana.post(`${link}/${place}`, fields)).status, 429, place)
  const bruno = await door.signedIn('bruno')
  assert.equal((await bruno.post(`/issues/${id}/notes`, { body: 'x' })).status, 303)
  door.turn(2 * hour)
  assert.equal((await ana.post(`${link}/solved`, { solved: 'no', body: '' })).status, 303)
})

test('a new link is mailed to the ticket’s own address, and the former one is over', async () => {
  await using door = await openDoor({ desk: ownMail })
  const begun = await begin(door)
  const { ana, link, id } = begun
  const page = await ana.get(link)
  assert.match(page.text, /Get a new one by e-mail to a…@school\.example/u)
  const sent = await ana.post(`${link}/new-link`, { key: 'link-key-12' })
  assert.equal(sent.status, 200)
  assert.match(sent.text, /A new link is on its way/u)
  assert.doesNotMatch(sent.text, /ana@school|black/iu)
  assert.equal((await ana.get(link)).status, 404)
  const mails = (await mailsOf(begun)).map(({ intent }) =>
    intent.kind === 'mail' ? [intent.notice, intent.to.address, intent.text] : [],
  )
  assert.deepEqual(mails, [
    ['received', 'ana@school.example', ''],
    ['link', 'ana@school.example', ''],
  ])
  const generation = await door.store.read((reader) => reader.linkGeneration(id))
  assert.equal(generation, 1)
  const links = ticketLinks(door.options.keys.ticketLink)
  assert.equal((await ana.get(`/t/${links.tokenFor({ id, email: filled.email, generation })}`)).status, 200)
  // Pressed twice: told the same, and nothing more is sent or ended. With another key the link is just over.
  assert.match((await ana.post(`${link}/new-link`, { key: 'link-key-12' })).text, /A new link is on its way/u)
  for (const fields of [{}, { key: 'another-key' }] as Record<string, string>[])
    assert.equal((await ana.post(`${link}/new-link`, fields)).status, 404)
  assert.equal(await door.store.read((reader) => reader.linkGeneration(id)), 1)
})

test('nobody can have an address written to over and over by asking for new links', async () => {
  await using door = await openDoor({ desk: ownMail })
  const begun = await begin(door)
  const { ana, id } = begun
  const links = ticketLinks(door.options.keys.ticketLink)
  const ask = async () => {
    const generation = await door.store.read((reader) => reader.linkGeneration(id))
    return ana.post(`/t/${links.tokenFor({ id, email: filled.email, generation })}/new-link`)
  }
  // The first mail was that the ticket has arrived.
  const answers = [await ask(), await ask(), await ask()]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 409],
  )
  assert.match(answers[2]?.text ?? '', /several e-mails within the last hour/u)
  assert.equal((await mailsOf(begun)).length, 3)
  door.turn(hour + 1)
  assert.equal((await ask()).status, 200)
})

test('where nobody mails Ana she is told whom to ask, and an agent makes the link and hands it over', async () => {
  await using door = await openDoor()
  const begun = await begin(door)
  const { ana, link, id } = begun
  assert.match((await ana.get(link)).text, /Ask the help desk for a new one/u)
  assert.equal((await ana.post(`${link}/new-link`)).status, 409)
  assert.equal((await ana.get(link)).status, 200)
  const bruno = await door.signedIn('bruno')
  assert.match((await bruno.get(`/issues/${id}`)).text, /Make a new link/u)
  const made = await bruno.post(`/issues/${id}/new-link`)
  assert.equal(made.status, 200)
  assert.equal((await ana.get(link)).status, 404)
  const fresh = /href="[^"]*(\/t\/[\w-]{43})"/u.exec(made.text)?.[1] ?? ''
  assert.equal((await ana.get(fresh)).status, 200)
})

test('an agent sends a new link without ever seeing it', async () => {
  await using door = await openDoor({ desk: ownMail })
  const begun = await begin(door)
  const { ana, link, id } = begun
  const bruno = await door.signedIn('bruno')
  assert.match((await bruno.get(`/issues/${id}`)).text, /Send a new link/u)
  const sent = await bruno.post(`/issues/${id}/new-link`, { key: 'link-key-12' })
  const page = await bruno.follow(sent)
  assert.match(page.text, /Ana gets a new link by e-mail/u)
  assert.doesNotMatch(page.text, /\/t\/[\w-]{20}/u)
  await bruno.post(`/issues/${id}/new-link`, { key: 'link-key-12' })
  assert.equal(await door.store.read((reader) => reader.linkGeneration(id)), 1)
  assert.equal((await ana.get(link)).status, 404)
})

test('no token of a link reaches the log, however it is used', async () => {
  await using door = await openDoor({ desk: ownMail })
  const { ana, link } = await begin(door, [file('first.txt')])
  await ana.get(`${link}/files/1`)
  for (const [place, fields] of everything) {
    await ana.post(`${link}/${place}`, fields)
    await ana.post(`${link}/${place}?x=1`, fields, { 'sec-fetch-site': 'cross-site' })
    await ana.get(`${link}/${place}`)
  }
  await ana.post(`${link}/replies`, { 'a[]': 'x' })
  const log = JSON.stringify(door.lines)
  assert.ok(!log.includes(link.slice('/t/'.length)))
  assert.ok(log.includes('"/t/…"'))
})
