// Finding tickets by words. Texts are folded here, the same for both databases: case and accents
// do not matter, and only letters and digits count, so nothing a person types is ever query syntax.
// Matches come newest opened first and in bounded portions; ranking all matches of a common word
// would stop the desk for everybody.

import { type RawBuilder, sql } from 'kysely'
import type { Queries, Writing } from './statements.ts'

/** More distinct words than this of one ticket are not found; a pasted log has no end. */
const wordsOfTicket = 8_000
const wordsOfQuery = 12
const longestWord = 64
const shortestBeginning = 3

const wordsOfText = (text: string): readonly string[] => {
  // Most texts are plain; the general way costs ten times as much.
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase().match(/[a-z0-9]+/g) ?? []
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  return folded.match(/[\p{L}\p{N}]+/gu) ?? []
}

const shortened = (word: string): string =>
  word.length <= longestWord ? word : [...word.slice(0, 2 * longestWord)].slice(0, longestWord).join('')

/** Distinct folded words, in order of appearance. */
export const wordsIn = (texts: readonly string[], most: number): string[] => {
  const words = new Set<string>()
  for (const text of texts)
    for (const word of wordsOfText(text)) {
      words.add(shortened(word))
      if (words.size >= most) return [...words]
    }
  return [...words]
}

export type Document = { readonly n: number; readonly texts: readonly string[] }

export const wordsOfDocument = (texts: readonly string[]): string[] => wordsIn(texts, wordsOfTicket)

/** A document that is not there yet. */
export const addDocument = (q: Writing, { n, texts }: Document): Promise<number> => {
  const words = wordsOfDocument(texts)
  return q.speech === 'sqlite'
    ? q.run(
        'search.add',
        { n, words: words.join(' ') },
        (_db, hole) => sql`insert into search (rowid, words) values (${hole.n}, ${hole.words})`,
      )
    : q.run(
        'search.add',
        { n, words: q.list(words) },
        (_db, hole) =>
          sql`insert into search (n, words) values (${hole.n}, array_to_tsvector(${hole.words}::text[]))`,
      )
}

export const removeDocument = (q: Writing, n: number): Promise<number> =>
  q.run('search.remove', { n }, (_db, hole) => sql`delete from search where ${key(q)} = ${hole.n}`)

export const replaceDocument = async (q: Writing, document: Document): Promise<void> => {
  await removeDocument(q, document.n)
  await addDocument(q, document)
}

const key = (q: Queries): RawBuilder<unknown> => sql.raw(q.speech === 'sqlite' ? 'rowid' : 'n')

export type Asked = { readonly text: string; readonly iid: number | null }

/** What somebody typed as this database's query; '' where no word is in it. */
export const queryFor = (q: Queries, typed: string): Asked => {
  const words = wordsIn([typed], wordsOfQuery)
  const number = /^\s*[#!]?(\d{1,15})\s*$/u.exec(typed)?.[1]
  const last = words.at(-1)
  // The last word may be half typed; with fewer letters there would be too many.
  const unfinished = last !== undefined && [...last].length >= shortestBeginning && !/\s$/u.test(typed)
  const exact = unfinished ? words.slice(0, -1) : words
  const text =
    q.speech === 'sqlite'
      ? [...exact.map((word) => `"${word}"`), ...(unfinished ? [`"${last}"*`] : [])].join(' ')
      : [...exact.map((word) => `'${word}'`), ...(unfinished ? [`'${last}':*`] : [])].join(' & ')
  return { text, iid: number === undefined ? null : Number(number) }
}

/** PostgreSQL walks so many tickets before it looks a query up: about a millisecond. */
const walked = 5_000

/** Matching tickets beyond `from`, in the direction of walking, at most `limit`. */
export const matches = async (
  q: Queries,
  query: string,
  from: number,
  direction: 'older' | 'newer',
  limit: number,
): Promise<number[]> => {
  const older = direction === 'older'
  if (q.speech === 'postgres') return matchesInPostgres(q, { query, from, limit, walked }, older)
  const rows = await q.all(`search.${direction}`, { query, from, limit }, (_db, hole) =>
    older
      ? sql<{ n: number }>`select rowid as n from search where search match ${hole.query}
          and rowid < ${hole.from} order by rowid desc limit ${hole.limit}`
      : sql<{ n: number }>`select rowid as n from search where search match ${hole.query}
          and rowid > ${hole.from} order by rowid limit ${hole.limit}`,
  )
  return rows.map((row) => row.n)
}

type Asking = {
  readonly query: string
  readonly from: number
  readonly limit: number
  readonly walked: number
}

/**
 * What many tickets have is found at once by walking through the nearest ones. What few have is looked up in the index
 * and sorted then: left to itself PostgreSQL guesses how many have a word, and for a rare one walks through all there are.
 */
const matchesInPostgres = async (q: Queries, asking: Asking, older: boolean): Promise<number[]> => {
  const { limit } = asking
  const near = await q.all(older ? 'search.nearOlder' : 'search.nearNewer', asking, (_db, hole) =>
    older
      ? sql<{ n: number }>`select n from
            (select n, words from search where n < ${hole.from} order by n desc limit ${hole.walked}) as near
          where words @@ ${hole.query}::tsquery order by n desc limit ${hole.limit}`
      : sql<{ n: number }>`select n from
            (select n, words from search where n > ${hole.from} order by n limit ${hole.walked}) as near
          where words @@ ${hole.query}::tsquery order by n limit ${hole.limit}`,
  )
  if (near.length === limit) return near.map(({ n }) => n)
  // A sum has no index that has it in order.
  const all = await q.all(older ? 'search.older' : 'search.newer', asking, (_db, hole) =>
    older
      ? sql<{ n: number }>`select n from search where words @@ ${hole.query}::tsquery
          and n < ${hole.from} order by n + 0 desc limit ${hole.limit}`
      : sql<{ n: number }>`select n from search where words @@ ${hole.query}::tsquery
          and n > ${hole.from} order by n + 0 limit ${hole.limit}`,
  )
  return all.map(({ n }) => n)
}

/** One word as a query of this database. */
export const wordQuery = (q: Queries, word: string): string =>
  q.speech === 'sqlite' ? `"${word}"` : `'${word}'`
