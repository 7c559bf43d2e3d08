import { type Dice, dice } from './dice.ts'
import { answers, categories, internals, places, questions, senders, things, troubles } from './phrases.ts'
import type { Step, Story } from './stories.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How long before the small desk's first story the year begins, counted back from now (milliseconds). */
export const yearSpan = 425 * day
/** The newest of these tickets is so old: what is open on the desk is told by the stories alone. */
const newest = 12 * day
const count = 520

/**
 * What the desk did in the year before its stories: tickets that are long resolved, so that figures and charts have
 * something to tell on the first day. The same ones for the same instant.
 */
export function storiesOfTheYear(end: number, seed = 7): Story[] {
  const chance = dice(seed)
  const openings = openingTimes(chance, end)
  return openings.flatMap((opened, number) => {
    const story = planTicket(chance, opened, end, number)
    return chance.chance(0.02) ? [story, planDouble(chance, story, opened, end)] : [story]
  })
}

// --- When tickets come ---------------------------------------------------------------------------

/** Sunday first. */
const weekdays = [0.1, 1.35, 1.15, 1, 1, 0.75, 0.12]

/** `MM-DD` to `MM-DD` and how busy the desk is then; the first that fits counts. */
const seasons: readonly [from: string, to: string, busy: number][] = [
  ['12-22', '12-31', 0.15],
  ['01-01', '01-05', 0.15],
  ['01-07', '01-16', 1.6],
  ['02-01', '02-10', 1.5],
  ['04-01', '04-12', 0.4],
  ['04-14', '04-22', 1.5],
  ['07-18', '08-22', 0.35],
  ['08-25', '09-15', 2.4],
  ['10-12', '10-24', 0.5],
]

const isClosed = (date: string) => date >= '12-24' || date === '01-01' || date === '05-01'
const monthAndDay = (at: number) => new Date(at).toISOString().slice(5, 10)
const midnight = (at: number) => Math.floor(at / day) * day

function busyness(at: number, end: number): number {
  const date = monthAndDay(at)
  const season = seasons.find(([from, to]) => date >= from && date <= to)?.[2] ?? 1
  const weekday = isClosed(date) ? 0.1 : (weekdays[new Date(at).getUTCDay()] ?? 1)
  // Of the last weeks the stories tell most.
  return season * weekday * (at > end - 60 * day ? 0.5 : 1)
}

function openingTimes(chance: Dice, end: number): number[] {
  const days: { at: number; until: number }[] = []
  let total = 0
  for (let at = midnight(end - yearSpan) + day; at < end - newest; at += day) {
    total += busyness(at, end)
    days.push({ at, until: total })
  }
  const times: number[] = []
  let index = 0
  for (let number = 0; number < count; number++) {
    const place = ((number + chance.roll()) / count) * total
    while ((days[index]?.until ?? total) < place) index++
    const evening = chance.chance(0.12)
    const share = (chance.roll() + chance.roll()) / 2
    times.push(
      Math.floor((days[index]?.at ?? end - newest) + (evening ? 17 + 6 * share : 7 + 8 * share) * hour),
    )
  }
  return times.sort((a, b) => a - b)
}

/** The same instant if the desk works then, else some minutes after it opens again. */
function working(chance: Dice, at: number): number {
  let today = midnight(at)
  const into = at - today
  const works = (date: number) => {
    const weekday = new Date(date).getUTCDay()
    return weekday > 0 && weekday < 6 && !isClosed(monthAndDay(date))
  }
  if (works(today) && into >= 7 * hour && into < 16 * hour) return at
  if (into >= 7 * hour || !works(today)) {
    do today += day
    while (!works(today))
  }
  return Math.floor(today + 7 * hour + chance.roll() * 100 * minute)
}

// --- What becomes of them ------------------------------------------------------------------------

type Agent = 'bruno' | 'carla' | 'davi'

