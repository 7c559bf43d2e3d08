// An agent vouches for a mail that came without proof: what was a note among agents becomes the
// requester's public answer. Once only, whoever presses first.

import { doerOf } from '../domain/audit.ts'
import { hearFromRequester } from '../domain/conversation.ts'
import { isSameAddress } from '../domain/mail-address.ts'
import type { Author } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { isRefusal, refuse } from '../domain/refusal.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { Done } from './decide.ts'
import { circumstancesOf, writeAndSend } from './decide.ts'
import type { Taken } from './intake-mail.ts'
import { taken } from './intake-mail.ts'
import type { LedgerMail } from './mail-ports.ts'
import type { Parts, Reader } from './ports.ts'
import { recordAndAnnounce } from './record-and-announce.ts'

/** The words without the sentence about who wrote them, which the note begins with. */
const wordsOfNote = async (reader: Reader, { operationId }: LedgerMail): Promise<string | null> => {
  const intent = operationId === null ? undefined : (await reader.operation(operationId))?.intent
  return intent?.kind === 'note' ? intent.text.slice(intent.text.indexOf('\n\n') + 2) : null
}

/** Read from the mail itself, with its files; where that is not kept any more, from the note. */
const saidIn = async (parts: Parts, id: string): Promise<Taken | null> => {
  const { mail, source, words } = await parts.store.read(async (reader) => {
    const found = await reader.mail(id)
    return {
      mail: found,
      source: await reader.mailSource(id),
      words: found && (await wordsOfNote(reader, found)),
    }
  })
  if (!mail) return null
  const reading = source === null ? undefined : await parts.mailParser?.read(source)
  if (reading?.ok) return taken(reading.mail, parts)
  return words === null ? null : { text: words, files: [] }
}

const writerOf = ({ from, fromName }: LedgerMail, { requester }: Ticket): { readonly name: string } | null =>
  requester.email !== null && isSameAddress(from, requester.email) ? null : { name: fromName || from }

/** null: there is no such mail, or it is on no ticket. */
export const acceptMail = async (
  parts: Parts,
  request: { readonly id: string; readonly by: Author },
): Promise<Done | Refusal | null> => {
  const said = await saidIn(parts, request.id)
  return writeAndSend<null>(parts, async (writer) => {
    const mail = await writer.mail(request.id)
    const ticket = mail?.ticketId ? await writer.ticket({ id: mail.ticketId }) : null
    if (!mail || !ticket) return null
    if (mail.reason !== 'unverified') return { ticket, already: true }
    if (ticket.gone !== null) return refuse('ticket-gone')
    if (said === null) return refuse('text-empty')
    const circumstances = circumstancesOf(parts, request.by)
    const { text, files } = said
    const answer = { text, files: files.map(({ file }) => file), from: writerOf(mail, ticket) }
    const decision = hearFromRequester(ticket, answer, parts.desk, circumstances)
    if (isRefusal(decision)) return decision
    const written = await recordAndAnnounce(
      writer,
      decision,
      { desk: parts.desk, circumstances },
      { files, audit: { by: doerOf(request.by), what: 'accept-mail', about: mail.id } },
    )
    if (written === 'conflict') return 'conflict'
    if (!(await writer.mailAccepted(mail.id))) throw new Error('a mail was accepted twice')
    return { ticket: decision.ticket, already: false }
  })
}
