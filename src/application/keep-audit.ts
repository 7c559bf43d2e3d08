// What no other write tells of goes into the audit log by itself: a rule that said no, somebody who had no
// right, a mail's source that was looked at. Whoever has no rights cannot fill the log by asking again
// and again: the same door counts once a minute.

import type { AuditEntry, Doer } from '../domain/audit.ts'
import type { Parts } from './ports.ts'

export const keepAudit = (
  parts: Pick<Parts, 'store' | 'clock'>,
  entry: Omit<AuditEntry, 'at'>,
): Promise<void> => {
  const at = parts.clock.now()
  return parts.store.write((writer) => writer.keepAudit({ ...entry, at }))
}

/** Milliseconds. */
const window = 60_000
/** Refused doors in one window, of all people together. */
const mostInWindow = 100

/** `door`: as the table of routes names it, so that nothing of an address comes into the log. */
export type KeepNoRight = (by: Doer, door: string) => Promise<void>

export const keepingNoRights = (parts: Pick<Parts, 'store' | 'clock'>): KeepNoRight => {
  let began = Number.NEGATIVE_INFINITY
  const seen = new Set<string>()
  return async (by, door) => {
    const now = parts.clock.now()
    if (Math.abs(now - began) >= window) {
      began = now
      seen.clear()
    }
    const known = JSON.stringify([by, door])
    if (seen.has(known) || seen.size >= mostInWindow) return
    seen.add(known)
    await keepAudit(parts, { by, what: 'use', ticketId: null, about: door, result: 'no-right' })
  }
}
