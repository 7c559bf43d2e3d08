// How somebody without an account gets to their tickets: a link that goes to the address, works once and
// tells whoever asks nothing; and that nobody sees the tickets of anybody else by it.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { parseSetCookie } from 'cookie'
import { GatewayError } from '../../../src/application/gateway-error.ts'
import type { SignInMail } from '../../../src/application/mail-ports.ts'
import type { Requester } from '../../../src/domain/ticket.ts'
import type { TestDoor } from '../../support/door.ts'
import { openDoor } from '../../support/door.ts'
import { hour, minute } from '../../support/tickets.ts'
import type { Answer, Visitor } from '../../support/visitor.ts'

const anas = 'ana@school.example'
const signIn = '/my-tickets/sign-in'
const day = 24 * hour

const from = (email: string | null, more: Partial<Requester> = {}): Requester => ({
  name: 'Ana',
  email,
  username: null,
  ...more,
})

type MailDoor = TestDoor & {
  readonly mails: SignInMail[]
  /** Asks for a link, and waits for what was to be done beside the answer. */
  ask(somebody: Visitor, address: string): Promise<Answer>
  /** The path in the last mail. */
  lastLink(): string
  /** Asks for a link, opens it and presses the button. */
  prove(somebody: Visitor, address: string): Promise<Answer>
}

type Options = NonNullable<Parameters<typeof openDoor>[0]>

const openMailDoor = async (
  changes: Options & { readonly send?: (mail: SignInMail) => Promise<void> } = {},
): Promise<MailDoor> => {
  const mails: SignInMail[] = []
  const beside: Promise<void>[] = []
  const { send, ...rest } = changes
  const door = await openDoor({
    members: { ana: 'requester', bob: 'requester', ...changes.members },
    ...rest,
    parts: {
      sendSignInLink:
        send ??
        (async (mail) => {
          mails.push(mail)
        }),
      ...changes.parts,
    },
    options: {
      aside: (work) => {
        beside.push(work())
      },
      ...changes.options,
    },
  })
  const ask: MailDoor['ask'] = async (somebody, address) => {
    const answer = await somebody.post(signIn, { email: address })
    await Promise.all(beside.splice(0))
    return answer
  }
  const lastLink = () => new URL(mails.at(-1)?.url ?? 'http://none.invalid/none').pathname
  return Object.assign(door, {
    mails,
    ask,
    lastLink,
    prove: async (somebody: Visitor, address: string) => {
      await ask(somebody, address)
      const link = lastLink()
      assert.equal((await somebody.get(link)).status, 200)
      return somebody.post(link)
    },
  })
}

const titles = (page: Answer): string[] =>
  [...page.text.matchAll(/<h2>(?:<a [^>]*>)?([^<]*)/gu)].map(([, title = '']) => title.trim())

/** What differs from one answer to the next whoever asks. */
const comparable = ({ status, headers, text, setCookies }: Answer) => {
  const { date: _date, 'x-request-id': _name, ...others } = headers
  return { status, others, text, setCookies }
}

