// A full sync into an empty index beside reading the same pages with no work, and how quick the
// sandbox itself is, without which none of it would say much.

import path from 'node:path'
import { type Reading, readOffsetPages, readPages } from './bare-reading.ts'
import { type Desk, type Sandbox, startDesk } from './processes.ts'
import { type Figure, fixed, whole } from './report.ts'
import { median, percentile } from './statistics.ts'

/** One pair in more than this (milliseconds): the others would not fit into the run. */
const tooLong = 75_000

const issueList = 'GET /projects/:id/issues'

/** The desk of the last round stays, for the pages. */
export const measureSync = async (
  sandbox: Sandbox,
  options: {
    readonly folder: string
    readonly rounds: number
    readonly readPauseMs: number
    readonly profileFolder: string | null
    readonly nodeFlags: readonly string[]
  },
  tell: (sentence: string) => void,
): Promise<{ readonly desk: Desk; readonly figures: readonly Figure[] }> => {
  const syncs: number[] = []
  const readings: Reading[] = []
  let listed = 0
  let desk: Desk | null = null
  for (let round = 0; round < options.rounds; round++) {
    if (desk !== null) await desk.stop()
    tell(
      `reading ${whole(sandbox.issues)} issues without work, then by Belay (${round + 1} of ${options.rounds})`,
    )
    const reading = await readPages(sandbox)
    await sandbox.forget()
    desk = await startDesk(sandbox, {
      dataFolder: path.join(options.folder, `desk-${round}`),
      readPauseMs: options.readPauseMs,
      profileFolder: options.profileFolder,
      nodeFlags: options.nodeFlags,
    })
    listed = listingCalls(await sandbox.calls())
    readings.push(reading)
    syncs.push(desk.listedMs)
    if (reading.ms + desk.listedMs > tooLong) break
  }
  if (desk === null) throw new Error('no round was asked for')

  const offsets = await readOffsetPages(sandbox)
  const ratio = median(syncs.map((ms, round) => ms / (readings[round]?.ms ?? Number.NaN)))
  const keyset = readings.flatMap(({ pages }) => pages)
  const least = Math.ceil(sandbox.issues / 100)
  const pageFigure = (name: string, times: readonly number[]): Figure => ({
    name,
    value: `${fixed(median(times), 1)} ms, p99 ${fixed(percentile(times, 99), 1)} ms`,
    against: '30 ms',
    ratio: null,
    limit: 'p99 under 30 ms',
    met: percentile(times, 99) < 30,
    detail: { longest: Math.max(...times), pages: times.length },
  })
  return {
    desk,
    figures: [
      {
        name: `full sync of ${whole(sandbox.issues)} issues against reading the pages (${syncs.length} rounds)`,
        value: `${fixed(median(syncs) / 1_000, 1)} s`,
        against: `${fixed(median(readings.map(({ ms }) => ms)) / 1_000, 1)} s`,
        ratio,
        limit: 'at most 2',
        met: ratio <= 2,
        detail: { syncs, readings: readings.map(({ ms, bytes }) => ({ ms, bytes })) },
      },
      {
        name: '  listing pages it asked for',
        value: whole(listed),
        against: whole(least),
        ratio: listed / least,
        limit: 'exactly 1',
        met: listed === least,
        detail: null,
      },
      pageFigure(`sandbox: keyset page of 100 out of ${whole(sandbox.issues)}`, keyset),
      pageFigure(`sandbox: offset page of 100 out of ${whole(sandbox.issues)}`, offsets),
    ],
  }
}

const listingCalls = (calls: Readonly<Record<string, number>>): number => calls[issueList] ?? 0
