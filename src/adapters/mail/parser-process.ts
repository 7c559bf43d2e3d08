// The process that reads raw mails. It has no environment, no secrets, nothing to write to but its parent; it may be
// killed at any moment and loses nothing. It takes one mail after the other by its standard input and answers on the
// fourth descriptor; when its parent is gone, the input ends and so does it.
//
// A question: one sign, the length (32 bits, little-endian), the mail. An answer: the length of a JSON text, the text,
// and the bytes of all files in the order and sizes that it names.

import { readSync, writeSync } from 'node:fs'
import vm from 'node:vm'
import { joinBlobs } from './joined-blob.ts'
import { decodedParts } from './large-bodies.ts'
import { type PiecedFile, type PiecedMail, parseMail, readHtml, understandMail } from './read-mail.ts'

const input = 0
const output = 3

/** Reads exactly so many bytes into a buffer of that size: nothing is joined, so nothing is there twice. */
function take(length: number): Buffer | null {
  const bytes = Buffer.from(new ArrayBuffer(length))
  let at = 0
  while (at < length) {
    const got = readSync(input, bytes, at, length - at, null)
    if (got === 0) return null
    at += got
  }
  return bytes
}

function give(bytes: Uint8Array): void {
  let at = 0
  while (at < bytes.length) at += writeSync(output, bytes, at)
}

function answer(said: unknown): void {
  const json = Buffer.from(JSON.stringify(said))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  give(length)
  give(json)
}

const sizeOf = (file: PiecedFile): number =>
  file.pieces.reduce((sum, piece) => sum + (piece instanceof Uint8Array ? piece.length : piece.bytes), 0)

function answerMail(raw: Buffer, mail: PiecedMail): void {
  answer({
    mail: {
      ...mail,
      files: mail.files.map((file) => ({
        name: file.name,
        type: file.type,
        contentId: file.contentId,
        size: sizeOf(file),
      })),
    },
  })
  for (const file of mail.files)
    for (const piece of file.pieces) {
      if (piece instanceof Uint8Array) give(piece)
      else if (piece.decoded) for (const part of decodedParts(raw, piece)) give(part)
      else give(raw.subarray(piece.from, piece.to))
    }
}

/**
 * The parent kills us when a mail takes too long, but a parent can be killed itself, and a pattern that backtracks for
 * ever never looks at its input again. So this process ends such work by itself too, later than any parent would.
 */
const watch = new vm.Script('globalThis.belayReads()')

function watched<T>(work: () => T): T {
  Object.assign(globalThis, { belayReads: work })
  return watch.runInThisContext({ timeout: ownDeadlineMs }) as T
}

const ownDeadlineMs = 60_000

joinBlobs()
give(Buffer.from('+'))
for (;;) {
  const head = take(5)
  if (head === null) break
  const raw = take(head.readUInt32LE(1))
  if (raw === null) break
  try {
    if (head[0] === 0x68) answer({ html: await readHtml(raw) })
    else {
      const parsed = await parseMail(raw)
      answerMail(
        raw,
        watched(() => understandMail(parsed)),
      )
    }
  } catch (problem) {
    answer({
      problem: problem instanceof Error ? problem.message.slice(0, 500) : 'no error but something else',
    })
  }
}
