// Reads a raw mail: who wrote it, to whom, what is new in it, which files came along, and whether a person wrote it at
// all. Runs in the process of parser-process.ts, because a mail may be made to harm whoever reads it.

import PostalMime, { type Address, addressParser, type Email } from 'postal-mime'
import type { MailAddress, ReadMail } from '../../domain/mail.ts'
import { isPlainAddress } from '../../domain/mail-address.ts'
import { plausibleType, safeName } from './attached-files.ts'
import { automaticOf } from './automatic.ts'
import { bounceOf, idsOf, isMessageId } from './bounce.ts'
import { cleanLine, cleanText, shorten } from './clean-text.ts'
import { markdownOf } from './html-text.ts'
import { languageOf } from './language-of.ts'
import { type Cut, cutLarge, type Piece } from './large-bodies.ts'
import { foldReply } from './reply-text.ts'

/** A file whose bytes are not put together yet. */
export type PiecedFile = {
  readonly name: string
  readonly type: string
  readonly contentId: string | null
  readonly pieces: readonly Piece[]
}

export type PiecedMail = Omit<ReadMail, 'files'> & { readonly files: readonly PiecedFile[] }

const most = {
  files: 50,
  refersTo: 50,
  addresses: 100,
  /** Text that GitLab takes in one piece; what is longer comes along as a file too. */
  text: 1_000_000,
  html: 5_000_000,
  /** All inline pictures of one HTML together, in bytes. */
  pictures: 2_000_000,
}

export type ParsedMail = {
  readonly email: Email
  readonly cut: Cut
  /** What stands below its headers, where the parser found nothing in it. */
  readonly body: string
}

/** A boundary that never comes leaves no part at all, and still somebody wrote something. */
function bodyOf(raw: Buffer, email: Email): string {
  if (email.text !== undefined || email.html !== undefined || email.attachments.length > 0) return ''
  const start = /\r?\n\r?\n/.exec(raw.toString('latin1', 0, limits.maxHeadersSize * 2))
  if (start === null) return ''
  const body = raw.subarray(start.index + start[0].length, start.index + most.text)
  const text = body.toString('utf8')
  return text.includes('\ufffd') ? body.toString('latin1') : text
}

/** The parser's own limits: it refuses what is beyond them. */
const limits = {
  maxNestingDepth: 100,
  maxHeadersSize: 1024 * 1024,
  forceRfc822Attachments: true,
} as const

/** Of long headers only so much is looked at. */
const longestHeader = 100_000

/** First half: its parts. Takes time in proportion to its length, whatever it holds. */
export async function parseMail(raw: Buffer): Promise<ParsedMail> {
  const cut = cutLarge(raw)
  const email = await PostalMime.parse(asBuffer(cut.source), limits)
  if (cut.isWhole || !(cut.isIn(email.text ?? '') || cut.isIn(email.html ?? '')))
    return { email, cut, body: bodyOf(raw, email) }
  // The text itself is that long.
  const whole: Cut = { source: cut.source, pieces: (content) => [content], isIn: () => false, isWhole: true }
  return { email: await PostalMime.parse(asBuffer(new Uint8Array(raw)), limits), cut: whole, body: '' }
}

/** Only an ArrayBuffer of exactly its length is taken without a copy. */
const asBuffer = (bytes: Uint8Array<ArrayBuffer>): ArrayBuffer =>
  bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer

function headersOf(email: Email): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (const { key, value } of email.headers) {
    const values = headers.get(key)
    if (values === undefined) headers.set(key, [value])
    else values.push(value)
  }
  return headers
}

const flat = (addresses: readonly Address[]): { name: string; address: string }[] =>
  addresses.flatMap((one) => (one.group === undefined ? [one] : one.group))

function mailAddress(one: { name: string; address: string }): MailAddress | null {
  const address = one.address.trim()
  return isPlainAddress(address) ? { name: cleanLine(one.name, 200), address } : null
}

const parseAddresses = (headers: readonly string[]): MailAddress[] => {
  const found: MailAddress[] = []
  for (const header of headers.slice(0, 20))
    for (const one of flat(addressParser(header.slice(0, longestHeader)))) {
      const address = mailAddress(one)
      if (address !== null && found.length < most.addresses) found.push(address)
    }
  return found
}

/** Two From headers, or two addresses in one: another program may take another one for the writer. */
function writerOf(headers: ReadonlyMap<string, readonly string[]>): MailAddress | null {
  const from = headers.get('from') ?? []
  const [only] = from
  if (only === undefined || from.length > 1) return null
  const written = flat(addressParser(only.slice(0, longestHeader))).filter(({ address }) => address !== '')
  const [one] = written
  // "a@example.com b@example.com": which of them is meant is anybody's guess.
  if (!only.includes('<') && (only.match(/[^\s@]@[^\s@]/g) ?? []).length > 1) return null
  return one === undefined || written.length > 1 ? null : mailAddress(one)
}

function refersTo(headers: ReadonlyMap<string, readonly string[]>, about: readonly string[]): string[] {
  const answered = (headers.get('in-reply-to') ?? []).slice(0, 10).flatMap((header) => idsOf(header))
  const before = (headers.get('references') ?? []).slice(0, 10).flatMap((header) => idsOf(header))
  return [...new Set([...answered, ...before.reverse(), ...about])].slice(0, most.refersTo)
}

function messageId(headers: ReadonlyMap<string, readonly string[]>): string | null {
  const header = headers.get('message-id')?.[0] ?? ''
  const id = idsOf(header)[0] ?? header.trim().replace(/^<|>$/g, '')
  return isMessageId(id) ? id : null
}

