// The desk from afar: what Prometheus reads of a whole desk, while GitLab is silent too, and whether the dashboard, the
// alerts and the manual speak of nothing else.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Clock } from '../../src/application/ports.ts'
import { realClock } from '../../src/composition-root.ts'
import { callKinds, callOutcomes } from '../../src/web/metrics.ts'
import type { TestDesk } from '../support/desk.ts'
import { openDesk } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import { aTarget } from '../support/promises.ts'
import { promtool, withoutPromtool } from '../support/promtool.ts'
import { minute } from '../support/tickets.ts'

const root = path.join(import.meta.dirname, '..', '..')
const file = (name: string): string => readFileSync(path.join(root, name), 'utf8')

const filled = {
  title: 'My screen stays black',
  description: 'Since this morning.',
  category: 'Hardware',
  name: 'Ana Souza',
  email: 'ana@school.example',
}

/** Time goes on by as much as a test says, and nobody sleeps for long. */
const turnedClock = (): { readonly clock: Clock; turn(milliseconds: number): void } => {
  let ahead = 0
  return {
    clock: {
      now: () => realClock.now() + ahead,
      sleep: (milliseconds, signal) => realClock.sleep(Math.min(milliseconds, 50), signal),
    },
    turn: (milliseconds) => {
      ahead += milliseconds
    },
  }
}

const metricsOf = async (desk: TestDesk): Promise<string> => (await desk.stranger().get('/metrics')).text

/** Each series, by name and labels as they are written. */
const seriesOf = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

test('GitLab is silent: the queue grows and ages; it answers again: all of it goes back', async () => {
  const { clock, turn } = turnedClock()
  await using desk = await openDesk({ clock })
  const waiting = 'belay_queue_operations{lane="gitlab",state="waiting"}'
  const unknown = 'belay_queue_operations{lane="gitlab",state="unknown"}'
  const age = 'belay_queue_oldest_seconds{lane="gitlab"}'
  /** Looks once more after the time that a reading of the queue lasts. */
  const told = async () => {
    turn(6_000)
    const series = seriesOf(await metricsOf(desk))
    return (name: string) => series.get(name) ?? assert.fail(`${name} is not told`)
  }
  await eventually('GitLab is up', async () => (await told())('belay_gitlab_up') === 1)
  assert.deepEqual(
    [waiting, unknown, age].map(await told()),
    [0, 0, 0],
    'nothing waits before anybody has written',
  )

  desk.sandbox.faults([{ kind: 'reset' }])
  for (let ticket = 0; ticket < 3; ticket++)
    assert.equal((await desk.stranger().post('/open-issue', filled)).status, 303)
  await eventually('GitLab is said to be away', async () => (await told())('belay_gitlab_up') === 0)
  turn(10 * minute)
  const silent = await told()
  assert.ok(silent(waiting) + silent(unknown) >= 3, `${silent(waiting)} and ${silent(unknown)} wait`)
  assert.ok(silent(age) > 600, `the oldest waits for ${silent(age)} seconds`)
  assert.ok(silent('belay_gitlab_last_answer_seconds') > 600)
  assert.equal(silent('belay_gitlab_token_refused'), 0)
  assert.match(await metricsOf(desk), /^belay_gitlab_calls_total\{.*outcome="no_answer"\} [1-9]/m)

  desk.sandbox.faults([])
  await eventually('all is told to GitLab', async () => {
    const now = await told()
    return now(waiting) + now(unknown) === 0 && now(age) === 0 && now('belay_gitlab_up') === 1
  })
  assert.equal(desk.sandbox.issues().length, 3)
})

// --- What is spoken of is there -----------------------------------------------------------------

