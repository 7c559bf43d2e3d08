// A rolling update: two processes of the previous release, with work that waits for GitLab, become two of this one, one
// after the other, behind NGINX and under light load. Both releases work beside each other for a while; nobody is signed
// out, nothing is lost, and whoever had begun to send a form gets an answer.

import { setTimeout as wait } from 'node:timers/promises'
import { stringifyCookie } from 'cookie'
import { floodLimits } from '../../src/domain/flood.ts'
import type { Visitor } from '../../test/support/visitor.ts'
import { visitor } from '../../test/support/visitor.ts'
import type { Ledger, TicketStory } from '../kill/people.ts'
import { people } from '../kill/people.ts'
import { setFaults } from '../kill/processes.ts'
import { seeded } from '../random.ts'
import { sendHalf } from './half-sent.ts'
import { unpackPreviousRelease } from './previous-release.ts'
import type { Program, Replica } from './replica.ts'
import { thisRelease } from './replica.ts'
import type { Ends, Stage } from './stage.ts'
import { figuresOf, judgeAll, setStage, signInThrough } from './stage.ts'
import type { Fault, Seen } from './watching.ts'
import { isTrouble, lookOn, tally, unusable, watched } from './watching.ts'

/** Milliseconds. What was sent and not heard of is looked up when its lease is over; that takes two minutes. */
const settlesWithin = 150_000
/** NGINX passes a process over for five seconds when it was not there; only then is the other one stopped. */
const besideEachOther = 7_000
const stopsWithin = 10_000
/** Broken connections and error pages that people may see and get over by trying again, of several hundred. */
const bearable = 6
/** So many more than the limit may pass two processes that tell each other what they let through. */
const floodTolerance = 10

export type RollingUpdate = {
  readonly folder: string
  readonly ends: Ends
  readonly fault: (what: string) => void
  readonly say: (line: string) => void
  readonly seed: number
  /** To see the proof fail: the processes are not asked to stop, they are killed. */
  readonly planted?: boolean
}

/** How often GitLab said no. */
const refused = async ({ sandbox }: Stage): Promise<number> => {
  const faults = (await (await fetch(`${sandbox.url}/-/sandbox/faults`)).json()) as { hits: number }[]
  return faults.reduce((sum, { hits }) => sum + hits, 0)
}

/**
 * Somebody asks to sign in again and again; each process gets half of it, and together they let through what one would.
 * They tell each other, which takes a moment: a few more may pass.
 */
const flood = async (stage: Stage, fault: (what: string) => void): Promise<string> => {
  const { limit } = floodLimits.gates['sign-in'].client ?? { limit: 0 }
  const somebody = stage.somebody()
  let passed = 0
  for (let count = 0; count < limit + 60; count++) {
    const { status } = await somebody.get('/sign-in/gitlab?returnTo=%2Fissues')
    if (status < 400) passed++
    else if (status !== 429) fault(`whoever asks to sign in very often is answered with ${status}`)
  }
  if (passed < limit || passed > limit + floodTolerance)
    fault(`${passed} of ${limit + 60} requests to sign in passed two processes; the limit is ${limit}`)
  return `${passed} of ${limit + 60} requests to sign in passed, the limit is ${limit} for both together`
}

