// A believable desk for the tests of what pages say: Ana asks, Bruno is Level 1, Carla Level 2,
// Davi leads. Nothing here runs; it is plain data as the application hands it to presenters.

import type {
  Member,
  StoredFile,
  TicketPage,
  TicketQuery,
  TicketSummary,
  ViewCounts,
} from '../../../src/application/ports.ts'
import type { Desk } from '../../../src/domain/desk.ts'
import type { Actor, Happening, TicketEvent } from '../../../src/domain/event.ts'
import type { Intent, Operation, OperationState, Trouble } from '../../../src/domain/operation.ts'
import type { Ticket } from '../../../src/domain/ticket.ts'
import type { Locale, PageContext } from '../../../src/web/page.ts'
import { translator } from '../../../src/web/translate.ts'

export const now = Date.UTC(2026, 10, 20, 9, 30)
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

export const desk: Desk = {
  categories: [
    {
      id: 'Hardware',
      label: { name: 'hardware', color: '#f45562' },
      aliases: ['HW'],
      help: 'Screens, beamers, keyboards, printers',
      confidential: true,
      branches: { project: '', ref: '' },
    },
    {
      id: 'Gitlab Account',
      label: { name: 'gitlab-account', color: '#3450f6' },
      aliases: [],
      help: 'Sign-in, groups, access rights',
      confidential: true,
      branches: null,
    },
  ],
  levels: [
    { name: 'Level 1', label: 'level::1' },
    { name: 'Level 2', label: 'level::2' },
    { name: 'Level 3', label: 'level::3' },
  ],
  labels: { waiting: 'waiting', noKpi: 'no-kpi', notCounted: ['spam', 'duplicate', 'test'] },
  calendars: [],
  timeZone: 'UTC',
  targets: [],
  priorities: [
    { id: 'normal', label: null },
    { id: 'high', label: 'priority::high' },
  ],
  form: { public: true, emailDomains: [], maxFileBytes: 10_000_000 },
  mail: { own: false, language: 'en', reopenWithin: 14 * 86_400_000 },
}

export const bruno: Member = { id: 12, username: 'bruno', name: 'Bruno Keller', role: 'agent', seenAt: now }
export const carla: Member = {
  id: 13,
  username: 'carla',
  name: 'Carla Moreau',
  role: 'specialist',
  seenAt: now,
}
export const davi: Member = { id: 14, username: 'davi', name: 'Davi Sousa', role: 'lead', seenAt: now }
export const ana: Member = { id: 11, username: 'ana', name: 'Ana Lindqvist', role: 'requester', seenAt: now }
export const members: readonly Member[] = [bruno, carla, davi, ana]

export const context = (more: Partial<PageContext> & { locale?: Locale } = {}): PageContext => {
  const locale = more.locale ?? 'en'
  return {
    viewer: bruno,
    locale,
    t: translator(locale),
    desk,
    now,
    url: '/issues?view=level-1',
    flash: null,
    connection: { state: 'up', lastAnswerAt: now, reading: null },
    projectUrl: 'https://gitlab.example/demo/helpdesk',
    sandbox: false,
    ...more,
  }
}

export const ticket = (more: Partial<Ticket> = {}): Ticket => ({
  id: '0198c0de-0000-7000-8000-000000000042',
  iid: 42,
  revision: 7,
  title: '[Hardware] Beamer in room 204 stays black',
  text: 'Since this morning the beamer in **room 204** stays black.\n\n- The lamp is on\n- The cable is the long grey one\n\n```\nNo signal on HDMI 1\n```\n\nWe have an exam on Friday, so it would be great if somebody could look at it before.',
  category: 'Hardware',
  level: 1,
  state: 'open',
  assignee: null,
  formerAssignee: null,
  priority: 'normal',
  confidential: true,
  requester: { name: 'Ana Lindqvist', email: 'ana@school.example', username: null },
  source: 'form',
  labels: ['hardware', 'level::1'],
  branch: null,
  url: 'https://gitlab.example/demo/helpdesk/-/issues/42',
  openedAt: now - 26 * hour,
  changedAt: now - 3 * hour,
  awaitingSince: now - 3 * hour,
  resolvedAt: null,
  gone: null,
  ...more,
})