function planTicket(chance: Dice, opened: number, end: number, number: number): Story {
  const dealt = chance.roll()
  const by = dealt < 0.62 ? 'supportBot' : dealt < 0.84 ? 'davi' : dealt < 0.94 ? 'bruno' : 'carla'
  const from = by === 'supportBot' ? senderOf(chance, number) : undefined
  // Nobody answers themselves: whoever opened it is its requester.
  const first: Agent = by === 'bruno' ? 'carla' : chance.chance(0.04) && by !== 'davi' ? 'davi' : 'bruno'
  const second: Agent = by === 'carla' || first === 'carla' ? 'davi' : 'carla'
  const category = chance.chance(0.86) ? (chance.chance(0.54) ? 'hardware' : 'gitlab-account') : undefined
  const thing = chance.pick(things[category ?? 'other'])
  const trouble = chance.pick(troubles)
  const place = chance.pick(places)
  const prefix = category && from === undefined && chance.chance(0.6) ? `[${categories[category]}] ` : ''
  const labels = [...(category ? [category] : []), 'level::1']
  const sorted = from === undefined || chance.chance(0.25)
  const story: Story = {
    hoursAgo: (end - opened) / hour,
    exact: true,
    by,
    title: `${prefix}${thing} ${trouble}, ${place}`,
    text: `${chance.pick(questions)}\n\n${thing} ${trouble}: ${place}.`,
    ...(from ? { from } : {}),
    ...(sorted ? { labels, withoutEvents: chance.chance(0.4) } : {}),
  }
  const plan = takeDown(chance, opened, end)
  if (from !== undefined && chance.chance(0.04)) return endAsSpam(plan, story, chance)
  if (by === 'davi' && chance.chance(0.07)) return endUncounted(plan, story, chance)

  const high = chance.chance(0.09)
  if (!sorted) plan.later(0.05 + chance.roll() * 0.3, first, 'label', labels.join(' '))
  if (high) plan.later(0.05, first, 'label', 'priority::high')
  if (chance.chance(0.5)) plan.later(0.02 + chance.roll() * 0.1, first, 'assign')
  if (chance.chance(0.22)) plan.later(0.05 + chance.roll() * 0.4, first, 'note', chance.pick(internals))
  if (chance.chance(0.24)) {
    plan.later(firstAnswer(chance), first, 'resolve', chance.pick(answers))
    return { ...story, steps: plan.steps() }
  }
  const answered = chance.chance(0.95)
  if (answered) plan.later(firstAnswer(chance) / (high ? 3 : 1), first, 'reply', chance.pick(answers))
  const asker = from ? 'supportBot' : by
  if (answered && chance.chance(0.25)) {
    plan.now(1 + chance.roll() ** 2 * 30, asker, 'reply', chance.pick(questions))
    plan.later(0.2 + chance.roll() ** 2 * 20, first, 'reply', chance.pick(answers))
  }
  const asked = answered && chance.chance(0.26)
  const silent = asked && chance.chance(0.15)
  if (asked) {
    plan.later(0.2 + chance.roll() * 4, first, 'wait', 'Could you send us a screenshot of the message?')
    if (!silent) {
      plan.now(1 + chance.roll() ** 2 * 90, asker, 'reply', chance.pick(questions))
      plan.later(0.1 + chance.roll() * 2, first, 'go on', 'waiting')
    }
  }
  let last = first
  if (!silent && chance.chance(high ? 0.45 : 0.26)) last = escalate(chance, plan, first, second)
  const patience = last === second ? 380 : 110
  plan.later(silent ? 7 * 24 : 0.2 + chance.roll() ** 3 * patience, last, ...ending(chance))
  if (chance.chance(0.08)) {
    plan.now(3 + chance.roll() ** 2 * 250, asker, 'reply', 'It is back: exactly the same as before.')
    plan.later(0.2 + chance.roll() * 8, last, 'reopen', 'Sorry to hear that. We are at it again.')
    plan.later(1 + chance.roll() ** 2 * 60, last, 'resolve', chance.pick(answers))
  }
  return { ...story, steps: plan.steps() }
}

const senderOf = (chance: Dice, number: number) =>
  `${chance.pick(senders)}${(number * 37) % 211}@people.example`

