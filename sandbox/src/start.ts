import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { apiRoutes } from './api/routes.ts'
import { countCalls } from './calls.ts'
import type { Clock } from './clock.ts'
import { controlRoutes } from './control.ts'
import { armFaults } from './faults.ts'
import { routeCalls } from './http/routing.ts'
import { serve } from './http/server.ts'
import { type Inspection, inspect } from './inspection.ts'
import { serviceDeskAddress } from './mail/addresses.ts'
import { startPostman } from './mail/postman.ts'
import { changeServiceDesk } from './mail/settings.ts'
import type { SmtpDoor } from './mail/smtp.ts'
import { authorizeRoutes } from './oauth/authorize.ts'
import { oauthTokenRoutes } from './oauth/tokens.ts'
import { mailRoutes } from './pages/mail-routes.ts'
import { pageRoutes } from './pages/routes.ts'
import { type LimitSettings, limitRates } from './rate-limits.ts'
import { seedDesk } from './seed/desk.ts'
import { fillDesk } from './seed/fill.ts'
import { seedPeople } from './seed/people.ts'
import { type Database, openDatabase } from './store/database.ts'
import type { ProjectRow } from './store/rows.ts'
import { newTokenValue } from './token-value.ts'
import { sendHooks, webhookTimeout } from './webhooks/sender.ts'
import type { World } from './world.ts'

export type SandboxOptions = {
  /** 0 picks a free port (the default). */
  port?: number
  /** A folder, or `:memory:` (the default), which forgets everything at the end. */
  data?: string
  token?: string
  oauthSecret?: string
  /** Fill with so many issues instead of the small desk. */
  issues?: number
  /** Before the small desk's weeks some 500 tickets of a year, all of them resolved. */
  year?: boolean
  /** People, projects and the repository only. */
  empty?: boolean
  clock?: Clock
  version?: string
  limits?: Partial<LimitSettings>
  /** Milliseconds an issue update waits between reading the labels and writing them. */
  raceWindowMs?: number
  /** Milliseconds a webhook's receiver has to answer (10,000, as GitLab's). */
  hookTimeoutMs?: number
  /** Where mail is taken by SMTP: 0 picks a free port, `auto` takes 2525 or, if that is taken, a free one; absent: none. */
  smtpPort?: number | 'auto'
  /** Whether `demo/helpdesk` has Service Desk; absent: as it was, and on at first. */
  serviceDesk?: boolean
  /** Says nothing about bugs on standard error; an answer of 500 remains. */
  quiet?: boolean
}

export type Sandbox = Inspection & {
  url: string
  port: number
  token: string
  oauthSecret: string
  /** Where mail is taken; `address` is the help desk's own. */
  smtp: { host: string; port: number; address: string } | undefined
  /** True when the data was there before: nothing was seeded. */
  restarted: boolean
  /** Turns the sandbox's clock forward (milliseconds). */
  advance(ms: number): void
  stop(): Promise<void>
}

/** The small desk's history goes back this far, a filled one's further (milliseconds). */
const day = 86_400_000