describe('asking for a link', () => {
  test('Ana gets a link to the address her ticket has, proves it and sees her tickets, newest first', async () => {
    await using door = await openMailDoor()
    await door.keep({ title: 'My screen stays black', requester: from('Ana@School.example') })
    await door.keep({ title: 'The printer jams', requester: from(anas), openedAt: 1_800_000_000_000 })
    await door.keep({ title: 'Somebody else’s', requester: from('bob@school.example') })
    const ana = door.stranger()
    const form = await ana.get('/my-tickets')
    assert.match(form.text, /action="\/my-tickets\/sign-in"/u)
    const asked = await door.ask(ana, ' ANA@school.example ')
    assert.match((await ana.follow(asked)).text, /Look into your mailbox/u)
    assert.deepEqual(
      door.mails.map(({ to, language }) => [to, language]),
      [[anas, 'en']],
    )
    const confirm = await ana.get(door.lastLink())
    assert.match(confirm.text, /a…@school\.example/u)
    assert.ok(!confirm.text.includes(anas), 'the page shows the address masked')
    const proven = await ana.post(door.lastLink())
    assert.equal(proven.location, '/my-tickets')
    const list = await ana.follow(proven)
    assert.deepEqual(titles(list), ['The printer jams', 'My screen stays black'])
    for (const [, link = ''] of list.text.matchAll(/href="(\/t\/[^"]+)"/gu))
      assert.equal((await ana.get(link)).status, 200)
  })

  test('whether there are tickets of an address, no answer tells', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas) })
    const answers: unknown[] = []
    for (const address of [anas, 'nobody@school.example', anas, anas, anas]) {
      const somebody = door.stranger()
      const asked = await door.ask(somebody, address)
      answers.push([comparable(asked), comparable(await somebody.follow(asked))])
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal(door.mails.length, 3, 'the fourth within an hour is not sent')
  })

  test('the answer does not wait for what is looked up and sent', async () => {
    const reached = Promise.withResolvers<void>()
    await using door = await openDoor({
      parts: {
        sendSignInLink: () => {
          reached.resolve()
          // A mail server that says nothing: whoever waited for it would wait for ever.
          return new Promise(() => {})
        },
      },
    })
    await door.keep({ requester: from(anas) })
    assert.equal((await door.stranger().post(signIn, { email: anas })).status, 303)
    await reached.promise
  })

  test('an address is sent three links an hour, and a new one when the hour is over', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas) })
    for (let asked = 0; asked < 5; asked++)
      await door.ask(door.stranger(), asked % 2 ? anas : anas.toUpperCase())
    assert.equal(door.mails.length, 3)
    door.turn(hour)
    await door.ask(door.stranger(), anas)
    assert.equal(door.mails.length, 4)
  })

  test('one client that asks for many addresses is told to wait, whatever is known of them', async () => {
    await using door = await openMailDoor()
    const flood = door.stranger()
    const statuses: number[] = []
    for (let asked = 0; asked < 22; asked++)
      statuses.push((await door.ask(flood, `a${asked}@school.example`)).status)
    assert.deepEqual([statuses[19], statuses[20]], [303, 429])
  })

  test('what is no address is said so, and nothing is looked up', async () => {
    await using door = await openMailDoor()
    for (const email of ['', 'ana', 'ana@school', 'a b@school.example', 'ana@school.example,bob@x.example']) {
      const answer = await door.ask(door.stranger(), email)
      assert.equal(answer.status, 422, email)
      assert.match(answer.text, /role="alert"/u)
    }
    const twice = await door.stranger().ask('POST', signIn, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      body: `email=${anas}&email=bob@x.example`,
    })
    assert.equal(twice.status, 400)
    assert.equal(door.mails.length, 0)
  })

  test('a mail that the server refuses changes no answer, and the log names no address and no link', async () => {
    let tried = ''
    await using door = await openMailDoor({
      send: async ({ url }) => {
        tried = url
        throw new GatewayError('permanent', `550 no such user ${anas} ${url}`)
      },
    })
    await door.keep({ requester: from(anas) })
    const refused = await door.ask(door.stranger(), anas)
    const unknown = await door.ask(door.stranger(), 'nobody@school.example')
    assert.deepEqual(comparable(refused), comparable(unknown))
    assert.notEqual(tried, '')
    const log = inspect(door.lines, { depth: 9 })
    assert.match(log, /permanent/u)
    assert.ok(!log.includes(anas) && !log.includes(tried.slice(-43)))
  })

  test('without a mail server of its own the desk says plainly that each ticket’s link is the way', async () => {
    await using door = await openDoor()
    const somebody = door.stranger()
    const page = await somebody.get('/my-tickets')
    assert.match(page.text, /sends no e-mails itself/u)
    assert.ok(!page.text.includes('name="email"'))
    assert.equal((await somebody.post(signIn, { email: anas })).location, '/my-tickets')
    assert.equal((await somebody.get(signIn)).location, '/my-tickets')
    const german = await somebody.get('/my-tickets', { 'accept-language': 'de' })
    assert.match(german.text, /sendet selbst keine E-Mails/u)
  })

  test('the mail is in the language of the page it was asked on', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas) })
    const ana = door.stranger()
    await ana.get('/my-tickets?lang=de')
    await door.ask(ana, anas)
    assert.equal(door.mails[0]?.language, 'de')
  })
})

