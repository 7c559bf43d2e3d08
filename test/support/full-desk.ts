// A desk with something in every table: what people write, hostile signs, files, mails. Made by seed, the same again.

import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Row, Shape, Value } from '../../src/adapters/store/copying.ts'
import { shapesOf, sqliteTarget } from '../../src/adapters/store/copying.ts'

const words = [
  'printer',
  'Straße',
  'пароль',
  '画面',
  '🖨️',
  "O'Brien",
  '"quoted"',
  'back\\slash',
  '{}',
  '\t\n',
  'NULL',
  '',
]

/** `below(n)`: a whole number from 0 to n - 1. */
export type Chance = { below(most: number): number }

export const seededChance = (seed: number): Chance => {
  let state = seed >>> 0
  return {
    below: (most) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * most)
    },
  }
}

const someText = (chance: Chance): string =>
  Array.from({ length: chance.below(6) }, () => words[chance.below(words.length)] ?? '').join(' ')

/** Written by rules of their own: the audit log is a chain, the others have one row from the first on. */
const byRule = ['audit', 'audit_start', 'changes', 'counts', 'settings', 'words_due']

const meaning = (table: string, column: string, chance: Chance): Value | undefined => {
  if (table === 'tickets' && column === 'requester')
    return JSON.stringify({ name: someText(chance), email: 'ana@school.example', username: null })
  if (table === 'events' && column === 'what')
    return JSON.stringify({ kind: 'replied', text: `needle${chance.below(1_000)} ${someText(chance)}` })
  if (table === 'operations' && column === 'state')
    return ['ready', 'sending', 'unknown', 'done', 'stuck'][chance.below(5)]
  if (table === 'operations' && column === 'unsure') return chance.below(2)
  return undefined
}

const rowOf = (shape: Shape, optional: ReadonlySet<string>, chance: Chance, n: number): Row =>
  shape.columns.map(({ name, kind }): Value => {
    const meant = meaning(shape.name, name, chance)
    if (meant !== undefined) return meant
    if (optional.has(name) && chance.below(3) === 0) return null
    // Keys and what is unique are different in each row.
    if (kind === 'int') return name === 'n' || name.endsWith('id') ? n * 1_024 + 7 : chance.below(2 ** 40)
    if (kind === 'bytes') return new Uint8Array(randomBytes(chance.below(4_000)))
    return `${someText(chance)}${n}`
  })

/** Into an open file of the present schema. */
export const fillTables = async (
  database: DatabaseSync,
  options: { readonly rows: number; readonly chance: Chance },
): Promise<void> => {
  const target = sqliteTarget(database)
  database.exec('begin')
  for (const shape of shapesOf(database)) {
    if (byRule.includes(shape.name)) continue
    const optional = new Set(
      database
        .prepare('select name from pragma_table_info(?) where "notnull" = 0 and pk = 0')
        .all(shape.name)
        .map(({ name }) => String(name)),
    )
    const rows = Array.from({ length: options.rows }, (_, n) => rowOf(shape, optional, options.chance, n + 1))
    await target.put(shape, rows)
  }
  database.exec('commit')
}
