// Judges the promises of a story: that they run out and are broken is told once, in GitLab or by mail, a broken one
// escalates its ticket once, and the figures say what the timeline says. It reads GitLab, the mail server and the
// desk's pages; measuring alone is the product's own, because the question is whether it was done when it had to be.

import type { Reader } from '../src/application/ports.ts'
import type { Desk } from '../src/domain/desk.ts'
import { kpiEventsOf, kpiTicketOf } from '../src/domain/kpi/kpi-events.ts'
import { measure } from '../src/domain/kpi/measure.ts'
import { packFigures } from '../src/domain/kpi/packed-figures.ts'
import { kpiRulesOf } from '../src/domain/kpi/rules.ts'
import type { TargetStanding } from '../src/domain/target.ts'
import type { Ticket } from '../src/domain/ticket.ts'
import type { GitlabModel, Issue, Note } from './gitlab-model.ts'
import type { Ledger } from './ledger.ts'
import type { MailServer, Outgoing } from './mail-model.ts'
import { numberOf } from './mail-model.ts'
import type { News } from './promises.ts'
import { hardware, minuteIn, newsIn, urgent } from './promises.ts'

export type PromiseStory = {
  readonly desk: Desk
  /** null: GitLab mails whom a note mentions. */
  readonly server: MailServer | null
  /** Agents who want to be mailed. */
  readonly agents: readonly string[]
}

type Say = (fault: string) => void

/** The worker gives up waiting for a GitLab that does not let itself be read (milliseconds). */
const patience = 2 * 60_000
/** How far a replica lags behind, and a little (milliseconds). */
const lag = 10_000

const isClosedDouble = (issue: Issue): boolean => issue.state === 'closed' && issue.labels.has('duplicate')
const name = ({ kind, news }: News): string => `${kind} ${news}`
const everAtLevel2 = (issue: Issue, before = Number.POSITIVE_INFINITY): boolean =>
  issue.labelEvents.some(
    ({ label, action, created_at }) => label === 'level::2' && action === 'add' && created_at <= before,
  )

/** Escalations of the desk's own, as its pages tell of them: by the kind of the promise that was broken. */
const ownEscalations = async (reader: Reader, ticket: Ticket): Promise<string[]> =>
  (await reader.events(ticket.id)).flatMap(({ actor, what, hidden }) =>
    what.kind === 'escalated' && actor.kind === 'bot' && !hidden ? [newsIn(what.reason)?.kind ?? ''] : [],
  )

/** How often the desk escalated each issue by itself. */
export const escalatedByRule = async (
  gitlab: GitlabModel,
  reader: Reader,
): Promise<ReadonlyMap<number, number>> => {
  const found = new Map<number, number>()
  for (const { iid } of gitlab.issues.values()) {
    const ticket = await reader.ticket({ iid })
    if (ticket) found.set(iid, (await ownEscalations(reader, ticket)).length)
  }
  return found
}

// --- What was told -----------------------------------------------------------------------------

type Told = {
  readonly notes: readonly { readonly note: Note; readonly index: number; readonly news: News }[]
  readonly mails: readonly { readonly mail: Outgoing; readonly news: News }[]
}

const toldOf = (issue: Issue, { server }: PromiseStory): Told => ({
  notes: issue.notes.flatMap((note, index) => {
    const news = newsIn(note.body)
    return news ? [{ note, index, news }] : []
  }),
  mails: (server ? [...server.deliveries, ...server.refusals] : []).flatMap((mail) => {
    const news = numberOf(mail) === issue.iid ? newsIn(mail.text) : null
    return news ? [{ mail, news }] : []
  }),
})

const isTold = ({ notes, mails }: Told, kind: News['kind'], news: News['news']): boolean =>
  [...notes, ...mails].some((one) => one.news.kind === kind && one.news.news === news)

const checkOnce = (issue: Issue, { notes, mails }: Told, { agents }: PromiseStory, say: Say) => {
  for (const [what, all] of Map.groupBy(notes, ({ news }) => name(news)))
    if (all.length > 1) say(`[P1] issue ${issue.iid}: ${what} is noted ${all.length} times`)
  for (const [what, all] of Map.groupBy(mails, ({ news, mail }) => `${name(news)} to ${mail.to}`)) {
    const ids = new Set(all.map(({ mail }) => mail.messageId)).size
    if (ids > 1) say(`[P1] issue ${issue.iid}: ${what} is mailed ${ids} times`)
  }
  for (const { note, news } of notes)
    if (!note.internal) say(`[I9] issue ${issue.iid}: ${name(news)} is public`)
  for (const { mail, news } of mails)
    if (!agents.includes(mail.to)) say(`[I9] issue ${issue.iid}: ${name(news)} was mailed to ${mail.to}`)
  if (issue.title.startsWith('from before') && notes.length + mails.length > 0)
    say(`[P1] issue ${issue.iid} is from before anything was promised, and was told of`)
}

