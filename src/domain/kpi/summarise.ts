// Summing up: from the tickets' figures to a report, and to the tickets behind each number of it. Both go over the
// same facts (facts.ts), so that a number and the list it opens cannot disagree. A filter by level or agent asks of
// each fact where and by whom it came about: a ticket comes in to nobody, and a promise not kept yet is nobody's. The
// backlog and running promises are of whoever has the ticket. Of tickets not read in full we know no level or agent
// yet: they are told whichever of them is asked for.

import type { TargetKind } from '../target.ts'
import { targetState } from '../target.ts'
import { ageOf, backlogAt, backlogsAt, isOfBacklog, openAt } from './backlog.ts'
import type { EmitFact, FigureNames } from './facts.ts'
import { eachFact, figureNames } from './facts.ts'
import type { TicketFigures } from './figures.ts'
import { partsOf } from './periods.ts'
import type {
  Backlog,
  Behind,
  BehindQuery,
  Clock,
  CountName,
  Dimension,
  DurationFigure,
  DurationName,
  Figures,
  Filter,
  Group,
  Period,
  RateFigure,
  RateName,
  Report,
  ReportQuery,
} from './report.ts'
import { ages } from './report.ts'
import { spreadOf } from './spread.ts'

export type MeasuredRow = { readonly n: number; readonly figures: TicketFigures }

export type SummaryRules = {
  readonly levels: number
  readonly timeZone: string
  /** How long after a resolution a reopening counts against it (milliseconds). */
  readonly reopenWithin: number
}

// --- What counts --------------------------------------------------------------------------------

const within = (at: number, { from, to }: Period): boolean => at >= from && at < to

const matches = ({ level: wanted, agent: who }: Filter, level: number, agent: string | null): boolean =>
  (wanted === null || level === wanted) && (who === null || (agent ?? '') === who)

const isOfCategory = (figures: TicketFigures, { category }: Filter): boolean =>
  category === null || (figures.category ?? '') === category

/** Created or resolved in the period, as inflow and outflow would have told it. */
const isLeftOut = (figures: TicketFigures, period: Period, filter: Filter, now: number): boolean => {
  const { excluded, createdAt, spans, resolutions } = figures
  if (excluded === null) return false
  if (createdAt <= now && within(createdAt, period) && matches(filter, spans[0]?.level ?? 1, null))
    return true
  return resolutions.some(
    ({ at, level, by, correction }) =>
      !correction && at <= now && within(at, period) && matches(filter, level, by),
  )
}

/** Until when something of a ticket may still turn up once it is read in full; null = nothing is missing. */
const incompleteUntil = (figures: TicketFigures, now: number): number | null => {
  const { complete, excluded, createdAt, spans, resolutions } = figures
  if (complete || excluded !== null || createdAt > now) return null
  const last = resolutions.at(-1)
  const open = spans.some(({ to }) => to === null) || last === undefined || last.reopenedAt !== null
  return open ? now : last.at
}

const isRunning = (figures: TicketFigures, filter: Filter, now: number): boolean => {
  const span = figures.spans.at(-1)
  return (
    span !== undefined &&
    span.to === null &&
    figures.excluded === null &&
    figures.createdAt <= now &&
    isOfBacklog(span, figures, filter)
  )
}

// --- Groups -------------------------------------------------------------------------------------

/** The groups of one dimension, numbered in the order in which they turn up. */
type Grouping = {
  readonly dimension: Dimension
  readonly period: Period
  readonly parts: readonly (Period & { readonly day: string })[]
  readonly starts: Float64Array
  readonly keys: string[]
  readonly numbers: Map<string, number>
  lastKey: string | null
  lastNumber: number
}