/** A desk of which everything is told that can be: mail, promises, a limit of GitLab's. */
const talkativeDesk = async (): Promise<{ desk: TestDesk; text: string }> => {
  const { clock, turn } = turnedClock()
  const desk = await openDesk({ clock, desk: { targets: [aTarget()] } })
  assert.equal((await desk.stranger().post('/open-issue', filled)).status, 303)
  const { presence } = desk.parts.store
  desk.sandbox.faults([{ kind: 'last', ms: 3_600_000 }])
  // Another worker, with a mail server of its own: the last word of one on duty counts.
  const said = { id: 'another', release: '1.0.0', onDuty: true }
  const gitlab = { state: 'up', lastAnswerAt: clock.now(), reading: null } as const
  const text = await eventually('everything is told', async () => {
    turn(6_000)
    await presence.report({ ...said, gitlab, mail: { sending: 'up', fetching: 'up' } })
    const found = await metricsOf(desk)
    return ['belay_mail_up', 'belay_gitlab_rate_limit_remaining', 'belay_targets', 'belay_gitlab_last']
      .map((name) => found.includes(`\n${name}`))
      .every(Boolean)
      ? found
      : null
  })
  return { desk, text }
}

/** Absent on a machine that limits no memory. */
const perhaps = ['belay_memory_limit_bytes']

const namesIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))

/** Labels of each metric, with all values that were seen. */
const labelsIn = (text: string): Map<string, Map<string, Set<string>>> => {
  const metrics = new Map<string, Map<string, Set<string>>>()
  for (const series of seriesOf(text).keys()) {
    const [, name = '', labels = ''] = /^([a-z0-9_]+)(?:\{(.*)\})?$/.exec(series) ?? []
    const known = metrics.get(name) ?? new Map<string, Set<string>>()
    metrics.set(name, known)
    for (const [, label = '', value = ''] of labels.matchAll(/([a-z_]+)="([^"]*)"/g))
      known.set(label, (known.get(label) ?? new Set()).add(value))
  }
  return metrics
}

/** Given by Prometheus to each of them. */
const ofPrometheus = ['job', 'instance']

const parts = /\b((?:belay|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/g

/** What an expression names that no desk tells. */
const unheardOf = (expr: string, told: Map<string, Map<string, Set<string>>>): string[] => {
  const wrong: string[] = []
  const labels = new Set(ofPrometheus)
  for (const [, name = '', matchers = ''] of expr.matchAll(parts)) {
    const known = told.get(name)
    if (perhaps.includes(name)) continue
    if (!known) {
      wrong.push(name)
      continue
    }
    for (const label of known.keys()) labels.add(label)
    for (const [, label = '', how = '', value = ''] of matchers.matchAll(/([a-z_]+)(=~|!~|!=|=)"([^"]*)"/g)) {
      if (ofPrometheus.includes(label)) continue
      const values = known.get(label)
      if (!values || (how === '=' && !values.has(value))) wrong.push(`${name}{${label}${how}"${value}"}`)
    }
  }
  for (const [, made = ''] of expr.matchAll(/label_replace\([\s\S]*?, "([a-z_]+)",/g)) labels.add(made)
  for (const [, by = ''] of expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g))
    for (const label of by.split(/, */)) if (!labels.has(label)) wrong.push(`by (${label})`)
  return wrong
}

/** Grafana's name for the Prometheus that was chosen at the top of the page. */
const chosenSource = ['$', '{DS_PROMETHEUS}'].join('')

const dashboardShape = z.object({
  uid: z.literal('belay-desk'),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.string(),
      title: z.string().min(3),
      description: z.string().optional(),
      datasource: z.object({ type: z.literal('prometheus'), uid: z.literal(chosenSource) }).optional(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      fieldConfig: z.object({ defaults: z.object({ unit: z.string().optional() }) }).optional(),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).optional(),
    }),
  ),
})

const rulesShape = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          for: z.string(),
          labels: z.object({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.object({
            summary: z.string(),
            description: z.string().min(60),
            runbook: z.string(),
          }),
        }),
      ),
    }),
  ),
})

