// `belay preview-mail`: the mails that Belay writes, with the templates in force and believable values.
// Nothing is sent, and neither GitLab nor a mail server is needed.

import type { MailName } from '../application/mail-ports.ts'
import type { Language } from '../domain/ticket.ts'

export type PreviewParts = {
  readonly notices: readonly MailName[]
  readonly languages: readonly Language[]
  readonly render: (
    notice: MailName,
    language: Language,
  ) => { readonly subject: string; readonly text: string; readonly html: string }
  readonly stdout: { write(text: string): unknown }
}

export type PreviewOptions = {
  /** null: all of them. */
  readonly notice: string | null
  readonly language: string
  readonly html: boolean
}

/** A sentence where it was asked for something there is not, else null. */
export const previewMail = (
  options: PreviewOptions,
  { notices, languages, render, stdout }: PreviewParts,
): string | null => {
  const chosen = notices.filter((notice) => options.notice === null || notice === options.notice)
  const language = languages.find((one) => one === options.language)
  if (chosen.length === 0) return `There is no notice "${options.notice}"; there are ${notices.join(', ')}.`
  if (!language) return `There are no mails in "${options.language}"; there are ${languages.join(', ')}.`
  for (const notice of chosen) {
    const { subject, text, html } = render(notice, language)
    // One alone in HTML is a page of its own, to be looked at in a browser.
    if (options.html && chosen.length === 1) stdout.write(html)
    else stdout.write(`==== ${notice} ====\nSubject: ${subject}\n\n${options.html ? html : text}\n`)
  }
  return null
}
