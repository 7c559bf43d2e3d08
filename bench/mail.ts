// What mail costs: a thousand ordinary ones from the ledger to tickets, and the most that one hostile
// mail takes of time and memory before the next one is read.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { v7 } from 'uuid'
import { createMailParser, fingerprintOf } from '../src/adapters/mail/parser.ts'
import { createMailTokens } from '../src/adapters/mail/tokens.ts'
import { openSqliteStore } from '../src/adapters/store/store.ts'
import { intakeMail } from '../src/application/intake-mail.ts'
import type { MailParser } from '../src/application/mail-ports.ts'
import { realClock } from '../src/composition-root.ts'
import { readConfig } from '../src/config.ts'
import { type Figure, fixed, whole } from './report.ts'

const mostSeconds = 60
const mostOfOne = 3
const mostMemory = 128

/** Killing it and saying so comes on top of the three seconds in which it may read. */
const grace = 0.5

const paragraph = 'The screen in room 12 stays black since this morning, whatever I press. '

/** As people write: most of them plain, some as HTML with what they answer quoted, some with a picture. */
const ordinary = (number: number): Buffer => {
  const head = `From: Ana ${number} <ana${number}@school.example>\r\nTo: help@desk.example\r\nSubject: [Hardware] Screen ${number}\r\nMessage-ID: <bench-${number}@school.example>\r\nDate: Mon, 05 Oct 2026 10:00:00 +0200\r\nMIME-Version: 1.0\r\n`
  const text = `${paragraph.repeat(3)}\r\n\r\nBest regards,\r\nAna\r\n-- \r\nAna ${number}\r\nRoom 12\r\n`
  if (number % 10 < 6) return Buffer.from(`${head}Content-Type: text/plain; charset=utf-8\r\n\r\n${text}`)
  const html = `<html><body>${`<p>${paragraph}</p>`.repeat(6)}<blockquote>${`<p>${paragraph}</p>`.repeat(10)}</blockquote></body></html>`
  const alternative = `--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}\r\n`
  const file = `--a\r\nContent-Type: image/png; name=screen.png\r\nContent-Disposition: attachment; filename=screen.png\r\nContent-Transfer-Encoding: base64\r\n\r\n${`${'QUJD'.repeat(19)}\r\n`.repeat(1_000)}\r\n`
  const kind = number % 10 === 9 ? 'mixed' : 'alternative'
  return Buffer.from(
    `${head}Content-Type: multipart/${kind}; boundary=a\r\n\r\n${alternative}${kind === 'mixed' ? file : ''}--a--\r\n`,
  )
}

const head = 'From: Mallory <m@evil.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n'

const hostile: Readonly<Record<string, () => string>> = {
  'a million parts': () =>
    `${head}Content-Type: multipart/mixed; boundary=a\r\n\r\n${'--a\r\n\r\nx\r\n'.repeat(1_000_000)}--a--\r\n`,
  'parts a thousand deep': () => {
    let mail = head
    for (let level = 0; level < 1_000; level++)
      mail += `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`
    return `${mail}\r\nx\r\n`
  },
  '3 MB of headers': () => `${head}${`X-Pad: ${'p'.repeat(900)}\r\n`.repeat(3_300)}\r\nx\r\n`,
  'HTML 100,000 deep': () => `${head}Content-Type: text/html\r\n\r\n${'<div>'.repeat(100_000)}x`,
  '25 MB of files': () =>
    `${head}Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${`${'QUJD'.repeat(19)}\r\n`.repeat(440_000)}`,
}

/** Resident memory of our child processes in MiB, the largest; 0 where the system does not tell. */
const childMemory = (): number => {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ')
    return Math.max(
      0,
      ...children.filter(Boolean).map((child) => {
        const pages = Number(readFileSync(`/proc/${child}/statm`, 'utf8').split(' ')[1])
        const command = readFileSync(`/proc/${child}/cmdline`, 'utf8')
        return command.includes('--permission') ? (pages * 4_096) / 1_048_576 : 0
      }),
    )
  } catch {
    return 0
  }
}

const readHostile = async (parser: MailParser, tell: (sentence: string) => void): Promise<Figure[]> => {
  const figures: Figure[] = []
  for (const [name, make] of Object.entries(hostile)) {
    tell(`reading a mail with ${name}`)
    const source = Buffer.from(make())
    let memory = 0
    const watch = setInterval(() => {
      memory = Math.max(memory, childMemory())
    }, 5)
    const started = performance.now()
    const reading = await parser.read(source)
    const seconds = (performance.now() - started) / 1_000
    clearInterval(watch)
    // What is read within a moment was never looked at.
    memory = Math.max(memory, childMemory())
    const next = await parser.read(ordinary(1))
    figures.push({
      name: `hostile mail: ${name}`,
      value: `${fixed(seconds, 1)} s, ${whole(memory)} MiB, ${reading.ok ? 'read' : reading.reason}`,
      against: `${mostOfOne} s, ${mostMemory} MiB`,
      ratio: null,
      limit: 'and the next is read',
      // Growing past the limit is seen a moment later, and then it is ended.
      met: seconds <= mostOfOne + grace && memory <= mostMemory * 1.25 && next.ok,
      detail: { seconds, memory, bytes: source.length, reading: reading.ok ? 'read' : reading.reason },
    })
  }
  return figures
}

export const measureMail = async (
  folder: string,
  count: number,
  tell: (sentence: string) => void,
): Promise<Figure[]> => {
  const { desk: usual } = readConfig('desk', {})
  const desk = { ...usual, mail: { ...usual.mail, own: true } }
  const store = await openSqliteStore({ file: path.join(folder, 'mail.sqlite'), desk })
  const parser = createMailParser()
  try {
    tell(`taking in ${count} ordinary mails`)
    const started = performance.now()
    for (let number = 0; number < count; number++)
      await store.write((writer) =>
        writer.receiveMail({
          id: v7(),
          place: { mailbox: 'INBOX', uidValidity: '1', uid: String(number + 1) },
          receivedAt: realClock.now(),
          source: ordinary(number),
        }),
      )
    const kept = performance.now()
    const parts = {
      store,
      clock: realClock,
      newId: () => v7(),
      desk,
      nudge: () => undefined,
      parser,
      tokens: createMailTokens([new Uint8Array(32).fill(1)]),
      address: 'help@desk.example',
      fingerprintOf,
    }
    for (;;) {
      const waiting = await store.read((reader) => reader.mailsToRead(20))
      if (waiting.length === 0) break
      for (const mail of waiting) await intakeMail(parts, mail)
    }
    const seconds = (performance.now() - started) / 1_000
    const ends = await store.read((reader) => reader.mailCounts())
    return [
      {
        name: `${whole(count)} ordinary mails, kept and taken in (SQLite, to the commit)`,
        value: `${fixed(seconds, 1)} s`,
        against: `${fixed((mostSeconds * count) / 1_000, 1)} s`,
        ratio: null,
        limit: `under ${mostSeconds} s for 1,000`,
        met: seconds < (mostSeconds * count) / 1_000 && ends.opened === count,
        detail: { seconds, keeping: (kept - started) / 1_000, ends },
      },
      ...(await readHostile(parser, tell)),
    ]
  } finally {
    await parser.close()
    await store.close()
  }
}
