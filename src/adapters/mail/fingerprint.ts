// What makes two deliveries the same mail: everything its writer sent, and nothing of how it came. A stranger who uses
// the Message-ID of another mail has another fingerprint.

import { createHash } from 'node:crypto'
import type { ReadMail } from '../../domain/mail.ts'

/** 64 signs of lower-case hexadecimal. */
export function fingerprintOf(mail: ReadMail): string {
  const sent = [
    mail.messageId,
    mail.from?.address.toLowerCase() ?? null,
    mail.subject,
    mail.sentAt,
    mail.text,
    mail.files.map(({ name, bytes }) => [name, bytes.length]),
  ]
  return createHash('sha256').update(JSON.stringify(sent)).digest('hex')
}
