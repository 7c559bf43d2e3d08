import type { IssueRow, ProjectRow } from '../store/rows.ts'
import { type Actor, changeIssue, descriptionLimit, readIssue, titleLimit } from '../work/change-issue.ts'
import { isConfidential } from '../work/convert-to-ticket.ts'
import { createIssue } from '../work/create-issue.ts'
import { redactCommands } from '../work/quick-actions.ts'
import { keepUpload } from '../work/uploads.ts'
import { noteLimit, writeNote } from '../work/write-note.ts'
import type { World } from '../world.ts'
import { type Destination, destinationOf, mailHost, supportBot } from './addresses.ts'
import { postRejection, postThankYou } from './letters.ts'
import { addParticipant } from './participants.ts'
import { splitQuoted } from './quoted-reply.ts'
import { type ReadMail, readMail } from './read-mail.ts'
import { settingsOf } from './settings.ts'

/** What became of a mail. Ignored ones nobody hears of; of a rejected one its sender does. */
export type Outcome =
  | { kind: 'opened'; issueId: number; iid: number }
  | { kind: 'answered'; issueId: number; iid: number; noteId: number }
  | { kind: 'ignored'; why: string }
  | { kind: 'rejected'; why: string }
  /** GitLab takes it again later; so should the sender. */
  | { kind: 'too many' }