describe('using a link', () => {
  test('a mail scanner that opens the link, or presses its button, uses nothing up', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas) })
    await door.ask(door.stranger(), anas)
    const link = door.lastLink()
    for (let look = 0; look < 3; look++) assert.equal((await door.stranger().get(link)).status, 200)
    assert.equal((await door.stranger().ask('HEAD', link)).status, 200)
    // No cookies, as scanners have none: the page comes again.
    const pressed = await door.stranger().post(link)
    assert.equal(pressed.status, 200)
    assert.ok(!pressed.setCookies.some((line) => line.startsWith('belay-requester=')))
    const ana = door.stranger()
    await ana.get(link)
    assert.equal((await ana.post(link)).status, 303)
  })

  test('a used, expired, empty, changed or foreign link opens nothing, and says what to do', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas) })
    const ana = door.stranger()
    await door.ask(ana, anas)
    const used = door.lastLink()
    await ana.get(used)
    await ana.post(used)
    await door.ask(ana, anas)
    const expired = door.lastLink()
    await using other = await openMailDoor()
    await other.keep({ requester: from(anas) })
    await other.ask(other.stranger(), anas)
    const foreign = other.lastLink()
    const late = door.stranger()
    await late.get(expired)
    door.turn(20 * minute)
    const token = expired.split('/').at(-1) ?? ''
    const odd = [used, expired, foreign, `${signIn}/x`, `${expired}A`, `${signIn}/${token.slice(0, -1)}`]
    for (const path of [...odd, `${signIn}/%20`, `${signIn}/__proto__`, `${signIn}/${'A'.repeat(43)}`]) {
      for (const answer of [await late.get(path), await late.post(path)]) {
        assert.equal(answer.status, 404, path)
        assert.match(answer.text, /This link is over/u)
        assert.match(answer.text, /href="\/my-tickets"/u)
      }
    }
    assert.ok(!late.cookies.has('belay-requester'))
  })

  test('pressed twice at once, or on two devices, one is in and the other is told', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas) })
    const [one, two] = [door.stranger(), door.stranger()]
    await door.ask(one, anas)
    const link = door.lastLink()
    await one.get(link)
    await two.get(link)
    const answers = await Promise.all([one.post(link), two.post(link), one.post(link)])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 404, 404])
  })

  test('using one link ends the others of the address, and of no other address', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas) })
    await door.keep({ requester: from('bob@school.example') })
    const ana = door.stranger()
    await door.ask(ana, anas)
    const first = door.lastLink()
    await door.ask(ana, 'bob@school.example')
    const bobs = door.lastLink()
    assert.equal((await door.prove(ana, anas)).status, 303)
    assert.equal((await ana.get(first)).status, 404)
    assert.equal((await ana.get(bobs)).status, 200)
  })

  test('another site cannot have a visitor sign in with a link of its own', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from('mallory@evil.example') })
    await door.ask(door.stranger(), 'mallory@evil.example')
    const link = door.lastLink()
    const ana = door.stranger()
    const ways: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      {},
    ]
    for (const headers of ways) {
      const answer = await ana.post(link, {}, headers)
      assert.ok(
        !answer.setCookies.some((line) => line.startsWith('belay-requester=')),
        JSON.stringify(headers),
      )
      // What a post from elsewhere brings along is no cookie of ours: browsers leave it out (SameSite=Lax).
      ana.cookies.clear()
    }
    await ana.get(link)
    assert.equal((await ana.post(link, {}, { origin: 'null' })).status, 303, 'our own page names no origin')
  })

  test('the pages of a link are kept by nobody and named to nobody, and no log holds the token', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas) })
    const ana = door.stranger()
    await door.ask(ana, anas)
    const link = door.lastLink()
    const shown = await ana.get(link)
    const over = await ana.get(`${signIn}/${'A'.repeat(43)}`)
    for (const answer of [shown, await ana.post(link), over]) {
      assert.equal(answer.headers['referrer-policy'], 'no-referrer')
      assert.equal(answer.headers['cache-control'], 'no-store')
    }
    const token = link.split('/').at(-1) ?? ''
    assert.ok(!JSON.stringify(door.lines).includes(token))
    assert.ok(JSON.stringify(door.lines).includes('/my-tickets/sign-in/…'))
    const elsewhere = shown.text
      .replaceAll(`action="${link}"`, '')
      .replaceAll(/href="[^"]*\?lang=[^"]*"/gu, '')
    assert.ok(!elsewhere.includes(token), 'no other address on the page holds it')
  })
})