/** Answers of agents, through the desk or by hand. */
const answersOn = (issue: Issue, { deeds }: Ledger, { users }: GitlabModel) => {
  const ours = deeds.filter(({ kind }) => kind === 'reply' || kind === 'resolve').map(({ token }) => token)
  return issue.notes.flatMap((note, index) => {
    if (note.system || note.internal) return []
    const throughDesk = ours.some((token) => note.body.includes(token))
    const byHand = [users.bruno, users.carla, users.davi].includes(note.author)
    return throughDesk || byHand ? [{ note, index, throughDesk }] : []
  })
}

/** Nobody is told that an answer is missing once there is one. */
const checkAnswered = (issue: Issue, { notes }: Told, answers: ReturnType<typeof answersOn>, say: Say) => {
  for (const { note, index, news } of notes) {
    if (news.kind !== 'first_response') continue
    if (answers.some((answer) => answer.throughDesk && answer.index < index))
      say(`[P3] issue ${issue.iid} was answered before it was told: ${name(news)}`)
    // GitLab's issue is younger than what the desk accepted: by which time it was told, only the words say.
    const due = minuteIn(note.body)
    const inTime = answers.find((answer) => !answer.throughDesk && answer.note.created_at <= due - lag)
    if (inTime && news.news === 'missed' && note.created_at < due + patience)
      say(
        `[P3] issue ${issue.iid} was answered in GitLab ${(due - inTime.note.created_at) / 1_000} s before the minute of ${name(news)} ("${inTime.note.body}")`,
      )
  }
}

// --- What had to be told and done ---------------------------------------------------------------

const checkEscalated = async (
  gitlab: GitlabModel,
  reader: Reader,
  issue: Issue,
  ticket: Ticket,
  say: Say,
) => {
  const own = await ownEscalations(reader, ticket)
  for (const [kind, all] of Map.groupBy(own, (one) => one)) {
    if (all.length > 1) say(`[P4] issue ${issue.iid} was escalated ${all.length} times for ${kind}`)
    const noted = issue.notes.filter(
      ({ body }) => newsIn(body)?.kind === kind && newsIn(body)?.news === 'missed',
    )
    if (noted.length !== 1)
      say(`[P4] issue ${issue.iid}: its escalation for ${kind} is ${noted.length} notes`)
  }
  if (own.length > 0 && !gitlab.branches.some((branch) => branch.name.startsWith(`${issue.iid}-`)))
    say(`[P4] issue ${issue.iid} was escalated by rule and has no branch`)
}

/** Nobody who wants a mail has it. */
const mayBeNobodys = (issue: Issue): boolean =>
  issue.notes.some(({ system, body }) => system && body.includes('@davi'))

const checkBroken = (
  issue: Issue,
  standing: TargetStanding,
  told: Told,
  { server }: PromiseStory,
  say: Say,
) => {
  const { kind, whenMissed } = standing
  if (!isTold(told, kind, 'missed') && !(server && mayBeNobodys(issue)))
    say(`[P2] issue ${issue.iid}: ${kind} was broken, and nobody was told`)
  // What the ticket was about says which rule counted; where it never changed there is no doubt.
  const changed = issue.labelEvents.some(({ label }) => label === urgent || label === hardware)
  const sure = kind === 'first_response' || (kind === 'resolution' && !changed)
  if (sure && whenMissed === 'escalate' && !everAtLevel2(issue))
    say(`[P4] issue ${issue.iid}: ${kind} was broken, and it was never escalated`)
}

/** From GitLab alone: whoever never got an answer was promised one. */
const checkUnanswered = (
  issue: Issue,
  told: Told,
  answers: ReturnType<typeof answersOn>,
  { server }: PromiseStory,
  say: Say,
) => {
  if (answers.length > 0 || issue.stateEvents.length > 0) return
  if (!everAtLevel2(issue)) say(`[P4] issue ${issue.iid} was never answered, and never escalated`)
  if (!server && !isTold(told, 'first_response', 'missed'))
    say(`[P2] issue ${issue.iid} was never answered, and nobody was told`)
}

// --- Figures -----------------------------------------------------------------------------------

