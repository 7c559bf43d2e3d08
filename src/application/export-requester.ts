// All that is kept of a requester, here and in GitLab, to be handed to them: their tickets with their own
// words and our public replies, their mails and what they wish. Notes among agents are not theirs and stay out.

import type { Deed } from '../domain/audit.ts'
import { doerOf } from '../domain/audit.ts'
import { isSameAddress } from '../domain/mail-address.ts'
import type { Author } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { refuse } from '../domain/refusal.ts'
import type { Role } from '../domain/role.ts'
import { isAtLeast } from '../domain/role.ts'
import type { Rating } from '../domain/satisfaction.ts'
import { ratingOf } from '../domain/satisfaction.ts'
import { isWhom, ticketsOf } from './erase-requester.ts'
import { keepAudit } from './keep-audit.ts'
import type { Parts, Reader, TicketSummary } from './ports.ts'

/** Instants are ISO 8601 in UTC: this is read outside of the desk. */
export type RequesterExport = {
  readonly whom: string
  readonly exportedAt: string
  readonly tickets: readonly {
    readonly number: number | null
    readonly gitlab: string | null
    readonly title: string
    readonly text: string
    readonly requester: {
      readonly name: string
      readonly email: string | null
      readonly username: string | null
    }
    readonly state: string
    readonly category: string | null
    readonly openedAt: string
    readonly resolvedAt: string | null
    readonly conversation: readonly {
      readonly at: string
      readonly by: 'requester' | 'desk'
      readonly name: string
      readonly what: string
      readonly text: string
    }[]
    readonly files: readonly { readonly name: string; readonly bytes: number }[]
    readonly satisfaction: Rating | null
  }[]
  readonly mails: readonly {
    readonly receivedAt: string
    readonly from: string
    readonly name: string
    readonly subject: string
    readonly became: string
    readonly ticket: number | null
  }[]
  readonly wishes: readonly { readonly wish: string; readonly language: string }[]
}

const iso = (at: number): string => new Date(at).toISOString()

/** What a requester may read (I9): their words, and what was said to them. */
const publicKinds = new Set(['opened', 'replied', 'resolved', 'reopened', 'rated'])

const ticketOf = async (
  reader: Reader,
  summary: TicketSummary,
): Promise<RequesterExport['tickets'][number] | null> => {
  const ticket = await reader.ticket({ id: summary.id })
  if (!ticket) return null
  const events = await reader.events(ticket.id)
  const { name, email, username } = ticket.requester
  return {
    number: ticket.iid,
    gitlab: ticket.url,
    title: ticket.title,
    text: ticket.text,
    requester: { name, email, username },
    state: ticket.gone === null ? ticket.state : `gone (${ticket.gone.why})`,
    category: ticket.category,
    openedAt: iso(ticket.openedAt),
    resolvedAt: ticket.resolvedAt === null ? null : iso(ticket.resolvedAt),
    conversation: events
      .filter(({ hidden, what }) => !hidden && publicKinds.has(what.kind))
      .map(({ at, actor, what }) => ({
        at: iso(at),
        by: actor.kind === 'requester' ? ('requester' as const) : ('desk' as const),
        name: actor.name,
        what: what.kind,
        text: 'text' in what ? what.text : '',
      })),
    files: (await reader.files(ticket.id)).map((file) => ({ name: file.name, bytes: file.bytes })),
    satisfaction: ratingOf(events),
  }
}

const mostMails = 10_000

export type RequesterOverview = {
  readonly tickets: readonly TicketSummary[]
  /** There are more than these. */
  readonly more: boolean
  readonly mails: number
  readonly held: number
}

/** What there is, before anything is done with it. */
export const lookAtRequester = (
  parts: Pick<Parts, 'store'>,
  whom: string,
): Promise<RequesterOverview | null> =>
  parts.store.read(async (reader) => {
    if (!isWhom(whom)) return null
    const { tickets, next } = await ticketsOf(reader, whom, { limit: 100, cursor: null })
    const hasAddress = !whom.startsWith('@')
    return {
      tickets,
      more: next !== null,
      mails: hasAddress ? (await reader.mailsFrom(whom, mostMails)).length : 0,
      held: hasAddress ? (await reader.heldFrom(whom)).length : 0,
    }
  })

