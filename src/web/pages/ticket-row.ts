// One ticket, one line of the dashboard. A printed line stays valid for one revision of its ticket,
// its delivery, its replies and its coarse age, so it is remembered: 25 of them are nearly the whole
// page. (A line written by hand instead of in EJS was measured and gains nothing: a third of a
// microsecond prints a line, the rest is dates and words, and a remembered one needs neither.)

import { LRUCache } from 'lru-cache'
import type { TicketSummary } from '../../application/ports.ts'
import type { Desk } from '../../domain/desk.ts'
import { levelName } from '../../domain/level.ts'
import type { TicketState } from '../../domain/ticket.ts'
import type { Locale, Translate } from '../page.ts'
import { inOnePiece, mostRemembered, sizeOf } from '../remembering.ts'
import { renderPartial } from '../rendering.ts'
import type { Moment } from './age.ts'
import { ageLabel, ageWeight, dayOf, moment } from './age.ts'
import { categoryTagHtml } from './category-tag.ts'
import type { TargetChip } from './target-chip.ts'
import { chipKey, leadingChip } from './target-chip.ts'
import { ticketUrl } from './ticket-url.ts'

export type RowContext = {
  readonly desk: Desk
  readonly locale: Locale
  readonly t: Translate
  readonly now: number
  /** Name shown for a GitLab username. */
  readonly nameOf: (username: string) => string
  /** False where every line would say the same. */
  readonly showLevel: boolean
}

export type RowModel = {
  readonly url: string
  /** null until GitLab gave it one. */
  readonly number: number | null
  readonly title: string
  readonly state: TicketState
  readonly stateWord: string
  readonly delivery: {
    readonly state: 'queued' | 'unknown' | 'stuck'
    readonly short: string
    readonly long: string
  } | null
  readonly replies: { readonly count: number; readonly text: string } | null
  /** How it stands with what was promised; null where nothing is. */
  readonly promise: TargetChip | null
  readonly categoryHtml: string
  readonly requester: string
  readonly level: string | null
  readonly assignee: string | null
  /** How long somebody has waited on us, or what it is instead. */
  readonly wait: {
    readonly label: string
    readonly since: Moment | null
    readonly look: string
    readonly shows: 'age' | 'day'
  }
}

/** The coarse age that a line shows; part of what a remembered line is remembered by. */
const ageOf = (ticket: TicketSummary, { now, t }: RowContext): string =>
  ticket.state === 'resolved' || ticket.awaitingSince === null
    ? ''
    : ageLabel(Math.max(0, now - ticket.awaitingSince), t)

const waitOf = (ticket: TicketSummary, row: RowContext): RowModel['wait'] => {
  const { t, locale, now } = row
  if (ticket.state === 'resolved') {
    const day = dayOf(ticket.resolvedAt ?? ticket.changedAt, locale)
    return { label: day.label, since: day, look: 'quiet', shows: 'day' }
  }
  if (ticket.awaitingSince === null) {
    const label = t(ticket.state === 'waiting' ? 'row.theirTurn' : 'row.answered')
    return { label, since: null, look: 'quiet', shows: 'age' }
  }
  const since = moment(ticket.awaitingSince, locale)
  return {
    label: ageOf(ticket, row),
    since,
    look: `wait wait-${ageWeight(now - ticket.awaitingSince)}`,
    shows: 'age',
  }
}

const rowModel = (ticket: TicketSummary, row: RowContext): RowModel => {
  const { desk, t, nameOf } = row
  const { delivery, replies, requester, assignee } = ticket
  return {
    url: ticketUrl(ticket),
    number: ticket.iid,
    title: ticket.title,
    state: ticket.state,
    stateWord: ticket.gone === null ? t(`state.${ticket.state}`) : t('gone.state'),
    // "on its way" stands in the place of the number already.
    delivery:
      delivery === null || (delivery === 'queued' && ticket.iid === null)
        ? null
        : { state: delivery, short: t(`delivery.${delivery}.short`), long: t(`delivery.${delivery}.long`) },
    replies: replies === 0 ? null : { count: replies, text: t('row.replies', { count: replies }) },
    promise: leadingChip(ticket.targets, row),
    categoryHtml: categoryTagHtml(ticket.category, desk, t),
    requester: requester.name === '' ? t('requester.unknown') : requester.name,
    level: row.showLevel ? levelName(ticket.level, desk) : null,
    assignee: assignee === null ? null : nameOf(assignee),
    wait: waitOf(ticket, row),
  }
}

const remembered = new WeakMap<Desk, LRUCache<string, string>>()

const rowsOf = (desk: Desk): LRUCache<string, string> => {
  let rows = remembered.get(desk)
  if (!rows) {
    rows = new LRUCache({
      maxSize: mostRemembered.lines,
      sizeCalculation: sizeOf,
    })
    remembered.set(desk, rows)
  }
  return rows
}

/** One line of the dashboard as HTML. */
export const ticketRow = (ticket: TicketSummary, row: RowContext): string => {
  const assignee = ticket.assignee === null ? '' : row.nameOf(ticket.assignee)
  const promise = ticket.targets.length === 0 ? '' : chipKey(ticket.targets, row.now, row.t)
  const key = `${ticket.id} ${ticket.revision} ${ticket.delivery} ${ticket.replies} ${row.locale} ${ageOf(ticket, row)} ${row.showLevel} ${promise} ${assignee}`
  const rows = rowsOf(row.desk)
  let html = rows.get(key)
  if (html === undefined) {
    html = inOnePiece(renderPartial(row.locale, 'ticket-row', rowModel(ticket, row)))
    rows.set(key, html)
  }
  return html
}
