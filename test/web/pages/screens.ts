// Every page in its telling states, as HTML: for the tests that look at all of them at once.

import { doubts } from '../../../src/domain/flood.ts'
import type { MailReason, MailState } from '../../../src/domain/mail.ts'
import { usualRetention } from '../../../src/domain/retention.ts'
import type { TargetStanding } from '../../../src/domain/target.ts'
import type { Locale, PageContext } from '../../../src/web/page.ts'
import { auditPage } from '../../../src/web/pages/audit.ts'
import { dashboardPage } from '../../../src/web/pages/dashboard.ts'
import { heldPage } from '../../../src/web/pages/held.ts'
import { mailPage } from '../../../src/web/pages/mail.ts'
import { mailsPage } from '../../../src/web/pages/mails.ts'
import type { MessageKind } from '../../../src/web/pages/message.ts'
import { messagePage } from '../../../src/web/pages/message.ts'
import { myTicketsPage } from '../../../src/web/pages/my-tickets.ts'
import { newLinkMadePage, newLinkMailedPage } from '../../../src/web/pages/new-link.ts'
import { openTicketPage } from '../../../src/web/pages/open-ticket.ts'
import { operationsPage } from '../../../src/web/pages/operations.ts'
import {
  confirmPage,
  deadLinkPage,
  linkAskedPage,
  proveAddressPage,
} from '../../../src/web/pages/prove-address.ts'
import { requesterTicketPage } from '../../../src/web/pages/requester-ticket.ts'
import { erasePage, erasurePage, requestersPage } from '../../../src/web/pages/requesters.ts'
import { signInPage } from '../../../src/web/pages/sign-in.ts'
import { similarTickets } from '../../../src/web/pages/similar-tickets.ts'
import { ticketPage } from '../../../src/web/pages/ticket.ts'
import { wishesPage } from '../../../src/web/pages/wishes.ts'
import { renderFragment, renderPage } from '../../../src/web/rendering.ts'
import { aHeld } from '../../support/held.ts'
import { aLedgerMail } from '../../support/mails.ts'
import { aPromise } from '../../support/promises.ts'
import {
  ana,
  backlog,
  carla,
  context,
  counts,
  davi,
  desk,
  event,
  files,
  members,
  now,
  operation,
  page,
  query,
  queue,
  story,
  summary,
  ticket,
  troubles,
} from './believable.ts'
import { kpiScreens } from './kpi-screens.ts'

export type Screen = { readonly name: string; readonly html: string }

/** One of each kind, with names and subjects as people write them. */
const ends: readonly (readonly [MailState, MailReason | null, string, string])[] = [
  ['received', null, '', ''],
  ['opened', 'new', 'Ana Lindqvist', '[Hardware] Beamer in room 204 stays black'],
  ['appended', 'by-token', 'Ana Lindqvist', 'Re: [Hardware] Beamer in room 204 stays black (#42)'],
  ['appended', 'unverified', 'Mallory', 'Re: (#42)'],
  ['bounced', 'undeliverable', 'Mail Delivery System', 'Undelivered Mail Returned to Sender'],
  [
    'ignored',
    'auto-reply',
    'Prof. Dr. Anneliese Hohenstein-Wallenfels',
    'Abwesenheitsnotiz: Re: Re: Fwd: WLAN',
  ],
  ['quarantined', 'form-closed', '', `Buy ${'now '.repeat(40)}`],
]

/** Due, late, paused and met in turn; of some tickets nothing was promised. */
const promisesOf = (index: number): readonly TargetStanding[] => {
  const at = now + (index + 1) * 1_700_000
  return (
    [
      [aPromise({ due: at })],
      [aPromise({ kind: 'resolution', due: now - index * 7_000_000, missed: now - index * 7_000_000 })],
      [aPromise({ kind: 'level_1', due: null, warn: null, left: 5_400_000 })],
      [aPromise({ kind: 'level_2', due: at, stopped: now })],
      [],
    ][index % 5] ?? []
  )
}

