// The words of all tickets, learnt at once where a whole desk was copied to a database that makes its own.
// Tickets and their events are read side by side in the order of the key, so that neither is ever in memory whole.

import type { DatabaseSync } from 'node:sqlite'
import type { Client } from 'pg'
import type { Row, Shape, Source, Telling } from './copying.ts'
import { wordsOfDocument } from './search.ts'
import { searchedTexts } from './ticket-index.ts'

export type Words = { readonly n: number /** Parted by spaces. */; readonly words: string }

export type WordTarget = { put(words: readonly Words[]): Promise<void> }

const atOnce = 200

const shapeOf = (shapes: readonly Shape[], name: string, columns: readonly string[]): Shape => {
  const shape = shapes.find((one) => one.name === name)
  if (!shape) throw new Error(`there is no table ${name}`)
  return { ...shape, columns: columns.map((column) => ({ name: column, kind: 'text' })) }
}

/** Hands out rows one by one, and does not take the one that is not wanted yet. */
const oneByOne = (source: AsyncIterable<readonly Row[]>) => {
  const portions = source[Symbol.asyncIterator]()
  let portion: readonly Row[] = []
  let at = 0
  return {
    async next(): Promise<Row | null> {
      while (at >= portion.length) {
        const found = await portions.next()
        if (found.done) return null
        portion = found.value
        at = 0
      }
      return portion[at] ?? null
    },
    take: () => {
      at++
    },
  }
}

export const learnWords = async (
  source: Source,
  target: WordTarget,
  shapes: readonly Shape[],
  telling: Telling,
): Promise<void> => {
  const events = oneByOne(source.rows(shapeOf(shapes, 'events', ['n', 'what'])))
  const whatOf = async (n: number): Promise<{ what: string }[]> => {
    const found: { what: string }[] = []
    for (;;) {
      const row = await events.next()
      if (!row || Number(row[0]) > n) return found
      if (Number(row[0]) === n) found.push({ what: String(row[1]) })
      events.take()
    }
  }
  const tickets = source.rows(shapeOf(shapes, 'tickets', ['n', 'title', 'requester', 'text']))
  let learnt: Words[] = []
  for await (const rows of tickets) {
    for (const row of rows) {
      const [n, title, requester, text] = [Number(row[0]), String(row[1]), String(row[2]), String(row[3])]
      const texts = searchedTexts({ title, requester, text }, await whatOf(n))
      learnt.push({ n, words: wordsOfDocument(texts).join(' ') })
      if (learnt.length < atOnce) continue
      await target.put(learnt)
      learnt = []
    }
    telling.done(rows.length)
  }
  if (learnt.length > 0) await target.put(learnt)
}

export const sqliteWords = (database: DatabaseSync): WordTarget => {
  const statement = database.prepare('insert into search (rowid, words) values (?, ?)')
  return {
    put: async (words) => {
      for (const one of words) statement.run(one.n, one.words)
    },
  }
}

export const postgresWords = (client: Client): WordTarget => ({
  put: async (words) => {
    await client.query({
      name: 'put words',
      text: `insert into search (n, words)
        select n, array_to_tsvector(string_to_array(words, ' ')) from unnest($1::bigint[], $2::text[]) as t (n, words)`,
      values: [words.map(({ n }) => n), words.map((one) => one.words)],
    })
  },
})