const saysOnlyHtml = (text: string): boolean =>
  text.length < 700 &&
  /\bhtml\b/i.test(text) &&
  /(view|read|display|support|client|compatible|enabled|browser|anzeig|darstell|unterstütz|programm|ansehen|afficher|format)/i.test(
    text,
  )

const isBlank = (text: string): boolean => !/[^\s\p{Cc}\p{Cf}]/u.test(text)

const bytesOf = (content: ArrayBuffer | Uint8Array | string): Uint8Array =>
  typeof content === 'string'
    ? Buffer.from(content)
    : content instanceof Uint8Array
      ? content
      : new Uint8Array(content)

const contentIdOf = (value: string | undefined): string | null => {
  const id = (value ?? '').trim().replace(/^<|>$/g, '')
  return isMessageId(id) ? id : null
}

/** Year 1970 to 2200: what a calendar of ours can show. */
const sentAt = (date: string | undefined): number | null => {
  const at = Date.parse(date ?? '')
  return at >= 0 && at < 7_258_118_400_000 ? at : null
}

/** Second half: what it says. Patterns run over what a stranger wrote here, so whoever calls it watches the time. */
export function understandMail({ email, cut, body }: ParsedMail): PiecedMail {
  const headers = headersOf(email)
  const subject = cleanLine(email.subject ?? '', 1000)
  const from = writerOf(headers)
  const fromAddress = from?.address ?? email.from?.address ?? ''

  const files = email.attachments.slice(0, most.files).map((one, index): PiecedFile => {
    const type = plausibleType(one.mimeType)
    return {
      name: safeName(one.filename, type, index + 1),
      type,
      contentId: contentIdOf(one.contentId),
      pieces: cut.pieces(bytesOf(one.content)),
    }
  })

  const plain = cleanText(email.text ?? body).replace(/[\ue000-\ue003]/g, '')
  const html = email.html ?? ''
  const whole =
    html !== '' && (isBlank(plain) || saysOnlyHtml(plain))
      ? cleanText(markdownOf(html))
      : withPictures(plain, new Set(files.map(({ contentId }) => contentId ?? '')))

  const found = bounceOf(headers, {
    subject,
    fromAddress,
    text: whole,
    parts: email.attachments.map((one) => ({
      type: one.mimeType,
      text: () => Buffer.from(bytesOf(one.content).subarray(0, 500_000)).toString('latin1'),
    })),
  })
  const automatic = automaticOf(headers, {
    subject,
    fromAddress,
    partTypes: email.attachments.map(({ mimeType }) => mimeType),
  })

  const shown = shorten(whole.trimEnd(), most.text)
  // What a mail server writes quotes nothing, though it looks so.
  const { text, folded } = found === null ? foldReply(shown, { subject }) : { text: shown.trim(), folded: [] }
  const tooLong: readonly PiecedFile[] =
    whole.trimEnd().length > most.text
      ? [{ name: 'mail.txt', type: 'text/plain', contentId: null, pieces: [Buffer.from(whole)] }]
      : []

  return {
    messageId: messageId(headers),
    refersTo: refersTo(headers, found?.about ?? []),
    from,
    replyTo: parseAddresses(headers.get('reply-to') ?? [])[0] ?? null,
    to: parseAddresses(headers.get('to') ?? []),
    cc: parseAddresses(headers.get('cc') ?? []),
    deliveredTo: [
      ...new Set(
        [
          'delivered-to',
          'x-original-to',
          'envelope-to',
          'x-envelope-to',
          'x-delivered-to',
          'x-rcpt-to',
        ].flatMap((name) => parseAddresses(headers.get(name) ?? []).map(({ address }) => address)),
      ),
    ].slice(0, most.addresses),
    subject,
    sentAt: sentAt(email.date),
    language: languageOf(headers.get('content-language')?.[0] ?? '', text),
    text,
    folded: folded,
    hasHtml: html !== '',
    files: [...tooLong, ...files].slice(0, most.files),
    automatic,
    bounce: found?.bounce ?? null,
  }
}

/** Outlook writes `[cid:image001.png@01D…]` in its plain text where a picture stood. */
const withPictures = (text: string, contentIds: ReadonlySet<string>): string =>
  text.replace(/\[cid:([^\]\s<>()]{1,300})\]/gi, (whole, id) =>
    contentIds.has(id) ? `![](cid:${id})` : whole,
  )

/** The HTML as it came, with the pictures in it; for a frame that may do nothing. null: there is none, or too much. */
export async function readHtml(raw: Buffer): Promise<string | null> {
  const email = await PostalMime.parse(asBuffer(new Uint8Array(raw)), limits)
  const html = email.html?.toWellFormed().replaceAll('\u0000', '') ?? ''
  if (html === '' || html.length > most.html) return null
  let room = most.pictures
  const pictures = new Map<string, string>()
  for (const one of email.attachments) {
    const id = contentIdOf(one.contentId)
    const type = plausibleType(one.mimeType)
    const bytes = bytesOf(one.content)
    if (id === null || bytes.length > room || !/^image\/(png|jpeg|gif|webp|bmp)$/.test(type)) continue
    room -= bytes.length
    pictures.set(id, `data:${type};base64,${Buffer.from(bytes).toString('base64')}`)
  }
  // A picture that is shown again and again must not make the page any larger than the limit.
  let again = most.pictures * 2
  return html.replace(/\bcid:([^"'\s<>()]{1,300})/gi, (whole, id) => {
    const picture = pictures.get(id) ?? pictures.get(safelyDecoded(id))
    if (picture === undefined || picture.length > again) return whole
    again -= picture.length
    return picture
  })
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (problem) {
    if (problem instanceof URIError) return text
    throw problem
  }
}