export const screens = (locale: Locale): readonly Screen[] => {
  const ctx = context({ locale })
  const queueOf = (more: Partial<Parameters<typeof dashboardPage>[1]>, from = ctx) =>
    renderPage(
      dashboardPage(from, { query: query(), page: page(), counts, backlog, members, version: 12, ...more }),
    )
  const nobody = { ...counts, levels: [0, 0, 0] }
  const none = page({ tickets: [], next: null })
  const reading = { ticket: ticket(), events: story, operations: [], files, members, newKey: 'fresh-key' }
  const said = { events: story, files, members }
  const atTwo = ticket({
    level: 2,
    revision: 8,
    assignee: 'carla',
    formerAssignee: 'bruno',
    branch: { state: 'made', name: '42-confidential-issue', url: 'https://gitlab.example/b' },
  })
  const anonymous = context({ locale, viewer: null, url: '/open-issue' })
  const mailDesk = { ...desk, mail: { ...desk.mail, own: true } }
  const withMail = context({ locale, viewer: davi, operationsUrl: '/operations', desk: mailDesk })
  const mails = ends.map(([state, reason, fromName, subject], index) =>
    aLedgerMail({
      id: `mail-${index}`,
      receivedAt: ctx.now - index * 3_600_000,
      ...{ state, reason, fromName, subject },
      ticketId: state === 'opened' || state === 'appended' ? ticket().id : null,
      from:
        state === 'received' ? '' : `${fromName.split(' ')[0]?.toLowerCase() || 'somebody'}@school.example`,
    }),
  )
  const [unreadMail, ownMail, , unverifiedMail, bouncedMail, , heldMail] = mails
  if (!unreadMail || !ownMail || !unverifiedMail || !bouncedMail || !heldMail)
    throw new Error('a mail is missing')
  const mailsOf = (more: Partial<Parameters<typeof mailsPage>[1]>) =>
    renderPage(
      mailsPage(withMail, {
        query: { words: '', state: null, cursor: 'x' },
        mails,
        next: 'y',
        mailCounts: { received: 4, opened: 800, appended: 150, bounced: 20, ignored: 40, quarantined: 10 },
        numbers: new Map([[ticket().id, 42]]),
        counts,
        stuck: 1,
        ...more,
      }),
    )
  const readMail = {
    ok: true,
    mail: {
      messageId: 'a@b',
      refersTo: [],
      from: { name: 'Ana Lindqvist', address: 'ana@school.example' },
      replyTo: { name: '', address: 'ana.lindqvist@private.example' },
      to: [{ name: 'Help desk', address: `help+${'a2'.repeat(13)}@desk.example` }],
      cc: [],
      deliveredTo: ['help@desk.example'],
      subject: 'x',
      sentAt: ctx.now,
      language: 'en',
      text: 'It is **still** black.\n\n| a | b |\n| - | - |\n| 1 | 2 |',
      folded: [
        { kind: 'quote', text: '> Which cable?\n>> The long one.' },
        { kind: 'signature', text: 'Ana Lindqvist\nRoom 204' },
      ],
      hasHtml: true,
      files: [
        {
          name: 'a very long name of a protocol that somebody scanned.pdf',
          type: 'x',
          bytes: new Uint8Array(9),
          contentId: null,
        },
      ],
      automatic: null,
      bounce: null,
    },
  } as const
  const mailOf = (mail: typeof heldMail, more: Partial<Parameters<typeof mailPage>[1]> = {}) =>
    renderPage(
      mailPage(withMail, { mail, ticket: null, kept: true, reading: readMail, onTicket: false, ...more }),
    )
  const unverified = event(
    2,
    { kind: 'bot', name: 'Belay' },
    {
      kind: 'noted',
      text: 'It was the cable.\n\n<details><summary>Quoted text</summary>\n\n> Which cable?\n\n</details>',
    },
  )
  const messages: MessageKind[] = [
    'held',
    'not-found',
    'forbidden',
    'refused',
    'gitlab',
    'broken',
    'too-large',
  ]
  return [
    { name: 'queue', html: queueOf({}) },
    {
      name: 'queue-banners',
      html: queueOf(
        {
          query: query({ view: 'all', category: 'Hardware', assignee: '', words: 'beamer', cursor: 'x' }),
          page: page({ previous: 'p', cut: true }),
          backlog: { ...backlog, unread: 1_204 },
        },
        context({
          locale,
          viewer: davi,
          operationsUrl: '/operations',
          sandbox: true,
          connection: {
            state: 'down',
            lastAnswerAt: ctx.now - 7 * 60_000,
            reading: { done: 1_200, total: 12_392 },
          },
          flash: { kind: 'saved', text: ctx.t('flash.saved') },
        }),
      ),
    },
    {
      name: 'queue-resolved',
      html: queueOf({
        query: query({ view: 'resolved' }),
        page: page({
          tickets: queue.slice(0, 6).map((one) => ({
            ...one,
            revision: 99,
            state: 'resolved',
            awaitingSince: null,
            resolvedAt: one.changedAt,
          })),
        }),
      }),
    },
    {
      name: 'queue-promises',
      html: queueOf({
        page: page({
          tickets: queue.map((one, index) => ({ ...one, targets: promisesOf(index) })),
        }),
        query: query({ view: 'all' }),
      }),
    },
    {
      name: 'ticket-promises',
      html: renderPage(
        ticketPage(ctx, { ...reading, targets: [0, 1, 2, 3].flatMap((index) => promisesOf(index)) }),
      ),
    },
    { name: 'queue-empty', html: queueOf({ counts: nobody, page: none }) },
    { name: 'queue-nothing-found', html: queueOf({ page: none, query: query({ words: 'unicorn' }) }) },
    { name: 'ticket', html: renderPage(ticketPage(ctx, reading)) },
    {
      name: 'ticket-troubled',
      html: renderPage(
        ticketPage(
          context({
            locale,
            viewer: davi,
            operationsUrl: '/operations',
            flash: { kind: 'done', text: ctx.t('flash.done') },
          }),
          {
            ...reading,
            ticket: { ...atTwo, revision: 9, branch: { state: 'missing', why: 'empty-repository' } },
            operations: troubles,
            form: {
              form: 'note',
              state: { values: { body: '' }, errors: { body: ctx.t('refusals.text-empty') } },
            },
          },
        ),
      ),
    },
    {
      name: 'ticket-level-2',
      html: renderPage(
        ticketPage(context({ locale, viewer: carla }), {
          ...reading,
          ticket: atTwo,
          form: {
            form: 'hand-back',
            state: {
              values: { reason: 'Please ask Ana for the serial number first.' },
              errors: { '': ctx.t('refusals.busy') },
            },
          },
        }),
      ),
    },
    {
      name: 'ticket-new',
      html: renderPage(
        ticketPage(ctx, {
          ...reading,
          ticket: ticket({
            id: '0198c0de-0000-7000-8000-000000000077',
            iid: null,
            url: null,
            category: null,
            text: 'Please help.',
            title: `${queue[4]?.title} and more`,
          }),
          events: [],
          files: [],
          operations: [
            operation('ready', {
              kind: 'upload',
              file: { id: 'f', name: 'beamer.jpg', type: 'image/jpeg', bytes: 1 },
            }),
          ],
        }),
      ),
    },
    {
      name: 'ticket-resolved',
      html: renderPage(
        ticketPage(ctx, {
          ...reading,
          ticket: ticket({
            id: '0198c0de-0000-7000-8000-000000000078',
            state: 'resolved',
            awaitingSince: null,
            resolvedAt: ctx.now,
          }),
          events: [
            ...story,
            {
              ...(story[2] ?? story[0]),
              source: 'z',
              at: ctx.now,
              what: {
                kind: 'resolved',
                text: 'The new firmware is on it. Good luck with the exam!',
                viaMergeRequest: null,
              },
            } as (typeof story)[0],
          ],
        }),
      ),
    },
    {
      name: 'open',
      html: renderPage(openTicketPage(anonymous, { form: { values: { key: 'k' }, errors: {} } })),
    },
    {
      name: 'open-problems',
      html: renderPage(
        openTicketPage(anonymous, {
          form: {
            values: {
              key: 'k',
              title: '',
              description: 'It is broken <b>really</b>',
              category: 'Hardware',
              name: 'Ana',
              email: 'ana@',
            },
            errors: { title: ctx.t('errors.required'), email: ctx.t('errors.email') },
          },
        }),
      ),
    },
    {
      name: 'open-agent',
      html: renderPage(
        openTicketPage(
          { ...ctx, url: '/open-issue' },
          { form: { values: { title: 'Beamer' }, errors: {} }, similar: queue.slice(0, 3) },
        ),
      ),
    },
    {
      name: 'open-work',
      html: renderPage(
        openTicketPage(anonymous, {
          form: { values: {}, errors: { '': 'x' } },
          seal: { rendered: 'r', proof: '', bits: 16, needed: true },
        }),
      ),
    },
    {
      name: 'held',
      html: renderPage(
        heldPage(
          { ...ctx, viewer: davi },
          {
            lines: doubts.map((doubt, index) => ({
              ...aHeld({ id: `0197f0a0-0000-7000-8000-00000000000${index}`, doubt, title: 'x'.repeat(200) }),
              letters: 4_000,
              files:
                index === 0 ? [{ id: 'f', name: 'offer.pdf', type: 'application/pdf', bytes: 9_000 }] : [],
            })),
            next: 'n',
            amount: { count: 1_204, bytes: 30_000_000 },
            counts,
            stuck: 1,
          },
        ),
      ),
    },
    {
      name: 'held-none',
      html: renderPage(
        heldPage({ ...ctx, viewer: davi }, { lines: [], next: null, amount: { count: 0, bytes: 0 } }),
      ),
    },
    {
      name: 'mine',
      html: renderPage(
        requesterTicketPage(anonymous, {
          ...said,
          ticket: ticket({ level: 2, assignee: 'carla' }),
          link: 'https://help.school.example/t/AbCdEfGhIjKlMnOpQrStUv',
          newKey: () => 'fresh-key',
        }),
      ),
    },
    {
      name: 'mine-new',
      html: renderPage(
        requesterTicketPage(
          { ...anonymous, viewer: ana },
          {
            ...said,
            ticket: ticket({ iid: null }),
            link: 'https://help.school.example/t/AbCdEfGhIjKlMnOpQrStUv',
            newKey: () => 'fresh-key',
          },
        ),
      ),
    },
    {
      name: 'mine-waiting',
      html: renderPage(
        requesterTicketPage(anonymous, {
          ...said,
          ticket: ticket({ state: 'waiting' }),
          link: 'https://help.school.example/t/AbCdEfGhIjKlMnOpQrStUv',
          newKey: () => 'fresh-key',
        }),
      ),
    },
    {
      name: 'mine-resolved',
      html: renderPage(
        requesterTicketPage(anonymous, {
          ...said,
          ticket: ticket({ state: 'resolved' }),
          link: 'https://help.school.example/t/AbCdEfGhIjKlMnOpQrStUv',
          newKey: () => 'fresh-key',
        }),
      ),
    },
    {
      name: 'mine-rated',
      html: renderPage(
        requesterTicketPage(anonymous, {
          ...said,
          events: [
            ...story,
            event(1, { kind: 'requester', name: 'Ana' }, { kind: 'rated', good: false, text: 'Too slow.' }),
          ],
          ticket: ticket({ state: 'resolved', resolvedAt: ctx.now }),
          link: 'https://help.school.example/t/AbCdEfGhIjKlMnOpQrStUv',
          newKey: () => 'fresh-key',
          form: { form: 'solved', key: 'a-key-of-before', text: 'It is…', choice: null, problem: 'x' },
        }),
      ),
    },
    {
      name: 'mine-late',
      html: renderPage(
        requesterTicketPage(anonymous, {
          ...said,
          ticket: ticket({ state: 'resolved', resolvedAt: ctx.now - 60 * 86_400_000 }),
          link: 'https://help.school.example/t/AbCdEfGhIjKlMnOpQrStUv',
          newKey: () => 'fresh-key',
          form: { form: 'reply', key: null, text: 'It is…', choice: null, problem: 'x' },
        }),
      ),
    },
    ...[
      { ...anonymous, viewer: ana, url: '/my-tickets' },
      { ...anonymous, url: '/my-tickets' },
    ].map((from, further) => ({
      name: `my-tickets-${further}`,
      html: renderPage(
        myTicketsPage(from, {
          lines: [
            ...queue.slice(0, 4),
            summary({ state: 'waiting' }),
            summary({ gone: { why: 'deleted' } }),
          ].map((one, index) => ({ ticket: one, generation: 0, answered: index % 2 === 0, lastAt: ctx.now })),
          next: 'n',
          addresses: ['ana@school.example'],
          urlOf: ({ answered }) => (answered ? '/t/AbCdEfGhIjKlMnOpQrStUv' : null),
          further: further === 1,
          proven: 'ana@school.example',
          canProve: true,
        }),
      ),
    })),
    {
      name: 'my-tickets-none',
      html: renderPage(
        myTicketsPage(
          { ...anonymous, viewer: ana },
          {
            lines: [],
            next: null,
            addresses: [],
            urlOf: () => null,
            further: false,
            proven: null,
            canProve: true,
          },
        ),
      ),
    },
    ...[
      { canProve: false },
      { canProve: true },
      { canProve: true, address: '"><b>', problem: ctx.t('errors.email') },
    ].map((input, index) => ({
      name: `prove-address-${index}`,
      html: renderPage(proveAddressPage(anonymous, input)),
    })),
    { name: 'link-asked', html: renderPage(linkAskedPage(anonymous)) },
    { name: 'link-dead', html: renderPage(deadLinkPage(anonymous)) },
    {
      name: 'link-confirm',
      html: renderPage(confirmPage(anonymous, { address: 'ana@school.example', token: 'AbCdEf' })),
    },
    {
      name: 'new-link-mailed',
      html: renderPage(newLinkMailedPage(anonymous, { address: 'ana@school.example' })),
    },
    {
      name: 'new-link-made',
      html: renderPage(
        newLinkMadePage(ctx, {
          ticket: ticket(),
          link: 'https://help.school.example/t/AbCdEfGhIjKlMnOpQrStUv',
        }),
      ),
    },
    { name: 'sign-in', html: renderPage(signInPage(anonymous, { startUrl: '/sign-in/gitlab' })) },
    {
      name: 'sign-in-refused',
      html: renderPage(signInPage(anonymous, { startUrl: '/sign-in/gitlab', problem: 'refused' })),
    },
    {
      name: 'operations',
      html: renderPage(
        operationsPage(context({ locale, viewer: davi, operationsUrl: '/operations' }), {
          operations: troubles.map((one) => ({ operation: one, ticket: ticket() })),
          backlog,
        }),
      ),
    },
    ...dataScreens(withMail),
    { name: 'mails', html: mailsOf({}) },
    { name: 'mails-empty', html: mailsOf({ mails: [], next: null }) },
    {
      name: 'mail-held',
      html: mailOf({ ...heldMail, detail: '550 5.7.1 <eve@evil.example>: Relay access denied' }),
    },
    { name: 'mail-bounced', html: mailOf(bouncedMail) },
    {
      name: 'mail-unread',
      html: mailOf(unreadMail, { reading: { ok: false, reason: 'unreadable', detail: 'x' } }),
    },
    { name: 'mail-original', html: mailOf(ownMail, { ticket: ticket(), onTicket: true }) },
    {
      name: 'ticket-mail',
      html: renderPage(
        ticketPage(withMail, {
          ...reading,
          ticket: ticket({ id: '0198c0de-0000-7000-8000-000000000079', source: 'mail' }),
          events: [...story, unverified],
          mails: [
            { mail: ownMail, source: 'opening' },
            { mail: unverifiedMail, source: unverified.source },
          ],
          operations: [
            operation(
              'stuck',
              {
                kind: 'mail',
                notice: 'reply',
                to: { name: 'Ana Lindqvist', address: 'ana@school.example' },
                language: 'en',
                text: 'x',
              },
              { code: 'permanent', detail: '550 5.1.1 <ana@school.example>: user unknown', at: ctx.now },
            ),
          ],
        }),
      ),
    },
    {
      name: 'notices-problem',
      html: renderPage(
        wishesPage(withMail, {
          wish: null,
          form: {
            values: { wish: 'mine', address: 'davi@', language: 'de' },
            errors: { address: ctx.t('errors.email') },
          },
        }),
      ),
    },
    { name: 'notices-off', html: renderPage(wishesPage(ctx, { wish: null })) },
    {
      name: 'mine-mail',
      html: renderPage(
        requesterTicketPage(
          { ...anonymous, desk: mailDesk },
          {
            ...said,
            ticket: ticket({ id: '0198c0de-0000-7000-8000-00000000007a', state: 'resolved' }),
            link: 'https://help.school.example/t/AbCdEfGhIjKlMnOpQrStUv',
            newKey: () => 'fresh-key',
          },
        ),
      ),
    },
    ...messages.map((kind) => ({
      name: `message-${kind}`,
      html: renderPage(
        messagePage(kind === 'forbidden' ? anonymous : ctx, {
          kind,
          ...(kind === 'refused'
            ? {
                backUrl: '/issues/42',
                refusal: {
                  refused: true,
                  code: 'already-at-level',
                  particulars: { level: 2, name: 'Level 2' },
                },
              }
            : {}),
          ...(kind === 'broken' ? { reference: '7f3a-11' } : {}),
        }),
      ),
    })),
    ...kpiScreens(locale),
    {
      name: 'similar',
      html: `<!doctype html><html lang="${locale}"><title>similar</title><body><main><h1>Similar</h1>${renderFragment(similarTickets(ctx, { tickets: [summary()] }))}</main>`,
    },
  ]
}