describe('what a link has begun', () => {
  test('over https it is a __Host- cookie that scripts and other sites do not get', async () => {
    await using door = await openMailDoor({ baseUrl: 'https://desk.example' })
    await door.keep({ requester: from(anas) })
    const proven = await door.prove(door.stranger(), anas)
    const line = proven.setCookies.find((cookie) => cookie.startsWith('__Host-belay-requester='))
    assert.ok(line)
    const { httpOnly, sameSite, secure, path, domain } = parseSetCookie(line)
    assert.deepEqual([httpOnly, sameSite, secure, path, domain], [true, 'lax', true, '/', undefined])
  })

  test('it ends eight hours after the last page, and a day after it began', async () => {
    await using door = await openMailDoor()
    await door.keep({ title: 'My screen', requester: from(anas) })
    const ana = door.stranger()
    await door.prove(ana, anas)
    const isIn = async () => (await ana.get('/my-tickets')).text.includes('My screen')
    door.turn(8 * hour - 1)
    assert.ok(await isIn())
    door.turn(8 * hour)
    assert.ok(!(await isIn()))
    await door.prove(ana, anas)
    for (let passed = 0; passed < 23; passed++) {
      door.turn(hour)
      assert.ok(await isIn(), `${passed}`)
    }
    door.turn(hour)
    assert.ok(!(await isIn()))
  })

  test('signing out ends it on every device, for this address alone, and a new link works at once', async () => {
    await using door = await openMailDoor()
    await door.keep({ title: 'My screen', requester: from(anas) })
    await door.keep({ title: 'Of Bob', requester: from('bob@school.example') })
    const [home, phone, bob] = [door.stranger(), door.stranger(), door.stranger()]
    await door.prove(home, anas)
    await door.prove(phone, anas)
    await door.prove(bob, 'bob@school.example')
    const kept = home.cookies.get('belay-requester') ?? ''
    const out = await home.post('/my-tickets/sign-out')
    assert.match((await home.follow(out)).text, /signed out/u)
    home.cookies.set('belay-requester', kept)
    for (const one of [home, phone]) assert.ok(!(await one.get('/my-tickets')).text.includes('My screen'))
    assert.match((await bob.get('/my-tickets')).text, /Of Bob/u)
    await door.prove(home, anas)
    assert.match((await home.get('/my-tickets')).text, /My screen/u)
  })

  test('a cookie that is changed, foreign or of another kind is nobody’s', async () => {
    await using door = await openMailDoor()
    await door.keep({ title: 'My screen', requester: from(anas) })
    await using other = await openMailDoor()
    await other.keep({ requester: from(anas) })
    const [ana, there] = [door.stranger(), other.stranger()]
    await door.prove(ana, anas)
    await other.prove(there, anas)
    const good = ana.cookies.get('belay-requester') ?? ''
    const foreign = there.cookies.get('belay-requester') ?? ''
    const agents = (await door.signedIn('bruno')).cookies.get('belay') ?? ''
    for (const bad of [good.slice(0, -2), foreign, agents, 'x', '', '{}', 'A'.repeat(5_000)]) {
      ana.cookies.set('belay-requester', bad)
      const page = await ana.get('/my-tickets')
      assert.ok(page.status === 200 && !page.text.includes('My screen'), bad.slice(0, 20))
    }
  })

  test('neither cookie is taken for the other: no agent by a proven address, no requester by an agent’s name', async () => {
    await using door = await openMailDoor()
    await door.keep({ title: 'My screen', requester: from(anas) })
    await door.keep({ title: 'Of Bruno', requester: from(null, { username: 'bruno' }) })
    const ana = door.stranger()
    await door.prove(ana, anas)
    for (const path of ['/issues', '/issues/42', '/mail', '/notices', '/operations'])
      assert.equal((await ana.get(path)).status, 303, path)
    ana.cookies.set('belay', ana.cookies.get('belay-requester') ?? '')
    assert.equal((await ana.get('/issues')).status, 303)
    const bruno = await door.signedIn('bruno')
    const page = await bruno.get('/my-tickets')
    assert.ok(page.status === 200 && titles(page).length === 0)
    await door.prove(bruno, anas)
    assert.deepEqual(titles(await bruno.get('/my-tickets')), ['My screen'])
    assert.deepEqual(
      await door.store.read((reader) => reader.provenAddresses(11, 0)),
      [],
      'an agent’s account keeps no address',
    )
  })

  test('signing in again makes a new cookie, and what an attacker had planted is gone', async () => {
    await using door = await openMailDoor()
    await door.keep({ title: 'Of Mallory', requester: from('mallory@evil.example') })
    await door.keep({ title: 'My screen', requester: from(anas) })
    const mallory = door.stranger()
    await door.prove(mallory, 'mallory@evil.example')
    const planted = mallory.cookies.get('belay-requester') ?? ''
    const ana = door.stranger()
    ana.cookies.set('belay-requester', planted)
    await door.prove(ana, anas)
    assert.notEqual(ana.cookies.get('belay-requester'), planted)
    assert.deepEqual(titles(await ana.get('/my-tickets')), ['My screen'])
    assert.deepEqual(titles(await mallory.get('/my-tickets')), ['Of Mallory'])
  })

  test('the form to open a ticket knows name and address, and the desk’s own rules still hold', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas, { name: 'Ana Lindqvist' }) })
    const ana = door.stranger()
    await door.prove(ana, anas)
    const form = await ana.get('/open-issue')
    assert.match(form.text, /name="name"[^>]*value="Ana Lindqvist"/u)
    assert.match(form.text, /name="email"[^>]*value="ana@school\.example"/u)
    await using closed = await openMailDoor({
      desk: { form: { public: false, emailDomains: [], maxFileBytes: 1 } },
    })
    await closed.keep({ requester: from(anas) })
    const there = closed.stranger()
    await closed.prove(there, anas)
    assert.equal((await there.get('/open-issue')).status, 303)
  })

  test('a post from another site does not sign anybody out', async () => {
    await using door = await openMailDoor()
    await door.keep({ title: 'My screen', requester: from(anas) })
    const ana = door.stranger()
    await door.prove(ana, anas)
    const ways: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
      {},
    ]
    for (const headers of ways)
      assert.equal((await ana.post('/my-tickets/sign-out', {}, headers)).status, 403)
    assert.match((await ana.get('/my-tickets')).text, /My screen/u)
  })
})

