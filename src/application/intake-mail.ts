// A mail that was fetched becomes what it is: a new ticket, an answer on its ticket, a note among
// agents, or nothing, with the reason beside it. What it becomes and that it became so are written in
// one piece, so that a mail that is read twice, by whatever accident, has its effect once.

import type { Arrival } from '../domain/arrival.ts'
import {
  arrivalOf,
  isFromRequester,
  numberInSubject,
  requesterOfMail,
  textWithFolds,
  titleOfMail,
} from '../domain/arrival.ts'
import { hearFromRequester, mayStillAnswer, noteUnverified } from '../domain/conversation.ts'
import type { Circumstances, Decision } from '../domain/decision.ts'
import type { MailReason, MailState, ReadMail } from '../domain/mail.ts'
import { mayBeAnswered } from '../domain/mail.ts'
import { tokensIn } from '../domain/mail-token.ts'
import { theDesk } from '../domain/mending.ts'
import { open } from '../domain/opening.ts'
import type { FileRef } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { isRefusal } from '../domain/refusal.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { LedgerMail, MailParser, MailTokens } from './mail-ports.ts'
import type { Parts, Writer } from './ports.ts'
import { recordAndAnnounce } from './record-and-announce.ts'

export type IntakeParts = Pick<Parts, 'store' | 'clock' | 'newId' | 'desk' | 'nudge'> & {
  readonly parser: MailParser
  readonly tokens: MailTokens
  /** Our own address, as in MAIL_FROM. */
  readonly address: string
  readonly fingerprintOf: (mail: ReadMail) => string
}

/** A mail that was begun so often and never ended has killed us each time. */
const mostAttempts = 3

type End = {
  readonly state: Exclude<MailState, 'received'>
  readonly reason: MailReason
  readonly detail?: string
  readonly ticketId?: string
  readonly operationId?: string
}

type Effect = End & { readonly decision?: Decision; readonly answerable?: boolean }

type Found = { readonly ticket: Ticket; readonly proven: boolean }

/** The ticket a mail belongs to by its token, or only claims to by what anybody could have copied. */
const ticketOfMail = async (
  { tokens, address }: IntakeParts,
  writer: Writer,
  mail: ReadMail,
): Promise<Found | null> => {
  for (const token of tokensIn(mail, { address }))
    for (const id of tokens.read(token)) {
      const ticket = await writer.ticket({ id })
      if (ticket && ticket.gone === null) return { ticket, proven: true }
    }
  let anothers: Ticket | null = null
  for (const { ticketId } of await writer.mailsByMessageId(mail.refersTo)) {
    const ticket = ticketId === null ? null : await writer.ticket({ id: ticketId })
    if (!ticket || ticket.gone !== null) continue
    if (isFromRequester(mail, ticket)) return { ticket, proven: false }
    anothers ??= ticket
  }
  // A stranger can use the Message-ID of Ana's mail, and would else be handed what Ana answers to hers.
  if (anothers) return { ticket: anothers, proven: false }
  const iid = numberInSubject(mail.subject)
  const named = iid === null ? null : await writer.ticket({ iid })
  // A number alone says nothing; with the requester's own address it is worth an agent's look.
  return named && named.gone === null && isFromRequester(mail, named)
    ? { ticket: named, proven: false }
    : null
}

export type Taken = { readonly text: string; readonly files: readonly { file: FileRef; bytes: Uint8Array }[] }

const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1)

