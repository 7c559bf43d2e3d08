// Who is told by mail of what was decided: the requester of what was said to them and of what became
// of their ticket, agents of what reaches them, as each of them wishes. A ticket that GitLab's Service
// Desk answers is never mailed by us as well, and nobody is told of what they did themselves.

import type { Circumstances, Decision } from './decision.ts'
import { toBeDone } from './decision.ts'
import type { Desk } from './desk.ts'
import type { TicketEvent } from './event.ts'
import { isPlainAddress } from './mail-address.ts'
import type { MailIntent, NewOperation } from './operation.ts'
import type { Agent } from './role.ts'
import { mayWorkAtLevel } from './role.ts'
import type { Language, Ticket } from './ticket.ts'

/** An agent who wants to be told: of all that comes to levels they may work at, or of their own tickets. */
export type Listener = {
  readonly agent: Agent
  readonly address: string
  readonly wish: 'all' | 'mine'
  readonly language: Language
}

/** The address to which Belay itself writes about this ticket; null where GitLab does, or nobody can. */
export const ownMailAddress = (
  { requester, gone }: Pick<Ticket, 'requester' | 'gone'>,
  desk: Desk,
): string | null => {
  const { email, serviceDesk } = requester
  return desk.mail.own && gone === null && !serviceDesk && email !== null && isPlainAddress(email)
    ? email
    : null
}

/** Agents ask too. By their account only: several people can read mail at one address. */
const isRequesterThemselves = ({ actor }: TicketEvent, { requester }: Pick<Ticket, 'requester'>): boolean =>
  actor.kind === 'requester' || (actor.kind === 'agent' && actor.username === requester.username)

const toRequester = (event: TicketEvent, themselves: boolean): Pick<MailIntent, 'notice' | 'text'> | null => {
  const { what } = event
  if (what.kind === 'opened') return { notice: 'received', text: '' }
  if (themselves) return null
  if (what.kind === 'replied') return { notice: 'reply', text: what.text }
  if (what.kind === 'resolved') return { notice: 'resolved', text: what.text }
  return what.kind === 'reopened' ? { notice: 'reopened', text: '' } : null
}

/** What an agent is told of an event; null = nothing. */
export const hearsOf = (
  event: TicketEvent,
  ticket: Ticket,
  { agent, wish }: Listener,
): Pick<MailIntent, 'notice' | 'text'> | null => {
  const { what, actor } = event
  if (actor.kind === 'agent' && actor.username === agent.username) return null
  const mine = ticket.assignee === agent.username
  if (what.kind === 'assigned') return mine ? { notice: 'assigned', text: '' } : null
  if (what.kind !== 'escalated' && what.kind !== 'handed-back') return null
  const wanted = mine || (wish === 'all' && mayWorkAtLevel(agent.role, what.to))
  return wanted ? { notice: what.kind, text: what.reason } : null
}

/** The decision, and the mails that tell of it behind what GitLab must be told. `acknowledge`: an automatic answer may be sent. */
export const withNotices = (
  decision: Decision,
  world: { readonly desk: Desk; readonly listeners: readonly Listener[]; readonly acknowledge: boolean },
  circumstances: Circumstances,
): Decision => {
  const { ticket } = decision
  const { desk, listeners, acknowledge } = world
  const address = ownMailAddress(ticket, desk)
  const mails = decision.events.flatMap((event): NewOperation[] => {
    const themselves = isRequesterThemselves(event, ticket)
    const told = address === null ? null : toRequester(event, themselves)
    const wanted = told?.notice === 'received' ? acknowledge : told !== null
    return [
      ...(address !== null && told && wanted
        ? [
            toBeDone(ticket, circumstances, {
              kind: 'mail',
              ...told,
              to: { name: ticket.requester.name, address },
              language: ticket.requester.language ?? desk.mail.language,
            }),
          ]
        : []),
      ...listeners.flatMap((listener) => {
        const heard = hearsOf(event, ticket, listener)
        if (!heard || !desk.mail.own || !isPlainAddress(listener.address)) return []
        const { agent, language } = listener
        const to = { name: agent.name, address: listener.address }
        return [toBeDone(ticket, circumstances, { kind: 'mail', ...heard, to, language })]
      }),
    ]
  })
  return mails.length === 0 ? decision : { ...decision, operations: [...decision.operations, ...mails] }
}

/** Automatic mails to one address within an hour: more of them would make us somebody's weapon. */
export const acknowledgementsAnHour = 3
