// A real PostgreSQL for tests, on machines that have none: one server for each test process, a database for each test.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

export interface TestPostgres {
  /** `postgres://…` of the server's own database; better ask for one by `createDatabase`. */
  url: string
  /** A new, empty database; answers its `postgres://…`. */
  createDatabase(): Promise<string>
  /** Ends the server and removes its data. Need not be called: the end of the test process does it too. */
  stop(): Promise<void>
}

let running: Promise<TestPostgres> | undefined

/** Takes about a second the first time; every later call in the same process answers the same server. */
export function startPostgres(): Promise<TestPostgres> {
  running ??= start()
  return running
}

async function start(): Promise<TestPostgres> {
  const keeper = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url)),
    ],
    { detached: true, stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const ended = once(keeper, 'close')
  const [line] = await Promise.race([
    once(createInterface({ input: keeper.stdout }), 'line'),
    ended.then(() => {
      throw new Error('PostgreSQL for the tests did not start; why stands above.')
    }),
  ])
  const { port, password } = JSON.parse(line) as { port: number; password: string }
  // A test process that has nothing else to do may end; the keeper notices.
  keeper.unref()
  for (const stream of [keeper.stdin, keeper.stdout]) if (stream instanceof Socket) stream.unref()

  const urlOf = (database: string) => `postgres://belay:${password}@127.0.0.1:${port}/${database}`
  let made = 0
  return {
    url: urlOf('postgres'),
    async createDatabase() {
      made += 1
      const name = `test_${made}`
      const client = new pg.Client({ connectionString: urlOf('postgres') })
      await client.connect()
      try {
        await client.query(`create database ${name}`)
      } finally {
        await client.end()
      }
      return urlOf(name)
    },
    async stop() {
      running = undefined
      keeper.ref()
      keeper.stdin.end()
      await ended
    },
  }
}
