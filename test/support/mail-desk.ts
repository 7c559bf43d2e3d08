// A desk with a mailbox of its own and without an IMAP server: the real store, the real parser in its process,
// a clock to turn. Mails are put where a mailbox would have them put, and read when the test wants it.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { v7 } from 'uuid'
import { fingerprintOf } from '../../src/adapters/mail/parser.ts'
import { createMailTokens } from '../../src/adapters/mail/tokens.ts'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import type { IntakeParts } from '../../src/application/intake-mail.ts'
import { intakeMail } from '../../src/application/intake-mail.ts'
import type { LedgerMail, MailParser } from '../../src/application/mail-ports.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import type { Parts, Store } from '../../src/application/ports.ts'
import { lease, pushOperation } from '../../src/application/push-operations.ts'
import type { Desk } from '../../src/domain/desk.ts'
import type { TicketEvent } from '../../src/domain/event.ts'
import type { Opening } from '../../src/domain/opening.ts'
import type { Intent, MailIntent, Operation } from '../../src/domain/operation.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { Ticket } from '../../src/domain/ticket.ts'
import { scriptedGateway } from '../application/scripted-gateway.ts'
import type { TurnableClock } from './clock.ts'
import { turnableClock } from './clock.ts'
import type { Written } from './mail-writing.ts'
import { deskAddress, writtenMail } from './mail-writing.ts'
import { ana, bruno, byAna, carla, davi } from './people.ts'
import { aDesk, hour, nine, only } from './tickets.ts'

export const day = 24 * hour

/** design.md's desk with a mail server of its own. */
export const aMailDeskOf = (changes: Partial<Desk> = {}): Desk =>
  aDesk({ mail: { own: true, language: 'en', reopenWithin: 14 * day }, ...changes })

export type DeskWithMailbox = {
  readonly parts: Parts
  readonly store: Store
  readonly clock: TurnableClock
  readonly intake: IntakeParts
  /** Into the ledger, as fetching does it; not read yet. */
  keep(source: Uint8Array): Promise<LedgerMail>
  /** One mail: fetched, read, and at its end. */
  takeIn(mail: Written | Uint8Array, parser?: MailParser): Promise<LedgerMail>
  mail(id: string): Promise<LedgerMail>
  ticketOf(mail: LedgerMail): Promise<Ticket>
  ticket(id: string): Promise<Ticket>
  tickets(): Promise<readonly Ticket[]>
  /** What was said on a ticket: kind, who, words. */
  said(ticketId: string): Promise<readonly (readonly [string, string, string])[]>
  events(ticketId: string): Promise<readonly TicketEvent[]>
  /** All operations not settled yet. */
  operations(ticketId: string): Promise<readonly Operation[]>
  intents<K extends Intent['kind']>(ticketId: string, kind: K): Promise<Extract<Intent, { kind: K }>[]>
  /** Mails that wait to be sent, of one ticket. */
  outgoing(ticketId: string): Promise<MailIntent[]>
  /** GitLab is told everything of all tickets. */
  pushToGitlab(): Promise<void>
  /** Ana's ticket from the form, which GitLab has. */
  opened(opening?: Partial<Opening>): Promise<Ticket>
  /** The token of a ticket, and what bears it. */
  token(ticketId: string): string
  plusAddress(ticketId: string): string
}

let uid = 0

