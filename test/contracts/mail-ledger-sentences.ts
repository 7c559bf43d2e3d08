// What the desk relies on when it keeps a mail, whatever the database: part of store-sentences.ts.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { IndexedStore } from '../../src/adapters/store/store.ts'
import type { LedgerMail, LedgerPage, LedgerQuery, MailWriter } from '../../src/application/mail-ports.ts'
import type { MailState } from '../../src/domain/mail.ts'
import { hour, ids, minute, nine, only, second } from '../support/tickets.ts'
import type { Backend } from './store-sentences.ts'

type End = Parameters<MailWriter['settleMail']>[1]

const place = (uid: number, changes: Partial<LedgerMail['place']> = {}): LedgerMail['place'] => ({
  mailbox: 'INBOX',
  uidValidity: '1700000000',
  uid: String(uid),
  ...changes,
})

const source = (text: string): Uint8Array => new TextEncoder().encode(text)

const ticketId = '0197f000-0000-7000-8000-000000000042'

const opened: End = {
  state: 'opened',
  reason: 'new',
  from: 'Ana@School.example',
  fromName: 'Ana Écrin',
  subject: 'My screen stays black',
  messageId: 'one@school.example',
  fingerprint: 'f-1',
  ticketId,
  operationId: ticketId,
}

const ignored: End = { state: 'ignored', reason: 'auto-reply', from: 'ana@school.example' }
const held: End = { state: 'quarantined', reason: 'too-slow', detail: 'after 10 s' }

const received = (store: IndexedStore, id: string, uid: number, receivedAt = nine): Promise<boolean> =>
  store.write((writer) =>
    writer.receiveMail({ id, place: place(uid), receivedAt, source: source(`mail ${uid}`) }),
  )

const settled = (store: IndexedStore, id: string, end: End): Promise<boolean> =>
  store.write((writer) => writer.settleMail(id, end))

const theMail = async (store: IndexedStore, id: string): Promise<LedgerMail> => {
  const mail = await store.read((reader) => reader.mail(id))
  assert.ok(mail)
  return mail
}

const counts = (store: IndexedStore) => store.read((reader) => reader.mailCounts())

const none: Record<MailState, number> = {
  received: 0,
  opened: 0,
  appended: 0,
  bounced: 0,
  ignored: 0,
  quarantined: 0,
}

const walk = async (store: IndexedStore, changes: Partial<LedgerQuery> = {}): Promise<string[]> => {
  const found: string[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const page: LedgerPage = await store.read((reader) =>
      reader.mails({ words: '', state: null, limit: 3, ...changes, cursor }),
    )
    found.push(...page.mails.map(({ id }) => id))
    cursor = page.next
    assert.ok(++pages < 1_000, 'the pages have no end')
  } while (cursor !== null)
  return found
}

