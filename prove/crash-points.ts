// Every single point at which a process can die while an action goes its way, one after the
// other, and again while the next process recovers. Nothing is drawn here: points are counted in
// a first run without a death, then each is tried.

import { askForTicketBranch } from '../src/application/ask-for-ticket-branch.ts'
import { assignTicket } from '../src/application/assign-ticket.ts'
import { categoriseTicket } from '../src/application/categorise-ticket.ts'
import type { Done } from '../src/application/decide.ts'
import { escalateTicket } from '../src/application/escalate-ticket.ts'
import { handBackTicket } from '../src/application/hand-back-ticket.ts'
import { noteOnTicket } from '../src/application/note-on-ticket.ts'
import { openTicket } from '../src/application/open-ticket.ts'
import type { Parts } from '../src/application/ports.ts'
import { reopenTicket } from '../src/application/reopen-ticket.ts'
import { replyToTicket } from '../src/application/reply-to-ticket.ts'
import { resolveTicket } from '../src/application/resolve-ticket.ts'
import { setTicketWaiting } from '../src/application/set-ticket-waiting.ts'
import type { Refusal } from '../src/domain/refusal.ts'
import type { Bug } from './bugs.ts'
import type { Deed } from './ledger.ts'
import type { Delivery } from './mail-model.ts'
import { writersTo } from './mail-play.ts'
import type { World } from './world.ts'
import { agent, createWorld, minute, start } from './world.ts'

type Act = (parts: Parts, deed: Deed, id: string, world: World) => Promise<Done | Refusal>

type Pressed = {
  readonly name: string
  readonly kind: Deed['kind']
  /** What must have happened to the ticket before. */
  readonly before?: readonly Act[]
  readonly act: Act
  /** The desk has a mail server, and tells people of it. */
  readonly mail?: true
}

/** Nobody presses a button: a mail comes in, perhaps about a ticket of which we mailed before. */
type Posted = {
  readonly name: string
  readonly before?: readonly Act[]
  readonly post: (
    writers: ReturnType<typeof writersTo>,
    about: { readonly ours: Delivery; readonly ticket: string; readonly iid: number },
    world: World,
  ) => void
}

type Action = Pressed | Posted

const open = (parts: Parts, deed: Deed, files: boolean): Promise<Done | Refusal> => {
  const file = { id: `file-${deed.token}`, name: 'screen.png', type: 'image/png', bytes: 3 }
  return openTicket(parts, {
    by: { kind: 'requester', name: 'Ana' },
    opening: {
      title: `[Hardware] ${deed.token}`,
      text: 'Please help.',
      category: '',
      requester: { name: 'Ana', email: 'ana@school.example', username: null },
      files: files ? [file] : [],
    },
    files: files ? [{ file, bytes: new Uint8Array([1, 2, 3]) }] : [],
    key: `key-${deed.token}`,
  })
}

const key = (deed: Deed) => `key-${deed.token}`
const escalated: Act = (parts, deed, id, { gitlab }) =>
  escalateTicket(parts, {
    ref: { id },
    by: agent(gitlab.users.bruno),
    reason: deed.token,
    from: 1,
    key: key(deed),
  })
const resolved: Act = (parts, deed, id, { gitlab }) =>
  resolveTicket(parts, {
    ref: { id },
    by: agent(gitlab.users.bruno),
    answer: deed.token,
    standardAnswer: 'Resolved.',
    key: key(deed),
  })

