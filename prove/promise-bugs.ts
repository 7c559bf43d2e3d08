// Planted bugs of promises, one mistake each. Found only in stories whose desk has targets.

import type { DueTarget } from '../src/application/kpi-ports.ts'
import type { Store, Writer } from '../src/application/ports.ts'
import type { TargetStanding } from '../src/domain/target.ts'
import type { Bug } from './planting.ts'

type Telling = Parameters<Writer['targetTold']>

/** How far ahead somebody looks who does not want to look again (milliseconds). */
const ahead = 60_000

/** What is due soon is read once, and told and done when its time has come, however the ticket stands by then. */
const remembering = (store: Store): Store => {
  const due = new Map<string, DueTarget>()
  const standings = new Map<string, readonly TargetStanding[]>()
  const keyOf = (...[ticketId, kind, news]: Telling | [string, string, string]) =>
    `${ticketId} ${kind} ${news}`
  return {
    ...store,
    read: (work) =>
      store.read((reader) =>
        work({
          ...reader,
          dueTargets: async (now, limit) => {
            for (const one of await reader.dueTargets(now + ahead, limit)) {
              const key = keyOf(one.ticketId, one.kind, one.news)
              if (due.has(key)) continue
              due.set(key, one)
              standings.set(key, await reader.targets(one.ticketId))
            }
            return [...due.values()].filter(({ at }) => at <= now)
          },
        }),
      ),
    write: (work, options) =>
      store.write(
        (writer) =>
          work({
            ...writer,
            targets: async (id) => {
              const known = [...standings].findLast(([key]) => key.startsWith(`${id} `))
              return known?.[1] ?? writer.targets(id)
            },
            targetTold: (...telling) => {
              due.delete(keyOf(...telling))
              standings.delete(keyOf(...telling))
              return writer.targetTold(...telling)
            },
          }),
        options,
      ),
  }
}

export const promiseBugs: readonly Bug[] = [
  {
    name: 'writes down what it told of a promise only afterwards',
    store: (store) => ({
      ...store,
      write: async (work, options) => {
        let late: Telling | null = null
        const result = await store.write(
          (writer) =>
            work({
              ...writer,
              targetTold: async (...telling) => {
                late = telling
                return true
              },
            }),
          options,
        )
        const telling = late as Telling | null
        if (telling) await store.write((writer) => writer.targetTold(...telling))
        return result
      },
    }),
  },
  {
    name: 'says that it told of a promise before it tells',
    store: (store) => ({
      ...store,
      write: async (work, options) => {
        let told = false
        let late: Parameters<Writer['record']> | null = null
        const result = await store.write(
          (writer) =>
            work({
              ...writer,
              targetTold: (...telling) => {
                told = true
                return writer.targetTold(...telling)
              },
              record: async (...recorded) => {
                if (!told) return writer.record(...recorded)
                late = recorded
                return 'recorded'
              },
            }),
          options,
        )
        const decision = late as Parameters<Writer['record']> | null
        if (decision) await store.write((writer) => writer.record(...decision))
        return result
      },
    }),
  },
  {
    name: 'escalates by how a promise stood a while ago',
    store: remembering,
  },
  {
    name: 'does not measure a ticket again when its category changes',
    database: (database) =>
      database.exec(`create trigger stale before update on figures
        when new.names ->> 0 is not old.names ->> 0 begin select raise(ignore); end`),
  },
]
