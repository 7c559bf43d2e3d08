// One seed, one story: people press buttons, GitLab is as bad as the weather, processes die,
// stand still and come back, and in the end everything must be as if nothing had happened.

import { askForTicketBranch } from '../src/application/ask-for-ticket-branch.ts'
import { assignTicket } from '../src/application/assign-ticket.ts'
import { categoriseTicket } from '../src/application/categorise-ticket.ts'
import type { Done } from '../src/application/decide.ts'
import { escalateTicket } from '../src/application/escalate-ticket.ts'
import { handBackTicket } from '../src/application/hand-back-ticket.ts'
import { noteOnTicket } from '../src/application/note-on-ticket.ts'
import { openTicket } from '../src/application/open-ticket.ts'
import type { Parts } from '../src/application/ports.ts'
import { effectsMayLand, lease } from '../src/application/push-operations.ts'
import { reopenTicket } from '../src/application/reopen-ticket.ts'
import { replyToTicket } from '../src/application/reply-to-ticket.ts'
import { resolveTicket } from '../src/application/resolve-ticket.ts'
import { setTicketWaiting } from '../src/application/set-ticket-waiting.ts'
import type { Refusal } from '../src/domain/refusal.ts'
import type { Bug } from './bugs.ts'
import type { User } from './gitlab-model.ts'
import type { Deed } from './ledger.ts'
import { writeMails } from './mail-play.ts'
import type { Weather } from './network.ts'
import type { Random } from './random.ts'
import { seeded } from './random.ts'
import { agent, createWorld, minute, start } from './world.ts'

export type Played = {
  readonly seed: number
  readonly faults: readonly string[]
  readonly trace: readonly string[]
}

/** How requesters are told: one story in four by the desk's own mails, one in twelve by GitLab's Service Desk. */
const wayOf = (seed: number): 'mail' | 'service-desk' | 'link' => {
  if (seed % 3 !== 2) return 'link'
  return seed % 12 === 2 ? 'service-desk' : 'mail'
}

/** One story in eight has promises; of one in eight of these all is read anew in the end. */
const hasPromises = (seed: number): boolean => seed % 8 === 5
const isRebuilt = (seed: number): boolean => seed % 64 === 5

const mailWeather = (dice: Random, calmFrom: number): Weather => ({
  roughness: dice.pick([0, 0.05, 0.2, 0.4]),
  calmFrom,
  away: dice.chance(0.2)
    ? [
        {
          from: start + dice.between(0, 2) * minute,
          to: Math.min(calmFrom, start + dice.between(1, 4) * minute),
          how: dice.pick(['down', 'unauthorised'] as const),
        },
      ]
    : [],
})

