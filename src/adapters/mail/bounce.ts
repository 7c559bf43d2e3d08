// A mail that says that another mail could not be delivered: which addresses it names, in the words of which mail
// server, and which mail of ours it is about. The standard form is RFC 3464; many servers write prose instead.

import type { Bounce } from '../../domain/mail.ts'
import { isPlainAddress } from '../../domain/mail-address.ts'
import { type Headers, hasNullSender, isDaemon } from './automatic.ts'
import { cleanLine } from './clean-text.ts'

export type Part = { readonly type: string; readonly text: () => string }

type Failed = Bounce['failed'][number]

const mostFailed = 20
const longestDetail = 500

const failure =
  /(undeliver(able|ed)|delivery (status notification|notification|failure|failed|report|has failed|status)|delivery[ -]?failure|mail(ing)? (delivery )?(failed|failure|error|system error)|returned (mail|message|to sender)|failure notice|failed delivery|non[ -]?remis|unzustellbar|zustellung fehlgeschlagen|nicht zugestellt|error sending your mail|message you sent blocked|could not (be delivered|send message|send mail)|permanent (delivery )?failure|email delivery failure|недоставленное|не доставлено|returned mail|delayed mail|mail status|配信できません)/i

const prose =
  /(could ?n[o']t be delivered|(was|were|is) not (be )?delivered|undeliverable|delivery (to the following|failed|has failed)|unable to deliver|wasn['’]t able to deliver|was unable to deliver|permanent(ly)? (fatal )?(error|failure)|following addresses? had|failed addresses|returned to (the )?sender|returning message|user unknown|unknown user|mailbox (is )?full|message could not|not been delivered|has been delayed|still being retried|konnte nicht zugestellt|failed to deliver|cannot be delivered|did not reach|could not deliver|delivery attempt|was rejected|error occurred while|error-?code|exceeded|送信できません|届けることができません|не может быть доставлено|не было доставлено)/i

const late =
  /(delay(ed)?\b|still being retried|not yet been delivered|has not been delivered yet|warning|will (continue|keep) (to )?(try|retry)|could not send (mail|message) for past|no action is required|verzöger|temporarily deferred)/i

const returnedBegins =
  /^(-{3,}.*(below this line|copy of|original message|returned message|unsent message|message text|header).*|-{2,}\s*(original message|message header|forwarded message|enclosed).*|\s*original (message|header) follows.*|.*(this is a copy of the message|included is a copy|copy of your message|the original message|message headers? follow|headers? of the (original|message)|unsent message).*)$/im

/** What in a mail's text looks like the header of the mail it brings back. */
export function idsIn(text: string): string[] {
  const ids: string[] = []
  const wanted =
    /^[ \t>]*(?:message-id|in-reply-to|references)[ \t]*:((?:.{0,998}\n?(?=[ \t])){0,40}.{0,998})/gim
  for (const [, found] of text.slice(0, 200_000).matchAll(wanted)) ids.push(...idsOf(found ?? ''))
  return ids
}

/** Message-IDs without their brackets; blanks within, from a folded line, are gone. */
export function idsOf(header: string): string[] {
  return [...header.slice(0, 100_000).matchAll(/<([^<>]{1,1200})>/g)]
    .map(([, id]) => (id ?? '').replace(/\s+/g, ''))
    .filter((id) => isMessageId(id))
}

export const isMessageId = (id: string): boolean => /^[^\s<>\p{Cc}]{1,998}$/u.test(id) && id.isWellFormed()