/** Minutes, hours, the next day, or days. */
function firstAnswer(chance: Dice): number {
  const dealt = chance.roll()
  if (dealt < 0.52) return 0.05 + chance.roll() * 0.6
  if (dealt < 0.82) return 0.7 + chance.roll() * 3
  if (dealt < 0.95) return 14 + chance.roll() * 14
  return 40 + chance.roll() * 60
}

const ending = (chance: Dice): [Step['does'], string] =>
  chance.chance(0.1) ? ['close', ''] : ['resolve', chance.pick(answers)]

/** Answers who has it in the end. */
function escalate(chance: Dice, plan: Plan, first: Agent, second: Agent): Agent {
  plan.later(0.3 + chance.roll() ** 2 * 12, first, ...reasonOf(chance))
  if (chance.chance(0.7)) plan.later(0.2 + chance.roll() * 5, second, 'assign')
  if (chance.chance(0.4)) plan.later(0.5 + chance.roll() * 12, second, 'note', chance.pick(internals))
  if (chance.chance(0.5)) plan.later(0.5 + chance.roll() * 24, second, 'reply', chance.pick(answers))
  if (!chance.chance(0.18)) return second
  plan.later(1 + chance.roll() ** 2 * 40, second, 'hand back', 'Done on our side; please tell them.')
  return first
}

/** Some put the other label on and say no more. */
const reasonOf = (chance: Dice): [Step['does'], string] =>
  chance.chance(0.25) ? ['both levels', ''] : ['hand over', chance.pick(internals)]

function endAsSpam(plan: Plan, story: Story, chance: Dice): Story {
  plan.later(1 + chance.roll() * 20, 'bruno', 'label', 'spam')
  plan.later(0.02, 'bruno', 'close')
  const { labels: _, ...bare } = story
  return {
    ...bare,
    title: `Your invoice ${4000 + Math.floor(chance.roll() * 900)} is overdue`,
    text: 'Dear customer, please find the details on our page.',
    steps: plan.steps(),
  }
}

const chores = [
  'Quarterly restore test',
  'Stocktaking in the cellar',
  'Order toner for the quarter',
  'Clean up old accounts',
  'Update the wiki of the desk',
] as const

/** The desk's own work, which is no request. */
function endUncounted(plan: Plan, story: Story, chance: Dice): Story {
  plan.later(2 + chance.roll() * 100, 'bruno', 'resolve', 'Done.')
  return { ...story, title: chance.pick(chores), labels: ['level::1', 'no-kpi'], steps: plan.steps() }
}

/** Somebody else reports the same; it is closed for the ticket that was there. */
function planDouble(chance: Dice, { title, labels }: Story, opened: number, end: number): Story {
  const at = opened + Math.floor((0.3 + chance.roll() * 2) * hour)
  const plan = takeDown(chance, at, end)
  plan.later(0.2 + chance.roll() * 3, 'bruno', 'duplicate', title)
  return {
    hoursAgo: (end - at) / hour,
    exact: true,
    by: 'supportBot',
    from: senderOf(chance, Math.floor(chance.roll() * 500)),
    title,
    text: chance.pick(questions),
    ...(labels ? { labels } : {}),
    steps: plan.steps(),
  }
}

type Plan = {
  /** So many hours after the last step, at any time of the day. */
  now(hours: number, by: Step['by'], does: Step['does'], text?: string): void
  /** So many hours after the last step, or when the desk opens again. */
  later(hours: number, by: Step['by'], does: Step['does'], text?: string): void
  steps(): Step[]
}

function takeDown(chance: Dice, opened: number, end: number): Plan {
  const steps: (Step & { at: number })[] = []
  let last = opened
  const add = (at: number, by: Step['by'], does: Step['does'], text?: string) => {
    last = Math.floor(at)
    steps.push({ at: last, after: 0, by, does, ...(text ? { text } : {}) })
  }
  return {
    now: (hours, ...step) => add(last + hours * hour, ...step),
    later: (hours, ...step) => add(working(chance, last + hours * hour), ...step),
    steps() {
      // What would reach beyond today went faster.
      const room = end - 2 * day - opened
      const pace = Math.min(1, room / Math.max(1, last - opened))
      return steps.map(({ at, ...step }) => ({ ...step, after: ((at - opened) * pace) / hour }))
    },
  }
}
