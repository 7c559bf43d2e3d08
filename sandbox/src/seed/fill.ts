import { makeLabel } from '../work/labels.ts'
import { findBranch } from '../work/repository.ts'
import type { World } from '../world.ts'
import { branchName } from './branch-name.ts'
import { type Dice, dice } from './dice.ts'
import type { Cast } from './people.ts'
import { answers, categories, internals, places, questions, senders, things, troubles } from './phrases.ts'

const hour = 3_600_000
const day = 24 * hour
/** A filled desk goes back two years. */
const span = 729 * day

/**
 * Fills the project with many believable issues, straight into the tables: going through the ordinary work would
 * take minutes. The newest ten days are half open, of the older ones two in a hundred.
 */
export function fillDesk(world: World, cast: Cast, count: number, seed = 1): void {
  const { db } = world
  const end = world.clock.now()
  const project = cast.helpdesk
  const chance = dice(seed)
  // Dice of their own: what came later to the history leaves all else as it was.
  const more = dice(seed + 1)
  const label = (name: string, color: string) => makeLabel(world, project, { name, color }).id
  const labels = {
    hardware: label('hardware', '#f45562'),
    'gitlab-account': label('gitlab-account', '#3450f6'),
    one: label('level::1', '#36a64f'),
    two: label('level::2', '#c17d10'),
    waiting: label('waiting', '#8e8e8e'),
    high: label('priority::high', '#d9534f'),
  }
  const main = findBranch(world, project.id, project.default_branch)
  const agents = [cast.bruno.id, cast.carla.id] as const

  for (let iid = 1; iid <= count; iid++) {
    const plan = planIssue(chance, iid, end - span + Math.floor((span - hour) * (iid / (count + 1))), end)
    const turns = planTurns(more, plan, end)
    const author = plan.from ? cast.supportBot.id : chance.chance(0.85) ? cast.bot.id : cast.bruno.id
    const [first, second] = agents
    const worker = plan.escalatedAt === undefined ? first : second
    const closedAt = plan.closedAt ?? null
    const notes = plan.notes
    const updatedAt = Math.max(plan.createdAt, closedAt ?? 0, plan.escalatedAt ?? 0, notes.at(-1)?.at ?? 0)
    const { id } = db.run(
      `insert into issues (project_id, iid, title, description, state, author_id, created_at, updated_at, closed_at,
         closed_by_id, confidential, issue_type, assignee_id, service_desk_reply_to, user_notes_count)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'issue', ?, ?, ?)`,
      project.id,
      iid,
      plan.title,
      plan.description,
      closedAt === null ? 'opened' : 'closed',
      author,
      plan.createdAt,
      updatedAt,
      closedAt,
      closedAt === null ? null : worker,
      Number(plan.confidential),
      plan.assigned ? worker : null,
      plan.from ?? null,
      notes.length,
    )
    const put = (labelId: number) =>
      db.run('insert into issue_labels (issue_id, label_id) values (?, ?)', id, labelId)
    const labelEvent = (labelId: number, action: string, at: number, by: number) =>
      db.run(
        'insert into label_events (issue_id, user_id, label_id, action, created_at) values (?, ?, ?, ?, ?)',
        id,
        by,
        labelId,
        action,
        at,
      )
    const stateEvent = (state: string, at: number) =>
      db.run(
        'insert into state_events (issue_id, user_id, state, created_at) values (?, ?, ?, ?)',
        id,
        worker,
        state,
        at,
      )

    if (plan.category) {
      put(labels[plan.category])
      labelEvent(labels[plan.category], 'add', plan.createdAt, author)
    }
    labelEvent(labels.one, 'add', plan.createdAt, author)
    if (turns.high) {
      put(labels.high)
      labelEvent(labels.high, 'add', plan.createdAt, author)
    }
    put(plan.escalatedAt === undefined || turns.backAt !== undefined ? labels.one : labels.two)
    if (plan.escalatedAt !== undefined) {
      labelEvent(labels.two, 'add', plan.escalatedAt, first)
      labelEvent(labels.one, 'remove', plan.escalatedAt, first)
      // Branches of finished tickets were merged and deleted.
      if (closedAt === null && main) {
        db.run(
          'insert into branches (project_id, name, sha, created_at) values (?, ?, ?, ?)',
          project.id,
          branchName(iid, plan.title, plan.confidential),
          main.sha,
          plan.escalatedAt,
        )
      }
    }
    if (turns.waited) {
      labelEvent(labels.waiting, 'add', turns.waited.from, first)
      labelEvent(labels.waiting, 'remove', turns.waited.to, worker)
    }
    if (turns.backAt !== undefined) {
      labelEvent(labels.one, 'add', turns.backAt, worker)
      labelEvent(labels.two, 'remove', turns.backAt, worker)
    }
    if (plan.waiting) {
      put(labels.waiting)
      labelEvent(labels.waiting, 'add', updatedAt, first)
    }
    for (const note of notes) {
      db.run(
        `insert into notes (noteable_type, noteable_id, author_id, body, internal, external_author, created_at, updated_at)
         values ('Issue', ?, ?, ?, ?, ?, ?, ?)`,
        id,
        note.byRequester ? cast.supportBot.id : worker,
        note.body,
        Number(note.internal),
        note.byRequester ? (plan.from ?? null) : null,
        note.at,
        note.at,
      )
    }
    if (closedAt !== null) {
      if (plan.reopened) {
        stateEvent('closed', closedAt - 2 * hour)
        stateEvent('reopened', closedAt - hour)
      }
      stateEvent('closed', closedAt)
    }
  }
  db.run('update projects set last_issue = ? where id = ?', count, project.id)
}