/** The text with its folds, pictures named by the file they are, and a sentence for each file that is too large. */
export const taken = (mail: ReadMail, { newId, desk }: Pick<IntakeParts, 'newId' | 'desk'>): Taken => {
  const fits = mail.files.filter(({ bytes }) => bytes.length <= desk.form.maxFileBytes)
  const files = fits.map(({ name, type, bytes }) => ({
    file: { id: newId(), name, type, bytes: bytes.length },
    bytes,
  }))
  const place = new Map(
    fits.flatMap(({ contentId }, index) => (contentId === null ? [] : [[contentId, index + 1]])),
  )
  const named = mail.text.replace(/\]\(cid:([^)\s]+)\)/gu, (whole, id: string) => {
    const number = place.get(id)
    return number === undefined ? whole : `](cid:${number})`
  })
  const missing = mail.files
    .filter((file) => !fits.includes(file))
    .map(
      ({ name, bytes }) =>
        `(The file ${name}, ${megabytes(bytes.length)} MB, is too large and was left in the e-mail.)`,
    )
  return { text: textWithFolds([named, ...missing].join('\n\n'), mail.folded), files }
}

const refs = (files: Taken['files']): FileRef[] => files.map(({ file }) => file)

const openTicket = (
  parts: IntakeParts,
  mail: ReadMail,
  reason: MailReason,
  circumstances: Circumstances,
): (Effect & { readonly files: Taken['files'] }) | Refusal => {
  const { text, files } = taken(mail, parts)
  const requester = requesterOfMail(mail)
  const decision = open(
    { title: titleOfMail(mail), text, category: '', requester, files: refs(files), source: 'mail' },
    parts.desk,
    { ...circumstances, by: { kind: 'requester', name: requester.name } },
  )
  if (isRefusal(decision)) return decision
  const { id } = decision.ticket
  return {
    state: 'opened',
    reason,
    ticketId: id,
    operationId: id,
    decision,
    files,
    answerable: mayBeAnswered(mail),
  }
}

/** Of the decision's note, by which the mail is found again on its ticket. */
const noteOf = (decision: Decision): string | undefined =>
  decision.operations.find(({ intent }) => intent.kind === 'note')?.id

const bounced = (found: Found | null, mail: ReadMail, circumstances: Circumstances): Effect => {
  const failed = mail.bounce?.failed ?? []
  const detail = failed
    .map(({ address, status, detail: why }) => `${address} ${status} ${why}`.trim())
    .join('; ')
  if (found === null || !found.proven) return { state: 'bounced', reason: 'unknown-bounce', detail }
  const { ticket } = found
  if (mail.bounce?.final === false)
    return { state: 'bounced', reason: 'delayed', detail, ticketId: ticket.id }
  const lines = failed.map(({ address, status, detail: why }) => `- \`${address}\` ${status} ${why}`.trim())
  const decision = noteUnverified(
    ticket,
    {
      text: lines.join('\n'),
      files: [],
      by: 'An e-mail about this ticket could not be delivered. Reach the requester another way.',
    },
    circumstances,
  )
  const operationId = noteOf(decision)
  return {
    state: 'bounced',
    reason: 'undeliverable',
    detail,
    ticketId: ticket.id,
    ...(operationId === undefined ? {} : { operationId }),
    decision,
  }
}

const answer = (
  parts: IntakeParts,
  { ticket, proven }: Found,
  mail: ReadMail,
  circumstances: Circumstances,
): (Effect & { readonly files: Taken['files'] }) | Refusal => {
  if (proven && !mayStillAnswer(ticket, parts.desk, circumstances.at))
    return openTicket(parts, mail, 'resolved-long-ago', circumstances)
  const { text, files } = taken(mail, parts)
  const said = { text, files: refs(files) }
  const sender = mail.from ? `${mail.from.name} <${mail.from.address}>`.trim() : ''
  const decision = proven
    ? hearFromRequester(
        ticket,
        {
          ...said,
          from: isFromRequester(mail, ticket) ? null : { name: mail.from?.name || 'Somebody else' },
        },
        parts.desk,
        circumstances,
      )
    : noteUnverified(
        ticket,
        { ...said, by: `Not verified: this e-mail from \`${sender}\` refers to this ticket without proof.` },
        circumstances,
      )
  if (isRefusal(decision)) return decision
  const operationId = noteOf(decision)
  return {
    state: 'appended',
    reason: proven ? 'by-token' : 'unverified',
    ticketId: ticket.id,
    ...(operationId === undefined ? {} : { operationId }),
    decision,
    files,
  }
}

