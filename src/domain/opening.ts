// Opening a ticket: it arrives at the first level with its category's label. The category is the
// one chosen on the form, else the one the title asks for in brackets. Files travel first, each
// on its own, so that the ticket can name them. Tickets are confidential unless the category says no.

import type { Category } from './category.ts'
import { categoriesInTitle, categoryById } from './category.ts'
import type { Circumstances, Decision } from './decision.ts'
import { happened, toBeDone } from './decision.ts'
import type { Desk } from './desk.ts'
import { levelLabel } from './level.ts'
import { isPlainAddress } from './mail-address.ts'
import type { FileRef, NewOperation } from './operation.ts'
import type { Refusal } from './refusal.ts'
import { refuse } from './refusal.ts'
import type { Requester, Ticket } from './ticket.ts'

export type Opening = {
  readonly title: string
  readonly text: string
  /** '' = let the title decide. */
  readonly category: string
  readonly requester: Requester
  readonly files: readonly FileRef[]
  /** By which way it came; the form where absent. */
  readonly source?: 'form' | 'mail'
  /** GitLab's Service Desk is there to mail the answers. */
  readonly serviceDesk?: boolean
}

/** A title that asks for several categories is left to a person, as triage does. */
const askedForAlone = (title: string, desk: Desk): Category | null => {
  const [first, second] = categoriesInTitle(title, desk)
  return first && !second ? first : null
}

const chosenCategory = (opening: Opening, desk: Desk): Category | null | undefined =>
  opening.category === '' ? askedForAlone(opening.title, desk) : categoryById(opening.category, desk)

/** Without a mail server of our own GitLab's Service Desk mails the answers, where there is one. */
const handOver = (
  { requester, serviceDesk }: Opening,
  desk: Desk,
  id: string,
  circumstances: Circumstances,
): NewOperation[] => {
  const { email } = requester
  if (!serviceDesk || desk.mail.own || email === null || !isPlainAddress(email)) return []
  return [toBeDone({ id }, circumstances, { kind: 'hand-to-service-desk', address: email })]
}

export const open = (opening: Opening, desk: Desk, circumstances: Circumstances): Decision | Refusal => {
  const category = chosenCategory(opening, desk)
  if (category === undefined) return refuse('category-unknown', { id: opening.category })
  const id = circumstances.newId()
  const labels = [levelLabel(1, desk), ...(category ? [category.label.name] : [])]
  const confidential = category?.confidential ?? true
  const uploads: NewOperation[] = opening.files.map((file) =>
    toBeDone({ id }, circumstances, { kind: 'upload', file }),
  )
  const ticket: Ticket = {
    id,
    iid: null,
    revision: 0,
    title: opening.title,
    text: opening.text,
    category: category?.id ?? null,
    level: 1,
    state: 'open',
    assignee: null,
    formerAssignee: null,
    priority: desk.priorities[0]?.id ?? 'normal',
    confidential,
    requester: opening.requester,
    source: opening.source ?? 'form',
    labels,
    branch: null,
    url: null,
    openedAt: circumstances.at,
    changedAt: circumstances.at,
    awaitingSince: circumstances.at,
    resolvedAt: null,
    gone: null,
  }
  return {
    ticket,
    events: [happened(ticket, circumstances, id, { kind: 'opened' })],
    // The opening operation's id is the ticket's id: the marker carries it, so it survives a rebuild.
    operations: [
      ...uploads,
      {
        id,
        ticketId: id,
        author: circumstances.by,
        createdAt: circumstances.at,
        intent: {
          kind: 'open',
          title: opening.title,
          text: opening.text,
          labels,
          confidential,
          requester: opening.requester,
          files: opening.files,
        },
      },
      ...handOver(opening, desk, id, circumstances),
    ],
  }
}
