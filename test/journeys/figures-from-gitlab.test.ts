// Figures from the first deed in GitLab to the last digit on the page: people work by hand, Belay reads it, and every
// number is what pencil and paper say (test/support/stories-with-figures.ts). Nothing of how Belay measures is used.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { compareWithGitlab } from '../../src/application/compare-with-gitlab.ts'
import { rebuildIndex } from '../../src/application/rebuild-index.ts'
import type { KpiLine } from '../../src/domain/kpi/lines.ts'
import type { BelayByHand, Deed, GitlabByHand } from '../support/by-hand-in-gitlab.ts'
import {
  berlin,
  closes,
  gitlabByHand,
  labels,
  opens,
  reopens,
  retracts,
  says,
} from '../support/by-hand-in-gitlab.ts'
import { csvLines, jsonLines } from '../support/kpi-doors.ts'
import type { Both, Came, Expected, Story } from '../support/stories-with-figures.ts'
import { deedsOf, noon, office, storiesWithFigures } from '../support/stories-with-figures.ts'
import { minute } from '../support/tickets.ts'
import type { Visitor } from '../support/visitor.ts'

let gitlab: GitlabByHand
let belay: BelayByHand
let davi: Visitor
let stories: readonly Story[]

before(async () => {
  gitlab = await gitlabByHand('2026-03-01 08:00', office)
  const { sandbox } = gitlab
  stories = storiesWithFigures(sandbox.makeBot(30).token)
  await gitlab.tell(deedsOf(stories))
  gitlab.turnTo(noon)
  belay = await gitlab.openBelay()
  await belay.caughtUp()
  davi = await belay.signedIn('davi')
})
after(async () => {
  await belay?.stop()
  await gitlab?.stop()
})

// --- What pencil and paper say -----------------------------------------------------------------

type Fact = {
  readonly story: string
  readonly at: number
  readonly calendar: number
  readonly business: number
  readonly level: number
  /** null: who did it is not looked at. */
  readonly by: string | null
  readonly category: string
}

const ms = (minutes: number): number => Math.round(minutes * minute)

const counted = () => stories.flatMap(({ name, expected }) => (expected === null ? [] : [{ name, expected }]))

/** The facts behind a duration. */
const factsOf = (figure: string): Fact[] =>
  counted().flatMap(({ name, expected: one }) => {
    const category = one.category ?? ''
    const came = (value: Came | undefined): Fact[] => {
      if (!value) return []
      const [at, calendar, business, level, by] = value
      return [
        { story: name, at: berlin(at), calendar: ms(calendar), business: ms(business), level, by, category },
      ]
    }
    /** With the resolution that holds. */
    const within = (both: Both | undefined): Fact[] =>
      both === undefined
        ? []
        : came(one.ttr).map((fact) => ({ ...fact, calendar: ms(both[0]), business: ms(both[1]) }))
    const [, ...whole] = one.ttr ?? ['', 0, 0]
    const open: Both = one.open ?? [whole[0], whole[1]]
    const net: Both = one.net ?? open
    const level = (n: number) =>
      (one.levels ?? { 1: { whole: open, net } })[n] as { whole: Both; net?: Both } | undefined
    switch (figure) {
      case 'frt':
        return came(one.frt)
      case 'nrt':
        return (one.nrt ?? []).flatMap(came)
      case 'ttr_first':
        return came(one.first ?? one.ttr)
      case 'ttr':
        return came(one.ttr)
      case 'open_time':
        return within(open)
      case 'ttr_net':
      case 'requester_wait':
        return within(net)
      case 'waiting':
        return within(one.waiting)
      case 'level_1':
        return within(level(1)?.whole)
      case 'level_2':
        return within(level(2)?.whole)
      case 'level_1_net':
        return within(level(1)?.net ?? level(1)?.whole)
      case 'level_2_net':
        return within(level(2)?.net ?? level(2)?.whole)
      case 'tte':
        return one.tte
          ? [
              {
                story: name,
                at: berlin(one.tte[0]),
                calendar: ms(one.tte[1]),
                business: ms(one.tte[2]),
                level: 0,
                by: null,
                category,
              },
            ]
          : []
      default:
        return assert.fail(figure)
    }
  })

const durations = [
  'frt',
  'nrt',
  'ttr_first',
  'ttr',
  'ttr_net',
  'open_time',
  'requester_wait',
  'waiting',
  'tte',
  'level_1',
  'level_2',
  'level_1_net',
  'level_2_net',
] as const

