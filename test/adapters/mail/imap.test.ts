// The mailbox over IMAP, against Dovecot as Debian ships it. Where it is not installed these are skipped, and .ci/run
// installs it.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, type TestContext, test } from 'node:test'
import { ImapFlow } from 'imapflow'
import { createMailbox } from '../../../src/adapters/mail/imap.ts'
import { notWhole } from '../../../src/adapters/mail/not-whole.ts'
import { GatewayError, type GatewayErrorKind } from '../../../src/application/gateway-error.ts'
import type { FetchedMail, Mailbox } from '../../../src/application/mail-ports.ts'
import { eventually } from '../../support/eventually.ts'
import { type Account, type Dovecot, PASSWORD, startDovecot } from '../../support/mail-servers/dovecot.ts'
import { withoutDovecot } from '../../support/mail-servers/home.ts'
import { type MailProxy, startProxy } from '../../support/mail-servers/proxy.ts'

const skip = withoutDovecot
const folders = { done: 'Done', quarantine: 'Quarantine' }
const never = new AbortController().signal
let dovecot: Dovecot
/** Without encryption, for tests that look into what is said. */
let plain: Dovecot

before(async () => {
  if (!skip) [dovecot, plain] = [await startDovecot(), await startDovecot({ tls: 'no' })]
})
after(async () => {
  if (!skip) await Promise.all([dovecot.stop(), plain.stop()])
})

type Said = { readonly data: object; readonly message: string }

const open = (
  t: TestContext,
  url: string,
  more: { ca?: string; folders?: { done: string; quarantine: string } } = {},
): Mailbox & { readonly said: readonly Said[] } => {
  const said: Said[] = []
  const write = (data: object, message: string) => void said.push({ data, message })
  const mailbox = createMailbox({ url, folders, log: { info: write, warn: write }, ...more })
  t.after(() => mailbox.close())
  return { ...mailbox, said }
}

/** Another program looking at the same account. */
const look = async <T>(
  account: Account,
  see: (client: ImapFlow) => Promise<T>,
  port = dovecot.imap,
): Promise<T> => {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user: account.name, pass: PASSWORD },
    logger: false,
  })
  await client.connect()
  try {
    return await see(client)
  } finally {
    await client.logout()
  }
}

const subjectsIn = (account: Account, folder: string, port?: number): Promise<string[]> =>
  look(
    account,
    async (client) => {
      const { exists } = await client.mailboxOpen(folder)
      const mails = exists === 0 ? [] : await client.fetchAll('1:*', { envelope: true })
      return mails.map(({ envelope }) => envelope?.subject ?? '')
    },
    port,
  )

const mail = (subject: string, text = 'The printer is on fire.'): string =>
  `From: Ana <ana@school.example>\r\nTo: help@desk.example\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@school.example>\r\n\r\n${text}\r\n`

const all = async (mailbox: Mailbox, signal: AbortSignal = never): Promise<FetchedMail[]> => {
  const mails: FetchedMail[] = []
  for await (const one of mailbox.fetch({ signal })) mails.push(one)
  return mails
}

const textOf = ({ source }: FetchedMail): string => Buffer.from(source).toString('latin1')
const subjectOf = (one: FetchedMail): string => /^Subject: (.*)\r$/m.exec(textOf(one))?.[1] ?? ''
const first = (mails: readonly FetchedMail[]): FetchedMail => {
  const [one] = mails
  assert.ok(one, 'there is no mail')
  return one
}

const two = async (mailbox: Mailbox): Promise<[FetchedMail, FetchedMail]> => {
  const [one, other] = await all(mailbox)
  assert.ok(one && other, 'there are no two mails')
  return [one, other]
}

/** What a refused connection says, without ever saying the password. */
const fails = async (work: Promise<unknown>, kind: GatewayErrorKind, words: RegExp): Promise<void> => {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof GatewayError, String(error))
    assert.match(error.message, words)
    assert.equal(error.kind, kind, error.message)
    assert.ok(!error.message.includes(PASSWORD) && !error.message.includes(encodeURIComponent(PASSWORD)))
    return true
  })
}

