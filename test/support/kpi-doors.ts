// A desk with some months behind it, and every door through which its figures go out: each answers the same lines.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readConfig } from '../../src/config.ts'
import type { KpiLine } from '../../src/domain/kpi/lines.ts'
import type { TestDesk } from './desk.ts'
import { openDesk } from './desk.ts'
import type { Visitor } from './visitor.ts'
import { writeYear } from './year-of-tickets.ts'

const program = path.join(import.meta.dirname, '..', '..', 'src', 'main.ts')

export type KpiDesk = AsyncDisposable & {
  readonly desk: TestDesk
  /** `belay` with these arguments, beside the desk that runs. */
  command(...args: string[]): Promise<{ readonly code: unknown; readonly out: string; readonly err: string }>
}

/** Has `tickets` of the last year, as GitLab would have told them. */
export const openKpiDesk = async (tickets = 300): Promise<KpiDesk> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-kpi-'))
  const config = readConfig('desk', { BELAY_DATA: folder, PORT: '0', POLL_SECONDS: '60' })
  const desk = await openDesk({ config: { dataFolder: folder }, desk: config.desk })
  await writeYear(desk.parts.store, { tickets, now: desk.parts.clock.now(), desk: config.desk })
  return {
    desk,
    command: async (...args) => {
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
        // A belay.yaml that lies where the tests were started is not for it.
        cwd: folder,
        env: { BELAY_DATA: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let [out, err] = ['', '']
      child.stdout.on('data', (chunk) => {
        out += chunk
      })
      child.stderr.on('data', (chunk) => {
        err += chunk
      })
      const [code] = await once(child, 'close')
      return { code, out, err }
    },
    [Symbol.asyncDispose]: async () => {
      await desk[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A table as it is sent: names of the columns, and each line by them. */
const cells = (csv: string): Record<string, string>[] => {
  const rows = csv
    .split('\r\n')
    .filter((row) => row !== '')
    .map((row) => [...row.matchAll(/"((?:[^"]|"")*)"/gu)].map(([, cell = '']) => cell.replaceAll('""', '"')))
  const [headings = [], ...lines] = rows
  return lines.map((line) => Object.fromEntries(headings.map((name, index) => [name, line[index] ?? ''])))
}

const numberOrNull = (text = ''): number | null => (text === '' ? null : Number(text))

/** The lines of a table; a number that was written otherwise than it is would differ. */
export const linesOfCsv = (csv: string): KpiLine[] =>
  cells(csv).map((cell) => ({
    figure: cell.figure ?? '',
    by: (cell.by || null) as KpiLine['by'],
    key: cell.key ?? '',
    clock: (cell.clock || null) as KpiLine['clock'],
    unit: cell.unit as KpiLine['unit'],
    n: Number(cell.n),
    p50: numberOrNull(cell.p50),
    p90: numberOrNull(cell.p90),
    mean: numberOrNull(cell.mean),
    value: numberOrNull(cell.value),
    part: numberOrNull(cell.part),
    provisional: Number(cell.provisional),
    before: numberOrNull(cell.before),
  }))

export const linesOfJson = (json: string): KpiLine[] => JSON.parse(json).lines

export const csvLines = async (visitor: Visitor, search = ''): Promise<KpiLine[]> => {
  const answer = await visitor.get(`/kpi.csv${search}`)
  assert.equal(answer.status, 200, answer.text)
  return linesOfCsv(answer.text)
}

export const jsonLines = async (visitor: Visitor, search = ''): Promise<KpiLine[]> => {
  const answer = await visitor.get(`/kpi.json${search}`)
  assert.equal(answer.status, 200, answer.text)
  return linesOfJson(answer.text)
}

/** `belay_kpi_…{…}` → value. */
export const kpiSeries = (metrics: string): Map<string, number> =>
  new Map(
    metrics
      .split('\n')
      .filter((line) => line.startsWith('belay_kpi_'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

/** The series that these lines are told by. */
export const seriesOf = (lines: readonly KpiLine[]): Map<string, number> => {
  const series = new Map<string, number>()
  const tell = (name: string, value: number | null) => {
    if (value !== null) series.set(`belay_kpi_${name}`, value)
  }
  for (const { figure, by, unit, clock, n, p50, p90, mean, value } of lines) {
    if (by !== null) continue
    if (unit === 'tickets') tell(`tickets{figure="${figure}"}`, value)
    else tell(`values{figure="${figure}",clock="${clock ?? ''}"}`, n)
    if (unit === 'ratio') tell(`ratio{figure="${figure}"}`, value)
    if (unit === 'ms')
      for (const [stat, duration] of Object.entries({ p50, p90, mean }))
        tell(`milliseconds{figure="${figure}",clock="${clock ?? ''}",stat="${stat}"}`, duration)
  }
  return series
}
