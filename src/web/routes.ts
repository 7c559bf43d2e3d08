// Every address of the desk, who may use it and what answers: the one table. What does not stand
// here does not exist, and whoever is not named may not.

import type { Role } from '../domain/role.ts'
import { isAtLeast } from '../domain/role.ts'
import * as assignments from './controllers/assignments.ts'
import * as audits from './controllers/audits.ts'
import * as branches from './controllers/branches.ts'
import * as categories from './controllers/categories.ts'
import * as dashboards from './controllers/dashboards.ts'
import * as escalations from './controllers/escalations.ts'
import * as files from './controllers/files.ts'
import * as handBacks from './controllers/hand-backs.ts'
import * as held from './controllers/held.ts'
import * as hooks from './controllers/hooks.ts'
import * as kpiCharts from './controllers/kpi-charts.ts'
import * as kpiData from './controllers/kpi-data.ts'
import * as kpis from './controllers/kpis.ts'
import * as mails from './controllers/mails.ts'
import * as myTickets from './controllers/my-tickets.ts'
import * as notes from './controllers/notes.ts'
import * as openings from './controllers/openings.ts'
import * as operations from './controllers/operations.ts'
import * as probes from './controllers/probes.ts'
import * as replies from './controllers/replies.ts'
import * as requesterTickets from './controllers/requester-tickets.ts'
import * as requesters from './controllers/requesters.ts'
import * as resolutions from './controllers/resolutions.ts'
import * as sessions from './controllers/sessions.ts'
import * as streams from './controllers/streams.ts'
import * as ticketLinks from './controllers/ticket-links.ts'
import * as tickets from './controllers/tickets.ts'
import * as waits from './controllers/waits.ts'
import * as wishes from './controllers/wishes.ts'
import type { AgentVisit, Answer, Visit } from './visit.ts'

type Place = { readonly method: 'get' | 'post'; readonly path: string }

/**
 * `program`: asked by machines; no session is looked at. `anyone`: also who is not signed in.
 * The others: this role or a higher one.
 */
export type Route =
  | (Place & {
      readonly for: 'program' | 'anyone'
      readonly answer: (visit: Visit) => Promise<Answer> | Answer
    })
  | (Place & { readonly for: Role; readonly answer: (visit: AgentVisit) => Promise<Answer> | Answer })

