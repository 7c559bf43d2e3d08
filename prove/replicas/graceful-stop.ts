// One process on SQLite is asked to stop while people work with it and GitLab has gone silent: calls hang, and some will
// have their effect long after nobody waits for it any more. It ends in time, and the next start loses nothing.

import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { stringifyCookie } from 'cookie'
import { openStore } from '../../src/composition-root.ts'
import { readConfig } from '../../src/config.ts'
import { visitor } from '../../test/support/visitor.ts'
import type { Bug } from '../kill/desk.ts'
import type { Ledger } from '../kill/people.ts'
import { people } from '../kill/people.ts'
import { setFaults, startSandbox } from '../kill/processes.ts'
import { seeded } from '../random.ts'
import { sendHalf } from './half-sent.ts'
import { makeReplica, thisRelease, withShortWaits } from './replica.ts'
import type { Ends } from './stage.ts'
import { figuresOf, judgeAll, signInThrough } from './stage.ts'
import type { Seen } from './watching.ts'
import { tally, watched } from './watching.ts'

/** Milliseconds. */
const stopsWithin = 10_000
const silentFor = 2_500

/** As it is shipped, GitLab is given a minute for what was sent; with short waits four seconds (prove/kill/desk.ts). */
const waits = {
  shipped: { effectAfter: 20_000, settlesWithin: 150_000 },
  short: { effectAfter: 2_500, settlesWithin: 60_000 },
} as const

export const gracefulStop = async (options: {
  readonly folder: string
  readonly ends: Ends
  readonly fault: (what: string) => void
  readonly say: (line: string) => void
  readonly seed: number
  readonly play: keyof typeof waits
  /** To see the proof fail; with short waits only. */
  readonly bug?: Bug
}): Promise<string[]> => {
  const { folder, ends, fault, say, seed, play, bug = null } = options
  const { effectAfter, settlesWithin } = waits[play]
  const program = play === 'shipped' ? thisRelease : withShortWaits(bug)
  mkdirSync(`${folder}/gitlab`)
  const sandbox = await startSandbox(`${folder}/gitlab`)
  ends.push(sandbox.stop)
  const data = { BELAY_SECRET: randomBytes(32).toString('hex') }
  const replica = await makeReplica({
    name: 'desk',
    dataFolder: `${folder}/desk`,
    environment: {
      ...data,
      GITLAB_URL: sandbox.url,
      GITLAB_PROJECT: 'demo/helpdesk',
      GITLAB_TOKEN: sandbox.token,
      GITLAB_OAUTH_CLIENT_ID: 'belay',
      GITLAB_OAUTH_CLIENT_SECRET: sandbox.oauthSecret,
      POLL_SECONDS: '2',
    },
    report: (kind, what) => {
      if (kind === 'ended') fault(`[I18] a process ended by itself: ${what}`)
      else if (!/^\w+: \{"level":[1-4]0,/u.test(what)) fault(`a process said: ${what.slice(0, 600)}`)
      else if (!/"level":[12]0|"level":30.*"status":/u.test(what)) say(what.slice(0, 300))
    },
  })
  if (!(await replica.start(program))) throw new Error('[I18] the desk does not start')
  ends.push(() => replica.stop().catch(() => undefined))

  let places = 0
  const somebody = () => visitor(replica.url, { from: `127.0.0.${10 + (places++ % 240)}` })
  const seen: Seen[] = []
  const agents = await signInThrough({ somebody }, seen, fault)
  const [davi] = agents.davi.visitors
  if (!davi) throw new Error('Davi is not here')
  const ledger: Ledger = { stories: [], complaints: [], posts: 0 }
  const enough = new AbortController()
  const over = new AbortController()
  ends.push(() => over.abort())
  const work = people({
    urls: [replica.url],
    agents,
    random: seeded(seed),
    ledger,
    seed,
    stranger: () => ({ visitors: [watched(somebody(), seen)] }),
    enough: enough.signal,
    over: over.signal,
  })
  const atWork = [work(), work(), work()]
  const accepted = () => ledger.stories.filter(({ promised }) => promised === 'yes').length
  const began = performance.now()
  while (accepted() < 5 && performance.now() - began < 30_000) await wait(50)

  // Each call is taken, and done much later; nobody is told.
  await setFaults(sandbox, [{ kind: 'slow', ms: effectAfter, path: '^/api/v4/' }])
  await wait(silentFor)
  const token = `half${seed}x`
  const half = await sendHalf(replica.port, {
    path: '/open-issue',
    body: new URLSearchParams({
      title: `[Hardware] Screen ${token}`,
      description: 'It stays black.',
      category: 'Hardware',
      name: 'Ana',
      email: 'ana@school.example',
      key: token,
    }).toString(),
    headers: { cookie: stringifyCookie({}) },
  })
  const stopping = replica.stop()
  await wait(300)
  const answered = await half.finish()
  ledger.stories.push({
    token,
    promised: answered === 303 ? 'yes' : 'maybe',
    link: null,
    deeds: [],
    moves: [],
  })
  const stopped = await stopping
  const ending = `asked to stop it ended after ${(stopped.milliseconds / 1_000).toFixed(1)} s with ${stopped.signal ?? stopped.code}, a half-sent form was answered with ${answered}`
  say(ending)
  if (stopped.milliseconds > stopsWithin) fault(`${ending}: too late`)
  if (stopped.code !== 0) fault(`${ending}: not as it should`)
  if (answered !== 303) fault(`${ending}: what was let in must get its answer`)
  const acceptedBefore = accepted()

  await setFaults(sandbox, [])
  if (!(await replica.start(program))) throw new Error('[I18] the desk does not start again')
  await wait(2_000)
  enough.abort()
  await Promise.race([Promise.all(atWork), wait(20_000, undefined, { ref: false })])
  const store = await openStore(readConfig('desk', { ...data, BELAY_DATA: `${folder}/desk` }))
  ends.push(store.close)
  const settledAfter = await judgeAll(
    { sandbox, store, ledger, agent: davi, stranger: somebody(), settlesWithin },
    fault,
  )
  over.abort()
  await Promise.all(atWork)
  return [
    `${figuresOf(ledger)}, ${acceptedBefore} tickets of them before the stop; ${ledger.posts} forms, people saw: ${tally(seen)}`,
    ending,
    `settled ${(settledAfter / 1_000).toFixed(1)} s after all had finished`,
  ]
}
