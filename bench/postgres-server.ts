// A PostgreSQL for measuring: the machine's own where it has one, as it is run in earnest (everything that is said to
// be written is on the disk), otherwise the one that the tests bring along. Its name and settings are told with the figures.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { startPostgres as startEmbedded } from '../test/support/postgres.ts'
import { keep } from './processes.ts'

export type PostgresServer = {
  readonly name: string
  /** Whose it is, and what it was told, other than what it does by itself. */
  readonly settings: readonly string[]
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

const settings = [
  'shared_buffers=512MB',
  'fsync=on',
  'synchronous_commit=on',
  'max_wal_size=4GB',
  'maintenance_work_mem=256MB',
]

const programs = '/usr/lib/postgresql'

/** Folder of the newest one installed as Debian does, null where there is none. */
const installed = (): string | null => {
  if (process.platform !== 'linux' || !existsSync(programs)) return null
  const versions = readdirSync(programs)
    .filter((name) => existsSync(path.join(programs, name, 'bin/postgres')))
    .sort((one, other) => Number(other) - Number(one))
  return versions[0] === undefined ? null : path.join(programs, versions[0], 'bin')
}

/** It refuses to run as root. */
const nobody = 65_534
const isRoot = process.getuid?.() === 0
const identity = isRoot ? { uid: nobody, gid: nobody } : {}
const environment = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

const query = async (url: string, text: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** Such as `15.18 (Debian 15.18-0+deb12u1)`: the number, and whose it is. */
const nameOf = async (url: string): Promise<{ readonly name: string; readonly whose: string }> => {
  const [row] = await query(url, 'show server_version')
  const [number = '', ...whose] = String(row?.server_version).split(' ')
  return { name: `PostgreSQL ${number}`, whose: whose.join(' ').replace(/^\(|\)$/gu, '') }
}

const startInstalled = async (bin: string): Promise<PostgresServer> => {
  const home = mkdtempSync(path.join(tmpdir(), 'belay-bench-postgres-'))
  if (isRoot) chownSync(home, nobody, nobody)
  const data = path.join(home, 'data')
  const options = ['--username=belay', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions']
  execFileSync(path.join(bin, 'initdb'), [`--pgdata=${data}`, ...options], {
    ...identity,
    cwd: home,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const port = await freePort()
  const flags = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings]
  const child = keep(
    // However the bench ends, it ends with it.
    spawn(
      'setpriv',
      [
        ...(isRoot ? [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []),
        ...['--pdeathsig', 'QUIT', path.join(bin, 'postgres'), '-D', data, '-p', String(port)],
        ...flags.flatMap((flag) => ['-c', flag]),
      ],
      { cwd: home, env: environment, stdio: ['ignore', 'ignore', 'pipe'] },
    ),
    'SIGQUIT',
  )
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${said}`)))
    child.stderr.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-10_000)
      if (said.includes('ready to accept connections')) resolve()
    })
  })
  const urlOf = (database: string) => `postgres://belay@127.0.0.1:${port}/${database}`
  const remove = () => {
    // It may still be ending, and write while it does.
    for (let tries = 0; existsSync(home) && tries < 50; tries++) {
      try {
        rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
      } catch {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
      }
    }
  }
  process.once('exit', remove)
  let made = 0
  const { name, whose } = await nameOf(urlOf('postgres'))
  return {
    name,
    settings: [...(whose === '' ? [] : [whose]), ...settings],
    createDatabase: async () => {
      const name = `bench_${++made}`
      await query(urlOf('postgres'), `create database ${name}`)
      return urlOf(name)
    },
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      await ended
      process.off('exit', remove)
      remove()
    },
  }
}

export const startPostgresServer = async (): Promise<PostgresServer> => {
  const bin = installed()
  if (bin !== null) return startInstalled(bin)
  const { url, createDatabase, stop } = await startEmbedded()
  const { name } = await nameOf(url)
  return {
    name,
    settings: ['the one that the tests bring along', 'fsync=off', 'full_page_writes=off'],
    createDatabase,
    stop,
  }
}

/** What a server does by itself in time: without it the first minutes would be other than all those after them. */
export const tidyUp = async (url: string): Promise<void> => {
  await query(url, 'vacuum (analyze)')
  await query(url, 'checkpoint')
}
