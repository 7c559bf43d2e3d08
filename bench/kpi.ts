// What the figures of a year cost: measuring all tickets again, the first page of a year and those after it, and how
// much larger the process is with them.

import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { openSqliteStore } from '../src/adapters/store/store.ts'
import { readConfig } from '../src/config.ts'
import type { Desk as DeskSettings } from '../src/domain/desk.ts'
import { writeYear } from '../test/support/year-of-tickets.ts'
import { openBrowser } from './browser.ts'
import { medianOf, medianRatio, takeTurns } from './load.ts'
import { averageSize } from './page-sets.ts'
import { startDesk, startSandbox } from './processes.ts'
import { type Figure, fixed, whole } from './report.ts'
import { median } from './statistics.ts'

/** As the worker does. */
const measuredAtOnce = 200

const mib = (bytes: number) => `${fixed(bytes / 1_024 / 1_024, 0)} MiB`
const ms = (value: number) => `${whole(value)} ms`

const told = (name: string, value: string, detail: unknown, against = ''): Figure => ({
  name,
  value,
  against,
  ratio: null,
  limit: 'told only',
  met: null,
  detail,
})

/** The same desk with another promise: whoever measured by it measures again by ours. */
const otherwise = (desk: DeskSettings): DeskSettings => ({
  ...desk,
  targets: [
    {
      category: null,
      priority: null,
      calendar: null,
      within: { resolution: 1 },
      warnAt: 0.8,
      whenMissed: 'tell',
    },
  ],
})

const measureAgain = async (file: string, desk: DeskSettings, now: number) => {
  const store = await openSqliteStore({ file, desk })
  try {
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const started = performance.now()
    let measured = 0
    for (;;) {
      const some = await store.write((writer) => writer.measureAgain(measuredAtOnce, now), {
        repeatable: true,
      })
      if (some === 0) break
      measured += some
      await turn()
    }
    delay.disable()
    return { measured, took: performance.now() - started, loopMaxMs: delay.max / 1e6 }
  } finally {
    await store.close()
  }
}

export const measureKpi = async (
  folder: string,
  options: {
    readonly tickets: number
    readonly rounds: number
    readonly seconds: number
    readonly warmUp: number
    readonly nodeFlags: readonly string[]
    readonly profileFolder: string | null
  },
  tell: (sentence: string) => void,
): Promise<Figure[]> => {
  const { tickets, nodeFlags, profileFolder } = options
  const dataFolder = path.join(folder, 'kpi-desk')
  const box = await startSandbox(path.join(folder, 'kpi-gitlab'), 1)
  // Makes the data folder its own.
  const empty = await startDesk(box, { dataFolder, readPauseMs: 3_600_000, profileFolder: null, nodeFlags })
  await empty.stop()
  const file = path.join(dataFolder, 'belay.sqlite')
  const { desk } = readConfig('sandbox-desk', { BELAY_DATA: dataFolder, BELAY_CONFIG: '/dev/null' })
  const now = Date.now()

  tell(`writing a year of ${whole(tickets)} tickets`)
  const started = performance.now()
  const before = await openSqliteStore({ file, desk: otherwise(desk) })
  // There are none yet: from now on these are the rules.
  await before.write((writer) => writer.measureAgain(measuredAtOnce, now))
  await writeYear(before, { tickets, now, desk }).finally(() => before.close())
  const written = performance.now() - started

  tell('measuring all of them again')
  const again = await measureAgain(file, desk, now)
  if (again.measured < tickets) throw new Error(`measured ${again.measured} of ${tickets} again`)

  tell('figures of a year')
  const running = await startDesk(box, { dataFolder, readPauseMs: 3_600_000, profileFolder, nodeFlags })
  const davi = await openBrowser(running.url, 'davi')
  await davi.get('/issues')
  const without = await running.ask({ kind: 'memory' })
  const timed = async (address: string): Promise<number> => {
    const begun = performance.now()
    await davi.get(address)
    return performance.now() - begun
  }
  const yearUrl = '/kpi?period=last-365-days'
  await running.watch.begin('first figures')
  const first = await timed(yearUrl)
  const { loopMaxMs } = await running.watch.end()
  // Others than those that are remembered, of the same rows.
  const others: number[] = []
  for (const by of ['level', 'agent', 'week', 'month']) others.push(await timed(`${yearUrl}&by=${by}`))
  const withThread = await running.ask({ kind: 'memory' })

  const asks = [[davi.ask(yearUrl)]]
  const bytes = await averageSize(running.url, asks.flat())
  await running.ask({ kind: 'floors', bytes: { kpi: bytes } })
  const rounds = await takeTurns(
    [
      {
        name: 'kpi floor',
        url: running.url,
        asks: [[{ path: '/floor/kpi', cookie: '' }]],
        watch: running.watch,
      },
      { name: 'kpi', url: running.url, asks, watch: running.watch },
    ],
    options,
  )
  await running.stop()
  await box.stop()

  const rate = (run: { readonly perSecond: number }) => run.perSecond
  return [
    told(`a year of ${whole(tickets)} tickets, measured again`, ms(again.took), again),
    told('  longest delay of the event loop meanwhile', ms(again.loopMaxMs), again),
    told('  written and measured for the first time', ms(written), null),
    told('figures of that year, the first page', ms(first), first),
    told('  longest delay of the event loop of other pages meanwhile', ms(loopMaxMs), loopMaxMs),
    told('  the same rows looked at otherwise', ms(median(others)), others),
    {
      ...told(
        `  the same page again, ${whole(bytes)} bytes, against a ready string`,
        `${whole(medianOf(rounds, 'kpi', rate))}/s`,
        { kpi: rounds.get('kpi'), floor: rounds.get('kpi floor') },
        `${whole(medianOf(rounds, 'kpi floor', rate))}/s`,
      ),
      ratio: medianRatio(rounds, 'kpi', 'kpi floor', rate),
    },
    told(
      '  resident memory with the thread of the figures',
      mib(withThread.rss),
      { without, withThread },
      `${mib(without.rss)} without`,
    ),
  ]
}