const groupingOf = (dimension: Dimension, period: Period, { levels, timeZone }: SummaryRules): Grouping => {
  const parts =
    dimension === 'day' || dimension === 'week' || dimension === 'month'
      ? partsOf(period, dimension, timeZone)
      : []
  const keys =
    dimension === 'level'
      ? Array.from({ length: levels }, (_, index) => String(index + 1))
      : parts.map(({ day }) => day)
  return {
    dimension,
    period,
    parts,
    starts: Float64Array.from(parts, ({ from }) => from),
    keys,
    numbers: new Map(keys.map((key, index) => [key, index])),
    lastKey: null,
    lastNumber: 0,
  }
}

const groupByKey = (grouping: Grouping, key: string): number => {
  if (key === grouping.lastKey) return grouping.lastNumber
  let number = grouping.numbers.get(key)
  if (number === undefined) {
    number = grouping.keys.push(key) - 1
    grouping.numbers.set(key, number)
  }
  grouping.lastKey = key
  grouping.lastNumber = number
  return number
}

const groupByLevel = (grouping: Grouping, level: number, levels: number): number =>
  level <= levels ? level - 1 : groupByKey(grouping, String(level))

/** The last part that begins at or before an instant. */
const groupByTime = (grouping: Grouping, at: number): number => {
  const { starts } = grouping
  const latest = grouping.lastNumber
  // Most of what happens to a ticket happens within days.
  if ((starts[latest] ?? Number.POSITIVE_INFINITY) <= at && at < (starts[latest + 1] ?? 0)) return latest
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= at) low = middle
    else high = middle - 1
  }
  grouping.lastNumber = low
  return low
}

const groupOf = (
  grouping: Grouping,
  levels: number,
  category: string,
  at: number,
  level: number,
  agent: string | null,
): number => {
  switch (grouping.dimension) {
    case 'category':
      return groupByKey(grouping, category)
    case 'level':
      return groupByLevel(grouping, level, levels)
    case 'agent':
      return groupByKey(grouping, agent ?? '')
    default:
      return groupByTime(grouping, at)
  }
}

// --- Collecting ---------------------------------------------------------------------------------

/**
 * Facts of one ticket, level, agent and instant belong to the same groups; of most tickets a dozen do. So each value
 * carries the number of such a moment, and only moments know their groups. Pieces are never moved: arrays that grow
 * by copying would cost more than all the counting.
 */
type Piece = {
  /** By one clock, the calendar's where both are asked for; then `others` are by the business clock. */
  readonly values: Float64Array
  readonly others: Float64Array
  readonly moments: Int32Array
}

/** The values of one duration. */
type Column = { n: number; free: number; last: Piece | null; readonly pieces: Piece[] }

const pieceLength = 8_192

const columnOf = (): Column => ({ n: 0, free: 0, last: null, pieces: [] })

const put = (column: Column, value: number, other: number | null, moment: number): void => {
  let { last } = column
  if (last === null || column.free === 0) {
    last = {
      values: new Float64Array(pieceLength),
      others: new Float64Array(other === null ? 0 : pieceLength),
      moments: new Int32Array(pieceLength),
    }
    column.last = last
    column.pieces.push(last)
    column.free = pieceLength
  }
  const place = pieceLength - column.free--
  column.n++
  last.values[place] = value
  if (other !== null) last.others[place] = other
  last.moments[place] = moment
}

const twice = <T extends Float64Array | Int32Array>(values: T, larger: T): T => {
  larger.set(values)
  return larger
}

/** For each group, and each figure that is no duration: part, whole, provisional. */
type Tally = { numbers: Int32Array }

const count = (tally: Tally, place: number, part: boolean, whole: boolean, provisional: boolean): void => {
  while (place * 3 + 2 >= tally.numbers.length)
    tally.numbers = twice(tally.numbers, new Int32Array(tally.numbers.length * 2))
  const { numbers } = tally
  if (part) numbers[place * 3] = (numbers[place * 3] ?? 0) + 1
  if (whole) numbers[place * 3 + 1] = (numbers[place * 3 + 1] ?? 0) + 1
  if (provisional) numbers[place * 3 + 2] = (numbers[place * 3 + 2] ?? 0) + 1
}

