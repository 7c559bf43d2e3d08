// `belay kpi`: a table that a person reads, lines that a program reads, and a sentence where what is asked cannot be.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { durationInWords, runKpi } from '../../src/commands/kpi.ts'
import type { TicketFigures } from '../../src/domain/kpi/figures.ts'
import { summarise } from '../../src/domain/kpi/summarise.ts'
import { csvLine } from '../../src/web/csv.ts'
import { aDesk, hour, minute, nine } from '../support/tickets.ts'

const program = path.join(import.meta.dirname, '..', '..', 'src', 'main.ts')
const desk = aDesk()
const day = 24 * hour

/** Answered after so long and resolved twice as late, by Bruno at Level 1. */
const answeredAfter = (calendar: number, createdAt = nine): TicketFigures => {
  const stop = { at: createdAt + calendar, calendar, business: calendar / 4, level: 1, by: 'bruno' }
  const end = createdAt + 2 * calendar
  return {
    createdAt,
    category: 'Hardware',
    priority: 'normal',
    assignee: 'bruno',
    excluded: null,
    complete: true,
    intakeDelay: null,
    firstResponse: stop,
    nextResponses: [],
    unansweredSince: null,
    publicReplies: 1,
    spans: [{ from: createdAt, to: end, level: 1, waiting: false, business: calendar / 2 }],
    resolutions: [
      {
        ...stop,
        at: end,
        calendar: 2 * calendar,
        business: calendar / 2,
        reopenedAt: null,
        correction: false,
      },
    ],
    escalation: null,
    returnedAt: null,
    ratings: [],
    targets: [],
  }
}

const run = async (
  tickets: readonly TicketFigures[],
  options: Parameters<typeof runKpi>[0] = {},
  measuring: { done: number; total: number } | null = null,
) => {
  let out = ''
  const problem = await runKpi(options, {
    desk,
    clock: { now: () => nine + day },
    csvLine,
    measuring: async () => measuring,
    kpis: {
      report: async (query) =>
        summarise(
          tickets.map((figures, n) => ({ n, figures })),
          query,
          { levels: 2, timeZone: 'UTC', reopenWithin: desk.mail.reopenWithin },
        ),
    },
    stdout: {
      write: (text) => {
        out += text
      },
    },
  })
  return { out, problem }
}

const lineOf = (out: string, beginning: string): string =>
  out.split('\n').find((line) => line.startsWith(beginning)) ?? assert.fail(`no ${beginning} in\n${out}`)

test('durations are told rounded down to the minute, and business time without days', () => {
  assert.equal(durationInWords(80 * minute + 59_999, 'business'), '1 h 20 min')
  assert.equal(durationInWords(59_999, 'calendar'), '0 min')
  assert.equal(durationInWords(2 * hour, 'calendar'), '2 h')
  assert.equal(durationInWords(3 * day + 4 * hour + 5 * minute, 'calendar'), '3 d 4 h')
  assert.equal(durationInWords(30 * hour, 'business'), '30 h')
})

test('the table tells median, ninth decile and number by both clocks, and the change', async () => {
  const now = [1, 2, 3, 4, 5].map((count) => answeredAfter(count * 40 * minute))
  const before = [1, 2, 3, 4, 5].map((count) => answeredAfter(count * 80 * minute, nine - 31 * day))
  const { out, problem } = await run([...now, ...before])
  assert.equal(problem, null)
  assert.match(out, /^2026-05-11 to 2026-06-09 \(last-30-days, UTC\)\n/)
  assert.match(lineOf(out, 'First response'), /^First response +calendar +2 h +3 h 20 min +2 h +5 +-50 %$/)
  const second = out.split('\n')[out.split('\n').indexOf(lineOf(out, 'First response')) + 1]
  assert.match(second ?? '', /^ +business +30 min +50 min +30 min +5 +-50 %$/)
  assert.match(lineOf(out, 'First-level resolution'), /100\.0 % +5 of 5 +0\.0 points$/)
  assert.match(lineOf(out, 'Created'), / 5 +0$/)
  assert.match(lineOf(out, 'Next response'), /calendar +– +– +– +0$/)
})

