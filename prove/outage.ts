// Six hours of GitLab down, in virtual time: people go on opening tickets, everything is accepted
// and told so, and once GitLab is back all of it arrives, in order per ticket, within the limit of
// notes a minute, each once.

import { openTicket } from '../src/application/open-ticket.ts'
import { replyToTicket } from '../src/application/reply-to-ticket.ts'
import { agent, createWorld, minute, start } from './world.ts'

export type OutageReport = {
  readonly tickets: number
  readonly replies: number
  readonly hours: number
  /** Calls that the outage cost, all in vain. */
  readonly callsWhileDown: number
  readonly drainedInMinutes: number
  readonly mostNotesInAMinute: number
  readonly faults: readonly string[]
}

/** GitLab's own limit of notes a minute and user (FACTS section 3). */
const notesLimit = 300

export const outage = async (options: {
  readonly tickets: number
  readonly hours: number
}): Promise<OutageReport> => {
  const { tickets, hours } = options
  const from = start + 10 * minute
  const to = from + hours * 60 * minute
  let calls = 0
  const world = await createWorld({
    seed: 1,
    processes: 1,
    pageSize: 100,
    weather: () => ({ roughness: 0, calmFrom: start, away: [{ from, to, how: 'down' }] }),
    at: (point, _, now) => {
      if (
        point.startsWith('before ') &&
        !point.includes('transaction') &&
        !point.includes('commit') &&
        now >= from &&
        now < to
      )
        calls++
      return null
    },
  })
  const { time, gitlab, newDeed, press, attempt, ledger } = world
  await time.runUntil(from)
  let replies = 0
  const every = (hours * 60 * minute) / tickets
  for (let number = 0; number < tickets; number++)
    time.at(Math.round(from + 1_000 + number * every * 0.98), () =>
      attempt(async () => {
        const deed = newDeed('open', '', 'ask')
        Object.assign(deed, { ticket: deed.token })
        const done = await press(deed, (parts) =>
          openTicket(parts, {
            by: { kind: 'requester', name: 'Ana' },
            opening: {
              title: deed.token,
              text: 'Please help.',
              category: '',
              requester: { name: 'Ana', email: 'ana@school.example', username: null },
              files: [],
            },
            files: [],
            key: deed.token,
          }),
        )
        if (!done || number % 4 !== 0) return
        replies++
        const answer = newDeed('reply', deed.token, 'reply')
        await press(answer, (parts) =>
          replyToTicket(parts, {
            ref: { id: done.ticket.id },
            by: agent(gitlab.users.bruno),
            body: answer.token,
            key: answer.token,
          }),
        )
      }),
    )
  await time.runUntil(to)
  let drainedAt = Number.POSITIVE_INFINITY
  for (let now = to; now < to + 6 * 60 * minute; now += 10_000) {
    await time.runUntil(now)
    const { operations } = await world.store.read((reader) => reader.backlog())
    if (operations.ready + operations.sending + operations.unknown === 0) {
      drainedAt = now
      break
    }
  }
  const perMinute = new Map<number, number>()
  for (const issue of gitlab.issues.values())
    for (const note of issue.notes) {
      const slot = Math.floor(note.created_at / minute)
      perMinute.set(slot, (perMinute.get(slot) ?? 0) + 1)
    }
  const mostNotesInAMinute = Math.max(0, ...perMinute.values())
  const faults: string[] = []
  for (const deed of ledger.deeds) if (deed.promised !== 'yes') faults.push(`${deed.token} was not accepted`)
  const titles = [...gitlab.issues.values()].map((issue) => issue.title)
  const opened = new Map<string, number>()
  for (const title of titles) opened.set(title, (opened.get(title) ?? 0) + 1)
  for (const deed of ledger.deeds)
    if (deed.kind === 'open' && opened.get(deed.token) !== 1)
      faults.push(`${deed.token} is ${opened.get(deed.token) ?? 0} issues`)
  const order = [...gitlab.issues.values()]
    .sort((a, b) => a.iid - b.iid)
    .map((issue) => Number(issue.title.split('-')[2]))
  const late = order.filter((number, index) => index > 8 && number < (order[index - 8] ?? 0)).length
  if (late > 0) faults.push(`${late} tickets arrived out of order by more than the calls under way`)
  const texts = [...gitlab.issues.values()].flatMap((issue) => issue.notes.map((note) => note.body))
  const answered = ledger.deeds.filter((deed) => deed.kind === 'reply')
  const found = new Map<string, number>()
  for (const text of texts) {
    const token = /reply-\d+-\d+-/u.exec(text)?.[0]
    if (token) found.set(token, (found.get(token) ?? 0) + 1)
  }
  for (const deed of answered)
    if (found.get(deed.token) !== 1) faults.push(`${deed.token} stands ${found.get(deed.token) ?? 0} times`)
  if (mostNotesInAMinute > notesLimit)
    faults.push(`${mostNotesInAMinute} notes in a minute; GitLab takes ${notesLimit}`)
  if (!Number.isFinite(drainedAt)) faults.push('the queue was not empty six hours later')
  return {
    tickets,
    replies,
    hours,
    callsWhileDown: calls,
    drainedInMinutes: Math.round((drainedAt - to) / minute),
    mostNotesInAMinute,
    faults: faults.slice(0, 50),
  }
}
