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
export type Tally = {
  readonly counts: Map<string, number>
  /** Ticket and requester, see requesters.ts: whether they belong together from now on. */
  readonly requesters: Map<string, boolean>
  /** Keys of tickets to be measured again, see figures.ts; of those that went as well. */
  readonly figures: Set<number>
  written: number
}

export type Writing = Queries & {
  readonly tally: Tally
  /** Resolves when somebody waits for this transaction to end. */
  wanted(): Promise<void>
}

const holes = <A>(): Holes<A> =>
  new Proxy({} as Holes<A>, {
    get: (_, name) => sql`${{ [holeName]: String(name) }}`,
  })

/** Runs a compiled query with these parameters. */
export type Run = (
  query: CompiledQuery,
  parameters: readonly unknown[],
) => Promise<{ readonly rows: unknown[]; readonly changes: number }>

/** kysely's own way of running. It costs more than a statement of SQLite's does, which therefore has another. */
export const runThrough =
  (db: Kysely<Tables>): Run =>
  async (query, parameters) => {
    const { rows, numAffectedRows } = await db.executeQuery({ ...query, parameters })
    return { rows, changes: Number(numAffectedRows ?? 0n) }
  }

export const queriesOn = (
  db: Kysely<Tables>,
  speech: Speech,
  compiled: Map<string, CompiledQuery>,
  perform: Run,
  tally?: Tally,
): Queries => {
  const compile = <A extends object, R>(name: string, build: Build<A, R>): CompiledQuery => {
    const query = build(db, holes<A>()).compile(db)
    compiled.set(name, query)
    return query
  }
  const execute = <A extends object, R>(name: string, values: A, build: Build<A, R>): ReturnType<Run> => {
    const query = compiled.get(name) ?? compile(name, build)
    const given = values as Record<string, unknown>
    const parameters = query.parameters.map((value) => {
      if (!isHole(value)) return value
      const filled = given[value[holeName]]
      return typeof filled === 'object' && filled !== null && 'list' in filled ? filled.list : filled
    })
    return perform(query, parameters)
  }
  const all = async <A extends object, R>(name: string, values: A, build: Build<A, R>): Promise<R[]> =>
    (await execute(name, values, build)).rows as R[]
  return {
    speech,
    all,
    first: async (name, values, build) => (await all(name, values, build))[0],
    run: async (name, values, build) => {
      const { changes } = await execute(name, values, build)
      if (tally) tally.written += changes
      return changes
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
