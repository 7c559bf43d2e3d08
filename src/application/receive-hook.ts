// GitLab says that something has changed. Such a hint is never believed: it only tells which tickets
// to read again soon, and nothing it says about them is used. Hints can be lost, doubled, late or
// out of order; polling finds the same changes, and counts for the doctor those no hint had told of.

import type { Clock, Reader, Store, Writer } from './ports.ts'

export type Hint = {
  /** The same for one delivery sent twice; null = it says none. */
  readonly id: string | null
  readonly project: { readonly id: number; readonly path: string | null }
  /** Numbers of the tickets it is about. */
  readonly iids: readonly number[]
}

export type Hooks = {
  /** Answers at once; what follows from it happens afterwards. Neither foreign nor known ones have any effect. */
  receive(hint: Hint): 'taken' | 'known' | 'foreign'
  /** Writes down what has come and takes no more. */
  stop(): Promise<void>
}

export type HookParts = {
  readonly store: Store
  readonly clock: Clock
  /** Number or full path of the desk's project. */
  readonly project: string
  /** These are marked as unread: time to read them. Whoever reads in another process looks by itself. */
  readonly look: (iids: readonly number[]) => void
  readonly log: { error(data: object, message: string): void }
}

/** When the last valid delivery came (UTC ms), and how many changes only polling has found since. */
const lastDeliveryName = 'hook.last'
const missedName = 'hook.missed'
/** A wish for the list of tickets, because one of them is not known here yet; and the last one that was met. */
const askedName = 'hook.asked'
const metName = 'hook.met'

/** Deliveries come in bursts: those of so many milliseconds are written down together. */
const burst = 100
/** When the last one came is written down this often, in milliseconds; nobody needs it exactly. */
const noteEvery = 60_000
/** Signed deliveries are refused after five minutes: what is older need not be remembered. Milliseconds. */
const rememberFor = 15 * 60_000
const mostRemembered = 20_000

const isOurs = ({ id, path }: Hint['project'], project: string): boolean =>
  /^\d+$/u.test(project) ? String(id) === project : path?.toLowerCase() === project.toLowerCase()

/** Ids of deliveries, for a while and not without end. */
const rememberIds = (clock: Pick<Clock, 'now'>) => {
  const seen = new Map<string, number>()
  return (id: string): boolean => {
    const now = clock.now()
    for (const [oldest, at] of seen) {
      if (at + rememberFor > now && seen.size < mostRemembered) break
      seen.delete(oldest)
    }
    if (seen.has(id)) return true
    seen.set(id, now)
    return false
  }
}

export const createHooks = (parts: HookParts): Hooks => {
  const { store, clock, log } = parts
  const wasHere = rememberIds(clock)
  const stopping = new AbortController()
  let waiting = new Set<number>()
  let gathering: Promise<void> | null = null
  let underWay: Promise<void> = Promise.resolve()
  let noted = Number.NEGATIVE_INFINITY

  const takeIn = async () => {
    const iids = [...waiting]
    waiting = new Set()
    const now = clock.now()
    const note = now - noted >= noteEvery
    await store.write(async (writer) => {
      for (const iid of iids)
        if ((await writer.ticket({ iid })) === null) await writer.saveSetting(askedName, String(now))
      await writer.markUnread(iids)
      if (note) await writer.saveSetting(lastDeliveryName, String(now))
      await writer.saveSetting(missedName, '0')
    })
    if (note) noted = now
    if (iids.length > 0) parts.look(iids)
  }

  const gather = async () => {
    await clock.sleep(burst, stopping.signal)
    // Whatever comes while this is being written is gathered anew, behind it.
    const before = underWay
    gathering = null
    underWay = before.then(takeIn).catch((error: unknown) => {
      log.error({ err: error }, 'a webhook could not be noted; the next poll finds what it told of')
    })
    await underWay
  }

  return {
    receive: ({ id, project, iids }) => {
      if (!isOurs(project, parts.project)) return 'foreign'
      if (id !== null && wasHere(id)) return 'known'
      for (const iid of iids) waiting.add(iid)
      gathering ??= gather()
      return 'taken'
    },
    stop: async () => {
      stopping.abort()
      await gathering
      await underWay
    },
  }
}

/** The wish for the list that no poll has met yet, null when there is none. */
export const listWish = async (reader: Reader): Promise<string | null> => {
  const asked = await reader.setting(askedName)
  return asked === (await reader.setting(metName)) ? null : asked
}

export const listWishMet = (writer: Writer, wish: string): Promise<void> => writer.saveSetting(metName, wish)

/** A poll found so many changes that no delivery had told of. */
export const noteMissed = async (writer: Writer, count: number): Promise<void> => {
  const before = Number(await writer.setting(missedName)) || 0
  await writer.saveSetting(missedName, String(before + count))
}

export const hookEvidence = async (
  reader: Reader,
): Promise<{ readonly lastDelivery: number | null; readonly missed: number }> => ({
  lastDelivery: Number(await reader.setting(lastDeliveryName)) || null,
  missed: Number(await reader.setting(missedName)) || 0,
})