/** Whether a fact belongs to the whole of its rate. */
const isOfWhole = (name: FigureNames['all'][number] | undefined, counts: boolean | null): boolean => {
  // First escalations and tickets that came in are two populations: the whole are the latter.
  if (name === 'escalations_per_created') return counts === false
  // Whether it was the first contact is not known yet.
  return counts !== null
}

/** `counts` of the same ticket's resolutions: reopened, or may be yet, or not. */
const worse = (one: boolean | null, other: boolean | null): boolean | null =>
  one === true || other === true ? true : one === null || other === null ? null : false

/** Is handed only facts of its period. */
const collectorOf = (groupings: readonly Grouping[], rules: SummaryRules, clock: Clock | null) => {
  const { levels } = rules
  const names = figureNames(levels)
  const durations = names.durations.length
  const width = names.all.length - durations
  const reopenRate = names.all.indexOf('reopen_rate')
  const requesterWait = names.all.indexOf('requester_wait')
  const dimensions = groupings.length
  const columns = names.durations.map(columnOf)
  // By their definitions the two are one: what is taken for the other is told of both.
  columns[requesterWait] = columns[names.all.indexOf('ttr_net')] ?? columnOf()
  const total: Tally = { numbers: new Int32Array(width * 3) }
  const tallies = groupings.map((): Tally => ({ numbers: new Int32Array(width * 3 * 16) }))
  /** Of each dimension the groups of each moment. */
  const momentsIn = groupings.map(() => new Int32Array(1_024))
  const latest = { moment: -1, at: Number.NaN, level: 0, agent: null as string | null }
  /** The groups of the latest moment. */
  const places = new Int32Array(dimensions)
  let category = ''

  // A ticket that is resolved twice in a period, or in a group, is one ticket of its reopen rate: the groups of each
  // of its resolutions are kept until all its facts are there.
  let resolutions = 0
  let resolvedIn = new Int32Array(8 * dimensions)
  const reopened: (boolean | null)[] = []
  const reopenedOf = (dimension: number, group: number, from: number): boolean | null => {
    let state: boolean | null = false
    for (let index = from; index < resolutions; index++)
      if (dimension < 0 || resolvedIn[index * dimensions + dimension] === group)
        state = worse(state, reopened[index] ?? null)
    return state
  }

  return {
    columns,
    total,
    tallies,
    groupsOf: (dimension: number): Int32Array => momentsIn[dimension] ?? new Int32Array(0),
    /** Before the facts of a ticket. */
    begin: (of: string): void => {
      category = of
      latest.at = Number.NaN
    },
    take: (
      figure: number,
      at: number,
      calendar: number,
      business: number,
      level: number,
      agent: string | null,
      counts: boolean | null,
    ): void => {
      if (dimensions > 0 && (at !== latest.at || level !== latest.level || agent !== latest.agent)) {
        latest.at = at
        latest.level = level
        latest.agent = agent
        const moment = ++latest.moment
        for (let index = 0; index < dimensions; index++) {
          const grouping = groupings[index]
          let into = momentsIn[index]
          if (grouping === undefined || into === undefined) continue
          if (moment >= into.length) {
            into = twice(into, new Int32Array(into.length * 4))
            momentsIn[index] = into
          }
          const group = groupOf(grouping, levels, category, at, level, agent)
          places[index] = group
          into[moment] = group
        }
      }
      if (figure === requesterWait) return
      if (figure < durations) {
        const column = columns[figure]
        if (column !== undefined)
          put(
            column,
            clock === 'business' ? business : calendar,
            clock === null ? business : null,
            latest.moment,
          )
        return
      }
      if (figure === reopenRate) {
        if ((resolutions + 1) * dimensions > resolvedIn.length)
          resolvedIn = twice(resolvedIn, new Int32Array(resolvedIn.length * 2))
        resolvedIn.set(places, resolutions * dimensions)
        reopened[resolutions++] = counts
        return
      }
      const rate = figure - durations
      const whole = isOfWhole(names.all[figure], counts)
      count(total, rate, counts === true, whole, counts === null)
      for (let index = 0; index < dimensions; index++) {
        const tally = tallies[index]
        if (tally !== undefined)
          count(tally, (places[index] ?? 0) * width + rate, counts === true, whole, counts === null)
      }
    },
    /** After them. */
    end: (): void => {
      if (resolutions === 0) return
      const rate = reopenRate - durations
      const all = reopenedOf(-1, 0, 0)
      count(total, rate, all === true, true, all === null)
      for (let dimension = 0; dimension < dimensions; dimension++) {
        const tally = tallies[dimension]
        for (let index = 0; index < resolutions && tally !== undefined; index++) {
          const group = resolvedIn[index * dimensions + dimension] ?? 0
          let told = false
          for (let one = 0; one < index && !told; one++)
            told = resolvedIn[one * dimensions + dimension] === group
          if (told) continue
          const state = reopenedOf(dimension, group, index)
          count(tally, group * width + rate, state === true, true, state === null)
        }
      }
      resolutions = 0
    },
  }
}

