import { role } from '../access.ts'
import { dateOnly } from '../clock.ts'
import { isEmail } from '../mail/addresses.ts'
import { dismiss, invite, participantsOf } from '../mail/participants.ts'
import { issueUrl } from '../shapes/issue.ts'
import type { IssueRow, ProjectRow, UserRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { type Actor, changeIssue, type IssueChange, titleLimit } from './change-issue.ts'
import { convertToTicket } from './convert-to-ticket.ts'
import { knownLabelIds, labelIdsOf } from './labels.ts'
import { moveIssue } from './move-issue.ts'
import { namedProject } from './notice.ts'
import type { Command } from './quick-actions.ts'

/** What a text's commands did, in the words of API::Entities::NoteCommands. */
export type CommandResult = {
  commandsChanges: Record<string, unknown>
  summary: string[]
  errors: string[]
}

type Desk = {
  world: World
  actor: Actor
  issue: IssueRow
  change: IssueChange
  changes: Record<string, unknown>
  /** Done after the change is written (moving). */
  later: (() => void)[]
}

/** Answers what it did; `undefined` when it cannot be applied here; an object with `error` when it failed. */
type Act = (desk: Desk, argument: string) => string | { error: string } | undefined

const acts: Record<string, Act> = {
  close(desk) {
    if (!manages(desk) || desk.issue.state === 'closed') return undefined
    desk.change.stateEvent = 'close'
    desk.changes.state_event = 'close'
    return 'Closed this issue.'
  },
  reopen(desk) {
    if (!manages(desk) || desk.issue.state === 'opened') return undefined
    desk.change.stateEvent = 'reopen'
    desk.changes.state_event = 'reopen'
    return 'Reopened this issue.'
  },
  label(desk, argument) {
    const named = namesIn(argument)
    const ids = knownLabelIds(desk.world, desk.actor.project, named)
    if (desk.actor.level < role.planner || ids.length === 0) return undefined
    addTo(desk, ids)
    return `Added ${named.map(reference).join(' ')} ${named.length > 1 ? 'labels' : 'label'}.`
  },
  unlabel(desk, argument) {
    if (desk.actor.level < role.planner) return undefined
    const named = namesIn(argument)
    const current = labelIdsOf(desk.world, desk.issue.id)
    const ids = named.length === 0 ? [...current] : knownLabelIds(desk.world, desk.actor.project, named)
    if (ids.length === 0) return undefined
    takeFrom(desk, ids)
    if (named.length === 0) return 'Removed all labels.'
    return `Removed ${named.map(reference).join(' ')} ${named.length > 1 ? 'labels' : 'label'}.`
  },
  relabel(desk, argument) {
    const named = namesIn(argument)
    const ids = knownLabelIds(desk.world, desk.actor.project, named)
    if (desk.actor.level < role.planner || ids.length === 0) return undefined
    takeFrom(
      desk,
      [...labelIdsOf(desk.world, desk.issue.id)].filter((id) => !ids.includes(id)),
    )
    addTo(desk, ids)
    desk.changes.label_ids = ids
    return `Replaced all labels with ${named.map(reference).join(' ')} ${named.length > 1 ? 'labels' : 'label'}.`
  },
  assign(desk, argument) {
    if (desk.actor.level < role.planner) return undefined
    const name = argument.split(/[\s,]+/)[0]?.replace(/^@/, '') ?? ''
    const user =
      name === 'me'
        ? desk.actor.user
        : desk.world.db.one<UserRow>('select * from users where username = ?', name)
    if (!user) return { error: 'Failed to assign a user because no user was found.' }
    // The free edition holds one assignee.
    desk.change.assigneeId = user.id
    desk.changes.assignee_ids = [user.id]
    return `Assigned @${user.username}.`
  },
  unassign(desk) {
    if (desk.actor.level < role.planner || desk.issue.assignee_id === null) return undefined
    const user = desk.world.db.one<UserRow>('select * from users where id = ?', desk.issue.assignee_id)
    desk.change.assigneeId = null
    desk.changes.assignee_ids = []
    return `Removed assignee @${user?.username ?? 'ghost'}.`
  },
  confidential(desk) {
    if (!manages(desk) || desk.issue.confidential) return undefined
    desk.change.confidential = true
    desk.changes.confidential = true
    return 'Made this issue confidential.'
  },
  title(desk, argument) {
    if (!manages(desk) || argument === '') return undefined
    if ([...argument].length > titleLimit) return { error: 'Title is too long (maximum is 255 characters)' }
    desk.change.title = argument
    desk.changes.title = argument
    return `Changed the title to "${argument}".`
  },
  due(desk, argument) {
    if (desk.actor.level < role.planner) return undefined
    const date = dateFrom(desk.world.clock.now(), argument)
    if (!date) return undefined
    desk.change.dueDate = date
    desk.changes.due_date = date
    return `Set the due date to ${date}.`
  },
  remove_due_date(desk) {
    if (desk.actor.level < role.planner || desk.issue.due_date === null) return undefined
    desk.change.dueDate = null
    desk.changes.due_date = null
    return 'Removed the due date.'
  },
  spend(desk, argument) {
    const seconds = secondsFrom(argument)
    if (desk.actor.level < role.planner || seconds === undefined) return undefined
    desk.change.spend = seconds
    desk.changes.spend_time = {
      duration: seconds,
      user_id: desk.actor.user.id,
      spent_at: dateOnly(desk.world.clock.now()),
    }
    return `${seconds < 0 ? 'Subtracted' : 'Added'} ${argument.replace(/^-/, '').trim()} spent time.`
  },
  estimate(desk, argument) {
    const seconds = secondsFrom(argument)
    if (desk.actor.level < role.planner || seconds === undefined) return undefined
    desk.change.estimate = seconds
    desk.changes.time_estimate = seconds
    return `Set time estimate to ${argument.trim()}.`
  },
  lock(desk) {
    if (desk.actor.level < role.planner) return undefined
    desk.change.discussionLocked = true
    desk.changes.discussion_locked = true
    return 'Locked the discussion.'
  },
  unlock(desk) {
    if (desk.actor.level < role.planner) return undefined
    desk.change.discussionLocked = false
    desk.changes.discussion_locked = false
    return 'Unlocked the discussion.'
  },
  move(desk, argument) {
    const target = namedProject(desk.world, desk.actor.project, argument.trim().replace(/^@/, ''))
    if (desk.actor.level < role.planner) return undefined
    if (!target) return { error: "Failed to move this issue because target project doesn't exist." }
    if (target.id === desk.actor.project.id) return undefined
    desk.later.push(() => moveIssue(desk.world, desk.actor, desk.issue.id, target))
    desk.changes.target_project = target.full_path
    return `Moved this issue to ${target.full_path}.`
  },
  duplicate(desk, argument) {
    const target = issueNamed(desk, argument)
    if (desk.actor.level < role.planner) return undefined
    if (!target)
      return { error: 'Failed to mark this issue as a duplicate because referenced issue was not found.' }
    desk.change.duplicatedToId = target.issue.id
    desk.change.stateEvent = 'close'
    desk.changes.canonical_issue_id = target.issue.id
    return `Closed this issue. Marked as related to, and a duplicate of, ${issueUrl(desk.world, target.home, target.issue.iid)}.`
  },
  convert_to_ticket(desk, argument) {
    if (desk.actor.level < role.planner || desk.issue.service_desk_reply_to !== null) return undefined
    if (!desk.actor.project.service_desk_enabled)
      return { error: 'Cannot convert to ticket because Service Desk is disabled.' }
    const email = argument.trim()
    if (!isEmail(email)) {
      return {
        error: 'Cannot convert issue to ticket because no email was provided or the format was invalid.',
      }
    }
    desk.later.push(() => convertToTicket(desk.world, desk.actor.project, desk.issue.id, email))
    return 'Converted issue to Service Desk ticket.'
  },
  add_email(desk, argument) {
    if (desk.actor.level < role.planner) return undefined
    const { user, project } = desk.actor
    return (
      invite(desk.world, project, desk.issue, user, wordsIn(argument)) ?? {
        error: 'No email participants were added. Either none were provided, or they already exist.',
      }
    )
  },
  remove_email(desk, argument) {
    if (desk.actor.level < role.planner || participantsOf(desk.world, desk.issue.id).length === 0)
      return undefined
    return (
      dismiss(desk.world, desk.issue, desk.actor.user, wordsIn(argument)) ?? {
        error: "No email participants were removed. Either none were provided, or they don't exist.",
      }
    )
  },
  subscribe: () => 'Subscribed to notifications.',
  unsubscribe: () => 'Unsubscribed from notifications.',
  todo: () => 'Added a to-do item.',
  done: () => 'Marked to-do item as done.',
  cc: () => 'CC',
}

const otherNames: Record<string, string> = {
  labels: 'label',
  remove_label: 'unlabel',
  reassign: 'assign',
  spent: 'spend',
  spend_time: 'spend',
  time_estimate: 'estimate',
}

/** Runs commands on an issue with the rights of the token's person, whoever wrote the text. */
export function runCommands(
  world: World,
  actor: Actor,
  issue: IssueRow,
  commands: readonly Command[],
): CommandResult {
  const desk: Desk = { world, actor, issue, change: {}, changes: {}, later: [] }
  const result: CommandResult = { commandsChanges: desk.changes, summary: [], errors: [] }
  for (const { name, argument } of commands) {
    const said = acts[otherNames[name] ?? name]?.(desk, argument)
    if (typeof said === 'string') result.summary.push(said)
    else result.errors.push(said ? said.error : `Could not apply ${name} command.`)
  }
  if (Object.keys(desk.change).length > 0) changeIssue(world, actor, issue, desk.change)
  for (const work of desk.later) work()
  return result
}

function manages({ actor, issue }: Desk): boolean {
  return (
    actor.level >= role.planner || issue.author_id === actor.user.id || issue.assignee_id === actor.user.id
  )
}

/** `~"level::2" ~hardware` and bare names. */
function namesIn(argument: string): string[] {
  return [...argument.matchAll(/~?"([^"]+)"|~?([^\s,"~]+)/g)].map((match) => match[1] ?? match[2] ?? '')
}

