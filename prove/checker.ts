// Judges what came of a schedule: reads GitLab, the desk's pages and what people were told, and
// knows nothing of how Belay works. Numbers in brackets are the invariants of the security notes.

import type { Reader } from '../src/application/ports.ts'
import type { GitlabModel, Issue } from './gitlab-model.ts'
import type { Deed, Ledger } from './ledger.ts'

const holding = (issues: Iterable<Issue>, token: string): Issue[] =>
  [...issues].filter((issue) => issue.title.includes(token))

/** An issue that is a late double of another, closed as such, is no second ticket. */
const isClosedDouble = (issue: Issue): boolean => issue.state === 'closed' && issue.labels.has('duplicate')

const checkOpenings = (gitlab: GitlabModel, ledger: Ledger, report: (fault: string) => void) => {
  for (const deed of ledger.deeds.filter(({ kind }) => kind === 'open')) {
    const real = holding(gitlab.issues.values(), deed.token).filter((issue) => !isClosedDouble(issue))
    if (deed.promised === 'yes' && real.length !== 1)
      report(`[I1] ${deed.token} was accepted and is ${real.length} issues`)
    if (deed.promised === 'maybe' && real.length > 1) report(`[I1] ${deed.token} is ${real.length} issues`)
    if (deed.promised === 'no' && real.length > 0)
      report(`[I2] ${deed.token} was not accepted and is ${real.length} issues`)
  }
  for (const issue of gitlab.issues.values())
    if (
      issue.author === gitlab.users.bot &&
      !ledger.deeds.some((deed) => deed.kind === 'open' && issue.title.includes(deed.token))
    )
      report(`[I2] issue ${issue.iid} was opened by us and by nobody`)
}

const checkTexts = (issue: Issue, deeds: readonly Deed[], report: (fault: string) => void) => {
  for (const deed of deeds) {
    if (!['reply', 'answer', 'note', 'escalate', 'hand-back', 'resolve'].includes(deed.kind)) continue
    const found = issue.notes.filter((note) => note.body.includes(deed.token))
    const limit = deed.promised === 'no' ? 0 : 1
    if (found.length > limit) report(`[I3] "${deed.token}" (${deed.kind}) stands ${found.length} times`)
    if (deed.promised === 'yes' && found.length === 0) report(`[I4] "${deed.token}" (${deed.kind}) is lost`)
    const internal = !['reply', 'answer', 'resolve'].includes(deed.kind)
    if (found.some((note) => note.internal !== internal))
      report(`[I9] "${deed.token}" (${deed.kind}) is ${internal ? 'public' : 'internal'}`)
  }
}

const checkEscalations = (
  gitlab: GitlabModel,
  issue: Issue,
  deeds: readonly Deed[],
  moves: { readonly byHand: number; readonly byRule: number },
  report: (fault: string) => void,
) => {
  const handMoves = moves.byHand
  const escalations = deeds.filter(({ kind }) => kind === 'escalate')
  const sure = escalations.filter(({ promised }) => promised === 'yes').length + moves.byRule
  const possible = escalations.filter(({ promised }) => promised !== 'no').length + moves.byRule
  const entered = issue.labelEvents.filter(
    (event) => event.label === 'level::2' && event.action === 'add',
  ).length
  if (entered > possible + handMoves)
    report(`[I3] issue ${issue.iid} entered Level 2 ${entered} times, asked for ${possible} times`)
  if (handMoves === 0 && entered < sure)
    report(`[I3] issue ${issue.iid} entered Level 2 ${entered} times, promised ${sure} times`)
  const branches = gitlab.branches.filter((branch) => branch.name.startsWith(`${issue.iid}-`))
  if (branches.length > 1) report(`[I3] issue ${issue.iid} has ${branches.length} branches`)
  if (sure > 0 && branches.length === 0) report(`[I4] issue ${issue.iid} was escalated and has no branch`)
  const levels = [...issue.labels].filter((label) => label.startsWith('level::'))
  if (levels.length > 1 && handMoves === 0) report(`[I3] issue ${issue.iid} bears ${levels.join(' and ')}`)
}

const levelOf = (issue: Issue) => (issue.labels.has('level::2') ? 2 : 1)
const stateOf = (issue: Issue) =>
  issue.state === 'closed' ? 'resolved' : issue.labels.has('waiting') ? 'waiting' : 'open'

/** Without the signs that keep GitLab from making links of what people write. */
const asWritten = (title: string): string => title.replaceAll('\u2060', '')