type Collector = ReturnType<typeof collectorOf>

const figuresFrom = (
  names: FigureNames,
  /** null where it is not asked for. */
  spread: (duration: number) => DurationFigure | null,
  numbers: Int32Array,
  group: number,
): Figures => {
  const width = names.all.length - names.durations.length
  const number = (rate: number, which: number): number => numbers[(group * width + rate) * 3 + which] ?? 0
  const rateOf = (rate: number): RateFigure => {
    const part = number(rate, 0)
    const whole = number(rate, 1)
    return { part, whole, rate: whole === 0 ? null : part / whole, provisional: number(rate, 2) }
  }
  return {
    durations: new Map<DurationName, DurationFigure>(
      names.durations.flatMap((name, index): [DurationName, DurationFigure][] => {
        const figure = spread(index)
        return figure === null ? [] : [[name, figure]]
      }),
    ),
    rates: new Map<RateName, RateFigure>(names.rates.map((name, index) => [name, rateOf(index)])),
    counts: new Map<CountName, number>(
      names.counts.map((name, index) => [name, number(names.rates.length + index, 0)]),
    ),
  }
}

/** Room to lay the values of one duration side by side, by each clock that is asked for, used for one after the other. */
type Room = { readonly clock: Clock | null; readonly values: Float64Array; readonly others: Float64Array }

const roomFor = (clock: Clock | null, ...collectors: readonly (Collector | null)[]): Room => {
  const longest = Math.max(0, ...collectors.flatMap((one) => one?.columns.map(({ n }) => n) ?? []))
  return {
    clock,
    values: new Float64Array(longest),
    others: new Float64Array(clock === null ? longest : 0),
  }
}

/** Of what was laid into the room from here to there. */
const spreadIn = ({ clock, values, others }: Room, from: number, to: number): DurationFigure =>
  clock === null
    ? { calendar: spreadOf(values, from, to), business: spreadOf(others, from, to) }
    : { [clock]: spreadOf(values, from, to) }

const totalOf = ({ columns, total }: Collector, names: FigureNames, room: Room): Figures => {
  const told = new Map<Column, DurationFigure>()
  return figuresFrom(
    names,
    (index) => {
      const column = columns[index] ?? columnOf()
      const known = told.get(column)
      if (known !== undefined) return known
      const { n, pieces } = column
      pieces.forEach((piece, number) => {
        const from = number * pieceLength
        const length = Math.min(n - from, pieceLength)
        room.values.set(piece.values.subarray(0, length), from)
        if (room.clock === null) room.others.set(piece.others.subarray(0, length), from)
      })
      const figure = spreadIn(room, 0, n)
      told.set(column, figure)
      return figure
    },
    total.numbers,
    0,
  )
}