const gather = async (parts: Pick<Parts, 'store' | 'clock'>, whom: string): Promise<RequesterExport> => {
  const tickets: RequesterExport['tickets'][number][] = []
  for (let cursor: string | null = null; ; ) {
    const from: string | null = cursor
    const next: string | null = await parts.store.read(async (reader) => {
      const page = await ticketsOf(reader, whom, { limit: 50, cursor: from })
      for (const summary of page.tickets) {
        const told = await ticketOf(reader, summary)
        if (told) tickets.push(told)
      }
      return page.next
    })
    if (next === null) break
    cursor = next
  }
  return parts.store.read(async (reader) => {
    const mails = whom.startsWith('@') ? [] : await reader.mailsFrom(whom, mostMails)
    const numbers = new Map<string, number | null>()
    for (const { ticketId } of mails)
      if (ticketId !== null && !numbers.has(ticketId))
        numbers.set(ticketId, (await reader.ticket({ id: ticketId }))?.iid ?? null)
    return {
      whom,
      exportedAt: iso(parts.clock.now()),
      tickets,
      mails: mails.map((mail) => ({
        receivedAt: iso(mail.receivedAt),
        from: mail.from,
        name: mail.fromName,
        subject: mail.subject,
        became: mail.state,
        ticket: mail.ticketId === null ? null : (numbers.get(mail.ticketId) ?? null),
      })),
      wishes: (await reader.wishes())
        .filter(({ address }) => isSameAddress(address, whom))
        .map(({ wish, language }) => ({ wish, language })),
    }
  })
}

export const exportRequester = async (
  parts: Pick<Parts, 'store' | 'clock'>,
  request: { readonly whom: string; readonly by: Author; readonly role: Role },
): Promise<RequesterExport | Refusal> => {
  if (!isAtLeast(request.role, 'lead')) return refuse('not-your-role')
  if (!isWhom(request.whom)) return refuse('not-confirmed')
  const what: Deed = 'export'
  const gathered = await gather(parts, request.whom)
  await keepAudit(parts, { by: doerOf(request.by), what, ticketId: null, about: '', result: 'done' })
  return gathered
}

/** The same for people who read no JSON. */
export const exportAsText = ({ whom, exportedAt, tickets, mails, wishes }: RequesterExport): string => {
  const lines = [`Data kept of ${whom}`, `Exported ${exportedAt}`, '', `${tickets.length} tickets`]
  for (const ticket of tickets) {
    lines.push('', '='.repeat(72), `#${ticket.number ?? '-'} ${ticket.title}`)
    lines.push(
      `${ticket.requester.name} ${ticket.requester.email ?? ''} ${ticket.requester.username ?? ''}`.trim(),
    )
    lines.push(`Opened ${ticket.openedAt}, ${ticket.state}, ${ticket.category ?? '-'}`)
    if (ticket.resolvedAt !== null) lines.push(`Resolved ${ticket.resolvedAt}`)
    if (ticket.gitlab !== null) lines.push(`In GitLab: ${ticket.gitlab}`)
    lines.push('', ticket.text)
    for (const { at, name, by, what, text } of ticket.conversation)
      if (what !== 'opened') lines.push('', '-'.repeat(72), `${at} ${name || by} (${what})`, '', text)
    for (const { name, bytes } of ticket.files) lines.push('', `File: ${name} (${bytes} bytes)`)
    if (ticket.satisfaction)
      lines.push('', `Satisfied: ${ticket.satisfaction.good ? 'yes' : 'no'} ${ticket.satisfaction.comment}`)
  }
  lines.push('', '='.repeat(72), `${mails.length} mails`)
  for (const { receivedAt, from, name, subject, became, ticket } of mails)
    lines.push(
      `${receivedAt} ${name} <${from}> ${subject} (${became}${ticket === null ? '' : `, #${ticket}`})`,
    )
  for (const { wish, language } of wishes) lines.push('', `Wishes mails: ${wish} (${language})`)
  return `${lines.join('\n')}\n`
}