/** Nearest rank. */
const spread = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b)
  const n = sorted.length
  const rank = (p: number) => (n === 0 ? null : (sorted[Math.ceil(p * n) - 1] ?? null))
  return {
    n,
    p50: rank(0.5),
    p90: rank(0.9),
    mean: n === 0 ? null : sorted.reduce((sum, one) => sum + one, 0) / n,
  }
}

type Days = { readonly from: string; readonly to: string }
const inDays = (at: number, { from, to }: Days): boolean =>
  at >= berlin(`${from} 00:00`) && at < berlin(`${to} 00:00`)

/** Half-open, as addresses say them. */
const periods: readonly (readonly [search: string, Days])[] = [
  ['?period=2026', { from: '2026-01-01', to: '2027-01-01' }],
  ['?period=2026-03', { from: '2026-03-01', to: '2026-04-01' }],
  ['?period=2026-05', { from: '2026-05-01', to: '2026-06-01' }],
  ['?period=2026-06', { from: '2026-06-01', to: '2026-07-01' }],
  ['?period=2026-07', { from: '2026-07-01', to: '2026-08-01' }],
  ['?period=2026-Q2', { from: '2026-04-01', to: '2026-07-01' }],
  ['?period=2026-W24', { from: '2026-06-08', to: '2026-06-15' }],
  ['?from=2026-06-16&to=2026-06-16', { from: '2026-06-16', to: '2026-06-17' }],
  ['?from=2026-06-30&to=2026-06-30', { from: '2026-06-30', to: '2026-07-01' }],
]

const now = berlin(noon)
const fourteenDays = 14 * 86_400_000

/** What a rate is made of: when each counted, and whether it is of the part. */
type Share = {
  readonly story: string
  readonly at: number
  readonly counts: boolean
  readonly provisional?: boolean
}

const resolvedAt = (one: Expected): number[] =>
  (one.resolved ?? (one.ttr ? [one.ttr[0]] : [])).map((at) => berlin(at))

const always: Days = { from: '2026-01-01', to: '2027-01-01' }

const sharesOf = (rate: string, days = always): Share[] =>
  allSharesOf(rate, days).filter(({ at }) => inDays(at, days))

const allSharesOf = (rate: string, days: Days): Share[] =>
  counted().flatMap(({ name: story, expected: one }): Share[] => {
    // The resolution that holds.
    const last = one.ttr ? berlin(one.ttr[0]) : undefined
    const outcomes = (...kinds: readonly ('frt' | 'ttr' | 'ola')[]): Share[] =>
      kinds.flatMap((kind) => {
        const outcome = one.sla[kind]
        return outcome ? [{ story, at: berlin(outcome[1]), counts: outcome[0] === 'met' }] : []
      })
    switch (rate) {
      case 'escalation_rate':
        return last === undefined ? [] : [{ story, at: last, counts: one.tte !== undefined }]
      case 'flr':
        return last === undefined ? [] : [{ story, at: last, counts: one.tte === undefined }]
      case 'de_escalation_rate':
        return one.tte ? [{ story, at: berlin(one.tte[0]), counts: one.returned === true }] : []
      case 'fcr':
      case 'fcr_no_reply':
        return last === undefined || last + fourteenDays > now
          ? []
          : [{ story, at: last, counts: rate === 'fcr' ? one.fcr : one.fcrNoReply === true }]
      case 'reopen_rate': {
        // A ticket counts once in each period it was resolved in: as opened again, if it was after one of these.
        const within = resolvedAt(one).filter((at) => inDays(at, days))
        const again = within.find((at) => one.reopened !== undefined && at === berlin(one.reopened))
        const at = again ?? within.at(-1)
        return at === undefined
          ? []
          : [
              {
                story,
                at,
                counts: again !== undefined,
                provisional: again === undefined && at === last && at + fourteenDays > now,
              },
            ]
      }
      case 'sla':
        return outcomes('frt', 'ttr')
      case 'sla_first_response':
        return outcomes('frt')
      case 'sla_resolution':
        return outcomes('ttr')
      case 'ola_level_2':
        return outcomes('ola')
      default:
        return assert.fail(rate)
    }
  })

const rates = [
  'escalation_rate',
  'flr',
  'de_escalation_rate',
  'fcr',
  'fcr_no_reply',
  'reopen_rate',
  'sla',
  'sla_first_response',
  'sla_resolution',
  'ola_level_2',
] as const

// --- What Belay says -----------------------------------------------------------------------------

const cellsOf = (csv: string): string[][] =>
  csv
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/"((?:[^"]|"")*)"/gu)].map(([, cell = '']) => cell.replaceAll('""', '"')),
    )

