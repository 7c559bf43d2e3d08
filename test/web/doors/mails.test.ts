// Where is my mail, at the browser's door: the list and one mail for leads, the original for agents on its
// ticket, the unverified note that an agent accepts, and who wants which notices.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { createMailParser } from '../../../src/adapters/mail/parser.ts'
import type { LedgerMail } from '../../../src/application/mail-ports.ts'
import type { Claimed, Settlement } from '../../../src/application/ports.ts'
import { noteUnverified } from '../../../src/domain/conversation.ts'
import type { Lane } from '../../../src/domain/operation.ts'
import { openDoor } from '../../support/door.ts'
import { keepMail, rawMail } from '../../support/mails.ts'
import { byBruno } from '../../support/people.ts'
import { circumstances, hour, minute, nine, only } from '../../support/tickets.ts'

const ownMail = { mail: { own: true, language: 'en', reopenWithin: 14 * 24 * hour } } as const

const openMailDoor = async (t: TestContext) => {
  const mailParser = createMailParser()
  t.after(() => mailParser.close())
  return openDoor({ desk: ownMail, parts: { mailParser } })
}

test('a lead finds the mails beside the views, an agent does not, and nobody where Belay has no mailbox', async (t) => {
  await using door = await openMailDoor(t)
  const davi = await door.signedIn('davi')
  assert.match((await davi.get('/issues')).text, /<a href="\/mail">/u)
  const bruno = await door.signedIn('bruno')
  const queue = (await bruno.get('/issues')).text
  assert.doesNotMatch(queue, /href="\/mail"/u)
  assert.match(queue, /href="\/notices"/u)
  await using without = await openDoor()
  const there = (await (await without.signedIn('davi')).get('/issues')).text
  assert.doesNotMatch(there, /href="\/(mail|notices)"/u)
})

test('a lead finds a mail by its sender, its subject or its state, and goes on page by page', async (t) => {
  await using door = await openMailDoor(t)
  const ticket = await door.keep({})
  await keepMail(door.store, { ticketId: ticket.id, subject: 'A new screen', receivedAt: nine })
  await keepMail(door.store, {
    state: 'ignored',
    reason: 'list',
    from: 'news@vendor.example',
    fromName: 'Vendor',
    subject: 'Spring sale',
    receivedAt: nine + minute,
  })
  for (let count = 0; count < 50; count++)
    await keepMail(door.store, {
      state: 'quarantined',
      reason: 'no-sender',
      receivedAt: nine - minute * (count + 1),
    })
  const davi = await door.signedIn('davi')
  const all = (await davi.get('/mail')).text
  assert.match(
    all,
    /52 received = 1 opened \+ 0 appended \+ 0 bounced \+ 1 ignored \+ 50 quarantined \+ 0 in flight/u,
  )
  assert.ok(all.indexOf('Spring sale') < all.indexOf('A new screen'), 'the newest first')
  assert.match(all, new RegExp(`<a href="/issues/${ticket.iid}">#${ticket.iid}</a>`, 'u'))
  assert.match(all, /sent to many/u)
  const next = /rel="next" href="([^"]*)"/u.exec(all)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const second = (await davi.get(next)).text
  assert.equal(second.match(/<tr class="row">/gu)?.length, 2)
  assert.doesNotMatch(second, /rel="next"/u)
  for (const [address, count] of [
    ['/mail?q=vendor', 1],
    ['/mail?q=screen&state=opened', 1],
    ['/mail?q=screen&state=ignored', 0],
    ['/mail?state=ignored', 1],
    ['/mail?state=nonsense&q=sale', 1],
    ['/mail?cursor=broken', 50],
  ] as const)
    assert.equal((await davi.get(address)).text.match(/<tr class="row">/gu)?.length ?? 0, count, address)
})

