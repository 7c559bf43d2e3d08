import PostalMime from 'postal-mime'
import { z } from 'zod'
import { type Answer, json } from '../http/answers.ts'
import { forbidden } from '../http/api-error.ts'
import { type Call, type Route, route } from '../http/call.ts'
import { flag, text } from '../http/fields.ts'
import { destinationOf, isEmail, replyAddress, serviceDeskAddress, supportBot } from '../mail/addresses.ts'
import { dismiss, participantsOf } from '../mail/participants.ts'
import { compose } from '../mail/postman.ts'
import { receiveMail } from '../mail/receive-mail.ts'
import { changeServiceDesk, serviceDeskChange, settingsOf } from '../mail/settings.ts'
import type { IssueRow, ProjectRow, SentMailRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { html, type Safe } from './html.ts'
import { page } from './layout.ts'
import { mailPage, sentMailPage } from './mail-pages.ts'

/** The mail of the sandbox, to be read and written without any mail program. */

const crumbs = html`<a href="/-/sandbox">Sandbox</a><a href="/-/sandbox/mail">Mail</a>`
const show = (title: string, body: Safe, status = 200): Answer =>
  page(title, crumbs, body, { status, form: 'here' })
const missing = (): Answer =>
  show('Not found', html`<h1>404: Page not found</h1><p>There is no such mail.</p>`, 404)
const goTo = (location: string): Answer => ({ status: 303, headers: { Location: location }, body: '' })

function home(world: World): ProjectRow {
  const project = world.db.one<ProjectRow>('select * from projects where id = 1')
  if (!project) throw new Error('demo/helpdesk is gone')
  return project
}

/** A page elsewhere must not write mail or change settings here in a visitor's name. */
function refuseElsewhere(call: Call): void {
  const site = call.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw forbidden('open the form on this sandbox itself')
}

async function listMail(call: Call, problem?: string): Promise<Answer> {
  await call.world.postman.settled()
  return show('Mail', mailPage(call.world, home(call.world), problem), problem === undefined ? 200 : 422)
}

function sentMail(call: Call): SentMailRow | undefined {
  const id = call.params.id ?? ''
  return /^\d{1,9}$/.test(id)
    ? call.world.db.one<SentMailRow>('select * from sent_mails where id = ?', Number(id))
    : undefined
}

async function showMail(call: Call): Promise<Answer> {
  await call.world.postman.settled()
  const row = sentMail(call)
  return row ? show(row.subject, await sentMailPage(call.world, row)) : missing()
}

async function showRaw(call: Call): Promise<Answer> {
  await call.world.postman.settled()
  const row = sentMail(call)
  if (!row?.raw) return missing()
  return {
    status: 200,
    body: row.raw,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Disposition': `inline; filename="${row.id}.eml"`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
    },
  }
}

const attached = ({ file }: Call) =>
  file && file.bytes.length > 0
    ? [{ filename: file.filename, contentType: file.contentType, content: file.bytes }]
    : []

async function writeMail(call: Call): Promise<Answer> {
  refuseElsewhere(call)
  const { world, fields } = call
  const project = home(world)
  const address = (text(fields, 'from') ?? '').trim()
  if (!isEmail(address)) return listMail(call, 'Give an address to write from, such as ana@example.org.')
  const to = serviceDeskAddress(project)
  if (destinationOf(world, to)?.kind !== 'service desk')
    return listMail(call, 'Service Desk is switched off: switch it on below, then write again.')
  const raw = await compose({
    from: { name: text(fields, 'name') ?? '', address },
    to,
    subject: text(fields, 'subject') ?? '',
    text: text(fields, 'text') ?? '',
    date: new Date(world.clock.now()),
    attachments: attached(call),
  })
  await receiveMail(world, raw, [to])
  return goTo('/-/sandbox/mail#received')
}