const behind = async (figure: string, search: string): Promise<string[][]> => {
  const answer = await davi.get(`/kpi/tickets.csv${search}&figure=${figure}`)
  assert.equal(answer.status, 200, `${figure}: ${answer.text}`)
  return cellsOf(answer.text).slice(1)
}

const iso = (at: number) => new Date(at).toISOString()
const lineIn = (lines: readonly KpiLine[], figure: string, clock: string | null = null, key = '') => {
  const found = lines.filter((line) => line.figure === figure && line.clock === clock && line.key === key)
  assert.equal(found.length, 1, `${figure} ${clock} ${key}: ${found.length} lines`)
  return found[0] as KpiLine
}

/** All differences at once: a list says more than the first of them. */
const same = <T>(rows: readonly (readonly [what: string, told: T, expected: T])[]) => {
  const wrong = rows.filter(([, told, expected]) => JSON.stringify(told) !== JSON.stringify(expected))
  assert.equal(
    wrong.length,
    0,
    wrong
      .map(([what, a, b]) => `${what}\n  told     ${JSON.stringify(a)}\n  expected ${JSON.stringify(b)}`)
      .join('\n'),
  )
}

/** Each figure's list: ticket by ticket, both clocks, to the millisecond. */
const listsAreRight = async () => {
  const rows: [string, unknown, unknown][] = []
  for (const figure of durations) {
    const listed = await behind(figure, '?period=2026')
    const of = (story: string) => {
      const iid = String(gitlab.iid(story))
      return listed
        .filter(([ticket]) => ticket === iid)
        .map(([, , , , , calendar, business, , at]) => `${at} ${calendar} ${business}`)
        .sort()
    }
    const facts = factsOf(figure)
    for (const { name } of stories)
      rows.push([
        `${figure} of ${name}`,
        of(name),
        facts
          .filter(({ story }) => story === name)
          .map(({ at, calendar, business }) => `${iso(at)} ${calendar} ${business}`)
          .sort(),
      ])
    rows.push([`${figure}: how many`, listed.length, facts.length])
  }
  same(rows)
}

const ratesAreRight = async () => {
  const rows: [string, unknown, unknown][] = []
  for (const rate of rates) {
    const listed = await behind(rate, '?period=2026')
    const shares = sharesOf(rate)
    for (const { name } of stories)
      rows.push([
        `${rate} of ${name}`,
        listed
          .filter(([ticket]) => ticket === String(gitlab.iid(name)))
          .map(([, , , , , , , counts, at]) => `${at} ${counts}`)
          .sort(),
        shares
          .filter(({ story }) => story === name)
          .map(({ at, counts }) => `${iso(at)} ${counts}`)
          .sort(),
      ])
    rows.push([`${rate}: how many`, listed.length, shares.length])
  }
  same(rows)
}

const spreadOfLine = ({ n, p50, p90, mean }: KpiLine) => ({ n, p50, p90, mean })

const linesAreRight = async () => {
  const rows: [string, unknown, unknown][] = []
  for (const [search, days] of periods) {
    const lines = await jsonLines(davi, search)
    const all = lines.filter(({ by }) => by === null)
    for (const figure of durations)
      for (const clock of ['calendar', 'business'] as const)
        rows.push([
          `${search} ${figure} ${clock}`,
          spreadOfLine(lineIn(all, figure, clock)),
          spread(
            factsOf(figure)
              .filter(({ at }) => inDays(at, days))
              .map((fact) => fact[clock]),
          ),
        ])
    const opened = counted().filter(({ expected }) => inDays(berlin(expected.opened), days)).length
    const resolved = counted().flatMap(({ expected }) =>
      resolvedAt(expected).filter((at) => inDays(at, days)),
    ).length
    rows.push([`${search} inflow`, lineIn(all, 'inflow').value, opened])
    rows.push([`${search} outflow`, lineIn(all, 'outflow').value, resolved])
    const { n, part } = lineIn(all, 'escalations_per_created')
    rows.push([
      `${search} escalations_per_created`,
      [n, part],
      [opened, factsOf('tte').filter(({ at }) => inDays(at, days)).length],
    ])
  }
  same(rows)
}

test('behind each duration stand its tickets, with both clocks to the millisecond', listsAreRight)

test('behind each rate stand its tickets, and which of them are of the part', ratesAreRight)

test('every period has its medians, ninth deciles, means and numbers', linesAreRight)

