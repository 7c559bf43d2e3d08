// Two processes of one desk behind NGINX, under load: killed, put to sleep, their PostgreSQL restarted twice. People act
// as people do: on an error page or a broken connection they look, and send the same form again. In the end everything
// that was accepted is in GitLab once, and both processes show the same.

import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../../src/application/ports.ts'
import { eventually } from '../../test/support/eventually.ts'
import type { Visitor } from '../../test/support/visitor.ts'
import { visitor } from '../../test/support/visitor.ts'
import type { Ledger } from '../kill/people.ts'
import { people } from '../kill/people.ts'
import { asked, setFaults } from '../kill/processes.ts'
import { seeded } from '../random.ts'
import type { Replica } from './replica.ts'
import { withShortWaits } from './replica.ts'
import type { Ends, Stage } from './stage.ts'
import { figuresOf, judgeAll, setStage, signInThrough } from './stage.ts'
import type { Fault, Heard, Seen } from './watching.ts'
import { isTrouble, listen, lookOn, tally, unusable, watched } from './watching.ts'

/** Milliseconds. */
const settlesWithin = 60_000
const betweenFaults = { brief: 2_500, whole: 4_000 }
/** The duty lasts for half a minute and is asked for every ten seconds: from then on the other one has it. */
const dutyMovesWithin = 45_000
const calmFor = { brief: 3_000, whole: 7_000 }
/**
 * GitLab moves the time of a change once a minute, so a comment soon after another change is seen by its webhook; where
 * that was lost (GitLab sends none for a minute to a desk that did not answer four times), when Belay looks once more.
 */
const seenWithin = 120_000
/** Whoever looks for a ticket that a planted bug has doubled does not find it. */
const finishWithin = { planted: 5_000, otherwise: settlesWithin }

export type KillUnderLoad = {
  readonly folder: string
  readonly ends: Ends
  readonly fault: (what: string) => void
  readonly say: (line: string) => void
  readonly seed: number
  /** `brief`: one kill and one restart; `whole` also puts one to sleep past its duty. */
  readonly play: 'brief' | 'whole'
  /** To see the proof fail: NGINX sends again what was posted, before a desk that forgets which forms it has seen. */
  readonly planted?: boolean
}

/** Who of the two is on duty, by what the workers say of themselves. */
const dutiesOf = (store: Store) => {
  const names = new Map<string, Replica>()
  const workers = () => store.presence.workers().catch(() => [])
  return {
    /** Whoever has come since the last time is this one. */
    introduce: async (replica: Replica): Promise<void> => {
      const id = await eventually(
        `${replica.name} says that it works`,
        async () => (await workers()).find((worker) => !names.has(worker.id))?.id,
        20_000,
      )
      names.set(id, replica)
    },
    /** Those who say so and were heard of lately. */
    onDuty: async (): Promise<readonly Replica[]> =>
      (await workers()).flatMap(({ id, onDuty, age }) => {
        const replica = names.get(id)
        return onDuty && age < 12_000 && replica ? [replica] : []
      }),
  }
}

/** Davi writes in GitLab itself: webhooks come of it. Answers what he wrote. */
const writeByHand = async (stage: Stage, over: AbortSignal): Promise<string[]> => {
  const { url, ownersToken } = stage.sandbox
  const written: string[] = []
  while (!over.aborted) {
    const token = `byhand${written.length}x`
    const answer = await fetch(`${url}/api/v4/projects/1/issues?scope=all&state=opened&per_page=20`, {
      headers: { 'private-token': ownersToken },
    })
    const issues = (await answer.json()) as { iid: number }[]
    const issue = issues[randomInt(Math.max(1, issues.length))]
    if (issue) {
      await asked(`${url}/api/v4/projects/1/issues/${issue.iid}/notes?private_token=${ownersToken}`, 'POST', {
        body: `Seen in GitLab: ${token}.`,
      })
      written.push(`${issue.iid} ${token}`)
    }
    await wait(700, undefined, { signal: over }).catch(() => undefined)
  }
  return written
}