const pressed: readonly Pressed[] = [
  { name: 'open', kind: 'open', act: (parts, deed) => open(parts, deed, false) },
  { name: 'open with a file', kind: 'open', act: (parts, deed) => open(parts, deed, true) },
  {
    name: 'reply',
    kind: 'reply',
    act: (parts, deed, id, { gitlab }) =>
      replyToTicket(parts, { ref: { id }, by: agent(gitlab.users.bruno), body: deed.token, key: key(deed) }),
  },
  {
    name: 'internal note',
    kind: 'note',
    act: (parts, deed, id, { gitlab }) =>
      noteOnTicket(parts, { ref: { id }, by: agent(gitlab.users.bruno), body: deed.token, key: key(deed) }),
  },
  { name: 'escalate', kind: 'escalate', act: escalated },
  {
    name: 'hand back',
    kind: 'hand-back',
    before: [escalated],
    act: (parts, deed, id, { gitlab }) =>
      handBackTicket(parts, {
        ref: { id },
        by: agent(gitlab.users.carla),
        role: 'specialist',
        reason: deed.token,
        from: 2,
        key: key(deed),
      }),
  },
  { name: 'resolve', kind: 'resolve', act: resolved },
  {
    name: 'reopen',
    kind: 'other',
    before: [resolved],
    act: (parts, _, id, { gitlab }) => reopenTicket(parts, { ref: { id }, by: agent(gitlab.users.bruno) }),
  },
  {
    name: 'assign',
    kind: 'other',
    act: (parts, _, id, { gitlab }) =>
      assignTicket(parts, { ref: { id }, by: agent(gitlab.users.davi), username: 'carla' }),
  },
  {
    name: 'categorise',
    kind: 'other',
    act: (parts, _, id, { gitlab }) =>
      categoriseTicket(parts, { ref: { id }, by: agent(gitlab.users.bruno), category: 'Gitlab Account' }),
  },
  {
    name: 'wait for the requester',
    kind: 'other',
    act: (parts, _, id, { gitlab }) =>
      setTicketWaiting(parts, { ref: { id }, by: agent(gitlab.users.bruno), waiting: true }),
  },
  {
    name: 'make the missing branch',
    kind: 'other',
    before: [
      async (parts, _, id, world) => {
        // Escalated by hand: there is no branch yet.
        const ticket = await world.store.read((reader) => reader.ticket({ id }))
        if (ticket?.iid)
          world.gitlab.relabel(ticket.iid, world.gitlab.users.carla, ['level::2'], ['level::1'])
        world.ledger.handMoves.set([...world.ledger.deeds][0]?.token ?? '', 1)
        await parts.clock.sleep(2 * minute)
        if (!ticket) throw new Error('no ticket')
        return { ticket, already: false }
      },
    ],
    act: (parts, _, id, { gitlab }) =>
      askForTicketBranch(parts, { ref: { id }, by: agent(gitlab.users.carla) }),
  },
]

const ana = { name: 'Ana', address: 'ana@school.example' }

const posted: readonly Posted[] = [
  { name: 'a mail', post: ({ request }) => request(ana) },
  {
    name: 'a mail that comes twice',
    post: ({ request }, _, { mail }) => {
      request(ana)
      const copy = mail?.server.copies.at(-1)
      if (copy) mail?.server.put(copy.letter, copy.source)
    },
  },
  {
    name: 'a mail, and the mailbox numbers anew',
    post: ({ request }, _, { time, mail }) => {
      request(ana)
      time.after(700, () => mail?.server.renumber())
      time.after(2_500, () => mail?.server.renumber())
    },
  },
  { name: 'an answer by mail', post: ({ answer }, { ours, ticket }) => answer(ours, ticket, ana) },
  {
    name: 'an answer to what was resolved',
    before: [resolved],
    post: ({ answer }, { ours, ticket }) => answer(ours, ticket, ana),
  },
  {
    name: 'a mail without proof',
    post: ({ withoutProof }, { ticket, iid }) => withoutProof(ana, {}, `(#${iid})`, ticket),
  },
  { name: 'a mail of ours that comes back', post: ({ bounce }, { ours, ticket }) => bounce(ours, ticket) },
  {
    name: 'a mail that nobody can read',
    post: ({ post }) => post('quarantine', { word: 'torn-', unreadable: true }),
  },
]

const actions: readonly Action[] = [
  ...pressed,
  ...pressed
    .filter(({ name }) => ['open', 'reply', 'resolve', 'escalate'].includes(name))
    .map((one) => ({ ...one, name: `${one.name}, with mails`, mail: true as const })),
  ...posted,
]

