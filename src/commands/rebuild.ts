// `belay rebuild`: makes tickets, conversations and timelines again from GitLab alone and says by
// two checksums whether anything is missing. Ctrl-C stops it; the same command goes on.

import { v7 } from 'uuid'
import { GatewayError } from '../application/gateway-error.ts'
import type { PullParts } from '../application/pull-changes.ts'
import type { RebuildOptions, RebuildStage } from '../application/rebuild-index.ts'
import { callsNeeded, rebuildIndex } from '../application/rebuild-index.ts'
import {
  belongingOf,
  checkBelonging,
  holdData,
  openGateway,
  openKeys,
  openStore,
  realClock,
} from '../composition-root.ts'
import { gitlabOf, readConfig } from '../config.ts'
import { SetupProblem } from '../setup-problem.ts'
import type { Progress } from './progress.ts'
import { progress } from './progress.ts'

type Output = { write(text: string): unknown }

const number = (value: number): string => value.toLocaleString('en')
const many = (count: number, one: string): string => `${number(count)} ${one}${count === 1 ? '' : 's'}`

const titles: Record<RebuildStage, string> = {
  'catching up': 'Catching up',
  counting: 'Checksum',
  listing: 'Tickets',
  reading: 'Conversations',
}

/** Exit code: 0 equal, 1 not equal, unread or stopped. */
export const rebuildWith = async (
  parts: PullParts,
  {
    stdout,
    stderr,
    signal,
  }: { readonly stdout: Output; readonly stderr: Output; readonly signal: AbortSignal },
): Promise<0 | 1> => {
  let bar: Progress | null = null
  const options: RebuildOptions = {
    signal,
    onStage: (stage) => {
      bar?.stop()
      bar = progress(titles[stage])
    },
    onProgress: (done, total) => bar?.update(done, total),
    onBefore: (before) => {
      bar?.stop()
      const { from, to } = callsNeeded(before.tickets)
      stdout.write(
        `Before: ${before.sum} (${many(before.tickets, 'ticket')}, ${many(before.events, 'event')})\n`,
      )
      stderr.write(
        `Reading ${many(before.tickets, 'ticket')} takes ${number(from)} to ${number(to)} calls to GitLab. Ctrl-C stops; the same command goes on.\n`,
      )
    },
    onFailure: (iid, error) => stderr.write(`#${iid} could not be read: ${error.message}\n`),
  }
  let rebuilt: Awaited<ReturnType<typeof rebuildIndex>>
  try {
    rebuilt = await rebuildIndex(parts, options)
  } finally {
    // Assigned in onStage, which TypeScript does not follow.
    const last = bar as Progress | null
    last?.stop()
  }
  if (!rebuilt) {
    stderr.write('Stopped. ./belay rebuild goes on where it was.\n')
    return 1
  }
  const { before, after, unread } = rebuilt
  stdout.write(`After:  ${after.sum} (${many(after.tickets, 'ticket')}, ${many(after.events, 'event')})\n`)
  if (after.requesterUnknown > 0)
    stdout.write(
      `Requester unknown: ${many(after.requesterUnknown, 'ticket')}, written with a key that is not in BELAY_SECRET.\n`,
    )
  if (unread.length > 0) {
    const some = unread.slice(0, 20).map((iid) => `#${iid}`)
    stdout.write(
      `Not read yet: ${some.join(', ')}${unread.length > 20 ? ' and more' : ''}. Belay tries them again.\n`,
    )
  }
  if (before.sum === after.sum) stdout.write('Equal: the desk is what GitLab says.\n')
  else
    stdout.write(
      'Not equal: something changed in GitLab meanwhile, or had been on the desk that GitLab does not say. Run it again while nobody works.\n',
    )
  return before.sum === after.sum && unread.length === 0 ? 0 : 1
}

export const runRebuild = async (): Promise<number> => {
  const config = readConfig('gitlab')
  const gitlab = gitlabOf(config)
  const lock = holdData(config)
  if (!lock)
    throw new SetupProblem(
      `Belay is running on the data folder ${config.dataFolder}. Stop it first, then rebuild; nothing was changed.`,
      1,
    )
  const { keys } = openKeys(config)
  const store = await openStore(config)
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
  try {
    await checkBelonging(store, belongingOf(gitlab))
    return await rebuildWith(
      {
        store,
        gateway: openGateway(config, gitlab, keys, realClock, store),
        clock: realClock,
        desk: config.desk,
        newId: () => v7(),
      },
      { stdout: process.stdout, stderr: process.stderr, signal: stop.signal },
    )
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    throw new SetupProblem(
      `${error.message}. ./belay doctor says more; ./belay rebuild goes on where it was.`,
      1,
    )
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, onSignal)
    await store.close()
    lock.release()
  }
}