const reference = (name: string) => (/[\s:]/.test(name) ? `~"${name}"` : `~${name}`)

function addTo(desk: Desk, ids: readonly number[]): void {
  const current = labelIdsOf(desk.world, desk.issue.id)
  const fresh = ids.filter((id) => !current.has(id))
  desk.change.addLabels = [...new Set([...(desk.change.addLabels ?? []), ...fresh])]
  desk.changes.add_label_ids = [...ids]
}

function takeFrom(desk: Desk, ids: readonly number[]): void {
  const current = labelIdsOf(desk.world, desk.issue.id)
  const present = ids.filter((id) => current.has(id))
  desk.change.removeLabels = [...new Set([...(desk.change.removeLabels ?? []), ...present])]
  desk.changes.remove_label_ids = [...ids]
}

const wordsIn = (argument: string) => argument.split(/\s+/).filter((word) => word !== '')

function issueNamed(desk: Desk, argument: string): { issue: IssueRow; home: ProjectRow } | undefined {
  const [, path, url, number] =
    /^(?:([\w./-]+)?#|(https?:\S+?)\/-\/(?:issues|work_items)\/)(\d+)$/.exec(argument.trim()) ?? []
  if (!number) return undefined
  const full = url?.startsWith(`${desk.world.url}/`) ? url.slice(desk.world.url.length + 1) : path
  const home = namedProject(desk.world, desk.actor.project, full)
  const issue =
    home &&
    desk.world.db.one<IssueRow>(
      'select * from issues where project_id = ? and iid = ?',
      home.id,
      Number(number),
    )
  return home && issue && issue.id !== desk.issue.id ? { issue, home } : undefined
}

/** `2026-01-31`, `tomorrow`, `in 2 days`: what people really type. */
function dateFrom(now: number, argument: string): string | undefined {
  const day = 86_400_000
  if (/^\d{4}-\d\d-\d\d$/.test(argument) && !Number.isNaN(Date.parse(argument))) return argument
  if (/^today$/i.test(argument)) return dateOnly(now)
  if (/^tomorrow$/i.test(argument)) return dateOnly(now + day)
  const [, count, unit] = /^(?:in )?(\d+) (day|week)s?$/i.exec(argument) ?? []
  return count && unit
    ? dateOnly(now + Number(count) * day * (unit.toLowerCase() === 'week' ? 7 : 1))
    : undefined
}

/** `1h 30m`, `-2d`, `1w`: working time, in seconds. */
function secondsFrom(argument: string): number | undefined {
  const spoken = argument.replace(/\s\d{4}-\d\d-\d\d$/, '').trim()
  if (!/^-?(\d+\s*(mo|w|d|h|m|s)\s*)+$/i.test(spoken)) return undefined
  const size: Record<string, number> = { mo: 576_000, w: 144_000, d: 28_800, h: 3600, m: 60, s: 1 }
  let seconds = 0
  for (const [, count, unit] of spoken.matchAll(/(\d+)\s*(mo|w|d|h|m|s)/gi)) {
    seconds += Number(count) * (size[unit?.toLowerCase() ?? ''] ?? 0)
  }
  return spoken.startsWith('-') ? -seconds : seconds
}
