// One notice as a mail: to whom, from whom, which headers it bears and where answers and bounces go.
// Addresses are never written as text but handed on as they are, after a strict check; names and titles
// lose everything that could be more than words. Nothing is sent here.

import type { SendMailOptions } from 'nodemailer/lib/mailer'
import { GatewayError } from '../../application/gateway-error.ts'
import type { MailTokens } from '../../application/mail-ports.ts'
import type { Claimed } from '../../application/ports.ts'
import type { Desk } from '../../domain/desk.ts'
import { levelName } from '../../domain/level.ts'
import { isPlainAddress } from '../../domain/mail-address.ts'
import {
  agentMessageId,
  agentThreadRoot,
  deskHeader,
  domainOf,
  noticeMessageId,
  threadRoot,
  tokenAddress,
} from '../../domain/mail-token.ts'
import type { FileRef, MailIntent } from '../../domain/operation.ts'
import type { Ticket } from '../../domain/ticket.ts'
import type { MailTemplates } from './templates.ts'
import { isForAgents, isUnasked, oneLine } from './templates.ts'

export type Composing = {
  readonly from: { readonly name: string; readonly address: string }
  /** Answers are fetched. */
  readonly answerable: boolean
  readonly plusAddressing: boolean
  readonly tokens: MailTokens
  readonly templates: MailTemplates
  readonly desk: Desk
  /** First page of the desk. */
  readonly deskLink: string
  /** The ticket's page for its requester, and for agents; absolute. */
  readonly linkFor: (ticket: Ticket) => string | Promise<string>
  readonly ticketUrl: (ticket: Ticket) => string
}

export type FileToSend = { readonly file: FileRef; readonly bytes: Uint8Array | null }

/** Together; what is over it is named, and waits on the ticket's page. Most mail servers take 20 MB or more, a third of it lost to encoding. */
const mostFileBytes = 10 * 1024 * 1024

const day = 86_400_000

/** Message-IDs come from strangers: what could be more than one is left out. */
const plainMessageId = /^[!-;=?-~]{1,250}$/u

/** An encoded word (RFC 2047) that somebody typed would be decoded by who reads the mail, line breaks and all. */
const asTyped = (words: string): string => words.replaceAll(/=\?(?=[^\s?]+\?[bq]\?)/giu, '= ?')

const bracketed = (id: string): string => `<${id}>`

const contentType = (type: string): string =>
  /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/iu.test(type) && !/^(multipart|message)\//iu.test(type)
    ? type
    : 'application/octet-stream'

const fittingIn = (files: readonly FileToSend[]) => {
  let room = mostFileBytes
  return files.map(({ file, bytes }) => {
    const fits = bytes !== null && bytes.length <= room
    if (fits) room -= bytes.length
    return { file, bytes: fits ? bytes : null }
  })
}

/** A person who writes wants to hear that somebody is away; who is only told of something does not. */
const automatic = ({ notice, text }: MailIntent): Readonly<Record<string, string>> => {
  if (notice === 'received') return { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' }
  if (text.trim() === '' || isForAgents(notice))
    return { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' }
  return { 'X-Auto-Response-Suppress': 'OOF, AutoReply' }
}

export type Composed = SendMailOptions & { readonly messageId: string }

/** `at`: UTC milliseconds. Throws GatewayError for what is no address. */
export const composeNotice = async (
  { operation, ticket, mailThread }: Pick<Claimed, 'operation' | 'ticket' | 'mailThread'>,
  intent: MailIntent,
  parts: Composing,
  { at, files }: { readonly at: number; readonly files: readonly FileToSend[] },
): Promise<Composed> => {
  if (!isPlainAddress(intent.to.address))
    throw new GatewayError('permanent', 'What it should go to is no address that a mail can be sent to.')
  if (ticket.iid === null)
    throw new GatewayError('transient', 'The ticket has no number yet, and the mail must name it.')
  const { from, desk } = parts
  const domain = domainOf(from.address)
  const forAgent = isForAgents(intent.notice)
  const answerable = parts.answerable && !forAgent
  const token = parts.tokens.tokenFor(ticket.id)
  const answersTo = answerable && parts.plusAddressing ? tokenAddress(from.address, token) : null
  const root = bracketed(forAgent ? agentThreadRoot(ticket.id, domain) : threadRoot(token, domain))
  const thread = (forAgent ? [] : (mailThread ?? []))
    .map((id) => id.replace(/^<|>$/gu, ''))
    .filter((id) => plainMessageId.test(id))
    .map(bracketed)
  const name = oneLine(from.name, 100)
  const fitting = fittingIn(isUnasked(intent.notice) ? [] : files)
  const { subject, text, html } = parts.templates.render(intent.notice, intent.language, {
    number: ticket.iid,
    title: ticket.title,
    name: intent.to.name,
    author: operation.author.kind === 'agent' ? operation.author.name : '',
    text: intent.text,
    level: levelName(ticket.level, desk),
    link: forAgent ? parts.ticketUrl(ticket) : await parts.linkFor(ticket),
    deskLink: parts.deskLink,
    desk: name === '' ? from.address : name,
    answerable,
    days: Math.floor(desk.mail.reopenWithin / day),
    files: fitting.filter(({ bytes }) => bytes !== null).map(({ file }) => file.name),
    otherFiles: fitting.filter(({ bytes }) => bytes === null).map(({ file }) => file.name),
  })
  return {
    from: { name, address: from.address },
    // Names come in by the form and by mail: an acknowledgement repeats none, not even beside the address.
    to: {
      name: isUnasked(intent.notice) ? '' : asTyped(oneLine(intent.to.name, 100)),
      address: intent.to.address,
    },
    ...(answersTo === null ? {} : { replyTo: { name, address: answersTo } }),
    // Given, not guessed from the headers. A bounce comes back to the address with the token.
    envelope: { from: answersTo ?? from.address, to: [intent.to.address] },
    messageId: bracketed(
      forAgent ? agentMessageId(operation.id, domain) : noticeMessageId(token, operation.id, domain),
    ),
    inReplyTo: thread.at(-1) ?? root,
    references: [root, ...thread],
    subject: asTyped(subject),
    date: new Date(at),
    text,
    html,
    attachments: fitting.flatMap(({ file, bytes }) =>
      bytes === null
        ? []
        : [
            {
              filename: asTyped(oneLine(file.name, 150)) || 'file',
              content: Buffer.from(bytes),
              contentType: contentType(file.type),
              contentDisposition: 'attachment',
            },
          ],
    ),
    headers: { ...automatic(intent), [deskHeader]: '1' },
    encoding: 'quoted-printable',
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}
