// What the door refuses before anybody looks at it, what it tells browsers, and what never gets
// into a log.

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { openDoor } from '../../support/door.ts'

const pageOf = async (door: Awaited<ReturnType<typeof openDoor>>) => {
  const ticket = await door.keep({})
  return { ticket, bruno: await door.signedIn('bruno') }
}

test('a page allows nothing but what lies on the desk itself', async () => {
  await using door = await openDoor()
  const { headers } = await door.stranger().get('/open-issue')
  const policy = headers['content-security-policy'] ?? ''
  assert.match(policy, /default-src 'none'/u)
  for (const kind of ['script-src', 'style-src', 'img-src', 'connect-src', 'form-action'])
    assert.match(policy, new RegExp(`${kind} 'self'(;|$)`, 'u'))
  assert.match(policy, /frame-ancestors 'none'/u)
  assert.match(policy, /base-uri 'none'/u)
  assert.doesNotMatch(policy, /unsafe|data:|\*/u)
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['referrer-policy'], 'same-origin')
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers.etag, undefined)
  assert.equal(headers['x-powered-by'], undefined)
  assert.equal(headers['strict-transport-security'], undefined, 'plain http on loopback')
})

test('a page has no script or style of its own, as the policy would not run it', async () => {
  await using door = await openDoor()
  const { bruno, ticket } = await pageOf(door)
  for (const path of ['/issues', `/issues/${ticket.iid}`, '/open-issue', '/nothing']) {
    const { text } = await bruno.get(path)
    assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:/iu, path)
  }
})

test('posts from other sites change nothing', async (t) => {
  await using door = await openDoor()
  const { bruno, ticket } = await pageOf(door)
  const own = new URL(door.url)
  const cases: readonly { title: string; headers: Record<string, string>; allowed: boolean }[] = [
    { title: 'own page', headers: { 'sec-fetch-site': 'same-origin' }, allowed: true },
    { title: 'typed address', headers: { 'sec-fetch-site': 'none' }, allowed: true },
    { title: 'other site', headers: { 'sec-fetch-site': 'cross-site' }, allowed: false },
    { title: 'other port or sister domain', headers: { 'sec-fetch-site': 'same-site' }, allowed: false },
    { title: 'unknown word', headers: { 'sec-fetch-site': 'whatever' }, allowed: false },
    {
      title: 'other site that claims our origin',
      headers: { 'sec-fetch-site': 'cross-site', origin: own.origin },
      allowed: false,
    },
    {
      title: 'page that sends no referrer',
      headers: { 'sec-fetch-site': 'same-origin', origin: 'null' },
      allowed: true,
    },
    { title: 'older browser, own origin', headers: { origin: own.origin }, allowed: true },
    { title: 'older browser, other origin', headers: { origin: 'https://evil.example' }, allowed: false },
    {
      title: 'origin that begins like ours',
      headers: { origin: `${own.origin}.evil.example` },
      allowed: false,
    },
    { title: 'other port', headers: { origin: 'http://127.0.0.1:1' }, allowed: false },
    { title: 'origin null', headers: { origin: 'null' }, allowed: false },
    { title: 'neither, with a session', headers: {}, allowed: false },
  ]
  for (const { title, headers, allowed } of cases)
    await t.test(title, async () => {
      const before = await door.store.version()
      const sent = await bruno.post(`/issues/${ticket.iid}/notes`, { body: title }, headers)
      assert.equal(sent.status, allowed ? 303 : 403)
      assert.equal((await door.store.version()) !== before, allowed)
    })
})

test('a program without a session may use the public form', async () => {
  await using door = await openDoor()
  const sent = await door
    .stranger()
    .post(
      '/open-issue',
      { title: 'Screen', description: 'Black', name: 'Ana', email: 'ana@school.example' },
      {},
    )
  assert.equal(sent.status, 303)
})

