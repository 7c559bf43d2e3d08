// What is shipped to be installed, tried as it is shipped: the image, NGINX before two desks on PostgreSQL, the unit.
//   npm run prove -- --only deployment

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSandbox } from '../kill/processes.ts'
import type { Findings } from './findings.ts'
import { findings } from './findings.ts'
import { proveImage } from './image.ts'
import { missingFor } from './needs.ts'
import { proveProxy } from './proxy.ts'
import { proveUnit } from './unit.ts'

export type DeploymentResult = {
  readonly what: string
  /** null = it was not tried; `found` says why. */
  readonly ok: boolean | null
  readonly found: string
  /** Milliseconds. */
  readonly took: number
}

export const project = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')

type Parts = {
  readonly project: string
  readonly work: string
  readonly sandbox: Awaited<ReturnType<typeof startSandbox>>
}

const proofs: readonly {
  readonly what: string
  readonly needs: readonly string[]
  readonly prove: (found: Findings, parts: Parts) => Promise<string>
}[] = [
  {
    what: "The image: the Dockerfile's steps, run as its user on a read-only root",
    needs: ['debootstrap'],
    prove: proveImage,
  },
  {
    what: "NGINX of Debian 12 with the shipped configuration, before two desks on Debian's PostgreSQL",
    needs: ['nginx-light', 'postgresql', 'gettext-base', 'openssl'],
    prove: proveProxy,
  },
  {
    what: 'The systemd unit: checked and rated by systemd, its command run as it runs it',
    needs: ['systemd'],
    prove: proveUnit,
  },
]

/** Nothing of a proof stays: whatever it mounted was mounted for its own processes alone. */
const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'belay-deployment-'))
  // Other users walk through it: PostgreSQL's, NGINX's, the image's.
  execFileSync('chmod', ['755', folder])
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `only`: part of a proof's name. */
export const proveDeployment = async (
  say: (line: string) => void,
  only = '',
): Promise<DeploymentResult[]> => {
  const results: DeploymentResult[] = []
  for (const { what, needs, prove } of proofs.filter((one) => one.what.includes(only))) {
    const started = performance.now()
    const missing = missingFor(...needs)
    const found = findings()
    const told =
      missing ??
      (await inFolder(async (work) => {
        const sandbox = await startSandbox(join(work, 'gitlab'))
        try {
          return await prove(found, { project, work, sandbox })
        } finally {
          await sandbox.stop()
        }
      }).catch(async (error: unknown) => {
        await found.check('it could be tried at all', () => Promise.reject(error))
        return ''
      }))
    for (const fault of found.faults) say(`  ${what}: ${fault}`)
    const ok = missing === null ? found.faults.length === 0 : null
    const all = `${found.checked() - found.faults.length} of ${found.checked()} as it should be`
    results.push({
      what,
      ok,
      found: missing ?? [all, told].filter((text) => text !== '').join('; '),
      took: performance.now() - started,
    })
  }
  return results
}