type Turns = {
  high: boolean
  waited: { from: number; to: number } | undefined
  /** When it was handed back to Level 1. */
  backAt: number | undefined
}

/** What goes on in the middle of an issue's life: waiting that ended, a way back, and whether it was urgent. */
function planTurns(chance: Dice, { createdAt, closedAt, escalatedAt }: Plan, end: number): Turns {
  const life = (closedAt ?? createdAt + (end - createdAt) * 0.9) - createdAt
  const at = (share: number) => createdAt + Math.floor(life * share)
  const [urgent, waits, comesBack] = [chance.chance(0.07), chance.chance(0.15), chance.chance(0.15)]
  const settled = closedAt !== undefined && life > 5 * hour
  return {
    high: urgent,
    waited: settled && waits ? { from: at(0.4), to: at(0.4 + chance.roll() * 0.3) } : undefined,
    backAt: settled && comesBack && escalatedAt !== undefined ? at(0.8) : undefined,
  }
}

type Plan = {
  title: string
  description: string
  createdAt: number
  closedAt: number | undefined
  escalatedAt: number | undefined
  category: 'hardware' | 'gitlab-account' | undefined
  confidential: boolean
  assigned: boolean
  waiting: boolean
  reopened: boolean
  from: string | undefined
  notes: { at: number; body: string; internal: boolean; byRequester: boolean }[]
}

function planIssue(chance: Dice, iid: number, createdAt: number, end: number): Plan {
  const category = chance.chance(0.86) ? (chance.chance(0.53) ? 'hardware' : 'gitlab-account') : undefined
  const thing = chance.pick(things[category ?? 'other'])
  const trouble = chance.pick(troubles)
  const place = chance.pick(places)
  const prefix = category && chance.chance(0.5) ? `[${categories[category]}] ` : ''
  const from = chance.chance(0.22) ? `${chance.pick(senders)}${iid % 997}@people.example` : undefined
  const age = end - createdAt
  const resolved = chance.chance(age > 10 * day ? 0.98 : 0.5)
  const life = Math.min(age * 0.9, (2 + chance.roll() ** 3 * 240) * hour)
  const closedAt = resolved ? createdAt + Math.floor(life) : undefined
  const reach = Math.floor(Math.min(life, age * 0.9))
  const escalatedAt = chance.chance(0.18) ? createdAt + Math.floor(reach * 0.3) : undefined
  const notes: Plan['notes'] = []
  const count = Math.floor(chance.roll() * 4)
  for (let n = 1; n <= count; n++) {
    const internal = chance.chance(0.3)
    const byRequester = !internal && from !== undefined && chance.chance(0.4)
    const at = createdAt + Math.floor((reach * n) / (count + 1))
    const body = internal
      ? chance.pick(internals)
      : byRequester
        ? chance.pick(questions)
        : chance.pick(answers)
    notes.push({ at, body, internal, byRequester })
  }
  if (closedAt !== undefined)
    notes.push({ at: closedAt, body: chance.pick(answers), internal: false, byRequester: false })
  return {
    title: `${prefix}${thing} ${trouble}, ${place}`,
    description: `${chance.pick(questions)}\n\n${thing} ${trouble}: ${place}. ${chance.pick(questions)}\n\nInventory number: \`${1000 + ((iid * 7919) % 9000)}\``,
    createdAt,
    closedAt,
    escalatedAt,
    category,
    confidential: from !== undefined || chance.chance(0.6),
    assigned: chance.chance(0.5),
    waiting: closedAt === undefined && chance.chance(0.2),
    reopened: closedAt !== undefined && reach > 5 * hour && chance.chance(0.03),
    from,
    notes,
  }
}
