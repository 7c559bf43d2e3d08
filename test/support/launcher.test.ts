// `./belay` and `npm start` on a machine where nothing is prepared: a small project of its own in a temporary folder,
// with the real launcher and the real npm, and one package that lies in the project, so that no network is needed.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const real = fileURLToPath(new URL('../..', import.meta.url))
const program = `
if (process.argv[2] === 'wait') {
  process.on('SIGTERM', () => process.exit(7))
  setInterval(() => {}, 1000)
}
if (process.argv[2] === 'refuse') process.exitCode = 2
console.log(JSON.stringify({ said: process.argv.slice(2) as string[], folder: process.cwd() }))
`

type Answer = { code: number | null; out: string; err: string }

async function project(t: TestContext): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'belay launcher-'))
  t.after(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))
  for (const name of ['belay', 'scripts/run', 'scripts/prepare.mjs', 'scripts/node', '.npmrc'])
    await cp(path.join(real, name), path.join(root, name), { recursive: true })
  await mkdir(path.join(root, 'thing'))
  await writeFile(path.join(root, 'thing/package.json'), '{ "name": "thing", "version": "1.0.0" }')
  await mkdir(path.join(root, 'src'))
  await writeFile(path.join(root, 'src/main.ts'), program)
  const manifest = { name: 'desk', version: '1.0.0', dependencies: { thing: 'file:thing' } }
  await writeFile(path.join(root, 'package.json'), JSON.stringify({ ...manifest, type: 'module' }))
  const packages = {
    '': manifest,
    'node_modules/thing': { resolved: 'thing', link: true },
    thing: { version: '1.0.0' },
  }
  await writeFile(
    path.join(root, 'package-lock.json'),
    JSON.stringify({ name: 'desk', version: '1.0.0', lockfileVersion: 3, requires: true, packages }),
  )
  return root
}

function start(command: string, args: string[], cwd: string) {
  const env = { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env.PATH}` }
  return spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function run(command: string, args: string[], cwd: string): Promise<Answer> {
  const child = start(command, args, cwd)
  const answer: Answer = { code: null, out: '', err: '' }
  child.stdout.on('data', (chunk) => (answer.out += chunk))
  child.stderr.on('data', (chunk) => (answer.err += chunk))
  const [code] = await once(child, 'close')
  return { ...answer, code }
}

test('the first start installs, later ones only start, from anywhere and through links', async (t) => {
  const root = await project(t)
  const first = await run(path.join(root, 'belay'), ['kpi', '--json', 'two words'], root)
  assert.equal(first.code, 0, first.err)
  assert.deepEqual(JSON.parse(first.out).said, ['kpi', '--json', 'two words'])
  assert.match(first.err, /^Belay: installing packages/)

  const elsewhere = path.join(root, 'else where')
  await mkdir(elsewhere)
  await symlink('../belay', path.join(elsewhere, 'near'))
  await symlink(path.join(elsewhere, 'near'), path.join(elsewhere, 'far'))
  const second = await run('./far', ['refuse'], elsewhere)
  assert.deepEqual(
    { ...second, out: JSON.parse(second.out) },
    { code: 2, out: { said: ['refuse'], folder: elsewhere }, err: '' },
  )
})

test('starts at the same time install once and all succeed', async (t) => {
  const root = await project(t)
  const answers = await Promise.all([1, 2, 3, 4].map((n) => run(path.join(root, 'belay'), [`${n}`], root)))
  assert.deepEqual(
    answers.map(({ code }) => code),
    [0, 0, 0, 0],
  )
  assert.equal(answers.filter(({ err }) => err.includes('installing packages')).length, 1)
})

test('a preparation that was killed does not hold up the next one', async (t) => {
  const root = await project(t)
  const left = path.join(root, '.belay/preparing')
  await mkdir(left, { recursive: true })
  const longAgo = new Date('2026-01-01')
  await utimes(left, longAgo, longAgo)
  assert.equal((await run(path.join(root, 'belay'), [], root)).code, 0)
  assert.deepEqual(
    (await readdir(path.join(root, '.belay'))).filter((name) => name.startsWith('preparing')),
    [],
  )
})

test('a changed lock is installed, a saved but unchanged one is not', async (t) => {
  const root = await project(t)
  const lock = path.join(root, 'package-lock.json')
  const soon = () => new Date(Date.now() + 60_000)
  await run(path.join(root, 'belay'), [], root)
  await utimes(lock, soon(), soon())
  assert.equal((await run(path.join(root, 'belay'), [], root)).err, '')

  const changed = JSON.parse(await readFile(lock, 'utf8'))
  changed.packages['node_modules/thing'] = { ...changed.packages['node_modules/thing'], version: '1.0.1' }
  await writeFile(lock, JSON.stringify(changed))
  await utimes(lock, soon(), soon())
  assert.match((await run(path.join(root, 'belay'), [], root)).err, /installing packages/)
})

test('when packages cannot be installed, one sentence says what to do', async (t) => {
  const root = await project(t)
  await writeFile(
    path.join(root, 'package.json'),
    '{ "name": "desk", "dependencies": { "other": "file:other" } }',
  )
  const { code, out, err } = await run(path.join(root, 'belay'), [], root)
  assert.equal(code, 1)
  assert.equal(out, '')
  assert.match(err, /\nBelay could not install its packages \(npm: .+\): .+ run the same command again/)
})

test('signals reach Belay itself, also under npm', async (t) => {
  const root = await project(t)
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
  const { scripts } = JSON.parse(await readFile(path.join(real, 'package.json'), 'utf8'))
  assert.equal(scripts.start, 'exec ./belay serve --sandbox')
  manifest.scripts = { start: 'exec ./belay wait' }
  await writeFile(path.join(root, 'package.json'), JSON.stringify(manifest))
  for (const [command, args] of [
    ['./belay', ['wait']],
    ['npm', ['start', '--silent']],
  ] as const) {
    const child = start(command, [...args], root)
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    assert.equal(code, 7, command)
  }
})

test('the stylesheet is built when missing and again when a page changes', async (t) => {
  const root = await project(t)
  await run(path.join(root, 'belay'), [], root)
  for (const name of ['@tailwindcss', 'tailwindcss'])
    await symlink(path.join(real, 'node_modules', name), path.join(root, 'node_modules', name))
  const views = path.join(root, 'src/web/views/tickets')
  await mkdir(views, { recursive: true })
  await mkdir(path.join(root, 'src/web/assets'))
  await writeFile(path.join(root, 'src/web/assets/belay.css'), '@import "tailwindcss";')
  await writeFile(path.join(views, 'list.ejs'), '<p class="pt-[17px]">')
  const css = () => readFile(path.join(root, 'src/web/assets/built/belay.css'), 'utf8')
  const belay = async () => {
    const { code, err } = await run(path.join(root, 'belay'), [], root)
    assert.deepEqual({ code, err }, { code: 0, err: '' })
  }

  await belay()
  assert.match(await css(), /17px/)
  await writeFile(path.join(views, 'ticket.ejs'), '<p class="pt-[19px]">')
  await belay()
  assert.match(await css(), /19px/)
  await rm(path.join(views, 'ticket.ejs'))
  await belay()
  assert.doesNotMatch(await css(), /19px/)
})
