// What people and machines write to the desk by mail, in a format of our own: the mail as a parser would
// hand it out, and the word by which the letter is known. What reading real mails does is proven elsewhere.

import type { MailParser } from '../src/application/mail-ports.ts'
import type { ReadMail } from '../src/domain/mail.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'

/** What must become of it, as its writer and the desk's rules see it. */
export type Fate =
  /** One ticket of its own. */
  | 'ticket'
  /** A public reply on exactly one ticket. */
  | 'reply'
  /** Comes without proof: a note among agents on the ticket it names, or a ticket of its own. */
  | 'unproven'
  /** A failure notice with the token of our mail: a note among agents on that ticket. */
  | 'failure'
  /** Nowhere. */
  | 'nothing'
  | 'quarantine'

export type Letter = {
  /** Stands in its text, and in its subject where it can become a ticket. */
  readonly word: string
  readonly fate: Fate
  /** The opening token of the ticket whose token it bears, or that it names. */
  readonly ticket: string | null
  readonly from: string
  readonly messageId: string
  /** Nobody may ever answer it. */
  readonly automatic: boolean
}

const nothing: ReadMail = {
  messageId: null,
  refersTo: [],
  from: null,
  replyTo: null,
  to: [],
  cc: [],
  deliveredTo: [],
  subject: '',
  sentAt: null,
  language: null,
  text: '',
  folded: [],
  hasHtml: false,
  files: [],
  automatic: null,
  bounce: null,
}

export type Written = Partial<ReadMail> & { readonly word: string; readonly unreadable?: true }

export const written = (mail: Written): Uint8Array => Buffer.from(JSON.stringify(mail))

export const wordOf = (source: Uint8Array): string => read(source).word

const read = (source: Uint8Array) => JSON.parse(Buffer.from(source).toString('utf8')) as Written

/** Takes its time, and can be the end of the process. */
export const letterParser = (process: Process, random: Random): MailParser => ({
  read: async (source) => {
    await process.clock.sleep(random.between(20, 1_500))
    if (process.crashes.at('while reading a mail')) return new Promise(() => undefined)
    const { word: _, unreadable, ...mail } = read(source)
    return unreadable
      ? { ok: false, reason: 'unreadable', detail: 'torn' }
      : { ok: true, mail: { ...nothing, ...mail } }
  },
  html: async () => null,
  close: async () => undefined,
})