// --- Fetching ------------------------------------------------------------------------------------

test('mails in the inbox are handed out, the oldest first, and stay unread for whoever looks into it', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  account.deliver(mail('first'))
  account.deliver(mail('second'))
  const mails = await all(open(t, account.url()))
  assert.deepEqual(mails.map(subjectOf), ['first', 'second'])
  assert.equal(textOf(first(mails)), mail('first'))
  assert.deepEqual(
    mails.map(({ place }) => [place.mailbox, place.uid]),
    [
      ['INBOX', '1'],
      ['INBOX', '2'],
    ],
  )
  assert.match(first(mails).place.uidValidity, /^[1-9]\d*$/)
  const flags = await look(account, async (client) => {
    await client.mailboxOpen('INBOX')
    return (await client.fetchAll('1:*', { flags: true })).map((one) => [...(one.flags ?? [])])
  })
  assert.deepEqual(flags.flat(), [])
})

test('an empty inbox hands out nothing and is no trouble', { skip }, async (t) => {
  assert.deepEqual(await all(open(t, dovecot.account().url())), [])
})

test('a mail that was stored is not fetched again over the same connection, one that was not is', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  account.deliver(mail('stored'))
  account.deliver(mail('not stored'))
  const mailbox = open(t, account.url())
  for await (const one of mailbox.fetch({ signal: never })) if (subjectOf(one) === 'not stored') break
  assert.deepEqual((await all(mailbox)).map(subjectOf), ['not stored'])
  assert.deepEqual(await all(mailbox), [])
  assert.deepEqual((await all(open(t, account.url()))).map(subjectOf), ['stored', 'not stored'])
})

test('odd bytes come back as they were; only NUL, which IMAP cannot say, is replaced by the mail server', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  const odd = Buffer.concat([
    Buffer.from(mail('odd')),
    Buffer.from(Array.from({ length: 255 }, (_, n) => n + 1).filter((byte) => byte !== 10 && byte !== 13)),
    Buffer.from('\r\n.\r\n) FETCH {5}\r\n* BYE\r\n\xff\xfe\r\n', 'latin1'),
  ])
  account.deliver(odd)
  account.deliver(Buffer.concat([odd, Buffer.from('a\0b\r\n')]))
  const [same, withNul] = await all(open(t, account.url()))
  assert.ok(same && withNul)
  assert.ok(odd.equals(same.source))
  // RFC 3501, 4.3: no NUL in a literal. Dovecot gives 0x80 instead.
  assert.ok(Buffer.concat([odd, Buffer.from('a\x80b\r\n', 'latin1')]).equals(withNul.source))
})

test('two mails with one Message-ID are two mails', { skip }, async (t) => {
  const account = dovecot.account()
  account.deliver(mail('same'))
  account.deliver(mail('same'))
  const mails = await all(open(t, account.url()))
  assert.deepEqual(
    mails.map(({ place }) => place.uid),
    ['1', '2'],
  )
})

test('a thousand mails are all fetched once, in their order', { skip }, async (t) => {
  const account = dovecot.account()
  const subjects = Array.from({ length: 1_000 }, (_, n) => `mail ${n}`)
  for (const subject of subjects) account.deliver(mail(subject, 'x'.repeat(3_000)))
  const began = performance.now()
  const mails = await all(open(t, account.url()))
  t.diagnostic(`1,000 mails in ${Math.round(performance.now() - began)} ms`)
  assert.deepEqual(mails.map(subjectOf), subjects)
})