test('a parameter that stands twice or wants to be a list is refused', async () => {
  await using door = await openDoor()
  const { bruno, ticket } = await pageOf(door)
  for (const query of ['view=mine&view=all', 'view[]=mine', 'view[a]=b', 'q=a&q=b', 'a]=1'])
    assert.equal((await bruno.get(`/issues?${query}`)).status, 400, query)
  const twice = await bruno.ask('POST', `/issues/${ticket.iid}/notes`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    body: 'body=a&body=b',
  })
  assert.equal(twice.status, 400)
})

test('__proto__ and constructor are names like any other', async () => {
  await using door = await openDoor()
  const { bruno } = await pageOf(door)
  for (const query of ['__proto__=x', 'constructor=x', 'toString=x', 'hasOwnProperty=1'])
    assert.equal((await bruno.get(`/issues?${query}`)).status, 200, query)
  assert.equal(({} as Record<string, unknown>).x, undefined)
})

test('what is no number and no id is no ticket', async () => {
  await using door = await openDoor()
  const { bruno } = await pageOf(door)
  const odd = [
    '1e3',
    '01',
    '-1',
    '+1',
    '0',
    '1.0',
    '1%00',
    '%2e%2e',
    '42abc',
    '٤٢',
    '99999999999',
    '0x2a',
    ' 42',
  ]
  for (const ref of odd) {
    assert.equal((await bruno.get(`/issues/${encodeURI(ref)}`)).status, 404, ref)
    assert.equal((await bruno.post(`/issues/${encodeURI(ref)}/replies`, { body: 'x' })).status, 404, ref)
  }
  assert.equal((await bruno.get('/issues/%ff')).status, 400)
})

test('a ticket is found by its id too, and that address leads to its number', async () => {
  await using door = await openDoor()
  const { bruno, ticket } = await pageOf(door)
  const answer = await bruno.get(`/issues/${ticket.id}`)
  assert.deepEqual([answer.status, answer.location], [302, `/issues/${ticket.iid}`])
  const sent = await bruno.post(`/issues/${ticket.id}/notes`, { body: 'By its id' })
  assert.equal(sent.status, 303)
})

test('a form that is too large, of another kind or broken off is refused with a page', async () => {
  await using door = await openDoor()
  const { bruno, ticket } = await pageOf(door)
  const path = `/issues/${ticket.iid}/notes`
  const own = { 'sec-fetch-site': 'same-origin' }
  const urlencoded = { ...own, 'content-type': 'application/x-www-form-urlencoded' }
  const large = await bruno.ask('POST', path, { headers: urlencoded, body: `body=${'a'.repeat(1_100_000)}` })
  assert.equal(large.status, 413)
  assert.match(large.text, /<!doctype html>/u)
  const json = await bruno.ask('POST', path, {
    headers: { ...own, 'content-type': 'application/json' },
    body: '{"body":"x"}',
  })
  assert.equal(json.status, 415)
  const noBoundary = await bruno.ask('POST', path, {
    headers: { ...own, 'content-type': 'multipart/form-data; x=y' },
    body: 'x',
  })
  assert.equal(noBoundary.status, 400)
  const cut = await bruno.ask('POST', path, {
    headers: { ...own, 'content-type': 'multipart/form-data; boundary=b' },
    body: '--b\r\nContent-Disposition: form-data; name="body"\r\n\r\nhalf',
  })
  assert.equal(cut.status, 400)
  assert.equal((await bruno.post(path, { body: 'and the desk lives' })).status, 303)
})

