import PostalMime, { type Address, type Email } from 'postal-mime'
import { isEmail } from './addresses.ts'
import { plainText } from './plain-text.ts'

/** A mail as the desk needs it. Nothing in it is to be believed. */
export type ReadMail = {
  messageId: string | null
  /** Message-IDs it answers, the likeliest first. */
  answers: string[]
  /** Reply-To, else From, else Sender (service_desk_handler.rb). */
  from: string | null
  /** One line, without control signs; empty when there is none. */
  subject: string
  text: string
  /** Why no program may answer it: it was not written by a person. */
  automatic: string | null
  attachments: { filename: string; contentType: string; bytes: Buffer }[]
}

/** Throws for what is nested too deeply or has too many headers. */
export async function readMail(raw: Uint8Array): Promise<ReadMail> {
  const mail = await PostalMime.parse(raw, { forceRfc822Attachments: true, maxNestingDepth: 100 })
  const header = (name: string) => mail.headers.find((one) => one.key === name)?.value.trim()
  const answers = [...idsIn(mail.inReplyTo), ...idsIn(mail.references).reverse()]
  return {
    messageId: idsIn(mail.messageId)[0] ?? null,
    answers: [...new Set(answers)],
    from: senderOf(mail),
    subject: oneLine(mail.subject ?? ''),
    text: clean(mail.text ?? (mail.html === undefined ? '' : plainText(mail.html))).trim(),
    automatic: automaticBy(header('auto-submitted'), header('x-autoreply')),
    attachments: mail.attachments.map((part, at) => ({
      filename: clean(part.filename ?? '').trim() || `attachment-${at + 1}`,
      contentType: part.mimeType,
      bytes: typeof part.content === 'string' ? Buffer.from(part.content) : bytesOf(part.content),
    })),
  }
}

/** RFC 3834 in GitLab's reading (lib/gitlab/email/receiver.rb): anything but `no` was sent by a machine. */
function automaticBy(submitted: string | undefined, autoreply: string | undefined): string | null {
  if (submitted !== undefined && submitted !== 'no') return `Auto-Submitted: ${submitted}`
  return autoreply === 'yes' ? 'X-Autoreply: yes' : null
}

function senderOf(mail: Email): string | null {
  const given = [
    ...(mail.replyTo ?? []),
    ...(mail.from ? [mail.from] : []),
    ...(mail.sender ? [mail.sender] : []),
  ]
  const addresses = given.flatMap((one: Address) => one.group ?? [one]).map((one) => one.address.trim())
  return addresses.find(isEmail) ?? null
}

const idsIn = (text: string | undefined): string[] => text?.match(/<[^<>\s]{1,990}>/g) ?? []

/** A database of text takes no NUL, and half a surrogate pair is no text. */
const clean = (text: string) => text.replaceAll('\0', '').toWellFormed().replaceAll('\r\n', '\n')

/** An encoded subject may hold line breaks; a title holds none. */
const oneLine = (text: string) =>
  clean(text)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()

const bytesOf = (content: ArrayBuffer | Uint8Array) =>
  content instanceof Uint8Array
    ? Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    : Buffer.from(content)