test('a mail with 25 MB of files comes whole', { skip }, async (t) => {
  const account = dovecot.account()
  const large = Buffer.from(
    mail('large', randomBytes(25_000_000).toString('base64').replaceAll(/.{76}/g, '$&\r\n')),
  )
  account.deliver(large)
  const began = performance.now()
  const mails = await all(open(t, account.url()))
  t.diagnostic(`${large.length} bytes in ${Math.round(performance.now() - began)} ms`)
  assert.ok(large.equals(first(mails).source))
})

test('a mail that is larger than we take comes as its beginning, marked, and the next one goes on', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  account.deliver(Buffer.concat([Buffer.from(mail('huge')), Buffer.alloc(36 * 1024 * 1024, 'x\r\n')]))
  account.deliver(mail('next'))
  const [huge, next] = await all(open(t, account.url()))
  assert.ok(huge && next)
  assert.equal(notWhole(huge.source)?.reason, 'too-large')
  assert.match(notWhole(huge.source)?.detail ?? '', /^377\d{5} bytes/)
  assert.ok(huge.source.length < 100_000)
  assert.equal(subjectOf(huge), 'huge')
  assert.equal(notWhole(next.source), null)
  assert.equal(textOf(next), mail('next'))
})

/** Refuses what is asked about the mail with number 2, as Exchange does with a damaged one. */
const refusing =
  (what: RegExp): MailProxy['rule'] =>
  (piece, way) => {
    const said = piece.toString('latin1')
    const [, tag, uids = ''] = /^(\S+) UID FETCH (\S+) /.exec(said) ?? []
    const asked = uids.split(',').flatMap((range) => {
      const [from = 0, to = from] = range.split(':').map(Number)
      return Array.from({ length: to - from + 1 }, (_, n) => from + n)
    })
    return way === 'to server' && tag && what.test(said) && asked.includes(2)
      ? `${tag} NO The mail is damaged\r\n`
      : null
  }

test('a mail that the mail server refuses to give holds up no other, and comes as unreadable in the end', {
  skip,
}, async (t) => {
  const account = plain.account()
  for (const subject of ['before', 'broken', 'after']) account.deliver(mail(subject))
  const proxy = await startProxy(plain.imap)
  t.after(() => proxy.stop())
  const mailbox = open(t, account.url({ port: proxy.port }))
  proxy.rule = refusing(/BODY\.PEEK/)
  const passes: string[][] = []
  for (let pass = 0; pass < 4; pass += 1) {
    account.deliver(mail(`pass ${pass}`))
    passes.push((await all(mailbox)).map((one) => notWhole(one.source)?.reason ?? subjectOf(one)))
  }
  assert.deepEqual(passes, [['before', 'after', 'pass 0'], ['pass 1'], ['pass 2'], ['unreadable', 'pass 3']])
  assert.deepEqual(await all(mailbox), [])
  assert.deepEqual(
    mailbox.said.map(({ data }) => data),
    [1, 2, 3].map(() => ({ uid: 2, mail: 'The mail is damaged' })),
  )
})

test('a mail whose very size the mail server refuses to say stops no other either', { skip }, async (t) => {
  const account = plain.account()
  for (const subject of ['before', 'broken', 'after']) account.deliver(mail(subject))
  const proxy = await startProxy(plain.imap)
  t.after(() => proxy.stop())
  const mailbox = open(t, account.url({ port: proxy.port }))
  proxy.rule = refusing(/./)
  await fails(all(mailbox), 'transient', /It says: The mail is damaged/)
  assert.deepEqual((await all(mailbox)).map(subjectOf), ['before', 'after'])
  const later: string[] = []
  for (let pass = 0; pass < 3; pass += 1) {
    account.deliver(mail(`pass ${pass}`))
    for (const one of await all(mailbox)) later.push(notWhole(one.source)?.reason ?? subjectOf(one))
  }
  assert.deepEqual(later, ['pass 0', 'pass 1', 'unreadable', 'pass 2'])
})

