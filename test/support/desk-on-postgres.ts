// A process of a desk on PostgreSQL, beside a sandbox: as many of them on one database as a test wants.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Sandbox } from '../../sandbox/src/start.ts'
import type { RunningDesk } from '../../src/composition-root.ts'
import { createLog, startDesk } from '../../src/composition-root.ts'
import { readConfig } from '../../src/config.ts'

/** `stop` also removes its folder; asked twice it stops once. */
export const openDeskOnPostgres = async (
  sandbox: Sandbox,
  database: string,
  options: { readonly worker?: boolean } = {},
): Promise<RunningDesk> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-postgres-desk-'))
  const desk = await startDesk(
    {
      ...readConfig('desk', {
        PORT: '0',
        BELAY_DATA: folder,
        BELAY_SECRET: 'only-for-this-test'.repeat(3),
        DATABASE_URL: database,
        POLL_SECONDS: '1',
      }),
      gitlab: {
        url: sandbox.url,
        project: 'demo/helpdesk',
        token: sandbox.token,
        branchToken: null,
        caFile: null,
      },
      oauth: { clientId: 'belay', clientSecret: sandbox.oauthSecret },
    },
    { log: createLog('silent'), sandbox: true, readPauseMs: 0, ...options },
  )
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= desk.stop().finally(() => rmSync(folder, { recursive: true, force: true }))
    return stopped
  }
  return { ...desk, stop }
}
