// Reporting: keeps the tickets' figures at hand as they are needed, follows what changes, and sums them up.
// The same runs inside the desk's process, in a thread beside it, and in the command. A year of tickets is kept as
// rows of numbers in a few large blocks: as objects it would be several times as large.

import type { Desk } from '../domain/desk.ts'
import { unpackFigures } from '../domain/kpi/packed-figures.ts'
import type { BehindQuery, Period, ReportQuery } from '../domain/kpi/report.ts'
import type { MeasuredRow, SummaryRules } from '../domain/kpi/summarise.ts'
import { lookBehind, summarise } from '../domain/kpi/summarise.ts'
import type { ChartDrawing, FigureRow, KpiReader, Kpis } from './kpi-ports.ts'
import type { Clock } from './ports.ts'

/** What the rows are read from: the desk's store, or a connection that can do nothing else. */
export type FigureSource = {
  read<T>(work: (reader: Pick<KpiReader, 'figureRows' | 'figuresState'>) => Promise<T>): Promise<T>
}

export type KpiParts = {
  readonly store: FigureSource
  readonly desk: Desk
  readonly clock: Pick<Clock, 'sleep'>
  readonly draw: (chart: ChartDrawing) => Promise<string>
}

/** So many rows are read before others get their turn. */
const portion = 2_000

/** So many answers are remembered: a page asks for some three, and most people look at the same. */
const mostAnswers = 12

const minute = 60_000

// --- Rows at hand --------------------------------------------------------------------------------

/** Numbers of one block. Blocks are made as they are needed and never moved. */
const usualBlock = 65_536

/** Ahead of each row stand the number of its names and how many numbers follow. */
const head = 2

export type KeptRows = {
  keep(n: number, packed: NonNullable<FigureRow['packed']>): void
  drop(n: number): void
  empty(): void
  readonly size: () => number
  /** Unpacks one after the other. */
  rows(): IterableIterator<MeasuredRow>
}

export const keepRows = (blockLength = usualBlock): KeptRows => {
  /** Ticket → where its row begins, counted over all blocks. */
  const places = new Map<number, number>()
  let blocks: Float64Array<ArrayBuffer>[] = []
  /** Where the next row may begin. */
  let end = 0
  /** Numbers of rows that nobody needs any more. */
  let waste = 0
  // Most tickets share their category, priority and agent with many others.
  let names: string[] = []
  const nameNumbers = new Map<string, number>()

  const blockAt = (place: number): Float64Array<ArrayBuffer> => {
    const block = blocks[Math.floor(place / blockLength)]
    if (!block) throw new RangeError(`no row at ${place}`)
    return block
  }

  const spaceFor = (length: number): number => {
    const left = (blockLength - (end % blockLength)) % blockLength
    // A row lies in one block; one that is larger than any gets blocks in a row of its own.
    const at = length <= left ? end : blocks.length * blockLength
    if (at !== end) waste += left
    if (at === blocks.length * blockLength) {
      blocks.push(new Float64Array(Math.max(blockLength, length)))
      for (let more = blockLength; more < length; more += blockLength) blocks.push(new Float64Array(0))
    }
    end = length <= blockLength ? at + length : blocks.length * blockLength
    return at
  }

  const place = (nameNumber: number, numbers: Uint8Array): number => {
    const count = numbers.byteLength / Float64Array.BYTES_PER_ELEMENT
    const at = spaceFor(head + count)
    const block = blockAt(at)
    const offset = at % blockLength
    block[offset] = nameNumber
    block[offset + 1] = count
    new Uint8Array(block.buffer, (offset + head) * Float64Array.BYTES_PER_ELEMENT, numbers.byteLength).set(
      numbers,
    )
    return at
  }

  const bytesAt = (at: number): { readonly nameNumber: number; readonly numbers: Float64Array } => {
    const block = blockAt(at)
    const offset = at % blockLength
    const count = block[offset + 1] ?? 0
    return {
      nameNumber: block[offset] ?? 0,
      numbers: block.subarray(offset + head, offset + head + count),
    }
  }

  /** What was written again and again would else fill block after block. */
  const tidy = (): void => {
    const old = [...places].map(([n, at]) => ({ n, at, block: blockAt(at) }))
    blocks = []
    end = 0
    waste = 0
    for (const { n, at, block } of old) {
      const offset = at % blockLength
      const count = block[offset + 1] ?? 0
      const { buffer } = block
      const bytes = new Uint8Array(buffer, (offset + head) * 8, count * 8)
      places.set(n, place(block[offset] ?? 0, bytes))
    }
  }

  const drop = (n: number): void => {
    const at = places.get(n)
    if (at === undefined) return
    waste += head + bytesAt(at).numbers.length
    places.delete(n)
  }

  return {
    keep: (n, packed) => {
      drop(n)
      let nameNumber = nameNumbers.get(packed.names)
      if (nameNumber === undefined) {
        nameNumber = names.length
        names.push(packed.names)
        nameNumbers.set(packed.names, nameNumber)
      }
      places.set(n, place(nameNumber, packed.numbers))
      if (waste > end / 2 && blocks.length > 4) tidy()
    },
    drop,
    empty: () => {
      places.clear()
      blocks = []
      end = 0
      waste = 0
      names = []
      nameNumbers.clear()
    },
    size: () => places.size,
    *rows() {
      for (const [n, at] of places) {
        const numbers = blockAt(at)
        const offset = at % blockLength
        // A view of the row alone would cost as much as unpacking it.
        yield {
          n,
          figures: unpackFigures({ names: names[numbers[offset] ?? 0] ?? '', numbers }, offset + head),
        }
      }
    },
  }
}

