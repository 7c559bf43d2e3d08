// What was kept for long enough goes (retention in belay.yaml), a slice at a time: raw mails, held
// submissions, keys of forms, entries of the audit log, and where the desk wants it the personal data of tickets
// that were resolved long ago. Erasures that a stop left unfinished go on, and the audit log is followed further.

import type { Deed } from '../domain/audit.ts'
import { doerOf } from '../domain/audit.ts'
import { isErased } from '../domain/erasure.ts'
import { theDesk } from '../domain/mending.ts'
import type { Retention } from '../domain/retention.ts'
import { tooOld } from '../domain/retention.ts'
import type { TicketId } from '../domain/ticket.ts'
import { checkAuditSome } from './check-audit.ts'
import { eraseOne, resumeErasures } from './erase-requester.ts'
import type { Parts, Writer } from './ports.ts'

export type HouseParts = Pick<Parts, 'store' | 'clock' | 'newId' | 'nudge'> & {
  readonly retention: Retention
}

const atOnce = 200

/** What one step did: so many rows. */
type Step = (parts: HouseParts, now: number) => Promise<number>

const kept = async (writer: Writer, about: string, count: number, at: number): Promise<number> => {
  const what: Deed = 'forget'
  if (count > 0)
    await writer.keepAudit({
      by: doerOf(theDesk),
      what,
      at,
      ticketId: null,
      about: `${about}: ${count}`,
      result: 'done',
    })
  return count
}

const mailSources: Step = async ({ store, retention }, now) => {
  const before = tooOld(retention.mailSourcesDays, now)
  if (before === null) return 0
  return store.write(async (writer) =>
    kept(writer, 'mail-sources', await writer.forgetMailSources(before), now),
  )
}

const heldSubmissions: Step = async ({ store, retention }, now) => {
  const before = tooOld(retention.heldDays, now)
  if (before === null) return 0
  return store.write(async (writer) => {
    const { lines } = await writer.heldPage({ cursor: null, limit: atOnce })
    const old = lines.filter(({ receivedAt }) => receivedAt < before)
    for (const { id } of old) await writer.dropHeld(id)
    return kept(writer, 'held', old.length, now)
  })
}

const auditEntries: Step = async ({ store, retention }, now) => {
  const before = tooOld(retention.auditDays, now)
  if (before === null) return 0
  return store.write(async (writer) =>
    kept(writer, 'audit', await writer.forgetAudit({ before, limit: atOnce }), now),
  )
}

/** Walks through resolved tickets once, from where it was last. `name`: of the setting that remembers it. */
const throughResolved =
  (
    name: string,
    days: (retention: Retention) => number,
    work: (writer: Writer, ids: readonly TicketId[], parts: HouseParts, now: number) => Promise<void>,
  ): Step =>
  async (parts, now) => {
    const before = tooOld(days(parts.retention), now)
    if (before === null) return 0
    const after = await parts.store.read(async (reader) => {
      const text = await reader.setting(name)
      return text === null || text === '' ? null : (JSON.parse(text) as { at: number; id: TicketId })
    })
    const found = await parts.store.read((reader) => reader.resolvedBefore({ before, after, limit: atOnce }))
    const last = found.at(-1)
    if (!last) return 0
    await parts.store.write(async (writer) => {
      const ids = found.map(({ id }) => id)
      await work(writer, ids, parts, now)
      await writer.saveSetting(name, JSON.stringify(last))
    })
    return found.length
  }

const formKeys = throughResolved(
  'retention.formKeys',
  ({ formKeyDays }) => formKeyDays,
  async (writer, ids, _parts, now) => {
    await kept(writer, 'form-keys', await writer.forgetFormKeys(ids), now)
  },
)

const personalData = throughResolved(
  'retention.personalData',
  ({ closedTicketPersonalDataDays }) => closedTicketPersonalDataDays,
  async (writer, ids, { newId }, at) => {
    const old: TicketId[] = []
    for (const id of ids) {
      const ticket = await writer.ticket({ id })
      if (ticket && !isErased(ticket)) old.push(id)
    }
    if (old.length === 0) return
    const erasureId = newId()
    await writer.beginErasure({ id: erasureId, at, by: '', whom: '' })
    for (const id of old) await eraseOne(writer, id, erasureId, { by: theDesk, at, newId })
    await writer.countErasure(erasureId, { tickets: old.length })
  },
)

const steps: readonly Step[] = [mailSources, heldSubmissions, auditEntries, formKeys, personalData]

/** One round of small steps. true: nothing is left to do for now. */
export const keepHouse = async (parts: HouseParts): Promise<boolean> => {
  let more = await resumeErasures(parts)
  const now = parts.clock.now()
  for (const step of steps) {
    const done = await step(parts, now)
    if (done > 0) parts.nudge()
    more = done >= atOnce || more
    await parts.clock.sleep(0)
  }
  return (await checkAuditSome(parts)) && !more
}
