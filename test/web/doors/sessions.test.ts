// How long somebody is who they are: sessions begin with an answer of GitLab, end by themselves,
// by signing out everywhere, and roles are asked for again every few minutes.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { parseSetCookie } from 'cookie'
import { GatewayError } from '../../../src/application/gateway-error.ts'
import { openDoor } from '../../support/door.ts'
import { hour, minute } from '../../support/tickets.ts'

test('over https the session is a __Host- cookie that scripts and other sites do not get', async () => {
  await using door = await openDoor({ baseUrl: 'https://desk.example' })
  const somebody = door.stranger()
  await somebody.get('/sign-in/gitlab')
  const back = await somebody.get('/auth/gitlab/callback?code=bruno&state=s')
  const line = back.setCookies.find((cookie) => cookie.startsWith('__Host-belay='))
  assert.ok(line)
  const { httpOnly, sameSite, secure, path, domain } = parseSetCookie(line)
  assert.deepEqual([httpOnly, sameSite, secure, path, domain], [true, 'lax', true, '/', undefined])
  assert.match(back.headers['strict-transport-security'] ?? '', /max-age=31536000/u)
})

test('a session ends eight hours after the last page', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  door.turn(8 * hour - 1)
  assert.equal((await bruno.get('/issues')).status, 200)
  door.turn(8 * hour - 1)
  assert.equal((await bruno.get('/issues')).status, 200, 'looking counts as being there')
  door.turn(8 * hour)
  assert.equal((await bruno.get('/issues')).status, 303)
})

test('a session ends a day after signing in, however busy', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  for (let passed = 0; passed < 23; passed++) {
    door.turn(hour)
    assert.equal((await bruno.get('/issues')).status, 200)
  }
  door.turn(hour)
  assert.equal((await bruno.get('/issues')).status, 303)
})

test('the cookie is sealed anew at most every few minutes', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  door.turn(4 * minute)
  assert.deepEqual((await bruno.get('/issues')).setCookies, [])
  door.turn(minute)
  assert.equal((await bruno.get('/issues')).setCookies.length, 1)
  assert.deepEqual((await bruno.get('/issues')).setCookies, [])
})

test('signing out ends the sessions on every device, and signing in again works at once', async () => {
  await using door = await openDoor()
  const atWork = await door.signedIn('bruno')
  const onPhone = await door.signedIn('bruno')
  const kept = atWork.cookies.get('belay') ?? ''
  const out = await atWork.post('/sign-out')
  assert.equal(out.status, 303)
  assert.match((await atWork.follow(out)).text, /signed out/u)
  assert.equal((await onPhone.get('/issues')).status, 303)
  atWork.cookies.set('belay', kept)
  assert.equal((await atWork.get('/issues')).status, 303, 'a copied cookie is over too')
  const again = await door.signedIn('bruno')
  assert.equal((await again.get('/issues')).status, 200)
})

test('a changed, foreign or made-up cookie is nobody', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  const good = bruno.cookies.get('belay') ?? ''
  const other = await openDoor()
  const foreign = (await other.signedIn('bruno')).cookies.get('belay') ?? ''
  await other[Symbol.asyncDispose]()
  const turned = good.startsWith('A') ? `B${good.slice(1)}` : `A${good.slice(1)}`
  for (const bad of [turned, good.slice(0, -4), foreign, 'x', '', '%', '{}', 'A'.repeat(5_000)]) {
    bruno.cookies.set('belay', bad)
    assert.equal((await bruno.get('/issues')).status, 303, bad.slice(0, 20))
  }
})

test('a flash message is no session, though the same key seals both', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  const ticket = await door.keep({})
  await bruno.post(`/issues/${ticket.iid}/replies`, { body: 'Hello' })
  const flash = bruno.cookies.get('belay-flash')
  assert.ok(flash)
  bruno.cookies.set('belay', flash)
  assert.equal((await bruno.get('/issues')).status, 303)
})

