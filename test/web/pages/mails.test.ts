// What the pages about mail say: every end a mail can have in words of its own, the sum, and the requester's
// page, which says whether and where to we write.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LedgerMail } from '../../../src/application/mail-ports.ts'
import { opening } from '../../../src/application/read-ticket.ts'
import type { MailReason, MailState, ReadMail } from '../../../src/domain/mail.ts'
import type { Ticket } from '../../../src/domain/ticket.ts'
import { dayOf } from '../../../src/web/pages/age.ts'
import { mailPage } from '../../../src/web/pages/mail.ts'
import { mailStanding, mailStates } from '../../../src/web/pages/mail-standing.ts'
import { mailsPage } from '../../../src/web/pages/mails.ts'
import { openTicketPage } from '../../../src/web/pages/open-ticket.ts'
import { requesterTicketPage } from '../../../src/web/pages/requester-ticket.ts'
import { ticketPage } from '../../../src/web/pages/ticket.ts'
import { wishesPage } from '../../../src/web/pages/wishes.ts'
import { renderPage } from '../../../src/web/rendering.ts'
import { locales, translator } from '../../../src/web/translate.ts'
import { aLedgerMail } from '../../support/mails.ts'
import { context, davi, desk, event, files, members, now, story, ticket } from './believable.ts'

// As records, so that one which is added in the domain and forgotten here does not compile.
const states: Record<MailState, true> = {
  received: true,
  opened: true,
  appended: true,
  bounced: true,
  ignored: true,
  quarantined: true,
}
const reasons: Record<MailReason, MailState> = {
  new: 'opened',
  'resolved-long-ago': 'opened',
  'opened-by-lead': 'opened',
  'by-token': 'appended',
  unverified: 'appended',
  accepted: 'appended',
  undeliverable: 'bounced',
  delayed: 'bounced',
  'unknown-bounce': 'bounced',
  'auto-reply': 'ignored',
  list: 'ignored',
  loop: 'ignored',
  report: 'ignored',
  'null-sender': 'ignored',
  'own-address': 'ignored',
  'seen-before': 'ignored',
  'nothing-in-it': 'ignored',
  'no-sender': 'quarantined',
  'too-slow': 'quarantined',
  'too-much-memory': 'quarantined',
  'too-large': 'quarantined',
  unreadable: 'quarantined',
  'form-closed': 'quarantined',
  refused: 'quarantined',
}

const mailDesk = { ...desk, mail: { own: true, language: 'en', reopenWithin: 14 * 86_400_000 } } as const
const counts = { received: 4, opened: 800, appended: 150, bounced: 20, ignored: 40, quarantined: 10 }

const readMail = (more: Partial<ReadMail> = {}): ReadMail => ({
  messageId: 'one@school.example',
  refersTo: [],
  from: { name: 'Ana', address: 'ana@school.example' },
  replyTo: null,
  to: [{ name: 'Help desk', address: 'help@desk.example' }],
  cc: [],
  deliveredTo: [],
  subject: 'My screen stays black',
  sentAt: now,
  language: 'en',
  text: 'It is **still** black.',
  folded: [],
  hasHtml: false,
  files: [],
  automatic: null,
  bounce: null,
  ...more,
})

