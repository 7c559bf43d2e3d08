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
