import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, openDesk } from './support/desk.ts'

test('every web_url of the small desk leads to a page', async (t) => {
  const { bot } = await openDesk(t, { empty: false })
  const addresses = new Set<string>()
  for (const path of [
    '/projects/1/issues?per_page=100',
    '/projects/1/repository/branches',
    '/projects/1/repository/commits',
    '/projects/1/merge_requests',
    '/projects',
    '/users',
    '/projects/1/issues/5/notes',
  ]) {
    const { body } = await bot<unknown>('GET', path)
    for (const [, address = ''] of JSON.stringify(body).matchAll(/"(?:web_url|avatar_url)":"([^"]+)"/g))
      addresses.add(address)
  }
  assert.ok(addresses.size > 70)
  for (const address of addresses) assert.equal((await fetch(address)).status, 200, address)
})

test('nothing somebody wrote becomes a script, an event handler or a foreign image', async (t) => {
  const desk = await openDesk(t)
  const attack =
    '<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![i](https://track.example/p.png) "\'><svg/onload=alert(1)>'
  const iid = await open(desk, { title: attack.slice(0, 200), description: attack, labels: '<b>x</b>' })
  await desk.bot('POST', `/projects/1/issues/${iid}/notes`, { body: attack })
  const answer = await fetch(`${desk.sandbox.url}/demo/helpdesk/-/issues/${iid}`)
  const page = await answer.text()
  assert.doesNotMatch(page, /<script|<img|<svg\/|<b>|href="javascript/i)
  const policy = answer.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe/)
})

test('an issue’s page tells its story: notes, labels and states', async (t) => {
  const desk = await openDesk(t)
  const iid = await open(desk, { labels: 'hardware', description: '**bold**\n\n<!-- belay:v1:x -->' })
  await desk.bruno('POST', `/projects/1/issues/${iid}/notes`, { body: 'among us', internal: true })
  await desk.bruno('PUT', `/projects/1/issues/${iid}`, { state_event: 'close' })
  const page = await (await fetch(`${desk.sandbox.url}/demo/helpdesk/-/issues/${iid}`)).text()
  for (const part of ['<strong>bold</strong>', 'internal note', 'added', 'hardware', 'closed this issue'])
    assert.ok(page.includes(part), part)
  assert.ok(!page.includes('belay:v1'))
  assert.equal((await fetch(`${desk.sandbox.url}/demo/helpdesk/-/issues/99`)).status, 404)
})
