// Runs everything that must be green: types, style, the tests. `npm test`, or a part:
// scripts/run scripts/test.ts [check | unit | browser] [part of a file name …]

import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'

interface Totals {
  tests: number
  suites: number
  passed: number
  failed: number
  cancelled: number
  skipped: number
  todo: number
}

interface Stage {
  title: string
  seconds: number
  /** Why the stage is not green; undefined when it is. */
  wrong?: string
  totals?: Totals
}

const root = fileURLToPath(new URL('..', import.meta.url))

// Whoever runs this may have a real desk's settings in their shell, and GitLab's own CI sets many GITLAB_…: no test
// may see them.
for (const name of Object.keys(process.env))
  if (
    /^(GITLAB|BELAY|SMTP|IMAP|MAIL|PG|DATABASE|METRICS|POLL)_|^(HOST|PORT|TRUST_PROXY|NODE_ENV|PGHOST|PGPORT|PGUSER|PGPASSWORD|PGDATABASE)(_FILE)?$/.test(
      name,
    )
  )
    delete process.env[name]

/** A test that hangs must not hold up everybody: no single file may take longer. Milliseconds. */
const FILE_TIMEOUT = 300_000
/** These start a browser, a database server or threads of their own, which want the cores for themselves. */
const HEAVY = /\/(browser|postgres)\.ts['"]|\/prove\/(kill|replicas|run)\.ts['"]/

const [first, ...rest] = process.argv.slice(2)
const part = first !== undefined && ['check', 'unit', 'browser'].includes(first) ? first : undefined
const names = part === undefined && first !== undefined ? [first, ...rest] : rest

const files = globSync(['test/**/*.test.ts', 'sandbox/test/**/*.test.ts'], { cwd: root })
  .filter((file) => names.length === 0 || names.some((name) => path.resolve(root, file).includes(name)))
  .sort()
const isHeavy = (file: string) => HEAVY.test(readFileSync(path.join(root, file), 'utf8'))
const heavy = files.filter(isHeavy)
const light = files.filter((file) => !heavy.includes(file))

const stages: Stage[] = []
if (part === 'check' || (part === undefined && names.length === 0)) {
  stages.push(await command('types', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', '.']))
  stages.push(
    await command('style', 'node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings']),
  )
}
if (part !== 'check') {
  if (part !== 'browser' && (light.length > 0 || heavy.length === 0))
    stages.push(await tests('tests', light, 2))
  if (part !== 'unit' && (heavy.length > 0 || part === 'browser'))
    stages.push(await tests('tests with a browser or PostgreSQL', heavy, 1))
}
report(stages)

async function command(title: string, program: string, args: string[]): Promise<Stage> {
  const startedAt = performance.now()
  console.log(`\n── ${title} ──`)
  const code = await new Promise<number | string>((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, program), ...args], {
      cwd: root,
      stdio: 'inherit',
    })
    child.on('error', reject)
    child.on('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'unknown'))
  })
  const seconds = (performance.now() - startedAt) / 1000
  return code === 0 ? { title, seconds } : { title, seconds, wrong: `ended with ${code}` }
}

async function tests(title: string, chosen: string[], concurrency: number): Promise<Stage> {
  const startedAt = performance.now()
  console.log(`\n── ${title} (${chosen.length} files) ──`)
  const totals: Totals = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 }
  const hollow: string[] = []
  let success = true
  if (chosen.length > 0) {
    const events = run({
      cwd: root,
      files: chosen.map((file) => path.join(root, file)),
      concurrency,
      timeout: FILE_TIMEOUT,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    events.on('test:summary', ({ file, success: good, counts }) => {
      if (!good) success = false
      if (file === undefined) Object.assign(totals, counts)
    })
    // Node counts a file in which no test is written as one test that passed.
    events.on('test:pass', ({ name }) => {
      if (chosen.some((file) => path.join(root, file) === name)) hollow.push(path.relative(root, name))
    })
    await new Promise((resolve, reject) => {
      events.on('error', reject)
      const lines = events.compose(new spec())
      lines.on('end', resolve)
      lines.on('error', reject)
      lines.pipe(process.stdout, { end: false })
    })
  }
  const seconds = (performance.now() - startedAt) / 1000
  const failed = totals.failed + totals.cancelled
  if (totals.tests === 0) return { title, seconds, totals, wrong: 'no test ran' }
  if (failed > 0 || !success) return { title, seconds, totals, wrong: `${failed} failed` }
  if (hollow.length > 0) return { title, seconds, totals, wrong: `no test in ${hollow.join(', ')}` }
  return { title, seconds, totals }
}

/** Ends with the totals as node's own test runner writes them, then in the plain form that CI reads. */
function report(done: Stage[]) {
  console.log('\n── summary ──')
  for (const { title, seconds, wrong } of done)
    console.log(`${wrong === undefined ? '✔' : '✖'} ${title}: ${wrong ?? 'green'} (${seconds.toFixed(1)} s)`)
  const ran = done.flatMap(({ totals }) => totals ?? [])
  const sum = (key: keyof Totals) => ran.reduce((total, totals) => total + totals[key], 0)
  const red = done.some(({ wrong }) => wrong !== undefined)
  process.exitCode = red || done.length === 0 ? 1 : 0
  if (ran.length === 0) return
  // A red stage without a failed test (types, style, nothing ran) counts as one, so that the last line is never a lie.
  const redByItself = done.filter(
    ({ wrong, totals }) => wrong !== undefined && (totals?.failed ?? 0) + (totals?.cancelled ?? 0) === 0,
  ).length
  const failed = sum('failed') + redByItself
  console.log(`ℹ tests ${sum('tests')}
ℹ suites ${sum('suites')}
ℹ pass ${sum('passed')}
ℹ fail ${failed}
ℹ cancelled ${sum('cancelled')}
ℹ skipped ${sum('skipped')}
ℹ todo ${sum('todo')}
ℹ duration_ms ${Math.round(done.reduce((total, { seconds }) => total + seconds, 0) * 1000)}

${sum('passed')} passed, ${failed + sum('cancelled')} failed, ${sum('skipped')} skipped`)
}
