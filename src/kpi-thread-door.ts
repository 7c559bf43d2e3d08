// The figures in a thread of their own, beside the desk's: started when somebody asks for one, ended when nobody
// has for some minutes. Where the data cannot be shared (in memory), or in a command, they are made in place.

import { Worker } from 'node:worker_threads'
import type { Kpis } from './application/kpi-ports.ts'
import type { KpiParts } from './application/report-kpis.ts'
import { createKpis } from './application/report-kpis.ts'
import type { Behind, Report } from './domain/kpi/report.ts'
import type { KpiThreadData, ThreadAnswer, ThreadAsk, ThreadQuestion } from './kpi-thread-messages.ts'

export type OpenKpis =
  | ({ readonly open: 'here' } & KpiParts)
  | ({
      readonly open: 'thread'
      /** Milliseconds without a question after which the thread is ended. */
      readonly idleMs?: number
      /** Sets the timer of idleness, and answers how to take it back. */
      readonly later?: (work: () => void, milliseconds: number) => () => void
      /** Other than the thread's own: for tests that let one fail. */
      readonly program?: URL
    } & KpiThreadData)

const fiveMinutes = 5 * 60_000

/** Of the thread's own memory (megabytes); rows lie outside of it. */
const mostMemory = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 }

const realTimer = (work: () => void, milliseconds: number): (() => void) => {
  const timer = setTimeout(work, milliseconds)
  timer.unref()
  return () => clearTimeout(timer)
}

type Waiting = { resolve(value: unknown): void; reject(error: Error): void }

type Running = {
  ask(question: ThreadAsk): Promise<unknown>
  readonly waits: () => number
  end(): Promise<unknown>
}

/** `over` is told when it has ended, whyever. */
const startThread = (program: URL, workerData: KpiThreadData, over: () => void): Running => {
  const worker = new Worker(program, { workerData, resourceLimits: mostMemory, name: 'kpi' })
  const waiting = new Map<number, Waiting>()
  let number = 0
  // An idle thread keeps no process alive; one that is asked does, until it has answered.
  worker.unref()
  const fail = (why: string): void => {
    over()
    for (const { reject } of waiting.values()) reject(new Error(why))
    waiting.clear()
  }
  worker.on('message', (answer: ThreadAnswer) => {
    const one = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (waiting.size === 0) worker.unref()
    if ('failed' in answer) one?.reject(new Error(`the thread of the figures: ${answer.failed}`))
    else one?.resolve(answer.value)
  })
  worker.on('error', (error) => fail(`the thread of the figures broke down: ${String(error)}`))
  worker.on('exit', (code) => fail(`the thread of the figures ended with ${code}`))
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        number += 1
        waiting.set(number, { resolve, reject })
        worker.ref()
        const message: ThreadQuestion = { ...question, id: number }
        worker.postMessage(message)
      }),
    waits: () => waiting.size,
    end: () => worker.terminate(),
  }
}

const inThread = (options: Extract<OpenKpis, { open: 'thread' }>): Kpis => {
  const { data, desk, idleMs = fiveMinutes, later = realTimer } = options
  const program = options.program ?? new URL('./kpi-thread.ts', import.meta.url)
  let running: Running | null = null
  let ending: Promise<unknown> = Promise.resolve()
  let forget: () => void = () => undefined
  let closed = false

  const end = (): void => {
    forget()
    const thread = running
    running = null
    if (thread) ending = thread.end()
  }

  const ask = async (question: ThreadAsk): Promise<unknown> => {
    if (closed) throw new Error('no more reports are made: the desk is being stopped')
    forget()
    running ??= ((): Running => {
      const started: Running = startThread(program, { data, desk }, () => {
        // It may have been replaced already.
        if (running === started) running = null
      })
      return started
    })()
    const thread = running
    try {
      return await thread.ask(question)
    } finally {
      if (running === thread && thread.waits() === 0) {
        forget()
        forget = later(end, idleMs)
      }
    }
  }

  return {
    report: async (query) => (await ask({ ask: 'report', query })) as Report,
    behind: async (query) => (await ask({ ask: 'behind', query })) as Behind,
    draw: async (query) => (await ask({ ask: 'draw', query })) as string,
    close: async () => {
      closed = true
      end()
      await ending
    },
  }
}

export const openKpis = (options: OpenKpis): Kpis =>
  options.open === 'here' ? createKpis(options) : inThread(options)