export const aDeskWithMailbox = async (
  t: TestContext,
  options: {
    readonly desk?: Desk
    readonly parser: MailParser
    readonly store?: (desk: Desk) => Promise<Store>
  },
): Promise<DeskWithMailbox> => {
  const desk = options.desk ?? aMailDeskOf()
  const clock = turnableClock(nine)
  const gateway = scriptedGateway()
  const store = await (options.store?.(desk) ?? openSqliteStore({ file: ':memory:', desk }))
  t.after(() => store.close())
  await store.write((writer) =>
    writer.saveMembers([bruno, carla, davi].map((agent) => ({ ...agent, seenAt: nine }))),
  )
  const tokens = createMailTokens([new Uint8Array(32).fill(7)])
  const parts: Parts = {
    store,
    gateway,
    clock,
    newId: () => v7(),
    desk,
    nudge: () => undefined,
    settled: async () => undefined,
    prompt: () => false,
    mailParser: options.parser,
  }
  const intake: IntakeParts = {
    ...parts,
    parser: options.parser,
    tokens,
    address: deskAddress,
    fingerprintOf,
  }

  const mail = async (id: string): Promise<LedgerMail> =>
    (await store.read((reader) => reader.mail(id))) ?? assert.fail('the mail is not in the ledger')
  const keep = async (source: Uint8Array): Promise<LedgerMail> => {
    uid += 1
    const id = v7()
    const place = { mailbox: 'INBOX', uidValidity: '1', uid: String(uid) }
    assert.ok(
      await store.write((writer) => writer.receiveMail({ id, place, receivedAt: clock.now(), source })),
    )
    return mail(id)
  }
  const ticket = async (id: string): Promise<Ticket> =>
    (await store.read((reader) => reader.ticket({ id }))) ?? assert.fail('there is no such ticket')
  const operations = (id: string) => store.read((reader) => reader.operations(id))
  const intents: DeskWithMailbox['intents'] = async <K extends Intent['kind']>(id: string, kind: K) =>
    (await operations(id))
      .map(({ intent }) => intent)
      .filter((intent): intent is Extract<Intent, { kind: K }> => intent.kind === kind)
  const pushToGitlab = async () => {
    for (;;) {
      const claimed = await store.write((writer) =>
        writer.claim({ now: clock.now(), leaseMs: lease, limit: 20 }),
      )
      for (const one of claimed) await pushOperation({ store, gateway, clock, chance: () => 0.5 }, one)
      if (claimed.length === 0) return
    }
  }
  const events = (id: string) => store.read((reader) => reader.events(id))
  return {
    parts,
    store,
    clock,
    intake,
    keep,
    takeIn: async (said, parser = options.parser) => {
      const entry = await keep(said instanceof Uint8Array ? said : await writtenMail(said))
      const state = await intakeMail({ ...intake, parser }, entry)
      const after = await mail(entry.id)
      assert.equal(after.state, state)
      return after
    },
    mail,
    ticketOf: ({ ticketId }) => (ticketId === null ? assert.fail('it is on no ticket') : ticket(ticketId)),
    ticket,
    tickets: () => store.read((reader) => reader.walk({ after: null, limit: 5_000 })),
    said: async (id) =>
      (await events(id)).flatMap(({ what, actor }) =>
        what.kind === 'replied' || what.kind === 'noted' || what.kind === 'resolved'
          ? [[what.kind, actor.kind, what.text] as const]
          : [],
      ),
    events,
    operations,
    intents,
    outgoing: (id) => intents(id, 'mail'),
    pushToGitlab,
    opened: async (opening = {}) => {
      const result = await openTicket(parts, {
        by: byAna,
        opening: {
          title: 'My screen stays black',
          text: 'Since this morning.',
          category: 'Hardware',
          requester: ana,
          files: [],
          ...opening,
        },
        files: [],
      })
      assert.ok(!isRefusal(result))
      await pushToGitlab()
      return ticket(result.ticket.id)
    },
    token: (id) => tokens.tokenFor(id),
    plusAddress: (id) => deskAddress.replace('@', `+${tokens.tokenFor(id)}@`),
  }
}

/** How many mails are in each state, and that none is missing. */
export const conserved = async (store: Store, fetched: number): Promise<Record<string, number>> => {
  const counts = await store.read((reader) => reader.mailCounts())
  const sum = Object.values(counts).reduce((all, one) => all + one, 0)
  assert.equal(sum, fetched, `fetched ${fetched}, and ${sum} are in a state: ${JSON.stringify(counts)}`)
  return counts
}

/** The only mail that waits to be sent on this ticket. */
export const onlyOutgoing = async (desk: DeskWithMailbox, ticketId: string): Promise<MailIntent> =>
  only(await desk.outgoing(ticketId))
