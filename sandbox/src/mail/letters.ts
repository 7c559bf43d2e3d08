import { randomBytes } from 'node:crypto'
import { escapeHtml } from '../pages/html.ts'
import { renderMarkdown } from '../pages/markdown.ts'
import { issueUrl } from '../shapes/issue.ts'
import type { IssueRow, NoteRow, ProjectRow, UploadRow, UserRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { issueMessageId, mailHost, replyAddress, replyMessageId } from './addresses.ts'
import type { Letter } from './postman.ts'
import { type ServiceDeskSettings, settingsOf } from './settings.ts'

/** Uploads of a note up to this size together go along, otherwise only their links (bytes; service_desk.rb). */
const mostAttached = 10 * 1024 * 1024

const sender = (name: string) => ({ name, address: `gitlab@${mailHost}` })

type Thread = {
  world: World
  project: ProjectRow
  issue: IssueRow
  to: string
  settings: ServiceDeskSettings
  key: string
  unsubscribe: string
}

/** Whoever wrote first hears that the mail arrived. */
export function postThankYou(world: World, project: ProjectRow, issue: IssueRow, to: string): void {
  const thread = threadOf(world, project, issue, to)
  const thanks = `Thank you for your support request! We are tracking your request as ticket #${issue.iid}, and will respond as soon as we can.`
  world.postman.post({
    ...beginning(thread, 'thank you'),
    ...bodyOf(
      thread,
      thread.settings.thank_you,
      `${thanks}\n\nTo unsubscribe from this issue, please paste the following link into your browser:\n\n${thread.unsubscribe}\n`,
      `<p>${escapeHtml(thanks)}</p>`,
    ),
  })
}

/** Whom `/add_email` adds is told so. */
export function postWelcome(world: World, project: ProjectRow, issue: IssueRow, to: string): void {
  const thread = threadOf(world, project, issue, to)
  const welcome = `You have been added to ticket #${issue.iid}`
  world.postman.post({
    ...beginning(thread, 'new participant'),
    ...bodyOf(
      thread,
      thread.settings.new_participant,
      `${welcome}\n\n${thread.unsubscribe}\n`,
      `<p>${welcome}</p>`,
    ),
  })
}

/**
 * Every public note goes to every e-mail participant but the one who wrote it (notification_service.rb). Its text part
 * is the raw note, HTML comments included: whatever a program hides there, a requester can read.
 */
export function postNote(
  world: World,
  project: ProjectRow,
  issue: IssueRow,
  note: NoteRow,
  author: UserRow,
): void {
  if (note.internal || note.system || !project.service_desk_enabled) return
  const people = world.db.all<{ email: string }>(
    'select email from issue_emails where issue_id = ? order by rowid',
    issue.id,
  )
  for (const { email } of people) {
    if (email.toLowerCase() === note.external_author?.toLowerCase()) continue
    const thread = threadOf(world, project, issue, email)
    const files = attachedTo(world, project, note.body)
    const rendered = mailHtml(world, project, note.body, files)
    world.postman.post({
      ...answer(thread, note, author),
      ...bodyOf(
        thread,
        thread.settings.new_note,
        `New response for issue #${issue.iid}:\n\nAuthor: ${author.name}\n\n${note.body}\n\n${thread.unsubscribe}\n`,
        `<p>New response for issue #${issue.iid}:</p>\n<p>Author: ${escapeHtml(author.name)}</p>\n${rendered}`,
        note.body,
      ),
      attachments: files.map((file) => file.id),
    })
  }
}

/** A mail GitLab could not use comes back to its sender with a reason (email_receiver_worker.rb). */
export function postRejection(
  world: World,
  mail: { to: string; subject: string; messageId: string | null },
  reason: string,
): void {
  const text = `Unfortunately, your email message to GitLab could not be processed.\n\n${reason}\n`
  world.postman.post({
    kind: 'rejection',
    issueId: null,
    noteId: null,
    to: mail.to,
    from: sender('GitLab'),
    replyTo: null,
    replyKey: null,
    subject: `[Rejected] ${mail.subject}`.trim(),
    messageId: newMessageId(),
    inReplyTo: mail.messageId,
    references: mail.messageId === null ? [] : [mail.messageId],
    headers: automatic,
    text,
    html: `<p>${escapeHtml(text)}</p>`,
    attachments: [],
  })
}

const newMessageId = () => `<${randomBytes(16).toString('hex')}@${mailHost}>`

function threadOf(world: World, project: ProjectRow, issue: IssueRow, to: string): Thread {
  const key = randomBytes(16).toString('hex')
  return {
    world,
    project,
    issue,
    to,
    settings: settingsOf(world, project.id),
    key,
    unsubscribe: `${world.url}/-/sent_notifications/${key}/unsubscribe`,
  }
}

/** Sent with every mail, so that no program answers it. */
const automatic = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' }

type Envelope = Omit<Letter, 'text' | 'html'>

function envelope(thread: Thread, kind: Letter['kind'], noteId: number | null): Envelope {
  const { project, issue, key } = thread
  return {
    kind,
    issueId: issue.id,
    noteId,
    to: thread.to,
    from: sender(thread.settings.outgoing_name),
    replyTo: { name: project.full_path, address: replyAddress(key) },
    replyKey: key,
    subject: `Re: ${issue.title} (#${issue.iid})`,
    messageId: newMessageId(),
    inReplyTo: null,
    references: [replyMessageId(key)],
    headers: {
      ...automatic,
      'X-GitLab-Project': project.name,
      'X-GitLab-Project-Id': String(project.id),
      'X-GitLab-Project-Path': project.full_path,
      'X-GitLab-Issue-ID': String(issue.id),
      'X-GitLab-Issue-IID': String(issue.iid),
      'X-GitLab-Reply-Key': key,
      'List-Id': `${project.full_path} <${project.id}.${project.path}.${mailHost}>`,
      'List-Unsubscribe': `<${thread.unsubscribe}>`,
    },
    attachments: [],
  }
}

/** A thread begins with the issue's own Message-ID, however many mails bear it. */
function beginning(thread: Thread, kind: Letter['kind']): Envelope {
  return { ...envelope(thread, kind, null), messageId: issueMessageId(thread.issue.id) }
}

function answer(thread: Thread, note: NoteRow, author: UserRow): Envelope {
  const first = issueMessageId(thread.issue.id)
  return {
    ...envelope(thread, 'new note', note.id),
    from: sender(`${author.name} (@${author.username})`),
    inReplyTo: first,
    references: [replyMessageId(thread.key), first],
  }
}

/** A project's own template is sent as HTML alone, without a text part (`service_desk_template_content_options`). */
function bodyOf(
  thread: Thread,
  template: string | null,
  text: string,
  html: string,
  noteText = '',
): Pick<Letter, 'text' | 'html'> {
  if (template === null) {
    const leave = `<p><a href="${thread.unsubscribe}">Unsubscribe</a></p>`
    return { text, html: `${html}\n${leave}\n` }
  }
  const { world, project, issue } = thread
  const values: Record<string, string> = {
    ISSUE_ID: `#${issue.iid}`,
    ISSUE_PATH: `${project.full_path}#${issue.iid}`,
    ISSUE_URL: issueUrl(world, project, issue.iid),
    ISSUE_DESCRIPTION: issue.description ?? '',
    UNSUBSCRIBE_URL: thread.unsubscribe,
    NOTE_TEXT: noteText,
    SYSTEM_HEADER: '',
    SYSTEM_FOOTER: '',
    ADDITIONAL_TEXT: '',
  }
  const filled = template.replace(
    /%\{\s*([A-Z_]+)\s*\}/g,
    (whole, name: string) => (Object.hasOwn(values, name) ? values[name] : undefined) ?? whole,
  )
  return { text: null, html: mailHtml(world, project, filled, attachedTo(world, project, noteText)) }
}

type File = { id: number; secret: string; filename: string; size: number }

/** The uploads a text links to, if they may go along. */
function attachedTo(world: World, project: ProjectRow, text: string): File[] {
  const found = new Map<number, File>()
  for (const [, secret = '', filename = ''] of text.matchAll(/\/uploads\/([0-9a-f]{32})\/([^\s)]+)/g)) {
    const row = world.db.one<Pick<UploadRow, 'id' | 'secret' | 'filename'> & { size: number }>(
      'select id, secret, filename, length(bytes) as size from uploads where project_id = ? and secret = ? and filename = ?',
      project.id,
      secret,
      filename,
    )
    if (row) found.set(row.id, row)
  }
  const files = [...found.values()]
  return files.reduce((sum, file) => sum + file.size, 0) > mostAttached ? [] : files
}

/** The rendered text with absolute addresses; a file that goes along is named instead of linked. */
function mailHtml(world: World, project: ProjectRow, source: string, files: readonly File[]): string {
  let rendered = renderMarkdown(project, source).safe
  for (const { secret, filename } of files) {
    const address = `/-/project/${project.id}/uploads/${secret}/`
    rendered = rendered
      .replace(new RegExp(`<img src="${address}[^"]*"[^>]*>`, 'g'), escapeHtml(filename))
      .replace(new RegExp(`<a href="${address}[^"]*"[^>]*>([^<]*)</a>`, 'g'), '$1')
  }
  return rendered.replace(/(href|src)="\/(?!\/)/g, `$1="${world.url}/`)
}