/** Takes in one mail, from SMTP or from the page. `recipients` are the envelope's, and one of them is ours. */
export async function receiveMail(
  world: World,
  raw: Uint8Array,
  recipients: readonly string[],
): Promise<Outcome> {
  let mail: ReadMail
  try {
    mail = await readMail(raw)
  } catch (error) {
    // Hostile or broken mail is everyday; it is written down and stops nobody.
    const why = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`
    return writeDown(world, undefined, recipients, { kind: 'ignored', why })
  }
  return world.db.transaction(() => writeDown(world, mail, recipients, settle(world, mail, recipients)))
}

function settle(world: World, mail: ReadMail, recipients: readonly string[]): Outcome {
  if (mail.automatic !== null) return { kind: 'ignored', why: `it is automatic (${mail.automatic})` }
  const { from } = mail
  if (from === null) return { kind: 'ignored', why: 'it has no sender' }
  const destinations = recipients.flatMap((address) => destinationOf(world, address) ?? [])
  const answered = answeredBy(world, mail, destinations)
  const desk = destinations.find((one) => one.kind === 'service desk')
  if (answered) return answer(world, mail, from, answered)
  if (desk) return open(world, mail, from, desk.project)
  return { kind: 'ignored', why: 'what it answers is gone, or the Service Desk is switched off' }
}

type Answered = { issue: IssueRow; project: ProjectRow; byKey: boolean }

/** The reply key first, in the address or in `References`; then any Message-ID that was written down. */
function answeredBy(
  world: World,
  mail: ReadMail,
  destinations: readonly Destination[],
): Answered | undefined {
  const keys = destinations.flatMap((one) => (one.kind === 'reply' ? [one.key] : []))
  for (const id of mail.answers) {
    const key = new RegExp(`^<reply-([0-9a-f]{32})@${mailHost}>$`).exec(id)?.[1]
    if (key !== undefined) keys.push(key)
  }
  for (const key of keys) {
    const found = issueOf(world, 'select issue_id as id from sent_mails where reply_key = ?', key)
    if (found) return { ...found, byKey: true }
  }
  for (const id of mail.answers) {
    const found =
      issueOf(world, 'select issue_id as id from sent_mails where message_id = ? order by id limit 1', id) ??
      // Whoever used an id first has it: a stranger may copy one.
      issueOf(
        world,
        'select issue_id as id from received_mails where message_id = ? and issue_id is not null order by id limit 1',
        id,
      )
    if (found) return { ...found, byKey: false }
  }
  return undefined
}

function issueOf(
  world: World,
  sql: string,
  value: string,
): { issue: IssueRow; project: ProjectRow } | undefined {
  const id = world.db.one<{ id: number | null }>(sql, value)?.id
  const issue = id == null ? undefined : world.db.one<IssueRow>('select * from issues where id = ?', id)
  const project = issue && world.db.one<ProjectRow>('select * from projects where id = ?', issue.project_id)
  return issue && project?.service_desk_enabled ? { issue, project } : undefined
}

/** A new ticket: a confidential issue by support-bot, and a thank-you mail. */
function open(world: World, mail: ReadMail, from: string, project: ProjectRow): Outcome {
  const bot = supportBot(world, project)
  const settings = settingsOf(world, project.id)
  // The limit counts in the service, for mail as for calls, and each outsider alone (issues/create_service.rb).
  if (world.limits.exceeded('issues', `${project.id} ${bot.user.id} ${from.toLowerCase()}`))
    return { kind: 'too many' }
  // GitLab refused mails without a subject for long (issue 430254); gitlab!248600 names them so.
  const title = mail.subject === '' ? '(no subject)' : mail.subject
  if ([...title].length > titleLimit || [...mail.text].length > descriptionLimit)
    return reject(world, mail, from, 'Gitlab::Email::InvalidIssueError')
  const text = `${redactCommands(mail.text)}${attach(world, bot, mail)}`
  const issue = createIssue(world, bot, {
    title,
    // Commands in the project's own template are run, with support-bot's rights.
    description: settings.ticket_template ? `${text}  \n${settings.ticket_template}` : text,
    confidential: isConfidential(project, settings.confidential),
    issueType: settings.issue_type,
    replyTo: from,
  })
  addParticipant(world, issue.id, from)
  postThankYou(world, project, issue, from)
  return { kind: 'opened', issueId: issue.id, iid: issue.iid }
}

/** An answer: a public note by support-bot. The old mail below it is folded away, if it came by the reply key. */
function answer(world: World, mail: ReadMail, from: string, { issue, project, byKey }: Answered): Outcome {
  const bot = supportBot(world, project)
  const parts = byKey ? splitQuoted(mail.text) : { answer: mail.text, quoted: '' }
  const files = attach(world, bot, mail)
  const said = redactCommands(`${parts.answer}${files}`.trim())
  if (said === '') {
    return reject(
      world,
      mail,
      from,
      "It appears that the email is blank. Make sure your reply is at the top of the email, we can't process inline replies.",
    )
  }
  const body =
    parts.quoted === ''
      ? said
      : `${said}\n\n<details><summary>...</summary>\n\n${redactCommands(parts.quoted)}\n\n</details>`
  if ([...body].length > noteLimit)
    return reject(world, mail, from, 'The comment could not be created: Note is too long')
  const note = writeNote(world, bot, issue, { body, internal: false, externalAuthor: from })
  // By the key only participants answer; by a Message-ID anybody may, and joins (service_desk_handler.rb).
  if (!byKey) addParticipant(world, issue.id, from)
  if (issue.state === 'closed' && settingsOf(world, project.id).reopen_on_external_note)
    reopen(world, bot, issue)
  return { kind: 'answered', issueId: issue.id, iid: issue.iid, noteId: note.id }
}

/** The setting "reopen on external note" (16.7): also an internal note that calls the assignee. */
function reopen(world: World, bot: Actor, issue: IssueRow): void {
  const assignee = world.db.one<{ username: string }>(
    'select username from users where id = ?',
    issue.assignee_id,
  )
  const after = changeIssue(world, bot, readIssue(world, issue.id), { stateEvent: 'reopen' })
  const call = assignee ? `@${assignee.username} ` : ''
  writeNote(world, bot, after, {
    internal: true,
    body: `${call}:wave: This issue has been reopened because it received a new comment from an external participant.`,
  })
}

function attach(world: World, bot: Actor, mail: ReadMail): string {
  return mail.attachments
    .map((file) => `\n\n${keepUpload(world, bot.project, bot.user, file).markdown}`)
    .join('')
}

function reject(world: World, mail: ReadMail, from: string, why: string): Outcome {
  postRejection(world, { to: from, subject: mail.subject, messageId: mail.messageId }, why)
  return { kind: 'rejected', why }
}

function writeDown(
  world: World,
  mail: ReadMail | undefined,
  recipients: readonly string[],
  outcome: Outcome,
): Outcome {
  const found = outcome.kind === 'opened' || outcome.kind === 'answered' ? outcome : undefined
  world.db.run(
    `insert into received_mails (message_id, sender, recipient, subject, outcome, why, issue_id, note_id, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    mail?.messageId ?? null,
    mail?.from ?? null,
    recipients.join(', '),
    mail?.subject ?? null,
    outcome.kind,
    'why' in outcome ? outcome.why : null,
    found?.issueId ?? null,
    outcome.kind === 'answered' ? outcome.noteId : null,
    world.clock.now(),
  )
  return outcome
}
