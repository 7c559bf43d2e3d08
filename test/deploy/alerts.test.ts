// Prometheus' own checker on what is shipped for it: rules, a configuration, and that each alert fires when it should
// and stays quiet otherwise.

import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { promtool, withoutPromtool } from '../support/promtool.ts'

const root = path.join(import.meta.dirname, '..', '..')
const shipped = path.join(root, 'deploy', 'prometheus')
const skip = withoutPromtool
const read = (name: string): unknown => parse(readFileSync(path.join(shipped, name), 'utf8'))

const rulesShape = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
})

const testsShape = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
})

const alerts = rulesShape.parse(read('alerts.yml')).groups.flatMap(({ rules }) => rules)

const aFolder = (): { readonly path: string; [Symbol.dispose](): void } => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-alerts-'))
  return { path: folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The shipped rules, changed; for whoever must see that the checker sees it. */
const changedRules = (change: (text: string) => string): ReturnType<typeof aFolder> => {
  const folder = aFolder()
  const text = readFileSync(path.join(shipped, 'alerts.yml'), 'utf8')
  const changed = change(text)
  assert.notEqual(changed, text)
  writeFileSync(path.join(folder.path, 'alerts.yml'), changed)
  copyFileSync(path.join(shipped, 'alerts.test.yml'), path.join(folder.path, 'alerts.test.yml'))
  return folder
}

test('Prometheus can read the alert rules and the example of its configuration', { skip }, () => {
  const rules = promtool(['check', 'rules', 'alerts.yml'], { cwd: shipped })
  assert.ok(rules.ok, rules.said)
  // With its rules: only the file of the token is not there.
  const config = promtool(['check', 'config', '--syntax-only', 'prometheus.example.yml'], { cwd: shipped })
  assert.ok(config.ok, config.said)
})

test('each alert fires when it should, not before, and stays quiet otherwise', { skip }, () => {
  const { ok, said } = promtool(['test', 'rules', 'alerts.test.yml'], { cwd: shipped })
  assert.ok(ok, said)
})

test('no alert goes without both tests', () => {
  const { tests } = testsShape.parse(read('alerts.test.yml'))
  const seen = (wanted: 'firing' | 'quiet') =>
    new Set(
      tests.flatMap((one) =>
        one.alert_rule_test
          .filter(({ exp_alerts }) => exp_alerts.length > 0 === (wanted === 'firing'))
          .filter(
            ({ alertname }) => one.name === `${alertname} ${wanted === 'firing' ? 'fires' : 'stays quiet'}`,
          )
          .map(({ alertname }) => alertname),
      ),
    )
  const all = alerts.map(({ alert }) => alert)
  assert.deepEqual([...seen('firing')], all)
  assert.deepEqual([...seen('quiet')], all)
})

test('an alert that looks at the wrong side of its bound is seen', { skip }, () => {
  for (const [right, wrong] of [
    ['belay_database_up == 0', 'belay_database_up == 1'],
    ['oldest_seconds) > 300', 'oldest_seconds) >= 300'],
    ['unless max by (job) (belay_gitlab_token_refused) == 1', ''],
    ['route!~"/healthz|/readyz|/metrics"', 'route!~""'],
  ] as const) {
    using rules = changedRules((text) => text.replace(right, wrong))
    const { ok, said } = promtool(['test', 'rules', 'alerts.test.yml'], { cwd: rules.path })
    assert.ok(!ok, `${wrong}: ${said}`)
  }
})

const panelsShape = z.object({
  panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })).optional() })),
})

test('Prometheus understands what the dashboard asks for', { skip }, () => {
  const { panels } = panelsShape.parse(
    JSON.parse(readFileSync(path.join(root, 'deploy', 'grafana', 'belay.json'), 'utf8')),
  )
  const asked = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  assert.ok(asked.length > 30)
  const rules = asked.map((expr, index) => ({
    record: `panel_${index}`,
    // As Grafana fills them in.
    expr: expr.replaceAll('$job', 'belay').replaceAll('$__rate_interval', '1m'),
  }))
  using folder = aFolder()
  writeFileSync(path.join(folder.path, 'panels.yml'), stringify({ groups: [{ name: 'dashboard', rules }] }))
  const { ok, said } = promtool(['check', 'rules', 'panels.yml'], { cwd: folder.path })
  assert.ok(ok, said)
})