test('rates are part of whole, provisional where they can still change, and a dash where there is nothing', async () => {
  const rows: [string, unknown, unknown][] = []
  for (const [search, days] of periods) {
    const lines = (await jsonLines(davi, search)).filter(({ by }) => by === null)
    for (const rate of rates) {
      const { n, part, value, provisional } = lineIn(lines, rate)
      const shares = sharesOf(rate, days)
      const good = shares.filter(({ counts }) => counts).length
      rows.push([
        `${search} ${rate}`,
        { n, part, value },
        { n: shares.length, part: good, value: shares.length === 0 ? null : good / shares.length },
      ])
      if (rate === 'reopen_rate')
        rows.push([
          `${search} ${rate} provisional`,
          provisional,
          shares.filter((share) => share.provisional).length,
        ])
    }
  }
  same(rows)
  const march = (await jsonLines(davi, '?period=2026-03')).filter(({ by }) => by === null)
  assert.deepEqual([lineIn(march, 'ola_level_2').n, lineIn(march, 'ola_level_2').value], [0, null])
  assert.deepEqual([lineIn(march, 'csat').n, lineIn(march, 'csat').value], [0, null])
})

test('the backlog is what was open at the end of the period', async () => {
  const backlog = async (search: string) => {
    const lines = (await jsonLines(davi, search)).filter(({ by }) => by === null)
    return Object.fromEntries(
      lines
        .filter(({ figure, value }) => figure.startsWith('backlog') && value !== 0)
        .map(({ figure, value }) => [figure, value]),
    )
  }
  assert.deepEqual(await backlog('?period=2026'), {
    backlog: 5,
    backlog_waiting: 1,
    backlog_level_1: 4,
    backlog_level_2: 1,
    'backlog_<1d': 1,
    'backlog_1-3d': 1,
    'backlog_3-7d': 1,
    'backlog_7-30d': 1,
    'backlog_>30d': 1,
  })
  // At midnight between June and July: C for 21 days, and what had come ten minutes before.
  assert.deepEqual(await backlog('?period=2026-06'), {
    backlog: 2,
    backlog_level_1: 2,
    'backlog_<1d': 1,
    'backlog_7-30d': 1,
  })
  // From Friday 09:00 to the end of May: 2 days 15 h at Level 2.
  assert.deepEqual(await backlog('?period=2026-05'), {
    backlog: 1,
    backlog_level_2: 1,
    'backlog_1-3d': 1,
  })
})

test('promises that run are in time, late or paused, and what is left out is told', async () => {
  const lines = (await jsonLines(davi, '?period=2026')).filter(({ by }) => by === null)
  const said = (figure: string) => lineIn(lines, figure).value
  assert.deepEqual(
    Object.fromEntries(
      ['targets_due', 'targets_late', 'targets_paused', 'incomplete', 'excluded'].map((figure) => [
        figure,
        said(figure),
      ]),
    ),
    // Due: both of this morning. Paused: the resolution for Ana. Late: C, came back, and three at Level 2.
    { targets_due: 2, targets_late: 5, targets_paused: 1, incomplete: 0, excluded: 4 },
  )
  assert.deepEqual(
    ['label', 'duplicate', 'moved', 'deleted', 'no-ticket'].map((why) => said(`excluded_${why}`)),
    [2, 1, 1, 0, 0],
  )
  // Years of history are read for the first time: nobody is told of what was late in them.
  const ours = gitlab.sandbox
    .issues()
    .flatMap(({ iid }) => gitlab.sandbox.notes(iid).filter(({ body }) => body.includes('<!-- belay')))
  assert.deepEqual(ours, [])
})

test('categories, levels, agents, days, weeks and months are counted from the tickets', async () => {
  const rows: [string, unknown, unknown][] = []
  /** The local day, so many days earlier. */
  const dayOf = (at: number, earlier = 0): string => {
    const summer = at >= berlin('2026-03-29 02:00')
    return iso(at + (summer ? 7_200_000 : 3_600_000) - earlier * 86_400_000).slice(0, 10)
  }
  const keys = {
    category: (fact: Fact) => fact.category,
    level: (fact: Fact) => String(fact.level),
    agent: (fact: Fact) => fact.by ?? '',
    month: (fact: Fact) => `${dayOf(fact.at).slice(0, 7)}-01`,
    week: (fact: Fact) => dayOf(fact.at, (new Date(dayOf(fact.at)).getUTCDay() + 6) % 7),
    day: (fact: Fact) => dayOf(fact.at),
  } as const
  for (const [by, keyOf] of Object.entries(keys)) {
    const lines = await jsonLines(davi, `?period=2026&by=${by}`)
    for (const figure of durations) {
      // At which level and by whom a ticket was escalated is not said by the definitions.
      if (figure === 'tte' && (by === 'level' || by === 'agent')) continue
      for (const clock of ['calendar', 'business'] as const) {
        const groups = Map.groupBy(factsOf(figure), keyOf)
        const told = lines
          .filter((line) => line.by === by && line.figure === figure && line.clock === clock && line.n > 0)
          .map((line) => [line.key, spreadOfLine(line)] as const)
        rows.push([
          `${by} ${figure} ${clock}`,
          told.toSorted(([a], [b]) => (a < b ? -1 : 1)),
          [...groups]
            .map(([key, facts]) => [key, spread(facts.map((fact) => fact[clock]))] as const)
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        ])
      }
    }
  }
  same(rows)
})

