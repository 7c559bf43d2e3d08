// Judges the mail of a story: reads the mail server, GitLab, the ledger's page and what people did, and
// knows nothing of how Belay works. Numbers in brackets are the invariants of the security notes.

import type { LedgerMail } from '../src/application/mail-ports.ts'
import type { Reader } from '../src/application/ports.ts'
import type { GitlabModel, Issue } from './gitlab-model.ts'
import type { Deed, Ledger } from './ledger.ts'
import type { Letter } from './letters.ts'
import { wordOf } from './letters.ts'
import type { Copy, Delivery, MailServer, Outgoing } from './mail-model.ts'
import { numberOf } from './mail-model.ts'

/** What the mail of a story is judged by. */
export type MailStory = {
  readonly server: MailServer
  readonly letters: readonly Letter[]
  readonly vouched: ReadonlyMap<string, Deed>
  /** When processes died or stood still (UTC ms). */
  readonly interruptions: readonly { readonly process: string; readonly from: number; readonly to: number }[]
  /** Agents who want to be mailed, by the notice they want. */
  readonly agents: Readonly<Record<string, string>>
}

type Say = (fault: string) => void

/** So many automatic mails an hour at most go to one address; a story is shorter than that. */
const mostAcknowledgements = 3

const isClosedDouble = (issue: Issue): boolean => issue.state === 'closed' && issue.labels.has('duplicate')
const noticeOf = ({ subject }: Outgoing): string => subject.split(' ')[0] ?? ''
const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
const idsAmong = (mails: readonly Outgoing[]): number => new Set(mails.map(({ messageId }) => messageId)).size

const openingOf = (issue: Issue, ledger: Ledger): string | null =>
  ledger.deeds.find((deed) => deed.kind === 'open' && issue.title.includes(deed.token))?.token ?? null

// --- What came in ------------------------------------------------------------------------------

const checkConservation = async (
  reader: Reader,
  { server, letters }: MailStory,
  say: Say,
): Promise<ReadonlyMap<string, readonly LedgerMail[]>> => {
  const { mails: rows } = await reader.mails({ words: '', state: null, cursor: null, limit: 500 })
  const counts = await reader.mailCounts()
  const sum = Object.values(counts).reduce((total, count) => total + count, 0)
  if (sum !== rows.length) say(`[I5] the ledger counts ${sum} mails and shows ${rows.length}`)
  if (counts.received > 0) say(`[I5] ${counts.received} mails are in flight for ever`)
  const byWord = new Map<string, LedgerMail[]>()
  for (const row of rows) {
    const source = await reader.mailSource(row.id)
    if (source === null) say(`[I5] the raw text of the mail ${row.id} is gone`)
    else byWord.set(wordOf(source), [...(byWord.get(wordOf(source)) ?? []), row])
  }
  for (const copy of server.copies) {
    if (copy.folder === 'inbox') say(`[I5] the letter ${copy.letter} lies in the inbox for ever`)
    if (copy.storedBefore === false)
      say(`[I5] the letter ${copy.letter} left the inbox before its raw text was kept`)
  }
  for (const { word } of letters) {
    const copies = server.copies.filter(({ letter }) => letter === word).length
    const kept = byWord.get(word)?.length ?? 0
    if (kept < copies)
      say(`[I5] the letter ${word} came in ${copies} times and is ${kept} times in the ledger`)
  }
  return byWord
}

const ends = (rows: readonly LedgerMail[], ...states: readonly LedgerMail['state'][]): number =>
  rows.filter(
    ({ state, reason }) => states.includes(state) && reason !== 'unknown-bounce' && reason !== 'delayed',
  ).length

const checkEnd = (letter: Letter, rows: readonly LedgerMail[], copies: readonly Copy[], say: Say) => {
  const effects = ends(rows, 'opened', 'appended', 'bounced')
  const wanted = { ticket: 1, reply: 1, unproven: 1, failure: 1, nothing: 0, quarantine: 0 }[letter.fate]
  if (effects !== wanted)
    say(`[I5] the letter ${letter.word} (${letter.fate}) had its effect ${effects} times: ${told(rows)}`)
  if (letter.fate === 'quarantine' && copies.some(({ folder }) => folder !== 'quarantine'))
    say(`[I5] the letter ${letter.word} is not where a person looks`)
  if (letter.fate === 'quarantine' && ends(rows, 'quarantined') !== rows.length)
    say(`[I5] the letter ${letter.word} is not in quarantine: ${told(rows)}`)
}

const told = (rows: readonly LedgerMail[]): string =>
  rows.map(({ state, reason }) => `${state} (${reason})`).join(', ')