test('a mail server that gives nothing at all is out of order, and no mail is blamed for it', {
  skip,
}, async (t) => {
  const account = plain.account()
  for (const subject of ['innocent', 'harmless']) account.deliver(mail(subject))
  const proxy = await startProxy(plain.imap)
  t.after(() => proxy.stop())
  const mailbox = open(t, account.url({ port: proxy.port }))
  proxy.rule = (piece, way) => {
    const [, tag] = /^(\S+) UID FETCH/.exec(piece.toString('latin1')) ?? []
    return way === 'to server' && tag ? `${tag} NO [UNAVAILABLE] Out of order\r\n` : null
  }
  for (let pass = 0; pass < 5; pass += 1) await fails(all(mailbox), 'transient', /It says: Out of order/)
  proxy.rule = () => null
  assert.deepEqual((await all(mailbox)).map(textOf), [mail('innocent'), mail('harmless')])
})

test('a mail whose file is damaged stops no other, though Dovecot hangs up at it', { skip }, async (t) => {
  const account = dovecot.account()
  for (const subject of ['before', 'broken', 'after']) account.deliver(mail(subject))
  // It has a number, and then may not be opened any more.
  await look(account, (client) => client.mailboxOpen('INBOX'))
  account.spoil('broken')
  const mailbox = open(t, account.url())
  const got: string[] = []
  const passes: string[] = []
  while (!got.includes('unreadable')) {
    const before = got.length
    try {
      for await (const one of mailbox.fetch({ signal: never }))
        got.push(notWhole(one.source)?.reason ?? subjectOf(one))
      passes.push('quiet')
    } catch (error) {
      assert.ok(error instanceof GatewayError && error.kind === 'transient', String(error))
      passes.push(got.slice(before).join(' '))
    }
  }
  assert.deepEqual(got, ['before', 'after', 'unreadable'])
  assert.equal(passes.indexOf('after'), 3)
})

test('what somebody marked as deleted is not fetched', { skip }, async (t) => {
  const account = dovecot.account()
  account.deliver(mail('thrown away'))
  account.deliver(mail('kept'))
  await look(account, async (client) => {
    await client.mailboxOpen('INBOX')
    await client.messageFlagsAdd('1', ['\\Deleted'], { uid: true })
  })
  assert.deepEqual((await all(open(t, account.url()))).map(subjectOf), ['kept'])
})

// --- Filing --------------------------------------------------------------------------------------

test('a mail goes to Done or Quarantine, which are made and subscribed, while others are still being fetched', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  for (const subject of ['good', 'bad', 'later']) account.deliver(mail(subject))
  const mailbox = open(t, account.url())
  const into: Record<string, 'done' | 'quarantine'> = { good: 'done', bad: 'quarantine' }
  for await (const one of mailbox.fetch({ signal: never })) {
    const folder = into[subjectOf(one)]
    if (folder) await mailbox.file(one.place, folder)
  }
  assert.deepEqual(await subjectsIn(account, 'Done'), ['good'])
  assert.deepEqual(await subjectsIn(account, 'Quarantine'), ['bad'])
  assert.deepEqual(await subjectsIn(account, 'INBOX'), ['later'])
  const subscribed = await look(account, async (client) =>
    (await client.list()).filter((folder) => folder.subscribed).map(({ path }) => path),
  )
  assert.ok(subscribed.includes('Done') && subscribed.includes('Quarantine'), subscribed.join())
})

test('a folder inside a folder is made where the desk wants one', { skip }, async (t) => {
  const account = dovecot.account()
  account.deliver(mail('nested'))
  const mailbox = open(t, account.url(), { folders: { done: 'Belay/Done', quarantine: 'Belay/Quarantine' } })
  await mailbox.file(first(await all(mailbox)).place, 'done')
  assert.deepEqual(await subjectsIn(account, 'Belay/Done'), ['nested'])
})

