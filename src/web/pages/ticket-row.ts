// One ticket, one line of the dashboard. Written by hand and not as an EJS partial: 25 of them are
// nearly the whole page, and a plain template string prints one several times faster (measured, see
// test/web/pages/speed.test.ts). Whatever comes from people goes through escapeHtml here.
// A printed line stays valid for one revision of its ticket, so it is remembered.

import { LRUCache } from 'lru-cache'
import type { TicketSummary } from '../../application/ports.ts'
import type { Desk } from '../../domain/desk.ts'
import { levelName } from '../../domain/level.ts'
import type { Locale, Translate } from '../page.ts'
import { ageLabel, ageWeight, dayOf, moment } from './age.ts'
import { categoryTagHtml } from './category-tag.ts'
import { escapeHtml, iconHtml } from './html.ts'
import { ticketUrl } from './ticket-url.ts'

export type RowContext = {
  readonly desk: Desk
  readonly locale: Locale
  readonly t: Translate
  readonly now: number
  /** Name shown for a GitLab username. */
  readonly nameOf: (username: string) => string
}

const remembered = new WeakMap<Desk, LRUCache<string, string>>()

const rowsOf = (desk: Desk): LRUCache<string, string> => {
  let rows = remembered.get(desk)
  if (!rows) {
    rows = new LRUCache({ max: 20_000, maxSize: 48_000_000, sizeCalculation: (row) => row.length * 2 + 200 })
    remembered.set(desk, rows)
  }
  return rows
}

/** How long somebody has waited on us; for a ticket that is not our turn, what it is instead. */
const wait = (ticket: TicketSummary, now: number, t: Translate): string => {
  if (ticket.state === 'resolved' || ticket.awaitingSince === null) return ''
  return ageLabel(Math.max(0, now - ticket.awaitingSince), t)
}

const waitHtml = (ticket: TicketSummary, label: string, row: RowContext): string => {
  const { t, locale, now } = row
  if (ticket.state === 'resolved') {
    const { iso, label: day, title } = dayOf(ticket.resolvedAt ?? ticket.changedAt, locale)
    return `<time class="quiet" datetime="${iso}" title="${escapeHtml(t('row.resolvedAt', { when: title }))}">${day}</time>`
  }
  if (ticket.awaitingSince === null)
    return `<span class="quiet">${escapeHtml(t(ticket.state === 'waiting' ? 'row.theirTurn' : 'row.answered'))}</span>`
  const { iso, title } = moment(ticket.awaitingSince, locale)
  const weight = ageWeight(now - ticket.awaitingSince)
  return `<time class="wait wait-${weight}" datetime="${iso}" title="${escapeHtml(t('row.waitsSince', { when: title }))}">${escapeHtml(label)}</time>`
}

const deliveryHtml = (delivery: TicketSummary['delivery'], t: Translate): string =>
  delivery === null
    ? ''
    : `<span class="delivery delivery-${delivery}" title="${escapeHtml(t(`delivery.${delivery}.long`))}">${iconHtml(`delivery-${delivery}`)}<span>${escapeHtml(t(`delivery.${delivery}.short`))}</span></span>`

/** Prints one line; `ticketRow` remembers what this prints. */
export const printTicketRow = (ticket: TicketSummary, row: RowContext, waitLabel: string): string => {
  const { desk, t, nameOf } = row
  const number =
    ticket.iid === null
      ? `<span class="on-its-way">${escapeHtml(t('ticket.onItsWay'))}</span>`
      : `<span class="hash">#</span>${ticket.iid}`
  const replies =
    ticket.replies === 0
      ? ''
      : `<span class="replies" title="${escapeHtml(t('row.replies', { count: ticket.replies }))}">${iconHtml('replies')}<span aria-hidden="true">${ticket.replies}</span><span class="sr-only">${escapeHtml(t('row.replies', { count: ticket.replies }))}</span></span>`
  const assignee =
    ticket.assignee === null
      ? `<span class="quiet">${escapeHtml(t('assignee.nobody'))}</span>`
      : escapeHtml(nameOf(ticket.assignee))
  const state = t(`state.${ticket.state}`)
  const requester = ticket.requester.name === '' ? t('requester.unknown') : ticket.requester.name
  return (
    `<tr class="row row-${ticket.state}">` +
    `<td class="c-number">${number}</td>` +
    `<td class="c-state"><span class="state state-${ticket.state}">${iconHtml(`state-${ticket.state}`)}<span>${escapeHtml(state)}</span></span></td>` +
    `<td class="c-title"><span class="title"><a href="${ticketUrl(ticket)}" title="${escapeHtml(ticket.title)}">${escapeHtml(ticket.title)}</a>${ticket.iid === null && ticket.delivery === 'queued' ? '' : deliveryHtml(ticket.delivery, t)}${replies}</span></td>` +
    `<td class="c-category">${categoryTagHtml(ticket.category, desk, t)}</td>` +
    `<td class="c-requester">${escapeHtml(requester)}</td>` +
    `<td class="c-level">${escapeHtml(levelName(ticket.level, desk))}</td>` +
    `<td class="c-assignee">${assignee}</td>` +
    `<td class="c-wait">${waitHtml(ticket, waitLabel, row)}</td>` +
    '</tr>'
  )
}

/** One line of the dashboard as HTML. */
export const ticketRow = (ticket: TicketSummary, row: RowContext): string => {
  const label = wait(ticket, row.now, row.t)
  const assignee = ticket.assignee === null ? '' : row.nameOf(ticket.assignee)
  const key = `${ticket.id} ${ticket.revision} ${ticket.delivery} ${ticket.replies} ${row.locale} ${label} ${assignee}`
  const rows = rowsOf(row.desk)
  let html = rows.get(key)
  if (html === undefined) {
    html = printTicketRow(ticket, row, label)
    rows.set(key, html)
  }
  return html
}