/** Where the words of a letter stand in GitLab. */
const standing = (issues: readonly Issue[], word: string) => {
  const notes = issues.flatMap((issue) =>
    issue.notes.filter(({ body }) => body.includes(word)).map(({ internal }) => ({ issue, internal })),
  )
  return {
    openings: issues.filter(({ title, description }) => title.includes(word) || description.includes(word))
      .length,
    public: notes.filter(({ internal }) => !internal).length,
    internal: notes.filter(({ internal }) => internal).length,
    on: notes.map(({ issue }) => issue),
  }
}

const isVouchedFor = (publicly: number, promised: Deed['promised']): boolean =>
  promised === 'maybe' ? publicly <= 1 : publicly === (promised === 'yes' ? 1 : 0)

const checkPlace = (letter: Letter, issues: readonly Issue[], vouched: Deed | undefined, say: Say) => {
  const { word, fate, ticket } = letter
  const promised = vouched?.promised ?? 'no'
  const found = standing(issues, word)
  const where = `${found.openings} tickets, ${found.public} public and ${found.internal} internal notes`
  const fits = {
    ticket: found.openings === 1 && found.public + found.internal === 0,
    reply: found.openings === 0 && found.public === 1 && found.internal === 0,
    unproven: found.openings + found.internal === 1 && isVouchedFor(found.public, promised),
    failure: found.openings + found.public === 0 && found.internal === 1,
    nothing: found.openings + found.public + found.internal === 0,
    quarantine: found.openings + found.public + found.internal === 0,
  }[fate]
  if (found.public > 0 && fate !== 'reply' && promised === 'no')
    say(`[I9] the letter ${word} (${fate}) is public`)
  else if (!fits) say(`[${fate === 'ticket' ? 'I1' : 'I8'}] the letter ${word} (${fate}) is ${where}`)
  for (const issue of found.on)
    if (ticket !== null && !issue.title.includes(ticket))
      say(`[I8] the letter ${word} (${fate}) is on issue ${issue.iid}, and belongs to ${ticket}`)
}

// --- What went out -----------------------------------------------------------------------------

/** Nobody can know that it arrived: the answer was lost, or who should have heard it was gone or stood still. */
const mayComeAgain = (first: Delivery, second: Delivery, { interruptions }: MailStory): boolean =>
  first.lost ||
  interruptions.some(
    ({ process, from, to }) => process === first.by && from <= second.begunAt && to >= first.begunAt,
  )

const checkMessageIds = (story: MailStory, say: Say) => {
  const { deliveries, refusals } = story.server
  // In the order they were begun: one that was begun first can arrive last.
  const begun = [...deliveries].sort((one, other) => one.begunAt - other.begunAt)
  const byId = Map.groupBy(begun, ({ messageId }) => messageId)
  for (const [id, copies] of byId) {
    const [first] = copies
    if (
      copies.some((one) => one.to !== first?.to || one.text !== first.text || one.subject !== first.subject)
    )
      say(`[I6] two notices bear the Message-ID ${id}`)
    copies.forEach((copy, index) => {
      const before = copies[index - 1]
      if (before && !mayComeAgain(before, copy, story))
        say(`[I6] "${copy.subject}" came twice to ${copy.to}, and nothing had gone wrong`)
    })
  }
  const sent = [...deliveries, ...refusals].filter(
    (mail) => mail.text !== '' || noticeOf(mail) === 'received',
  )
  for (const [notice, mails] of Map.groupBy(sent, ({ to, subject, text }) => `${subject} "${text}" to ${to}`))
    if (idsAmong(mails) > 1) say(`[I6] ${notice} went out under ${idsAmong(mails)} Message-IDs`)
}

const checkAddressees = (gitlab: GitlabModel, ledger: Ledger, story: MailStory, say: Say) => {
  const machines = story.letters.filter(({ automatic }) => automatic)
  for (const mail of story.server.deliveries) {
    const issue = gitlab.issues.get(numberOf(mail))
    if (!issue) {
      say(`"${mail.subject}" tells of no issue`)
      continue
    }
    if (!mail.known) say(`[I4] "${mail.subject}" (${mail.text}) was mailed before GitLab had it`)
    if (isClosedDouble(issue)) say(`[I1] the double ${issue.iid} was mailed`)
    if (machines.some(({ messageId }) => mail.refersTo.includes(messageId)))
      say(`[I7] "${mail.subject}" answers something automatic`)
    if (story.agents[mail.to] !== undefined) continue
    if (issue.serviceDesk !== null) say(`[I7] issue ${issue.iid} is Service Desk's, and was mailed by us`)
    const requester = ledger.requesters.get(openingOf(issue, ledger) ?? '')
    if (issue.serviceDesk === null && (requester === undefined || !same(requester, mail.to)))
      say(`[I9] issue ${issue.iid} of ${requester} was mailed to ${mail.to}`)
    const secret = ledger.deeds.find(
      ({ kind, token }) => ['note', 'escalate', 'hand-back'].includes(kind) && mail.text.includes(token),
    )
    if (secret) say(`[I9] ${secret.token} was mailed to ${mail.to}`)
  }
}