/** Of what was written in GitLab, what does not stand on the ticket's page. */
const notSeen = async (somebody: Visitor, written: readonly string[]): Promise<string[]> => {
  const missing: string[] = []
  for (const line of written) {
    const [iid, token = ''] = line.split(' ')
    if (!(await somebody.get(`/issues/${iid}`)).text.includes(token)) missing.push(line)
  }
  return missing
}

/** What people read; without what is made anew for each page. */
const read = (text: string): string =>
  (/<main[\s\S]*<\/main>/u.exec(text)?.[0] ?? text)
    .replace(/<input[^>]*type="hidden"[^>]*>/gu, '')
    .replace(/<[^>]*>/gu, ' ')
    .replace(/\b\d+ (?:seconds?|minutes?)\b/gu, '')
    .replace(/\s+/gu, ' ')

const compareProcesses = async (
  stage: Stage,
  cookies: ReadonlyMap<string, string>,
  fault: (what: string) => void,
): Promise<number> => {
  const [first, second] = stage.replicas.map(({ url }) => {
    const davi = visitor(url)
    for (const [name, value] of cookies) davi.cookies.set(name, value)
    return davi
  })
  if (!first || !second) return 0
  const list = await first.get('/issues?view=all')
  const refs = [
    ...new Set([...list.text.matchAll(/href="(\/issues\/\d+)[?"]/gu)].map(([, path = '']) => path)),
  ]
  if (refs.length === 0) fault(`the list of all tickets is empty: ${list.status} ${list.location}`)
  const paths = ['/issues?view=all', '/issues?view=all&page=2', ...refs]
  for (const path of paths) {
    const [one, other] = await Promise.all([first.get(path), second.get(path)])
    if (one.status !== other.status || read(one.text) !== read(other.text))
      fault(`${path} is not the same on both: ${one.status} and ${other.status}`)
  }
  return paths.length
}

