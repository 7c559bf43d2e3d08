// `belay kpi`: the figures of a period, as a table to read, or as lines for a program. The same ones as on the page.

import type { KpiView, Said } from '../application/ask-for-figures.ts'
import { dimensions, reportQueryOf, viewOf } from '../application/ask-for-figures.ts'
import { figuresAsCells, figuresAsData } from '../application/figures-as-lines.ts'
import type { KpiReader, Kpis } from '../application/kpi-ports.ts'
import type { Clock } from '../application/ports.ts'
import type { Desk } from '../domain/desk.ts'
import type { KpiLine } from '../domain/kpi/lines.ts'
import { linesOf } from '../domain/kpi/lines.ts'
import { dayOf } from '../domain/kpi/periods.ts'
import type { Report } from '../domain/kpi/report.ts'
import { levelName } from '../domain/level.ts'

type Format = 'table' | 'json' | 'csv'

const formats: readonly Format[] = ['table', 'json', 'csv']

type Measuring = Awaited<ReturnType<KpiReader['figuresState']>>['measuring']

// --- Words ---------------------------------------------------------------------------------------

const names: Readonly<Record<string, string>> = {
  frt: 'First response',
  nrt: 'Next response',
  ttr_first: 'First resolution',
  ttr: 'Time to resolution',
  ttr_net: 'Time to resolution, net',
  open_time: 'Open',
  requester_wait: 'Requester waits',
  waiting: 'Waiting for the requester',
  tte: 'Time to escalate',
  escalation_rate: 'Escalation rate',
  escalations_per_created: 'Escalations per created',
  de_escalation_rate: 'De-escalation rate',
  flr: 'First-level resolution',
  fcr: 'First-contact resolution',
  fcr_no_reply: 'Resolved without a reply',
  reopen_rate: 'Reopen rate',
  sla: 'Promises kept',
  sla_first_response: 'Promises kept: response',
  sla_resolution: 'Promises kept: resolution',
  csat: 'Satisfied',
  csat_answered: 'Resolutions that were rated',
  inflow: 'Created',
  outflow: 'Resolved',
  backlog: 'Backlog',
  backlog_waiting: 'Backlog, waiting',
  intake_delay: 'Mail until ticket',
  targets_due: 'Promises that run',
  targets_late: 'Promises that are late',
  targets_paused: 'Promises that are paused',
}

const nameOf = (figure: string, desk: Desk): string => {
  const [, kind, level, rest = ''] = /^(level|ola_level|backlog_level)_(\d+)(_net)?$/u.exec(figure) ?? []
  if (kind && level) {
    const name = levelName(Number(level), desk)
    if (kind === 'ola_level') return `Promises kept: ${name}`
    return `${kind === 'level' ? `In ${name}` : `Backlog, ${name}`}${rest === '' ? '' : ', net'}`
  }
  const known = names[figure]
  if (known !== undefined) return known
  return figure.startsWith('backlog_') ? `Backlog, ${figure.slice('backlog_'.length)}` : figure
}

const minute = 60_000

/** Rounded down to the minute. Only calendar time has days: how long a business day is, no one number says. */
export const durationInWords = (milliseconds: number, clock: KpiLine['clock']): string => {
  const minutes = Math.floor(milliseconds / minute)
  const perDay = clock === 'calendar' ? 24 * 60 : Number.POSITIVE_INFINITY
  const days = Math.floor(minutes / perDay)
  const hours = Math.floor((minutes - (days > 0 ? days * perDay : 0)) / 60)
  const words = [
    days > 0 ? `${days} d` : '',
    hours > 0 ? `${hours} h` : '',
    days === 0 && minutes % 60 > 0 ? `${minutes % 60} min` : '',
  ].filter((word) => word !== '')
  return words.length > 0 ? words.join(' ') : '0 min'
}

const percent = (rate: number): string => `${(100 * rate).toFixed(1)} %`

const signed = (text: string, value: number): string => (value > 0 ? `+${text}` : text)

/** Against the period before: of durations in per cent, of rates in points, of tickets as a number. */
const change = ({ unit, p50, value, before }: KpiLine): string => {
  const now = unit === 'ms' ? p50 : value
  if (now === null || before === null) return ''
  const more = now - before
  if (unit === 'tickets') return signed(String(more), more)
  if (unit === 'ratio') return signed(`${(100 * more).toFixed(1)} points`, more)
  return before === 0 ? '' : signed(`${Math.round((100 * more) / before)} %`, more)
}

// --- The table -----------------------------------------------------------------------------------

const headings = ['', 'clock', 'median', 'ninth decile', 'mean', 'n', 'to the period before']