/** What those see who answer for the desk's data. */
const dataScreens = (ctx: PageContext) => {
  const id = ticket().id
  const head = { n: 9, hash: 'c0ffee'.repeat(10) }
  const standing = { entries: 9, checked: 9, head, broken: null, wholeAt: ctx.now }
  const entry = { n: 9, hash: head.hash, at: ctx.now, ticketId: id, about: '' } as const
  const records = [
    { ...entry, by: { kind: 'agent', id: 2, username: 'bruno' }, what: 'escalate', result: 'top-level' },
    { ...entry, by: { kind: 'requester' }, what: 'reply', result: 'done' },
    { ...entry, by: { kind: 'belay' }, what: 'forget', result: 'done', ticketId: null, about: 'held: 3' },
  ] as const
  const filter = { who: '', what: '', ticket: '', from: '', to: '', cursor: 'x' } as const
  const auditOf = (more: Partial<Parameters<typeof auditPage>[1]>) =>
    renderPage(
      auditPage(ctx, {
        records,
        next: 'y',
        numbers: new Map([[id, 42]]),
        standing,
        usernames: ['bruno'],
        filter,
        keptDays: 730,
        ...more,
      }),
    )
  const whom = 'ana@school.example'
  const overview = { tickets: page().tickets, more: true, mails: 3, held: 1 }
  const erasure = { id: 'e-1', at: ctx.now, by: 'davi', whom: '', tickets: 2, mails: 3 }
  const erased = { ticketId: id, iid: 42, erasureId: 'e-1', at: ctx.now }
  const path = `/uploads/${'a0'.repeat(16)}/passport.png`
  const left = [{ what: 'note', id: 7 }, { what: 'address' }, { what: 'history' }] as const
  const requestersOf = (more: Partial<Parameters<typeof requestersPage>[1]>) =>
    renderPage(
      requestersPage(ctx, { whom, overview, erasures: [erasure], retention: usualRetention, ...more }),
    )
  return [
    { name: 'audit', html: auditOf({}) },
    { name: 'audit-empty', html: auditOf({ records: [], next: null, keptDays: 0 }) },
    { name: 'audit-broken', html: auditOf({ standing: { ...standing, broken: { n: 3, why: 'missing' } } }) },
    { name: 'audit-checking', html: auditOf({ standing: { ...standing, checked: 2, wholeAt: null } }) },
    { name: 'requesters', html: requestersOf({}) },
    { name: 'requesters-wrong', html: requestersOf({ overview: null, problem: 'No.', erasures: [] }) },
    { name: 'erase-requester', html: renderPage(erasePage(ctx, { whom, overview, problem: 'No.' })) },
    {
      name: 'erasure',
      html: renderPage(
        erasurePage(ctx, {
          erasure,
          tickets: [
            { ...erased, uploads: [path], left },
            { ...erased, iid: null, uploads: [], left: null },
          ],
        }),
      ),
    },
  ]
}