test('a mail that is gone already is filed without a word', { skip }, async (t) => {
  const account = dovecot.account()
  account.deliver(mail('gone'))
  account.deliver(mail('stays'))
  const mailbox = open(t, account.url())
  const { place } = first(await all(mailbox))
  await mailbox.file(place, 'done')
  await mailbox.file(place, 'done')
  await mailbox.file({ ...place, uid: '4000000000' }, 'quarantine')
  await mailbox.file({ ...place, mailbox: 'Elsewhere', uid: '2' }, 'quarantine')
  assert.deepEqual(await subjectsIn(account, 'INBOX'), ['stays'])
  assert.deepEqual(await subjectsIn(account, 'Done'), ['gone'])
})

test('a mail server that refuses to move what is gone is no trouble, one that refuses what is there is', {
  skip,
}, async (t) => {
  const account = plain.account()
  for (const subject of ['gone', 'stays']) account.deliver(mail(subject))
  const proxy = await startProxy(plain.imap)
  t.after(() => proxy.stop())
  const mailbox = open(t, account.url({ port: proxy.port }))
  const [gone, stays] = await two(mailbox)
  await mailbox.file(gone.place, 'done')
  proxy.rule = (piece, way) => {
    const [, tag] = /^(\S+) UID MOVE/.exec(piece.toString('latin1')) ?? []
    return way === 'to server' && tag ? `${tag} NO [OVERQUOTA] The folder is full\r\n` : null
  }
  await mailbox.file(gone.place, 'done')
  await fails(mailbox.file(stays.place, 'done'), 'permanent', /the quota there\. It says: The folder is full/)
})

test('in a mailbox that was made anew an old number means nothing, and all its mails are fetched', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  const again = (subject: string) =>
    look(account, async (client) => {
      await client.mailboxDelete('Desk').catch(() => {})
      await client.mailboxCreate('Desk')
      await client.append('Desk', Buffer.from(mail(subject)))
    })
  await again('old')
  const mailbox = open(t, account.url({ mailbox: 'Desk' }))
  const old = first(await all(mailbox))
  await again('new')
  const mails = await eventually('the new mailbox is read', async () => {
    try {
      return await all(mailbox)
    } catch (error) {
      // Dovecot ends connections that have a deleted mailbox open.
      assert.ok(error instanceof GatewayError && error.kind === 'transient', String(error))
      return null
    }
  })
  assert.deepEqual(mails.map(subjectOf), ['new'])
  assert.equal(first(mails).place.uid, old.place.uid)
  assert.notEqual(first(mails).place.uidValidity, old.place.uidValidity)
  await mailbox.file(old.place, 'done')
  assert.deepEqual(await subjectsIn(account, 'Desk'), ['new'])
  await mailbox.file(first(mails).place, 'done')
  assert.deepEqual(await subjectsIn(account, 'Desk'), [])
})

for (const [what, capabilities] of [
  ['cannot move', 'IMAP4rev1 UIDPLUS IDLE NAMESPACE'],
  ['can do nothing but the oldest IMAP', 'IMAP4rev1 NAMESPACE'],
] as const)
  test(`on a mail server that ${what}, mails are filed all the same and nobody else's are removed`, {
    skip,
  }, async (t) => {
    const old = await startDovecot({ capabilities, prefix: 'INBOX.', separator: '.', tls: 'no' })
    t.after(() => old.stop())
    const account = old.account()
    for (const subject of ['good', 'marked by somebody', 'bad']) account.deliver(mail(subject))
    const mailbox = open(t, account.url(), { folders: { done: 'Belay/Done', quarantine: 'Quarantine' } })
    const mails = await all(mailbox)
    await look(
      account,
      async (client) => {
        await client.mailboxOpen('INBOX')
        await client.messageFlagsAdd('2', ['\\Deleted'], { uid: true })
      },
      old.imap,
    )
    for (const one of mails) {
      if (subjectOf(one) === 'good') await mailbox.file(one.place, 'done')
      if (subjectOf(one) === 'bad') await mailbox.file(one.place, 'quarantine')
    }
    assert.deepEqual(await subjectsIn(account, 'INBOX.Belay.Done', old.imap), ['good'])
    assert.deepEqual(await subjectsIn(account, 'INBOX.Quarantine', old.imap), ['bad'])
    assert.ok((await subjectsIn(account, 'INBOX', old.imap)).includes('marked by somebody'))
    assert.deepEqual(await all(open(t, account.url())), [])
    // It tells of no new mail; then the time says when to look again.
    await mailbox.news(1, never)
  })