// --- Following what changes ----------------------------------------------------------------------

const follow = ({ store, clock }: Pick<KpiParts, 'store' | 'clock'>, rows: KeptRows) => {
  /** null = nothing was read yet. */
  let known: { readonly epoch: string; readonly version: number; readonly since: number } | null = null

  const keep = ({ n, packed }: FigureRow): void => {
    if (packed) rows.keep(n, packed)
    else rows.drop(n)
  }

  /** Rows written after `version`, of tickets that mattered at or after `since`; of the others, that they do not. */
  const read = async (version: number, since: number) => {
    let after: { readonly version: number; readonly n: number } | null = null
    for (;;) {
      const from = after
      const found: readonly FigureRow[] = await store.read((reader) =>
        reader.figureRows({ version, since, after: from, limit: portion }),
      )
      for (const row of found) keep(row)
      const last = found.at(-1)
      if (!last || found.length < portion) return
      after = { version: last.version, n: last.n }
      await clock.sleep(0)
    }
  }

  /** Afterwards all is at hand that mattered at or after `since`; answers what the store's number was. */
  const reach = async (since: number): Promise<string> => {
    for (;;) {
      const state = await store.read((reader) => reader.figuresState())
      const { epoch, version } = state
      if (known && known.epoch !== epoch) {
        known = null
        rows.empty()
      }
      // First what changed: read from the beginning, one that does not matter any more is not told of.
      if (known && version !== known.version) await read(known.version, known.since)
      if (known === null || since < known.since) await read(0, since)
      known = { epoch, version, since: Math.min(since, known?.since ?? since) }
      // Dropped while we read: what is at hand is a mixture.
      const now = await store.read((reader) => reader.figuresState())
      if (now.epoch === epoch) return `${epoch} ${version}`
    }
  }

  return { reach }
}

// --- Answers -------------------------------------------------------------------------------------

const earliest = (period: Period, before: Period | null): number =>
  Math.min(period.from, before?.from ?? Number.POSITIVE_INFINITY)

/** Within a minute, and as long as nothing is written, the answer is the same one. */
const keyOf = (kind: string, query: ReportQuery | BehindQuery): string =>
  JSON.stringify([kind, { ...query, now: Math.floor(query.now / minute) }])

export const createKpis = (parts: KpiParts): Kpis => {
  const { desk } = parts
  const rules: SummaryRules = {
    levels: desk.levels.length,
    timeZone: desk.timeZone,
    reopenWithin: desk.mail.reopenWithin,
  }
  const rows = keepRows()
  const following = follow(parts, rows)
  const answers = new Map<string, { readonly state: string; readonly answer: unknown }>()
  let last: Promise<unknown> = Promise.resolve()
  let closed = false

  /** One after the other: whoever asks meanwhile finds the rows read. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(() => {
      if (closed) throw new Error('no more reports are made: the desk is being stopped')
      return work()
    })
    last = mine.catch(() => undefined)
    return mine
  }

  const answered = <T>(key: string, since: number, make: () => T): Promise<T> =>
    inTurn(async () => {
      const state = await following.reach(since)
      const known = answers.get(key)
      answers.delete(key)
      const answer = known?.state === state ? (known.answer as T) : make()
      answers.set(key, { state, answer })
      const [oldest] = answers.keys()
      if (answers.size > mostAnswers && oldest !== undefined) answers.delete(oldest)
      return answer
    })

  return {
    report: (query) =>
      answered(keyOf('report', query), earliest(query.period, query.before), () =>
        summarise(rows.rows(), query, rules),
      ),
    behind: (query) =>
      answered(keyOf('behind', query), query.period.from, () => lookBehind(rows.rows(), query, rules)),
    draw: parts.draw,
    close: async () => {
      closed = true
      await last
      rows.empty()
      answers.clear()
    },
  }
}