/** Where Service Desk answers, it answers whoever asked. */
const checkServiceDesk = (gitlab: GitlabModel, ledger: Ledger, report: (fault: string) => void) => {
  for (const issue of gitlab.issues.values()) {
    const opening = ledger.deeds.find((deed) => deed.kind === 'open' && issue.title.includes(deed.token))
    const address = ledger.requesters.get(opening?.token ?? '')
    if (opening && issue.serviceDesk !== null && issue.serviceDesk !== address)
      report(`[I7] Service Desk answers ${issue.serviceDesk} on issue ${issue.iid} of ${address}`)
    const handed = issue.notes.filter((note) => note.author === gitlab.users.supportBot && note.internal)
    if (handed.length > 1) report(`[I3] issue ${issue.iid} was handed to Service Desk ${handed.length} times`)
  }
}

const checkIndex = async (
  gitlab: GitlabModel,
  reader: Reader,
  ledger: Ledger,
  report: (fault: string) => void,
) => {
  for (const issue of gitlab.issues.values()) {
    const ticket = await reader.ticket({ iid: issue.iid })
    if (!ticket) {
      report(`[I11] issue ${issue.iid} is not on the desk`)
      continue
    }
    const operations = await reader.operations(ticket.id)
    // Mails have a checker of their own.
    for (const operation of operations.filter(({ intent }) => intent.kind !== 'mail'))
      report(
        `[I4] issue ${issue.iid}: ${operation.intent.kind} is ${operation.state} (${operation.trouble?.code})`,
      )
    const differs = (what: string, here: unknown, there: unknown) =>
      here !== there && report(`[I11] issue ${issue.iid}: ${what} is ${here} on the desk, ${there} in GitLab`)
    differs('level', ticket.level, levelOf(issue))
    differs('state', ticket.state, stateOf(issue))
    differs('assignee', ticket.assignee, issue.assignee?.username ?? null)
    differs('title', ticket.title, asWritten(issue.title))
    const events = await reader.events(ticket.id)
    const shown = events.map((event) =>
      'text' in event.what ? event.what.text : 'reason' in event.what ? event.what.reason : '',
    )
    for (const deed of ledger.deeds) {
      if (deed.kind === 'open' || !issue.notes.some((note) => note.body.includes(deed.token))) continue
      const times = shown.filter((text) => text.includes(deed.token)).length
      if (times !== 1)
        report(`[I11] issue ${issue.iid}: "${deed.token}" stands ${times} times in the timeline`)
    }
    for (const note of issue.notes.filter((one) => !one.author.bot && !one.system))
      if (shown.filter((text) => text === note.body).length !== 1)
        report(`[I11] issue ${issue.iid}: the comment "${note.body}" is not in the timeline once`)
    if (events.some((event) => event.source.startsWith('op:')) && operations.length === 0)
      report(`[I11] issue ${issue.iid}: the timeline still tells what GitLab was to be told`)
  }
  const page = await reader.page({
    view: 'all',
    me: null,
    level: null,
    category: null,
    state: null,
    assignee: null,
    words: '',
    cursor: null,
    limit: 200,
  })
  // A late double that was closed as such is shown nowhere.
  const real = [...gitlab.issues.values()].filter((issue) => !isClosedDouble(issue))
  if (page.tickets.length !== real.length)
    report(`[I11] the desk has ${page.tickets.length} tickets, GitLab ${real.length} issues`)
}

/** Everything that is wrong, one sentence each; nothing when all is well. `byRule`: what the desk escalated of itself. */
export const check = async (
  gitlab: GitlabModel,
  reader: Reader,
  ledger: Ledger,
  byRule: ReadonlyMap<number, number> = new Map(),
): Promise<string[]> => {
  const faults: string[] = []
  const report = (fault: string) => {
    faults.push(fault)
  }
  checkOpenings(gitlab, ledger, report)
  checkServiceDesk(gitlab, ledger, report)
  for (const opening of ledger.deeds.filter(({ kind }) => kind === 'open')) {
    const [issue] = holding(gitlab.issues.values(), opening.token)
    if (!issue) continue
    const deeds = ledger.deeds.filter(({ ticket }) => ticket === opening.token)
    checkTexts(issue, deeds, report)
    const label = ledger.handLabels.get(opening.token)
    if (label !== undefined && !issue.labels.has(label))
      report(`[I12] issue ${issue.iid} lost the label ${label} that a person had set`)
    const moves = {
      byHand: ledger.handMoves.get(opening.token) ?? 0,
      byRule: byRule.get(issue.iid) ?? 0,
    }
    checkEscalations(gitlab, issue, deeds, moves, report)
  }
  await checkIndex(gitlab, reader, ledger, report)
  return faults
}