export const summary = (more: Partial<TicketSummary> = {}): TicketSummary => {
  const { text: _text, ...rest } = ticket()
  return { ...rest, replies: 0, delivery: null, targets: [], ...more }
}

const titles = [
  '[Hardware] Beamer in room 204 stays black',
  'Cannot push to the group “biology-7b”, permission denied',
  'New keyboard for the front desk',
  '[Gitlab Account] Password reset mail never arrives',
  'Printer in the library prints everything twice, in blue, and only on Tuesdays when the big meeting room upstairs is booked by the district administration',
  'Laptop 17 does not wake up',
  'Wi-Fi drops in the gym',
  'Merge request pipeline waits for ever',
  'Second screen flickers since the last update',
  'Please add Finn to the robotics group',
  'VPN says “certificate expired”',
  'Scanner sends to the wrong address',
  'Access to the shared calendar',
  'Mouse is missing from room 112',
  'Cannot sign in after my name changed',
  'Headset crackles in every call',
  'Docking station loses the network',
  'Two-factor code is never accepted',
  'Projector remote has no batteries',
  'Old account of Mr Brandt still active',
  'Monitor arm is loose',
  'Repository too large to clone',
  'Webcam is upside down',
  'Cannot see my own tickets',
  'Toner is empty on floor 3',
]
const people = [
  'Ana Lindqvist',
  'Yusuf Demir',
  'Maja Nowak',
  'Prof. Dr. Anneliese Hohenstein-Wallenfels',
  'Tom Ito',
  'Zoë Peeters',
  'Ole Hansen',
]

export const queue: readonly TicketSummary[] = titles.map((title, index) =>
  summary({
    id: `0198c0de-0000-7000-8000-0000000001${String(index).padStart(2, '0')}`,
    iid: index === 23 ? null : 1400 - index * 7,
    title,
    requester: { name: people[index % people.length] ?? '', email: null, username: null },
    category: index % 5 === 2 ? null : index % 3 === 0 ? 'Hardware' : 'Gitlab Account',
    assignee: index % 4 === 1 ? 'carla' : index % 4 === 2 ? 'bruno' : null,
    level: index % 6 === 4 ? 2 : 1,
    awaitingSince: index > 21 ? null : now - Math.round((6 * day) / (index + 1) ** 1.7),
    changedAt: now - index * hour,
    replies: index % 3 === 1 ? index : 0,
    delivery: index === 23 ? 'queued' : index === 3 ? 'stuck' : index === 8 ? 'unknown' : null,
    state: index === 22 ? 'waiting' : 'open',
  }),
)

export const query = (more: Partial<TicketQuery> = {}): TicketQuery => ({
  view: 'level-1',
  me: 'bruno',
  level: null,
  category: null,
  state: null,
  assignee: null,
  words: '',
  cursor: null,
  limit: 25,
  ...more,
})

export const counts: ViewCounts = {
  levels: [31, 7, 0],
  mine: 4,
  unassigned: 12,
  waiting: 9,
  resolved: 12_345,
  all: 12_392,
}
export const backlog = {
  unread: 0,
  unsearched: 0,
  operations: { ready: 1, sending: 0, unknown: 1, done: 900, stuck: 1 },
  held: 0,
} as const
export const page = (more: Partial<TicketPage> = {}): TicketPage => ({
  tickets: queue,
  next: 'after-this',
  previous: null,
  cut: false,
  ...more,
})

const byAna: Actor = { kind: 'requester', name: 'Ana Lindqvist' }
const byBruno: Actor = { kind: 'agent', name: 'Bruno Keller', username: 'bruno' }
const byCarla: Actor = { kind: 'agent', name: 'Carla Moreau', username: 'carla' }

