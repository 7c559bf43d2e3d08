// The stage: GitLab's sandbox, a PostgreSQL (or none), two processes of one desk, NGINX before them, encrypted. People
// come from addresses of their own, as people do; everything listens on 127.0.0.1 and ends with the proof.

import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '../../src/application/ports.ts'
import { openStore } from '../../src/composition-root.ts'
import { readConfig } from '../../src/config.ts'
import type { Visitor } from '../../test/support/visitor.ts'
import { signInAt, visitor } from '../../test/support/visitor.ts'
import { judgeGitlab, judgeIndex, judgePages, readGitlab } from '../kill/judge.ts'
import type { Agents, Ledger, Person } from '../kill/people.ts'
import type { Sandbox } from '../kill/processes.ts'
import { asked, freePort, startSandbox } from '../kill/processes.ts'
import { settle } from '../kill.ts'
import type { Certificate } from './nginx.ts'
import { makeCertificate, startNginx } from './nginx.ts'
import type { Postgres } from './postgres.ts'
import { startPostgres } from './postgres.ts'
import type { Replica } from './replica.ts'
import { makeReplica } from './replica.ts'
import type { Seen } from './watching.ts'
import { watched } from './watching.ts'

export type Ends = (() => Promise<unknown> | unknown)[]

export type Stage = {
  readonly sandbox: Sandbox
  readonly postgres: Postgres
  readonly url: string
  readonly certificate: Certificate
  readonly replicas: readonly [Replica, Replica]
  /** The data, as a process of the desk has them. */
  openStore(): Promise<Store>
  /** Somebody at a browser, at an address of their own. */
  somebody(): Visitor
}

export const setStage = async (options: {
  readonly folder: string
  readonly ends: Ends
  readonly report: (kind: 'said' | 'ended', what: string) => void
  readonly repeatsPosts?: boolean
}): Promise<Stage> => {
  const { folder, ends, report } = options
  const inside = (name: string): string => {
    mkdirSync(join(folder, name), { recursive: true })
    return join(folder, name)
  }
  const certificate = makeCertificate(folder)
  const postgres = await startPostgres()
  ends.push(postgres.stop)
  const databaseUrl = await postgres.createDatabase()
  const sandbox = await startSandbox(inside('gitlab'), { NODE_EXTRA_CA_CERTS: certificate.file })
  ends.push(sandbox.stop)
  const url = `https://127.0.0.1:${await freePort()}`
  const webhookSecret = randomBytes(24).toString('hex')
  const data = { DATABASE_URL: databaseUrl, BELAY_SECRET: randomBytes(32).toString('hex') }
  const environment = {
    ...data,
    BELAY_URL: url,
    TRUST_PROXY: 'loopback',
    GITLAB_URL: sandbox.url,
    GITLAB_PROJECT: 'demo/helpdesk',
    GITLAB_TOKEN: sandbox.token,
    GITLAB_OAUTH_CLIENT_ID: 'belay',
    GITLAB_OAUTH_CLIENT_SECRET: sandbox.oauthSecret,
    GITLAB_WEBHOOK_SECRET: webhookSecret,
    POLL_SECONDS: '2',
  }
  const replica = (name: string) => makeReplica({ name, dataFolder: inside(name), environment, report })
  const replicas = [await replica('one'), await replica('two')] as const
  const nginx = await startNginx({
    folder: inside('nginx'),
    ports: replicas.map(({ port }) => port),
    certificate,
    url,
    repeatsPosts: options.repeatsPosts ?? false,
  })
  ends.push(nginx.stop)
  await asked(`${sandbox.url}/api/v4/projects/1/hooks?private_token=${sandbox.ownersToken}`, 'POST', {
    url: `${url}/hooks/gitlab`,
    token: webhookSecret,
    issues_events: true,
    confidential_issues_events: true,
    note_events: true,
    confidential_note_events: true,
  })
  let places = 0
  return {
    sandbox,
    postgres,
    url,
    certificate,
    replicas,
    openStore: async () => {
      const store = await openStore(readConfig('desk', { ...data, BELAY_DATA: inside('judge') }))
      ends.push(store.close)
      return store
    },
    somebody: () => {
      places++
      return visitor(url, {
        from: `127.0.${1 + Math.floor(places / 200)}.${1 + (places % 200)}`,
        ca: certificate.pem,
      })
    },
  }
}

/** Everybody signs in, through NGINX. */
export const signInThrough = async (
  stage: Pick<Stage, 'somebody'>,
  seen: Seen[],
  complain: (what: string) => void,
): Promise<Agents> => {
  const person = async (username: string): Promise<Person> => {
    const somebody = stage.somebody()
    await signInAt(somebody, username)
    return { visitors: [watched(somebody, seen, complain)] }
  }
  return { bruno: await person('bruno'), carla: await person('carla'), davi: await person('davi') }
}

/** Waits until nothing is to be sent or read, and compares what was accepted with what there is. */
export const judgeAll = async (
  options: {
    readonly sandbox: Sandbox
    readonly store: Store
    readonly ledger: Ledger
    readonly agent: Visitor
    readonly stranger: Visitor
    /** Milliseconds. */
    readonly settlesWithin: number
  },
  fault: (what: string) => void,
): Promise<number> => {
  const { sandbox, store, ledger } = options
  const began = performance.now()
  if (!(await settle(store, options.settlesWithin)))
    fault(`[I4] not settled within ${options.settlesWithin / 1_000} s`)
  const settledAfter = performance.now() - began
  for (const complaint of ledger.complaints) fault(complaint)
  const gitlab = await readGitlab(sandbox.url, sandbox.ownersToken)
  judgeGitlab(gitlab, ledger, fault)
  await store.read((reader) => judgeIndex(gitlab, reader, ledger, fault))
  await judgePages(gitlab, ledger, options.agent, options.stranger, fault)
  return settledAfter
}

export const figuresOf = ({ stories }: Ledger): string => {
  const acknowledged = stories.filter(({ promised }) => promised === 'yes').length
  const texts = stories.flatMap(({ deeds }) => deeds).filter(({ promised }) => promised === 'yes').length
  const moves = stories.flatMap(({ moves }) => moves).filter(({ promised }) => promised === 'yes').length
  return `${acknowledged} tickets, ${texts} texts, ${moves} escalations acknowledged`
}