const dashboard = dashboardShape.parse(JSON.parse(file('deploy/grafana/belay.json')))
const rules = rulesShape.parse(parse(file('deploy/prometheus/alerts.yml'))).groups.flatMap((one) => one.rules)
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
const queries = panels.flatMap((panel) => panel.targets ?? [])

test('dashboard, alerts and manual name what a desk tells, and the manual names all of it', async () => {
  const { desk, text } = await talkativeDesk()
  await using _ = desk
  const names = namesIn(text)
  const told = labelsIn(text)
  assert.ok(names.size > 30)

  for (const { expr } of [...queries, ...rules]) assert.deepEqual(unheardOf(expr, told), [], expr)

  const table = file('docs/operate.md').match(/^\| `belay_[a-z0-9_]+` \|/gm) ?? []
  const described = table.map((line) => line.slice(3, line.lastIndexOf('`')))
  assert.deepEqual(
    described.filter((name) => !names.has(name) && !perhaps.includes(name)),
    [],
    'described, and not told',
  )
  assert.deepEqual(
    [...names].filter((name) => name.startsWith('belay_') && !described.includes(name)),
    [],
    'told, and not described',
  )
  const manual = file('docs/operate.md').split('\n')
  const row = manual.find((line) => line.includes('`belay_gitlab_calls_total`')) ?? ''
  for (const word of [...callKinds, ...callOutcomes])
    assert.match(row, new RegExp(`\\b${word}\\b`), `${word} is described`)
  for (const [outcome] of (told.get('belay_gitlab_calls_total')?.get('outcome') ?? new Set()).entries())
    assert.ok((callOutcomes as readonly string[]).includes(outcome))

  const help = [...text.matchAll(/^# HELP (belay_\S+) (.*)$/gm)]
  for (const [, name = '', words = ''] of help) assert.ok(words.length > 20, `${name}: ${words}`)
})

test('Prometheus’ own checker finds nothing wrong with what a desk tells', {
  skip: withoutPromtool,
}, async () => {
  const { desk, text } = await talkativeDesk()
  await using _ = desk
  const { said } = promtool(['check', 'metrics'], { input: text })
  // Three of Node's own have names that Prometheus does not like; they come from the library.
  const ours = said.split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'))
  assert.deepEqual(ours, [])
})

test('the dashboard imports as it is, and each panel says what to do', () => {
  assert.deepEqual(
    dashboard.templating.list.map(({ name, type }) => [name, type]),
    [
      ['DS_PROMETHEUS', 'datasource'],
      ['job', 'query'],
    ],
  )
  const all = dashboard.panels
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
  for (const panel of panels) {
    assert.ok((panel.description ?? '').length > 25, `${panel.title} has a description`)
    assert.ok(panel.datasource, `${panel.title} has a source`)
    assert.ok((panel.targets ?? []).length > 0, `${panel.title} shows something`)
    for (const { expr, legendFormat } of panel.targets ?? [])
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        assert.ok(label === 'instance' || expr.includes(label), `${panel.title}: ${label}`)
  }
  const cells = new Set<string>()
  for (const { title, gridPos } of all) {
    assert.ok(gridPos.x + gridPos.w <= 24, `${title} is too wide`)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(!cells.has(`${x} ${y}`), `${title} lies upon another`)
        cells.add(`${x} ${y}`)
      }
  }
})

/** As GitHub and GitLab name the place of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-')

test('each alert leads to its place in the manual', () => {
  const headings = [...file('docs/operate.md').matchAll(/^#+ (.*)$/gm)].map(([, words = '']) =>
    anchorOf(words),
  )
  assert.ok(rules.length >= 16)
  for (const { alert, annotations } of rules) {
    const [document, anchor = ''] = annotations.runbook.split('#')
    assert.equal(document, 'docs/operate.md')
    assert.ok(headings.includes(anchor), `${alert}: ${anchor}`)
    assert.ok(file('docs/operate.md').includes(`\`${alert}\``), `${alert} is explained`)
  }
})
