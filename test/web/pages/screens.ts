// Every page in its telling states, as HTML: for the tests that look at all of them at once.

import type { Locale } from '../../../src/web/page.ts'
import { dashboardPage } from '../../../src/web/pages/dashboard.ts'
import type { MessageKind } from '../../../src/web/pages/message.ts'
import { messagePage } from '../../../src/web/pages/message.ts'
import { openTicketPage } from '../../../src/web/pages/open-ticket.ts'
import { operationsPage } from '../../../src/web/pages/operations.ts'
import { requesterTicketPage } from '../../../src/web/pages/requester-ticket.ts'
import { signInPage } from '../../../src/web/pages/sign-in.ts'
import { similarTickets } from '../../../src/web/pages/similar-tickets.ts'
import { ticketPage } from '../../../src/web/pages/ticket.ts'
import { renderFragment, renderPage } from '../../../src/web/rendering.ts'
import {
  ana,
  backlog,
  carla,
  context,
  counts,
  davi,
  files,
  members,
  operation,
  page,
  query,
  queue,
  story,
  summary,
  ticket,
  troubles,
} from './believable.ts'

export type Screen = { readonly name: string; readonly html: string }

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
  const messages: MessageKind[] = ['not-found', 'forbidden', 'refused', 'gitlab', 'broken', 'too-large']
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
      name: 'mine',
      html: renderPage(
        requesterTicketPage(anonymous, {
          ...said,
          ticket: ticket({ level: 2, assignee: 'carla' }),
          link: 'https://help.school.example/t/AbCdEfGhIjKlMnOpQrStUv',
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
    {
      name: 'similar',
      html: `<!doctype html><html lang="${locale}"><title>similar</title><body><main><h1>Similar</h1>${renderFragment(similarTickets(ctx, { tickets: [summary()] }))}</main>`,
    },
  ]
}
