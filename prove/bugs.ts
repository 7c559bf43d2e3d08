// Planted bugs: the product's own parts with one mistake each, put in between from outside. The
// proof must find every one; a proof that finds nothing proves nothing. None of this is reachable
// from the product.

import type { Writer } from '../src/application/ports.ts'
import type { Intent } from '../src/domain/operation.ts'
import { mailBugs } from './mail-bugs.ts'
import type { Bug } from './planting.ts'
import { withWriter } from './planting.ts'
import { promiseBugs } from './promise-bugs.ts'

export type { Bug } from './planting.ts'

const change = (intent: Intent) => (intent.kind === 'change' ? intent : null)

/** The newest fence of each operation, whoever has it: what a lease without a fence would go by. */
const fences = new Map<string, number>()

export const bugs: readonly Bug[] = [
  {
    name: 'settles before it sends',
    gateway: (gateway, store) => ({
      ...gateway,
      perform: async (claimed) => {
        const { operation, fence } = claimed
        if (operation.intent.kind === 'note')
          await store.write((writer) =>
            writer.settle(operation.id, fence, { state: 'done', outcome: { kind: 'noted', noteId: 0 } }, 0),
          )
        return gateway.perform(claimed)
      },
    }),
  },
  {
    name: 'does not look up after a time-out',
    gateway: (gateway) => ({ ...gateway, lookUp: async () => null }),
  },
  {
    name: 'takes an unknown outcome for a failure without effect',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        settle: (id, fence, settlement, at) =>
          writer.settle(
            id,
            fence,
            settlement.state === 'unknown'
              ? { state: 'ready', notBefore: settlement.notBefore, trouble: settlement.trouble }
              : settlement,
            at,
          ),
      })),
  },
  {
    name: 'looks up once and does not wait for a late effect',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        claim: async (options) =>
          (await writer.claim(options)).map((claimed) => ({
            ...claimed,
            operation: { ...claimed.operation, sentAt: 0 },
          })),
      })),
  },
  {
    name: 'writes the whole list of labels',
    gateway: (gateway) => ({
      ...gateway,
      perform: async (claimed) => {
        const { operation, ticket } = claimed
        const intent = change(operation.intent)
        if (!intent || intent.addLabels.length + intent.removeLabels.length === 0)
          return gateway.perform(claimed)
        // Everything GitLab has and our copy does not know of is taken away.
        const now = ticket.iid === null ? null : await gateway.history(ticket.iid, { code: false })
        const unknown = (now?.ticket.labels ?? []).filter(
          (label) => !ticket.labels.includes(label) && !intent.addLabels.includes(label),
        )
        return gateway.perform({
          ...claimed,
          operation: {
            ...operation,
            intent: { ...intent, removeLabels: [...intent.removeLabels, ...unknown] },
          },
        })
      },
    }),
  },
  {
    name: 'moves the cursor before the page is stored',
    store: (store) => ({
      ...store,
      write: async (work) => {
        let moved: [string, string][] = []
        // First run: only the cursor is committed. Then the page, if nobody dies in between.
        await store.write(async (writer) => {
          const settings: [string, string][] = []
          const trial: Writer = {
            ...writer,
            adopt: async () => 0,
            markUnread: async () => undefined,
            saveSetting: async (name, value) => {
              settings.push([name, value])
            },
            record: async () => 'recorded',
            settle: async () => true,
            claim: async () => [],
            saveMembers: async () => undefined,
            receiveMail: async () => false,
            beginReading: async () => undefined,
            settleMail: async () => true,
            mailFiled: async () => undefined,
            mailAccepted: async () => true,
            replayMail: async () => true,
            acknowledged: async () => undefined,
          }
          await work(trial)
          moved = settings.filter(([name]) => name.startsWith('pull.'))
          for (const [name, value] of moved) await writer.saveSetting(name, value)
        })
        if (moved.length > 0) await store.read((reader) => reader.setting('pull.cursor'))
        return store.write(work)
      },
    }),
  },
  {
    name: 'has a lease without a fence',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        claim: async (options) => {
          const claimed = await writer.claim(options)
          for (const one of claimed) fences.set(one.operation.id, one.fence)
          return claimed
        },
        settle: (id, fence, settlement, at) => writer.settle(id, fences.get(id) ?? fence, settlement, at),
      })),
  },
  {
    name: 'sends although its lease has run out',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        claim: async (options) =>
          (await writer.claim(options)).map((claimed) => ({ ...claimed, until: Number.POSITIVE_INFINITY })),
      })),
  },
  {
    name: 'claims what another worker is sending',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        claim: async (options) =>
          (await writer.claim({ ...options, now: options.now + options.leaseMs + 1_000 })).map((claimed) => ({
            ...claimed,
            unsure: false,
          })),
      })),
  },
  {
    name: 'forgets the key of a form',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        formKey: async () => null,
        record: (decision, options) => {
          const { key: _, ...rest } = options ?? {}
          return writer.record(decision, rest)
        },
      })),
  },
  {
    name: 'writes ticket and operations in two transactions',
    store: (store) => ({
      ...store,
      write: async (work) => {
        let late: Parameters<Writer['record']>[0] | null = null
        const result = await store.write((writer) =>
          work({
            ...writer,
            record: async (decision, options) => {
              if (decision.ticket.revision === 0) return writer.record(decision, options)
              late = decision
              return writer.record({ ...decision, operations: [] }, options)
            },
          }),
        )
        const second = late as Parameters<Writer['record']>[0] | null
        if (second)
          await store.write(async (writer) => {
            const ticket = await writer.ticket({ id: second.ticket.id })
            if (ticket) await writer.record({ ticket, events: [], operations: second.operations })
          })
        return result
      },
    }),
  },
  {
    name: 'reads without an overlap',
    gateway: (gateway) => ({
      ...gateway,
      listing: ({ since, page }) =>
        gateway.listing({ since: since === null ? null : since + 150_000 + 30_000, page }),
    }),
  },
  {
    name: 'takes one reading for the last, however soon it was',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        adopt: (changes) =>
          writer.adopt(
            changes.map((one) => (one.readAt === null ? one : { ...one, readAt: one.readAt + 3_600_000 })),
          ),
      })),
  },
  {
    name: 'trusts a webhook for its content',
    hook: (store, { iid, labels, closed }) =>
      store.write(async (writer) => {
        const ticket = await writer.ticket({ iid })
        if (!ticket) return
        const level = labels.includes('level::2') ? 2 : 1
        const state = closed ? 'resolved' : labels.includes('waiting') ? 'waiting' : 'open'
        await writer.adopt([{ ticket: { ...ticket, labels, level, state }, events: null, readAt: null }])
      }),
  },
  {
    name: 'writes internal notes as replies',
    gateway: (gateway) => ({
      ...gateway,
      perform: (claimed) => {
        const { operation } = claimed
        return gateway.perform(
          operation.intent.kind === 'note'
            ? { ...claimed, operation: { ...operation, intent: { ...operation.intent, internal: false } } }
            : claimed,
        )
      },
    }),
  },
  {
    name: 'does not check where the ticket stands before it escalates',
    store: (store) =>
      withWriter(store, (writer) => ({
        ...writer,
        ticket: async (ref) => {
          const ticket = await writer.ticket(ref)
          return ticket && ticket.state !== 'resolved' ? { ...ticket, level: 1 } : ticket
        },
      })),
  },
  ...mailBugs,
  ...promiseBugs,
]
