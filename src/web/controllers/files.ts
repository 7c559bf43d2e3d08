// A ticket's files, after Belay's own check. Pictures that every browser draws safely are shown,
// by what they are and not by what they are called; everything else is only ever saved.

import { downloadFile } from '../../application/download-file.ts'
import { onTicket } from '../ticket-actions.ts'
import type { AgentVisit, Answer } from '../visit.ts'
import { missing } from '../visit.ts'

/** How their bytes begin, in hexadecimal. */
const pictures: readonly { readonly type: string; readonly begins: RegExp }[] = [
  { type: 'image/png', begins: /^89504e470d0a1a0a/u },
  { type: 'image/jpeg', begins: /^ffd8ff/u },
  { type: 'image/gif', begins: /^47494638(37|39)61/u },
  { type: 'image/webp', begins: /^52494646.{8}57454250/u },
]

const pictureType = (bytes: Uint8Array): string | null => {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('hex')
  return pictures.find(({ begins }) => begins.test(start))?.type ?? null
}

/** RFC 6266: a plain name for old readers, the real one in UTF-8. */
export const dispositionOf = (kind: 'inline' | 'attachment', name: string): string => {
  const plain = name.normalize('NFKD').replace(/[^\w. -]/gu, '_')
  const real = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename="${plain}"; filename*=UTF-8''${real}`
}

// The browser's own page around a picture has a style of its own, and complains where it may not.
const aloneWithPicture = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
const alone = "default-src 'none'; sandbox"

export const download = (visit: AgentVisit): Promise<Answer> =>
  onTicket(visit, async (ref) => {
    const n = /^[1-9][0-9]{0,2}$/u.test(visit.param('n')) ? Number(visit.param('n')) : null
    const found = n === null ? null : await downloadFile(visit.door.parts, { ref, n })
    if (!found) return missing
    const picture = pictureType(found.bytes)
    return {
      kind: 'data',
      status: 200,
      type: picture ?? 'application/octet-stream',
      body: found.bytes,
      headers: {
        'content-disposition': dispositionOf(picture ? 'inline' : 'attachment', found.file.name),
        'content-security-policy': picture ? aloneWithPicture : alone,
        // In a sandbox there is no origin to keep together, and Chromium warns where one is asked for.
        'origin-agent-cluster': '?0',
      },
    }
  })