/** The figures of each group of one dimension: its values are laid side by side, and each stretch spread by itself. */
const figuresByGroup = (
  { columns, tallies, groupsOf }: Collector,
  names: FigureNames,
  dimension: number,
  groups: number,
  room: Room,
  asked: readonly DurationName[],
): Figures[] => {
  const of = groupsOf(dimension)
  const spreads = columns.map((column, index): DurationFigure[] | null => {
    const name = names.durations[index]
    if (name === undefined || !asked.includes(name)) return null
    const ends = new Int32Array(groups + 1)
    column.pieces.forEach(({ moments }, number) => {
      const length = Math.min(column.n - number * pieceLength, pieceLength)
      for (let row = 0; row < length; row++) {
        const next = (of[moments[row] ?? 0] ?? 0) + 1
        ends[next] = (ends[next] ?? 0) + 1
      }
    })
    for (let group = 0; group < groups; group++) ends[group + 1] = (ends[group + 1] ?? 0) + (ends[group] ?? 0)
    // While the values are laid down, `ends[group]` moves from the beginning of its stretch to its end.
    column.pieces.forEach((piece, number) => {
      const length = Math.min(column.n - number * pieceLength, pieceLength)
      for (let row = 0; row < length; row++) {
        const group = of[piece.moments[row] ?? 0] ?? 0
        const place = ends[group] ?? 0
        ends[group] = place + 1
        room.values[place] = piece.values[row] ?? 0
        if (room.clock === null) room.others[place] = piece.others[row] ?? 0
      }
    })
    return Array.from({ length: groups }, (_, group) => {
      const from = group === 0 ? 0 : (ends[group - 1] ?? 0)
      const to = ends[group] ?? 0
      return spreadIn(room, from, to)
    })
  })
  const numbers = tallies[dimension]?.numbers ?? new Int32Array(0)
  const none = spreadIn(room, 0, 0)
  return Array.from({ length: groups }, (_, group) =>
    figuresFrom(
      names,
      (index) => (spreads[index] === null ? null : (spreads[index]?.[group] ?? none)),
      numbers,
      group,
    ),
  )
}

// --- The report ---------------------------------------------------------------------------------

/** Backlog and incomplete tickets of one dimension's groups. */
const groupExtrasOf = (grouping: Grouping, at: number, query: ReportQuery, { levels }: SummaryRules) => {
  const { dimension, parts } = grouping
  const incomplete: number[] = []
  if (parts.length > 0) {
    const instants = Float64Array.from(parts, ({ to }) => Math.min(to, query.now))
    const backlogs = backlogsAt(instants, levels)
    let told: Backlog[] | null = null
    return {
      open: (figures: TicketFigures): void => {
        const { spans, createdAt } = figures
        for (let index = 0; index < spans.length; index++) {
          const span = spans[index]
          if (span !== undefined && isOfBacklog(span, figures, query.filter)) backlogs.add(span, createdAt)
        }
      },
      incomplete: (createdAt: number, until: number): void => {
        const { from, to } = query.period
        const last = groupByTime(grouping, Math.min(until, to - 1))
        for (let part = groupByTime(grouping, Math.max(createdAt, from)); part <= last; part++)
          incomplete[part] = (incomplete[part] ?? 0) + 1
      },
      backlogOf: (group: number): Backlog => {
        told ??= backlogs.told()
        return told[group] ?? backlogAt(at, levels).told()
      },
      incompleteOf: (group: number): number => incomplete[group] ?? 0,
    }
  }
  const backlogs: ReturnType<typeof backlogAt>[] = []
  let allIncomplete = 0
  return {
    open: (figures: TicketFigures): void => {
      const span = openAt(figures, at)
      if (span === null || !isOfBacklog(span, figures, query.filter)) return
      const group = groupOf(grouping, levels, figures.category ?? '', at, span.level, figures.assignee)
      let backlog = backlogs[group]
      if (backlog === undefined) {
        backlog = backlogAt(at, levels)
        backlogs[group] = backlog
      }
      backlog.add(span, figures.createdAt)
    },
    incomplete: (_createdAt: number, _until: number, category: string): void => {
      if (dimension === 'category') {
        const group = groupByKey(grouping, category)
        incomplete[group] = (incomplete[group] ?? 0) + 1
      } else allIncomplete++
    },
    backlogOf: (group: number): Backlog => (backlogs[group] ?? backlogAt(at, levels)).told(),
    incompleteOf: (group: number): number => (incomplete[group] ?? 0) + allIncomplete,
  }
}

