// Reads from GitLab now, and ends. Beside a running server it asks that one, since only one process pushes and pulls.

import { v7 } from 'uuid'
import { compareWithGitlab } from '../application/compare-with-gitlab.ts'
import { GatewayError } from '../application/gateway-error.ts'
import { pullListing, readInFull } from '../application/pull-changes.ts'
import { refreshMembers } from '../application/refresh-members.ts'
import { holdData, openGateway, openKeys, openStore, realClock } from '../composition-root.ts'
import type { Config } from '../config.ts'
import { gitlabOf, readConfig } from '../config.ts'
import { SetupProblem } from '../setup-problem.ts'
import { progress } from './progress.ts'

/** Leaves the wish where the running server finds it, and waits until it says that it is done. */
const askServer = async (config: Config, full: boolean): Promise<number> => {
  const store = await openStore(config)
  const wish = `${realClock.now()}${full ? ' full' : ''}`
  await store.write((writer) => writer.saveSetting('sync.asked', wish))
  process.stderr.write('Asked the running Belay; it is reading now.\n')
  const giveUp = realClock.now() + 30 * 60_000
  while (realClock.now() < giveUp) {
    if ((await store.read((reader) => reader.setting('sync.done'))) === wish) {
      await store.close()
      process.stdout.write('Done: the desk shows what GitLab says.\n')
      return 0
    }
    await realClock.sleep(250)
  }
  await store.close()
  process.stderr.write('The running Belay has not finished within 30 minutes; its log says why.\n')
  return 1
}

export const runSync = async (options: { readonly full: boolean }): Promise<number> => {
  const config = readConfig('gitlab')
  const lock = holdData(config)
  if (!lock) return askServer(config, options.full)
  const { keys } = openKeys(config)
  const store = await openStore(config)
  const parts = {
    store,
    gateway: openGateway(config, gitlabOf(config), keys, realClock, store),
    clock: realClock,
    desk: config.desk,
    newId: () => v7(),
  }
  const listing = progress('Tickets')
  const replies = progress('Replies')
  try {
    await refreshMembers(parts)
    const { read, changed } = await pullListing(parts, {
      full: options.full,
      onProgress: ({ done, total }) => listing.update(done, total),
    })
    listing.stop()
    while ((await store.write((writer) => writer.indexWords(1_000), { repeatable: true })) > 0);
    const compared = options.full ? await compareWithGitlab(parts) : null
    const { unread } = await store.read((reader) => reader.backlog())
    let done = 0
    for (;;) {
      const some = await readInFull(parts, { limit: 20 })
      if (some === 0) break
      done += some
      replies.update(done, unread)
    }
    const all = changed + (compared?.changed ?? 0)
    process.stdout.write(`Read ${read} tickets, ${all} changed; replies of ${done} read.\n`)
    return 0
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    throw new SetupProblem(`${error.message}. ./belay doctor says more.`, 1)
  } finally {
    listing.stop()
    replies.stop()
    await store.close()
    lock.release()
  }
}
