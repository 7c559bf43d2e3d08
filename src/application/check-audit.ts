// Is the audit log whole? The chain is followed a slice at a time from where it was followed to last, so that
// a million entries hold nobody up, and once a day from its beginning. A break is remembered and shown until
// a later check from the beginning no longer finds it.

import { createHash } from 'node:crypto'
import type { Break, Link } from '../domain/audit.ts'
import { follow } from '../domain/audit.ts'
import type { AuditReader } from './audit-ports.ts'
import type { Parts, Reader } from './ports.ts'

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const name = 'audit.check'

/** Between two checks from the beginning (milliseconds). */
const wholeEvery = 24 * 60 * 60_000

type Check = {
  /** Followed up to here. */
  readonly reached: Link
  /** When this check began at the beginning of the chain, and when one last came to its end (UTC ms). */
  readonly began: number
  readonly wholeAt: number | null
  readonly broken: Break | null
}

export type AuditStanding = {
  readonly entries: number
  /** The newest entry's place: written down elsewhere, it proves later what the log was. */
  readonly head: Link
  /** Entries that the check has followed. */
  readonly checked: number
  readonly broken: Break | null
  /** Last time the chain was followed from its beginning to its end (UTC ms); null = never yet. */
  readonly wholeAt: number | null
}

const remembered = async (reader: Reader): Promise<Check | null> => {
  const text = await reader.setting(name)
  return text === null || text === '' ? null : JSON.parse(text)
}

/** From `from` over at most `limit` entries. `ended`: there were no more. */
const followSome = async (
  reader: Pick<AuditReader, 'auditStart' | 'auditHead' | 'auditChain'>,
  from: Link,
  limit: number,
): Promise<{ readonly reached: Link; readonly broken: Break | null; readonly ended: boolean }> => {
  const records = await reader.auditChain({ after: from.n, limit })
  const { reached, broken } = follow(from, records, sha256)
  // Entries at the end that are gone leave no gap: but they were followed once.
  const head = records.length === 0 ? await reader.auditHead() : from
  return {
    reached,
    broken: broken ?? (head.n < from.n ? { n: head.n + 1, why: 'missing' } : null),
    ended: records.length < limit,
  }
}

/** Where to go on: behind what was let go of meanwhile, and from the beginning once a day. */
const begin = async (reader: Reader, known: Check | null, now: number): Promise<Check> => {
  const { n, hash } = await reader.auditStart()
  const fresh = { reached: { n, hash }, began: now, wholeAt: known?.wholeAt ?? null, broken: null }
  if (known === null || Math.abs(now - known.began) >= wholeEvery) return fresh
  return known.reached.n < n ? { ...known, reached: { n, hash } } : known
}

/** Follows some more of the chain and remembers how far. false: there is more to follow. */
export const checkAuditSome = async (
  parts: Pick<Parts, 'store' | 'clock'>,
  limit = 2_000,
): Promise<boolean> => {
  const now = parts.clock.now()
  const { known, check, followed } = await parts.store.read(async (reader) => {
    const before = await remembered(reader)
    const from = await begin(reader, before, now)
    return { known: before, check: from, followed: await followSome(reader, from.reached, limit) }
  })
  const broken = check.broken ?? followed.broken
  const ended = followed.ended || broken !== null
  const after: Check = {
    reached: broken === null ? followed.reached : check.reached,
    began: check.began,
    // Later slices only add what was written since: the beginning was not looked at again.
    wholeAt: ended && broken === null && (check.wholeAt ?? 0) <= check.began ? now : check.wholeAt,
    broken,
  }
  const text = JSON.stringify(after)
  if (text !== JSON.stringify(known)) await parts.store.write((writer) => writer.saveSetting(name, text))
  return ended
}

/** As far as it is known, and a little further: what was added since the last check. */
export const auditStanding = async (reader: Reader): Promise<AuditStanding> => {
  const known = await remembered(reader)
  const start = await reader.auditStart()
  const head = await reader.auditHead()
  const from = known !== null && known.reached.n >= start.n ? known.reached : start
  const { reached, broken } = await followSome(reader, { n: from.n, hash: from.hash }, 2_000)
  return {
    entries: head.n - start.n,
    head: { n: head.n, hash: head.hash },
    checked: reached.n - start.n,
    broken: known?.broken ?? broken,
    wholeAt: known?.wholeAt ?? null,
  }
}

/** Whatever an audit log can be read from: the desk's store, or a backup of it. */
type Chain = Pick<AuditReader, 'auditStart' | 'auditHead' | 'auditChain'>
export type AuditChain = { read<T>(work: (reader: Chain) => Promise<T>): Promise<T> }

/** All of it at once, a slice at a time: for a command, which holds up nobody. */
export const checkAuditWhole = async (
  { store }: { readonly store: AuditChain },
  /** A hash that was kept elsewhere. */
  expected: string | null = null,
): Promise<
  Pick<AuditStanding, 'entries' | 'head' | 'broken'> & {
    /** The chain has `expected`. */ readonly met: boolean
  }
> => {
  const start = await store.read((reader) => reader.auditStart())
  let from: Link = { n: start.n, hash: start.hash }
  let met = start.hash === expected
  for (;;) {
    const before = from
    const { followed, some } = await store.read(async (reader) => ({
      followed: await followSome(reader, before, 5_000),
      some: expected === null ? [] : await reader.auditChain({ after: before.n, limit: 5_000 }),
    }))
    const { reached, broken, ended } = followed
    met ||= some.some(({ n, hash }) => hash === expected && n <= reached.n)
    from = reached
    if (broken !== null || ended) return { entries: reached.n - start.n, head: reached, broken, met }
  }
}