test('a quarantined mail says why and what to do, shows what it says as text, and is read anew on demand', async (t) => {
  await using door = await openMailDoor(t)
  const source = rawMail({
    from: '"<script>alert(1)</script>" <eve@evil.example>',
    subject: '<b>Win</b>',
    text: 'Click <a href="javascript:alert(1)">here</a>',
    file: { name: '<img src=x>.txt', text: 'x' },
  })
  const { id } = await keepMail(door.store, {
    state: 'quarantined',
    reason: 'form-closed',
    from: 'eve@evil.example',
    fromName: '<script>alert(1)</script>',
    subject: '<b>Win</b>',
    source,
  })
  const davi = await door.signedIn('davi')
  const { text } = await davi.get(`/mail/${id}`)
  assert.match(text, /belay\.yaml lets only some domains open tickets/u)
  assert.match(text, /add it to the form(&#39;|')s e-mail domains there and read the mail again/u)
  assert.doesNotMatch(text, /<script>alert|<b>Win|<a href="javascript|<img src=x/u)
  assert.match(text, /Click &lt;a href=/u)
  assert.match(text, /help@desk\.example/u)
  const raw = await davi.get(`/mail/${id}/source`)
  assert.deepEqual(raw.bytes, Buffer.from(source))
  assert.equal(raw.headers['content-type'], 'message/rfc822')
  assert.match(raw.headers['content-disposition'] ?? '', /^attachment; filename="[\w-]+\.eml"/u)
  assert.match(raw.headers['content-security-policy'] ?? '', /default-src 'none'; sandbox/u)
  assert.equal(raw.headers['x-content-type-options'], 'nosniff')

  const sent = await davi.post(`/mail/${id}/open`)
  assert.equal(sent.location, `/mail/${id}`)
  assert.match((await davi.follow(sent)).text, /in flight again and becomes a ticket/u)
  const now = await door.store.read((reader) => reader.mail(id))
  assert.deepEqual([now?.state, now?.forced], ['received', true])
  const late = await davi.follow(await davi.post(`/mail/${id}/replay`))
  assert.match(late.text, /Nothing was changed/u)
  assert.deepEqual(
    door.lines.flatMap(({ data }) => ('mail' in data ? [[data.mail, data.forced, data.by]] : [])),
    [[id, true, 'davi']],
  )
})

test('what is on a ticket leads there and offers no second reading', async (t) => {
  await using door = await openMailDoor(t)
  const ticket = await door.keep({})
  const { id } = await keepMail(door.store, { ticketId: ticket.id })
  const { text } = await (await door.signedIn('davi')).get(`/mail/${id}`)
  assert.match(text, new RegExp(`href="/issues/${ticket.iid}"`, 'u'))
  assert.doesNotMatch(text, /\/replay|\/open"/u)
  assert.match(text, new RegExp(`href="/mail/${id}/source"`, 'u'))
})

test('an id that cannot be one is no mail', async (t) => {
  await using door = await openMailDoor(t)
  const davi = await door.signedIn('davi')
  for (const id of ['never', '1%00', '..%2F..%2Fetc', 'x'.repeat(65), '%C3%A4'])
    for (const path of [`/mail/${id}`, `/mail/${id}/source`, `/issues/42/mails/${id}`])
      assert.equal((await davi.get(path)).status, 404, path)
})

/** A ticket with a mail of its own and one that only claims to belong there. */
const withUnverified = async (door: Awaited<ReturnType<typeof openMailDoor>>, html?: string) => {
  const ticket = await door.keep({ source: 'mail' })
  const own = await keepMail(door.store, { ticketId: ticket.id, operationId: ticket.id })
  const by = { ...circumstances(byBruno), newId: door.parts.newId }
  const known = (await door.store.read((reader) => reader.ticket({ id: ticket.id }))) ?? assert.fail()
  const decision = noteUnverified(
    known,
    {
      text: 'Please send the password here.',
      files: [],
      by: 'Not verified: this e-mail from `Mallory <mallory@evil.example>` refers to this ticket without proof.',
    },
    by,
  )
  await door.store.write((writer) => writer.record(decision))
  const mail: LedgerMail = await keepMail(door.store, {
    state: 'appended',
    reason: 'unverified',
    from: 'mallory@evil.example',
    fromName: 'Mallory',
    ticketId: ticket.id,
    operationId: only(decision.operations).id,
    source: rawMail({
      from: 'Mallory <mallory@evil.example>',
      text: 'Please send the password here.',
      ...(html === undefined ? {} : { html }),
    }),
  })
  return { ticket, own, mail }
}

test('each text that came by mail leads to its mail, and what is not verified says so and can be accepted', async (t) => {
  await using door = await openMailDoor(t)
  const { ticket, own, mail } = await withUnverified(door)
  const bruno = await door.signedIn('bruno')
  const before = (await bruno.get(`/issues/${ticket.iid}`)).text
  assert.match(before, new RegExp(`href="/issues/${ticket.iid}/mails/${own.id}"`, 'u'))
  assert.match(before, new RegExp(`href="/issues/${ticket.iid}/mails/${mail.id}"`, 'u'))
  assert.match(before, /Not verified: came from mallory@evil\.example without this ticket(&#39;|')s token/u)
  assert.doesNotMatch(before, /refers to this ticket without proof/u)
  assert.match(before, /Accept as an answer in Ana(&#39;|')s place/u)

  const sent = await bruno.post(`/mail/${mail.id}/accept`)
  assert.equal(sent.location, `/issues/${ticket.iid}`)
  const after = (await bruno.follow(sent)).text
  assert.match(after, /It stands in the ticket as an answer now/u)
  assert.match(after, /Accepted: it stands below as a public answer/u)
  assert.doesNotMatch(after, /\/accept"/u)
  const carla = await door.signedIn('carla')
  const second = await carla.follow(await carla.post(`/mail/${mail.id}/accept`))
  assert.match(second.text, /somebody else was quicker/u)
  assert.equal(second.text.match(/<li class="entry entry-asked">/gu)?.length, 2, 'the ticket and one answer')
})

test('a mail is shown on its own ticket only, with its text, and its HTML behind glass', async (t) => {
  await using door = await openMailDoor(t)
  const { ticket, mail } = await withUnverified(
    door,
    '<style>p{color:red}</style><p onclick="steal()">Hi</p><script>steal()</script><img src="https://evil.example/x.png">',
  )
  const other = await door.keep({})
  const bruno = await door.signedIn('bruno')
  const path = `/issues/${ticket.iid}/mails/${mail.id}`
  const shown = await bruno.get(path)
  assert.match(shown.text, /Please send the password here\./u)
  assert.match(shown.text, new RegExp(`<iframe sandbox src="${path}/html"`, 'u'))
  assert.doesNotMatch(shown.text, /steal|evil\.example\/x\.png|\/source"|\/replay"/u)
  assert.match(shown.headers['content-security-policy'] ?? '', /frame-src 'self'.*frame-ancestors 'none'/u)
  const framed = await bruno.get(`${path}/html`)
  assert.equal(framed.status, 200)
  assert.match(framed.headers['content-type'] ?? '', /^text\/html; charset=utf-8$/u)
  assert.equal(
    framed.headers['content-security-policy'],
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'",
  )
  assert.equal(framed.headers['x-frame-options'], 'SAMEORIGIN')
  for (const wrong of [`/issues/${other.iid}/mails/${mail.id}`, `/issues/9999/mails/${mail.id}`, `${path}x`])
    for (const address of [wrong, `${wrong}/html`])
      assert.equal((await bruno.get(address)).status, 404, address)
  // Agents who do not lead see mails of tickets and no others.
  assert.equal((await bruno.get(`/mail/${mail.id}`)).status, 404)
})

test('a mail without HTML has no frame, and one whose source is gone says so', async (t) => {
  await using door = await openMailDoor(t)
  const { ticket, mail } = await withUnverified(door)
  const bruno = await door.signedIn('bruno')
  const path = `/issues/${ticket.iid}/mails/${mail.id}`
  assert.doesNotMatch((await bruno.get(path)).text, /<iframe/u)
  assert.equal((await bruno.get(`${path}/html`)).status, 404)
  await door.store.write((writer) => writer.forgetMailSources(nine + hour))
  assert.match((await bruno.get(path)).text, /The original is not kept any more/u)
})

test('an agent chooses all, mine or none, with an address and a language, and finds it again', async (t) => {
  await using door = await openMailDoor(t)
  const bruno = await door.signedIn('bruno')
  const first = (await bruno.get('/notices')).text
  assert.match(first, /value="none" checked/u)
  const wish = { wish: 'all', address: ' bruno@desk.example ', language: 'de' }
  const sent = await bruno.post('/notices', wish)
  assert.equal(sent.location, '/notices')
  const then = (await bruno.follow(sent)).text
  assert.match(then, /Your wish is saved/u)
  assert.match(then, /value="all" checked/u)
  assert.match(then, /value="bruno@desk\.example"/u)
  assert.match(then, /<option value="de" selected>/u)
  const kept = await door.store.read((reader) => reader.wishes())
  assert.deepEqual(
    kept.map(({ address, wish: kind, language }) => [address, kind, language]),
    [['bruno@desk.example', 'all', 'de']],
  )
  assert.doesNotMatch((await (await door.signedIn('carla')).get('/notices')).text, /bruno@desk/u)
})

test('an address that is none comes back with what was chosen, and nothing is saved', async (t) => {
  await using door = await openMailDoor(t)
  const bruno = await door.signedIn('bruno')
  for (const [address, sentence] of [
    ['bruno', /does not look like an e-mail address/u],
    ['a@desk.example,b@desk.example', /does not look like an e-mail address/u],
    ['', /Please fill this in/u],
  ] as const) {
    const back = await bruno.post('/notices', { wish: 'mine', address, language: 'en' })
    assert.equal(back.status, 422)
    assert.match(back.text, sentence)
    assert.match(back.text, /value="mine" checked/u)
  }
  for (const wrong of [{ wish: 'every' }, { language: 'fr' }])
    assert.equal(
      (await bruno.post('/notices', { wish: 'mine', address: 'b@desk.example', language: 'en', ...wrong }))
        .status,
      422,
    )
  assert.deepEqual(await door.store.read((reader) => reader.wishes()), [])
  assert.equal((await bruno.post('/notices', { wish: 'none', address: '', language: 'en' })).status, 303)
})

test('a reply that GitLab has is done, though its mail is still on its way', async () => {
  const tellGitlab = async (): Promise<void> => {
    await door.store.write(async (writer) => {
      const claimed = await writer.claim({ now: door.parts.clock.now(), leaseMs: minute, limit: 10 })
      for (const { operation, fence } of claimed)
        await writer.settle(
          operation.id,
          fence,
          { state: 'done', outcome: { kind: 'noted', noteId: 7 } },
          door.parts.clock.now(),
        )
    })
  }
  await using door = await openDoor({ desk: ownMail, parts: { prompt: () => true, settled: tellGitlab } })
  const ticket = await door.keep({})
  const bruno = await door.signedIn('bruno')
  const sent = await bruno.post(`/issues/${ticket.iid}/replies`, { body: 'Is the cable in?' })
  const { text } = await bruno.follow(sent)
  assert.match(text, /flash-done.*Your reply to Ana stands in the ticket\./su)
  assert.doesNotMatch(text, /GitLab is told as soon as it answers/u)
  assert.match(text, /Mail to Ana: answer/u)
})

test('a stuck mail is sent again or given up without a word of GitLab', async () => {
  await using door = await openDoor({ desk: ownMail })
  const ticket = await door.keep({})
  const bruno = await door.signedIn('bruno')
  for (const body of ['Is the cable in?', 'Is it still black?'])
    await bruno.post(`/issues/${ticket.iid}/replies`, { body })
  const now = door.parts.clock.now()
  const claim = (lane: Lane) =>
    door.store.write((writer) => writer.claim({ now, leaseMs: minute, limit: 10, lane }))
  const settle = (one: Claimed, settlement: Settlement) =>
    door.store.write((writer) => writer.settle(one.operation.id, one.fence, settlement, now))
  for (let noteId = 1; noteId <= 2; noteId++)
    for (const one of await claim('gitlab'))
      await settle(one, { state: 'done', outcome: { kind: 'noted', noteId } })
  const stuck: string[] = []
  for (let round = 1; round <= 2; round++)
    for (const one of await claim('mail')) {
      stuck.push(one.operation.id)
      await settle(one, {
        state: 'stuck',
        trouble: { code: 'permanent', detail: '550 user unknown', at: now },
      })
    }
  assert.equal(stuck.length, 2)
  const davi = await door.signedIn('davi')
  const page = (await davi.get(`/issues/${ticket.iid}`)).text
  assert.match(page, /The mail server refused the address or the mail/u)
  assert.match(page, /550 user unknown/u)
  const again = await davi.follow(await davi.post(`/operations/${stuck[0]}/retry`))
  assert.match(again.text, /flash-done.*<span>It is being sent again\.<\/span>/su)
  const dropped = await davi.follow(await davi.post(`/operations/${stuck[1]}/drop`))
  assert.match(dropped.text, /<span>It is given up: this mail is not sent\.<\/span>/u)
})
