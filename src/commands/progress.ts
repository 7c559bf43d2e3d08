// How far a long command is: a bar on a terminal, nothing elsewhere; always on standard error, so
// that output stays clean.

import { SingleBar } from 'cli-progress'

export type Progress = {
  readonly update: (done: number, total: number | null) => void
  readonly stop: () => void
}

export const progress = (what: string): Progress => {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined }
  const bar = new SingleBar({
    format: `${what} {bar} {value}/{total}`,
    stream: process.stderr,
    hideCursor: true,
    gracefulExit: false,
  })
  let started = false
  return {
    update: (done, total) => {
      const expected = Math.max(total ?? 0, done)
      if (!started) bar.start(expected, done)
      started = true
      bar.setTotal(expected)
      bar.update(done)
    },
    stop: () => {
      if (started) bar.stop()
    },
  }
}

/** One bar after the other, for a work of several stages. */
export const stages = (): {
  readonly stage: (name: string, total: number | null) => void
  readonly done: (more: number) => void
  readonly stop: () => void
} => {
  let bar: Progress | null = null
  let [done, total]: [number, number | null] = [0, null]
  const stop = () => {
    bar?.stop()
    bar = null
  }
  return {
    stage: (name, expected) => {
      stop()
      ;[done, total] = [0, expected]
      bar = progress(name)
      bar.update(0, total)
    },
    done: (more) => {
      done += more
      bar?.update(done, total)
    },
    stop,
  }
}
