// What a mail that arrived is, before anything is done: nobody's mail, a failure notice, an answer
// that proves by its token to which ticket it belongs, one that only claims to, or a new ticket.
// Nothing is ever decided by subject or sender alone: both can be written by anybody.

import { isBlank } from './conversation.ts'
import type { Desk } from './desk.ts'
import type { MailReason, ReadMail } from './mail.ts'
import { isOfOurDomains, isSameAddress } from './mail-address.ts'
import type { Requester, Ticket } from './ticket.ts'

export type Arrival =
  | { readonly kind: 'ignore'; readonly reason: MailReason }
  | { readonly kind: 'quarantine'; readonly reason: MailReason }
  | { readonly kind: 'bounce' }
  | { readonly kind: 'message' }

/** `own`: our address; mail from it, or from one of its answering addresses, is our own that came back. */
export const arrivalOf = (mail: ReadMail, own: string, desk: Desk): Arrival => {
  if (mail.bounce) return { kind: 'bounce' }
  if (mail.from && isOwn(mail.from.address, own)) return { kind: 'ignore', reason: 'own-address' }
  if (mail.automatic) return { kind: 'ignore', reason: mail.automatic }
  if (isBlank(mail.text) && isBlank(mail.subject) && mail.files.length === 0)
    return { kind: 'ignore', reason: 'nothing-in-it' }
  if (!mail.from) return { kind: 'quarantine', reason: 'no-sender' }
  return isOfOurDomains(mail.from.address, desk.form)
    ? { kind: 'message' }
    : { kind: 'quarantine', reason: 'form-closed' }
}

const isOwn = (address: string, own: string): boolean => {
  const at = own.lastIndexOf('@')
  const [local, domain] = [own.slice(0, at).toLowerCase(), own.slice(at).toLowerCase()]
  const other = address.toLowerCase()
  return other === local + domain || (other.startsWith(`${local}+`) && other.endsWith(domain))
}

/** A ticket's number as our mails write it into the subject, "(#12)". */
export const numberInSubject = (subject: string): number | null => {
  const [, digits] = /\(#([1-9]\d{0,8})\)/u.exec(subject) ?? []
  return digits === undefined ? null : Number(digits)
}

export const isFromRequester = (
  mail: Pick<ReadMail, 'from'>,
  { requester }: Pick<Ticket, 'requester'>,
): boolean =>
  mail.from !== null && requester.email !== null && isSameAddress(mail.from.address, requester.email)

export const requesterOfMail = (mail: Pick<ReadMail, 'from' | 'language'>): Requester => {
  const { from, language } = mail
  const name =
    from === null ? '' : isBlank(from.name) ? from.address.slice(0, from.address.lastIndexOf('@')) : from.name
  return {
    name: name.slice(0, 200),
    email: from?.address ?? null,
    username: null,
    ...(language ? { language } : {}),
  }
}

/** GitLab's own limit for a title. */
const longestTitle = 255

const cut = (text: string, length: number): string => text.trim().slice(0, length).toWellFormed().trim()

/** The subject; without one the beginning of the text. Looked at after cutting: 300 signs that nobody sees can stand before a word. */
export const titleOfMail = (mail: Pick<ReadMail, 'subject' | 'text'>): string => {
  const firstLine = mail.text.split('\n').find((line) => !isBlank(line)) ?? ''
  const titles = [cut(mail.subject, longestTitle), cut(firstLine, 80)]
  return titles.find((one) => !isBlank(one)) ?? 'E-mail without a subject'
}

const summaries = { quote: 'Quoted text', signature: 'Signature' } as const

/** What is new, then what was folded away, each in a block that pages and GitLab show closed. */
export const textWithFolds = (text: string, folded: ReadMail['folded']): string =>
  [
    text,
    ...folded
      .filter((part) => !isBlank(part.text))
      .map(
        ({ kind, text: hidden }) =>
          `<details><summary>${summaries[kind]}</summary>\n\n${hidden}\n\n</details>`,
      ),
  ].join('\n\n')