export const killUnderLoad = async (options: KillUnderLoad): Promise<string[]> => {
  const { folder, ends, fault, say, seed, play, planted = false } = options
  const stage = await setStage({
    folder,
    ends,
    repeatsPosts: planted,
    report: (kind, what) => {
      if (kind === 'ended') fault(`[I18] a process ended by itself: ${what}`)
      else if (!/^\w+: \{"level":[1-5]0,/u.test(what)) fault(`a process said: ${what.slice(0, 400)}`)
      else say(what.slice(0, 600))
    },
  })
  const program = withShortWaits()
  const [one, two] = stage.replicas
  const comeUp = async (replica: Replica) => {
    if (!(await replica.start(program))) throw new Error(`[I18] ${replica.name} does not start`)
  }
  const store = await stage.openStore()
  const duties = dutiesOf(store)
  for (const replica of stage.replicas) {
    await comeUp(replica)
    ends.push(replica.stop)
    await duties.introduce(replica)
  }

  const seen: Seen[] = []
  const looks: Seen[] = []
  const agents = await signInThrough(stage, seen, fault)
  const [davi] = agents.davi.visitors
  if (!davi) throw new Error('Davi is not here')
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
    keyless: planted,
    enough: enough.signal,
    over: over.signal,
  })
  // Whoever kills in the middle of something must find somebody in the middle of it.
  if (planted)
    await setFaults(stage.sandbox, [
      { kind: 'slow', ms: 700, method: 'POST', path: '^/api/v4/.*/(issues|notes)' },
    ])
  await fetch(`${stage.sandbox.url}/-/sandbox/calls`, { method: 'DELETE' })
  const began = performance.now()
  const heard: Heard = { changes: 0, connections: 0, status: null }
  const onlooker = stage.somebody()
  for (const [name, value] of davi.cookies) onlooker.cookies.set(name, value)
  const besides = [
    lookOn(watched(onlooker, looks, fault), '/issues', enough.signal),
    listen(stage.url, davi, stage.certificate.pem, heard, over.signal),
  ]
  const byHandEnough = new AbortController()
  ends.push(() => byHandEnough.abort())
  const byHand = planted ? Promise.resolve([]) : writeByHand(stage, byHandEnough.signal)
  const atWork = Array.from({ length: 4 }, () => work())
  const faults: Fault[] = []
  const strike = async (what: string, blow: () => Promise<unknown>) => {
    await wait(betweenFaults[play])
    faults.push({ what, at: performance.now() })
    await blow()
  }
  const other = (replica: Replica | undefined): Replica => (replica === one ? two : one)
  const kill = (replica: Replica) => async () => {
    await replica.kill()
    await comeUp(replica)
    await duties.introduce(replica)
  }

  if (play === 'brief') {
    // Not the one on duty: half a minute would pass until the other one has it.
    await strike('kill -9', kill(two))
    if (planted) {
      for (const next of [one, two]) await strike('kill -9', kill(next))
      await setFaults(stage.sandbox, [])
    } else await strike('PostgreSQL restarted', () => stage.postgres.restart('immediate'))
  } else {
    const [first = one] = await duties.onDuty()
    await strike('kill -9 of the one on duty', kill(first))
    await strike('PostgreSQL restarted (fast)', () => stage.postgres.restart('fast'))
    await strike('kill -9 of the other one', kill(other(first)))
    await strike('PostgreSQL restarted (immediate)', () => stage.postgres.restart('immediate'))
    await strike('kill -9 and once more', async () => {
      await kill(first)()
      await kill(first)()
    })
    const holder = await eventually(
      'one of the two is on duty',
      async () => {
        const [only, ...more] = await duties.onDuty()
        return more.length === 0 && only
      },
      dutyMovesWithin,
    )
    byHandEnough.abort()
    await strike('the one on duty stands still', async () => {
      holder.pause()
      const asleep = performance.now()
      await eventually(
        'the duty has moved to the one that lives',
        async () => (await duties.onDuty()).includes(other(holder)),
        dutyMovesWithin,
      ).finally(holder.resume)
      say(`the duty moved after ${((performance.now() - asleep) / 1_000).toFixed(1)} s`)
    })
    faults.push({ what: 'it goes on', at: performance.now() })
  }

  byHandEnough.abort()
  const written = await byHand
  // Whoever waited for the one that stood still gives up first.
  await wait(calmFor[play])
  const calm = performance.now()
  await wait(calmFor[play])
  enough.abort()
  await Promise.race([
    Promise.all(atWork),
    wait(finishWithin[planted ? 'planted' : 'otherwise'], undefined, { ref: false }),
  ])
  if (planted) over.abort()
  const calls = (await (await fetch(`${stage.sandbox.url}/-/sandbox/calls`)).json()) as Record<string, number>
  const lasted = (performance.now() - began) / 1_000
  for (const late of [...seen, ...looks].filter((look) => look.at > calm && isTrouble(look)))
    fault(
      `all was up again, and ${late.path.replace(/\/t\/.*/u, '/t/…')} answered ${late.inTheEnd ?? late.status}, ${((late.at - calm) / 1_000).toFixed(1)} s later`,
    )
  const wokenBy = heard.changes
  const settledAfter = await judgeAll(
    { sandbox: stage.sandbox, store, ledger, agent: davi, stranger: stage.somebody(), settlesWithin },
    fault,
  )
  let unseen = await notSeen(davi, written)
  const late = unseen.length
  for (const end = performance.now() + seenWithin; unseen.length > 0 && performance.now() < end; ) {
    await wait(1_000)
    unseen = await notSeen(davi, unseen)
  }
  for (const line of unseen) fault(`[I11] written in GitLab and not on its page: ${line}`)
  const compared = await compareProcesses(stage, davi.cookies, fault)
  over.abort()
  await Promise.all([...atWork, ...besides])
  if (heard.status === 200 && wokenBy === 0) fault('an open dashboard heard of no change at all')
  const readings = calls['GET /projects/:id/issues'] ?? 0
  return [
    `${figuresOf(ledger)}; ${ledger.posts} forms, people saw: ${tally(seen)}`,
    ...unusable(faults, looks),
    `in ${lasted.toFixed(0)} s GitLab's list was asked for ${readings} times, ${written.length} comments were written in GitLab by hand (${late} of them were seen a minute later), an open dashboard heard of ${wokenBy} changes over ${heard.connections} connections${heard.status === 200 ? '' : ` (${heard.status})`}`,
    `settled after ${(settledAfter / 1_000).toFixed(1)} s, ${compared} pages the same on both`,
  ]
}
