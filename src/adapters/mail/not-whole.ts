// Some mails cannot be fetched whole: larger than we take, or the mail server itself cannot read them.
// Such a mail still comes in, as one line of ours and its beginning, so that it is kept, shown and put in
// quarantine like any other bad one, also after a restart. Whoever reads raw mails looks for that line first.

export type NotWhole = { readonly reason: 'too-large' | 'unreadable'; readonly detail: string }

/** No stranger can write it there: every mail server on the way puts its own lines above. */
const line = /^X-Belay-Not-Whole: (too-large|unreadable); ([\x20-\x7e]{0,300})\r\n/u

/** The line, then the beginning of the mail as far as it is known. */
export const markNotWhole = ({ reason, detail }: NotWhole, beginning: Uint8Array): Uint8Array => {
  const plain = detail.replaceAll(/[^\x20-\x7e]+/gu, ' ').slice(0, 300)
  return Buffer.concat([Buffer.from(`X-Belay-Not-Whole: ${reason}; ${plain}\r\n`), beginning])
}

/** Why this raw mail is not whole; null where it is. */
export const notWhole = (source: Uint8Array): NotWhole | null => {
  const [, reason, detail] = line.exec(Buffer.from(source.subarray(0, 400)).toString('latin1')) ?? []
  return reason === 'too-large' || reason === 'unreadable' ? { reason, detail: detail ?? '' } : null
}
