// Watches the promises: tells those concerned once that one runs out and once that it was broken, and escalates
// a ticket where the desk wants that. What was told, the mails and the escalation are written in one piece, so that
// a crash, a second process or a rebuild makes none of them happen twice or by half.

import { noteInternally } from '../domain/conversation.ts'
import type { Circumstances, Decision } from '../domain/decision.ts'
import type { Desk } from '../domain/desk.ts'
import { escalate } from '../domain/escalation.ts'
import { theDesk } from '../domain/mending.ts'
import type { Listener } from '../domain/notice.ts'
import { isRefusal } from '../domain/refusal.ts'
import type { TargetStanding } from '../domain/target.ts'
import type { TargetNotice } from '../domain/target-notice.ts'
import { stillTrue, targetMails, targetNote, targetSentence } from '../domain/target-notice.ts'
import type { Ticket, TicketId } from '../domain/ticket.ts'
import type { DueTarget } from './kpi-ports.ts'
import type { Parts, Store, Writer } from './ports.ts'
import { listeners, recordAndAnnounce } from './record-and-announce.ts'

export type WatchParts = Pick<Parts, 'store' | 'clock' | 'newId' | 'desk'>

/** So many are looked at in one go. */
const atOnce = 50

/** Tries, where somebody was quicker. */
const attempts = 5

/**
 * So long is waited for news of a ticket that GitLab has told of, and for those that the time of a change may hide
 * for a minute (milliseconds).
 */
const doubt = { told: 10 * 60_000, hidden: 3 * 60_000 }

/** GitLab has news of it that were not read yet, or may have: an answer, perhaps. They are waited for, not for ever. */
const mayHaveNews = async (writer: Writer, iid: number | null, late: number): Promise<boolean> =>
  iid !== null &&
  ((late < doubt.told && (await writer.marked([iid])).length > 0) ||
    (late < doubt.hidden && (await writer.toBeRead([iid])).length > 0))

/** The ticket has changed since it was read: all that was written is taken back. */
const conflict = new Error('somebody else has changed the ticket')

/** What is done about a broken promise besides telling; null = nothing, or there is no level above. */
const escalation = (
  ticket: Ticket,
  notice: TargetNotice,
  { whenMissed }: TargetStanding,
  desk: Desk,
  circumstances: Circumstances,
): Decision | null => {
  if (notice.news !== 'missed' || whenMissed !== 'escalate') return null
  const reason = targetSentence(notice, desk.mail.language, desk)
  const decision = escalate(ticket, { desk, from: ticket.level, reason }, circumstances)
  return isRefusal(decision) ? null : decision
}

/** What telling of it comes to; null where nobody is to be told and nothing is to be done. */
export const targetDecision = (
  ticket: Ticket,
  notice: TargetNotice,
  standing: TargetStanding,
  world: { readonly desk: Desk; readonly listeners: readonly Listener[] },
  circumstances: Circumstances,
): Decision | null => {
  const { desk } = world
  const moved = escalation(ticket, notice, standing, desk, circumstances)
  const [event] = moved?.events ?? []
  const mails = targetMails(
    ticket,
    notice,
    { ...world, escalated: moved && event ? { event, ticket: moved.ticket } : null },
    circumstances,
  )
  if (moved) return { ...moved, operations: [...moved.operations, ...mails] }
  const text = targetNote(ticket, notice, desk)
  const noted = text === null ? null : noteInternally(ticket, text, circumstances)
  // A note of the desk's own changes nothing about when somebody last changed the ticket.
  if (noted && !isRefusal(noted)) return { ...noted, ticket }
  return mails.length > 0 ? { ticket, events: [], operations: mails } : null
}

const tell = async (writer: Writer, due: DueTarget, { desk, clock, newId }: WatchParts): Promise<boolean> => {
  const { ticketId, kind, news, at } = due
  const ticket = await writer.ticket({ id: ticketId })
  if (!ticket || ticket.gone !== null || ticket.state === 'resolved') return false
  const now = clock.now()
  if (await mayHaveNews(writer, ticket.iid, now - at)) return false
  const standings = await writer.targets(ticketId)
  const running = standings.find((one) => one.kind === kind)
  const ends = news === 'missed' ? at : running?.due
  if (running === undefined || ends === null || ends === undefined) return false
  // The time for telling that it runs out is the one that counts now.
  if (news === 'approaching' && running.warn !== at) return false
  const notice: TargetNotice = { kind, news, due: ends }
  const standing = stillTrue(notice, standings)
  if (!standing || at > now) return false
  if (!(await writer.targetTold(ticketId, kind, news, at))) return false
  // Belay was away when it ran out: that it is late by now is told instead.
  if (news === 'approaching' && ends <= now) return true
  const circumstances: Circumstances = { by: theDesk, at: now, newId }
  const world = { desk, listeners: desk.mail.own ? await listeners(writer) : [] }
  const decision = targetDecision(ticket, notice, standing, world, circumstances)
  if (decision === null) return true
  const written = await recordAndAnnounce(writer, decision, { desk, circumstances, answerable: false })
  if (written === 'conflict') throw conflict
  return true
}

const tellOne = async (parts: WatchParts, due: DueTarget): Promise<boolean> => {
  for (let attempt = 1; attempt <= attempts; attempt++)
    try {
      return await parts.store.write((writer) => tell(writer, due, parts))
    } catch (error) {
      // Nothing was written, and it is due still.
      if (error !== conflict) throw error
    }
  return false
}

/**
 * Tells of what was due at `until` (UTC ms): how far GitLab is known, so that an answer that was given there in time is
 * never missed. Answers of which tickets something was told or done, and whether there is more to look at.
 */
export const watchTargets = async (
  parts: WatchParts,
  until: number,
): Promise<{ readonly told: readonly TicketId[]; readonly more: boolean }> => {
  const due = await parts.store.read((reader) => reader.dueTargets(until, atOnce))
  const told: TicketId[] = []
  for (const one of due) if (await tellOne(parts, one)) told.push(one.ticketId)
  return { told, more: told.length > 0 && due.length === atOnce }
}

/** When there is something to tell of next (UTC ms); null = nothing is promised that runs. */
export const nextTarget = (store: Store): Promise<number | null> =>
  store.read((reader) => reader.nextTargetDue())