test('sessions outlive a change of keys as long as the former key is still read', async () => {
  const [former, fresh] = [randomBytes(32), randomBytes(32)]
  const other = {
    ticketLink: [randomBytes(32)],
    renderTime: [randomBytes(32)],
    clientMark: [randomBytes(32)],
  }
  const keys = (session: Uint8Array[]) => ({ keys: { ...other, session, requester: [randomBytes(32)] } })
  await using before = await openDoor({ options: keys([former]) })
  const cookie = (await before.signedIn('bruno')).cookies.get('belay') ?? ''
  await using after = await openDoor({ options: keys([fresh, former]) })
  await using without = await openDoor({ options: keys([fresh]) })
  const statuses: number[] = []
  for (const door of [after, without]) {
    // The second desk must know him, too.
    await door.signedIn('bruno')
    const bruno = door.stranger()
    bruno.cookies.set('belay', cookie)
    statuses.push((await bruno.get('/issues')).status)
  }
  assert.deepEqual(statuses, [200, 303])
})

test('who loses the role in GitLab loses it here within five minutes', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  door.roles.set('bruno', 'requester')
  door.turn(5 * minute)
  assert.equal((await bruno.get('/issues')).status, 403)
})

test('a role is asked for once in four minutes, not at every page', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  for (let page = 0; page < 20; page++) await bruno.get('/issues')
  assert.equal(door.gitlab.asked, 1)
})

test('when GitLab does not answer, the last known role holds and the page says so', async () => {
  await using door = await openDoor()
  const bruno = await door.signedIn('bruno')
  for (const kind of ['transient', 'unauthorised'] as const) {
    door.gitlab.fault = new GatewayError(kind, 'no')
    door.turn(6 * minute)
    const page = await bruno.get('/issues')
    assert.equal(page.status, 200)
    assert.match(
      page.text,
      kind === 'transient' ? /GitLab does not answer|has not answered/u : /no longer accepts/u,
    )
  }
  door.gitlab.fault = null
  door.turn(minute)
  assert.doesNotMatch((await bruno.get('/issues')).text, /no longer accepts/u)
})

test('a session never begins without an answer from GitLab', async () => {
  await using door = await openDoor()
  door.gitlab.fault = new GatewayError('transient', 'no')
  const somebody = door.stranger()
  await somebody.get('/sign-in/gitlab')
  const back = await somebody.get('/auth/gitlab/callback?code=bruno&state=s')
  assert.equal(back.status, 503)
  assert.ok(!somebody.cookies.has('belay'))
})

test('an answer of GitLab that this browser did not ask for signs nobody in', async () => {
  await using door = await openDoor()
  const victim = door.stranger()
  const back = await victim.get('/auth/gitlab/callback?code=bruno&state=s')
  assert.equal(back.status, 400)
  assert.ok(!victim.cookies.has('belay'))
})

test('signing in must be finished within ten minutes', async () => {
  await using door = await openDoor()
  const somebody = door.stranger()
  await somebody.get('/sign-in/gitlab')
  door.turn(10 * minute)
  assert.equal((await somebody.get('/auth/gitlab/callback?code=bruno&state=s')).status, 400)
})

test('whom GitLab does not confirm reads why and can begin again', async () => {
  await using door = await openDoor()
  const somebody = door.stranger()
  await somebody.get('/sign-in/gitlab')
  const back = await somebody.get('/auth/gitlab/callback?error=access_denied&state=s')
  assert.equal(back.status, 403)
  assert.match(back.text, /\/sign-in\/gitlab/u)
})

test('after signing in one is where one wanted to be, but never on another site', async () => {
  await using door = await openDoor()
  const ways: Record<string, string> = {
    '/issues?view=mine&q=a%20b': '/issues?view=mine&q=a%20b',
    '//evil.example': '/',
    '/\\evil.example': '/',
    '/.//evil.example': '/',
    '/\t/evil.example': '/',
    'https://evil.example': '/',
    'javascript:alert(1)': '/',
    '': '/',
  }
  for (const [wish, lands] of Object.entries(ways)) {
    const somebody = door.stranger()
    await somebody.get(`/sign-in/gitlab?returnTo=${encodeURIComponent(wish)}`)
    const back = await somebody.get('/auth/gitlab/callback?code=bruno&state=s')
    assert.equal(back.location, lands, wish)
  }
})