export const event = (
  hoursAgo: number,
  actor: Actor,
  what: Happening,
  more: Partial<TicketEvent> = {},
): TicketEvent => ({
  ticketId: ticket().id,
  source: `note:${hoursAgo}`,
  at: now - hoursAgo * hour,
  actor,
  byHand: false,
  hidden: false,
  what,
  ...more,
})

export const story: readonly TicketEvent[] = [
  event(26, byAna, { kind: 'opened' }),
  event(25.9, byBruno, { kind: 'assigned', assignee: 'bruno' }),
  event(25.5, byBruno, {
    kind: 'replied',
    text: 'Hello Ana,\n\ncould you try the **other** cable, the short black one in the drawer?\n\nBruno',
  }),
  event(25.4, byBruno, { kind: 'waiting-started' }),
  event(20, byAna, {
    kind: 'replied',
    text: 'I did, and it stays black. Here is a photo: ![photo of the beamer](/uploads/0123456789abcdef/beamer.jpg)\n\nAlso see https://example.org/manual?page=12&x=1',
  }),
  event(20, byAna, { kind: 'waiting-ended' }, { hidden: true }),
  event(19, byBruno, {
    kind: 'noted',
    text: 'Lamp hours are at **4,012**. Same model as in room 118, which we replaced in March (#1288).',
  }),
  event(18, byCarla, { kind: 'label-added', label: 'warranty' }, { byHand: true }),
  event(17.9, byCarla, { kind: 'level-changed', from: 1, to: 2 }, { byHand: true }),
  event(17.8, byCarla, {
    kind: 'handed-back',
    from: 2,
    to: 1,
    reason: 'Please ask for the serial number first, it is on the bottom.',
  }),
  event(5, byBruno, {
    kind: 'escalated',
    from: 1,
    to: 2,
    reason: 'Serial number **BX-4471-A**. Needs the new firmware on the control server.',
  }),
  event(5, byBruno, {
    kind: 'branch-made',
    name: '42-confidential-issue',
    url: 'https://gitlab.example/demo/helpdesk/-/tree/42-confidential-issue',
  }),
  event(
    4,
    byCarla,
    {
      kind: 'merge-request',
      iid: 77,
      title: 'Firmware 2.1 for beamers',
      url: 'https://gitlab.example/demo/helpdesk/-/merge_requests/77',
      state: 'merged',
    },
    { byHand: true },
  ),
  event(3, byAna, { kind: 'replied', text: 'Any news? The exam is on Friday.' }),
]

export const files: readonly StoredFile[] = [
  {
    id: 'f1',
    name: 'beamer.jpg',
    type: 'image/jpeg',
    bytes: 482_113,
    ticketId: ticket().id,
    remotePath: '/uploads/0123456789abcdef/beamer.jpg',
  },
  {
    id: 'f2',
    name: 'a very long name of a protocol that somebody scanned.pdf',
    type: 'application/pdf',
    bytes: 2_482_113,
    ticketId: ticket().id,
    remotePath: null,
  },
]

export const operation = (
  state: OperationState,
  intent: Intent,
  trouble: Trouble | null = null,
): Operation => ({
  id: `0198c0de-0000-7000-8000-00000000a${state.length}00`,
  ticketId: ticket().id,
  sequence: 3,
  intent,
  author: { kind: 'agent', id: 12, username: 'bruno', name: 'Bruno Keller' },
  state,
  attempts: 1,
  notBefore: now,
  createdAt: now - 2 * minute,
  sentAt: now - minute,
  settledAt: null,
  outcome: null,
  trouble,
})

export const troubles: readonly Operation[] = [
  operation(
    'stuck',
    { kind: 'change', addLabels: ['level::2'], removeLabels: ['level::1'] },
    { code: 'permanent', detail: '403 Forbidden: labels is invalid', at: now },
  ),
  operation(
    'unknown',
    { kind: 'note', purpose: 'reply', text: 'x', internal: false },
    { code: 'transient', detail: 'socket hang up', at: now },
  ),
  operation('ready', { kind: 'branch', title: 'x', confidential: true, project: '', ref: '' }),
]
