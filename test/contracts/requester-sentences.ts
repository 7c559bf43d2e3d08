// What the desk relies on when it looks for somebody's tickets and when it keeps proofs of addresses,
// whatever the database: requesters.test.ts runs these on SQLite, requesters-postgres.test.ts on PostgreSQL.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { IndexedStore } from '../../src/adapters/store/store.ts'
import type { AskedPage, Asker } from '../../src/application/requester-ports.ts'
import { foldedAddress } from '../../src/domain/mail-address.ts'
import type { Gone, Requester, Ticket } from '../../src/domain/ticket.ts'
import { aTicket, hour, minute, nine } from '../support/tickets.ts'
import type { Backend } from './store-sentences.ts'

const from = (email: string | null, more: Partial<Requester> = {}): Requester => ({
  name: 'Ana',
  email,
  username: null,
  ...more,
})

const numbered = (iid: number, requester: Requester, changes: Partial<Ticket> = {}): Ticket =>
  aTicket({
    id: `00000000-0000-5000-8000-${String(iid).padStart(12, '0')}`,
    iid,
    revision: 0,
    requester,
    openedAt: nine + iid * minute,
    changedAt: nine + iid * minute,
    ...changes,
  })

const adopted = (store: IndexedStore, ...tickets: Ticket[]): Promise<number> =>
  store.write((writer) => writer.adopt(tickets.map((ticket) => ({ ticket, events: null, readAt: null }))))

const asker = (changes: Partial<Asker>): Asker => ({ addresses: [], account: null, ...changes })

const ofAsker = async (store: IndexedStore, who: Asker, limit = 3): Promise<number[]> => {
  const found: number[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const at: string | null = cursor
    const page: AskedPage = await store.read((reader) => reader.ticketsOfAsker(who, { limit, cursor: at }))
    assert.ok(page.tickets.length <= limit)
    found.push(...page.tickets.map(({ iid }) => iid ?? 0))
    cursor = page.next
    assert.ok(++pages < 100, 'the pages have no end')
  } while (cursor !== null)
  return found
}

const ofAddress = async (store: IndexedStore, address: string, doubles = false): Promise<number[]> => {
  const page = await store.read((reader) =>
    reader.ticketsOfAddress(address, { limit: 100, cursor: null, doubles }),
  )
  return page.tickets.map(({ iid }) => iid ?? 0)
}

const token = 'a'.repeat(43)
const other = 'b'.repeat(43)
const anas = 'ana@school.example'

