// One mail as it came: what became of it, its raw source, and what is read out of that again now, in a
// process of its own. On a ticket's page only mails of that ticket can be had, so that who may see the one
// learns nothing of the others.

import type { Ticket } from '../domain/ticket.ts'
import type { LedgerMail, Reading } from './mail-ports.ts'
import type { Parts, TicketRef } from './ports.ts'

/** `ref`: only where it is a mail of this ticket. */
export type WhichMail = { readonly id: string; readonly ref?: TicketRef }

type KeptMail = {
  readonly mail: LedgerMail
  /** null where it belongs to none, or to one that is not there any more. */
  readonly ticket: Ticket | null
  /** null when it was too old to be kept. */
  readonly source: Uint8Array | null
}

export type MailOriginal = Omit<KeptMail, 'source'> & {
  readonly kept: boolean
  /** null where there is nothing to read it from, or nobody to read it. */
  readonly reading: Reading | null
}

const keptMail = (parts: Pick<Parts, 'store'>, { id, ref }: WhichMail): Promise<KeptMail | null> =>
  parts.store.read(async (reader) => {
    const mail = await reader.mail(id)
    if (!mail) return null
    const ticket = mail.ticketId === null ? null : await reader.ticket({ id: mail.ticketId })
    if (ref && (!ticket || ('iid' in ref ? ticket.iid !== ref.iid : ticket.id !== ref.id))) return null
    return { mail, ticket, source: await reader.mailSource(id) }
  })

/** null: no such mail, or none of this ticket. */
export const readMailOriginal = async (
  parts: Pick<Parts, 'store' | 'mailParser'>,
  which: WhichMail,
): Promise<MailOriginal | null> => {
  const found = await keptMail(parts, which)
  if (!found) return null
  const { mail, ticket, source } = found
  const reading = source === null ? null : ((await parts.mailParser?.read(source)) ?? null)
  return { mail, ticket, kept: source !== null, reading }
}

/** The raw mail, byte for byte. */
export const readMailSource = async (
  parts: Pick<Parts, 'store'>,
  which: WhichMail,
): Promise<{ readonly mail: LedgerMail; readonly source: Uint8Array } | null> => {
  const found = await keptMail(parts, which)
  return found && found.source !== null ? { mail: found.mail, source: found.source } : null
}

/** Its HTML as its writer made it, hostile or not: only for where nothing in it can act. null where there is none. */
export const readMailHtml = async (
  parts: Pick<Parts, 'store' | 'mailParser'>,
  which: WhichMail,
): Promise<string | null> => {
  const found = await keptMail(parts, which)
  return found && found.source !== null ? ((await parts.mailParser?.html(found.source)) ?? null) : null
}
