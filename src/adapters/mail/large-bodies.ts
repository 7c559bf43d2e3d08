// Large attachments are cut out of a raw mail before it is parsed, and put back behind the parser: decoding one takes
// a parser several times its size in memory, and a mail of 25 MB is an ordinary one. What is cut is a long run of
// base64 lines, wherever it stands, so this knows nothing of parts; a short line takes its place.

import { randomBytes } from 'node:crypto'

export type Range = { readonly from: number; readonly to: number }

/** `bytes`: what it decodes to. */
type Run = Range & { readonly bytes: number }

/** Bytes as they are, or a range of the raw mail: as it stands, or decoded. */
export type Piece = Uint8Array | (Range & { readonly decoded: boolean; readonly bytes: number })

export type Cut = {
  readonly source: Uint8Array<ArrayBuffer>
  /** Content that may hold what stands for a cut, as the pieces it is made of. */
  readonly pieces: (content: Uint8Array) => readonly Piece[]
  /** A cut stands in this text: it has to be parsed whole. */
  readonly isIn: (text: string) => boolean
  readonly isWhole: boolean
}

const least = 256 * 1024

const isBase64 = new Uint8Array(256)
for (const sign of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
  isBase64[sign.charCodeAt(0)] = 1

/** Runs of lines of one length, a multiple of four signs, so that any run of whole lines decodes by itself. */
function runs(source: Buffer): Run[] {
  const found: Run[] = []
  let from = -1
  let length = 0
  let to = 0
  let bytes = 0
  const end = (): void => {
    if (from >= 0 && to - from >= least) found.push({ from, to, bytes })
    from = -1
    bytes = 0
  }
  let at = 0
  while (at < source.length) {
    const newline = source.indexOf(10, at)
    const next = newline < 0 ? source.length : newline + 1
    let stop = newline < 0 ? source.length : newline
    if (stop > at && source[stop - 1] === 13) stop--
    const size = stop - at
    let fits = size >= 40 && size <= 1000 && size % 4 === 0
    if (from >= 0 && size > 0 && size <= length && size % 4 === 0) fits = true
    // Padding ends what can be decoded together.
    const padding = !fits || source[stop - 1] !== 61 ? 0 : source[stop - 2] === 61 ? 2 : 1
    for (let sign = at; fits && sign < stop - padding; sign++) fits = isBase64[source[sign] ?? 0] === 1
    if (!fits || (from >= 0 && size > length)) end()
    if (fits) {
      if (from < 0) {
        from = at
        length = size
      }
      to = next
      bytes += (size / 4) * 3 - padding
      if (size < length || padding > 0) end()
    }
    at = next
  }
  end()
  return found
}

export function cutLarge(raw: Buffer): Cut {
  const found = raw.length < least ? [] : runs(raw)
  if (found.length === 0)
    return {
      // The parser wants a buffer of its own kind and copies any other.
      source: new Uint8Array(raw.buffer as ArrayBuffer, raw.byteOffset, raw.byteLength),
      pieces: (content) => [content],
      isIn: () => false,
      isWhole: true,
    }
  const nonce = randomBytes(12).toString('hex')
  const tokens = found.map((_, index) => `belay-cut:${nonce}:${String(index).padStart(6, '0')}.`)
  const written = tokens.map((token) => Buffer.from(token).toString('base64'))
  const parts: Buffer[] = []
  let at = 0
  for (const [index, { from, to }] of found.entries()) {
    parts.push(raw.subarray(at, from), Buffer.from(`${written[index]}\r\n`))
    at = to
  }
  parts.push(raw.subarray(at))
  const joined = Buffer.concat(parts)
  const source = new Uint8Array(joined.buffer as ArrayBuffer, joined.byteOffset, joined.byteLength)

  const pieces = (content: Uint8Array): readonly Piece[] => {
    const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    const made: Piece[] = []
    let done = 0
    for (const [index, range] of found.entries()) {
      for (const [decoded, sign] of [
        [true, tokens[index] ?? ''],
        [false, written[index] ?? ''],
      ] as const) {
        const place = buffer.indexOf(sign, done)
        if (place < 0) continue
        if (place > done) made.push(content.subarray(done, place))
        made.push({ ...range, decoded, bytes: decoded ? range.bytes : range.to - range.from })
        done = place + sign.length
        // The line's end belongs to the range.
        if (!decoded) while (done < buffer.length && (buffer[done] === 13 || buffer[done] === 10)) done++
        break
      }
    }
    if (done < content.length || made.length === 0) made.push(content.subarray(done))
    return made
  }
  return {
    source,
    pieces,
    isIn: (text) => text.includes(`belay-cut:${nonce}`) || written.some((sign) => text.includes(sign)),
    isWhole: false,
  }
}

/** In and out of small pieces, and into one buffer again and again: what is thrown away counts as memory too. */
const atOnce = 48 * 1024
const room = Buffer.alloc(atOnce)

/** A range of base64 lines, decoded. What is handed out is only good until the next is asked for. */
export function* decodedParts(raw: Buffer, range: Range): Generator<Buffer> {
  let at = range.from
  while (at < range.to) {
    let to = Math.min(range.to, at + atOnce)
    if (to < range.to) to = raw.lastIndexOf(10, to - 1) + 1
    yield room.subarray(0, room.write(raw.toString('latin1', at, to), 'base64'))
    at = to
  }
}