/** By name, nobody and nothing last; levels from below; time as it goes by. */
const inOrder = ({ dimension, parts, keys }: Grouping): number[] => {
  const order = keys.map((_, index) => index)
  if (parts.length > 0) return order
  const key = (index: number): string => keys[index] ?? ''
  return order.sort((a, b) => {
    if (dimension === 'level') return Number(key(a)) - Number(key(b))
    if (key(a) === '' || key(b) === '') return key(a) === '' ? 1 : -1
    return key(a) < key(b) ? -1 : 1
  })
}

export const summarise = (rows: Iterable<MeasuredRow>, query: ReportQuery, rules: SummaryRules): Report => {
  const { period, before, filter, now } = query
  const clock = query.clock ?? null
  const { levels, reopenWithin } = rules
  const names = figureNames(levels)
  const inflow = names.all.indexOf('inflow')
  const at = Math.min(period.to, now)

  const dimensions = [...new Set(query.by)]
  const groupings = dimensions.map((dimension) => groupingOf(dimension, period, rules))
  const extras = groupings.map((grouping) => groupExtrasOf(grouping, at, query, rules))
  const collector = collectorOf(groupings, rules, clock)
  const earlier = before === null ? null : collectorOf([], rules, clock)
  const backlog = backlogAt(at, levels)
  const delays: number[] = []
  const excluded = new Map<string, number>()
  let incomplete = 0
  const running = { due: 0, late: 0, paused: 0 }
  const runningByKind = new Map<TargetKind, { due: number; late: number; paused: number; soon: number }>()

  let intakeDelay: number | null = null
  const emit: EmitFact = (figure, when, calendar, business, level, agent, counts) => {
    if (!matches(filter, level, agent)) return
    if (when >= period.from && when < period.to) {
      collector.take(figure, when, calendar, business, level, agent, counts)
      if (figure === inflow && intakeDelay !== null) delays.push(intakeDelay)
    }
    if (earlier !== null && before !== null && when >= before.from && when < before.to)
      earlier.take(figure, when, calendar, business, level, agent, counts)
  }

  for (const { figures } of rows) {
    if (!isOfCategory(figures, filter)) continue
    if (figures.excluded !== null) {
      if (isLeftOut(figures, period, filter, now))
        excluded.set(figures.excluded, (excluded.get(figures.excluded) ?? 0) + 1)
      continue
    }
    const category = figures.category ?? ''
    intakeDelay = figures.intakeDelay
    collector.begin(category)
    earlier?.begin(category)
    eachFact(figures, levels, now, reopenWithin, emit)
    collector.end()
    earlier?.end()

    const span = openAt(figures, at)
    if (span !== null && isOfBacklog(span, figures, filter)) backlog.add(span, figures.createdAt)
    for (let index = 0; index < extras.length; index++) extras[index]?.open(figures)

    const until = incompleteUntil(figures, now)
    if (until !== null && figures.createdAt < period.to && until >= period.from) {
      incomplete++
      for (const extra of extras) extra.incomplete(figures.createdAt, until, category)
    }
    if (figures.targets.length > 0 && isRunning(figures, filter, now))
      for (const target of figures.targets) {
        if (target.stopped !== null) continue
        const state = targetState(target, now)
        if (state === 'met') continue
        let ofKind = runningByKind.get(target.kind)
        if (ofKind === undefined) {
          ofKind = { due: 0, late: 0, paused: 0, soon: 0 }
          runningByKind.set(target.kind, ofKind)
        }
        running[state]++
        ofKind[state]++
        if (state === 'due' && target.warn !== null && target.warn <= now) ofKind.soon++
      }
  }

  const room = roomFor(clock, collector, earlier)
  const groups = new Map<Dimension, readonly Group[]>(
    groupings.map((grouping, index) => {
      const asked = query.groupDurations?.[grouping.dimension] ?? names.durations
      const each = figuresByGroup(collector, names, index, grouping.keys.length, room, asked)
      const extra = extras[index]
      return [
        grouping.dimension,
        inOrder(grouping).flatMap((group): Group[] => {
          const figures = each[group]
          const part = grouping.parts[group]
          return figures === undefined || extra === undefined
            ? []
            : [
                {
                  key: grouping.keys[group] ?? '',
                  period: part === undefined ? null : { from: part.from, to: part.to },
                  figures,
                  backlog: extra.backlogOf(group),
                  incomplete: extra.incompleteOf(group),
                },
              ]
        }),
      ]
    }),
  )
  return {
    query,
    figures: totalOf(collector, names, room),
    before: earlier === null ? null : totalOf(earlier, names, room),
    backlog: backlog.told(),
    groups,
    running,
    runningByKind,
    excluded: new Map([...excluded].sort(([a], [b]) => (a < b ? -1 : 1))),
    incomplete,
    intakeDelay: spreadOf(Float64Array.from(delays)),
  }
}