test('vectors J and K: the nearest rank of five, and of four on one day', async () => {
  const of = async (search: string) =>
    spreadOfLine(
      lineIn(
        (await jsonLines(davi, `${search}&category=Gitlab+Account`)).filter(({ by }) => by === null),
        'frt',
        'calendar',
      ),
    )
  assert.deepEqual(await of('?period=2026'), {
    n: 5,
    p50: 30 * minute,
    p90: 5_000 * minute,
    mean: 1_020 * minute,
  })
  const four = await of('?from=2026-06-16&to=2026-06-16')
  assert.deepEqual([four.n, four.p50, four.mean], [4, 20 * minute, 25 * minute])
})

test('table and JSON are one, and the page shows the same numbers with their lists', async () => {
  for (const [search] of periods)
    assert.deepEqual(await csvLines(davi, search), await jsonLines(davi, search), search)
  const five = await davi.get('/kpi?period=2026&category=Gitlab+Account&clock=calendar')
  assert.equal(five.status, 200)
  const words = (html: string) => html.replaceAll(/<[^>]*>/gu, ' ').replaceAll(/\s+/gu, ' ')
  assert.match(words(five.text), /First response.{0,80}30 min/u)
  assert.match(words(five.text), /3 d 11 h/u)
  const four = await davi.get('/kpi?from=2026-06-16&to=2026-06-16&category=Gitlab+Account')
  assert.match(words(four.text), /10 min · 20 min · 30 min · 40 min/u)
  const year = await davi.get('/kpi?period=2026')
  for (const figure of ['inflow', 'outflow', 'backlog']) {
    const value = lineIn(
      (await jsonLines(davi, '?period=2026')).filter(({ by }) => by === null),
      figure,
    ).value
    assert.match(year.text, new RegExp(`figure=${figure}">${value}</a>`, 'u'), figure)
  }
  const list = await davi.get('/kpi/tickets?period=2026&figure=ola_level_2')
  for (const { story } of sharesOf('ola_level_2'))
    assert.match(list.text, new RegExp(`#${gitlab.iid(story)}<`, 'u'), story)
})

/** As the page writes durations: rounded down to the minute; days in calendar time only. */
const written = (milliseconds: number, clock: 'calendar' | 'business'): string => {
  const minutes = Math.floor(milliseconds / minute)
  if (minutes === 0) return milliseconds > 0 ? '< 1 min' : '0 min'
  const number = (value: number) => value.toLocaleString('en-GB')
  const days = clock === 'calendar' ? Math.floor(minutes / 1_440) : 0
  const hours = Math.floor(minutes / 60) - days * 24
  const some = (value: number, unit: string) => (value > 0 ? [`${number(value)} ${unit}`] : [])
  return days > 0
    ? [...some(days, 'd'), ...some(hours, 'h')].join(' ')
    : [...some(hours, 'h'), ...some(minutes % 60, 'min')].join(' ')
}

test('each ticket explains its figures: business time and calendar time of all that came', async () => {
  const rows: [string, unknown, unknown][] = []
  const names = {
    frt: 'First response',
    nrt: 'Next response',
    ttr: 'Resolution',
    ttr_net: 'Resolution, net',
    open_time: 'Open time',
    waiting: 'Waiting for the requester',
    level_1: 'At Level 1',
    level_2: 'At Level 2',
    tte: 'Until escalated',
  }
  for (const { name, expected } of stories) {
    const page = await davi.get(`/issues/${gitlab.iid(name)}/figures`)
    if (page.status !== 200) {
      rows.push([name, page.status, expected === null ? page.status : 200])
      continue
    }
    if (expected === null) {
      rows.push([name, /stands in no figure/u.test(page.text), true])
      continue
    }
    const told = [
      ...page.text.matchAll(/<tr><th scope="row" title="[^"]*">([^<]*)<\/th>(.*?)<\/tr>/gsu),
    ].flatMap(([, figure = '', cells = '']) =>
      /so far/u.test(cells)
        ? []
        : [[figure, ...[...cells.matchAll(/<td class="n"[^>]*>([^<]*)</gu)].map(([, cell]) => cell)]],
    )
    for (const [figure, title] of Object.entries(names)) {
      if (!expected.ttr && !['frt', 'nrt', 'tte'].includes(figure)) continue
      // Of what never waited a list says nothing, and the page may say that it is none.
      if (figure === 'waiting' && expected.waiting === undefined) continue
      rows.push([
        `${name}: ${title}`,
        told
          .filter(([one]) => one === title)
          .map(([, ...lengths]) => lengths)
          .sort(),
        factsOf(figure)
          .filter(({ story }) => story === name)
          .map(({ calendar, business }) => [written(business, 'business'), written(calendar, 'calendar')])
          .sort(),
      ])
    }
  }
  same(rows)
})