test('a visitor who leaves in the middle of a form does not disturb the desk', async () => {
  await using door = await openDoor()
  const { port, host } = new URL(door.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(
    `POST /open-issue HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntitle=`,
  )
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.destroy()
  assert.equal((await door.stranger().get('/open-issue')).status, 200)
  assert.deepEqual(
    door.lines.filter(({ level }) => level === 'error'),
    [],
  )
})

test('the figures are for this machine only, and not for what a proxy on it passes on', async () => {
  await using door = await openDoor()
  const machine = door.stranger()
  assert.equal((await machine.get('/metrics')).status, 200)
  assert.equal((await machine.get('/metrics', { 'x-forwarded-for': '203.0.113.9' })).status, 404)
  await using guarded = await openDoor({ options: { metricsToken: 'm'.repeat(32) } })
  const other = guarded.stranger()
  assert.equal((await other.get('/metrics')).status, 404)
  assert.equal((await other.get('/metrics', { authorization: 'Bearer wrong' })).status, 404)
  assert.equal((await other.get('/metrics', { authorization: `Bearer ${'m'.repeat(32)}` })).status, 200)
})

test('a ticket link, a search and a code of GitLab never reach the log', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  const sent = await door
    .stranger()
    .post('/open-issue', { title: 'Screen', description: 'Black', name: 'Ana', email: 'ana@school.example' })
  const token = sent.location.slice('/t/'.length)
  await bruno.get(sent.location)
  await bruno.get(`/t/${token}/more`)
  await bruno.get(`/T/${token}`)
  await bruno.get('/issues?q=a-private-word')
  const cookie = bruno.cookies.get('belay') ?? 'none'
  const log = JSON.stringify(door.lines)
  for (const secret of [token, 'a-private-word', cookie, 'code=bruno', 'ana@school.example', 'Black'])
    assert.ok(!log.includes(secret), `the log holds ${secret}`)
  assert.ok(log.includes('"/t/…"'))
  const figures = (await bruno.get('/metrics')).text
  assert.ok(!figures.includes(token))
  assert.match(figures, /route="\/t\/:token"/u)
})

test('assets are kept for ever under their version, and nothing else lies beside them', async () => {
  await using door = await openDoor()
  const somebody = door.stranger()
  const page = await somebody.get('/open-issue')
  const address = /"(\/assets\/[\w./-]+\?v=[\w-]+)"/u.exec(page.text)?.[1] ?? ''
  const asset = await somebody.get(address)
  assert.equal(asset.status, 200)
  assert.match(asset.headers['cache-control'] ?? '', /immutable/u)
  const sheet = /"(\/assets\/built\/[\w./-]+\?v=[\w-]+)"/u.exec(page.text)?.[1] ?? ''
  assert.match((await somebody.get(sheet)).headers['cache-control'] ?? '', /immutable/u)
  // While two releases run side by side a browser may ask one of them for what the other one's page named.
  const [name = ''] = address.split('?')
  for (const other of [`${name}?v=ofAnother1`, `${address}&x=1`, `${name}?v=`])
    assert.equal((await somebody.get(other)).headers['cache-control'], 'no-store', other)
  assert.equal((await somebody.get(name)).headers['cache-control'], 'public, max-age=300')
  for (const path of [
    '/assets/',
    '/assets/../app.ts',
    '/assets/%2e%2e/app.ts',
    '/assets/..%2fapp.ts',
    '/assets/.x',
  ])
    assert.equal((await somebody.get(path)).status, 404, path)
})

test('what is refused before anybody looked who asks is refused in their language', async () => {
  await using door = await openDoor()
  const somebody = door.stranger()
  const odd = '/issues?view=all&view=mine'
  for (const path of [odd, '/nowhere?a=1&a=2', '/issues/%ff']) {
    const refused = await somebody.get(path, { 'accept-language': 'de' })
    assert.equal(refused.status, 400, path)
    assert.match(refused.text, /<html lang="de"/u, path)
  }
  assert.match((await somebody.get(odd)).text, /<html lang="en"/u)
  await somebody.get('/open-issue?lang=de')
  assert.match((await somebody.get(odd, { 'accept-language': 'en' })).text, /<html lang="de"/u)
})

test('the language is chosen by a link, remembered, and gone from the address', async () => {
  await using door = await openDoor()
  const somebody = door.stranger()
  const chosen = await somebody.get('/open-issue?category=Hardware&lang=de')
  assert.deepEqual([chosen.status, chosen.location], [303, '/open-issue?category=Hardware'])
  assert.match((await somebody.follow(chosen)).text, /<html lang="de"/u)
  const byBrowser = await door.stranger().get('/open-issue', { 'accept-language': 'de-AT,en;q=0.5' })
  assert.match(byBrowser.text, /<html lang="de"/u)
  const away = await somebody.get('//evil.example/x?lang=en')
  assert.match(away.location, /^\/(?!\/)/u)
})
