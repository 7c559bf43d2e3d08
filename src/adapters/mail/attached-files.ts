// The files that came with a mail: names that are only names, types that are only types, whatever the mail says.
// Nothing is unpacked; a mail in a mail is one file.

import { cleanLine } from './clean-text.ts'

const longestName = 200

const endings: Readonly<Record<string, string>> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/gif': '.gif',
  'image/webp': '.webp',
  'application/pdf': '.pdf',
  'text/plain': '.txt',
  'text/html': '.html',
  'text/calendar': '.ics',
  'text/csv': '.csv',
  'message/rfc822': '.eml',
  'message/global': '.eml',
  'application/pgp-signature': '.asc',
  'application/pkcs7-signature': '.p7s',
  'application/x-pkcs7-signature': '.p7s',
}

export const plausibleType = (type: string): string => {
  const lower = type.trim().toLowerCase()
  return /^[a-z]{1,30}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}$/.test(lower) ? lower : 'application/octet-stream'
}

/** The last part of any path, one line, no dots at its ends; `number` names what has no name. */
export function safeName(name: string | null, type: string, number: number): string {
  const ending = endings[type] ?? ''
  const last =
    cleanLine(name ?? '', 2000)
      .split(/[/\\]/)
      .at(-1) ?? ''
  // What some system takes for more than a name: a stream, a pipe, a wildcard, a quotation mark.
  const plain = last.replace(/[<>:"|?*]/g, '_').replace(/^[\s.]+|[\s.]+$/g, '')
  if (plain === '') return `${type.startsWith('image/') ? 'picture' : 'file'}-${number}${ending || '.bin'}`
  const whole = ending === '.eml' && !/\.eml$/i.test(plain) ? `${plain}.eml` : plain
  if (whole.length <= longestName) return whole
  const tail = /\.[\p{L}\p{N}]{1,10}$/u.exec(whole)?.[0] ?? ''
  return `${whole
    .slice(0, longestName - tail.length)
    .toWellFormed()
    .replace(/\ufffd$/, '')}${tail}`
}