// --- The tickets behind a number ----------------------------------------------------------------

/** What stands behind a number, in columns: a hundred thousand lines are put in order to show fifty of them. */
const linesBehind = () => {
  let size = 256
  let total = 0
  let numbers = new Float64Array(size)
  let instants = new Float64Array(size)
  let ranks = new Float64Array(size)
  let calendars = new Float64Array(size)
  let businesses = new Float64Array(size)
  const counted: (boolean | null)[] = []
  return {
    /** NaN where there is no duration. Lines of higher rank come first, then the newest. */
    add: (
      n: number,
      at: number,
      rank: number,
      calendar: number,
      business: number,
      counts: boolean | null,
    ): void => {
      if (total === size) {
        size *= 2
        numbers = twice(numbers, new Float64Array(size))
        instants = twice(instants, new Float64Array(size))
        ranks = twice(ranks, new Float64Array(size))
        calendars = twice(calendars, new Float64Array(size))
        businesses = twice(businesses, new Float64Array(size))
      }
      numbers[total] = n
      instants[total] = at
      ranks[total] = rank
      calendars[total] = calendar
      businesses[total] = business
      counted[total] = counts
      total++
    },
    told: (offset: number, limit: number): Behind => {
      const of = (values: Float64Array, line: number): number => values[line] ?? 0
      const milliseconds = (value: number): number | null => (Number.isNaN(value) ? null : value)
      const order = Uint32Array.from({ length: total }, (_, index) => index).sort(
        (a, b) =>
          of(ranks, b) - of(ranks, a) ||
          of(instants, b) - of(instants, a) ||
          of(numbers, a) - of(numbers, b) ||
          a - b,
      )
      return {
        total,
        tickets: Array.from(order.subarray(offset, offset + limit), (line) => ({
          n: of(numbers, line),
          at: of(instants, line),
          calendar: milliseconds(of(calendars, line)),
          business: milliseconds(of(businesses, line)),
          counts: counted[line] ?? null,
        })),
      }
    },
  }
}

/**
 * The list behind one number of a report with the same period, filter and instant; a group's number is had by its own
 * period or filter. Durations come with the longest first, rates with those that count first. Promises that run are
 * told one by one: the longest late first, the next due first, the least time left first; `at` is their due time.
 */
