// What the desk relies on when it holds a submission for a lead, whatever the database.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Held } from '../../src/application/held-ports.ts'
import type { Store } from '../../src/application/ports.ts'
import { aHeld } from '../support/held.ts'
import { ana } from '../support/people.ts'
import { ids } from '../support/tickets.ts'
import type { Backend } from './store-sentences.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const aFile = (id: string, text: string) => ({
  file: { id, name: `${id}.txt`, type: 'text/plain', bytes: bytes(text).length },
  bytes: bytes(text),
})

const hold = (store: Store, ...held: readonly Held[]) =>
  store.write(async (writer) => {
    for (const one of held) await writer.hold(one, [])
  })

export const holdsItsWord = (backend: Pick<Backend, 'name' | 'fresh'>) => {
  describe(`${backend.name}: submissions that wait for a lead`, () => {
    const { fresh } = backend

    test('come back as they were, with their files in order', async (t) => {
      const { store } = await fresh(t)
      const [id = '', other = ''] = [ids()(), '0197f0a0-0000-7000-8000-000000000009']
      const held = aHeld({
        id,
        title: 'Größe "x" \u{1f600}',
        text: 'a\nb',
        requester: { name: 'Ana Écrin', email: null, username: 'ana', language: 'de' },
      })
      await store.write(async (writer) => {
        await writer.hold(held, [aFile('f2', 'two'), aFile('f1', 'one')])
        await writer.hold(aHeld({ id: other }), [aFile('f3', 'three')])
      })
      assert.deepEqual(await store.read((reader) => reader.held(id)), held)
      const files = await store.read((reader) => reader.heldFiles(id))
      assert.deepEqual(
        files.map(({ file, bytes: content }) => [file, Buffer.from(content).toString()]),
        [
          [{ id: 'f2', name: 'f2.txt', type: 'text/plain', bytes: 3 }, 'two'],
          [{ id: 'f1', name: 'f1.txt', type: 'text/plain', bytes: 3 }, 'one'],
        ],
      )
      assert.equal(await store.read((reader) => reader.held('nobody')), null)
    })

    test('with signs that no database holds come back without them', async (t) => {
      const { store } = await fresh(t)
      await hold(
        store,
        aHeld({ id: 'one', title: 'a\0b', text: `x\ud800\0`, requester: { ...ana, name: 'A\0' } }),
      )
      const held = await store.read((reader) => reader.held('one'))
      assert.deepEqual([held?.title, held?.text], ['a\ufffdb', 'x\ufffd\ufffd'])
    })

    test('are known by the key of their form, once', async (t) => {
      const { store } = await fresh(t)
      await hold(store, aHeld({ id: 'one', key: 'the-key-1' }))
      assert.equal(await store.read((reader) => reader.heldWithKey('the-key-1')), true)
      assert.equal(await store.read((reader) => reader.heldWithKey('the-key-2')), false)
      await assert.rejects(hold(store, aHeld({ id: 'two', key: 'the-key-1' })))
      assert.equal((await store.read((reader) => reader.heldAmount(null))).count, 1)
    })

    test('are counted for all and for each client, and on the line of the dashboard', async (t) => {
      const { store } = await fresh(t)
      const amounts = () =>
        store.read(async (reader) => [
          await reader.heldAmount(null),
          await reader.heldAmount('c1'),
          await reader.heldAmount('c2'),
          (await reader.backlog()).held,
        ])
      assert.deepEqual(await amounts(), [
        { count: 0, bytes: 0 },
        { count: 0, bytes: 0 },
        { count: 0, bytes: 0 },
        0,
      ])
      await hold(
        store,
        aHeld({ id: 'one', bytes: 1 }),
        aHeld({ id: 'two', bytes: 20 }),
        aHeld({ id: 'three', client: 'c2', bytes: 300 }),
      )
      assert.deepEqual(await amounts(), [
        { count: 3, bytes: 321 },
        { count: 2, bytes: 21 },
        { count: 1, bytes: 300 },
        3,
      ])
    })

    test('are listed the oldest first, page by page, with the beginning of a long text', async (t) => {
      const { store } = await fresh(t)
      const newId = ids()
      const all = Array.from({ length: 5 }, (_, index) =>
        aHeld({ id: newId(), text: index === 1 ? 'ä'.repeat(5_000) : 'short' }),
      )
      await hold(store, ...all.toReversed())
      const first = await store.read((reader) => reader.heldPage({ cursor: null, limit: 3 }))
      const second = await store.read((reader) => reader.heldPage({ cursor: first.next, limit: 3 }))
      assert.deepEqual(
        [...first.lines, ...second.lines].map(({ id }) => id),
        all.map(({ id }) => id),
      )
      assert.equal(second.next, null)
      const [, long] = first.lines
      assert.deepEqual([long?.text, long?.letters], ['ä'.repeat(2_000), 5_000])
      for (const cursor of ["x' or 1=1", '\0', 'ä'.repeat(100)]) {
        const broken = await store.read((reader) => reader.heldPage({ cursor, limit: 3 }))
        assert.deepEqual(broken, first, cursor)
      }
    })

    test('are found by the address they name, in any letter case, and by no other', async (t) => {
      const { store } = await fresh(t)
      const of = (email: string | null) => ({ ...ana, email })
      await hold(
        store,
        aHeld({ id: 'one', requester: of('Ana@School.example') }),
        aHeld({ id: 'two', requester: of('anna@school.example') }),
        aHeld({ id: 'three', requester: of(null) }),
        aHeld({ id: 'four', requester: of('ana@school.example') }),
      )
      const found = await store.read((reader) => reader.heldOfAddress(' ANA@school.example'))
      assert.deepEqual(
        found.map(({ id, text }) => [id, text]),
        [
          ['four', 'Since this morning.'],
          ['one', 'Since this morning.'],
        ],
      )
      assert.deepEqual(await store.read((reader) => reader.heldOfAddress('')), [])
    })

    test('go with their files, once, and only they', async (t) => {
      const { store } = await fresh(t)
      await store.write(async (writer) => {
        await writer.hold(aHeld({ id: 'one' }), [aFile('f1', 'one')])
        await writer.hold(aHeld({ id: 'two' }), [aFile('f2', 'two')])
      })
      const before = await store.version()
      assert.equal(await store.write((writer) => writer.dropHeld('one')), true)
      assert.equal(await store.write((writer) => writer.dropHeld('one')), false)
      assert.equal(await store.version(), before + 1)
      assert.deepEqual(await store.read((reader) => reader.heldFiles('one')), [])
      assert.equal((await store.read((reader) => reader.heldFiles('two'))).length, 1)
      assert.deepEqual((await store.read((reader) => reader.heldAmount(null))).count, 1)
    })

    test('stay when the index is dropped', async (t) => {
      const { store } = await fresh(t)
      await store.write((writer) => writer.hold(aHeld({ id: 'one' }), [aFile('f1', 'one')]))
      await store.dropIndex()
      assert.equal((await store.read((reader) => reader.held('one')))?.id, 'one')
      assert.equal((await store.read((reader) => reader.heldFiles('one'))).length, 1)
    })
  })
}