describe('the list', () => {
  test('says how each ticket stands and whose turn it is, and never when agents write among themselves', async () => {
    await using door = await openMailDoor()
    const asked = { requester: from(anas) }
    const waiting = await door.keep({ ...asked, title: 'Waiting', state: 'waiting', awaitingSince: null })
    await door.keep({ ...asked, title: 'Resolved', state: 'resolved', resolvedAt: waiting.openedAt })
    await door.keep({ ...asked, title: 'Worked on', level: 2, assignee: 'carla', awaitingSince: null })
    await door.keep({ ...asked, title: 'Gone', gone: { why: 'deleted' } })
    const noted = await door.keep({ ...asked, title: 'Arrived', changedAt: waiting.openedAt + 5 * hour })
    door.turn(hour)
    await door.keepStuck(noted)
    const ana = door.stranger()
    await door.prove(ana, anas)
    const { text } = await ana.get('/my-tickets')
    const lines = text.split('<li class="my-line').slice(1)
    const line = (title: string) => lines.find((one) => one.includes(`>${title}<`)) ?? assert.fail(title)
    assert.match(line('Waiting'), /We are waiting for you.*Your turn/su)
    assert.match(line('Resolved'), /Resolved/u)
    assert.match(line('Worked on'), /Level 2 is working on it.*We have answered/su)
    assert.match(line('Gone'), /not here any more/u)
    assert.match(line('Arrived'), /It has arrived.*Our turn/su)
    const opened = new Date(noted.openedAt).toISOString()
    for (const one of lines) assert.ok(one.includes(`datetime="${opened}"`), one)
    assert.ok(!text.includes('Look at the cable'))
  })

  test('goes on page by page, and a ticket that was resolved long ago has no link any more', async () => {
    await using door = await openMailDoor()
    for (let n = 0; n < 25; n++)
      await door.keep({
        title: `Ticket ${n}`,
        requester: from(anas),
        openedAt: 1_700_000_000_000 + n * minute,
      })
    await door.keep({
      title: 'Long ago',
      requester: from(anas),
      openedAt: 1_600_000_000_000,
      state: 'resolved',
      resolvedAt: door.parts.clock.now() - 91 * day,
    })
    const ana = door.stranger()
    await door.prove(ana, anas)
    const first = await ana.get('/my-tickets')
    const older = /href="(\/my-tickets\?cursor=[^"]+)"/u.exec(first.text)?.[1] ?? ''
    const second = await ana.get(older)
    assert.deepEqual(
      [...titles(first), ...titles(second)],
      [...Array.from({ length: 25 }, (_, n) => `Ticket ${24 - n}`), 'Long ago'],
    )
    assert.match(second.text, /<h2>Long ago/u)
    assert.match(second.text, /resolved more than 90 days ago/u)
    assert.equal((await ana.get('/my-tickets?cursor=x')).text.includes('Ticket 24'), true)
    assert.equal((await door.stranger().get(older)).text.includes('Ticket'), false)
  })

  test('leads to the link that is in force, after a new one was asked for too', async () => {
    await using door = await openMailDoor()
    const { id } = await door.keep({ requester: from(anas) })
    await door.store.write((writer) => writer.renewLink(id))
    const ana = door.stranger()
    await door.prove(ana, anas)
    const link = /href="(\/t\/[^"]+)"/u.exec((await ana.get('/my-tickets')).text)?.[1] ?? ''
    assert.equal((await ana.get(link)).status, 200)
  })
})