export const rollingUpdate = async (options: RollingUpdate): Promise<string[]> => {
  const { folder, ends, fault, say, seed, planted = false } = options
  const previous = unpackPreviousRelease(`${folder}/previous`)
  /** Names of those that are still of the previous release. */
  const before = new Set<string>()
  const stage = await setStage({
    folder,
    ends,
    report: (kind, what) => {
      const ofBefore = before.has(/^\w+/u.exec(what)?.[0] ?? '')
      if (kind === 'ended') fault(`[I18] a process ended by itself: ${what}`)
      // What the release before said when it was stopped is mended in this one, or it is not.
      else if (!ofBefore && !/^\w+: \{"level":[1-4]0,/u.test(what))
        fault(`a process said: ${what.slice(0, 600)}`)
      else if (!/"level":[12]0|"level":30.*"status":/u.test(what)) say(what.slice(0, 300))
    },
  })
  const comeUp = async (replica: Replica, program: Program) => {
    const began = performance.now()
    if (program === previous) before.add(replica.name)
    else before.delete(replica.name)
    if (!(await replica.start(program))) throw new Error(`[I18] ${replica.name} does not start`)
    return performance.now() - began
  }
  const [one, two] = stage.replicas
  for (const replica of stage.replicas) {
    await comeUp(replica, previous)
    ends.push(() => replica.stop().catch(() => undefined))
  }

  const seen: Seen[] = []
  const looks: Seen[] = []
  const agents = await signInThrough(stage, seen, fault)
  const [bruno] = agents.bruno.visitors
  const [davi] = agents.davi.visitors
  if (!bruno || !davi) throw new Error('Bruno or Davi is not here')
  const ledger: Ledger = { stories: [], complaints: [], posts: 0 }
  const enough = new AbortController()
  const over = new AbortController()
  ends.push(() => over.abort())

  const work = people({
    urls: [stage.url],
    agents,
    random: seeded(seed),
    ledger,
    seed,
    stranger: () => ({ visitors: [watched(stage.somebody(), seen)] }),
    enough: enough.signal,
    over: over.signal,
  })
  const onlooker = stage.somebody()
  for (const [name, value] of davi.cookies) onlooker.cookies.set(name, value)
  const looking = lookOn(watched(onlooker, looks, fault), '/issues', enough.signal)
  const atWork = [work(), work()]
  const steps: Fault[] = []
  const figures: string[] = []
  const step = (what: string) => {
    steps.push({ what, at: performance.now() })
    say(what)
  }

  /** Bruno, past NGINX, at this process; the session is the same. */
  const brunoAt = ({ url }: Replica): Visitor => {
    const somebody = visitor(url)
    for (const [name, value] of bruno.cookies) somebody.cookies.set(name, value)
    return somebody
  }
  let tokens = 0
  const newToken = () => `side${seed}n${++tokens}x`
  const past = { 'sec-fetch-site': 'same-origin', 'x-forwarded-proto': 'https' }

  /** Opens a ticket at one process, and works on it at the other. */
  const workAcross = async (from: Replica, to: Replica): Promise<void> => {
    const story: TicketStory = { token: newToken(), promised: 'maybe', link: null, deeds: [], moves: [] }
    ledger.stories.push(story)
    const opened = await brunoAt(from).post(
      '/open-issue',
      {
        title: `[Hardware] Mouse ${story.token}`,
        description: 'It does not move.',
        category: 'Hardware',
        name: 'Ana',
        email: 'ana@school.example',
        key: newToken(),
      },
      past,
    )
    if (opened.status !== 303) return fault(`${from.name}: a ticket was not opened, but ${opened.status}`)
    story.promised = 'yes'
    const other = brunoAt(to)
    const list = await other.get(`/issues?view=all&q=${story.token}`, past)
    const ref = /href="\/issues\/([0-9a-f-]+)[?"]/u.exec(list.text)?.[1]
    if (ref === undefined)
      return fault(`${to.name} does not show what was opened at ${from.name}: ${list.status}`)
    const note = { kind: 'note', token: newToken(), promised: 'maybe' } as const
    const written = await other.post(`/issues/${ref}/notes`, { body: note.token, key: newToken() }, past)
    if (written.status !== 303) fault(`${to.name}: a note was answered with ${written.status}`)
    story.deeds.push({ ...note, promised: written.status === 303 ? 'yes' : 'maybe' })
    const reason = newToken()
    const moved = await other.post(`/issues/${ref}/escalate`, { reason, from: '1', key: newToken() }, past)
    if (moved.status !== 303) fault(`${to.name}: an escalation was answered with ${moved.status}`)
    story.moves.push({ tokens: [reason, newToken()], promised: moved.status === 303 ? 'yes' : 'maybe' })
  }

  /** Asks it to stop while a form is half sent to it. Whoever was let in gets an answer. */
  const stopMeanwhile = async (replica: Replica, strict: boolean): Promise<void> => {
    const story = ledger.stories.find(({ promised, deeds }) => promised === 'yes' && deeds.length === 0)
    const story2 = story ?? ledger.stories.find(({ promised }) => promised === 'yes')
    if (!story2) return fault('nobody has opened a ticket yet')
    const list = await davi.get(`/issues?view=all&q=${story2.token}`)
    const ref = /href="\/issues\/(\d+|[0-9a-f]{8}-[0-9a-f-]{27})[?"]/u.exec(list.text)?.[1] ?? ''
    const token = newToken()
    const half = await sendHalf(replica.port, {
      path: `/issues/${ref}/notes`,
      body: new URLSearchParams({ body: `Half a form: ${token}.`, key: newToken() }).toString(),
      headers: { cookie: stringifyCookie(Object.fromEntries(bruno.cookies)) },
    })
    const stopping = planted ? replica.kill().then(() => null) : replica.stop()
    await wait(300)
    const answered = await half.finish()
    story2.deeds.push({ kind: 'note', token, promised: answered === 303 ? 'yes' : 'maybe' })
    const stopped = await stopping
    const told = `${replica.name} ended ${stopped === null ? 'at once' : `after ${(stopped.milliseconds / 1_000).toFixed(1)} s with ${stopped.signal ?? stopped.code}`}, a half-sent form was answered with ${answered}`
    figures.push(told)
    say(told)
    if (stopped !== null && stopped.milliseconds > stopsWithin) fault(`${told}: too late`)
    if (strict && answered !== 303) fault(`${told}: what was let in must get its answer`)
    if (strict && stopped?.code !== 0) fault(`${told}: not as it should`)
  }
  const opened = async (count: number) => {
    while (ledger.stories.filter(({ promised }) => promised === 'yes').length < count && !over.signal.aborted)
      await wait(50)
  }

  await opened(3)
  if (!planted) {
    // From now on what is written waits for GitLab.
    await setFaults(stage.sandbox, [{ kind: 'limit', ms: 2_000, method: 'POST', path: '^/api/v4/.*/notes' }])
    await wait(2_000)
    step('the first one is asked to stop')
    await stopMeanwhile(one, false)
    step('and started as this release')
    const up = await comeUp(one, thisRelease)
    figures.push(`this release was up after ${(up / 1_000).toFixed(1)} s, on the data of the one before`)
    step('both releases beside each other')
    await workAcross(one, two)
    await workAcross(two, one)
    figures.push(`${await refused(stage)} calls were refused by GitLab until then`)
    await setFaults(stage.sandbox, [])
    await workAcross(one, two)
    await workAcross(two, one)
    await wait(besideEachOther)
    step('the other one is asked to stop')
    await stopMeanwhile(two, false)
    await comeUp(two, thisRelease)
    step('both are of this release')
    await workAcross(one, two)
    await workAcross(two, one)
    await wait(besideEachOther)
  }
  step('this release is asked to stop')
  await stopMeanwhile(one, true)
  await comeUp(one, thisRelease)
  await wait(2_000)
  enough.abort()
  await Promise.race([Promise.all(atWork), wait(30_000, undefined, { ref: false })])
  const trouble = [...seen, ...looks].filter(isTrouble)
  if (!planted && trouble.length > bearable)
    fault(`people saw more than ${bearable} error pages and broken connections: ${tally(trouble)}`)

  if (!planted) figures.push(await flood(stage, fault))

  const store = await stage.openStore()
  const settledAfter = await judgeAll(
    { sandbox: stage.sandbox, store, ledger, agent: davi, stranger: stage.somebody(), settlesWithin },
    fault,
  )
  over.abort()
  await Promise.all([...atWork, looking])
  return [
    `${figuresOf(ledger)}; ${ledger.posts} forms, people saw: ${tally(seen)}`,
    ...figures,
    ...unusable(steps, looks),
    `settled after ${(settledAfter / 1_000).toFixed(1)} s`,
  ]
}
