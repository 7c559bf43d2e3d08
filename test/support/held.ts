// A submission that waits for a lead: a test names only what its story is about.

import { v7 } from 'uuid'
import type { Held } from '../../src/application/held-ports.ts'
import type { Store } from '../../src/application/ports.ts'
import { ana } from './people.ts'
import { nine } from './tickets.ts'

export const aHeld = (changes: Partial<Held> & Pick<Held, 'id'>): Held => ({
  key: `key-${changes.id}`,
  receivedAt: nine,
  doubt: 'trap',
  client: 'c1',
  bytes: 100,
  title: 'My screen stays black',
  text: 'Since this morning.',
  category: 'Hardware',
  requester: ana,
  ...changes,
})

export const keepHeld = async (store: Store, changes: Partial<Held> = {}): Promise<Held> => {
  const held = aHeld({ id: v7(), ...changes })
  await store.write((writer) => writer.hold(held, []))
  return held
}