test('a folder that cannot be made is told with what to do about it, and the mail stays', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  account.deliver(mail('homeless'))
  const mailbox = open(t, account.url(), { folders: { done: 'no~/../way', quarantine: 'Quarantine' } })
  const { place } = first(await all(mailbox))
  await fails(
    mailbox.file(place, 'done'),
    'permanent',
    /did not move a mail to the folder "no~\/\.\.\/way"; check .* It says: .+/,
  )
  assert.deepEqual(await subjectsIn(account, 'INBOX'), ['homeless'])
  await mailbox.file(place, 'quarantine')
  assert.deepEqual(await subjectsIn(account, 'Quarantine'), ['homeless'])
})

// --- News ----------------------------------------------------------------------------------------

const AN_HOUR = 3_600_000

test('the desk hears of a new mail at once, also of one that came while it was busy', { skip }, async (t) => {
  const account = dovecot.account()
  const mailbox = open(t, account.url())
  assert.deepEqual(await all(mailbox), [])
  const news = mailbox.news(AN_HOUR, never)
  account.deliver(mail('one'))
  const began = performance.now()
  await news
  t.diagnostic(`heard of it after ${Math.round(performance.now() - began)} ms`)
  for await (const one of mailbox.fetch({ signal: never })) {
    account.deliver(mail('two'))
    await mailbox.file(one.place, 'done')
  }
  await mailbox.news(AN_HOUR, never)
  assert.deepEqual((await all(mailbox)).map(subjectOf), ['two'])
})

test('waiting for news ends with its time, with the desk, and with the mailbox, whatever the mail server does', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  const mailbox = open(t, account.url())
  await mailbox.news(1, never)
  await all(mailbox)
  await mailbox.news(1, never)
  const stop = new AbortController()
  const waiting = mailbox.news(AN_HOUR, stop.signal)
  stop.abort()
  await waiting
  await mailbox.news(AN_HOUR, stop.signal)
  const last = mailbox.news(AN_HOUR, never)
  await mailbox.close()
  await last
  await mailbox.news(AN_HOUR, never)
})

// --- Connections -----------------------------------------------------------------------------------

test('a connection that is cut in the middle of a mail loses none: the next one goes on where it was', {
  skip,
}, async (t) => {
  const account = plain.account()
  const subjects = Array.from({ length: 60 }, (_, n) => `mail ${n}`)
  for (const subject of subjects) account.deliver(mail(subject, 'x'.repeat(20_000)))
  const proxy = await startProxy(plain.imap)
  t.after(() => proxy.stop())
  const mailbox = open(t, account.url({ port: proxy.port }))
  const got = new Map<string, string>()
  let troubles = 0
  proxy.rule = (piece, way, before) =>
    way === 'from server' && before + piece.length > 1_100_000 && proxy.cuts < 3 ? 1_100_000 - before : null
  while (got.size < subjects.length) {
    try {
      for await (const one of mailbox.fetch({ signal: never })) got.set(subjectOf(one), textOf(one))
    } catch (error) {
      assert.ok(error instanceof GatewayError && error.kind === 'transient', String(error))
      troubles += 1
    }
  }
  assert.equal(proxy.cuts, 1)
  assert.equal(troubles, 1)
  for (const subject of subjects) assert.equal(got.get(subject), mail(subject, 'x'.repeat(20_000)))
})

