// The form: who may use it, what it says when something is wrong, and that nothing typed is lost
// and nothing sent twice counts twice.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDoor } from '../../support/door.ts'
import { hour } from '../../support/tickets.ts'
import type { Answer } from '../../support/visitor.ts'

const filled = {
  title: 'My screen stays black',
  description: 'Since this morning.',
  category: 'Hardware',
  name: 'Ana Souza',
  email: 'ana@school.example',
}

const wrongFields = ({ text }: Answer): string[] =>
  [...text.matchAll(/<[^>]*\bname="(\w+)"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*\bname="(\w+)"/gu)]
    .map((match) => match[1] ?? match[2] ?? '')
    .sort()

const all = async (door: Awaited<ReturnType<typeof openDoor>>) =>
  door.store.read(async (reader) => {
    const page = await reader.page({
      view: 'all',
      me: null,
      level: null,
      category: null,
      state: null,
      assignee: null,
      words: '',
      cursor: null,
      limit: 50,
    })
    return page.tickets
  })

test('whoever leaves something out gets the form back with everything else still in it', async () => {
  await using door = await openDoor()
  const ana = door.stranger()
  const sent = await ana.post('/open-issue', { ...filled, title: ' \u200b ', email: 'ana at school' })
  assert.equal(sent.status, 422)
  for (const text of ['Since this morning.', 'Ana Souza', 'ana at school'])
    assert.ok(sent.text.includes(text))
  assert.deepEqual(wrongFields(sent), ['email', 'title'])
  assert.equal((await all(door)).length, 0)
})

test('the same form sent twice makes one ticket and leads to the same place', async () => {
  await using door = await openDoor()
  const ana = door.stranger()
  const key = ana.hidden(await ana.get('/open-issue'), 'key')
  const both = await Promise.all([
    ana.post('/open-issue', { ...filled, key }),
    ana.post('/open-issue', { ...filled, key }),
  ])
  assert.deepEqual([both[0].status, both[1].status], [303, 303])
  assert.equal(both[0].location, both[1].location)
  assert.equal((await all(door)).length, 1)
})

test('a desk whose form is not public asks strangers to sign in, and takes nothing from them', async () => {
  await using door = await openDoor({
    desk: { form: { public: false, emailDomains: [], maxFileBytes: 1_000_000 } },
    members: { requester: 'requester' },
  })
  const stranger = door.stranger()
  assert.match((await stranger.get('/open-issue')).location, /^\/sign-in/u)
  assert.match((await stranger.post('/open-issue', filled)).location, /^\/sign-in/u)
  assert.equal((await all(door)).length, 0)
  const requester = await door.signedIn('requester')
  assert.equal((await requester.post('/open-issue', { ...filled, name: '', email: '' })).status, 303)
  assert.equal((await all(door))[0]?.requester.username, 'requester')
})

test('addresses of other domains are refused where the desk names its own', async () => {
  await using door = await openDoor({
    desk: { form: { public: true, emailDomains: ['school.example'], maxFileBytes: 1_000_000 } },
  })
  const ana = door.stranger()
  for (const email of ['ana@evil.example', 'ana@school.example.evil.example', 'ana@notschool.example'])
    assert.equal((await ana.post('/open-issue', { ...filled, email })).status, 422, email)
  assert.equal((await ana.post('/open-issue', { ...filled, email: 'Ana@SCHOOL.example' })).status, 303)
})

test('an address that could carry a second one or a header is refused', async () => {
  await using door = await openDoor()
  const ana = door.stranger()
  for (const email of [
    'a@b.example,c@d.example',
    'a@b.example>',
    'a b@c.example',
    'a@b',
    '@b.example',
    'a@b@c.example',
  ])
    assert.equal((await ana.post('/open-issue', { ...filled, email })).status, 422, email)
  const folded = await ana.post('/open-issue', { ...filled, email: 'a@b.example\r\nBcc: c@d.example' })
  assert.equal(folded.status, 422)
})

test('an agent opens for somebody else and lands on the ticket', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  const sent = await bruno.post('/open-issue', filled)
  assert.match(sent.location, /^\/issues\/[0-9a-f-]{36}$/u)
  assert.equal((await bruno.follow(sent)).status, 200)
  const [ticket] = await all(door)
  assert.deepEqual(ticket?.requester, { name: 'Ana Souza', email: 'ana@school.example', username: null })
})

test('a title keeps to one line and the text keeps its lines', async () => {
  await using door = await openDoor()
  await door
    .stranger()
    .post('/open-issue', { ...filled, title: 'One\r\ntwo\u2028three', description: 'a\r\nb\rc\0d' })
  const [summary] = await all(door)
  const ticket = await door.store.read((reader) => reader.ticket({ id: summary?.id ?? '' }))
  assert.deepEqual([ticket?.title, ticket?.text], ['One two three', 'a\nb\ncd'])
})