export const lookBehind = (rows: Iterable<MeasuredRow>, query: BehindQuery, rules: SummaryRules): Behind => {
  const { figure, filter, now } = query
  const lines = linesBehind()
  const add =
    figure === 'backlog'
      ? backlogBehind(query, lines.add)
      : figure === 'running_due' || figure === 'running_late' || figure === 'running_paused'
        ? runningBehind(query, lines.add)
        : figure === 'incomplete' || figure === 'excluded'
          ? ({ n, figures }: MeasuredRow): void => {
              const { from, to } = query.period
              const until = incompleteUntil(figures, now)
              const there =
                figure === 'excluded'
                  ? isLeftOut(figures, query.period, filter, now)
                  : until !== null && figures.createdAt < to && until >= from
              if (there) lines.add(n, figures.createdAt, 0, Number.NaN, Number.NaN, null)
            }
          : factsBehind(query, rules, lines.add)
  for (const row of rows) if (isOfCategory(row.figures, filter)) add(row)
  return lines.told(query.offset, query.limit)
}

type AddLine = ReturnType<typeof linesBehind>['add']

const factsBehind = (query: BehindQuery, { levels, reopenWithin }: SummaryRules, add: AddLine) => {
  const { filter, period, now } = query
  const { all, durations, rates } = figureNames(levels)
  const names: readonly string[] = all
  const wanted = names.indexOf(query.figure)
  const isDuration = wanted < durations.length
  const isRate = !isDuration && wanted < durations.length + rates.length
  let n = 0
  let resolvedAt: number | null = null
  let reopened = false
  const emit: EmitFact = (figure, at, calendar, business, level, agent, counts) => {
    if (figure !== wanted || !within(at, period) || !matches(filter, level, agent)) return
    if (isDuration) add(n, at, query.clock === 'business' ? business : calendar, calendar, business, null)
    else if (!isRate) add(n, at, 0, Number.NaN, Number.NaN, null)
    else if (query.figure === 'reopen_rate') {
      // Once for each ticket: by its latest resolution that was reopened, else by its latest.
      if (counts !== true && reopened) return
      resolvedAt = at
      reopened = counts === true
    } else if (counts !== null) add(n, at, counts ? 1 : 0, Number.NaN, Number.NaN, counts)
  }
  return (row: MeasuredRow): void => {
    n = row.n
    resolvedAt = null
    reopened = false
    eachFact(row.figures, levels, now, reopenWithin, emit)
    if (resolvedAt !== null) add(n, resolvedAt, reopened ? 1 : 0, Number.NaN, Number.NaN, reopened)
  }
}

const backlogBehind = ({ period, filter, now, age }: BehindQuery, add: AddLine) => {
  const at = Math.min(period.to, now)
  return ({ n, figures }: MeasuredRow): void => {
    const span = figures.excluded === null ? openAt(figures, at) : null
    if (span === null || !isOfBacklog(span, figures, filter)) return
    const old = at - figures.createdAt
    if (age === null || ages[ageOf(old)] === age) add(n, figures.createdAt, old, old, Number.NaN, null)
  }
}

const runningBehind = ({ figure, filter, now }: BehindQuery, add: AddLine) => {
  const wanted = figure.slice('running_'.length)
  return ({ n, figures }: MeasuredRow): void => {
    if (!isRunning(figures, filter, now)) return
    for (const target of figures.targets) {
      const { stopped, missed, due, left } = target
      if (stopped !== null || targetState(target, now) !== wanted) continue
      const at = missed ?? due ?? now
      if (wanted === 'late') add(n, at, now - at, now - at, Number.NaN, null)
      else if (wanted === 'due') add(n, at, now - at, Number.NaN, Number.NaN, null)
      else add(n, figures.spans.at(-1)?.from ?? now, -(left ?? 0), Number.NaN, left ?? Number.NaN, null)
    }
  }
}
