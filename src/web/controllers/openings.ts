// The form with which tickets are opened: by anybody where the desk allows it, else by whoever is
// signed in. Agents open for themselves or for somebody else. Nothing typed is lost on the way.

import { findSimilar } from '../../application/find-similar.ts'
import { holdSubmission, isHeld } from '../../application/hold-submission.ts'
import { openTicket } from '../../application/open-ticket.ts'
import { categoryById } from '../../domain/category.ts'
import { isBlank } from '../../domain/conversation.ts'
import type { Desk } from '../../domain/desk.ts'
import { isOfOurDomains, isPlainAddress } from '../../domain/mail-address.ts'
import type { Opening } from '../../domain/opening.ts'
import type { Author } from '../../domain/operation.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Agent } from '../../domain/role.ts'
import { isAgent } from '../../domain/role.ts'
import type { Language, Requester, Ticket } from '../../domain/ticket.ts'
import { fileProblem, filesToKeep, withFiles } from '../file-limits.ts'
import { flash } from '../flash.ts'
import { retryLater } from '../flood-gate.ts'
import type { Posted } from '../form-body.ts'
import { judge, sealOf } from '../form-doubt.ts'
import { keyOf, lineOf, longestText, textOf } from '../form-fields.ts'
import type { FormState, Translate } from '../page.ts'
import { messagePage } from '../pages/message.ts'
import type { OpenTicketField } from '../pages/open-ticket.ts'
import { openTicketPage } from '../pages/open-ticket.ts'
import { refusalText } from '../pages/refusal-text.ts'
import { similarTickets } from '../pages/similar-tickets.ts'
import { ticketUrl } from '../pages/ticket-url.ts'
import { renderFragment, renderPage } from '../rendering.ts'
import type { AgentVisit, Answer, Visit } from '../visit.ts'
import { authorOf, page, redirect, signInUrl } from '../visit.ts'

/** GitLab's own limit for a title. */
const longestTitle = 255

/** Seconds. */
const oneHour = 3_600

const works = (viewer: Agent | null): boolean => viewer !== null && isAgent(viewer.role)

/** The form is closed to whoever is not signed in, where belay.yaml says so. */
const closedTo = ({ viewer, door }: Visit): boolean => viewer === null && !door.parts.desk.form.public

export const form = async (visit: Visit): Promise<Answer> => {
  if (closedTo(visit)) return redirect(signInUrl(visit.request.url))
  // Who has proven an address need not type it again.
  const known = visit.viewer === null ? await visit.requester() : null
  const category = categoryById(visit.query.get('category') ?? '', visit.door.parts.desk)
  return showForm(visit, 200, {
    values: {
      title: lineOf(visit.query, 'title').slice(0, longestTitle),
      ...(category ? { category: category.id } : {}),
      ...(known ? { name: known.name, email: known.address } : {}),
    },
    errors: {},
  })
}

const showForm = (
  visit: Visit,
  status: number,
  state: FormState<OpenTicketField>,
  sent?: Posted['fields'],
  headers: Readonly<Record<string, string>> = {},
): Answer => {
  const key = state.values.key ?? visit.door.parts.newId()
  const values = { ...state.values, key }
  const model = openTicketPage(visit.context(), {
    form: { ...state, values },
    seal: sealOf(visit, key, sent),
  })
  return page(renderPage(model), status, headers)
}

const emailProblem = (email: string, viewer: Agent | null, desk: Desk, t: Translate): string | null => {
  if (email === '') return viewer === null ? t('errors.required') : null
  if (!isPlainAddress(email)) return t('errors.email')
  if ((viewer !== null && isAgent(viewer.role)) || isOfOurDomains(email, desk.form)) return null
  const domains = desk.form.emailDomains
  return t('errors.emailDomain', { domains: domains.map((name) => `@${name}`).join(', ') })
}

type Filled = Pick<Opening, 'title' | 'text' | 'category'> & { readonly name: string; readonly email: string }

const read = (
  posted: Posted,
  visit: Visit,
): { value: Filled } | { errors: FormState<OpenTicketField>['errors'] } => {
  const { viewer, t } = visit
  const { desk } = visit.door.parts
  const { fields } = posted
  const value: Filled = {
    title: lineOf(fields, 'title'),
    text: textOf(fields, 'description'),
    category: lineOf(fields, 'category'),
    name: lineOf(fields, 'name'),
    email: lineOf(fields, 'email'),
  }
  const errors: Partial<Record<OpenTicketField, string>> = {}
  if (isBlank(value.title)) errors.title = t('errors.required')
  else if (value.title.length > longestTitle) errors.title = t('errors.tooLong', { count: longestTitle })
  if (isBlank(value.text)) errors.description = t('errors.required')
  else if (value.text.length > longestText) errors.description = t('errors.tooLong', { count: longestText })
  if (value.category !== '' && !categoryById(value.category, desk)) errors.category = t('errors.category')
  if (value.name.length > 200) errors.name = t('errors.tooLong', { count: 200 })
  else if (viewer === null && isBlank(value.name)) errors.name = t('errors.required')
  const email = emailProblem(value.email, viewer, desk, t)
  if (email !== null) errors.email = email
  const files = fileProblem(posted, desk, t)
  if (files !== null) errors.files = files
  return Object.keys(errors).length > 0 ? { errors } : { value }
}

