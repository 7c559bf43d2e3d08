// Reads raw mails in a process of its own, one at a time: a mail that takes too long or too much memory costs that
// process and nothing else, and the next mail gets a new one. It is started at the first mail and ended when no mail
// came for a while, because it is as large as a small desk.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { MailParser, Reading } from '../../application/mail-ports.ts'
import type { ReadMail } from '../../domain/mail.ts'
import { notWhole } from './not-whole.ts'
import { plainSources, takesPlainSources } from './plain-sources.ts'

export { fingerprintOf } from './fingerprint.ts'

export type MailParserOptions = {
  /** Milliseconds one mail may take. */
  readonly deadlineMs?: number
  /** Bytes the process may occupy, all of it: the program itself takes about 60 MB. */
  readonly mostMemoryBytes?: number
  /** Bytes of the largest mail that is read at all. */
  readonly largest?: number
  /** Milliseconds without a mail after which the process is ended. */
  readonly idleMs?: number
  /** After so many mails the process is replaced. */
  readonly mailsPerProcess?: number
  /** Sets the timer of idleness, and answers how to take it back. */
  readonly later?: (work: () => void, milliseconds: number) => () => void
  /** Told why a process was ended before its time; without anything of the mail. */
  readonly log?: (message: string) => void
}

type Refused = Extract<Reading, { ok: false }>
type Answer = { readonly ok: true; readonly json: Json; readonly files: readonly Uint8Array[] }

const megabyte = 1024 * 1024
const watchEveryMs = 25
/** A start takes a fifth of a second; on a machine that is very busy, much longer. It is not the mail's fault. */
const startDeadlineMs = 60_000

const address = z.object({ name: z.string(), address: z.string() })
const mailJson = z.object({
  messageId: z.string().nullable(),
  refersTo: z.array(z.string()),
  from: address.nullable(),
  replyTo: address.nullable(),
  to: z.array(address),
  cc: z.array(address),
  deliveredTo: z.array(z.string()),
  subject: z.string(),
  sentAt: z.number().nullable(),
  language: z.enum(['en', 'de']).nullable(),
  text: z.string(),
  folded: z.array(z.object({ kind: z.enum(['quote', 'signature']), text: z.string() })),
  hasHtml: z.boolean(),
  files: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      contentId: z.string().nullable(),
      size: z.number().int().nonnegative(),
    }),
  ),
  automatic: z.enum(['auto-reply', 'list', 'loop', 'report', 'null-sender']).nullable(),
  bounce: z
    .object({
      failed: z.array(z.object({ address: z.string(), status: z.string(), detail: z.string() })),
      final: z.boolean(),
    })
    .nullable(),
})
const answerJson = z.union([
  z.object({ mail: mailJson }),
  z.object({ html: z.string().nullable() }),
  z.object({ problem: z.string() }),
])
type Json = z.infer<typeof answerJson>

const realTimer = (work: () => void, milliseconds: number): (() => void) => {
  const timer = setTimeout(work, milliseconds)
  timer.unref()
  return () => clearTimeout(timer)
}

/** Bytes it occupies now; null where the system does not tell (only Linux does so cheaply). */
function residentBytes(pid: number): number | null {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
    return Number.isFinite(pages) ? pages * 4096 : null
  } catch {
    // It has just ended, or there is no such file on this system: both mean that nothing can be said.
    return null
  }
}

type Running = {
  readonly ask: (kind: 'mail' | 'html', source: Uint8Array) => Promise<Answer | Refused>
  readonly end: () => Promise<void>
  readonly resident: () => number
  readonly isGone: () => boolean
  asked: number
}