const calm = { roughness: 0, calmFrom: start, away: [] }

const letArrive = (action: Posted, world: World, ticket: string) => {
  const { mail, gitlab } = world
  const ours = mail?.server.deliveries.at(-1)
  const issue = [...gitlab.issues.values()].find(({ title }) => title.includes(ticket))
  if (!mail || !ours || !issue) throw new Error('the ticket that the mail is about was never mailed')
  action.post(writersTo(world, mail), { ours, ticket, iid: issue.iid }, world)
}

/** Runs one action with deaths at these points, counted from the press on. Answers how many points there were. */
const perform = async (
  action: Action,
  deaths: readonly number[],
  bug?: Bug,
): Promise<{ points: number; faults: string[] }> => {
  let counting = false
  let points = 0
  const world = await createWorld({
    seed: 1,
    processes: 1,
    ...(bug ? { bug } : {}),
    weather: () => calm,
    ...('post' in action || action.mail ? { mail: () => calm } : {}),
    at: () => {
      if (!counting) return null
      points++
      return deaths.includes(points) ? 'dies' : null
    },
  })
  const { time, ledger, newDeed, press, attempt, anywhere } = world
  const settle = () => time.runUntil(time.now() + 3 * minute)
  await settle()
  let id = ''
  const opening = newDeed('open', '', 'ask')
  Object.assign(opening, { ticket: opening.token })
  ledger.requesters.set(opening.token, ana.address)
  const opens = 'act' in action && action.kind === 'open'
  if (!opens) {
    attempt(async () => {
      id = (await press(opening, (parts) => open(parts, opening, false)))?.ticket.id ?? ''
    })
    await settle()
    for (const before of action.before ?? []) {
      const deed = newDeed(
        before === escalated ? 'escalate' : before === resolved ? 'resolve' : 'other',
        opening.token,
        'before',
      )
      attempt(() => press(deed, (parts) => before(parts, deed, id, world)))
      await settle()
    }
  }
  if ('post' in action) {
    counting = true
    letArrive(action, world, opening.token)
    await time.runUntil(time.now() + 100_000)
    return { points, faults: await world.judge(20 * minute) }
  }
  const deed = opens ? opening : newDeed(action.kind, opening.token, 'deed')
  counting = true
  attempt(() => press(deed, (parts) => action.act(parts, deed, id, world)))
  // Whoever got no answer sends the form again, with its key.
  for (let again = 1; again <= 3; again++)
    time.after(again * 20_000, () => {
      if (deed.promised !== 'yes' && anywhere().process.alive())
        attempt(() => press(deed, (parts) => action.act(parts, deed, id, world)))
    })
  await time.runUntil(time.now() + 100_000)
  const faults = await world.judge(20 * minute)
  // What has no key is refused the second time, because it is so already.
  if (deed.promised !== 'yes' && action.kind !== 'other') faults.push(`"${action.name}" was never answered`)
  return { points, faults }
}

export type CrashReport = { readonly runs: number; readonly faults: readonly string[] }

/** `again`: after each death also one at each of so many points of the recovery. */
export const crashEverywhere = async (options: {
  readonly again: number
  readonly bug?: Bug
}): Promise<CrashReport> => {
  const faults: string[] = []
  let runs = 0
  for (const action of actions) {
    // After about two minutes of rest nothing but polls is left, and the count ends there.
    const { points } = await perform(action, [], options.bug)
    const judged = async (deaths: readonly number[]) => {
      runs++
      const { faults: found } = await perform(action, deaths, options.bug)
      for (const fault of found) faults.push(`${action.name}, dying at ${deaths.join(' and ')}: ${fault}`)
    }
    for (let first = 1; first <= points; first++) {
      await judged([first])
      for (let second = 1; second <= options.again; second++) await judged([first, first + second])
    }
  }
  return { runs, faults }
}