const aligned = (rows: readonly (readonly string[])[]): string => {
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** With few values these are told instead of what they are summed up to. */
const fewValues = (report: Report, { figure, by, key, clock }: KpiLine): readonly number[] | undefined => {
  const figures =
    by === null ? report.figures : report.groups.get(by)?.find((group) => group.key === key)?.figures
  const found = [...(figures?.durations ?? [])].find(([name]) => name === figure)?.[1]
  return clock === null ? undefined : found?.[clock]?.values
}

const rowOf = (line: KpiLine, first: string, values: readonly number[] | undefined): string[] => {
  const { unit, clock, n, value, provisional } = line
  const duration = (milliseconds: number | null) =>
    milliseconds === null ? '–' : durationInWords(milliseconds, clock)
  const number = `${n}${provisional > 0 ? ` (${provisional} may change)` : ''}`
  if (unit === 'ms' && values && n > 0)
    return [first, clock ?? '', values.map(duration).join(', '), '', '', number, change(line)]
  if (unit === 'ms')
    return [
      first,
      clock ?? '',
      duration(line.p50),
      duration(line.p90),
      duration(line.mean),
      number,
      change(line),
    ]
  if (unit === 'ratio') {
    const rate = value === null ? '–' : percent(value)
    return [first, '', rate, '', '', line.part === null ? number : `${line.part} of ${number}`, change(line)]
  }
  return [first, '', '', '', '', value === null ? '–' : String(value), change(line)]
}

const dates = ({ period }: KpiView, desk: Desk): string =>
  `${dayOf(period.period.from, desk.timeZone)} to ${dayOf(period.period.to - 1, desk.timeZone)}`

const tickets = (count: number): string => (count === 1 ? '1 ticket' : `${count} tickets`)

const remarks = (report: Report, measuring: Measuring): string[] => {
  const left = [...report.excluded.values()].reduce((sum, count) => sum + count, 0)
  const why = [...report.excluded].map(([reason, count]) => `${reason}: ${count}`).join(', ')
  return [
    left === 0 ? 'No ticket is left out.' : `${tickets(left)} left out (${why}).`,
    report.incomplete === 0
      ? 'All tickets of the period are read in full.'
      : `${tickets(report.incomplete)} not read in full yet: what is told of them may still change.`,
    ...(measuring
      ? [
          `The rules have changed: ${measuring.done} of ${measuring.total} tickets are measured again by the desk.`,
        ]
      : []),
  ]
}

const tableOf = (
  view: KpiView,
  report: Report,
  { desk, measuring }: { readonly desk: Desk; readonly measuring: Measuring },
): string => {
  // Those that are left out are told below, in words.
  const lines = linesOf(report).filter(({ figure }) => !/^(incomplete|excluded(_.+)?)$/u.test(figure))
  const rows: string[][] = [headings]
  let group = ''
  let shown = ''
  for (const line of lines) {
    const key = line.by === null ? '' : `${line.by} ${line.key === '' ? '(none)' : line.key}`
    if (key !== group) rows.push([], [key])
    // The second clock of a figure stands below the first.
    const name = key === group && line.figure === shown ? '' : nameOf(line.figure, desk)
    rows.push(rowOf(line, name, fewValues(report, line)))
    group = key
    shown = line.figure
  }
  const { category, level, agent } = view.filter
  const of = [
    category === null ? '' : category === '' ? 'without a category' : category,
    level === null ? '' : levelName(level, desk),
    agent === null ? '' : `@${agent}`,
  ].filter((word) => word !== '')
  return [
    `${dates(view, desk)} (${view.period.name}, ${desk.timeZone})${of.length > 0 ? `, ${of.join(', ')}` : ''}`,
    '',
    aligned(rows),
    '',
    ...remarks(report, measuring),
    '',
  ].join('\n')
}

// --- The command ---------------------------------------------------------------------------------

/** What cannot be asked, as a sentence. */
const problemOf = (wrong: readonly string[], said: Said, desk: Desk): string => {
  const [part = ''] = wrong
  switch (part) {
    case 'period':
      return said.from || said.to
        ? `From ${said.from || '…'} to ${said.to || '…'} is no period: give both days as YYYY-MM-DD, the earlier one first.`
        : `"${said.period}" is no period: try last-30-days, this-month, last-week, 2026, 2026-Q3, 2026-11 or 2026-W47.`
    case 'category':
      return `There is no category "${said.category}": there are ${desk.categories.map(({ id }) => id).join(', ')}, and - for none.`
    case 'level':
      return `There is no level ${said.level}: there are 1 to ${desk.levels.length}.`
    case 'by':
      return `Figures are not divided by ${said.by}, but by ${dimensions.join(', ')}.`
    default:
      return `"${said.agent}" is no GitLab username.`
  }
}

/** A sentence where the options ask for what cannot be; null = told. */
export const runKpi = async (
  options: Omit<Said, 'clock'> & { readonly format?: string | undefined },
  parts: {
    readonly kpis: Pick<Kpis, 'report'>
    readonly desk: Desk
    readonly clock: Pick<Clock, 'now'>
    readonly measuring: () => Promise<Measuring>
    readonly csvLine: (cells: readonly (string | number)[]) => string
    readonly stdout: { write(text: string): unknown }
  },
): Promise<string | null> => {
  const { desk, clock, stdout } = parts
  const { format: wanted = 'table', ...said } = options
  const format = formats.find((one) => one === wanted)
  if (!format) return `"${wanted}" is no format: there are ${formats.join(', ')}.`
  const now = clock.now()
  const { view, wrong } = viewOf(said, { desk, now })
  if (wrong.length > 0) return problemOf(wrong, said, desk)
  // A table that was not asked to be divided is short.
  const divided = format === 'table' && !said.by ? [] : [view.by]
  const report = await parts.kpis.report(reportQueryOf(view, now, divided))
  if (format === 'csv') stdout.write(figuresAsCells(report).map(parts.csvLine).join(''))
  else if (format === 'json') stdout.write(`${JSON.stringify(figuresAsData(view, report), null, 2)}\n`)
  else stdout.write(tableOf(view, report, { desk, measuring: await parts.measuring() }))
  return null
}
