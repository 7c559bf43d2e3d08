// Building and compiling a query costs more than running it. Each query here has a name; it is
// built once per database with holes in place of values, and from then on only filled in.

import { type Compilable, type CompiledQuery, type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Tables } from './schema.ts'

const holeName = Symbol('hole')
type Hole = { readonly [holeName]: string }

const isHole = (value: unknown): value is Hole =>
  typeof value === 'object' && value !== null && holeName in value

export type Holes<A> = { readonly [K in keyof A]: RawBuilder<A[K]> }

/** Several values in one parameter. */
export type List<T> = { readonly list: T }

export type Speech = 'sqlite' | 'postgres'

type Build<A, R> = (
  db: Kysely<Tables>,
  hole: Holes<A>,
) => Compilable<R> | { compile(db: Kysely<Tables>): CompiledQuery<R> }

/** Runs named queries. A name stands for one SQL text: whatever changes the text must be in the name. */
export type Queries = {
  readonly speech: Speech
  all<A extends object, R>(name: string, values: A, build: Build<A, R>): Promise<R[]>
  first<A extends object, R>(name: string, values: A, build: Build<A, R>): Promise<R | undefined>
  /** For statements that write; answers how many rows. */
  run<A extends object>(name: string, values: A, build: Build<A, unknown>): Promise<number>
  list<T extends number | string>(values: readonly T[]): List<T>
  among<T extends number | string>(column: string, hole: RawBuilder<List<T>>): RawBuilder<SqlBool>
  /** A condition on this column must not choose the index: SQLite without statistics chooses badly. */
  undriven(column: string): RawBuilder<never>
}

/** How the writer counts what it does: rows by name, and whether anything was written. */
export type Tally = { readonly counts: Map<string, number>; written: number }

export type Writing = Queries & { readonly tally: Tally }

const holes = <A>(): Holes<A> =>
  new Proxy({} as Holes<A>, {
    get: (_, name) => sql`${{ [holeName]: String(name) }}`,
  })

export const queriesOn = (
  db: Kysely<Tables>,
  speech: Speech,
  compiled: Map<string, CompiledQuery>,
  tally?: Tally,
): Queries => {
  const fill = <A extends object, R>(name: string, values: A, build: Build<A, R>): CompiledQuery<R> => {
    let query = compiled.get(name)
    if (!query) {
      query = build(db, holes<A>()).compile(db)
      compiled.set(name, query)
    }
    const given = values as Record<string, unknown>
    const parameters = query.parameters.map((value) => {
      if (!isHole(value)) return value
      const filled = given[value[holeName]]
      return typeof filled === 'object' && filled !== null && 'list' in filled ? filled.list : filled
    })
    return { ...query, parameters } as CompiledQuery<R>
  }
  const all = async <A extends object, R>(name: string, values: A, build: Build<A, R>): Promise<R[]> =>
    (await db.executeQuery(fill(name, values, build))).rows
  return {
    speech,
    all,
    first: async (name, values, build) => (await all(name, values, build))[0],
    run: async (name, values, build) => {
      const { numAffectedRows } = await db.executeQuery(fill(name, values, build))
      const rows = Number(numAffectedRows ?? 0n)
      if (tally) tally.written += rows
      return rows
    },
    list: <T>(values: readonly T[]) =>
      ({ list: speech === 'sqlite' ? JSON.stringify(values) : values }) as unknown as List<T>,
    among: (column, hole) =>
      speech === 'sqlite'
        ? sql<SqlBool>`${sql.ref(column)} in (select value from json_each(${hole}))`
        : sql<SqlBool>`${sql.ref(column)} = any(${hole})`,
    undriven: (column) =>
      speech === 'sqlite' ? sql<never>`+${sql.ref(column)}` : sql<never>`${sql.ref(column)}`,
  }
}
