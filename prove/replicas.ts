// Nothing lost, nothing twice, with several processes: two replicas behind NGINX are killed under load and their
// PostgreSQL is restarted; a rolling update from the previous release; a stop while GitLab is silent.
// `node prove/replicas.ts [--story kill|update|stop] [--planted]`; also `npm run prove -- --only replicas`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gracefulStop } from './replicas/graceful-stop.ts'
import { killUnderLoad } from './replicas/kill-under-load.ts'
import { nginxIsMissing } from './replicas/nginx.ts'
import { previousRelease } from './replicas/previous-release.ts'
import { rollingUpdate } from './replicas/rolling-update.ts'
import type { Ends } from './replicas/stage.ts'
import type { Result } from './report.ts'

export type Told = {
  /** Everything that is wrong, one sentence each; nothing when all is well. */
  readonly faults: readonly string[]
  /** What was measured. */
  readonly figures: readonly string[]
  readonly seconds: number
}

type Story = (parts: {
  readonly folder: string
  readonly ends: Ends
  readonly fault: (what: string) => void
  readonly say: (line: string) => void
}) => Promise<string[]>

/** Plays one story to its end, however it ends. */
export const tell = async (story: Story, say: (line: string) => void = () => undefined): Promise<Told> => {
  const began = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'belay-replicas-'))
  const ends: Ends = [() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })]
  const faults: string[] = []
  const fault = (what: string) => {
    faults.push(what)
    say(`WRONG: ${what}`)
  }
  let figures: string[] = []
  try {
    figures = await story({ folder, ends, fault, say })
  } catch (error) {
    fault(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    for (const end of ends.reverse())
      try {
        await end()
      } catch (error) {
        fault(`not ended: ${error instanceof Error ? error.message : error}`)
      }
  }
  return { faults, figures, seconds: (performance.now() - began) / 1_000 }
}

const found = (planted: string, pattern: RegExp, { faults, seconds }: Told): Result => {
  const [first] = faults.filter((fault) => pattern.test(fault))
  return {
    what: `Planted: ${planted}`,
    command: 'npm run prove -- --only replicas',
    found:
      first === undefined ? `NOT FOUND${faults.length > 0 ? `, but ${faults[0]}` : ''}` : `found: ${first}`,
    took: `${seconds.toFixed(1)} s`,
    ok: first !== undefined,
  }
}

const resultOf = (what: string, name: string, told: Told, say: (line: string) => void): Result => {
  const [first, ...more] = told.figures
  for (const line of [...told.faults, ...more]) say(`     ${name}: ${line}`)
  const verdict = told.faults.length === 0 ? 'nothing lost, nothing twice' : `${told.faults.length} faults`
  return {
    what,
    command: `node prove/replicas.ts --story ${name}`,
    found: first === undefined ? verdict : `${verdict}: ${first}`,
    took: `${told.seconds.toFixed(1)} s`,
    ok: told.faults.length === 0,
  }
}

/** What this machine lacks for it, or null. */
export const replicasAreMissing = (): string | null =>
  process.platform === 'linux'
    ? nginxIsMissing()
    : 'only Linux has what ends processes together with the proof'

/** All of it, in two rows beside each other: much of it is waiting. */
export const replicasProof = async (say: (line: string) => void): Promise<Result[]> => {
  const kills = async () => [
    resultOf(
      'Two replicas behind NGINX under load, killed, put to sleep, PostgreSQL restarted twice (short waits)',
      'kill',
      await tell((parts) => killUnderLoad({ ...parts, seed: 1, play: 'whole' })),
      say,
    ),
    resultOf(
      `Rolling update of two replicas from the previous release (${previousRelease.slice(0, 7)})`,
      'update',
      await tell((parts) => rollingUpdate({ ...parts, seed: 2 })),
      say,
    ),
  ]
  const stops = async () => [
    resultOf(
      './belay serve on SQLite asked to stop under load, with a GitLab that is silent',
      'stop',
      await tell((parts) => gracefulStop({ ...parts, seed: 3, play: 'shipped' })),
      say,
    ),
    found(
      'a stop that drops what was let in',
      /half-sent form was answered with broken/u,
      await tell((parts) => rollingUpdate({ ...parts, seed: 2, planted: true })),
    ),
    found(
      'after a stop nobody looks whether a call had its effect',
      /^\[I[13]\] .* (is|stands|has) [2-9]/u,
      await tell((parts) => gracefulStop({ ...parts, seed: 3, play: 'short', bug: 'forgetful' })),
    ),
    found(
      'NGINX sends again what was posted, to a desk that forgets which forms it has seen',
      /^\[I[13]\] .* (is|stands|has) [2-9]/u,
      await tell((parts) => killUnderLoad({ ...parts, seed: 1, play: 'brief', planted: true })),
    ),
  ]
  return (await Promise.all([kills(), stops()])).flat()
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      story: { type: 'string', default: 'kill' },
      brief: { type: 'boolean' },
      planted: { type: 'boolean' },
      loud: { type: 'boolean' },
    },
  })
  const { planted = false } = values
  const stories: Record<string, Story> = {
    kill: (parts) =>
      killUnderLoad({ ...parts, seed: 1, play: values.brief || planted ? 'brief' : 'whole', planted }),
    update: (parts) => rollingUpdate({ ...parts, seed: 2, planted }),
    stop: (parts) =>
      gracefulStop({
        ...parts,
        seed: 3,
        play: values.brief || planted ? 'short' : 'shipped',
        ...(planted ? { bug: 'forgetful' } : {}),
      }),
  }
  const story = stories[values.story]
  if (!story) throw new Error(`--story is one of ${Object.keys(stories).join(', ')}`)
  const told = await tell(story, values.loud ? (line) => process.stderr.write(`${line}\n`) : undefined)
  for (const line of told.faults) process.stdout.write(`${line}\n`)
  for (const line of told.figures) process.stdout.write(`  ${line}\n`)
  process.stdout.write(`${told.faults.length} faults, ${told.seconds.toFixed(1)} s\n`)
  process.exitCode = told.faults.length > 0 ? 1 : 0
}