async function answerMail(call: Call): Promise<Answer> {
  refuseElsewhere(call)
  const { world, fields } = call
  await world.postman.settled()
  const row = sentMail(call)
  if (!row?.raw || row.reply_key === null) return missing()
  const answered = await PostalMime.parse(row.raw)
  const to = replyAddress(row.reply_key)
  const raw = await compose({
    from: { name: '', address: row.recipient },
    to,
    subject: /^re:/i.test(row.subject) ? row.subject : `Re: ${row.subject}`,
    ...(answered.messageId ? { inReplyTo: answered.messageId } : {}),
    references: [answered.references ?? '', answered.messageId ?? ''].join(' ').trim(),
    text: text(fields, 'text') ?? '',
    date: new Date(world.clock.now()),
    attachments: attached(call),
  })
  await receiveMail(world, raw, [to])
  return goTo('/-/sandbox/mail#received')
}

function saveSettings(call: Call): Answer {
  refuseElsewhere(call)
  const { fields } = call
  changeServiceDesk(call.world, {
    enabled: flag(fields, 'enabled') ?? false,
    confidential: flag(fields, 'confidential') ?? false,
    reopenOnExternalNote: flag(fields, 'reopen') ?? false,
  })
  return goTo('/-/sandbox/mail#settings')
}

function putSettings(call: Call): Answer {
  const parsed = serviceDeskChange.safeParse(call.fields)
  if (!parsed.success) return json(400, { error: z.prettifyError(parsed.error) })
  const { projectId = 1 } = parsed.data
  const project = call.world.db.one<ProjectRow>('select * from projects where id = ?', projectId)
  if (!project) return json(404, { error: 'no such project' })
  changeServiceDesk(call.world, parsed.data)
  return json(200, settingsOf(call.world, projectId))
}

type Leaving = { row: SentMailRow; issue: IssueRow; project: ProjectRow }

function leavingOf(call: Call): Leaving | undefined {
  const { db } = call.world
  const row = db.one<SentMailRow>('select * from sent_mails where reply_key = ?', call.params.key ?? '')
  const issue = row && db.one<IssueRow>('select * from issues where id = ?', row.issue_id)
  const project = issue && db.one<ProjectRow>('select * from projects where id = ?', issue.project_id)
  return row && issue && project ? { row, issue, project } : undefined
}

/** The link in every mail. Asking first: mail scanners open links. */
function askToLeave(call: Call): Answer {
  const leaving = leavingOf(call)
  if (!leaving) return missing()
  const { row, issue } = leaving
  if (!participantsOf(call.world, issue.id).includes(row.recipient))
    return show('Unsubscribe', html`<h1>${row.recipient} is not subscribed to ticket #${issue.iid}.</h1>`)
  return show(
    'Unsubscribe',
    html`<h1>Unsubscribe from ticket #${issue.iid}?</h1><form class="mail" method="post" action="/-/sent_notifications/${row.reply_key}/unsubscribe"><button>Unsubscribe ${row.recipient}</button></form>`,
  )
}

function leave(call: Call): Answer {
  refuseElsewhere(call)
  const leaving = leavingOf(call)
  if (!leaving) return missing()
  const { row, issue, project } = leaving
  call.world.db.transaction(() =>
    dismiss(call.world, issue, supportBot(call.world, project).user, [row.recipient]),
  )
  return goTo(`/-/sent_notifications/${row.reply_key}/unsubscribe`)
}

export const mailRoutes: Route[] = [
  route('GET', '/-/sandbox/mail', (call) => listMail(call)),
  route('POST', '/-/sandbox/mail', writeMail),
  route('GET', '/-/sandbox/mail/:id', showMail),
  route('GET', '/-/sandbox/mail/:id/raw', showRaw),
  route('POST', '/-/sandbox/mail/:id/reply', answerMail),
  route('POST', '/-/sandbox/service-desk', saveSettings),
  route('PUT', '/-/sandbox/service-desk', putSettings),
  route('GET', '/-/sent_notifications/:key/unsubscribe', askToLeave),
  route('POST', '/-/sent_notifications/:key/unsubscribe', leave),
]