const checkAcknowledgements = (gitlab: GitlabModel, ledger: Ledger, { server }: MailStory, say: Say) => {
  const received = [...server.deliveries, ...server.refusals].filter((mail) => noticeOf(mail) === 'received')
  const tickets = new Map<string, number>()
  for (const issue of gitlab.issues.values()) {
    const address = ledger.requesters.get(openingOf(issue, ledger) ?? '')?.toLowerCase()
    if (address !== undefined && !isClosedDouble(issue)) tickets.set(address, (tickets.get(address) ?? 0) + 1)
  }
  for (const [address, count] of tickets) {
    const sent = idsAmong(received.filter(({ to }) => same(to, address)))
    const wanted = Math.min(mostAcknowledgements, count)
    if (sent > mostAcknowledgements) say(`[I7] ${address} got ${sent} acknowledgements within an hour`)
    else if (sent !== wanted) say(`[I6] ${address} has ${count} tickets and got ${sent} acknowledgements`)
  }
}

const wantedBy = (deed: Deed, requester: string | undefined, { agents }: MailStory): readonly string[] => {
  if (deed.kind === 'reply' || deed.kind === 'resolve') return requester === undefined ? [] : [requester]
  return Object.keys(agents).filter((address) => agents[address] === deed.kind)
}

const checkNotices = (gitlab: GitlabModel, ledger: Ledger, story: MailStory, say: Say) => {
  const { deliveries, refusals } = story.server
  const expect = (what: string, to: string, text: string, sure: boolean) => {
    const sent = [...deliveries, ...refusals].filter((mail) => same(mail.to, to) && mail.text.includes(text))
    const ids = idsAmong(sent)
    if (ids > 1 || (sure && ids === 0)) say(`[I6] ${what} was mailed to ${to} as ${ids} mails`)
  }
  for (const deed of ledger.deeds.filter(({ kind }) =>
    ['reply', 'resolve', 'escalate', 'hand-back'].includes(kind),
  )) {
    const recipients = wantedBy(deed, ledger.requesters.get(deed.ticket), story)
    for (const to of recipients) {
      if (deed.promised === 'no' && deliveries.some(({ text }) => text.includes(deed.token)))
        say(`[I6] "${deed.token}" was refused, and mailed`)
      expect(`"${deed.token}" (${deed.kind})`, to, deed.token, deed.promised === 'yes')
    }
  }
  for (const issue of gitlab.issues.values()) {
    const requester = ledger.requesters.get(openingOf(issue, ledger) ?? '')
    if (requester === undefined) continue
    for (const { body } of issue.notes.filter((note) => !note.author.bot && !note.system && !note.internal))
      expect(`the comment "${body}"`, requester, body, true)
  }
}

const checkRest = async (reader: Reader, { server }: MailStory, say: Say) => {
  for (const ticket of await reader.walk({ after: null, limit: 500 }))
    for (const { intent, state, trouble } of await reader.operations(ticket.id)) {
      if (intent.kind !== 'mail') continue
      const refused = server.refusals.some(({ to, text }) => to === intent.to.address && text === intent.text)
      if (state !== 'stuck' || trouble?.code !== 'permanent' || !refused)
        say(`[I4] the mail "${intent.notice}" to ${intent.to.address} is ${state} (${trouble?.code})`)
    }
}

/** Everything that is wrong with the mail, one sentence each. */
export const checkMail = async (
  gitlab: GitlabModel,
  reader: Reader,
  ledger: Ledger,
  story: MailStory,
): Promise<string[]> => {
  const faults: string[] = []
  const say: Say = (fault) => {
    faults.push(fault)
  }
  const rows = await checkConservation(reader, story, say)
  const issues = [...gitlab.issues.values()].filter((issue) => !isClosedDouble(issue))
  for (const letter of story.letters) {
    const copies = story.server.copies.filter((copy) => copy.letter === letter.word)
    checkEnd(letter, rows.get(letter.word) ?? [], copies, say)
    checkPlace(letter, issues, story.vouched.get(letter.word), say)
  }
  checkMessageIds(story, say)
  checkAddressees(gitlab, ledger, story, say)
  checkAcknowledgements(gitlab, ledger, story, say)
  checkNotices(gitlab, ledger, story, say)
  await checkRest(reader, story, say)
  return faults
}
