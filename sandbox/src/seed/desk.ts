import { role } from '../access.ts'
import { noPostman } from '../mail/postman.ts'
import type { IssueRow, ProjectRow, UserRow } from '../store/rows.ts'
import { type Actor, changeIssue, type IssueChange, readIssue } from '../work/change-issue.ts'
import { createIssue } from '../work/create-issue.ts'
import { createNote } from '../work/create-note.ts'
import { knownLabelIds, labelIdsOf, makeLabel } from '../work/labels.ts'
import { createMergeRequest } from '../work/merge-requests.ts'
import { commitTo, findBranch, pointBranch } from '../work/repository.ts'
import type { World } from '../world.ts'
import { branchName } from './branch-name.ts'
import type { Cast } from './people.ts'
import { type Step, type Story, stories } from './stories.ts'
import { storiesOfTheYear, yearSpan } from './year.ts'

const minute = 60_000
const hour = 60 * minute

/**
 * The small desk: some 45 tickets of the past weeks, and where it is wanted some 500 of the year before. Everything
 * goes through the same work as a call would, only on a clock of its own, so that events, notes and times fit together.
 */
export function seedDesk(world: World, cast: Cast, options: { year?: boolean } = {}): void {
  const end = world.clock.now()
  let at = end
  const past: World = {
    ...world,
    clock: { now: () => at },
    limits: { settings: world.limits.settings, exceeded: () => false },
    // What was mailed then is not told.
    postman: noPostman,
  }
  const project = cast.helpdesk
  at = end - (options.year ? yearSpan : 59 * 24 * hour)
  makeLabel(past, project, {
    name: 'hardware',
    color: '#f45562',
    description: 'Devices and what hangs on them',
  })
  makeLabel(past, project, {
    name: 'gitlab-account',
    color: '#3450f6',
    description: 'Accounts and access in GitLab',
  })
  makeLabel(past, project, { name: 'level::1', color: '#36a64f', description: 'First level' })
  makeLabel(past, project, { name: 'level::2', color: '#c17d10', description: 'Second level' })
  makeLabel(past, project, { name: 'waiting', color: '#8e8e8e', description: 'The requester has the word' })
  if (options.year) {
    makeLabel(past, project, { name: 'priority::high', color: '#d9534f', description: 'Before all others' })
    makeLabel(past, project, { name: 'spam', color: '#666666', description: 'No request' })
    makeLabel(past, project, { name: 'no-kpi', color: '#cccccc', description: 'Stands in no figure' })
  }

  const moments: { at: number; act(): void }[] = []
  for (const story of [...(options.year ? storiesOfTheYear(end) : []), ...stories]) {
    const timeOf = (hoursAgo: number) => {
      const exactly = end - hoursAgo * hour
      return story.exact ? Math.round(exactly) : working(exactly, end)
    }
    let last = timeOf(story.hoursAgo)
    let issue: IssueRow | undefined
    moments.push({
      at: last,
      act() {
        issue = open(past, cast, story)
      },
    })
    for (const step of story.steps ?? []) {
      // Never before the step it answers, never after now.
      last = Math.min(
        end - minute,
        Math.max(last + (story.exact ? 0 : 2 * minute), timeOf(story.hoursAgo - step.after)),
      )
      moments.push({
        at: last,
        act() {
          if (issue) take(past, cast, readIssue(past, issue.id), step)
        },
      })
      // Whoever asks writes first and then sets the label.
      if (step.does === 'wait') {
        const label: Step = { ...step, does: 'label', text: 'waiting' }
        moments.push({
          at: last + 2_000,
          act() {
            if (issue) take(past, cast, readIssue(past, issue.id), label)
          },
        })
      }
    }
  }
  moments.sort((a, b) => a.at - b.at)
  for (const moment of moments) {
    at = moment.at
    moment.act()
  }
}

/** Squeezes a day into its hours from eight to five, weekends into Friday's last; the last day stays as it is. */
function working(at: number, end: number): number {
  if (at > end - 26 * hour) return Math.floor(at)
  const day = 24 * hour
  const midnight = Math.floor(at / day) * day
  const share = (at - midnight) / day
  const weekday = new Date(at).getUTCDay()
  if (weekday === 0) return midnight - 2 * day + Math.floor((17.5 + share / 2) * hour)
  if (weekday === 6) return midnight - day + Math.floor((17 + share / 2) * hour)
  return midnight + Math.floor((8 + share * 9) * hour)
}

