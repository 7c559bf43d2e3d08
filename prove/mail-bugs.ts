// Planted bugs of mail, one mistake each. Found only in stories that have mail.

import type { Mailbox } from '../src/application/mail-ports.ts'
import type { Writer } from '../src/application/ports.ts'
import { numberInSubject } from '../src/domain/arrival.ts'
import type { Bug } from './planting.ts'
import { withWriter } from './planting.ts'

type Recorded = Parameters<Writer['record']>

export const mailBugs: readonly Bug[] = [
  {
    name: 'tells the mailbox before the mail is kept',
    mail: (parts) => {
      const { mailbox } = parts
      if (!mailbox) return parts
      const fetch: Mailbox['fetch'] = async function* (options) {
        for await (const mail of mailbox.fetch(options)) {
          await mailbox.file(mail.place, 'done')
          yield mail
        }
      }
      return { ...parts, mailbox: { ...mailbox, fetch } }
    },
  },
  {
    name: 'settles a mail before its effect is written',
    store: (store) => ({
      ...store,
      write: async (work) => {
        let late: Recorded | null = null
        let settles = false
        const result = await store.write((writer) =>
          work({
            ...writer,
            mail: async (id) => {
              settles = true
              return writer.mail(id)
            },
            record: async (...recorded) => {
              if (!settles) return writer.record(...recorded)
              late = recorded
              return 'recorded'
            },
          }),
        )
        const effect = late as Recorded | null
        if (effect) await store.write((writer) => writer.record(...effect))
        return result
      },
    }),
  },
  {
    name: 'makes a new Message-ID at each try',
    mail: (parts) => ({
      ...parts,
      mailer: {
        ...parts.mailer,
        perform: (claimed) => {
          const { operation } = claimed
          const id = operation.attempts > 1 ? parts.newId() : operation.id
          return parts.mailer.perform({ ...claimed, operation: { ...operation, id } })
        },
      },
    }),
  },
  {
    name: 'believes the number in the subject instead of the token',
    mail: (parts) => ({
      ...parts,
      parser: {
        ...parts.parser,
        read: async (source) => {
          const reading = await parts.parser.read(source)
          if (!reading.ok) return reading
          const iid = numberInSubject(reading.mail.subject)
          const ticket = iid === null ? null : await parts.store.read((reader) => reader.ticket({ iid }))
          const address = ticket && parts.address.replace('@', `+${parts.tokens.tokenFor(ticket.id)}@`)
          const { mail } = reading
          return address ? { ...reading, mail: { ...mail, deliveredTo: [address], to: [] } } : reading
        },
      },
    }),
  },
  {
    name: 'takes a mail without proof for the answer of the requester',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        record: (decision, options) =>
          writer.record(
            {
              ...decision,
              operations: decision.operations.map((one) =>
                one.intent.kind === 'note' && one.intent.text.startsWith('Not verified')
                  ? { ...one, intent: { ...one.intent, purpose: 'reply', internal: false } }
                  : one,
              ),
            },
            options,
          ),
      })),
  },
  {
    name: 'lets two agents vouch for one mail',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        mail: async (id) => {
          const mail = await writer.mail(id)
          return mail?.reason === 'accepted' ? { ...mail, reason: 'unverified' } : mail
        },
        mailAccepted: async (id) => (await writer.mailAccepted(id)) || true,
      })),
  },
  {
    name: 'answers what no person wrote',
    mail: (parts) => ({
      ...parts,
      parser: {
        ...parts.parser,
        read: async (source) => {
          const reading = await parts.parser.read(source)
          return reading.ok ? { ...reading, mail: { ...reading.mail, automatic: null } } : reading
        },
      },
    }),
  },
  {
    name: 'acknowledges as often as anybody writes',
    store: (store) => withWriter(store, (writer) => ({ ...writer, acknowledgements: async () => 0 })),
  },
  {
    name: 'takes a mail that comes twice for two',
    store: (store) => withWriter(store, (writer) => ({ ...writer, mailLike: async () => null })),
  },
  {
    name: 'mails what Service Desk mails as well',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        ticket: async (ref) => {
          const ticket = await writer.ticket(ref)
          if (!ticket) return null
          const { serviceDesk: _, ...requester } = ticket.requester
          return { ...ticket, requester }
        },
      })),
  },
  {
    name: 'mails a reply before GitLab knows it',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        record: (decision, options) => {
          const mails = decision.operations.filter(({ intent }) => intent.kind === 'mail')
          const others = decision.operations.filter(({ intent }) => intent.kind !== 'mail')
          const operations = decision.ticket.iid === null ? decision.operations : [...mails, ...others]
          return writer.record({ ...decision, operations }, options)
        },
      })),
  },
  {
    name: 'takes a mail whose sending was cut for sent',
    mail: (parts) => ({
      ...parts,
      mailer: { ...parts.mailer, lookUp: async () => ({ kind: 'mailed', messageId: '' }) },
    }),
  },
  {
    name: 'knows mails by their number alone',
    mail: (parts) => {
      const { mailbox } = parts
      if (!mailbox) return parts
      let now = '1'
      const fetch: Mailbox['fetch'] = async function* (options) {
        for await (const { place, source } of mailbox.fetch(options)) {
          now = place.uidValidity
          yield { place: { ...place, uidValidity: '1' }, source }
        }
      }
      const file: Mailbox['file'] = (place, into) => mailbox.file({ ...place, uidValidity: now }, into)
      return { ...parts, mailbox: { ...mailbox, fetch, file } }
    },
  },
]