/**
 * Who asks. For themselves when they leave their own name; an agent who names somebody else, or
 * gives an address, opens it for that person.
 */
const requesterOf = ({ name, email }: Filled, viewer: Agent | null, locale: Language): Requester => {
  const own = viewer !== null && (name === '' || name === viewer.name)
  const asker = viewer !== null && !isAgent(viewer.role)
  // What the page is in, whoever fills it in for themselves can read.
  const language = own || viewer === null || !isAgent(viewer.role) ? { language: locale } : {}
  return {
    name: own ? viewer.name : name,
    email: email === '' ? null : email,
    // Whatever name they give: it is among their tickets, or they would never find it again.
    username: asker || (own && email === '') ? viewer.username : null,
    ...language,
  }
}

const authorFor = (viewer: Agent | null, requester: Requester): Author =>
  viewer !== null && isAgent(viewer.role) ? authorOf(viewer) : { kind: 'requester', name: requester.name }

export const create = async (visit: Visit): Promise<Answer> => {
  const { door, viewer } = visit
  if (closedTo(visit)) return redirect(signInUrl('/open-issue'))
  const posted = await visit.form(withFiles(door.parts.desk))
  const filled = read(posted, visit)
  if ('errors' in filled) return again(visit, 422, posted, filled.errors)
  const { title, text, category } = filled.value
  const requester = requesterOf(filled.value, viewer, visit.locale)
  const files = filesToKeep(posted, door.parts.newId)
  const key = keyOf(posted.fields)
  const judgement = judge(visit, posted.fields, { email: filled.value.email, key })
  if (judgement.kind === 'refused') return tooManyAgain(visit, posted, 'open.tooMany', judgement.retryAfter)
  if (key !== undefined && !works(viewer) && (await isHeld(door.parts, key))) return redirect(heldUrl)
  if (judgement.kind === 'doubt') {
    const { doubt, client } = judgement
    const opening = { title, text, category, requester }
    const holding = await holdSubmission(door.parts, { opening, files, key, doubt, client })
    if (holding.kind === 'opened') return afterwards(visit, holding.ticket)
    if (holding.kind === 'full') return tooManyAgain(visit, posted, 'open.full', oneHour)
    door.log.info({ doubt, client }, 'a submission is held')
    return redirect(heldUrl)
  }
  const result = await openTicket(door.parts, {
    by: authorFor(viewer, requester),
    opening: { title, text, category, requester, files: files.map(({ file }) => file) },
    files,
    key,
  })
  if (isRefusal(result)) return again(visit, 409, posted, { '': refusalText(result, visit.t) })
  return afterwards(visit, result.ticket)
}

/** The form as it was sent; files must be chosen once more, browsers let nobody else do that. */
const again = (
  visit: Visit,
  status: number,
  { fields }: Posted,
  errors: FormState<OpenTicketField>['errors'],
  headers: Readonly<Record<string, string>> = {},
): Answer => {
  const key = keyOf(fields)
  const values = {
    title: textOf(fields, 'title'),
    description: textOf(fields, 'description'),
    category: textOf(fields, 'category'),
    name: textOf(fields, 'name'),
    email: textOf(fields, 'email'),
    ...(key ? { key } : {}),
  }
  return showForm(visit, status, { values, errors }, fields, headers)
}

/** More than the desk takes: the form stays filled in, to be sent again later. */
const tooManyAgain = (visit: Visit, posted: Posted, key: string, retryAfter: number): Answer =>
  again(
    visit,
    429,
    posted,
    { '': visit.t(key, { count: Math.ceil(retryAfter / 60) }) },
    retryLater({ retryAfter }),
  )

/** Where a submission that a lead looks at first leads its sender. */
const heldUrl = '/open-issue/held'

export const held = (visit: Visit): Answer => page(renderPage(messagePage(visit.context(), { kind: 'held' })))

const afterwards = ({ door, viewer }: Visit, ticket: Ticket): Answer => {
  if (viewer !== null && isAgent(viewer.role))
    return redirect(
      ticketUrl(ticket),
      ticket.iid === null
        ? flash('saved', 'open.sentOnItsWay')
        : flash('done', 'open.sent', { number: ticket.iid }),
    )
  const token = door.links.tokenFor({ id: ticket.id, email: ticket.requester.email, generation: 0 })
  return redirect(`/t/${token}`, flash('done', 'mine.flash.sent'))
}

/** For the form's script: open tickets that sound alike. */
export const similar = async (visit: AgentVisit): Promise<Answer> => {
  const title = lineOf(visit.query, 'title').slice(0, longestTitle)
  const tickets = title.length < 3 ? [] : await findSimilar(visit.door.parts, title)
  return page(renderFragment(similarTickets(visit.context(), { tickets })))
}
