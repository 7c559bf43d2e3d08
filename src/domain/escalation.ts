// Escalating moves a ticket one level up: one label change, one branch, one internal note, and
// the person it was assigned to lets go of it. Handing back is the way down, and gives the
// ticket back to whoever had it. A page that showed another level changes nothing.

import type { Category } from './category.ts'
import { categoryById } from './category.ts'
import type { Circumstances, Decision } from './decision.ts'
import { happened, toBeDone } from './decision.ts'
import type { Desk } from './desk.ts'
import { levelLabel, levelName, otherLevelLabels } from './level.ts'
import type { Refusal } from './refusal.ts'
import { refuse } from './refusal.ts'
import type { Role } from './role.ts'
import { isAtLeast } from './role.ts'
import type { Ticket } from './ticket.ts'

type Move = {
  readonly desk: Desk
  /** The level the page showed. */
  readonly from: number
  readonly reason: string
}

const relabelled = (ticket: Ticket, to: number, desk: Desk): string[] => [
  ...ticket.labels.filter(
    (label) => !otherLevelLabels(to, desk).includes(label) && label !== levelLabel(to, desk),
  ),
  levelLabel(to, desk),
]

/** Where the branch goes, or null where this category makes none. */
export const branchPlace = (ticket: Ticket, desk: Desk): Category['branches'] => {
  const category = ticket.category === null ? undefined : categoryById(ticket.category, desk)
  return category ? category.branches : { project: '', ref: '' }
}

export const escalate = (ticket: Ticket, move: Move, circumstances: Circumstances): Decision | Refusal => {
  const { desk } = move
  if (ticket.state === 'resolved') return refuse('ticket-resolved')
  if (ticket.level !== move.from)
    return refuse('already-at-level', { level: ticket.level, name: levelName(ticket.level, desk) })
  if (ticket.level >= desk.levels.length) return refuse('top-level', { name: levelName(ticket.level, desk) })

  const to = ticket.level + 1
  const labels = toBeDone(ticket, circumstances, {
    kind: 'change',
    addLabels: [levelLabel(to, desk)],
    removeLabels: otherLevelLabels(to, desk),
    assignee: null,
  })
  // Once per ticket: one that GitLab has not answered yet is under way, not missing.
  const branched = ticket.branch?.state === 'made' || ticket.branch?.state === 'asked'
  const place = branched ? null : branchPlace(ticket, desk)
  const branch = place
    ? [
        toBeDone(ticket, circumstances, {
          kind: 'branch',
          title: ticket.title,
          confidential: ticket.confidential,
          ...place,
        }),
      ]
    : []
  const note = toBeDone(ticket, circumstances, {
    kind: 'note',
    purpose: 'escalate',
    text: move.reason,
    internal: true,
    level: to,
    formerAssignee: ticket.assignee,
  })
  return {
    ticket: {
      ...ticket,
      level: to,
      labels: relabelled(ticket, to, desk),
      assignee: null,
      formerAssignee: ticket.assignee,
      branch: place ? { state: 'asked' } : ticket.branch,
      changedAt: circumstances.at,
    },
    events: [
      happened(ticket, circumstances, note.id, {
        kind: 'escalated',
        from: ticket.level,
        to,
        reason: move.reason,
      }),
    ],
    operations: [labels, ...branch, note],
  }
}

export const handBack = (
  ticket: Ticket,
  move: Move & {
    readonly role: Role
    /** GitLab id of the former assignee while still a member, else null. */
    readonly formerAssigneeId: number | null
  },
  circumstances: Circumstances,
): Decision | Refusal => {
  const { desk } = move
  if (!isAtLeast(move.role, 'specialist')) return refuse('not-your-role')
  if (ticket.state === 'resolved') return refuse('ticket-resolved')
  if (ticket.level !== move.from)
    return refuse('already-at-level', { level: ticket.level, name: levelName(ticket.level, desk) })
  if (ticket.level <= 1) return refuse('bottom-level', { name: levelName(ticket.level, desk) })

  const to = ticket.level - 1
  const assignee = move.formerAssigneeId === null ? null : ticket.formerAssignee
  const labels = toBeDone(ticket, circumstances, {
    kind: 'change',
    addLabels: [levelLabel(to, desk)],
    removeLabels: otherLevelLabels(to, desk),
    assignee: move.formerAssigneeId,
  })
  const note = toBeDone(ticket, circumstances, {
    kind: 'note',
    purpose: 'hand-back',
    text: move.reason,
    internal: true,
    level: to,
  })
  return {
    ticket: {
      ...ticket,
      level: to,
      labels: relabelled(ticket, to, desk),
      assignee,
      formerAssignee: null,
      changedAt: circumstances.at,
    },
    events: [
      happened(ticket, circumstances, note.id, {
        kind: 'handed-back',
        from: ticket.level,
        to,
        reason: move.reason,
      }),
    ],
    operations: [labels, note],
  }
}

/** The one button for a branch that is missing: after an escalation by hand, or when GitLab said no. */
export const askForBranch = (
  ticket: Ticket,
  desk: Desk,
  circumstances: Circumstances,
): Decision | Refusal => {
  if (ticket.branch?.state === 'made') return refuse('branch-exists', { name: ticket.branch.name })
  if (ticket.branch?.state === 'asked') return refuse('busy')
  const place = branchPlace(ticket, desk)
  if (!place) return refuse('branches-off')
  return {
    ticket: { ...ticket, branch: { state: 'asked' } },
    events: [],
    operations: [
      toBeDone(ticket, circumstances, {
        kind: 'branch',
        title: ticket.title,
        confidential: ticket.confidential,
        ...place,
      }),
    ],
  }
}