test('a connection that is cut while a mail is filed leaves it in the inbox or in the folder, and trying again ends in the folder', {
  skip,
}, async (t) => {
  const account = plain.account()
  for (const subject of ['cut off', 'makes the folder']) account.deliver(mail(subject))
  const proxy = await startProxy(plain.imap)
  t.after(() => proxy.stop())
  const mailbox = open(t, account.url({ port: proxy.port }))
  const [{ place }, other] = await two(mailbox)
  await mailbox.file(other.place, 'done')
  for (const cut of ['before', 'after'] as const) {
    const cuts = proxy.cuts + 1
    let moving = false
    proxy.rule = (piece, way) => {
      if (way === 'to server' && piece.includes('UID MOVE')) {
        moving = true
        return cut === 'before' ? 0 : null
      }
      return moving && way === 'from server' ? 0 : null
    }
    const error = await mailbox.file(place, 'done').then(
      () => null,
      (caught: unknown) => caught,
    )
    proxy.rule = () => null
    assert.ok(
      error instanceof GatewayError && error.kind === 'transient' && error.effect === 'maybe',
      String(error),
    )
    assert.equal(proxy.cuts, cuts)
    assert.deepEqual(await subjectsIn(account, 'INBOX', plain.imap), cut === 'before' ? ['cut off'] : [])
  }
  await mailbox.file(place, 'done')
  assert.deepEqual(await subjectsIn(account, 'Done', plain.imap), ['makes the folder', 'cut off'])
})

test('a mail at which connections break again and again comes as unreadable in the end', {
  skip,
}, async (t) => {
  const account = plain.account()
  for (const subject of ['poison', 'next']) account.deliver(mail(subject))
  const proxy = await startProxy(plain.imap)
  t.after(() => proxy.stop())
  proxy.rule = (piece, way) => (way === 'from server' && piece.includes('Subject: poison') ? 0 : null)
  const mailbox = open(t, account.url({ port: proxy.port }))
  const got: FetchedMail[] = []
  while (got.length < 2)
    await fails(
      (async () => {
        for await (const one of mailbox.fetch({ signal: never })) got.push(one)
        throw new GatewayError('transient', 'broke off no more')
      })(),
      'transient',
      /broke off/,
    )
  const [next, poison] = got
  assert.ok(poison && next)
  assert.ok(proxy.cuts > 5)
  assert.equal(notWhole(poison.source)?.reason, 'unreadable')
  assert.equal(textOf(next), mail('next'))
  await mailbox.file(poison.place, 'quarantine')
  assert.deepEqual(await subjectsIn(account, 'Quarantine', plain.imap), ['poison'])
})

test('a mail server that is stopped is trouble for now, and the desk goes on when it is back', {
  skip,
}, async (t) => {
  const server = await startDovecot()
  t.after(() => server.stop())
  const account = server.account()
  account.deliver(mail('before'))
  const mailbox = open(t, account.url())
  assert.deepEqual((await all(mailbox)).map(subjectOf), ['before'])
  await server.stop()
  await fails(all(mailbox), 'transient', /refuses connections|broke off/)
  await fails(all(mailbox), 'transient', /refuses connections; see that it is running/)
  await mailbox.news(1, never)
  account.deliver(mail('meanwhile'))
  await server.start()
  assert.deepEqual((await all(mailbox)).map(subjectOf), ['meanwhile'])
  assert.ok(mailbox.said.some(({ message }) => message === 'the connection to the mailbox was lost'))
  assert.ok(!JSON.stringify(mailbox.said).includes(PASSWORD))
})

test('a wrong password is told as such, without repeating it', { skip }, async (t) => {
  const mailbox = open(t, dovecot.account().url({ password: 'wrong one' }))
  await assert.rejects(all(mailbox), (error: unknown) => {
    assert.ok(error instanceof GatewayError)
    assert.equal(error.kind, 'unauthorised')
    assert.match(error.message, /refused the name or password in IMAP_URL/)
    assert.ok(!error.message.includes('wrong'))
    return true
  })
})

