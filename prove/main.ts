// `npm run prove`: plays seeds, dies at every point, plants bugs, lets GitLab be away for six
// hours, kills real processes, and writes what came of it to docs/proofs.md.
//   --seed N [--bug "name"]   one story, told line by line
//   --seeds N [--from N]      seeds only
//   --only seeds,crashes,bugs,outage,kills,deployment,replicas   parts of the whole; nothing is written then

import { parseArgs } from 'node:util'
import { bugs } from './bugs.ts'
import { crashEverywhere } from './crash-points.ts'
import { proveDeployment } from './deployment/deployment.ts'
import { killProof } from './kill.ts'
import { outage } from './outage.ts'
import { play } from './play.ts'
import { replicasAreMissing, replicasProof } from './replicas.ts'
import type { Result } from './report.ts'
import { writeReport } from './report.ts'
import { run } from './run.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    bug: { type: 'string' },
    only: { type: 'string' },
    kills: { type: 'string' },
    tickets: { type: 'string' },
    /** Write docs/proofs.md of parts too; the whole always does. */
    write: { type: 'boolean' },
  },
})

const say = (line: string) => process.stdout.write(`${line}\n`)
const seconds = (from: number): string => `${((performance.now() - from) / 1_000).toFixed(1)} s`

const playSeeds = async (from: number, count: number, bug?: string): Promise<Result> => {
  const started = performance.now()
  const { played, wrong } = await run({
    from,
    count,
    ...(bug ? { bug } : {}),
    onWrong: ({ seed, faults }) =>
      say(`seed ${seed}: npm run prove -- --seed ${seed}\n  ${faults.join('\n  ')}`),
  })
  return {
    what: `${played} seeded schedules, two workers, virtual time`,
    command: `npm run prove -- --seeds ${count}${from === 1 ? '' : ` --from ${from}`}`,
    found: wrong.length === 0 ? 'nothing lost, nothing twice' : `${wrong.length} seeds went wrong`,
    took: seconds(started),
    ok: wrong.length === 0,
  }
}

const dieEverywhere = async (): Promise<Result> => {
  const started = performance.now()
  const { runs, faults } = await crashEverywhere({ again: 0 })
  for (const fault of faults) say(fault)
  return {
    what: `Every point at which a process can die, for every action: ${runs} runs`,
    command: 'npm run prove -- --only crashes',
    found: faults.length === 0 ? 'each finished without a hand' : `${faults.length} went wrong`,
    took: seconds(started),
    ok: faults.length === 0,
  }
}

const plantBugs = async (count: number): Promise<Result[]> => {
  const results: Result[] = []
  for (const { name } of bugs) {
    const started = performance.now()
    const { played, wrong } = await run({ from: 1, count, bug: name, untilWrong: true })
    const [first] = wrong
    results.push({
      what: `Planted: ${name}`,
      command: `npm run prove -- --seed ${first?.seed ?? 1} --bug "${name}"`,
      found: first ? `found within ${played} seeds: ${first.faults[0]}` : `NOT FOUND in ${played} seeds`,
      took: seconds(started),
      ok: first !== undefined,
    })
    say(`${results.at(-1)?.what}: ${results.at(-1)?.found}`)
  }
  return results
}

const beAway = async (tickets: number): Promise<Result> => {
  const started = performance.now()
  const report = await outage({ tickets, hours: 6 })
  for (const fault of report.faults) say(fault)
  return {
    what: `GitLab down for six hours, ${report.tickets} tickets and ${report.replies} replies queued, then drained`,
    command: 'npm run prove -- --only outage',
    found: `${report.faults.length === 0 ? 'all arrived once and in order' : `${report.faults.length} faults`}; ${report.callsWhileDown} calls during the outage, drained in ${report.drainedInMinutes} min, at most ${report.mostNotesInAMinute} notes a minute`,
    took: seconds(started),
    ok: report.faults.length === 0,
  }
}

const kill = async (store: 'sqlite' | 'postgres', kills: number): Promise<Result> => {
  const started = performance.now()
  const report = await killProof({ kills, seed: 1, store })
  for (const fault of report.faults) say(fault)
  const where = store === 'sqlite' ? 'SQLite' : 'PostgreSQL, two replicas'
  return {
    what: `Real processes on ${where}, ${report.kills} times kill -9, ${report.pauses} times stopped past the lease, through a fault proxy`,
    command: `node prove/kill.ts --kills ${kills} --store ${store}`,
    found: `${report.faults.length === 0 ? 'nothing lost, nothing twice' : `${report.faults.length} faults`}: ${report.acknowledged} tickets, ${report.texts} texts, ${report.escalations} escalations acknowledged`,
    took: seconds(started),
    ok: report.faults.length === 0,
  }
}

/** What this machine lacks the programs for is said and left out; .ci/run takes that for a failure. */
const install = async (): Promise<Result[]> =>
  (await proveDeployment(say)).flatMap(({ what, ok, found, took }) => {
    if (ok !== null)
      return [
        {
          what,
          command: 'npm run prove -- --only deployment',
          found,
          took: `${(took / 1_000).toFixed(1)} s`,
          ok,
        },
      ]
    say(`     ${what}: ${found}`)
    return []
  })

const tell = (result: Result): Result => {
  say(`${result.ok ? 'ok  ' : 'FAIL'} ${result.what}: ${result.found} (${result.took})`)
  if (!result.ok) process.exitCode = 1
  return result
}

const count = Number(values.seeds ?? 10_000)

if (values.seed !== undefined) {
  const planted = bugs.find(({ name }) => name === values.bug)
  const played = await play(Number(values.seed), planted ? { bug: planted } : {})
  say(`${played.trace.join('\n')}\n\n${played.faults.join('\n') || 'nothing wrong'}`)
  process.exitCode = played.faults.length > 0 ? 1 : 0
} else if (values.seeds !== undefined && values.only === undefined) {
  tell(await playSeeds(Number(values.from ?? 1), count, values.bug))
} else {
  const parts = new Set((values.only ?? 'seeds,crashes,bugs,outage,kills,deployment,replicas').split(','))
  const kills = Number(values.kills ?? 200)
  const results: Result[] = []
  if (parts.has('seeds')) results.push(tell(await playSeeds(1, count)))
  if (parts.has('crashes')) results.push(tell(await dieEverywhere()))
  if (parts.has('bugs')) results.push(...(await plantBugs(count)).map(tell))
  if (parts.has('outage')) results.push(tell(await beAway(Number(values.tickets ?? 5_000))))
  if (parts.has('kills')) {
    results.push(tell(await kill('sqlite', kills)))
    results.push(tell(await kill('postgres', Math.ceil(kills / 4))))
  }
  if (parts.has('deployment')) results.push(...(await install()).map(tell))
  if (parts.has('replicas')) {
    const missing = replicasAreMissing()
    if (missing === null) results.push(...(await replicasProof(say)).map(tell))
    else say(`     skipped: two replicas behind NGINX: ${missing}`)
  }
  if (values.only === undefined || values.write) writeReport(results)
}
