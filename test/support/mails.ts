// Mails that came in: as the ledger knows them, and as they lay in the mailbox.

import type { LedgerMail } from '../../src/application/mail-ports.ts'
import type { Store } from '../../src/application/ports.ts'
import { nine } from './tickets.ts'

export const aLedgerMail = (changes: Partial<LedgerMail> = {}): LedgerMail => ({
  id: '0197f0b0-0000-7000-8000-000000000001',
  place: { mailbox: 'INBOX', uidValidity: '1', uid: '1' },
  receivedAt: nine,
  bytes: 2_048,
  state: 'opened',
  reason: 'new',
  detail: '',
  from: 'ana@school.example',
  fromName: 'Ana',
  subject: 'My screen stays black',
  messageId: 'one@school.example',
  ticketId: null,
  operationId: null,
  attempts: 1,
  filed: true,
  forced: false,
  ...changes,
})

/** A raw mail; with `html` it has both kinds of text, with `file` that file too. */
export const rawMail = (
  said: {
    readonly from?: string
    readonly subject?: string
    readonly text?: string
    readonly html?: string
    readonly file?: { readonly name: string; readonly text: string }
  } = {},
): Uint8Array => {
  const text = said.text ?? 'It is still black.'
  const part = (type: string, body: string, more: readonly string[] = []) =>
    [`Content-Type: ${type}; charset=utf-8`, ...more, '', body].join('\r\n')
  const several = (kind: string, name: string, parts: readonly string[]) =>
    [
      `Content-Type: multipart/${kind}; boundary="${name}"`,
      '',
      ...parts.map((one) => `--${name}\r\n${one}`),
      `--${name}--`,
    ].join('\r\n')
  const words =
    said.html === undefined
      ? part('text/plain', text)
      : several('alternative', 'words', [part('text/plain', text), part('text/html', said.html)])
  const body = said.file
    ? several('mixed', 'all', [
        words,
        part('text/plain', said.file.text, [`Content-Disposition: attachment; filename="${said.file.name}"`]),
      ])
    : words
  return new TextEncoder().encode(
    [
      `From: ${said.from ?? 'Ana <ana@school.example>'}`,
      'To: Help desk <help@desk.example>',
      `Subject: ${said.subject ?? 'My screen stays black'}`,
      'Message-ID: <one@school.example>',
      'Date: Mon, 08 Jun 2026 09:00:00 +0000',
      'MIME-Version: 1.0',
      body,
    ].join('\r\n'),
  )
}

let uid = 0

/** Puts a mail into the ledger, at the end that is named; without a reason it is in flight. */
export const keepMail = async (
  store: Store,
  changes: Partial<LedgerMail> & { readonly source?: Uint8Array } = {},
): Promise<LedgerMail> => {
  uid += 1
  const mail = aLedgerMail({
    id: `0197f0b0-0000-7000-8000-${String(uid).padStart(12, '0')}`,
    place: { mailbox: 'INBOX', uidValidity: '1', uid: String(uid) },
    ...changes,
  })
  const { id, place, receivedAt, state, reason } = mail
  await store.write(async (writer) => {
    await writer.receiveMail({ id, place, receivedAt, source: changes.source ?? rawMail() })
    if (state === 'received' || reason === null) return
    const { from, fromName, subject, messageId, ticketId, operationId, detail } = mail
    await writer.settleMail(id, {
      ...{ state, reason, detail, from, fromName, subject, messageId, ticketId, operationId },
      fingerprint: id,
    })
  })
  return mail
}