test('a mailbox that is not there, a server that is not there and a port that speaks otherwise are told with what to do', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  await fails(
    all(open(t, account.url({ mailbox: 'Nowhere' }))),
    'missing',
    /has no mailbox "Nowhere"; make it there/,
  )
  await fails(all(open(t, account.url({ port: 1 }))), 'transient', /refuses connections/)
  await fails(all(open(t, account.url({ tls: true, port: dovecot.imap }))), 'permanent', /does not speak TLS/)
})

test('over TLS and STARTTLS only a certificate that is trusted gets the password', { skip }, async (t) => {
  const strict = await startDovecot({ tls: 'required' })
  t.after(() => strict.stop())
  const account = strict.account()
  account.deliver(mail('sealed'))
  const { ca } = strict
  // 127.0.0.2 stands for any other machine.
  for (const [url, trusted] of [
    [account.url({ tls: true }), ca],
    [account.url({ tls: true, host: 'localhost' }), ca],
    [account.url({ host: '127.0.0.2' }), ca],
    [account.url(), undefined],
  ] as const)
    assert.deepEqual(
      (await all(open(t, url, trusted ? { ca: trusted } : {}))).map(subjectOf),
      ['sealed'],
      url,
    )
  await fails(all(open(t, account.url({ tls: true }))), 'permanent', /certificate .* is not trusted/)
  await fails(all(open(t, account.url({ host: '127.0.0.2' }))), 'permanent', /certificate .* is not trusted/)
})

test('without encryption the password goes to no other machine', { skip }, async (t) => {
  const account = plain.account()
  const proxy = await startProxy(plain.imap, '127.0.0.2')
  t.after(() => proxy.stop())
  let said = ''
  proxy.rule = (piece, way) => {
    if (way === 'to server') said += piece.toString('latin1')
    return null
  }
  const url = account.url({ host: '127.0.0.2', port: proxy.port })
  await fails(all(open(t, url)), 'permanent', /offers no encryption \(STARTTLS\)/)
  assert.doesNotMatch(said, /LOGIN|AUTH/)
  assert.deepEqual(await all(open(t, account.url())), [])
})

test('the desk stops in the middle of fetching without trouble, and closing is the end', {
  skip,
}, async (t) => {
  const account = dovecot.account()
  for (const subject of ['one', 'two', 'three']) account.deliver(mail(subject))
  const mailbox = open(t, account.url())
  const stop = new AbortController()
  const seen: string[] = []
  for await (const one of mailbox.fetch({ signal: stop.signal })) {
    seen.push(subjectOf(one))
    stop.abort()
  }
  assert.deepEqual(seen, ['one'])
  assert.deepEqual(await all(mailbox, stop.signal), [])
  for await (const one of mailbox.fetch({ signal: never })) {
    seen.push(subjectOf(one))
    await mailbox.close()
  }
  assert.deepEqual(seen, ['one', 'two', 'three'])
  assert.deepEqual(await all(mailbox), [])
  await fails(mailbox.file({ mailbox: 'INBOX', uidValidity: '1', uid: '1' }, 'done'), 'transient', /stopping/)
})

test('the desk stops while a mail server keeps silent in the middle of a mail', { skip }, async (t) => {
  const account = plain.account()
  account.deliver(mail('never comes'))
  const proxy = await startProxy(plain.imap)
  t.after(() => proxy.stop())
  const mailbox = open(t, account.url({ port: proxy.port }))
  let stopping: Promise<void> | undefined
  proxy.rule = (piece, way) => {
    if (way !== 'to server' || !piece.includes('BODY.PEEK')) return null
    stopping = mailbox.close()
    return ''
  }
  assert.deepEqual(await all(mailbox), [])
  assert.ok(stopping)
  await stopping
})