export const play = async (seed: number, options: { readonly bug?: Bug } = {}): Promise<Played> => {
  // What the story is made of is drawn apart from what happens in it.
  const dice = seeded(seed ^ 0x5eed)
  const calmFrom = start + dice.between(2, 4) * minute
  const mortality = dice.pick([0, 0, 0.002, 0.01])
  const sleepiness = dice.pick([0, 0, 0.01, 0.03])
  const mailDice = seeded(seed ^ 0x3a11)
  const way = wayOf(seed)
  const world = await createWorld({
    seed,
    processes: 2,
    ...(options.bug ? { bug: options.bug } : {}),
    ...(way === 'mail' ? { mail: () => mailWeather(mailDice, calmFrom) } : {}),
    serviceDesk: way === 'service-desk',
    promises: hasPromises(seed),
    rebuilt: isRebuilt(seed),
    weather: () => ({
      roughness: dice.pick([0, 0.02, 0.1, 0.3]),
      calmFrom,
      away: dice.chance(0.3)
        ? [
            {
              from: start + dice.between(0, 2) * minute,
              to: Math.min(calmFrom, start + dice.between(2, 4) * minute),
              how: dice.pick(['down', 'down', 'unauthorised'] as const),
            },
          ]
        : [],
    }),
    at: (point, random, now) => {
      if (now >= calmFrom) return null
      if (random.chance(mortality)) return 'dies'
      if (point !== 'after commit' || !random.chance(sleepiness)) return null
      // As long as a lease, or until somebody else is just sending it again, or any time.
      const roughly = random.pick([lease, lease + effectsMayLand, random.between(20_000, 250_000)])
      return roughly + random.between(-500, 2_000)
    },
    away: (random, now) => Math.max(500, Math.min(random.between(500, 90_000), calmFrom - now)),
  })
  const { random, time, gitlab, ledger, say, press, newDeed, token, attempt } = world
  const { bruno, carla, davi } = gitlab.users

  const soon = (from: number, to: number, run: () => unknown) =>
    time.after(random.between(from, to), () => attempt(run))
  /** Sometimes twice: a double click, or the same form sent again to another process. */
  const perhapsTwice = (run: () => unknown) => {
    soon(0, 10, run)
    if (random.chance(0.3)) soon(0, 1_500, run)
  }

  const visit = (opening: string, id: string) => {
    const ref = { id }
    const iid = () => [...gitlab.issues.values()].find((issue) => issue.title.includes(opening))?.iid
    const escalate = (who: User) => {
      const deed = newDeed('escalate', opening, 'reason')
      const key = token('key')
      perhapsTwice(() =>
        press(deed, (parts) =>
          escalateTicket(parts, { ref, by: agent(who), reason: deed.token, from: 1, key }),
        ),
      )
    }
    const say1 = (kind: 'reply' | 'note' | 'resolve') => {
      const deed = newDeed(kind, opening, kind)
      const key = token('key')
      const by = agent(random.pick([bruno, carla]))
      perhapsTwice(() =>
        press(deed, (parts) =>
          kind === 'reply'
            ? replyToTicket(parts, { ref, by, body: deed.token, key })
            : kind === 'note'
              ? noteOnTicket(parts, { ref, by, body: deed.token, key })
              : resolveTicket(parts, { ref, by, answer: deed.token, standardAnswer: 'Resolved.', key }),
        ),
      )
    }
    const small = (act: (parts: Parts) => Promise<Done | Refusal>) =>
      press(newDeed('other', opening, 'other'), act)
    const byHand = (act: (number: number) => void) => {
      const number = iid()
      if (number !== undefined) act(number)
    }
    const actions: (() => unknown)[] = [
      () => {
        escalate(bruno)
        soon(0, 2_000, () => escalate(davi))
      },
      () => escalate(bruno),
      () => say1('reply'),
      () => say1('note'),
      () => say1('resolve'),
      () => small((parts) => reopenTicket(parts, { ref, by: agent(bruno) })),
      () => {
        const deed = newDeed('hand-back', opening, 'back')
        return press(deed, (parts) =>
          handBackTicket(parts, {
            ref,
            by: agent(carla),
            role: 'specialist',
            reason: deed.token,
            from: 2,
            key: token('key'),
          }),
        )
      },
      () => small((parts) => setTicketWaiting(parts, { ref, by: agent(bruno), waiting: random.chance(0.5) })),
      () =>
        small((parts) =>
          assignTicket(parts, { ref, by: agent(davi), username: random.pick(['carla', 'davi', '']) }),
        ),
      () =>
        small((parts) =>
          categoriseTicket(parts, {
            ref,
            by: agent(bruno),
            category: random.pick(['Hardware', 'Gitlab Account', '']),
          }),
        ),
      () => small((parts) => askForTicketBranch(parts, { ref, by: agent(carla) })),
      () =>
        byHand((number) => {
          ledger.handMoves.set(opening, (ledger.handMoves.get(opening) ?? 0) + 1)
          gitlab.relabel(number, carla, ['level::2'], ['level::1'])
          say(`Carla relabels ${number} by hand`)
        }),
      () => byHand((number) => gitlab.comment(number, carla, token('comment'), random.chance(0.5))),
      () =>
        byHand((number) => {
          gitlab.relabel(number, davi, ['urgent'], [])
          ledger.handLabels.set(opening, 'urgent')
        }),
      () => byHand((number) => gitlab.setState(number, davi, 'closed')),
      () => byHand((number) => gitlab.setState(number, davi, 'opened')),
    ]
    for (let left = random.between(1, 5); left > 0; left--)
      time.at(random.between(time.now(), calmFrom), () => attempt(random.pick(actions)))
  }

  const ask = () => {
    const opening = newDeed('open', '', 'ask')
    const deed: Deed = opening
    Object.assign(deed, { ticket: deed.token })
    ledger.requesters.set(deed.token, 'ana@school.example')
    const key = token('key')
    let visited = false
    perhapsTwice(async () => {
      const done = await press(deed, (parts) =>
        openTicket(parts, {
          by: { kind: 'requester', name: 'Ana' },
          opening: {
            title: `${random.chance(0.5) ? '[Hardware] ' : ''}${deed.token}`,
            text: 'Please help.',
            category: '',
            requester: { name: 'Ana', email: 'ana@school.example', username: null },
            files: [],
          },
          files: [],
          key,
        }),
      )
      if (done && !visited) {
        visited = true
        visit(deed.token, done.ticket.id)
      }
    })
  }
  // Where mails come in as well, fewer come by the form: a story takes as long as it has tickets.
  for (let left = world.mail ? 1 : random.between(1, 3); left > 0; left--)
    time.at(random.between(start, start + minute), ask)

  writeMails(world, visit, calmFrom)

  // Tickets from before, several pages of them.
  const day = 24 * 60 * minute
  for (let left = random.pick(world.mail ? [0, 0, 0, 3] : [0, 0, 3, 12]); left > 0; left--)
    gitlab.openByHand(
      random.pick([bruno, carla]),
      start - left * day,
      `from before ${left}`,
      random.chance(0.3) ? ['level::2'] : [],
    )

  // --- The end -----------------------------------------------------------------------------------

  await time.runUntil(calmFrom)
  return { seed, faults: await world.judge(30 * minute), trace: world.trace }
}