export const knowsRequesters = (backend: Backend): void => {
  describe(`whose tickets are whose, in ${backend.name}`, () => {
    test('somebody finds the tickets of their address, in any letter case, newest opened first, page by page', async (t) => {
      const { store } = await backend.fresh(t)
      const addresses = [anas, 'Ana@School.EXAMPLE', 'bob@school.example', null, 'ANA@SCHOOL.EXAMPLE', anas]
      await adopted(store, ...addresses.map((email, index) => numbered(index + 1, from(email))))
      assert.deepEqual(await ofAddress(store, ' aNa@school.example'), [6, 5, 2, 1])
      for (const limit of [1, 2, 3, 4])
        assert.deepEqual(await ofAsker(store, asker({ addresses: [anas] }), limit), [6, 5, 2, 1], `${limit}`)
      assert.deepEqual(await ofAddress(store, 'an@school.example'), [])
      assert.deepEqual(await ofAddress(store, ''), [])
    })

    test('letters that only look like others are another address', async (t) => {
      const { store } = await backend.fresh(t)
      // U+212A, the Kelvin sign, is a small k to whoever folds all of Unicode.
      await adopted(store, numbered(1, from('kim@desk.example')), numbered(2, from('\u212Aim@desk.example')))
      assert.deepEqual(await ofAddress(store, 'KIM@desk.example'), [1])
      assert.deepEqual(await ofAddress(store, '\u212Aim@desk.example'), [2])
    })

    test('an address with signs that a search could mean something by finds its own tickets only', async (t) => {
      const { store } = await backend.fresh(t)
      const odd = [
        '%@x.example',
        '_@x.example',
        "o'neil@x.example",
        'a b@x.example',
        '*@x.example',
        'a:@x.example',
      ]
      await adopted(store, ...odd.map((email, index) => numbered(index + 1, from(email))))
      for (const [index, email] of odd.entries()) assert.deepEqual(await ofAddress(store, email), [index + 1])
    })

    test('what no mail can be sent to is kept as it is and found by nobody', async (t) => {
      const { store } = await backend.fresh(t)
      const odd = [
        'a\0b@x.example',
        `${'a'.repeat(5_000)}@x.example`,
        '\ud800@x.example',
        'a"b@x.example',
        '\\',
      ]
      const tickets = odd.map((email, index) =>
        numbered(index + 1, from(email, { name: 'A\0n\ud800"a', username: email })),
      )
      assert.equal(await adopted(store, ...tickets), odd.length)
      for (const email of odd) assert.deepEqual(await ofAddress(store, email), [])
    })

    test('an account finds what was opened by it since it has had its name, and once what it finds twice', async (t) => {
      const { store } = await backend.fresh(t)
      await adopted(
        store,
        numbered(1, from(null, { username: 'ana' })),
        numbered(2, from(null, { username: 'ana' })),
        numbered(3, from(anas, { username: 'ana' })),
        numbered(4, from(anas)),
        numbered(5, from('bob@school.example', { username: 'bob' })),
        numbered(6, from('ana', { username: null })),
      )
      const account = { username: 'ana', since: nine + 2 * minute }
      assert.deepEqual(await ofAsker(store, asker({ account })), [3, 2])
      assert.deepEqual(await ofAsker(store, asker({ account, addresses: [anas] }), 1), [4, 3, 2])
      assert.deepEqual(await ofAsker(store, asker({ account: { username: 'Ana', since: 0 } })), [])
      assert.deepEqual(await ofAsker(store, asker({})), [])
      // Opened under the name before it was theirs, but from an address that they have proven.
      await adopted(store, numbered(7, from(anas, { username: 'ana' }), { openedAt: nine }))
      assert.deepEqual(await ofAsker(store, asker({ account, addresses: [anas] })), [4, 3, 2, 7])
    })

    test('a corrected address, a moved time of opening and a rebuild are followed', async (t) => {
      const { store } = await backend.fresh(t)
      await adopted(store, numbered(1, from(anas)), numbered(2, from(anas)))
      await adopted(store, numbered(1, from('ana@home.example'), { changedAt: nine + hour }))
      assert.deepEqual(await ofAddress(store, anas), [2])
      assert.deepEqual(await ofAddress(store, 'ana@home.example'), [1])
      await adopted(
        store,
        numbered(1, from('ana@home.example'), { openedAt: nine + hour, changedAt: nine + hour }),
      )
      assert.deepEqual(await ofAddress(store, 'ana@home.example'), [1])
      await store.dropIndex()
      assert.deepEqual(await ofAddress(store, anas), [])
      await adopted(store, numbered(1, from(anas)), numbered(2, from(anas)))
      assert.deepEqual(await ofAddress(store, anas), [2, 1])
    })

    test('what was written in a transaction is found within it, and not any more when it is taken back', async (t) => {
      const { store } = await backend.fresh(t)
      const taken = store.write(async (writer) => {
        await writer.adopt([{ ticket: numbered(1, from(anas)), events: null, readAt: null }])
        const page = await writer.ticketsOfAddress(anas, { limit: 10, cursor: null })
        throw new Error(`found ${page.tickets.length}`)
      })
      await assert.rejects(taken, /found 1/u)
      assert.deepEqual(await ofAddress(store, anas), [])
    })

    test('a ticket that is new in a long list is theirs as soon as the search knows it, or sooner', async (t) => {
      const { store } = await backend.fresh(t)
      await store.write((writer) =>
        writer.adopt(
          [numbered(1, from(anas)), numbered(2, from(anas)), numbered(3, from('bob@x.example'))].map(
            (ticket) => ({ ticket, events: null, readAt: null }),
          ),
          { wordsLater: true },
        ),
      )
      assert.deepEqual(await ofAddress(store, anas), [])
      // Corrected meanwhile.
      await adopted(store, numbered(3, from(anas), { changedAt: nine + hour }))
      assert.deepEqual(await ofAddress(store, anas), [3])
      // Read in full, so that its words are known before its turn has come.
      await adopted(store, numbered(2, from(anas), { title: 'Other words', changedAt: nine + hour }))
      assert.deepEqual(await ofAddress(store, anas), [3, 2])
      while ((await store.write((writer) => writer.indexWords(1))) > 0);
      assert.equal((await store.read((reader) => reader.backlog())).unsearched, 0)
      assert.deepEqual(await ofAddress(store, anas), [3, 2, 1])
      assert.deepEqual(await ofAddress(store, 'bob@x.example'), [])
    })

    test('a ticket that is gone is still theirs; a second issue of one opening is shown to erasing alone', async (t) => {
      const { store } = await backend.fresh(t)
      const gone = (why: Gone): Partial<Ticket> => ({ gone: why })
      await adopted(
        store,
        numbered(1, from(anas), gone({ why: 'deleted' })),
        numbered(2, from(anas), gone({ why: 'duplicate', of: 3 })),
        numbered(3, from(anas)),
      )
      assert.deepEqual(await ofAddress(store, anas), [3, 1])
      assert.deepEqual(await ofAsker(store, asker({ addresses: [anas] })), [3, 1])
      assert.deepEqual(await ofAddress(store, anas, true), [3, 2, 1])
    })

    test('a broken or foreign cursor is as none', async (t) => {
      const { store } = await backend.fresh(t)
      await adopted(store, numbered(1, from(anas)))
      const write = (told: unknown) => Buffer.from(JSON.stringify(told)).toString('base64url')
      for (const cursor of ['', 'x', write({ n: 'x' }), write({ n: -1 }), write(null), 'a'.repeat(1_000)]) {
        const page = await store.read((reader) => reader.ticketsOfAddress(anas, { limit: 5, cursor }))
        assert.equal(page.tickets.length, 1, cursor)
      }
    })

    test('whatever tickets say and become, everybody finds their own and nobody another’s', async (t) => {
      const email = fc.constantFrom(null, anas, 'ANA@school.example', 'bob@x.example', 'a:u:ana', '"', 'x\0')
      const username = fc.constantFrom(null, 'ana', 'bob', 'a:ana@school.example')
      const written = fc.record({
        iid: fc.integer({ min: 1, max: 6 }),
        email,
        username,
        openedAt: fc.constantFrom(nine, nine + minute),
        later: fc.nat({ max: 20 }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(written, { maxLength: 20 }), async (writes) => {
          const { store } = await backend.fresh(t)
          const expected = new Map<number, Requester>()
          for (const { iid, later, ...rest } of writes) {
            const requester = from(rest.email, { username: rest.username })
            const { openedAt } = rest
            const ticket = numbered(iid, requester, { openedAt, changedAt: nine + later * hour })
            await adopted(store, ticket)
            expected.set(iid, requester)
          }
          for (const address of [anas, 'bob@x.example', 'a:u:ana', 'u:ana']) {
            const found = await ofAddress(store, address)
            const wanted = [...expected].filter(([, { email }]) => foldedAddress(email ?? '') === address)
            assert.deepEqual(found.sort(), wanted.map(([iid]) => iid).sort(), address)
          }
          for (const name of ['ana', 'bob', 'a:ana@school.example']) {
            const found = await ofAsker(store, asker({ account: { username: name, since: 0 } }))
            const wanted = [...expected].filter(([, { username }]) => username === name)
            assert.deepEqual(found.sort(), wanted.map(([iid]) => iid).sort(), name)
          }
        }),
        { numRuns: backend.runs },
      )
    })
  })

  describe(`proofs of addresses, in ${backend.name}`, () => {
    test('a link is known by its token alone, works once, and takes the other links of its address along', async (t) => {
      const { store } = await backend.fresh(t)
      await store.write(async (writer) => {
        await writer.saveSignInLink({ token, address: 'Ana@school.example', madeAt: nine })
        await writer.saveSignInLink({ token: other, address: anas, madeAt: nine + minute })
        await writer.saveSignInLink({ token: 'bob', address: 'bob@x.example', madeAt: nine })
      })
      const known = (one: string) => store.read((reader) => reader.signInLink(one))
      assert.deepEqual(await known(token), { address: 'Ana@school.example', madeAt: nine, usedAt: null })
      for (const one of ['', 'x', token.slice(1), `${token} `, token.toUpperCase()])
        assert.equal(await known(one), null)
      assert.equal(await store.read((reader) => reader.signInLinksSince('ANA@school.example', nine - 1)), 2)
      assert.equal(await store.read((reader) => reader.signInLinksSince(anas, nine)), 1)
      const using = (one: string) => store.write((writer) => writer.useSignInLink(one, nine + hour))
      const answers = await Promise.all([using(token), using(token), using(token)])
      assert.deepEqual(answers.filter(Boolean).length, 1)
      assert.equal((await known(token))?.usedAt, nine + hour)
      assert.equal(await using(other), false)
      assert.equal(await using('nobody'), false)
      assert.equal((await known('bob'))?.usedAt, null)
      await store.write((writer) => writer.forgetSignInLinks(nine + minute))
      assert.equal(await known(token), null)
      assert.equal((await known(other))?.usedAt, nine + hour, 'used links are counted as long as others')
    })

    test('signing out ends what was begun before, for this address alone, and is never taken back', async (t) => {
      const { store } = await backend.fresh(t)
      const validFrom = (address: string) =>
        store.read((reader) => reader.requesterSessionsValidFrom(address))
      assert.equal(await validFrom(anas), 0)
      await store.write((writer) => writer.endRequesterSessions('Ana@school.example', nine))
      await store.write((writer) => writer.endRequesterSessions(anas, nine - 1))
      assert.deepEqual([await validFrom('ANA@school.example'), await validFrom('bob@x.example')], [nine, 0])
      await store.write((writer) => writer.endRequesterSessions(anas, nine + 1))
      await store.write((writer) => writer.forgetEndedRequesterSessions(nine + 1))
      assert.equal(await validFrom(anas), nine + 1)
      await store.write((writer) => writer.forgetEndedRequesterSessions(nine + 2))
      assert.equal(await validFrom(anas), 0)
    })

    test('an account keeps the addresses it has proven, and the time since when it has its name', async (t) => {
      const { store } = await backend.fresh(t)
      await store.write(async (writer) => {
        await writer.saveProvenAddress(10, 'Ana@school.example', nine)
        await writer.saveProvenAddress(10, anas, nine + hour)
        await writer.saveProvenAddress(10, 'ana@home.example', nine)
        await writer.saveProvenAddress(20, 'bob@x.example', nine)
        await writer.saveAccountName(10, 'ana', nine)
        await writer.saveAccountName(10, 'ana', nine + hour)
        await writer.saveAccountName(20, 'ana', nine + 2 * hour)
      })
      const proven = (id: number, since = 0) => store.read((reader) => reader.provenAddresses(id, since))
      assert.deepEqual(await proven(10), [anas, 'ana@home.example'])
      assert.deepEqual(await proven(10, nine), [anas])
      assert.deepEqual(await proven(30), [])
      const since = (id: number, name: string) => store.read((reader) => reader.accountSince(id, name))
      assert.deepEqual(
        [await since(10, 'ana'), await since(20, 'ana'), await since(10, 'anna')],
        [nine, nine + 2 * hour, null],
      )
    })

    test('an address that is forgotten stands in no proof, and what links to it have begun is over', async (t) => {
      const { store } = await backend.fresh(t)
      await store.write(async (writer) => {
        for (const [index, address] of [anas, 'bob@x.example'].entries()) {
          await writer.saveSignInLink({ token: `token ${index}`, address, madeAt: nine })
          await writer.saveProvenAddress(10, address, nine)
        }
        await writer.forgetAddress('Ana@School.example', nine + hour)
      })
      await store.read(async (reader) => {
        assert.equal(await reader.signInLink('token 0'), null)
        assert.equal((await reader.signInLink('token 1'))?.address, 'bob@x.example')
        assert.deepEqual(await reader.provenAddresses(10, 0), ['bob@x.example'])
        assert.equal(await reader.requesterSessionsValidFrom(anas), nine + hour)
      })
    })

    test('a rebuild keeps all proofs', async (t) => {
      const { store } = await backend.fresh(t)
      await store.write(async (writer) => {
        await writer.saveSignInLink({ token, address: anas, madeAt: nine })
        await writer.saveProvenAddress(10, anas, nine)
        await writer.endRequesterSessions(anas, nine)
        await writer.saveAccountName(10, 'ana', nine)
      })
      await store.dropIndex()
      await store.read(async (reader) => {
        assert.ok(await reader.signInLink(token))
        assert.deepEqual(await reader.provenAddresses(10, 0), [anas])
        assert.equal(await reader.requesterSessionsValidFrom(anas), nine)
        assert.equal(await reader.accountSince(10, 'ana'), nine)
      })
    })
  })
}