const addressOf = (field: string): string => {
  const text = field.replace(/^[\w-]{1,20}\s*;/, '').trim()
  const bracketed = /<([^<>]{3,260})>/.exec(text)?.[1] ?? text
  const address = bracketed.trim().replace(/^["']|["']$/g, '')
  return isPlainAddress(address) ? address : ''
}

/** Blocks of fields, as message/delivery-status has them: the first about the mail, one more for each recipient. */
function fieldBlocks(text: string): Map<string, string>[] {
  return text
    .slice(0, 200_000)
    .replace(/\r\n?/g, '\n')
    .replace(/\n[ \t]+/g, ' ')
    .split(/\n\s*\n/)
    .map((block) => {
      const fields = new Map<string, string>()
      for (const line of block.split('\n')) {
        const colon = line.indexOf(':')
        const name = line.slice(0, colon).trim().toLowerCase()
        if (colon > 0 && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
      }
      return fields
    })
}

const statusIn = (text: string): string => /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? ''

type Standing = Failed & { readonly action: string }

function standings(text: string): Standing[] {
  return fieldBlocks(text).flatMap((fields) => {
    const address =
      addressOf(fields.get('final-recipient') ?? '') ||
      addressOf(fields.get('original-recipient') ?? '') ||
      addressOf(fields.get('x-actual-recipient') ?? '')
    const action = (fields.get('action') ?? '').toLowerCase().replace(/[^a-z].*$/, '')
    const known = fields.has('final-recipient') || fields.has('original-recipient') || fields.has('action')
    if (!known) return []
    const diagnostic = (fields.get('diagnostic-code') ?? '').replace(/^[\w-]{1,20}\s*;/, '')
    const status = statusIn(fields.get('status') ?? '') || statusIn(diagnostic)
    return [{ address, status, detail: cleanLine(diagnostic, longestDetail), action }]
  })
}

/** Amazon's notices are JSON that a queue mails. */
function amazonNotice(text: string): Bounce | null {
  const start = text.indexOf('{"notificationType":"Bounce"')
  if (start < 0 || text.length > 500_000) return null
  const recipients = [
    ...text.slice(start, start + 50_000).matchAll(/\{[^{}]{0,3000}"emailAddress"[^{}]{0,3000}\}/g),
  ]
  const field = (json: string, name: string): string =>
    new RegExp(`"${name}"\\s*:\\s*"((?:[^"\\\\]|\\\\.){0,1000})"`).exec(json)?.[1]?.replace(/\\(.)/g, '$1') ??
    ''
  const failed = recipients.map(([json]) => ({
    address: addressOf(field(json, 'emailAddress')),
    status: statusIn(field(json, 'status')),
    detail: cleanLine(field(json, 'diagnosticCode'), longestDetail),
  }))
  return { failed: failed.slice(0, mostFailed), final: !/"bounceType"\s*:\s*"Transient"/.test(text) }
}

/** Addresses that stand out in a server's prose, above the mail it brings back, with what is written beside them. */
function failedInProse(text: string, headers: Headers): Failed[] {
  const found: Failed[] = []
  const add = (address: string, detail: string): void => {
    if (!isPlainAddress(address) || found.length >= mostFailed) return
    if (found.some((one) => one.address.toLowerCase() === address.toLowerCase())) return
    found.push({ address, status: statusIn(detail), detail: cleanLine(detail, longestDetail) })
  }
  const cut = returnedBegins.exec(text)?.index ?? text.length
  const lines = text.slice(0, Math.min(cut === 0 ? text.length : cut, 20_000)).split('\n')
  const below = (at: number): string => {
    const words: string[] = []
    for (let next = at; next < Math.min(lines.length, at + 8); next++) {
      const line = lines[next] ?? ''
      if (next > at && words.join('').length > 10 && line.trim() === '') break
      words.push(line.slice(0, 600))
    }
    return words.join(' ')
  }
  for (const named of headers.get('x-failed-recipients') ?? [])
    for (const address of named.split(/[,\s]+/)) {
      const at = lines.findIndex((line) => line.includes(address))
      add(address.replace(/[<>]/g, ''), at < 0 ? '' : below(at))
    }
  if (found.length > 0) return found
  const own = new Set(
    [...(headers.get('to') ?? []), ...(headers.get('from') ?? [])]
      .flatMap((header) => header.slice(0, 5000).match(/[^\s<>,;"()]{1,64}@[^\s<>,;"()]{1,190}/g) ?? [])
      .map((address) => address.toLowerCase()),
  )
  for (const strict of [true, false]) {
    for (const [at, line] of lines.entries()) {
      if (line.length > 1000 || /^(message-id|from|return-path|reporting-mta)\s*:/i.test(line)) continue
      for (const [address] of line.matchAll(
        /[^\s<>,;:"()[\]'`]{1,64}@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu,
      )) {
        // Alone in its line or in brackets first: in running text stand postmasters and help addresses too.
        const stands =
          line.includes(`<${address}>`) ||
          line
            .trim()
            .replace(/^to:\s*/i, '')
            .startsWith(address)
        // Only a line of its own tells the failed one from our own address, and from the server's postmaster.
        const alone = line.trim().replace(/^<|>?:?$/g, '') === address
        const ours = own.has(address.toLowerCase()) || isDaemon(address)
        if ((stands || !strict) && (alone || !ours)) add(address, below(at))
      }
    }
    if (found.length > 0) break
  }
  return found
}

/** null: it is no delivery failure. */
export function bounceOf(
  headers: Headers,
  mail: {
    readonly subject: string
    readonly fromAddress: string
    readonly text: string
    readonly parts: readonly Part[]
  },
): { readonly bounce: Bounce; readonly about: readonly string[] } | null {
  const about = (): string[] => {
    const returned = mail.parts.filter(({ type }) =>
      /^(message\/(rfc822|partial|global)|text\/rfc822-headers|message\/rfc822-headers|message\/global-headers)$/.test(
        type,
      ),
    )
    const ids = returned.flatMap((part) => idsIn(part.text().slice(0, 200_000)))
    return ids.length > 0 ? ids : idsIn(mail.text)
  }

  const reports = mail.parts.filter(({ type }) => /^message\/(global-)?delivery-status$/.test(type))
  const isReport = /multipart\/(report|mx6d)/i.test(headers.get('content-type')?.[0] ?? '')
  // A report that was broken on its way is one text.
  const each = (
    reports.length > 0 ? reports.map((part) => part.text()) : isReport ? [mail.text] : []
  ).flatMap(standings)
  const gone = each.filter(
    ({ action, status }) => action === 'failed' || (action === '' && status.startsWith('5')),
  )
  const slow = each.filter(({ action }) => action === 'delayed')
  const named = gone.length > 0 ? gone : slow
  if (named.length > 0) {
    const failed = named
      .slice(0, mostFailed)
      .map(({ address, status, detail }) => ({ address, status, detail }))
      .filter(({ address }) => address !== '')
    return {
      bounce: {
        failed: failed.length > 0 ? failed : failedInProse(mail.text, headers),
        final: gone.length > 0,
      },
      about: about(),
    }
  }
  // Delivered, relayed or expanded: somebody asked to be told. That is a report, not a failure.
  if (each.some(({ action }) => /^(delivered|relayed|expanded)$/.test(action))) return null

  const amazon = amazonNotice(mail.text)
  if (amazon !== null) {
    const id = /"messageId"\s*:\s*"<?([^"<>]{5,300})>?"/.exec(mail.text)?.[1]
    return { bounce: amazon, about: id === undefined ? about() : [id, ...about()] }
  }

  const from = headers.get('from')?.[0] ?? ''
  const isFromDaemon =
    hasNullSender(headers) || isDaemon(mail.fromAddress) || /mailer-daemon|<>|mail deliver/i.test(from)
  const saysSo = failure.test(mail.subject)
  const proseSaysSo = prose.test(mail.text.slice(0, 5000))
  const forWhom = headers.has('x-failed-recipients')
  if (!(forWhom || (isFromDaemon && (saysSo || proseSaysSo)) || (isReport && saysSo))) return null
  // Answers of vacation programs come with an empty return path too; their subjects say nothing of a failure.
  if (/^\s*(auto(matic)?|out of office|away)/i.test(mail.subject) && !forWhom) return null
  const failed = failedInProse(mail.text, headers)
  const final = !(
    late.test(`${mail.subject}\n${mail.text.slice(0, 600)}`) && !/\b5\d\d\b|permanent|fatal/i.test(mail.text)
  )
  return { bounce: { failed, final }, about: about() }
}
