// A whole desk for one test: the sandbox as its GitLab and Belay as it is started everywhere, with
// its data in a folder that goes away with it. `await using` stops everything.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Sandbox, SandboxOptions } from '../../sandbox/src/start.ts'
import { startSandbox } from '../../sandbox/src/start.ts'
import type { Clock, Parts } from '../../src/application/ports.ts'
import { createLog, startDesk } from '../../src/composition-root.ts'
import type { Config } from '../../src/config.ts'
import { readConfig } from '../../src/config.ts'
import type { Desk } from '../../src/domain/desk.ts'
import { aDesk } from './tickets.ts'
import type { Visitor } from './visitor.ts'
import { signInAt, visitor } from './visitor.ts'

export type TestDesk = AsyncDisposable & {
  readonly url: string
  readonly sandbox: Sandbox
  readonly parts: Parts
  /** Somebody at a browser of their own, not signed in. */
  stranger(): Visitor
  /** Signed in through the sandbox's OAuth page. */
  signedIn(username: string): Promise<Visitor>
  /** Resolves when GitLab has been told everything of this ticket. */
  settled(iid: number): Promise<void>
}

export const openDesk = async (
  options: {
    readonly sandbox?: SandboxOptions
    readonly desk?: Partial<Desk>
    readonly config?: Partial<Config>
    readonly clock?: Clock
  } = {},
): Promise<TestDesk> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-desk-'))
  const sandbox = await startSandbox({ port: 0, data: ':memory:', empty: true, ...options.sandbox })
  const config: Config = {
    ...readConfig('desk', { PORT: '0', BELAY_DATA: folder, POLL_SECONDS: '1' }),
    desk: aDesk(options.desk),
    gitlab: {
      url: sandbox.url,
      project: 'demo/helpdesk',
      token: sandbox.token,
      branchToken: null,
      caFile: null,
    },
    oauth: { clientId: 'belay', clientSecret: sandbox.oauthSecret },
    ...options.config,
  }
  const running = await startDesk(config, {
    log: createLog('silent'),
    sandbox: true,
    readPauseMs: 0,
    ...(options.clock ? { clock: options.clock } : {}),
  }).catch(async (error: unknown) => {
    await sandbox.stop()
    throw error
  })
  return {
    url: running.url,
    sandbox,
    parts: running.parts,
    stranger: () => visitor(running.url),
    signedIn: async (username) => {
      const somebody = visitor(running.url)
      await signInAt(somebody, username)
      return somebody
    },
    settled: async (iid) => {
      const ticket = await running.parts.store.read((reader) => reader.ticket({ iid }))
      if (ticket) await running.parts.settled(ticket.id, 10_000)
    },
    [Symbol.asyncDispose]: async () => {
      await running.stop()
      await sandbox.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
