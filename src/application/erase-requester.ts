// A lead has all data of a requester erased. The wish is written down first and carried out a few tickets
// at a time: here at once and for good, in GitLab through the outbox like everything else, so that it ends
// whatever stops in between. Afterwards nobody can say any more whose data they were.

import { doerOf } from '../domain/audit.ts'
import type { Circumstances } from '../domain/decision.ts'
import { eraseInGitlab } from '../domain/erasure.ts'
import { isPlainAddress, isSameAddress } from '../domain/mail-address.ts'
import { theDesk } from '../domain/mending.ts'
import type { Author } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { refuse } from '../domain/refusal.ts'
import type { Role } from '../domain/role.ts'
import { isAtLeast } from '../domain/role.ts'
import type { TicketId } from '../domain/ticket.ts'
import type { Erasure } from './erasure-ports.ts'
import type { Parts, Reader, Writer } from './ports.ts'
import type { AskedPage, AskedQuery } from './requester-ports.ts'

type ErasingParts = Pick<Parts, 'store' | 'clock' | 'newId' | 'nudge'>

/** An address, or a GitLab username behind `@`. */
export const isWhom = (text: string): boolean => isPlainAddress(text) || /^@[\w.-]{1,255}$/.test(text)

/** Their tickets, second issues of one opening too. */
export const ticketsOf = (
  reader: Pick<Reader, 'ticketsOfAsker' | 'ticketsOfAddress'>,
  whom: string,
  query: AskedQuery,
): Promise<AskedPage> =>
  whom.startsWith('@')
    ? reader.ticketsOfAsker({ addresses: [], account: { username: whom.slice(1), since: 0 } }, query)
    : reader.ticketsOfAddress(whom, { ...query, doubles: true })

/** Of one write, so that nobody waits for long. */
const ticketsAtOnce = 20
const mailsAtOnce = 200
const wordsAtOnce = 200

export const eraseOne = async (
  writer: Writer,
  ticketId: TicketId,
  erasureId: string,
  circumstances: Circumstances,
): Promise<void> => {
  const { at, by } = circumstances
  if (!(await writer.eraseTicket(ticketId, erasureId, at))) return
  const ticket = await writer.ticket({ id: ticketId })
  if (!ticket) return
  const decision = eraseInGitlab(ticket, circumstances)
  if (decision.operations.length > 0)
    await writer.record(decision, { audit: { what: 'erase', about: erasureId } })
  else
    await writer.keepAudit({ by: doerOf(by), what: 'erase', at, ticketId, about: erasureId, result: 'done' })
}

const forgetAddress = async (writer: Writer, address: string, at: number): Promise<void> => {
  for (const id of await writer.heldFrom(address)) await writer.dropHeld(id)
  for (const wish of await writer.wishes())
    if (isSameAddress(wish.address, address)) await writer.saveWish({ ...wish, address: '', wish: 'none' })
  await writer.forgetAddress(address, at)
}

/** Some more of it; true when all is erased. */
export const eraseSome = (
  parts: ErasingParts,
  { id, whom }: Pick<Erasure, 'id' | 'whom'>,
  by: Author = theDesk,
): Promise<boolean> =>
  parts.store.write(async (writer) => {
    const circumstances = { by, at: parts.clock.now(), newId: parts.newId }
    // Whose a ticket is that was only listed so far is learnt with its words.
    const learnt = await writer.indexWords(wordsAtOnce)
    const { tickets } = await ticketsOf(writer, whom, { limit: ticketsAtOnce, cursor: null })
    for (const ticket of tickets) await eraseOne(writer, ticket.id, id, circumstances)
    const hasAddress = !whom.startsWith('@')
    const mails = hasAddress ? await writer.eraseMailsFrom(whom, mailsAtOnce) : 0
    const ended = learnt < wordsAtOnce && tickets.length < ticketsAtOnce && mails < mailsAtOnce
    if (ended && hasAddress) await forgetAddress(writer, whom, circumstances.at)
    await writer.countErasure(id, { tickets: tickets.length, mails, ended })
    return ended
  })

/** What a crash or a stop left unfinished. Answers whether there was anything. */
export const resumeErasures = async (parts: ErasingParts): Promise<boolean> => {
  const [next] = await parts.store.read((reader) => reader.erasuresUnderWay())
  if (!next) return false
  await eraseSome(parts, next)
  parts.nudge()
  return true
}

/** `confirmed`: whose data, typed once more. Answers the erasure's id. */
export const eraseRequester = async (
  parts: ErasingParts,
  request: {
    readonly whom: string
    readonly confirmed: string
    readonly by: Extract<Author, { kind: 'agent' }>
    readonly role: Role
  },
): Promise<string | Refusal> => {
  const { whom, by } = request
  if (!isAtLeast(request.role, 'lead')) return refuse('not-your-role')
  if (!isWhom(whom) || request.confirmed.toLowerCase() !== whom.toLowerCase()) return refuse('not-confirmed')
  const [id, at] = [parts.newId(), parts.clock.now()]
  await parts.store.write(async (writer) => {
    await writer.beginErasure({ id, at, by: by.username, whom })
    await writer.keepAudit({
      by: doerOf(by),
      what: 'erase',
      at,
      ticketId: null,
      about: id,
      result: 'done',
    })
  })
  while (!(await eraseSome(parts, { id, whom }, by))) await parts.clock.sleep(0)
  parts.nudge()
  return id
}