const everyLine = async () => {
  const searches = [...periods.map(([search]) => search), '?period=2026&by=agent', '?period=2026&by=level']
  const told: Record<string, KpiLine[]> = {}
  for (const search of searches) told[search] = await jsonLines(davi, search)
  return told
}

const readAgain = async () => {
  await belay.parts.store.write((writer) => writer.markUnread(gitlab.sandbox.issues().map(({ iid }) => iid)))
  await belay.caughtUp()
}

test('labels that are deleted and agents who leave change nothing that was', async () => {
  const before = await everyLine()
  await gitlab.call('davi', 'DELETE', '/projects/1/labels/priority::high')
  const carla = gitlab.sandbox.users().find(({ username }) => username === 'carla')
  await gitlab.call('davi', 'DELETE', `/projects/1/members/${carla?.id}`)
  await readAgain()
  same(Object.entries(await everyLine()).map(([search, lines]) => [search, lines, before[search]]))
})

test('made again from GitLab alone, all figures are the same', async () => {
  const before = await everyLine()
  await belay.stop()
  belay = await gitlab.openBelay({ worker: false })
  const rebuilt = await rebuildIndex(belay.parts)
  assert.deepEqual(rebuilt?.after, rebuilt?.before)
  davi = await belay.signedIn('davi')
  same(Object.entries(await everyLine()).map(([search, lines]) => [search, lines, before[search]]))
  await listsAreRight()
  await ratesAreRight()
})

test('what GitLab takes back is taken back, and what it only forgets stays', async (t) => {
  const hand = await gitlabByHand('2026-06-01 08:00', office)
  t.after(() => hand.stop())
  const story = (name: string, day: string, ...deeds: (readonly [time: string, deed: Deed])[]) =>
    deeds.map(([time, deed]) => ({ story: name, at: `${day} ${time}`, deed }))
  await hand.tell([
    ...story(
      'an answer that was a mistake',
      '2026-06-24',
      ['13:00', opens('ana')],
      ['13:10', says('bruno', 'A mistake.')],
      ['13:40', says('carla')],
      ['14:00', closes('carla')],
    ),
    ...story('deleted', '2026-06-24', ['09:00', opens('ana')], ['10:00', closes('bruno')]),
    ...story('made a task', '2026-06-25', ['13:00', opens('ana')], ['13:30', closes('bruno')]),
    ...story(
      'with labels',
      '2026-06-25',
      ['09:00', opens('ana')],
      ['09:30', labels('bruno', '+waiting')],
      ['10:30', labels('bruno', '-waiting')],
      ['11:00', labels('bruno', '+level::2')],
      ['12:00', closes('carla')],
    ),
    ...story('first', '2026-06-26', ['09:00', opens('ana')], ['10:00', closes('bruno')]),
    ...story(
      'no duplicate after all',
      '2026-06-26',
      ['09:00', opens('ana')],
      ['09:30', (one, name) => says('bruno', `/duplicate #${one.iid('first')}`)(one, name)],
      ['10:00', reopens('carla')],
      ['11:00', closes('carla')],
    ),
  ])
  hand.turnTo('2026-07-31 12:00')
  const desk = await hand.openBelay({ worker: false })
  t.after(() => desk.stop())
  const lead = await desk.signedIn('davi')
  await desk.pull()
  const told = async () => {
    const lines = (await jsonLines(lead, '?period=2026-06')).filter(({ by }) => by === null)
    const mean = (figure: string) => {
      const line = lineIn(lines, figure, 'business')
      return [line.n, (line.mean ?? 0) / minute]
    }
    return {
      frt: mean('frt'),
      waiting: mean('waiting'),
      level_1: mean('level_1'),
      level_2: mean('level_2'),
      ttr: mean('ttr'),
      inflow: lineIn(lines, 'inflow').value,
      outflow: lineIn(lines, 'outflow').value,
      reopen_rate: lineIn(lines, 'reopen_rate').part,
    }
  }
  // All that were resolved: 60, 60, 30, 180, 60 and 120; of the fourth 120 at Level 1, the last was open for 30 and 60.
  assert.deepEqual(await told(), {
    frt: [1, 10],
    waiting: [1, 60],
    level_1: [6, (60 + 60 + 30 + 120 + 60 + 90) / 6],
    level_2: [1, 60],
    ttr: [6, 510 / 6],
    inflow: 6,
    outflow: 7,
    reopen_rate: 1,
  })

  const id = (name: string) => `/projects/1/issues/${hand.iid(name)}`
  await retracts('A mistake.')(hand, 'an answer that was a mistake')
  await hand.call('davi', 'DELETE', id('deleted'))
  await hand.call('davi', 'PUT', id('made a task'), { issue_type: 'task' })
  for (const label of ['waiting', 'level::2'])
    await hand.call('davi', 'DELETE', `/projects/1/labels/${label}`)
  hand.turnTo('2026-07-31 12:10')
  await compareWithGitlab(desk.parts)
  await desk.parts.store.write((writer) => writer.markUnread(hand.sandbox.issues().map(({ iid }) => iid)))
  await desk.pull()
  const after = {
    frt: [1, 40],
    waiting: [1, 60],
    level_1: [4, (60 + 120 + 60 + 90) / 4],
    level_2: [1, 60],
    ttr: [4, (60 + 180 + 60 + 120) / 4],
    inflow: 4,
    outflow: 5,
    reopen_rate: 1,
  }
  assert.deepEqual(await told(), after)
  const all = await jsonLines(lead, '?period=2026-06')
  assert.deepEqual([lineIn(all, 'excluded_deleted').value, lineIn(all, 'excluded_no-ticket').value], [1, 1])
  await rebuildIndex(desk.parts)
  assert.deepEqual(await told(), after)
})