const effectOf = async (
  parts: IntakeParts,
  writer: Writer,
  entry: LedgerMail,
  mail: ReadMail,
  fingerprint: string,
  circumstances: Circumstances,
): Promise<(Effect & { readonly files?: Taken['files'] }) | Refusal> => {
  if (entry.forced) return openTicket(parts, mail, 'opened-by-lead', circumstances)
  const arrival: Arrival = arrivalOf(mail, parts.address, parts.desk)
  const found = await ticketOfMail(parts, writer, mail)
  const ticketId = found?.proven ? { ticketId: found.ticket.id } : {}
  if (arrival.kind === 'ignore') return { state: 'ignored', reason: arrival.reason, ...ticketId }
  if (arrival.kind === 'quarantine') return { state: 'quarantined', reason: arrival.reason, ...ticketId }
  if (await writer.mailLike(fingerprint, entry.id))
    return { state: 'ignored', reason: 'seen-before', ...ticketId }
  if (arrival.kind === 'bounce') return bounced(found, mail, circumstances)
  return found ? answer(parts, found, mail, circumstances) : openTicket(parts, mail, 'new', circumstances)
}

/** Reads one mail that is in flight and settles it. Answers where it stands then; a conflict leaves it in flight. */
export const intakeMail = async (parts: IntakeParts, entry: LedgerMail): Promise<MailState> => {
  const { store, clock } = parts
  await store.write((writer) => writer.beginReading(entry.id))
  const quarantine = async (reason: MailReason, detail: string): Promise<MailState> => {
    await store.write((writer) => writer.settleMail(entry.id, { state: 'quarantined', reason, detail }))
    return 'quarantined'
  }
  if (entry.attempts >= mostAttempts)
    return quarantine('unreadable', 'Reading it was given up after three tries.')
  const source = await store.read((reader) => reader.mailSource(entry.id))
  if (source === null) return quarantine('unreadable', 'Its source is not kept any more.')
  const reading = await parts.parser.read(source)
  if (!reading.ok) return quarantine(reading.reason, reading.detail)
  const { mail } = reading
  const fingerprint = parts.fingerprintOf(mail)
  const said = {
    from: mail.from?.address ?? '',
    fromName: mail.from?.name ?? '',
    subject: mail.subject,
    messageId: mail.messageId,
    fingerprint,
  }
  const state = await store.write(async (writer): Promise<MailState> => {
    const now = await writer.mail(entry.id)
    // Another process was quicker.
    if (now?.state !== 'received') return now?.state ?? 'ignored'
    const circumstances: Circumstances = { by: theDesk, at: clock.now(), newId: parts.newId }
    const effect = await effectOf(parts, writer, now, mail, fingerprint, circumstances)
    if (isRefusal(effect)) {
      await writer.settleMail(entry.id, {
        ...said,
        state: 'quarantined',
        reason: 'refused',
        detail: effect.code,
      })
      return 'quarantined'
    }
    const { decision, files = [], answerable = true, ...end } = effect
    if (decision) {
      const written = await recordAndAnnounce(
        writer,
        decision,
        {
          desk: parts.desk,
          circumstances: { ...circumstances, by: decision.operations[0]?.author ?? theDesk },
          answerable,
        },
        { files },
      )
      if (written === 'conflict') return 'received'
    }
    await writer.settleMail(entry.id, { ...said, ...end })
    return end.state
  })
  if (state !== 'received') parts.nudge()
  return state
}

/** Whether the mailbox should keep it where a person looks, or with all that is done. */
export const folderFor = (state: MailState): 'done' | 'quarantine' =>
  state === 'quarantined' ? 'quarantine' : 'done'
