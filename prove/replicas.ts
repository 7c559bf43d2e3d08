// Nothing lost, nothing twice, with several processes: two replicas behind NGINX are killed under load and their
// PostgreSQL is restarted; a rolling update from the previous release; a stop while GitLab is silent.
// `node prove/replicas.ts [--story kill|update|stop] [--planted]`; also `npm run prove -- --only replicas`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gracefulStop } from './replicas/graceful-stop.ts'
import { killUnderLoad } from './replicas/kill-under-load.ts'
import { rollingUpdate } from './replicas/rolling-update.ts'
import type { Ends } from './replicas/stage.ts'

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
