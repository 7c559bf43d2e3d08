// Judges what came of it. Reads GitLab with an owner's token, the desk's index and its pages, and
// knows what people were promised; of how Belay works it knows nothing. Numbers in brackets are
// the invariants of the security notes.

import { z } from 'zod'
import type { Reader } from '../../src/application/ports.ts'
import type { Visitor } from '../../test/support/visitor.ts'
import type { Ledger, TicketStory } from './people.ts'

const issueShape = z.object({
  iid: z.number(),
  title: z.string(),
  state: z.enum(['opened', 'closed']),
  labels: z.array(z.string()),
  confidential: z.boolean(),
  assignees: z.array(z.object({ username: z.string() })),
})
const noteShape = z.object({ body: z.string(), internal: z.boolean(), system: z.boolean() })
const labelEventShape = z.object({ action: z.string(), label: z.object({ name: z.string() }).nullable() })
const branchShape = z.object({ name: z.string() })

export type Issue = z.infer<typeof issueShape> & {
  readonly notes: readonly z.infer<typeof noteShape>[]
  readonly labelEvents: readonly z.infer<typeof labelEventShape>[]
}
export type Gitlab = { readonly issues: readonly Issue[]; readonly branches: readonly string[] }

type Say = (fault: string) => void

/** Everything that GitLab knows of the project. */
export const readGitlab = async (url: string, token: string): Promise<Gitlab> => {
  const all = async <T>(shape: z.ZodType<T>, path: string): Promise<T[]> => {
    const items: T[] = []
    for (let page = 1; page < 1_000; page++) {
      const mark = path.includes('?') ? '&' : '?'
      const answer = await fetch(`${url}/api/v4/projects/1${path}${mark}per_page=100&page=${page}`, {
        headers: { 'private-token': token },
      })
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
      const some = z.array(shape).parse(await answer.json())
      items.push(...some)
      if (some.length < 100) break
    }
    return items
  }
  const issues: Issue[] = []
  for (const issue of await all(issueShape, '/issues?scope=all&state=all&order_by=created_at&sort=asc')) {
    const base = `/issues/${issue.iid}`
    const [notes, labelEvents] = await Promise.all([
      all(noteShape, `${base}/notes`),
      all(labelEventShape, `${base}/resource_label_events`),
    ])
    issues.push({ ...issue, notes: notes.filter((note) => !note.system), labelEvents })
  }
  const branches = (await all(branchShape, '/repository/branches')).map(({ name }) => name)
  return { issues, branches }
}

const entered = (issue: Issue, action: string): number =>
  issue.labelEvents.filter((event) => event.label?.name === 'level::2' && event.action === action).length

const judgeTexts = (issue: Issue, story: TicketStory, say: Say): void => {
  for (const { kind, token, promised } of story.deeds) {
    const found = issue.notes.filter((note) => note.body.includes(token))
    if (found.length > 1) say(`[I3] ${kind} ${token} stands ${found.length} times in issue ${issue.iid}`)
    if (promised === 'yes' && found.length === 0)
      say(`[I4] ${kind} ${token} was acknowledged and is not in issue ${issue.iid}`)
    const internal = kind === 'note' || kind === 'hand-back'
    if (found.some((note) => note.internal !== internal))
      say(`[I9] ${kind} ${token} of issue ${issue.iid} is ${internal ? 'public' : 'internal'}`)
  }
}

const judgeMoves = (issue: Issue, branches: readonly string[], story: TicketStory, say: Say): void => {
  const sure = story.moves.filter(({ promised }) => promised === 'yes').length
  const times = entered(issue, 'add')
  if (times > story.moves.length || times < sure)
    say(`[I3] issue ${issue.iid} entered Level 2 ${times} times, asked for ${story.moves.length} times`)
  for (const { tokens, promised } of story.moves) {
    const found = issue.notes.filter((note) => tokens.some((token) => note.body.includes(token)))
    if (found.length > 1 || (promised === 'yes' && found.length === 0))
      say(`[I3] the move ${tokens.join(' or ')} of issue ${issue.iid} has ${found.length} notes`)
    if (found.some((note) => !note.internal)) say(`[I9] the reason of issue ${issue.iid} is public`)
  }
  const back = story.deeds.filter(({ kind }) => kind === 'hand-back')
  const left = entered(issue, 'remove')
  if (left > back.length || left < back.filter(({ promised }) => promised === 'yes').length)
    say(`[I3] issue ${issue.iid} left Level 2 ${left} times, asked for ${back.length} times`)
  const own = branches.filter((name) => name.startsWith(`${issue.iid}-`))
  if (own.length > 1) say(`[I3] issue ${issue.iid} has ${own.length} branches`)
  if (sure > 0 && own.length === 0) say(`[I4] issue ${issue.iid} was escalated and has no branch`)
  const levels = issue.labels.filter((label) => label.startsWith('level::'))
  if (levels.length !== 1) say(`[I3] issue ${issue.iid} bears ${levels.join(' and ') || 'no level'}`)
}