/** What came in on the answer channel, taken out in the sizes it was sent in. */
function incoming(socket: Socket): {
  readonly take: (length: number) => Promise<Buffer>
  readonly fail: (problem: Refused) => void
} {
  const chunks: Buffer[] = []
  let have = 0
  let failed: Refused | null = null
  let waiting: { length: number; resolve: (bytes: Buffer) => void; reject: (why: Refused) => void } | null =
    null
  const serve = (): void => {
    if (waiting === null) return
    const { length, resolve, reject } = waiting
    if (have >= length) {
      waiting = null
      const whole = Buffer.alloc(length)
      let at = 0
      while (at < length) {
        const chunk = chunks[0] ?? Buffer.alloc(0)
        const used = chunk.copy(whole, at, 0, length - at)
        at += used
        if (used === chunk.length) chunks.shift()
        else chunks[0] = chunk.subarray(used)
      }
      have -= length
      resolve(whole)
    } else if (failed !== null) {
      waiting = null
      reject(failed)
    }
  }
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    have += chunk.length
    serve()
  })
  return {
    take: (length) =>
      new Promise((resolve, reject) => {
        waiting = { length, resolve, reject }
        serve()
      }),
    fail: (problem) => {
      failed ??= problem
      serve()
    },
  }
}

const refused = (reason: Refused['reason'], detail: string): Refused => ({ ok: false, reason, detail })

const isRefused = (problem: unknown): problem is Refused =>
  typeof problem === 'object' && problem !== null && 'ok' in problem && problem.ok === false

const program = new URL('./parser-process.ts', import.meta.url)