function actorFor(cast: Cast, name: keyof Omit<Cast, 'helpdesk'>): Actor {
  const levels: Partial<Record<typeof name, number>> = {
    bruno: role.reporter,
    carla: role.developer,
    davi: role.maintainer,
  }
  const user: UserRow = cast[name]
  return { user, level: levels[name] ?? role.reporter, project: cast.helpdesk }
}

function open(world: World, cast: Cast, story: Story): IssueRow {
  const actor = actorFor(cast, story.by)
  const labelIds = knownLabelIds(world, actor.project, story.labels ?? [])
  const issue = createIssue(world, actor, {
    title: story.title,
    description: story.text,
    confidential: story.confidential ?? story.by === 'supportBot',
    issueType: story.type ?? 'issue',
    labelIds: story.withoutEvents ? [] : labelIds,
    ...(story.from ? { replyTo: story.from } : {}),
  })
  if (story.withoutEvents)
    for (const id of labelIds)
      world.db.run('insert into issue_labels (issue_id, label_id) values (?, ?)', issue.id, id)
  if (story.from)
    world.db.run('insert into issue_emails (issue_id, email) values (?, ?)', issue.id, story.from)
  return issue
}

function take(world: World, cast: Cast, issue: IssueRow, step: Step): void {
  const actor = actorFor(cast, step.by)
  const write = (body: string, internal: boolean) =>
    createNote(world, actor, issue, {
      body,
      internal,
      ...(step.by === 'supportBot' && issue.service_desk_reply_to
        ? { externalAuthor: issue.service_desk_reply_to }
        : {}),
    })
  const change = (wanted: IssueChange) => changeIssue(world, actor, issue, wanted)
  switch (step.does) {
    case 'reply':
      write(step.text ?? '', false)
      break
    case 'note':
      write(step.text ?? '', true)
      break
    case 'escalate':
      change({ ...relabel(world, actor.project, issue, ['level::2'], ['level::1']), assigneeId: null })
      write(step.text ?? '', true)
      startBranch(world, actor.project, issue)
      break
    case 'hand over':
      change({ ...relabel(world, actor.project, issue, ['level::2'], ['level::1']), assigneeId: null })
      write(step.text ?? '', true)
      break
    case 'hand back':
      change(relabel(world, actor.project, issue, ['level::1'], ['level::2']))
      write(step.text ?? '', true)
      break
    case 'both levels':
      change(relabel(world, actor.project, issue, ['level::2'], []))
      break
    case 'label':
      change(relabel(world, actor.project, issue, (step.text ?? '').split(' '), []))
      break
    case 'wait':
      write(step.text ?? '', false)
      break
    case 'go on':
      change(relabel(world, actor.project, issue, [], ['waiting']))
      break
    case 'assign':
      change({ assigneeId: actor.user.id })
      break
    case 'resolve':
      write(step.text ?? '', false)
      changeIssue(world, actor, readIssue(world, issue.id), { stateEvent: 'close' })
      break
    case 'close':
      change({ stateEvent: 'close' })
      break
    case 'duplicate': {
      const first = world.db.one<{ id: number }>(
        'select id from issues where project_id = ? and title = ? and id < ? order by id desc',
        actor.project.id,
        step.text ?? '',
        issue.id,
      )
      if (first) change({ stateEvent: 'close', duplicatedToId: first.id })
      break
    }
    case 'reopen':
      change({ stateEvent: 'reopen' })
      write(step.text ?? '', false)
      break
    case 'merge request':
      openMergeRequest(world, actor, issue, step.text ?? '')
  }
}

function relabel(
  world: World,
  project: ProjectRow,
  issue: IssueRow,
  add: string[],
  remove: string[],
): IssueChange {
  const current = labelIdsOf(world, issue.id)
  return {
    addLabels: knownLabelIds(world, project, add).filter((id) => !current.has(id)),
    removeLabels: knownLabelIds(world, project, remove).filter((id) => current.has(id)),
  }
}

function startBranch(world: World, project: ProjectRow, issue: IssueRow): void {
  const main = findBranch(world, project.id, project.default_branch)
  const name = branchName(issue.iid, issue.title, issue.confidential === 1)
  if (main) pointBranch(world, project.id, name, main.sha, world.clock.now())
}

function openMergeRequest(world: World, actor: Actor, issue: IssueRow, title: string): void {
  const sourceBranch = branchName(issue.iid, issue.title, issue.confidential === 1)
  commitTo(world, actor.project, sourceBranch, { message: title, author: actor.user })
  createMergeRequest(world, actor, {
    title,
    description: `Closes #${issue.iid}`,
    sourceBranch,
    targetBranch: actor.project.default_branch,
    assigneeId: actor.user.id,
    removeSourceBranch: true,
  })
}