/** What GitLab must hold, by what people were promised. */
export const judgeGitlab = ({ issues, branches }: Gitlab, ledger: Ledger, say: Say): void => {
  for (const story of ledger.stories) {
    const found = issues.filter((issue) => issue.title.includes(story.token))
    if (found.length > 1) say(`[I1] ${story.token} is ${found.length} issues`)
    if (story.promised === 'yes' && found.length === 0) say(`[I1] ${story.token} was accepted and is lost`)
    const [issue] = found
    if (!issue) continue
    judgeTexts(issue, story, say)
    judgeMoves(issue, branches, story, say)
    if (!issue.confidential) say(`[I9] issue ${issue.iid} is not confidential`)
    const resolved = story.deeds.find(({ kind }) => kind === 'resolve')
    if (issue.state === 'opened' && resolved?.promised === 'yes')
      say(`[I4] issue ${issue.iid} was resolved and is open`)
    if (issue.state === 'closed' && !resolved) say(`[I4] issue ${issue.iid} is closed, and nobody asked`)
  }
  for (const issue of issues)
    if (!ledger.stories.some((story) => issue.title.includes(story.token)))
      say(`[I2] issue ${issue.iid} was opened by nobody`)
}

const textOf = (what: object): string =>
  'text' in what && typeof what.text === 'string'
    ? what.text
    : 'reason' in what && typeof what.reason === 'string'
      ? what.reason
      : 'answer' in what && typeof what.answer === 'string'
        ? what.answer
        : ''

const tokensOf = (story: TicketStory): string[] => [
  ...story.deeds.map(({ token }) => token),
  ...story.moves.flatMap(({ tokens }) => tokens),
]

/** Whether the index says what GitLab says, and nothing waits. */
export const judgeIndex = async (
  { issues, branches }: Gitlab,
  reader: Reader,
  ledger: Ledger,
  say: Say,
): Promise<void> => {
  for (const issue of issues) {
    const ticket = await reader.ticket({ iid: issue.iid })
    if (!ticket) {
      say(`[I11] issue ${issue.iid} is not on the desk`)
      continue
    }
    const differs = (what: string, here: unknown, there: unknown) => {
      if (here !== there) say(`[I11] issue ${issue.iid}: ${what} is ${here} on the desk, ${there} in GitLab`)
    }
    differs('title', ticket.title, issue.title)
    differs('level', ticket.level, issue.labels.includes('level::2') ? 2 : 1)
    differs('state', ticket.state, issue.state === 'closed' ? 'resolved' : 'open')
    differs('assignee', ticket.assignee, issue.assignees[0]?.username ?? null)
    differs('labels', [...ticket.labels].sort().join(), [...issue.labels].sort().join())
    const branch = branches.find((name) => name.startsWith(`${issue.iid}-`)) ?? null
    differs('branch', ticket.branch?.state === 'made' ? ticket.branch.name : null, branch)
    for (const { intent, state, trouble } of await reader.operations(ticket.id))
      say(`[I4] issue ${issue.iid}: ${intent.kind} is ${state} (${trouble?.code ?? 'for no reason'})`)
    const events = await reader.events(ticket.id)
    const shown = events.map((event) => textOf(event.what))
    const story = ledger.stories.find(({ token }) => issue.title.includes(token))
    for (const token of story ? tokensOf(story) : []) {
      const there = issue.notes.filter((note) => note.body.includes(token)).length
      const here = shown.filter((text) => text.includes(token)).length
      if (here !== there)
        say(`[I11] issue ${issue.iid}: ${token} stands ${here} times in the timeline, ${there} in GitLab`)
    }
    if (events.some((event) => event.source.startsWith('op:')))
      say(`[I11] issue ${issue.iid}: the timeline still tells what GitLab was to be told`)
  }
  const { all } = await reader.counts(null)
  if (all !== issues.length) say(`[I11] the desk counts ${all} tickets, GitLab ${issues.length} issues`)
}

/** What agents read on the pages, and that a requester reads nothing internal. */
export const judgePages = async (
  gitlab: Gitlab,
  ledger: Ledger,
  agent: Visitor,
  stranger: Visitor,
  say: Say,
): Promise<void> => {
  for (const issue of gitlab.issues) {
    const story = ledger.stories.find(({ token }) => issue.title.includes(token))
    if (!story) continue
    const page = await agent.get(`/issues/${issue.iid}`)
    if (page.status !== 200) say(`[I11] the page of issue ${issue.iid} answers ${page.status}`)
    for (const { token, promised } of story.deeds)
      if (promised === 'yes' && !page.text.includes(token))
        say(`[I11] ${token} was acknowledged and is not on the page of issue ${issue.iid}`)
    if (story.link === null) continue
    const own = await stranger.get(story.link)
    if (own.status !== 200) say(`[I1] the link of ${story.token} answers ${own.status}`)
    const internal = [
      ...story.deeds.flatMap(({ kind, token }) => (kind === 'note' || kind === 'hand-back' ? token : [])),
      ...story.moves.flatMap(({ tokens }) => tokens),
    ]
    for (const token of internal) if (own.text.includes(token)) say(`[I9] the requester reads ${token}`)
  }
}
