// Makes this folder ready to run: packages, a fitting Node, the stylesheet. Does only what is missing, so it may
// run as often as anybody likes, and side by side. Runs on whatever Node the machine has (20 or newer), hence no
// TypeScript here. Speaks on standard error only; `scripts/run` decides whether it is called at all.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NODE_NEEDED = 24
const LOCK_BEAT_MS = 1_000
const LOCK_STALE_MS = 10_000

/** Says what the person at the keyboard can do; everything else that is thrown is a bug and shows its stack. */
class CannotPrepare extends Error {}

/** Somebody pressed Ctrl-C: not the network's fault. */
let stopped = false

/** @param {string} root the project's folder */
export async function prepare(root) {
  const own = path.join(root, '.belay')
  const ready = path.join(own, 'ready')
  try {
    const assets = path.join(root, 'src/web/assets')
    if (fs.existsSync(assets)) fs.mkdirSync(path.join(assets, 'built'), { recursive: true })
    fs.mkdirSync(own, { recursive: true })
    fs.accessSync(own, fs.constants.W_OK)
  } catch (error) {
    throw new CannotPrepare(
      `Belay must install or build something in ${root} but may not write there (${error.code}): ` +
        'run this once as the owner of that folder: ./belay --help',
    )
  }
  const unlock = await lock(path.join(own, 'preparing'))
  try {
    const startedAt = new Date()
    await installPackages(root)
    const node = await findNode(root)
    await buildStylesheet(root, node)
    const next = `${ready}.${process.pid}`
    fs.writeFileSync(next, `${node}\n`)
    // Dated at the start: an input that is saved while we work counts as newer.
    fs.utimesSync(next, startedAt, startedAt)
    fs.renameSync(next, ready)
  } finally {
    unlock()
  }
}

/** @param {string} root */
async function installPackages(root) {
  const lockText = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')
  const stampFile = path.join(root, '.belay/packages')
  const stamp = `${process.platform}-${process.arch} ${sha256(lockText)}\n`
  const hidden = path.join(root, 'node_modules/.package-lock.json')
  const installed = fs.existsSync(hidden)
  const stamped = read(stampFile)
  if (installed && stamped === stamp) return
  const samePlatform = stamped === undefined || stamped.startsWith(`${process.platform}-${process.arch} `)
  // Packages installed by hand (`npm install NAME`) that already are what the lock says need no second install.
  if (!(installed && samePlatform && holdsWhatLockSays(lockText, fs.readFileSync(hidden, 'utf8')))) {
    say('Belay: installing packages; this happens once and takes about half a minute …')
    await npm(root, ['ci', '--include=dev'], root)
  }
  fs.writeFileSync(stampFile, stamp)
}

/**
 * npm writes node_modules/.package-lock.json last, so an interrupted install has none.
 * Optional packages are left out: most of them are for other platforms.
 * @param {string} lockText package-lock.json
 * @param {string} hiddenText node_modules/.package-lock.json
 */
export function holdsWhatLockSays(lockText, hiddenText) {
  const wanted = JSON.parse(lockText).packages ?? {}
  const held = JSON.parse(hiddenText).packages ?? {}
  return Object.entries(wanted).every(
    ([place, entry]) =>
      !place.startsWith('node_modules/') ||
      entry.optional ||
      (held[place] !== undefined && held[place].version === entry.version),
  )
}

/**
 * The Node to run on: the machine's own where it is new enough, else the one of scripts/node/package-lock.json.
 * @param {string} root
 */
async function findNode(root) {
  if (majorOf(process.version) >= NODE_NEEDED) return process.execPath
  const home = path.join(root, '.belay/node')
  const name = `node-${process.platform}-${process.arch}`
  const node = path.join(home, 'node_modules', name, 'bin/node')
  const pinned = JSON.parse(fs.readFileSync(path.join(root, 'scripts/node/package-lock.json'), 'utf8'))
  const version = pinned.packages[`node_modules/${name}`]?.version
  const otherwise = `Install Node ${NODE_NEEDED} (https://nodejs.org), then run the same command again.`
  if (version === undefined)
    throw new CannotPrepare(
      `Belay needs Node ${NODE_NEEDED} and this machine has ${process.version}; ` +
        `for ${process.platform} on ${process.arch} it cannot bring its own. ${otherwise}`,
    )
  if (versionOf(node) === `v${version}`) return node
  say(
    `Belay: bringing Node ${version} into .belay/node; the machine's own ${process.version} stays as it is …`,
  )
  fs.mkdirSync(home, { recursive: true })
  for (const file of ['package.json', 'package-lock.json'])
    fs.copyFileSync(path.join(root, 'scripts/node', file), path.join(home, file))
  await npm(root, ['ci'], home)
  if (versionOf(node) !== `v${version}`)
    throw new CannotPrepare(
      fs.existsSync(node)
        ? `Belay brought Node ${version} but this machine cannot run it. ${otherwise}`
        : `Belay could not bring Node ${version}. See that this machine reaches the npm registry and run the same command again, or: ${otherwise}`,
    )
  return node
}

/**
 * @param {string} root
 * @param {string} node
 */