test('every state is counted once and has a word; every reason says why and what to do next', () => {
  assert.deepEqual([...mailStates].sort(), Object.keys(states).sort())
  for (const locale of locales) {
    const ctx = { t: translator(locale) }
    const said = new Set<string>()
    for (const [reason, state] of Object.entries(reasons) as [MailReason, MailState][]) {
      const standing = mailStanding(aLedgerMail({ state, reason }), ctx)
      for (const text of [standing.stateWord, standing.reason, standing.why, standing.next])
        assert.doesNotMatch(text, /^mail\.|\{\{/u, `${locale} ${reason}`)
      assert.ok(standing.why.split(' ').length >= 5, `${locale} ${reason}: ${standing.why}`)
      assert.match(standing.next, /\.$/u)
      said.add(standing.reason)
    }
    assert.equal(said.size, Object.keys(reasons).length, 'no two reasons read the same')
    assert.doesNotMatch(mailStanding(aLedgerMail({ state: 'received', reason: null }), ctx).why, /^mail\./u)
  }
})

test('the sum shows that no mail is missing, in the reader’s numbers', () => {
  const page = (locale: 'en' | 'de') =>
    mailsPage(context({ locale, viewer: davi, desk: mailDesk }), {
      query: { words: '', state: null, cursor: null },
      mails: [],
      next: null,
      mailCounts: counts,
      numbers: new Map(),
    })
  assert.equal(
    page('en').sum,
    '1,024 received = 800 opened + 150 appended + 20 bounced + 40 ignored + 10 quarantined + 4 in flight',
  )
  assert.match(page('de').sum, /^1\.024 erhalten = 800 geöffnet \+ /u)
})

test('a search that found nothing so far says that it can go on', () => {
  const page = mailsPage(context({ viewer: davi, desk: mailDesk }), {
    query: { words: 'ana', state: 'ignored', cursor: 'here' },
    mails: [],
    next: 'there',
    mailCounts: counts,
    numbers: new Map(),
  })
  assert.match(page.empty?.heading ?? '', /among the newest/u)
  assert.equal(page.nextUrl, '/mail?q=ana&state=ignored&cursor=there')
  assert.equal(page.firstUrl, '/mail?q=ana&state=ignored')
})

test('where Belay fetches no mail, the page says who can change that', () => {
  const none = { received: 0, opened: 0, appended: 0, bounced: 0, ignored: 0, quarantined: 0 }
  const page = mailsPage(context({ viewer: davi }), {
    query: { words: '', state: null, cursor: null },
    mails: [],
    next: null,
    mailCounts: none,
    numbers: new Map(),
  })
  assert.match(page.empty?.text ?? '', /IMAP_URL/u)
  assert.ok(wishesPage(context(), { wish: null }).off)
})

const pageOf = (mail: LedgerMail, more: Partial<Parameters<typeof mailPage>[1]> = {}) =>
  mailPage(context({ viewer: davi, desk: mailDesk }), {
    mail,
    ticket: null,
    kept: true,
    reading: { ok: true, mail: readMail() },
    onTicket: false,
    ...more,
  })

test('a lead may have read anew what changed no ticket and is kept, and nothing else', () => {
  const ways = (mail: Partial<LedgerMail>, more: Parameters<typeof pageOf>[1] = {}) => {
    const { replay, open, sourceUrl } = pageOf(
      aLedgerMail({ state: 'ignored', reason: 'list', ...mail }),
      more,
    )
    return [replay !== null, open !== null, sourceUrl !== null]
  }
  assert.deepEqual(ways({}), [true, true, true])
  assert.deepEqual(ways({}, { kept: false, reading: null }), [false, false, false])
  assert.deepEqual(ways({ state: 'received', reason: null }), [false, false, true])
  assert.deepEqual(ways({ ticketId: ticket().id }), [true, true, true])
  assert.deepEqual(ways({ operationId: 'o-1' }), [false, false, true])
  assert.deepEqual(ways({ state: 'opened', reason: 'new' }), [false, false, true])
  assert.deepEqual(ways({}, { onTicket: true, ticket: ticket() }), [false, false, false])
})

test('a mail that could not be read says so once, with the parser’s words', () => {
  const reading = { ok: false, reason: 'too-slow', detail: '3 s' } as const
  const page = pageOf(aLedgerMail({ state: 'quarantined', reason: 'too-slow', detail: 'after 3 s' }), {
    reading,
  })
  assert.match(page.why, /longer than a mail may take/u)
  assert.equal(page.detail, 'after 3 s')
  assert.doesNotMatch(page.unread ?? '', /longer than/u)
  assert.equal(page.bodyHtml, null)
  assert.match(pageOf(aLedgerMail(), { reading }).unread ?? '', /longer than a mail may take/u)
})

test('what was folded away stays folded, and files are named and not loaded', () => {
  const html = renderPage(
    pageOf(aLedgerMail(), {
      reading: {
        ok: true,
        mail: readMail({
          text: 'See ![photo](cid:1)',
          folded: [
            { kind: 'quote', text: '> Which one?' },
            { kind: 'signature', text: 'Ana' },
          ],
          files: [{ name: 'photo.png', type: 'image/png', bytes: new Uint8Array(2_000_000), contentId: '1' }],
        }),
      },
    }),
  )
  assert.match(html, /<summary>Earlier mails<\/summary><blockquote>/u)
  assert.match(html, /<summary>Signature<\/summary>/u)
  assert.match(html, /photo\.png<\/span> <small>2\.0 MB/u)
  assert.doesNotMatch(html, /<img/u)
})

test('a note that is not verified offers to be accepted as Ana’s only where it came from her address', () => {
  const noted = event(
    2,
    { kind: 'bot', name: 'Belay' },
    { kind: 'noted', text: 'Not verified: x.\n\nIt was the cable.' },
  )
  const entry = (mail: Partial<LedgerMail>, more: Partial<Ticket> = {}, revision = 900) => {
    const html = ticketPage(context({ desk: mailDesk }), {
      ticket: ticket({ revision, ...more }),
      events: [noted],
      operations: [],
      files: [],
      members,
      mails: [
        {
          mail: aLedgerMail({ id: 'm', state: 'appended', reason: 'unverified', ...mail }),
          source: noted.source,
        },
      ],
      newKey: 'k',
    }).timelineHtml
    return html.replaceAll('&#39;', "'")
  }
  const own = entry({ from: 'ANA@school.example' })
  assert.match(own, /Accept as Ana Lindqvist's answer/u)
  assert.match(own, /action="\/mail\/m\/accept"/u)
  assert.doesNotMatch(own, /Not verified: x/u)
  assert.match(own, /It was the cable\./u)
  // The same revision: what is remembered must not outlive the acceptance.
  assert.match(entry({ from: 'ANA@school.example', reason: 'accepted' }), /Accepted: it stands below/u)
  assert.match(entry({ from: 'eve@evil.example' }, {}, 901), /Accept as an answer in Ana Lindqvist's place/u)
  const gone = entry({}, { gone: { why: 'deleted' } }, 902)
  assert.doesNotMatch(gone, /\/accept/u)
})

const mineOf = (
  more: Partial<Ticket>,
  rest: Partial<Parameters<typeof requesterTicketPage>[1]> = {},
  own = true,
) =>
  requesterTicketPage(context({ viewer: null, desk: own ? mailDesk : desk }), {
    ticket: ticket({ revision: 950, ...more }),
    events: story,
    files,
    members,
    link: 'https://desk.example/t/token',
    newKey: () => 'fresh-key',
    ...rest,
  })

test('Ana reads where to we write, without her whole address; without mail she is told to keep the link', () => {
  assert.equal(mineOf({}).byMail, 'We also write to a…@school.example.')
  const html = renderPage(mineOf({}))
  assert.doesNotMatch(html, /ana@school|only way/u)
  const service = { name: 'Ana', email: 'ana@school.example', username: null, serviceDesk: true } as const
  assert.equal(mineOf({ requester: service }, {}, false).byMail, 'We also write to a…@school.example.')
  const without = mineOf({}, {}, false)
  assert.equal(without.byMail, null)
  assert.match(renderPage(without), /this link is the only way to see how it stands/u)
  assert.equal(mineOf({ requester: { name: 'Ana', email: null, username: 'ana' } }).byMail, null)
})

test('Ana is asked to answer below or by mail, and told until when her ticket can be opened again', () => {
  assert.match(mineOf({ state: 'waiting' }).standing.text, /answer the e-mail in which we asked/u)
  const resolved = { state: 'resolved', resolvedAt: now } as const
  const until = new RegExp(
    `say so on this page until ${dayOf(now + mailDesk.mail.reopenWithin, 'en').label}`,
    'u',
  )
  for (const own of [true, false]) assert.match(mineOf(resolved, {}, own).standing.text, until)
  const service = { name: 'Ana', email: 'ana@school.example', username: null, serviceDesk: true } as const
  assert.match(mineOf({ ...resolved, requester: service }).standing.text, until)
})

test('the form says what the address is for', () => {
  const hint = (own: boolean) =>
    openTicketPage(context({ viewer: null, desk: own ? mailDesk : desk }), {
      form: { values: {}, errors: {} },
    }).person.emailHint
  assert.match(hint(true), /We write our answers to it/u)
  assert.match(hint(false), /For when we need to reach you/u)
})

test('the name of a file in an internal note never stands on the requester’s page', () => {
  const [first, second] = files
  assert.ok(first && second)
  const fileSources = new Map([
    [first.id, opening],
    [second.id, 'note:19'],
  ])
  const page = mineOf({}, { fileSources })
  assert.deepEqual(
    page.conversation.flatMap((one) => one.files).map(({ name }) => name),
    [first.name],
  )
})

test('an agent sees each file with the text it came with, and one on its way with its reply', () => {
  const [first, second] = files
  assert.ok(first && second)
  const answer = event(
    1,
    { kind: 'requester', name: 'Ana' },
    { kind: 'replied', text: 'Here.' },
    { source: 'op:x' },
  )
  const html = ticketPage(context(), {
    ticket: ticket({ revision: 960 }),
    events: [...story, answer],
    operations: [],
    files,
    fileSources: new Map([
      [first.id, 'note:20'],
      [second.id, 'op:x'],
    ]),
    members,
    newKey: 'k',
  }).timelineHtml
  const entries = html.split('<li class="entry')
  assert.doesNotMatch(entries[1] ?? '', /class="files"/u)
  const photo = entries.filter((entry) => entry.includes('/issues/42/files/1'))
  assert.equal(photo.length, 1)
  assert.equal(
    photo[0]?.match(/files\/1"/gu)?.length,
    2,
    'the picture and its link in the text, no second one below',
  )
  assert.match(entries.at(-1) ?? '', /class="files"[\s\S]*\/issues\/42\/files\/2/u)
})
