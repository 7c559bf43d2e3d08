// Who looks: a sealed cookie says which GitLab user signed in and when, the store says who that
// is and from when their sessions count, GitLab says their role, asked again every few minutes.
// When GitLab cannot answer, the last known role holds until the session ends, and pages say so.

import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { GatewayError } from '../application/gateway-error.ts'
import type { Connection, Member, Parts } from '../application/ports.ts'
import type { AuditEntry } from '../domain/audit.ts'
import type { Agent } from '../domain/role.ts'
import { sealFor } from './sealing.ts'

const minute = 60_000
/** Milliseconds, all of them. */
export const sessionTimes = {
  idle: 8 * 60 * minute,
  absolute: 24 * 60 * minute,
  /** A cookie older than this is sealed anew, so that idling is measured within it. */
  reseal: 5 * minute,
  /** A role older than this is asked for again, beside the request … */
  roleAging: 4 * minute,
  /** … and one older than this before the request goes on. */
  roleStale: 5 * minute,
  /** After GitLab did not answer, so long nobody waits for it again. */
  roleRetry: 30_000,
  /** Clocks of two servers may differ by this much. */
  skew: minute,
} as const

const Sealed = z.object({ user: z.int().positive(), issued: z.number(), seen: z.number() })
type Session = z.infer<typeof Sealed>

export type Standing = {
  readonly viewer: Agent
  /** Why the role is only the last known one; null = GitLab said so lately. */
  readonly unsure: Exclude<Connection['state'], 'up'> | null
  /** The store's version that this was looked up at. */
  readonly version: number
  /** A fresh cookie value to send along, when it is time. */
  readonly renewed: string | null
}

const entry = ({ id, username }: Agent, what: 'sign-in' | 'sign-out'): Omit<AuditEntry, 'at'> => ({
  by: { kind: 'agent', id, username },
  what,
  ticketId: null,
  about: '',
  result: 'done',
})

type Known = {
  agent: Agent
  validFrom: number
  /** The store's version at which `validFrom` was read. */
  version: number
  checkedAt: number
  triedAt: number
  unsure: Standing['unsure']
  asking: Promise<void> | null
}

export type Sessions = {
  /** Starts a session for who has just signed in; the value of the cookie. Throws GatewayError. */
  begin(account: { readonly id: number; readonly username: string; readonly name: string }): Promise<string>
  /** Who that cookie stands for now, or null. */
  standing(cookie: string): Promise<Standing | null>
  /** Ends all sessions of this user, everywhere. */
  end(who: Agent): Promise<void>
}

export const createSessions = (
  parts: Pick<Parts, 'store' | 'gateway' | 'clock'>,
  keys: readonly Uint8Array[],
  /** Told of a fault while a role was asked for beside a request that did not wait for it. */
  report: (error: unknown) => void,
): Sessions => {
  const { store, gateway, clock } = parts
  const seal = sealFor('session', keys)
  const unsealed = new LRUCache<string, Session>({ max: 1_000 })
  const known = new LRUCache<number, Known>({ max: 5_000 })

  const sessionOf = (cookie: string): Session | null => {
    const remembered = unsealed.get(cookie)
    if (remembered) return remembered
    const parsed = Sealed.safeParse(seal.unseal(cookie))
    if (!parsed.success) return null
    unsealed.set(cookie, parsed.data)
    return parsed.data
  }

  const inTime = (session: Session, now: number): boolean =>
    now - session.seen < sessionTimes.idle &&
    now - session.issued < sessionTimes.absolute &&
    session.issued - now < sessionTimes.skew

  const askRole = async (entry: Known): Promise<void> => {
    entry.triedAt = clock.now()
    try {
      const role = await gateway.roleOf(entry.agent.id)
      const changed = role !== entry.agent.role
      entry.agent = { ...entry.agent, role }
      entry.checkedAt = clock.now()
      entry.unsure = null
      if (changed) await saveMember(entry.agent)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      entry.unsure = error.kind === 'unauthorised' ? 'unauthorised' : 'down'
    } finally {
      entry.asking = null
    }
  }

  const saveMember = (agent: Agent): Promise<void> => {
    const member: Member = { ...agent, seenAt: clock.now() }
    return store.write((writer) => writer.saveMembers([member]))
  }

  const recall = async (userId: number): Promise<Known | null> => {
    const version = await store.version()
    const entry = known.get(userId)
    if (entry) {
      if (entry.version !== version) {
        entry.validFrom = await store.read((reader) => reader.sessionsValidFrom(userId))
        entry.version = version
      }
      return entry
    }
    const { member, validFrom } = await store.read(async (reader) => ({
      member: (await reader.members()).find((candidate) => candidate.id === userId),
      validFrom: await reader.sessionsValidFrom(userId),
    }))
    if (!member) return null
    const { id, username, name, role } = member
    const fresh: Known = {
      agent: { id, username, name, role },
      validFrom,
      version,
      checkedAt: Number.NEGATIVE_INFINITY,
      triedAt: Number.NEGATIVE_INFINITY,
      unsure: null,
      asking: null,
    }
    known.set(userId, fresh)
    return fresh
  }

  const refresh = async (entry: Known, now: number): Promise<void> => {
    const age = now - entry.checkedAt
    if (age < sessionTimes.roleAging && age >= 0) return
    if (entry.asking === null && Math.abs(now - entry.triedAt) >= sessionTimes.roleRetry)
      entry.asking = askRole(entry)
    if (entry.asking === null) return
    if (age >= sessionTimes.roleStale || age < 0) await entry.asking
    else entry.asking.catch(report)
  }

  return {
    begin: async ({ id, username, name }) => {
      const role = await gateway.roleOf(id)
      const agent: Agent = { id, username, name, role }
      const now = clock.now()
      const validFrom = await store.write(async (writer) => {
        await writer.keepAudit({ ...entry(agent, 'sign-in'), at: now })
        await writer.saveMembers([{ ...agent, seenAt: now }])
        await writer.saveAccountName(id, username, now)
        return writer.sessionsValidFrom(id)
      })
      known.set(id, {
        agent,
        validFrom,
        version: await store.version(),
        checkedAt: now,
        triedAt: now,
        unsure: null,
        asking: null,
      })
      // Signing out and in again within one millisecond is still a new session.
      const session: Session = { user: id, issued: Math.max(now, validFrom), seen: now }
      return seal.seal(session)
    },

    standing: async (cookie) => {
      const session = sessionOf(cookie)
      const now = clock.now()
      if (!session || !inTime(session, now)) return null
      const entry = await recall(session.user)
      if (!entry || session.issued < entry.validFrom) return null
      await refresh(entry, now)
      const renewed = now - session.seen >= sessionTimes.reseal ? seal.seal({ ...session, seen: now }) : null
      return { viewer: entry.agent, unsure: entry.unsure, version: entry.version, renewed }
    },

    end: async (who) => {
      // One more than now: a session that began in this very millisecond is over, too.
      const at = clock.now() + 1
      await store.write(async (writer) => {
        await writer.endSessions(who.id, at)
        await writer.keepAudit({ ...entry(who, 'sign-out'), at: clock.now() })
      })
    },
  }
}