test('files: too large, too many and empty ones', async () => {
  await using door = await openDoor({
    desk: { form: { public: true, emailDomains: [], maxFileBytes: 1_000 } },
  })
  const ana = door.stranger()
  const file = (bytes: string) => ({ name: 'a.txt', type: 'text/plain', bytes })
  const large = await ana.postFiles('/open-issue', filled, [file('x'.repeat(1_001))])
  assert.equal(large.status, 422)
  assert.ok(large.text.includes('Since this morning.'))
  const many = await ana.postFiles(
    '/open-issue',
    filled,
    Array.from({ length: 11 }, () => file('x')),
  )
  assert.equal(many.status, 422)
  const none = await ana.postFiles('/open-issue', filled, [{ name: '', type: '', bytes: '' }])
  assert.equal(none.status, 303)
  assert.equal((await all(door)).length, 1)
})

test('a picture is shown by what it is; everything else is only ever saved', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
  const sent = await bruno.postFiles('/open-issue', filled, [
    { name: 'screen.png', type: 'text/html', bytes: png },
    { name: 'page.png', type: 'image/png', bytes: '<script>alert(1)</script>' },
    { name: 'logo.svg', type: 'image/svg+xml', bytes: '<svg xmlns="http://www.w3.org/2000/svg"/>' },
    { name: '../../Größe "x"\r\nX: y.txt', type: 'text/plain', bytes: 'x' },
  ])
  const answers = await Promise.all([1, 2, 3, 4].map((n) => bruno.get(`${sent.location}/files/${n}`)))
  assert.deepEqual(
    answers.map(({ status, headers }) => [
      status,
      headers['content-type'],
      (headers['content-disposition'] ?? '').split(';')[0],
    ]),
    [
      [200, 'image/png', 'inline'],
      [200, 'application/octet-stream', 'attachment'],
      [200, 'application/octet-stream', 'attachment'],
      [200, 'application/octet-stream', 'attachment'],
    ],
  )
  assert.deepEqual(
    answers.map(({ headers }) => headers['content-security-policy']),
    [
      "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      "default-src 'none'; sandbox",
      "default-src 'none'; sandbox",
      "default-src 'none'; sandbox",
    ],
  )
  for (const { headers } of answers) {
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['cache-control'], 'no-store')
  }
  assert.doesNotMatch(answers[3]?.headers['content-disposition'] ?? '', /\.\.|\//u)
  assert.deepEqual(answers[0]?.bytes, png)
  for (const n of ['0', '01', '5', '1e0', '-1', 'x'])
    assert.equal((await bruno.get(`${sent.location}/files/${n}`)).status, 404, n)
})

test("Ana's link opens her ticket; one letter changed and it is any unknown page", async () => {
  await using door = await openDoor()
  const ana = door.stranger()
  const { location } = await ana.post('/open-issue', filled)
  const page = await ana.get(location)
  assert.equal(page.status, 200)
  assert.equal(page.headers['referrer-policy'], 'no-referrer')
  assert.equal(page.headers['cache-control'], 'no-store')
  for (let index = '/t/'.length; index < location.length; index += 5) {
    const letter = location[index] === 'A' ? 'B' : 'A'
    const wrong = `${location.slice(0, index)}${letter}${location.slice(index + 1)}`
    assert.equal((await ana.get(wrong)).status, 404, wrong)
  }
  for (const wrong of ['/t/', '/t/x', `${location}=`, `${location}A`, location.slice(0, -1)])
    assert.equal((await ana.get(wrong)).status, 404, wrong)
})

test("Ana's link ends ninety days after her ticket was resolved", async () => {
  await using door = await openDoor()
  const ana = door.stranger()
  const { location } = await ana.post('/open-issue', filled)
  const [ticket] = await all(door)
  const bruno = await door.signedIn('bruno')
  await bruno.post(`/issues/${ticket?.id}/resolve`, { answer: 'Done.' })
  door.turn(90 * 24 * hour)
  assert.equal((await ana.get(location)).status, 200)
  door.turn(1)
  assert.equal((await ana.get(location)).status, 404)
})

test('open tickets that sound alike are for agents only', async () => {
  await using door = await openDoor({ members: { requester: 'requester' } })
  await door.keep({ title: 'My screen stays black' })
  const path = '/open-issue/similar?title=screen'
  const bruno = await door.signedIn('bruno')
  assert.match((await bruno.get(path)).text, /My screen stays black/u)
  for (const somebody of [door.stranger(), await door.signedIn('requester')])
    assert.doesNotMatch((await somebody.get(path)).text, /My screen stays black/u)
})
