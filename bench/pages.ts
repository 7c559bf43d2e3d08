// How many dashboards and tickets a second, beside the same app's ready string and beside a desk
// with a hundredth of the tickets.

import { openBrowser } from './browser.ts'
import { keepChanging } from './changes.ts'
import { type Load, medianOf, medianRatio, type Rounds, takeTurns } from './load.ts'
import {
  averageSize,
  dashboards,
  divide,
  firstLooks,
  searches,
  spread,
  ticketPages,
  ticketsAtHand,
} from './page-sets.ts'
import { type Desk, startBareServer } from './processes.ts'
import { type Figure, fixed, whole } from './report.ts'
import { percentile, shuffled, sum } from './statistics.ts'

/** Request Tracker and Redmine: 3 and 10 dashboards a second where a bare Node server answers so often. */
const theirs = { bare: 36_000, better: 10 }
const mostResident = 150 * 1_024 * 1_024

export type PageOptions = { readonly rounds: number; readonly seconds: number; readonly warmUp: number }

const agents = ['bruno', 'carla', 'davi'] as const

const perSecond = (run: { readonly perSecond: number }) => run.perSecond
const p99 = (run: { readonly p99: number }) => run.p99

export const measurePages = async (
  input: {
    readonly large: Desk
    readonly small: Desk
    readonly tickets: number
    readonly smallTickets: number
    readonly coldTickets: number
    readonly firstLooks: number
    readonly options: PageOptions
  },
  tell: (sentence: string) => void,
): Promise<Figure[]> => {
  const { large, small, tickets, options } = input
  tell('signing in and choosing pages')
  const people = await Promise.all(agents.map((username) => openBrowser(large.url, username)))
  const smallPeople = await Promise.all(agents.map((username) => openBrowser(small.url, username)))
  const [first] = people
  const [smallFirst] = smallPeople
  if (!first || !smallFirst) throw new Error('nobody signed in')

  const atHand = await ticketsAtHand(first, 100)
  const cold = shuffled(tickets, input.coldTickets).map((index) => index + 1)
  tell(`reading ${atHand.length + cold.length} tickets in full`)
  await large.ask({ kind: 'read', iids: [...atHand, ...cold] })

  const dashboardAsks = await Promise.all(people.map(dashboards))
  const smallAsks = await Promise.all(smallPeople.map(dashboards))
  const ticketAsks = people.map((browser) => ticketPages(browser, atHand))
  const coldAsks = ticketPages(first, cold)
  const firstLookAsks = await firstLooks(first, input.firstLooks)
  const searchAsks = await searches(first, input.firstLooks)
  const sizes = {
    dashboard: await averageSize(large.url, dashboardAsks.flat()),
    ticket: await averageSize(large.url, ticketAsks.flat()),
  }
  await large.ask({ kind: 'floors', bytes: sizes })
  const bare = await startBareServer()

  const onLarge = (name: string, asks: Load['asks']): Load => ({
    name,
    url: large.url,
    asks,
    watch: large.watch,
  })
  const plain = (path: string): Load['asks'] => [[{ path, cookie: '' }]]
  tell('pages beside their floors')
  const rounds = await takeTurns(
    [
      { name: 'bare', url: bare.url, asks: plain('/'), watch: null },
      onLarge('dashboard floor', plain('/floor/dashboard')),
      onLarge('dashboard', spread(dashboardAsks)),
      { name: 'small dashboard', url: small.url, asks: spread(smallAsks), watch: small.watch },
      onLarge('ticket floor', plain('/floor/ticket')),
      onLarge('ticket', spread(ticketAsks)),
      onLarge('cold ticket', divide(coldAsks)),
      onLarge('first look', divide(firstLookAsks)),
      onLarge('search', divide(searchAsks)),
    ],
    options,
  )
  bare.stop()

  tell('dashboards while people change tickets')
  const changing = keepChanging(first, atHand, 5)
  const busyLoads = [
    onLarge('dashboard floor', plain('/floor/dashboard')),
    onLarge('dashboard', spread(dashboardAsks)),
  ]
  const busy = await takeTurns(busyLoads, options)
  const changes = await changing.stop()
  const memory = await large.ask({ kind: 'memory' })

  const ratioFigure = (
    name: string,
    [subject, floor]: readonly [string, string],
    asked: { readonly least: number | null; readonly from?: Rounds },
  ): Figure => {
    const from = asked.from ?? rounds
    const ratio = medianRatio(from, subject, floor, perSecond)
    return {
      name,
      value: `${whole(medianOf(from, subject, perSecond))}/s`,
      against: `${whole(medianOf(from, floor, perSecond))}/s`,
      ratio,
      limit: asked.least === null ? 'told only' : `at least ${asked.least}`,
      met: asked.least === null ? null : ratio >= asked.least,
      detail: { subject: from.get(subject), floor: from.get(floor) },
    }
  }
  const tailFigure = (
    name: string,
    [subject, floor]: readonly [string, string],
    asked: { readonly most: number | null; readonly from?: Rounds },
  ): Figure => {
    const from = asked.from ?? rounds
    const ratio = medianRatio(from, subject, floor, p99)
    return {
      name,
      value: `${fixed(medianOf(from, subject, p99))} ms`,
      against: `${fixed(medianOf(from, floor, p99))} ms`,
      ratio,
      limit: asked.most === null ? 'told only' : `at most ${asked.most}`,
      met: asked.most === null ? null : ratio <= asked.most,
      detail: null,
    }
  }

  const bareRate = medianOf(rounds, 'bare', perSecond)
  const scaled = medianRatio(rounds, 'dashboard', 'bare', perSecond) * theirs.bare
  const highestRss = Math.max(
    memory.rss,
    ...[...rounds.values(), ...busy.values()].flat().map((run) => run.watched?.rss ?? 0),
  )
  const mib = (bytes: number) => `${fixed(bytes / 1_024 / 1_024, 0)} MiB`
  const loopDelay = Math.max(
    ...['dashboard', 'ticket'].flatMap((name) =>
      (rounds.get(name) ?? []).map((run) => run.watched?.loopMaxMs ?? 0),
    ),
  )

  return [
    ratioFigure(
      `dashboard, ${whole(sizes.dashboard)} bytes, against a ready string`,
      ['dashboard', 'dashboard floor'],
      {
        least: 0.5,
      },
    ),
    tailFigure('  its 99th percentile', ['dashboard', 'dashboard floor'], { most: 5 }),
    ratioFigure(
      `ticket page, ${whole(sizes.ticket)} bytes, ${atHand.length} at hand`,
      ['ticket', 'ticket floor'],
      {
        least: 0.5,
      },
    ),
    tailFigure('  its 99th percentile', ['ticket', 'ticket floor'], { most: 5 }),
    {
      name: 'dashboards where a bare Node server gives 36,000',
      value: `${whole(scaled)}/s`,
      against: `${theirs.better}/s (Redmine)`,
      ratio: scaled / theirs.better,
      limit: 'at least 100',
      met: scaled / theirs.better >= 100,
      detail: { bare: bareRate, runs: rounds.get('bare') },
    },
    ratioFigure(
      `dashboard with ${whole(tickets)} against ${whole(input.smallTickets)} tickets`,
      ['dashboard', 'small dashboard'],
      { least: 0.8 },
    ),
    {
      name: `resident memory under load, ${whole(tickets)} tickets`,
      value: mib(highestRss),
      against: mib(mostResident),
      ratio: null,
      limit: 'under 150 MiB',
      met: highestRss < mostResident,
      detail: { highestRss, memory, afterListing: large.memory },
    },
    {
      name: '  highest since its start, first sync included',
      value: memory.highest === null ? 'not known here' : mib(memory.highest),
      against: '',
      ratio: null,
      limit: 'told only',
      met: null,
      detail: null,
    },
    ratioFigure(
      `dashboard never looked at before, ${whole(firstLookAsks.length)} in turn`,
      ['first look', 'dashboard floor'],
      { least: null },
    ),
    tailFigure('  its 99th percentile', ['first look', 'dashboard floor'], { most: null }),
    ratioFigure(
      `cold ticket page, ${whole(cold.length)} of ${whole(tickets)} in turn`,
      ['cold ticket', 'ticket floor'],
      {
        least: null,
      },
    ),
    tailFigure('  its 99th percentile', ['cold ticket', 'ticket floor'], { most: null }),
    ratioFigure(`search, ${whole(searchAsks.length)} queries in turn`, ['search', 'dashboard floor'], {
      least: null,
    }),
    tailFigure('  its 99th percentile', ['search', 'dashboard floor'], { most: null }),
    ratioFigure('dashboard while 5 changes a second come in', ['dashboard', 'dashboard floor'], {
      least: null,
      from: busy,
    }),
    tailFigure('  its 99th percentile', ['dashboard', 'dashboard floor'], { most: null, from: busy }),
    {
      name: '  a change under that load, GitLab included',
      value: `${fixed(percentile(changes.took, 50), 0)} ms, p95 ${fixed(percentile(changes.took, 95), 0)} ms`,
      against: '',
      ratio: null,
      limit: 'told only',
      met: null,
      detail: { changes: changes.took.length, refused: changes.refused, sum: sum(changes.took) },
    },
    {
      name: '  longest pause of the event loop, pages only',
      value: `${fixed(loopDelay, 1)} ms`,
      against: '',
      ratio: null,
      limit: 'told only',
      met: null,
      detail: null,
    },
  ]
}
