// Making the desk again from GitLab alone: reads what is still to be read, takes a checksum, drops
// the index and reads everything anew. What GitLab cannot give back is never dropped. It can be
// stopped at any moment and goes on where it was; two equal checksums say that nothing is missing.

import { compareWithGitlab } from './compare-with-gitlab.ts'
import type { GatewayError } from './gateway-error.ts'
import type { IndexChecksum } from './index-checksum.ts'
import { indexChecksum } from './index-checksum.ts'
import type { Avoided, PullParts } from './pull-changes.ts'
import { pullListing, readInFull } from './pull-changes.ts'
import { refreshMembers } from './refresh-members.ts'

const name = 'rebuild'

export type RebuildStage = 'catching up' | 'counting' | 'listing' | 'reading'

export type Rebuilt = {
  readonly before: IndexChecksum
  readonly after: IndexChecksum
  /** Numbers of tickets that GitLab would not show now; the desk reads them later. */
  readonly unread: readonly number[]
}

export type RebuildOptions = {
  readonly signal?: AbortSignal
  readonly onStage?: (stage: RebuildStage) => void
  readonly onProgress?: (done: number, total: number | null) => void
  /** Once, before anything is dropped: how many tickets there are, and the checksum. */
  readonly onBefore?: (before: IndexChecksum) => void
  readonly onFailure?: (iid: number, error: GatewayError) => void
}

/** Calls that reading so many tickets takes: a page for a hundred, four each, six where there is code. */
export const callsNeeded = (tickets: number): { readonly from: number; readonly to: number } => ({
  from: Math.ceil(tickets / 100) + 4 * tickets,
  to: Math.ceil(tickets / 100) + 6 * tickets,
})

/** A rebuild that was begun and not finished leaves its checksum behind. */
const begun = async (parts: PullParts): Promise<IndexChecksum | null> => {
  const text = await parts.store.read((reader) => reader.setting(name))
  return text === null || text === '' ? null : JSON.parse(text)
}

const stopped = (options: RebuildOptions): boolean => options.signal?.aborted === true

const readAll = async (parts: PullParts, options: RebuildOptions): Promise<readonly number[]> => {
  const avoided: Avoided = new Map()
  const { unread } = await parts.store.read((reader) => reader.backlog())
  let done = 0
  options.onProgress?.(0, unread)
  while (!stopped(options)) {
    const some = await readInFull(parts, {
      limit: 20,
      avoided,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.onFailure ? { onFailure: options.onFailure } : {}),
    })
    if (some === 0) break
    done += some
    options.onProgress?.(done, Math.max(unread, done))
  }
  return [...avoided.keys()]
}

const list = (parts: PullParts, options: RebuildOptions) =>
  pullListing(parts, {
    onProgress: ({ done, total }) => options.onProgress?.(done, total),
    ...(options.signal ? { signal: options.signal } : {}),
  })

/** null when it was stopped before anything was dropped. */
const drop = async (parts: PullParts, options: RebuildOptions): Promise<IndexChecksum | null> => {
  options.onStage?.('catching up')
  await list(parts, options)
  if (stopped(options)) return null
  // What nothing told of is found now, or the two checksums would differ by it.
  await compareWithGitlab(parts, options.signal ? { signal: options.signal } : {})
  await readAll(parts, options)
  if (stopped(options)) return null
  const labels = await parts.gateway.labels()
  options.onStage?.('counting')
  const before = await indexChecksum(parts.store)
  options.onBefore?.(before)
  if (stopped(options)) return null
  await parts.store.write(async (writer) => {
    await writer.dropIndex({ labels, at: parts.clock.now() })
    // From the start; and the checksum in the same transaction, so that whoever is killed now goes on.
    await writer.saveSetting('pull.cursor', '')
    await writer.saveSetting('pull.page', '')
    await writer.saveSetting(name, JSON.stringify(before))
  })
  return before
}

/** null when it was stopped: called again, it goes on. Throws GatewayError; called again after that, too. */
export const rebuildIndex = async (
  parts: PullParts,
  options: RebuildOptions = {},
): Promise<Rebuilt | null> => {
  await refreshMembers(parts)
  const before = (await begun(parts)) ?? (await drop(parts, options))
  if (before === null || stopped(options)) return null
  options.onStage?.('listing')
  await list(parts, options)
  if (stopped(options)) return null
  options.onStage?.('reading')
  const unread = await readAll(parts, options)
  if (stopped(options)) return null
  options.onStage?.('counting')
  const after = await indexChecksum(parts.store)
  await parts.store.write((writer) => writer.saveSetting(name, ''))
  return { before, after, unread }
}

/** A desk that was at work since has read on by itself: the checksum from before says nothing any more. */
export const forgetRebuild = async (parts: Pick<PullParts, 'store'>): Promise<void> => {
  const text = await parts.store.read((reader) => reader.setting(name))
  if (text !== null && text !== '') await parts.store.write((writer) => writer.saveSetting(name, ''))
}
