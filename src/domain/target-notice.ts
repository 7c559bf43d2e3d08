// Who is told that a promise runs out or was broken, and in which words. The one who works on the ticket is
// told; where nobody does, those who could. Once it is broken, the leads are told as well. Requesters never are.

import type { Circumstances } from './decision.ts'
import { toBeDone } from './decision.ts'
import type { Desk } from './desk.ts'
import type { TicketEvent } from './event.ts'
import { levelName } from './level.ts'
import { isPlainAddress } from './mail-address.ts'
import type { Listener } from './notice.ts'
import { hearsOf } from './notice.ts'
import type { NewOperation } from './operation.ts'
import { isAtLeast, mayWorkAtLevel } from './role.ts'
import type { TargetKind, TargetStanding } from './target.ts'
import type { Language, Ticket } from './ticket.ts'

export type TargetNotice = {
  readonly kind: TargetKind
  readonly news: 'approaching' | 'missed'
  /** When the promised time ends or ended, UTC ms. */
  readonly due: number
}

/** Of a promise about a level the number of the level; null for the others. */
export const levelOfKind = (kind: TargetKind): number | null =>
  kind === 'first_response' || kind === 'resolution' ? null : Number(kind.slice('level_'.length))

/** Whether this is still so: nothing has been done, nothing is paused, and the time named is the one that counts. */
export const stillTrue = (
  { kind, news, due }: TargetNotice,
  standings: readonly TargetStanding[],
): TargetStanding | null => {
  const standing = standings.find((one) => one.kind === kind)
  if (!standing || standing.stopped !== null) return null
  // What was broken stays so, also when the time for it was moved since.
  if (news === 'missed') return due === (standing.missed ?? standing.due) ? standing : null
  return standing.missed === null && standing.due === due ? standing : null
}

const tags: Record<Language, string> = { en: 'en-GB', de: 'de-DE' }

const moment = (at: number, language: Language, timeZone: string): string =>
  new Intl.DateTimeFormat(tags[language], { dateStyle: 'full', timeStyle: 'short', timeZone }).format(at)

/** One sentence for mails, notes and the reason of an escalation. */
export const targetSentence = (
  { kind, news, due }: TargetNotice,
  language: Language,
  desk: Pick<Desk, 'levels' | 'timeZone'>,
): string => {
  const at = moment(due, language, desk.timeZone)
  const number = levelOfKind(kind)
  const level = number === null ? '' : levelName(number, desk)
  const missed = news === 'missed'
  if (language === 'de') {
    const ends = `${missed ? 'endete' : 'endet'} am ${at}`
    if (kind === 'first_response')
      return `Die Zeit für die erste Antwort ${ends}, und ${missed ? 'niemand hat' : 'noch hat niemand'} geantwortet.`
    if (kind === 'resolution')
      return `Die Zeit für die Lösung ${ends}, und das Ticket ist ${missed ? '' : 'noch '}nicht gelöst.`
    return `Die Zeit bei ${level} ${ends}, und das Ticket ist noch dort.`
  }
  const ends = `${missed ? 'ended' : 'ends'} on ${at}`
  const yet = missed ? '' : ' yet'
  if (kind === 'first_response')
    return `The time for a first response ${ends}, and nobody has answered${yet}.`
  if (kind === 'resolution') return `The time for a solution ${ends}, and the ticket is not resolved${yet}.`
  return `The time at ${level} ${ends}, and the ticket is still there.`
}

const wants = ({ agent, wish }: Listener, ticket: Ticket, { news }: TargetNotice): boolean => {
  if (agent.username === ticket.requester.username) return false
  if (ticket.assignee === agent.username) return true
  if (wish !== 'all') return false
  if (news === 'missed' && isAtLeast(agent.role, 'lead')) return true
  return ticket.assignee === null && mayWorkAtLevel(agent.role, ticket.level)
}

/**
 * The mails that tell of it. `ticket` as it was when the news came; `escalated`: what is done about it at once, and the
 * ticket then. Who is told of that is told why as well, and gets no second mail.
 */
export const targetMails = (
  ticket: Ticket,
  notice: TargetNotice,
  world: {
    readonly desk: Desk
    readonly listeners: readonly Listener[]
    readonly escalated: { readonly event: TicketEvent; readonly ticket: Ticket } | null
  },
  circumstances: Circumstances,
): NewOperation[] => {
  const { desk, listeners, escalated } = world
  if (!desk.mail.own || ticket.gone !== null) return []
  return listeners
    .filter((listener) => wants(listener, ticket, notice) && isPlainAddress(listener.address))
    .filter((listener) => !escalated || hearsOf(escalated.event, escalated.ticket, listener) === null)
    .map(({ agent, address, language }) =>
      toBeDone(ticket, circumstances, {
        kind: 'mail',
        notice: `target-${notice.news}`,
        to: { name: agent.name, address },
        language,
        text: targetSentence(notice, language, desk),
      }),
    )
}

/**
 * Where Belay sends no mails, the desk's internal note: GitLab itself mails whom it mentions. null where nobody would
 * hear of it. Not for what is escalated at once: the note of that says why, and GitLab tells who had the ticket.
 */
export const targetNote = (
  ticket: Pick<Ticket, 'assignee'>,
  notice: TargetNotice,
  desk: Desk,
): string | null => {
  if (desk.mail.own) return null
  const sentence = targetSentence(notice, desk.mail.language, desk)
  if (ticket.assignee !== null) return `@${ticket.assignee} ${sentence}`
  return notice.news === 'missed' ? sentence : null
}