export const keepsMails = (backend: Backend): void => {
  describe('the ledger of mails', () => {
    test('a mail that was fetched is in flight, with its source, and nothing is said of it yet', async (t) => {
      const { store } = await backend.fresh(t)
      assert.equal(await received(store, 'm1', 7), true)
      assert.deepEqual(await theMail(store, 'm1'), {
        id: 'm1',
        place: place(7),
        receivedAt: nine,
        bytes: 6,
        state: 'received',
        reason: null,
        detail: '',
        from: '',
        fromName: '',
        subject: '',
        messageId: null,
        ticketId: null,
        operationId: null,
        attempts: 0,
        filed: false,
        forced: false,
      })
      const bytes = await store.read((reader) => reader.mailSource('m1'))
      assert.equal(new TextDecoder().decode(bytes ?? undefined), 'mail 7')
      assert.equal(await store.read((reader) => reader.mail('m2')), null)
      assert.equal(await store.read((reader) => reader.mailSource('m2')), null)
    })

    test('a mail that was fetched twice is in the ledger once', async (t) => {
      const { store, another } = await backend.fresh(t)
      const other = another ? await another() : store
      const answers = await Promise.all([
        received(store, 'm1', 7),
        received(other, 'm2', 7),
        received(store, 'm3', 7),
      ])
      assert.equal(answers.filter((written) => written).length, 1)
      assert.equal((await walk(store)).length, 1)
      assert.deepEqual(await counts(store), { ...none, received: 1 })
      const version = await store.version()
      assert.equal(await received(store, 'm4', 7), false)
      assert.equal(await store.version(), version)
      assert.equal(await store.read((reader) => reader.mailSource('m4')), null)
    })

    test('a mailbox that numbers its mails anew brings other mails', async (t) => {
      const { store } = await backend.fresh(t)
      const from = [place(7), place(7, { uidValidity: '2' }), place(7, { mailbox: 'Support' }), place(8)]
      for (const [index, one] of from.entries())
        assert.equal(
          await store.write((writer) =>
            writer.receiveMail({ id: `m${index}`, place: one, receivedAt: nine, source: source('') }),
          ),
          true,
        )
      assert.deepEqual(await counts(store), { ...none, received: 4 })
    })

    test('fetched = opened + appended + bounced + ignored + quarantined + in flight, whatever happens', async (t) => {
      const { store } = await backend.fresh(t)
      const anEnd = fc.record({
        state: fc.constantFrom<End['state']>('opened', 'appended', 'bounced', 'ignored', 'quarantined'),
        reason: fc.constantFrom<End['reason']>('new', 'unverified', 'refused'),
        ticketId: fc.constantFrom(null, ticketId),
      })
      const aDeed = fc.oneof(
        fc.record({ kind: fc.constant('fetch' as const), uid: fc.nat(5) }),
        fc.record({ kind: fc.constant('settle' as const), uid: fc.nat(5), end: anEnd }),
        fc.record({ kind: fc.constant('replay' as const), uid: fc.nat(5), forced: fc.boolean() }),
        fc.record({ kind: fc.constantFrom('accept', 'file', 'begin', 'forget', 'rebuild', 'fail') }),
      )
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(aDeed, { maxLength: 30 }), async (deeds) => {
          run++
          const expected: Record<MailState, number> = { ...(await counts(store)) }
          const idOf = (uid: number) => `r${run}-${uid}`
          const known = new Map<string, { state: MailState; ticketed: boolean; source: boolean }>()
          for (const deed of deeds) {
            if ('uid' in deed) {
              const id = idOf(deed.uid)
              const mail = known.get(id)
              if (deed.kind === 'fetch') {
                const written = await received(store, id, run * 10 + deed.uid)
                assert.equal(written, mail === undefined)
                if (written) known.set(id, { state: 'received', ticketed: false, source: true })
              } else if (deed.kind === 'settle') {
                const written = await settled(store, id, deed.end)
                assert.equal(written, mail?.state === 'received')
                if (mail && written) {
                  mail.state = deed.end.state
                  mail.ticketed = ['opened', 'appended'].includes(deed.end.state)
                }
              } else {
                const { forced } = deed
                const written = await store.write((writer) => writer.replayMail(id, { forced }))
                const may = mail && mail.state !== 'received' && !mail.ticketed && mail.source
                assert.equal(written, may ?? false)
                if (mail && written) mail.state = 'received'
              }
            } else if (deed.kind === 'rebuild') await store.dropIndex()
            else if (deed.kind === 'forget') {
              while ((await store.write((writer) => writer.forgetMailSources(nine + hour))) > 0);
              for (const mail of known.values())
                if (mail.state !== 'received' && mail.state !== 'quarantined') mail.source = false
            } else if (deed.kind === 'fail')
              await assert.rejects(
                store.write(async (writer) => {
                  for (const id of known.keys()) await writer.settleMail(id, held)
                  throw new Error('the power went')
                }),
              )
            else
              for (const id of known.keys())
                await store.write<unknown>((writer) =>
                  deed.kind === 'accept'
                    ? writer.mailAccepted(id)
                    : deed.kind === 'file'
                      ? writer.mailFiled(id)
                      : writer.beginReading(id),
                )
          }
          for (const { state } of known.values()) expected[state]++
          assert.deepEqual(await counts(store), expected)
          for (const state of Object.keys(none) as MailState[])
            assert.equal((await walk(store, { state, limit: 500 })).length, expected[state], state)
        }),
        { numRuns: backend.runs },
      )
    })

    test('only what is in flight can end, and it ends once', async (t) => {
      const { store } = await backend.fresh(t)
      assert.equal(await settled(store, 'm1', opened), false)
      await received(store, 'm1', 1)
      assert.equal(await settled(store, 'm1', opened), true)
      assert.deepEqual(await theMail(store, 'm1'), {
        id: 'm1',
        place: place(1),
        receivedAt: nine,
        bytes: 6,
        state: 'opened',
        reason: 'new',
        detail: '',
        from: 'Ana@School.example',
        fromName: 'Ana Écrin',
        subject: 'My screen stays black',
        messageId: 'one@school.example',
        ticketId,
        operationId: ticketId,
        attempts: 0,
        filed: false,
        forced: false,
      })
      const version = await store.version()
      assert.equal(await settled(store, 'm1', ignored), false)
      assert.equal((await theMail(store, 'm1')).state, 'opened')
      assert.equal(await store.version(), version)
    })

    test('the number of tries is known before each try, and stops with the end', async (t) => {
      const { store } = await backend.fresh(t)
      await received(store, 'm1', 1)
      const begin = () => store.write((writer) => writer.beginReading('m1'))
      await begin()
      await begin()
      assert.equal((await theMail(store, 'm1')).attempts, 2)
      await settled(store, 'm1', held)
      await begin()
      assert.equal((await theMail(store, 'm1')).attempts, 2)
    })

    test('mails are read in the order they came, and filed in that order once they are at an end', async (t) => {
      const { store } = await backend.fresh(t)
      await received(store, 'm3', 1, nine)
      await received(store, 'm1', 2, nine + second)
      await received(store, 'm2', 3, nine + second)
      const toRead = async (limit = 10) =>
        (await store.read((reader) => reader.mailsToRead(limit))).map(({ id }) => id)
      const toFile = async (limit = 10) =>
        (await store.read((reader) => reader.mailsToFile(limit))).map(({ id }) => id)
      assert.deepEqual(await toRead(), ['m3', 'm1', 'm2'])
      assert.deepEqual(await toRead(2), ['m3', 'm1'])
      assert.deepEqual(await toFile(), [])
      await store.write((writer) => writer.mailFiled('m1'))
      await settled(store, 'm1', opened)
      await settled(store, 'm3', held)
      assert.deepEqual(await toRead(), ['m2'])
      assert.deepEqual(await toFile(), ['m3', 'm1'], 'nobody files what is in flight')
      assert.deepEqual(await toFile(1), ['m3'])
      await store.write((writer) => writer.mailFiled('m3'))
      assert.equal((await theMail(store, 'm3')).filed, true)
      assert.deepEqual(await toFile(), ['m1'])
    })

    test('replaying leaves alone what has become of a ticket, what is in flight and what nobody has any more', async (t) => {
      const { store } = await backend.fresh(t)
      const replay = (id: string, forced = false) =>
        store.write((writer) => writer.replayMail(id, { forced }))
      for (const [index, id] of ['opened', 'flying', 'old', 'held'].entries())
        await received(store, id, index)
      await settled(store, 'opened', opened)
      await settled(store, 'old', ignored)
      await settled(store, 'held', { ...held, from: 'ana@school.example', fingerprint: 'f-9' })
      await store.write(async (writer) => {
        await writer.forgetMailSources(nine + hour)
        await writer.beginReading('flying')
        await writer.mailFiled('held')
      })
      const version = await store.version()
      for (const id of ['opened', 'flying', 'old', 'nobody']) assert.equal(await replay(id), false, id)
      assert.equal(await store.version(), version)
      assert.equal(await replay('held', true), true)
      const again = await theMail(store, 'held')
      assert.deepEqual(
        [again.state, again.reason, again.detail, again.attempts, again.filed, again.forced],
        ['received', null, '', 0, false, true],
      )
      assert.deepEqual(await counts(store), { ...none, received: 2, opened: 1, ignored: 1 })
      await settled(store, 'held', { ...opened, reason: 'opened-by-lead' })
      assert.equal(await replay('held'), false)
    })

    test('an automatic answer that names its ticket can still be opened by a lead, an opened one never again', async (t) => {
      const { store } = await backend.fresh(t)
      await received(store, 'auto', 0)
      await settled(store, 'auto', { ...ignored, ticketId: 't-1' })
      assert.equal(await store.write((writer) => writer.replayMail('auto', { forced: true })), true)
      const again = await theMail(store, 'auto')
      assert.deepEqual([again.state, again.ticketId, again.forced], ['received', null, true])
      await settled(store, 'auto', { ...opened, reason: 'opened-by-lead' })
      assert.equal(await store.write((writer) => writer.replayMail('auto', { forced: true })), false)
    })

    test('an unverified note is accepted once, and nothing else is', async (t) => {
      const { store } = await backend.fresh(t)
      const accept = (id: string) => store.write((writer) => writer.mailAccepted(id))
      for (const [index, id] of ['note', 'token', 'flying'].entries()) await received(store, id, index)
      await settled(store, 'note', { ...opened, state: 'appended', reason: 'unverified' })
      await settled(store, 'token', { ...opened, state: 'appended', reason: 'by-token' })
      for (const id of ['token', 'flying', 'nobody']) assert.equal(await accept(id), false, id)
      assert.equal(await accept('note'), true)
      assert.equal(await accept('note'), false)
      const note = await theMail(store, 'note')
      assert.deepEqual([note.state, note.reason, note.ticketId], ['appended', 'accepted', ticketId])
    })

    test('a mail is found by its Message-ID when it has a ticket, the newest first', async (t) => {
      const { store } = await backend.fresh(t)
      const find = async (...messageIds: string[]) =>
        (await store.read((reader) => reader.mailsByMessageId(messageIds))).map(({ id }) => id)
      for (let index = 1; index <= 4; index++) await received(store, `m${index}`, index, nine + index)
      await settled(store, 'm1', opened)
      await settled(store, 'm2', { ...opened, messageId: 'two@school.example' })
      await settled(store, 'm3', { ...held, messageId: 'one@school.example' })
      await settled(store, 'm4', opened)
      assert.deepEqual(await find('one@school.example'), ['m4', 'm1'])
      assert.deepEqual(await find('two@school.example', 'one@school.example'), ['m4', 'm2', 'm1'])
      assert.deepEqual(await find('ONE@school.example'), [], 'letters of a Message-ID are as they are')
      assert.deepEqual(await find(), [])
      for (let index = 5; index <= 60; index++) {
        await received(store, `m${index}`, index, nine - index)
        await settled(store, `m${index}`, opened)
      }
      assert.equal((await find('one@school.example')).length, 50)
    })

    test('a copy is known by its fingerprint once the first is at an end', async (t) => {
      const { store } = await backend.fresh(t)
      const like = async (fingerprint: string, notId: string) =>
        (await store.read((reader) => reader.mailLike(fingerprint, notId)))?.id ?? null
      for (let index = 1; index <= 3; index++) await received(store, `m${index}`, index, nine + index)
      assert.equal(await like('f-1', 'm2'), null)
      const noSender: End = { state: 'quarantined', reason: 'no-sender', fingerprint: 'f-1' }
      await settled(store, 'm1', noSender)
      assert.equal(await like('f-1', 'm2'), 'm1')
      assert.equal(await like('f-1', 'm1'), null)
      assert.equal(await like('f-2', 'm2'), null)
      await settled(store, 'm2', { state: 'ignored', reason: 'seen-before', fingerprint: 'f-1' })
      assert.equal(await like('f-1', 'm3'), 'm1')
      // Its copy was ignored because of it: now that it is read again, neither must be lost.
      await store.write((writer) => writer.replayMail('m1', { forced: true }))
      assert.equal(await like('f-1', 'm1'), null)
      assert.equal(await like('f-1', 'm3'), null)
    })

    test('mails of a ticket are told in the order they came', async (t) => {
      const { store } = await backend.fresh(t)
      for (const [index, id] of ['m2', 'm1', 'm3'].entries()) await received(store, id, index, nine + index)
      for (const id of ['m1', 'm2']) await settled(store, id, opened)
      await settled(store, 'm3', { ...opened, ticketId: 'another' })
      assert.deepEqual(
        (await store.read((reader) => reader.mailsOf(ticketId))).map(({ id }) => id),
        ['m2', 'm1'],
      )
    })

    test('signs that no database can hold and a Message-ID without end stop no mail', async (t) => {
      const { store } = await backend.fresh(t)
      await received(store, 'm1', 1)
      const endless = 'é'.repeat(20_000)
      assert.equal(
        await settled(store, 'm1', {
          ...opened,
          from: 'a\0b@school.example',
          fromName: endless,
          subject: 'half \ud800',
          detail: 'x\0',
          messageId: endless,
          fingerprint: endless,
        }),
        true,
      )
      const mail = await theMail(store, 'm1')
      assert.deepEqual(
        [mail.from, mail.subject, mail.detail, mail.messageId],
        ['a\uFFFDb@school.example', 'half \uFFFD', 'x\uFFFD', null],
      )
      assert.deepEqual(await store.read((reader) => reader.mailsByMessageId([endless, 'a\0b'])), [])
      assert.equal(await store.read((reader) => reader.mailLike('a\0b', 'm2')), null)
      await store.write((writer) => writer.acknowledged(`${endless}@school.example`, ticketId, nine))
      assert.equal(
        await store.read((reader) => reader.acknowledgements(`${endless}@school.example`, nine)),
        1,
      )
    })

    describe('its pages', () => {
      const crowd = async (store: IndexedStore) => {
        const all: [string, number, End | null][] = [
          ['m1', 1, opened],
          ['m2', 1, { ...ignored, from: 'news@shop.example', fromName: 'Shop', subject: '100% off_now' }],
          ['m3', 2, null],
          ['m4', 3, { ...held, from: 'zoe@school.example', subject: 'Drucker im Flur' }],
          ['m5', 3, { ...opened, subject: 'Der Drucker streikt' }],
        ]
        for (const [id, at, end] of all) {
          await received(store, id, Number(id.slice(1)), nine + at)
          if (end) await settled(store, id, end)
        }
      }

      test('walking them shows each mail once, the newest first, whatever the size of a page', async (t) => {
        const { store } = await backend.fresh(t)
        await crowd(store)
        for (const limit of [0, 1, 2, 4, 5, 1_000])
          assert.deepEqual(await walk(store, { limit }), ['m5', 'm4', 'm3', 'm2', 'm1'])
        assert.deepEqual(await walk(store, { state: 'opened', limit: 1 }), ['m5', 'm1'])
        assert.deepEqual(await walk(store, { state: 'received' }), ['m3'])
        assert.deepEqual(await walk(store, { state: 'bounced' }), [])
        assert.deepEqual(await walk(store, { state: `x' or 1=1` as MailState, limit: 1 }), await walk(store))
      })

      test('parts of address, name and subject are found, in any letter case and without accents', async (t) => {
        const { store } = await backend.fresh(t)
        await crowd(store)
        assert.deepEqual(await walk(store, { words: 'ruck' }), ['m5', 'm4'])
        assert.deepEqual(await walk(store, { words: 'DRUCKER', state: 'opened' }), ['m5'])
        assert.deepEqual(await walk(store, { words: 'ecrin' }), ['m5', 'm1'])
        assert.deepEqual(await walk(store, { words: 'écrin black', limit: 1 }), ['m1'])
        assert.deepEqual(await walk(store, { words: 'zoe@school' }), ['m4'])
        assert.deepEqual(await walk(store, { words: 'black shop' }), [])
        assert.deepEqual(await walk(store, { words: '   ' }), ['m5', 'm4', 'm3', 'm2', 'm1'])
      })

      test('nothing a person types is query syntax, and a broken cursor is as none', async (t) => {
        const { store } = await backend.fresh(t)
        await crowd(store)
        for (const words of ['%', '_', '%%', "'", '"', '\\', '\0', '\ud800', '!!!'])
          assert.deepEqual(await walk(store, { words }), [], words)
        assert.deepEqual(await walk(store, { words: '100%' }), ['m2'])
        const far = Buffer.from('{"at":1e300,"id":""}').toString('base64url')
        for (const cursor of ['', 'x', btoa('{}'), far, btoa('{"at":1,"id":"\\u0000"}'), 'a'.repeat(600)])
          assert.equal(
            (await store.read((reader) => reader.mails({ words: '', state: null, cursor, limit: 9 }))).mails
              .length,
            5,
          )
      })
    })

    test('sources of ended mails can go; those of the quarantine and in flight stay', async (t) => {
      const { store } = await backend.fresh(t)
      const end = new Map<string, End | null>([
        ['opened', opened],
        ['ignored', ignored],
        ['held', held],
        ['flying', null],
      ])
      let uid = 0
      for (const [id, how] of end) {
        await received(store, id, ++uid, nine)
        if (how) await settled(store, id, how)
      }
      await received(store, 'young', ++uid, nine + hour)
      await settled(store, 'young', opened)
      const forget = (before: number) => store.write((writer) => writer.forgetMailSources(before))
      assert.equal(await forget(nine), 0)
      assert.equal(await forget(nine + hour), 2)
      assert.equal(await forget(nine + hour), 0)
      const kept = []
      for (const id of [...end.keys(), 'young'])
        if ((await store.read((reader) => reader.mailSource(id))) !== null) kept.push(id)
      assert.deepEqual(kept, ['held', 'flying', 'young'])
      assert.deepEqual(await counts(store), { ...none, received: 1, opened: 2, ignored: 1, quarantined: 1 })
    })

    test('each change of the ledger is a change, for the page that shows it', async (t) => {
      const { store } = await backend.fresh(t)
      const changes = async (work: () => Promise<unknown>) => {
        const before = await store.version()
        await work()
        return (await store.version()) > before
      }
      assert.equal(await changes(() => received(store, 'm1', 1)), true)
      assert.equal(await changes(() => settled(store, 'm1', held)), true)
      assert.equal(await changes(() => store.write((writer) => writer.mailFiled('m1'))), true)
      assert.equal(await changes(() => store.write((writer) => writer.mailFiled('m1'))), false)
      assert.equal(await changes(() => store.write((writer) => writer.beginReading('m1'))), false)
      assert.equal(
        await changes(() => store.write((writer) => writer.replayMail('m1', { forced: false }))),
        true,
      )
    })
  })

  describe('automatic mails and wishes', () => {
    test('acknowledgements count in any letter case, for one address, from an instant on', async (t) => {
      const { store } = await backend.fresh(t)
      const count = (address: string, since: number) =>
        store.read((reader) => reader.acknowledgements(address, since))
      await store.write(async (writer) => {
        await writer.acknowledged('Ana@School.example', ticketId, nine)
        await writer.acknowledged('ana@school.example', ticketId, nine)
        await writer.acknowledged('ANA@SCHOOL.EXAMPLE', 'another', nine + minute)
        await writer.acknowledged('zoe@school.example', ticketId, nine + minute)
      })
      assert.equal(await count('ana@school.EXAMPLE', nine), 3)
      assert.equal(await count('ana@school.example', nine + 1), 1)
      assert.equal(await count('ana@school.example', nine + hour), 0)
      assert.equal(await count('an_@school.example', 0), 0)
    })

    test('an agent has the wish they said last', async (t) => {
      const { store } = await backend.fresh(t)
      const first = { userId: 11, address: 'bruno@school.example', wish: 'all', language: 'en' } as const
      const last = { ...first, wish: 'mine', language: 'de' } as const
      const carlas = { userId: 12, address: 'carla@school.example', wish: 'none', language: 'en' } as const
      assert.equal(await store.read((reader) => reader.wish(11)), null)
      for (const wish of [carlas, first, last]) await store.write((writer) => writer.saveWish(wish))
      assert.deepEqual(await store.read((reader) => reader.wish(11)), last)
      assert.deepEqual(await store.read((reader) => reader.wishes()), [last, carlas])
    })

    test('dropping the index leaves ledger, wishes and acknowledgements', async (t) => {
      const { store } = await backend.fresh(t)
      const newId = ids()
      const [flying, ended] = [newId(), newId()]
      await received(store, flying, 1)
      await received(store, ended, 2)
      await settled(store, ended, opened)
      const wish = { userId: 11, address: 'bruno@school.example', wish: 'all', language: 'en' } as const
      await store.write(async (writer) => {
        await writer.saveWish(wish)
        await writer.acknowledged('ana@school.example', ticketId, nine)
      })
      const before = [await theMail(store, flying), await theMail(store, ended)]
      await store.dropIndex()
      assert.deepEqual([await theMail(store, flying), await theMail(store, ended)], before)
      assert.ok(await store.read((reader) => reader.mailSource(ended)))
      assert.deepEqual(await counts(store), { ...none, received: 1, opened: 1 })
      assert.deepEqual(only(await store.read((reader) => reader.wishes())), wish)
      assert.equal(await store.read((reader) => reader.acknowledgements('ana@school.example', 0)), 1)
      assert.equal(await settled(store, flying, ignored), true)
      assert.deepEqual(await counts(store), { ...none, opened: 1, ignored: 1 })
    })
  })
}
