// Who uses the desk while it is being killed: strangers who open tickets, agents who answer and
// escalate, two at once. Whoever gets no answer sends the same form again, with the same key, as
// a browser's "try again" does. What was acknowledged stands in the ledger.

import { setTimeout as wait } from 'node:timers/promises'
import type { Answer, Fields, Visitor } from '../../test/support/visitor.ts'
import { signInAt, visitor } from '../../test/support/visitor.ts'
import type { Random } from '../random.ts'

export type Promised = 'yes' | 'maybe'

/** Something written, whose token GitLab must hold once. */
export type Deed = {
  readonly kind: 'reply' | 'note' | 'hand-back' | 'resolve'
  readonly token: string
  promised: Promised
}

/** A move to Level 2 that two agents asked for at once: one of their reasons must stand there. */
export type Move = { readonly tokens: readonly [string, string]; promised: Promised }

export type TicketStory = {
  readonly token: string
  promised: Promised
  /** Path of the requester's page. */
  link: string | null
  readonly deeds: Deed[]
  readonly moves: Move[]
}

export type Ledger = { readonly stories: TicketStory[]; readonly complaints: string[]; posts: number }

export type Person = { readonly visitors: readonly Visitor[] }
export type Agents = { readonly bruno: Person; readonly carla: Person; readonly davi: Person }

/** Nobody waits longer for a page (milliseconds). */
export const patience = 5_000