/** Starts a GitLab on 127.0.0.1. It keeps its state in the data folder and goes on from there the next time. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  let ahead = 0
  const given: Clock = options.clock ?? { now: () => Date.now() }
  const clock: Clock = { now: () => Math.floor(given.now() + ahead) }
  const db = openDatabase(options.data ?? ':memory:')
  const filled = (options.issues ?? 0) > 0 || setting(db, 'filled') !== undefined
  let stopping = false
  const report = (error: unknown, method: string, path: string) => {
    // Calls that were cut off by stopping are nobody's fault.
    if (!options.quiet && !stopping) console.error(`the sandbox failed at ${method} ${path}:`, error)
  }
  const world: World = {
    db,
    clock,
    url: 'http://127.0.0.1',
    version: options.version ?? '19.2.0',
    raceWindowMs: options.raceWindowMs ?? 0,
    hookTimeoutMs: options.hookTimeoutMs ?? webhookTimeout,
    oauthSecret: '',
    faults: armFaults(),
    calls: countCalls(),
    limits: limitRates(clock, {
      // GitLab's defaults; a filled desk is there to be measured, and is not limited.
      notes: filled ? 0 : 300,
      issues: filled ? 0 : 300,
      hookTests: 5,
      ...options.limits,
    }),
    hooks: sendHooks(() => world),
    postman: startPostman(
      () => world,
      options.data === undefined || options.data === ':memory:' ? undefined : join(options.data, 'mail'),
      (error) => report(error, 'mail', 'to a person'),
    ),
    smtp: undefined,
  }
  const restarted = setting(db, 'seeded') !== undefined
  const tokenBefore = setting(db, 'token')
  const token = options.token ?? tokenBefore ?? newTokenValue()
  world.oauthSecret =
    options.oauthSecret ?? setting(db, 'oauth secret') ?? `gloas-${randomBytes(32).toString('hex')}`

  const server = serve(
    world,
    routeCalls(apiRoutes),
    routeCalls([...controlRoutes, ...mailRoutes, ...oauthTokenRoutes, ...authorizeRoutes, ...pageRoutes]),
    report,
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  }).catch((error: unknown) => {
    db.close()
    throw error
  })
  const { port } = server.address() as AddressInfo
  world.url = `http://127.0.0.1:${port}`

  db.transaction(() => {
    keep(db, 'token', token)
    keep(db, 'oauth secret', world.oauthSecret)
    if (restarted) {
      // Another `--token` than last time replaces the bot's, as rotating would: the bot user stays.
      if (tokenBefore !== undefined && tokenBefore !== token) replaceToken(db, tokenBefore, token)
      return
    }
    const cast = seedPeople(world, token, (filled ? 730 : options.year ? 430 : 60) * day)
    if (filled) {
      fillDesk(world, cast, options.issues ?? 0)
      keep(db, 'filled', 'yes')
    }
    if (!filled && !options.empty) seedDesk(world, cast, { year: options.year ?? false })
    keep(db, 'seeded', 'yes')
  })

  if (options.serviceDesk !== undefined) changeServiceDesk(world, { enabled: options.serviceDesk })
  let door: SmtpDoor | undefined
  if (options.smtpPort !== undefined) {
    // Most desks take no mail, and need not load what takes it.
    const { openSmtp } = await import('./mail/smtp.ts')
    door = await openSmtp(world, options.smtpPort, (error) => report(error, 'mail', 'from a person')).catch(
      async (error: unknown) => {
        await new Promise((resolve) => server.close(resolve))
        db.close()
        throw error
      },
    )
    world.smtp = { host: door.host, port: door.port }
  }
  world.postman.start()

  return {
    ...inspect(world),
    smtp: world.smtp && { ...world.smtp, address: homeAddress(db) },
    url: world.url,
    port,
    token,
    oauthSecret: world.oauthSecret,
    restarted,
    advance(ms) {
      ahead += ms
    },
    async stop() {
      if (stopping) return
      stopping = true
      world.hooks.stop()
      await door?.close()
      await world.postman.stop()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      db.close()
    },
  }
}

function replaceToken(db: Database, before: string, after: string): void {
  db.run('delete from tokens where value = ? and revoked = 1', after)
  db.run('update tokens set value = ? where value = ?', after, before)
}

function homeAddress(db: Database): string {
  const project = db.one<ProjectRow>('select * from projects where id = 1')
  if (!project) throw new Error('demo/helpdesk is gone')
  return serviceDeskAddress(project)
}

function setting(db: Database, name: string): string | undefined {
  return db.one<{ value: string }>('select value from settings where name = ?', name)?.value
}

function keep(db: Database, name: string, value: string): void {
  db.run(
    'insert into settings (name, value) values (?, ?) on conflict do update set value = excluded.value',
    name,
    value,
  )
}