async function buildStylesheet(root, node) {
  const assets = path.join(root, 'src/web/assets')
  const input = path.join(assets, 'belay.css')
  const output = path.join(assets, 'built/belay.css')
  if (!fs.existsSync(input)) return
  const stampFile = path.join(root, '.belay/stylesheet')
  const stamp = `${sha256(
    stylesheetInputs(root)
      .map((file) => `${file}\0${sha256(fs.readFileSync(file))}\n`)
      .join(''),
  )}\n`
  if (fs.existsSync(output) && read(stampFile) === stamp) return
  const next = `${output}.${process.pid}`
  const tailwind = path.join(root, 'node_modules/@tailwindcss/cli/dist/index.mjs')
  const done = await run(node, [tailwind, '--input', input, '--output', next, '--minify'], root, process.env)
  if (done.code !== 0) {
    fs.rmSync(next, { force: true })
    throw new CannotPrepare(`The stylesheet src/web/assets/belay.css cannot be built:\n${done.output.trim()}`)
  }
  fs.renameSync(next, output)
  fs.writeFileSync(stampFile, stamp)
}

/**
 * Everything Tailwind reads class names from, and what decides how it reads them.
 * @param {string} root
 */
function stylesheetInputs(root) {
  const files = ['src/web/views', 'src/web/pages', 'src/web/assets'].flatMap((folder) =>
    fs.existsSync(path.join(root, folder))
      ? fs
          .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
      : [],
  )
  const built = path.join(root, 'src/web/assets/built') + path.sep
  return [path.join(root, 'package-lock.json'), ...files.filter((file) => !file.startsWith(built)).sort()]
}

/**
 * @param {string} root
 * @param {string[]} args
 * @param {string} cwd
 */
async function npm(root, args, cwd) {
  // Under `npm start` the outer npm has put its own settings and folder into the environment.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_(config_(local_prefix|prefix|global|workspaces?|omit|include|production|only|dry_run|package_lock|ignore_scripts)|package_|lifecycle_|command)/i.test(
          name,
        ),
    ),
  )
  const outer = process.env.npm_execpath
  const [command, first] =
    outer !== undefined && /npm-cli\.[cm]?js$/.test(outer) ? [process.execPath, [outer]] : ['npm', []]
  const flags = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
    '--no-progress',
    '--fetch-retry-maxtimeout=10000',
  ]
  const done = await run(command, [...first, ...args, ...flags], cwd, env)
  if (done.code === 0) return
  if (stopped) throw new CannotPrepare('Belay: stopped; the same command goes on where this one ended.')
  const log = path.join(root, '.belay/npm.log')
  fs.writeFileSync(log, done.output)
  const said = done.output
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!)( code)?\s*/, '').trim())
    .find((line) => line !== '')
  throw new CannotPrepare(
    `Belay could not install its packages (npm: ${said ?? done.code}): see that this machine reaches the npm registry ` +
      `and has disk space left, then run the same command again; what npm said is in ${log}`,
  )
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | string, output: string }>}
 */
function run(command, args, cwd, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk) => {
      output += chunk
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error) => resolve({ code: error.code ?? 'error', output: `${error.message}\n` }))
    child.on('close', (code, signal) => resolve({ code: code ?? signal ?? 'signal', output }))
    const stop = (signal) => {
      stopped = true
      child.kill(signal)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop)
    child.on('close', () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stop)
    })
  })
}

/**
 * One preparation at a time: a folder is made by exactly one process. Its holder touches it every second, so that
 * one left behind by a killed process is seen to be dead, also from another container, where process ids mean nothing.
 * @param {string} folder
 */
async function lock(folder) {
  let told = false
  for (;;) {
    try {
      fs.mkdirSync(folder)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const age = ageOf(folder)
    if (age !== undefined && age > LOCK_STALE_MS) {
      // Renaming is what only one of several waiters can do.
      const aside = `${folder}.${process.pid}`
      try {
        fs.renameSync(folder, aside)
        if ((ageOf(aside) ?? 0) > LOCK_STALE_MS) fs.rmSync(aside, { recursive: true, force: true })
        else fs.renameSync(aside, folder)
      } catch (error) {
        if (error.code !== 'ENOENT') throw error
      }
      continue
    }
    if (!told) say('Belay: another start is preparing this folder; waiting for it …')
    told = true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const beat = setInterval(() => {
    const now = new Date()
    try {
      fs.utimesSync(folder, now, now)
    } catch {
      // Somebody removed it by hand; the work itself is still right.
    }
  }, LOCK_BEAT_MS)
  return () => {
    clearInterval(beat)
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} file */
function ageOf(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? undefined : Date.now() - stat.mtimeMs
}

/** @param {string} file */
function read(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined
}

/** @param {string} version such as v24.1.0 */
function majorOf(version) {
  return Number.parseInt(version.slice(1), 10)
}

/** @param {string} node */
function versionOf(node) {
  try {
    return execFileSync(node, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

/** @param {string | Buffer} content */
function sha256(content) {
  return createHash('sha256').update(content).digest('hex')
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`)
}

if (
  process.argv[1] !== undefined &&
  import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1])).href
) {
  try {
    await prepare(path.join(path.dirname(fileURLToPath(import.meta.url)), '..'))
  } catch (error) {
    if (!(error instanceof CannotPrepare)) throw error
    say(error.message)
    process.exitCode = 1
  }
}