const inTime = async <T>(work: Promise<T>): Promise<T> => {
  const over = new AbortController()
  const late = wait(patience, undefined, { signal: over.signal }).then(() => {
    throw new Error('no answer in time')
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}

const sessionAt = (url: string, cookies: ReadonlyMap<string, string>): Visitor => {
  const somebody = visitor(url)
  for (const [name, value] of cookies) somebody.cookies.set(name, value)
  return somebody
}

/** Signs everybody in at the first desk; their session holds at all of them. */
export const signIn = async (urls: readonly string[]): Promise<Agents> => {
  const [first = '', ...others] = urls
  const person = async (username: string): Promise<Person> => {
    const somebody = visitor(first)
    await signInAt(somebody, username)
    return { visitors: [somebody, ...others.map((url) => sessionAt(url, somebody.cookies))] }
  }
  return { bruno: await person('bruno'), carla: await person('carla'), davi: await person('davi') }
}

type Sent = { readonly answer: Answer | null; readonly unanswered: number }

export const people = (world: {
  readonly urls: readonly string[]
  readonly agents: Agents
  readonly random: Random
  readonly ledger: Ledger
  readonly seed: number
  /** Somebody who opens a ticket; a visitor of each address by default. */
  readonly stranger?: () => Person
  /** To see the proof fail: a desk that forgets which forms it has seen. */
  readonly keyless?: boolean
  /** No new ticket is opened any more. */
  readonly enough: AbortSignal
  /** Everything ends now, finished or not. */
  readonly over: AbortSignal
}) => {
  const { random, ledger, agents } = world
  let tokens = 0
  // No word of another, no number, nothing that looks like a commit: found once means written once.
  const newToken = (): string => `q${world.seed.toString(36)}n${++tokens}x`
  const newKey = (): string => `prove-${world.seed}-${++tokens}`
  const rest = (most: number) => wait(random.between(20, most))

  const attempt = async (person: Person, work: (at: Visitor) => Promise<Answer>): Promise<Answer | null> => {
    try {
      return await inTime(work(random.pick(person.visitors)))
    } catch {
      return null
    }
  }

  /** Again and again until there is an answer that settles it. */
  const insist = async (
    person: Person,
    path: string,
    work: (at: Visitor) => Promise<Answer>,
  ): Promise<Sent> => {
    let unanswered = 0
    for (let tries = 0; tries < 300 && !world.over.aborted; tries++) {
      const answer = await attempt(person, work)
      if (answer === null) unanswered++
      else if (answer.status < 400) return { answer, unanswered }
      else if (answer.status < 500 && answer.status !== 409) {
        ledger.complaints.push(`${path} answered ${answer.status}`)
        return { answer: null, unanswered }
      }
      await rest(300)
    }
    return { answer: null, unanswered }
  }

  const post = async (person: Person, path: string, { key = '', ...written }: Fields): Promise<Sent> => {
    ledger.posts++
    const fields: Fields = world.keyless ? written : { ...written, ...(key === '' ? {} : { key }) }
    const twice = random.chance(0.2)
    const send = () => insist(person, path, (at) => at.post(path, fields))
    // A double click.
    const [sent, again] = await Promise.all([send(), twice ? send() : null])
    // People read what came of it.
    await rest(250)
    const refusedAt = sent.answer?.location.startsWith('/sign-in') === true
    if (refusedAt) ledger.complaints.push(`${path} asked to sign in again`)
    return {
      answer: refusedAt ? null : sent.answer,
      unanswered: sent.unanswered + (again?.unanswered ?? 0),
    }
  }

  const write = async (
    story: TicketStory,
    person: Person,
    path: string,
    kind: Deed['kind'],
    field: string,
    more: Fields = {},
  ): Promise<Sent> => {
    const deed: Deed = { kind, token: newToken(), promised: 'maybe' }
    story.deeds.push(deed)
    const sent = await post(person, path, { [field]: `This is ${deed.token}.`, key: newKey(), ...more })
    if (sent.answer) deed.promised = 'yes'
    return sent
  }

  /** Both press at the same moment; whoever is slower is told that it is done. Answers whether all was quiet. */
  const escalate = async (story: TicketStory, ref: string): Promise<boolean> => {
    const move: Move = { tokens: [newToken(), newToken()], promised: 'maybe' }
    story.moves.push(move)
    const [first, second] = await Promise.all(
      ([agents.bruno, agents.carla] as const).map((person, index) =>
        post(person, `/issues/${ref}/escalate`, {
          reason: `Because of ${move.tokens[index]}.`,
          from: '1',
          key: newKey(),
        }),
      ),
    )
    if (first?.answer && second?.answer) move.promised = 'yes'
    return first?.unanswered === 0 && second?.unanswered === 0
  }

  const refOf = async (token: string): Promise<string | null> => {
    for (let tries = 0; tries < 100 && !world.over.aborted; tries++) {
      const path = `/issues?view=all&q=${token}`
      const { answer } = await insist(random.pick([agents.bruno, agents.carla]), path, (at) => at.get(path))
      const ref = /href="\/issues\/(\d+|[0-9a-f]{8}-[0-9a-f-]{27})[?"]/u.exec(answer?.text ?? '')?.[1]
      if (ref !== undefined) return ref
      await rest(300)
    }
    return null
  }

  const tell = async (): Promise<void> => {
    const story: TicketStory = { token: newToken(), promised: 'maybe', link: null, deeds: [], moves: [] }
    ledger.stories.push(story)
    const stranger: Person = world.stranger?.() ?? { visitors: world.urls.map((url) => visitor(url)) }
    const opened = await post(stranger, '/open-issue', {
      title: `[Hardware] Screen ${story.token}`,
      description: 'It stays black since this morning.',
      category: 'Hardware',
      name: 'Ana',
      email: 'ana@school.example',
      key: newKey(),
    })
    if (!opened.answer) return
    // So many from one place look like a flood to the desk's own limits: kept for a lead, and so told; no ticket yet.
    if (opened.answer.location.startsWith('/open-issue/')) return
    story.promised = 'yes'
    story.link = opened.answer.location
    const ref = await refOf(story.token)
    if (ref === null) {
      if (!world.over.aborted) ledger.complaints.push(`${story.token} was accepted and is not on the desk`)
      return
    }
    const at = (action: string) => `/issues/${ref}/${action}`
    const { bruno, carla } = agents
    if (random.chance(0.3)) await post(bruno, at('assignee'), { assignee: 'bruno' })
    if (random.chance(0.5)) await write(story, bruno, at('replies'), 'reply', 'body')
    if (random.chance(0.5)) await write(story, carla, at('notes'), 'note', 'body')
    if (random.chance(0.7)) {
      const quiet = await escalate(story, ref)
      // A press that got no answer can still be on its way; down here it would count as a new one.
      if (quiet && random.chance(0.5)) {
        const back = await write(story, carla, at('hand-back'), 'hand-back', 'reason', { from: '2' })
        if (back.answer) await escalate(story, ref)
      }
    }
    if (random.chance(0.5)) await write(story, carla, at('replies'), 'reply', 'body')
    if (random.chance(0.6)) await write(story, carla, at('resolve'), 'resolve', 'answer')
  }

  /** One after the other, until it is enough. */
  return async (): Promise<void> => {
    while (!world.enough.aborted && !world.over.aborted) {
      await tell()
      await rest(400)
    }
  }
}
