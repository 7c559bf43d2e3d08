// A year of a desk, believable and the same in every run: tickets come in evenly, most are answered within hours and
// resolved within days, a fifth goes to Level 2, some wait for the requester, a few come back.

import type { Adopted, Store } from '../../src/application/ports.ts'
import type { Desk } from '../../src/domain/desk.ts'
import type { Actor, Happening, TicketEvent } from '../../src/domain/event.ts'
import type { Ticket } from '../../src/domain/ticket.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
export const year = 365 * day

/** Numbers below belong to the few issues that the sandbox has. */
const firstNumber = 1_001

const agents = ['bruno', 'carla', 'davi', 'emil', 'frida', 'gesa'].map(
  (username): Extract<Actor, { kind: 'agent' }> => ({ kind: 'agent', name: username, username }),
)

const chances = () => {
  let state = 20_260_522
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const ticketOf = (index: number, at: number, now: number, random: () => number, desk: Desk): Adopted => {
  const iid = firstNumber + index
  const id = `01980000-0000-7000-8000-${String(iid).padStart(12, '0')}`
  const agent = agents[Math.floor(random() * agents.length)] ?? { kind: 'agent', name: '', username: '' }
  const category = desk.categories[Math.floor(random() * (desk.categories.length + 0.2))] ?? null
  const requester = { name: `Person ${index % 700}`, email: `p${index % 700}@school.example`, username: null }
  const asker: Actor = { kind: 'requester', name: requester.name }
  const events: TicketEvent[] = []
  let clock = at
  let level = 1
  let state: Ticket['state'] = 'open'
  let resolvedAt: number | null = null
  let labels = [desk.levels[0]?.label ?? '', ...(category ? [category.label.name] : [])]

  /** Most things happen soon, some much later. */
  const later = (usual: number) => {
    clock += Math.ceil(-Math.log(1 - random()) * usual)
    return clock <= now
  }
  const happen = (kind: string, actor: Actor, what: Happening, hidden = false) => {
    const source = `${kind}:${iid}${String(events.length).padStart(3, '0')}`
    events.push({ ticketId: id, source, at: clock, actor, byHand: false, hidden, what })
  }
  const label = (actor: Actor, name: string, added: boolean) => {
    happen('label', actor, { kind: added ? 'label-added' : 'label-removed', label: name }, true)
    labels = added ? [...labels, name] : labels.filter((one) => one !== name)
  }
  const goTo = (to: number) => {
    label(agent, desk.levels[level - 1]?.label ?? '', false)
    label(agent, desk.levels[to - 1]?.label ?? '', true)
    level = to
  }
  const resolve = () => {
    state = 'resolved'
    resolvedAt = clock
    happen('state', agent, { kind: 'resolved', text: '', viaMergeRequest: null })
  }

  happen('open', asker, { kind: 'opened' })
  const steps: (() => void)[] = []
  const step = (usual: number, chance: number, work: () => void) => {
    if (random() < chance)
      steps.push(() => {
        if (later(usual)) work()
      })
  }
  step(2 * hour, 0.97, () => happen('note', agent, { kind: 'replied', text: '' }))
  step(5 * hour, 0.4, () => happen('note', asker, { kind: 'replied', text: '' }))
  step(3 * hour, 0.5, () => happen('note', agent, { kind: 'replied', text: '' }))
  if (random() < 0.2) {
    step(2 * hour, 1, () => goTo(2))
    step(9 * hour, 0.3, () => goTo(1))
  }
  if (random() < 0.25) {
    step(hour, 1, () => {
      label(agent, desk.labels.waiting, true)
      state = 'waiting'
    })
    step(20 * hour, 1, () => {
      label(agent, desk.labels.waiting, false)
      state = 'open'
    })
  }
  step(day, 0.985, resolve)
  if (random() < 0.04) {
    step(2 * day, 1, () => {
      if (state === 'resolved') {
        state = 'open'
        resolvedAt = null
        happen('state', asker, { kind: 'reopened' })
      }
    })
    step(day, 1, resolve)
  }
  step(day, 0.15, () => {
    if (state === 'resolved') happen('note', asker, { kind: 'rated', good: random() < 0.85, text: '' })
  })
  for (const one of steps) one()

  const changedAt = events.at(-1)?.at ?? at
  const ticket: Ticket = {
    id,
    iid,
    revision: 0,
    title: `Something does not work (${index})`,
    text: '',
    category: category?.id ?? null,
    level,
    state,
    assignee: agent.username,
    formerAssignee: null,
    priority: desk.priorities[0]?.id ?? '',
    confidential: true,
    requester,
    source: 'form',
    labels,
    branch: null,
    url: `http://gitlab.invalid/-/issues/${iid}`,
    openedAt: at,
    changedAt,
    awaitingSince: state === 'open' ? at : null,
    resolvedAt,
    gone: null,
  }
  return { ticket, events, readAt: now }
}

/** So many are written in one transaction. */
const portion = 500

/** Writes so many tickets that were opened in the year before `now`, as if GitLab had them. */
export const writeYear = async (
  store: Pick<Store, 'write'>,
  { tickets, now, desk }: { readonly tickets: number; readonly now: number; readonly desk: Desk },
): Promise<void> => {
  const random = chances()
  for (let index = 0; index < tickets; index += portion) {
    const changes = Array.from({ length: Math.min(portion, tickets - index) }, (_, more) => {
      const at = Math.floor(now - year + ((index + more) / tickets) * year)
      return ticketOf(index + more, at, now, random, desk)
    })
    await store.write((writer) => writer.adopt(changes), { repeatable: true })
  }
}
