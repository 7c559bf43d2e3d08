// Everything the ticket page shows: the ticket, its timeline, what GitLab must still be told,
// its files and with which text each of them came, and the mails that became part of it.

import type { TicketEvent } from '../domain/event.ts'
import type { Operation } from '../domain/operation.ts'
import type { TargetStanding } from '../domain/target.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { LedgerMail } from './mail-ports.ts'
import type { Parts, Reader, StoredFile, TicketRef } from './ports.ts'

/** Stands for the ticket's own text, where else the source of an event stands. */
export const opening = 'opening'

/** `source`: of the event that tells its text, or `opening`; null where none does. */
export type TicketMail = { readonly mail: LedgerMail; readonly source: string | null }

export type TicketReading = {
  readonly ticket: Ticket
  readonly events: readonly TicketEvent[]
  readonly operations: readonly Operation[]
  readonly files: readonly StoredFile[]
  /** By id of the file: the source of the event it came with, or `opening`; absent where nothing shows it any more. */
  readonly fileSources: ReadonlyMap<string, string>
  readonly mails: readonly TicketMail[]
  /** How it stands with what was promised. */
  readonly targets: readonly TargetStanding[]
}

type Read = Pick<TicketReading, 'ticket' | 'events' | 'files'>

/** GitLab gives each upload a folder of its own: `/uploads/<secret>/`, with or without the project before it. */
const isLinked = ({ remotePath }: StoredFile, text: string): boolean => {
  const folder = /\/uploads\/[^/]+\//.exec(remotePath ?? '')?.[0]
  return folder !== undefined && text.includes(folder)
}

const textOf = ({ what }: TicketEvent): string =>
  'text' in what ? what.text : 'reason' in what ? what.reason : ''

/** Texts that GitLab has end with links to what came with them; of the others their operations know. */
const fileSourcesOf = async (
  reader: Reader,
  { ticket, events, files }: Read,
): Promise<ReadonlyMap<string, string>> => {
  const sources = new Map<string, string>()
  if (files.length === 0) return sources
  const opened = (await reader.operation(ticket.id))?.intent
  const own = opened?.kind === 'open' ? new Set(opened.files.map(({ id }) => id)) : null
  for (const event of events) {
    const text = textOf(event)
    const id = event.source.startsWith('op:') && text !== '' ? event.source.slice(3) : null
    const intent = id === null ? undefined : (await reader.operation(id))?.intent
    const sent = intent?.kind === 'note' ? (intent.files ?? []) : []
    for (const file of files)
      if (sent.some(({ id }) => id === file.id) || isLinked(file, text)) sources.set(file.id, event.source)
  }
  // One that was read in GitLab bears the ticket's id; one sent through us belongs to what it was sent with.
  for (const file of files)
    if (
      own?.has(file.id) ||
      isLinked(file, ticket.text) ||
      (own === null && !sources.has(file.id) && file.id.startsWith(ticket.id))
    )
      sources.set(file.id, opening)
  return sources
}

/** A note of ours is told under its operation until GitLab has shown it, then under GitLab's own number. */
const sourceOf = async (
  reader: Reader,
  { ticket, events }: Read,
  { operationId }: LedgerMail,
): Promise<string | null> => {
  if (operationId === null) return null
  if (operationId === ticket.id) return opening
  const outcome = (await reader.operation(operationId))?.outcome
  const source = outcome?.kind === 'noted' ? `note:${outcome.noteId}` : ''
  return (
    events.find((event) => event.source === source || event.source === `op:${operationId}`)?.source ?? null
  )
}

const mailsOf = async (reader: Reader, read: Read): Promise<TicketMail[]> => {
  const found: TicketMail[] = []
  for (const mail of await reader.mailsOf(read.ticket.id))
    found.push({ mail, source: await sourceOf(reader, read, mail) })
  return found
}

export const readTicket = (
  parts: Pick<Parts, 'store' | 'desk'>,
  ref: TicketRef,
): Promise<TicketReading | null> =>
  parts.store.read(async (reader) => {
    const ticket = await reader.ticket(ref)
    if (!ticket) return null
    const read = { ticket, events: await reader.events(ticket.id), files: await reader.files(ticket.id) }
    return {
      ...read,
      operations: await reader.operations(ticket.id),
      fileSources: await fileSourcesOf(reader, read),
      // Where Belay has no mailbox none came, and nobody need look.
      mails: parts.desk.mail.own ? await mailsOf(reader, read) : [],
      targets: parts.desk.targets.length > 0 ? await reader.targets(ticket.id) : [],
    }
  })