test('all columns stand below each other', async () => {
  const { out } = await run([1, 2, 3, 4, 5].map((count) => answeredAfter(count * 40 * minute)))
  const rows = out.split('\n').filter((line) => / (calendar|business) /.test(line))
  assert.ok(rows.length > 10)
  const heading = lineOf(out, '      ')
  const end = heading.indexOf(' n ') + 2
  for (const row of rows) assert.match(row.slice(0, end), /\d$/, row)
})

test('of fewer than five values these themselves are told', async () => {
  const { out } = await run([answeredAfter(hour), answeredAfter(3 * hour)])
  assert.match(lineOf(out, 'First response'), /calendar +1 h, 3 h +2$/)
})

test('what is left out and what is not read yet is said', async () => {
  const { out } = await run(
    [
      answeredAfter(hour),
      { ...answeredAfter(hour), excluded: 'label' },
      { ...answeredAfter(hour), complete: false },
    ],
    {},
    { done: 20, total: 300 },
  )
  assert.match(out, /^1 ticket left out \(label: 1\)\.$/m)
  assert.match(out, /^1 ticket not read in full yet/m)
  assert.match(out, /20 of 300 tickets are measured again/)
  const whole = (await run([answeredAfter(hour)])).out
  assert.match(whole, /No ticket is left out\.\nAll tickets of the period are read in full\.\n$/)
})

test('groups follow where they were asked for, each with its name', async () => {
  const { out } = await run([answeredAfter(hour)], { by: 'level', level: '1', category: 'Hardware' })
  assert.match(out, /^2026-05-11 to 2026-06-09 \(last-30-days, UTC\), Hardware, Level 1\n/)
  assert.match(out, /^level 1$/m)
  assert.match(out, /^level 2$/m)
  assert.doesNotMatch((await run([answeredAfter(hour)])).out, /^category/m)
})

test('what cannot be asked is said in a sentence', async () => {
  for (const [options, says] of [
    [{ period: 'yesteryear' }, /^"yesteryear" is no period: try last-30-days/],
    [{ from: '2026-06-02', to: '2026-06-01' }, /^From 2026-06-02 to 2026-06-01 is no period/],
    [{ from: '2026-06-02' }, /^From 2026-06-02 to … is no period/],
    [{ category: 'Plumbing' }, /^There is no category "Plumbing": there are Hardware, Gitlab Account/],
    [{ level: '3' }, /^There is no level 3: there are 1 to 2/],
    [{ agent: '<x>' }, /^"<x>" is no GitLab username/],
    [{ by: 'weather' }, /^Figures are not divided by weather, but by category/],
    [{ format: 'xml' }, /^"xml" is no format: there are table, json, csv/],
  ] as const) {
    const { out, problem } = await run([], options)
    assert.match(problem ?? '', says)
    assert.equal(out, '')
  }
})

const aFolder = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-kpi-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const belay = (folder: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, ...args],
    { cwd: folder, env: { BELAY_DATA: path.join(folder, 'data') }, encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

test('without data it says so, makes none, and ends with 2', (t) => {
  const folder = aFolder(t)
  const { status, stdout, stderr } = belay(folder, 'kpi')
  assert.equal(status, 2)
  assert.equal(stdout, '')
  assert.match(stderr, /^There are no data in .*: set BELAY_DATA, or start the desk first\.\n$/)
  assert.equal(existsSync(path.join(folder, 'data')), false)
})

test('on a desk without a ticket every number is a dash or 0, and a wrong period ends with 2', (t) => {
  const folder = aFolder(t)
  assert.equal(belay(folder, 'migrate').status, 0)
  const told = belay(folder, 'kpi')
  assert.equal(told.status, 0, told.stderr)
  assert.match(lineOf(told.stdout, 'First response'), /– +– +– +0$/)
  const wrong = belay(folder, 'kpi', '--period', 'yesteryear')
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /^"yesteryear" is no period: .* See: belay --help\n$/)
})