async function start(limits: {
  readonly deadlineMs: number
  readonly mostMemoryBytes: number
  readonly largest: number
  readonly log: (message: string) => void
}): Promise<Running> {
  // The program itself and a large mail lie outside of the heap, which would grow to any limit before it cleans up.
  const heap = Math.max(24, Math.floor(limits.mostMemoryBytes / megabyte / 3))
  const child: ChildProcess = spawn(
    process.execPath,
    [
      '--permission',
      '--allow-fs-read=*',
      '--disable-warning=ExperimentalWarning',
      `--max-old-space-size=${heap}`,
      '--max-semi-space-size=2',
      `--import=${takesPlainSources}`,
      fileURLToPath(program),
    ],
    { env: {}, stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'] },
  )
  const input = child.stdin as unknown as Socket
  const complaints = child.stderr as unknown as Socket
  const output = child.stdio[3] as Socket
  const sources = child.stdio[4] as Socket
  const handles = [child, input, complaints, output, sources]

  let why: Refused | null = null
  let complaint = ''
  const answers = incoming(output)
  complaints.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('latin1')}`.slice(-2000)
  })
  // It may be gone before it has taken everything: that it is gone says all.
  input.on('error', () => {})
  output.on('error', () => {})
  sources.on('error', () => {})
  sources.end(JSON.stringify(plainSources(program)))

  const gone = new Promise<void>((resolve) => {
    let ended = false
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (ended) return
      ended = true
      // V8 aborts when its heap is full, and the system kills who takes too much.
      const memory = signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGKILL' || code === 134
      answers.fail(
        why ??
          refused(
            memory ? 'too-much-memory' : 'unreadable',
            memory
              ? 'the process that read it ran out of memory'
              : `the process that read it ended (${signal ?? code})`,
          ),
      )
      resolve()
    }
    // Its last answer may still lie in the pipe when it ends.
    child.once('close', end)
    child.once('error', () => end(null, null))
  })
  let isGone = false
  void gone.then(() => {
    isGone = true
  })

  /** Nothing else keeps us waiting for it: at rest it holds nobody up. */
  const killed = async (): Promise<void> => {
    for (const handle of handles) handle.ref()
    child.kill('SIGKILL')
    await gone
  }
  const kill = (reason: Refused): void => {
    why ??= reason
    child.kill('SIGKILL')
  }
  const within = async <T>(deadlineMs: number, late: Refused, work: () => Promise<T>): Promise<T> => {
    const timer = setTimeout(() => kill(late), deadlineMs)
    const watch = setInterval(() => {
      const bytes = child.pid === undefined ? null : residentBytes(child.pid)
      if (bytes !== null && bytes > limits.mostMemoryBytes)
        kill(refused('too-much-memory', `more than ${Math.round(limits.mostMemoryBytes / megabyte)} MB`))
    }, watchEveryMs)
    for (const handle of handles) handle.ref()
    try {
      return await work()
    } finally {
      clearTimeout(timer)
      clearInterval(watch)
      for (const handle of handles) handle.unref()
    }
  }

  try {
    await within(startDeadlineMs, refused('too-slow', 'did not start'), () => answers.take(1))
  } catch (problem) {
    await killed()
    const says = isRefused(problem) ? problem.detail : String(problem)
    throw new Error(`The process that reads mails does not start: ${says}. ${complaint.slice(-500)}`)
  }

  const ask = async (kind: 'mail' | 'html', source: Uint8Array): Promise<Answer | Refused> => {
    const head = Buffer.alloc(5)
    head.write(kind === 'html' ? 'h' : 'm', 'latin1')
    head.writeUInt32LE(source.length, 1)
    const seconds = Math.round(limits.deadlineMs / 100) / 10
    try {
      return await within(limits.deadlineMs, refused('too-slow', `more than ${seconds} s`), async () => {
        input.write(head)
        input.write(source)
        const length = (await answers.take(4)).readUInt32LE()
        // It hands out at most what it was given, several times over where one letter takes several bytes.
        if (length > 64 * megabyte) throw refused('too-large', 'what it says is too long')
        const json = answerJson.parse(JSON.parse((await answers.take(length)).toString('utf8')))
        const files: Uint8Array[] = []
        let room = limits.largest * 2
        for (const { size } of 'mail' in json ? json.mail.files : []) {
          room -= size
          if (room < 0) throw refused('too-large', 'its files are too large together')
          files.push(await answers.take(size))
        }
        return { ok: true, json, files }
      })
    } catch (problem) {
      await killed()
      if (isRefused(problem)) {
        limits.log(`A mail was not read: ${problem.reason}, ${problem.detail}.`)
        return problem
      }
      // Something in that process speaks otherwise than we wrote it: whatever the mail did to it, it is not trusted.
      limits.log('A mail was not read: its process answered what nobody understands.')
      return refused('unreadable', 'its process answered what nobody understands')
    }
  }
  return {
    ask,
    asked: 0,
    resident: () => (child.pid === undefined ? 0 : (residentBytes(child.pid) ?? 0)),
    isGone: () => isGone,
    end: killed,
  }
}

export function createMailParser(options: MailParserOptions = {}): MailParser {
  const {
    deadlineMs = 3000,
    mostMemoryBytes = 128 * megabyte,
    largest = 35 * megabyte,
    idleMs = 60_000,
    mailsPerProcess = 500,
    later = realTimer,
    log = () => {},
  } = options

  let running: Running | null = null
  let forget: () => void = () => {}
  let isClosed = false
  /** One after the other: the tail of the queue. */
  let last: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }

  const endRunning = async (): Promise<void> => {
    const one = running
    running = null
    await one?.end()
  }

  const ask = (kind: 'mail' | 'html', source: Uint8Array): Promise<Answer | Refused> =>
    inTurn(async () => {
      if (isClosed) throw new Error('the mail parser is closed')
      if (source.length > largest)
        return refused(
          'too-large',
          `${Math.ceil(source.length / megabyte)} MB, at most ${Math.floor(largest / megabyte)} MB`,
        )
      forget()
      // What the mails before left behind would be counted against this one.
      if (running !== null && (running.isGone() || running.asked >= mailsPerProcess || isFull(running)))
        await endRunning()
      running ??= await start({ deadlineMs, mostMemoryBytes, largest, log })
      running.asked++
      const answer = await running.ask(kind, source)
      if (running.isGone()) running = null
      else if (!isClosed) forget = later(() => void inTurn(endRunning), idleMs)
      return answer
    })

  const isFull = (one: Running): boolean => one.resident() > mostMemoryBytes * 0.75

  return {
    read: async (source) => {
      const cut = notWhole(source)
      if (cut !== null) return refused(cut.reason, cut.detail)
      const answer = await ask('mail', source)
      if (!answer.ok) return answer
      const { json, files } = answer
      if ('problem' in json) return refused('unreadable', json.problem)
      if (!('mail' in json)) return refused('unreadable', 'its process answered another question')
      const mail: ReadMail = {
        ...json.mail,
        files: json.mail.files.map(({ name, type, contentId }, index) => ({
          name,
          type,
          contentId,
          bytes: files[index] ?? new Uint8Array(),
        })),
      }
      return { ok: true, mail }
    },
    html: async (source) => {
      const answer = await ask('html', source)
      return answer.ok && 'html' in answer.json ? answer.json.html : null
    },
    close: () => {
      isClosed = true
      forget()
      return inTurn(endRunning)
    },
  }
}