describe('signed in with GitLab', () => {
  test('who is no agent lands on their tickets, wherever they came from, and finds the way in the header', async () => {
    await using door = await openMailDoor()
    for (const [wish, lands] of [
      ['/', '/my-tickets'],
      ['/issues?view=mine', '/my-tickets'],
      ['/kpi', '/my-tickets'],
      ['/open-issue', '/open-issue'],
      ['/my-tickets', '/my-tickets'],
    ] as const) {
      const ana = door.stranger()
      await ana.get(`/sign-in/gitlab?returnTo=${encodeURIComponent(wish)}`)
      const back = await ana.get('/auth/gitlab/callback?code=ana&state=s')
      assert.equal(back.location, lands, wish)
    }
    const ana = await door.signedIn('ana')
    assert.equal((await ana.get('/')).location, '/my-tickets')
    assert.match((await ana.get('/open-issue')).text, /href="\/my-tickets"/u)
    assert.match((await door.stranger().get('/open-issue')).text, /href="\/my-tickets"/u)
    const bruno = await door.signedIn('bruno')
    assert.ok(!(await bruno.get('/issues')).text.includes('"/my-tickets"'))
  })

  test('they see what they opened so, and never what only bears an address or name of theirs', async () => {
    await using door = await openMailDoor()
    const ana = await door.signedIn('ana')
    await door.keep({ title: 'Opened so', requester: from(null, { username: 'ana' }) })
    await door.keep({ title: 'Of the address', requester: from(anas) })
    await door.keep({ title: 'Of Bob', requester: from(null, { username: 'bob', name: 'ana' }) })
    await door.keep({
      title: 'Before the name was hers',
      requester: from(null, { username: 'ana' }),
      openedAt: door.parts.clock.now() - hour,
    })
    assert.deepEqual(titles(await ana.get('/my-tickets')), ['Opened so'])
  })

  test('what they open themselves is among their tickets, whatever name and address they give', async () => {
    await using door = await openMailDoor()
    const ana = await door.signedIn('ana')
    for (const [title, name, email] of [
      ['Plain', '', ''],
      ['As somebody else', 'Ana at home', ''],
      ['With an address', 'ana', anas],
    ] as const) {
      const key = ana.hidden(await ana.get('/open-issue'), 'key')
      const fields = { title, description: 'Please help.', category: '', name, email, key }
      assert.equal((await ana.postFiles('/open-issue', fields, [])).status, 303)
      door.turn(minute)
    }
    const list = await ana.get('/my-tickets')
    assert.deepEqual(titles(list), ['With an address', 'As somebody else', 'Plain'])
    assert.match(list.text, /We have it/u)
    const bruno = await door.signedIn('bruno')
    const key = bruno.hidden(await bruno.get('/open-issue'), 'key')
    const forAna = { title: 'For Ana', description: 'x', category: '', name: 'ana', email: anas, key }
    assert.equal((await bruno.postFiles('/open-issue', forAna, [])).status, 303)
    assert.deepEqual(titles(await bruno.get('/my-tickets')), [])
    assert.equal(titles(await ana.get('/my-tickets')).length, 3, 'nor is a name a proof')
  })

  test('an address they have proven stays theirs, in other browsers too, and is nobody else’s', async () => {
    await using door = await openMailDoor()
    await door.keep({ title: 'Of the address', requester: from(anas) })
    const ana = await door.signedIn('ana')
    await door.prove(ana, anas)
    await ana.post('/my-tickets/sign-out')
    for (const one of [ana, await door.signedIn('ana')])
      assert.deepEqual(titles(await one.get('/my-tickets')), ['Of the address'])
    assert.deepEqual(titles(await (await door.signedIn('bob')).get('/my-tickets')), [])
    door.turn(365 * day)
    const later = await door.signedIn('ana')
    assert.deepEqual(titles(await later.get('/my-tickets')), [])
  })

  test('signing out leaves nothing of either kind in the browser', async () => {
    await using door = await openMailDoor()
    await door.keep({ requester: from(anas) })
    const ana = await door.signedIn('ana')
    await door.prove(ana, anas)
    await ana.post('/sign-out')
    assert.deepEqual(
      [...ana.cookies.keys()].filter((name) => name !== 'belay-flash'),
      [],
    )
  })
})