test('done on Belay’s own pages, figures are the same before GitLab’s events are read, after and made again', async (t) => {
  const hand = await gitlabByHand('2026-08-03 08:00', office)
  const desk = await hand.openBelay({ worker: false })
  t.after(async () => {
    await desk.stop()
    await hand.stop()
  })
  const [bruno, carla, lead] = await Promise.all(['bruno', 'carla', 'davi'].map(desk.signedIn))
  assert.ok(bruno && carla && lead)
  const ana = desk.stranger()
  const lines = () => jsonLines(lead, '?period=2026-08&by=level')
  const follow: string[] = []

  /** Durations within the seconds after which GitLab heard of it; all else to the digit. */
  const near = (told: KpiLine, expected: KpiLine | undefined): boolean => {
    if (expected === undefined) return false
    if (told.unit !== 'ms') return JSON.stringify(told) === JSON.stringify(expected)
    const about = (a: number | null, b: number | null) =>
      a === null || b === null ? a === b : Math.abs(a - b) <= 10_000
    return (
      about(told.p50, expected.p50) &&
      about(told.p90, expected.p90) &&
      about(told.mean, expected.mean) &&
      JSON.stringify({ ...told, p50: 0, p90: 0, mean: 0 }) ===
        JSON.stringify({ ...expected, p50: 0, p90: 0, mean: 0 })
    )
  }
  const differences = (a: readonly KpiLine[], b: readonly KpiLine[]) => [
    ...(a.length === b.length ? [] : [`${a.length} lines, then ${b.length}`]),
    ...a.flatMap((line, index) =>
      near(line, b[index]) ? [] : [`${JSON.stringify(line)}\n       then ${JSON.stringify(b[index])}`],
    ),
  ]

  /** At this time somebody does it; then GitLab hears of it, and Belay reads what GitLab makes of it. */
  const step = async (at: string, what: string, deed: () => Promise<{ status: number; text: string }>) => {
    hand.turnTo(`2026-08-03 ${at}`)
    const answer = await deed()
    assert.equal(answer.status, 303, `${what}: ${answer.text.slice(0, 400)}`)
    const first = await lines()
    hand.turnTo(`2026-08-03 ${at}:02`)
    await desk.push()
    const sent = await lines()
    hand.turnTo(`2026-08-03 ${at}:04`)
    await desk.pull()
    const read = await lines()
    hand.turnTo(`2026-08-03 ${at}:06`)
    await desk.parts.store.write((writer) => writer.markUnread(hand.sandbox.issues().map(({ iid }) => iid)))
    await desk.pull()
    const again = await lines()
    for (const [when, others] of [
      ['sent', sent],
      ['read', read],
      ['read again', again],
    ] as const)
      for (const difference of differences(first, others))
        follow.push(`${at} ${what}, when ${when}: ${difference}`)
  }

  let link = ''
  await step('09:00', 'Ana asks', async () => {
    const form = await ana.get('/open-issue')
    const sent = await ana.post('/open-issue', {
      title: 'My screen stays black',
      description: 'Since this morning.',
      category: 'Hardware',
      name: 'Ana Alves',
      email: 'ana@school.example',
      key: ana.hidden(form, 'key'),
    })
    link = sent.location
    return sent
  })
  const post = (who: Visitor, what: string, fields: Record<string, string>) => () =>
    who.post(`/issues/1/${what}`, fields)
  await step('09:30', 'Bruno replies', post(bruno, 'replies', { body: 'Is the cable in?' }))
  await step('09:40', 'Bruno escalates', post(bruno, 'escalate', { reason: 'A panel', from: '1' }))
  await step('10:00', 'Carla lets it wait', post(carla, 'waiting', { waiting: 'on' }))
  await step('11:00', 'Ana answers', () => ana.post(`${link}/replies`, { body: 'It is.' }))
  await step('11:30', 'Carla replies', post(carla, 'replies', { body: 'Then it is the driver.' }))
  await step('11:40', 'Carla hands it back', post(carla, 'hand-back', { reason: 'A driver', from: '2' }))
  await step('12:00', 'Bruno resolves it', post(bruno, 'resolve', { answer: 'There is a new driver.' }))
  await step('13:00', 'Ana says that it is not', () =>
    ana.post(`${link}/solved`, { solved: 'no', body: 'It is black again.' }),
  )
  await step('14:00', 'Bruno resolves it again', post(bruno, 'resolve', { answer: 'And now?' }))
  await step('14:03', 'Bruno takes it back', post(bruno, 'reopen', {}))
  await step('14:10', 'Bruno resolves it at last', post(bruno, 'resolve', { answer: 'Now it is.' }))
  await step('14:30', 'Ana is content', () =>
    ana.post(`${link}/satisfaction`, { satisfaction: 'good', comment: '' }),
  )
  assert.deepEqual(follow, [])

  // By pencil: waiting 10:00–11:00, resolved 12:00–13:00 and, by a slip, 14:00–14:03; lunch 12:00–12:30.
  const told = (await lines()).filter(({ by }) => by === null)
  const minutes = Object.fromEntries(
    durations.map((figure) => [
      figure,
      (['calendar', 'business'] as const).map((clock) =>
        lineIn(told, figure, clock).n === 0
          ? []
          : [lineIn(told, figure, clock).n, Math.round((lineIn(told, figure, clock).mean ?? 0) / minute)],
      ),
    ]),
  )
  const both = (calendar: number, business: number, n = 1) => [
    [n, calendar],
    [n, business],
  ]
  assert.deepEqual(minutes, {
    frt: both(30, 30),
    // 11:00–11:30, and 13:00–14:00 by the text of the resolution.
    nrt: both(45, 45, 2),
    ttr_first: both(180, 180),
    ttr: both(310, 280),
    open_time: both(247, 247),
    ttr_net: both(187, 187),
    requester_wait: both(187, 187),
    waiting: both(60, 60),
    tte: both(40, 40),
    // 40, 20 from 11:40, 60 from 13:00 and 7 from 14:03.
    level_1: both(127, 127),
    level_1_net: both(127, 127),
    level_2: both(120, 120),
    level_2_net: both(60, 60),
  })
  const share = (rate: string) => [lineIn(told, rate).part, lineIn(told, rate).n]
  assert.deepEqual(
    Object.fromEntries(
      [...rates, 'csat', 'csat_answered', 'escalations_per_created'].map((rate) => [rate, share(rate)]),
    ),
    {
      escalation_rate: [1, 1],
      flr: [0, 1],
      de_escalation_rate: [1, 1],
      fcr: [0, 0],
      fcr_no_reply: [0, 0],
      reopen_rate: [1, 1],
      sla: [2, 2],
      sla_first_response: [1, 1],
      sla_resolution: [1, 1],
      ola_level_2: [1, 1],
      csat: [1, 1],
      csat_answered: [1, 2],
      escalations_per_created: [1, 1],
    },
  )
  assert.deepEqual([lineIn(told, 'inflow').value, lineIn(told, 'outflow').value], [1, 2])

  const before = await lines()
  const rebuilt = await rebuildIndex(desk.parts)
  assert.deepEqual(rebuilt?.after, rebuilt?.before)
  assert.deepEqual(await lines(), before)
})
