// Belay as a process that can be killed: what `belay serve` starts, with settings from the
// environment, waits that fit a GitLab which answers within a second, and, to see the proof fail,
// a bug. It ends when the proof does.

import type { Gateway } from '../../src/application/ports.ts'
import { createLog, startDesk } from '../../src/composition-root.ts'
import { readConfig } from '../../src/config.ts'
import { wideFloodLimits } from '../../test/support/wide-limits.ts'

/**
 * Milliseconds. The proxy holds nothing up for longer than 0.8 s, and the sandbox answers at once: what is
 * not there after the wait never comes, also on a machine with much else to do.
 */
export const timings = {
  deadline: 1_500,
  longestCall: 1_800,
  lease: 4_000,
  effectsMayLand: 4_000,
  longestWait: 250,
}

export const bugs = {
  /** Sends again without looking whether the first sending had its effect. */
  forgetful: (gateway: Gateway): Gateway => ({ ...gateway, lookUp: async () => null }),
  /** Takes a note whose answer was lost for written. */
  careless: (gateway: Gateway): Gateway => ({
    ...gateway,
    lookUp: async (claimed) =>
      claimed.operation.intent.kind === 'note' ? { kind: 'noted', noteId: 1 } : await gateway.lookUp(claimed),
  }),
} as const
export type Bug = keyof typeof bugs

const isBug = (name: string): name is Bug => Object.hasOwn(bugs, name)

if (import.meta.main) {
  const [name = ''] = process.argv.slice(2)
  const desk = await startDesk(readConfig('serve'), {
    log: createLog('warn'),
    sandbox: false,
    // Signing in goes to the sandbox itself, everything else through the proxy: one GitLab all the same.
    belongsTo: 'the sandbox of a proof',
    readPauseMs: 20,
    // One machine stands for everybody who asks for help.
    floodLimits: wideFloodLimits,
    proof: { timings, ...(isBug(name) ? { gateway: bugs[name] } : {}) },
  })
  process.stdout.write(`Belay is ready at ${desk.url}\n`)
  const stop = () => {
    desk.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${error}\n`)
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop)
  // However the proof ends, this ends with it.
  process.stdin
    .on('end', () => process.exit(0))
    .on('error', () => process.exit(0))
    .resume()
}