export const routes: readonly Route[] = [
  { method: 'get', path: '/issues', for: 'agent', answer: dashboards.show },
  { method: 'get', path: '/issues/news', for: 'agent', answer: dashboards.news },
  { method: 'get', path: '/issues/stream', for: 'agent', answer: streams.follow },
  { method: 'get', path: '/issues/:ref', for: 'agent', answer: tickets.show },
  { method: 'get', path: '/issues/:ref/files/:n', for: 'agent', answer: files.download },
  { method: 'post', path: '/issues/:ref/escalate', for: 'agent', answer: escalations.create },
  { method: 'post', path: '/issues/:ref/hand-back', for: 'agent', answer: handBacks.create },
  { method: 'post', path: '/issues/:ref/resolve', for: 'agent', answer: resolutions.create },
  { method: 'post', path: '/issues/:ref/reopen', for: 'agent', answer: resolutions.undo },
  { method: 'post', path: '/issues/:ref/replies', for: 'agent', answer: replies.create },
  { method: 'post', path: '/issues/:ref/notes', for: 'agent', answer: notes.create },
  { method: 'post', path: '/issues/:ref/category', for: 'agent', answer: categories.change },
  { method: 'post', path: '/issues/:ref/assignee', for: 'agent', answer: assignments.change },
  { method: 'post', path: '/issues/:ref/waiting', for: 'agent', answer: waits.change },
  { method: 'post', path: '/issues/:ref/new-link', for: 'agent', answer: ticketLinks.renew },
  { method: 'post', path: '/issues/:ref/branch', for: 'agent', answer: branches.create },
  { method: 'get', path: '/issues/:ref/mails/:id', for: 'agent', answer: mails.ofTicket },
  { method: 'get', path: '/issues/:ref/mails/:id/html', for: 'agent', answer: mails.html },
  { method: 'get', path: '/issues/:ref/figures', for: 'agent', answer: kpis.ofTicket },
  { method: 'get', path: '/kpi', for: 'agent', answer: kpis.show },
  { method: 'get', path: '/kpi.csv', for: 'agent', answer: kpiData.table },
  { method: 'get', path: '/kpi.json', for: 'agent', answer: kpiData.json },
  { method: 'get', path: '/kpi/tickets', for: 'agent', answer: kpis.behind },
  { method: 'get', path: '/kpi/tickets.csv', for: 'agent', answer: kpis.behindTable },
  { method: 'get', path: '/kpi/:chart.svg', for: 'agent', answer: kpiCharts.image },
  { method: 'get', path: '/kpi/:chart.csv', for: 'agent', answer: kpiCharts.table },
  { method: 'get', path: '/mail', for: 'lead', answer: mails.index },
  { method: 'get', path: '/mail/:id', for: 'lead', answer: mails.show },
  { method: 'get', path: '/mail/:id/source', for: 'lead', answer: mails.source },
  { method: 'post', path: '/mail/:id/replay', for: 'lead', answer: mails.replay },
  { method: 'post', path: '/mail/:id/open', for: 'lead', answer: mails.open },
  { method: 'post', path: '/mail/:id/accept', for: 'agent', answer: mails.accept },
  { method: 'get', path: '/notices', for: 'agent', answer: wishes.form },
  { method: 'post', path: '/notices', for: 'agent', answer: wishes.save },
  { method: 'get', path: '/held', for: 'lead', answer: held.index },
  { method: 'post', path: '/held/drop', for: 'lead', answer: held.dropSelected },
  { method: 'post', path: '/held/:id/open', for: 'lead', answer: held.open },
  { method: 'post', path: '/held/:id/drop', for: 'lead', answer: held.drop },
  { method: 'get', path: '/operations', for: 'lead', answer: operations.show },
  { method: 'post', path: '/operations/:id/retry', for: 'lead', answer: operations.retry },
  { method: 'post', path: '/operations/:id/drop', for: 'lead', answer: operations.drop },
  { method: 'get', path: '/requesters', for: 'lead', answer: requesters.index },
  { method: 'post', path: '/requesters/export', for: 'lead', answer: requesters.exported },
  { method: 'get', path: '/requesters/erase', for: 'lead', answer: requesters.askErase },
  { method: 'post', path: '/requesters/erase', for: 'lead', answer: requesters.erase },
  { method: 'get', path: '/erasures/:id', for: 'lead', answer: requesters.show },
  { method: 'post', path: '/erasures/:id/seen', for: 'lead', answer: requesters.seen },
  { method: 'get', path: '/audit', for: 'lead', answer: audits.index },
  { method: 'get', path: '/audit.csv', for: 'lead', answer: audits.table },
  { method: 'get', path: '/', for: 'anyone', answer: dashboards.home },
  { method: 'get', path: '/open-issue', for: 'anyone', answer: openings.form },
  { method: 'post', path: '/open-issue', for: 'anyone', answer: openings.create },
  { method: 'get', path: '/open-issue/held', for: 'anyone', answer: openings.held },
  { method: 'get', path: '/open-issue/similar', for: 'agent', answer: openings.similar },
  { method: 'get', path: '/t/:token', for: 'anyone', answer: requesterTickets.show },
  { method: 'get', path: '/t/:token/files/:n', for: 'anyone', answer: requesterTickets.download },
  { method: 'post', path: '/t/:token/replies', for: 'anyone', answer: requesterTickets.reply },
  { method: 'post', path: '/t/:token/solved', for: 'anyone', answer: requesterTickets.solved },
  { method: 'post', path: '/t/:token/satisfaction', for: 'anyone', answer: requesterTickets.rate },
  { method: 'post', path: '/t/:token/new-link', for: 'anyone', answer: requesterTickets.renewLink },
  { method: 'get', path: '/my-tickets', for: 'anyone', answer: myTickets.show },
  { method: 'post', path: '/my-tickets/sign-in', for: 'anyone', answer: myTickets.ask },
  { method: 'get', path: '/my-tickets/sign-in', for: 'anyone', answer: myTickets.asked },
  { method: 'get', path: '/my-tickets/sign-in/:token', for: 'anyone', answer: myTickets.confirm },
  { method: 'post', path: '/my-tickets/sign-in/:token', for: 'anyone', answer: myTickets.prove },
  { method: 'post', path: '/my-tickets/sign-out', for: 'anyone', answer: myTickets.end },
  { method: 'get', path: '/sign-in', for: 'anyone', answer: sessions.form },
  { method: 'get', path: '/sign-in/gitlab', for: 'anyone', answer: sessions.leave },
  { method: 'get', path: '/auth/gitlab/callback', for: 'anyone', answer: sessions.create },
  { method: 'post', path: '/sign-out', for: 'anyone', answer: sessions.end },
  { method: 'post', path: '/hooks/gitlab', for: 'program', answer: hooks.receive },
  { method: 'get', path: '/healthz', for: 'program', answer: probes.alive },
  { method: 'get', path: '/readyz', for: 'program', answer: probes.ready },
  { method: 'get', path: '/metrics', for: 'program', answer: probes.metrics },
]

/** Whether this visitor may use the route at all. */
export const mayUse = (route: Route, role: Role | null): boolean =>
  route.for === 'program' || route.for === 'anyone' || (role !== null && isAtLeast(role, route.for))