const textOf = (names: unknown, numbers: Uint8Array): string =>
  `${typeof names === 'string' ? names : JSON.stringify(names)} ${Buffer.from(numbers).toString('base64')}`

/** Rows as they are kept, by the number of the ticket. */
export const figuresByNumber = async (reader: Reader): Promise<ReadonlyMap<number, string>> => {
  const rows = await reader.figureRows({ version: 0, since: 0, after: null, limit: 1_000 })
  const tickets = new Map(
    (await reader.ticketsByKeys(rows.map(({ n }) => n))).map(({ n, iid }) => [n, iid] as const),
  )
  const found = new Map<number, string>()
  for (const { n, packed } of rows) {
    const iid = tickets.get(n)
    if (packed && typeof iid === 'number') found.set(iid, textOf(packed.names, packed.numbers))
  }
  return found
}

const measuredAfresh = async (reader: Reader, ticket: Ticket, desk: Desk) => {
  const events = await reader.events(ticket.id)
  const mails = ticket.source === 'mail' ? await reader.mailsOf(ticket.id) : []
  const arrived = Math.min(...mails.map(({ receivedAt }) => receivedAt))
  // At rest all was read. A mail that came later than the ticket is not what it was made of.
  const afresh = kpiTicketOf(ticket, events, {
    readAt: 0,
    desk,
    arrivedAt: arrived <= ticket.openedAt ? arrived : null,
  })
  const figures = measure(afresh, kpiEventsOf(ticket, events, desk), kpiRulesOf(desk))
  const { names, numbers } = packFigures(figures)
  return {
    targets: figures.targets,
    text: textOf(names, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)),
  }
}

/** Everything that is wrong with the promises and the figures, one sentence each. */
export const checkPromises = async (
  gitlab: GitlabModel,
  reader: Reader,
  ledger: Ledger,
  story: PromiseStory,
  now: number,
): Promise<string[]> => {
  const faults: string[] = []
  const say: Say = (fault) => {
    faults.push(fault)
  }
  const kept = await figuresByNumber(reader)
  for (const { ticketId, kind, news } of await reader.dueTargets(now, 100))
    say(`[P2] of the ticket ${ticketId} it is due for ever: ${kind} ${news}`)
  for (const issue of gitlab.issues.values()) {
    const ticket = await reader.ticket({ iid: issue.iid })
    if (!ticket) continue
    const { targets, text } = await measuredAfresh(reader, ticket, story.desk)
    if (kept.get(issue.iid) !== text)
      say(`[P5] issue ${issue.iid}: its figures are not what its timeline says`)
    if (JSON.stringify(await reader.targets(ticket.id)) !== JSON.stringify(targets))
      say(`[P5] issue ${issue.iid}: its promises are not what its timeline says`)
    const told = toldOf(issue, story)
    checkOnce(issue, told, story, say)
    if (isClosedDouble(issue) || ticket.gone !== null) continue
    const answers = answersOn(issue, ledger, gitlab)
    checkAnswered(issue, told, answers, say)
    await checkEscalated(gitlab, reader, issue, ticket, say)
    if (issue.title.startsWith('from before') || ticket.state === 'resolved') continue
    for (const standing of targets)
      if (standing.stopped === null && (standing.missed ?? standing.due ?? now) < now)
        checkBroken(issue, standing, told, story, say)
    if (ledger.deeds.some((deed) => deed.kind === 'open' && issue.title.includes(deed.token)))
      checkUnanswered(issue, told, answers, story, say)
  }
  return faults
}

/** After all was read anew from GitLab the figures are what they were, and nothing is to be told again. */
export const checkRebuilt = async (
  gitlab: GitlabModel,
  reader: Reader,
  before: ReadonlyMap<number, string>,
): Promise<string[]> => {
  const faults: string[] = []
  const after = await figuresByNumber(reader)
  for (const { iid } of gitlab.issues.values())
    if (after.get(iid) !== before.get(iid))
      faults.push(
        `[P6] issue ${iid}: its figures are others after a rebuild: ${shown(before.get(iid))}, now ${shown(after.get(iid))}`,
      )
  const due = await reader.nextTargetDue()
  if (due !== null) faults.push('[P6] after a rebuild there is something to tell')
  return faults
}

/** As a person reads it who looks for the difference. */
const shown = (row: string | undefined): string => {
  if (row === undefined) return 'none'
  const end = row.lastIndexOf(' ')
  const bytes = Uint8Array.from(Buffer.from(row.slice(end + 1), 'base64'))
  return `${row.slice(0, end)} ${[...new Float64Array(bytes.buffer)].join(' ')}`
}
