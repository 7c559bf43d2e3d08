// Pages as they were sent, for as long as they would come out the same: the same person, language
// and address, nothing changed in the store, and no more than seconds gone by. Agents look at
// their queue again and again between two changes; then only the forms' keys are new.
//
// What is kept is bytes, one in each letter of a string: Node writes such a string together with
// the head in one go, which a Buffer does not get.

import { LRUCache } from 'lru-cache'
import { v4 } from 'uuid'
import type { Parts } from '../application/ports.ts'
import type { Agent } from '../domain/role.ts'
import { mostRemembered } from './remembering.ts'
import { utf8InLatin1 } from './utf8.ts'
import type { AgentVisit, Answer } from './visit.ts'

type Kept = {
  readonly viewer: Agent
  readonly version: number
  readonly slot: number
  /** The page, cut where each form's key stands. */
  readonly pieces: readonly string[]
}

/** Ages on a page are told in minutes; so many milliseconds may pass unseen. */
const slotLength = 10_000

export type PageMemory = {
  /** `make` makes the page with this key in its forms, when there is none to give again. */
  recall(visit: AgentVisit, make: (formKey: string) => Promise<Answer>): Promise<Answer>
}

export const rememberPages = (parts: Pick<Parts, 'newId' | 'clock'>): PageMemory => {
  /** Stands for the key while a page is kept; nobody is ever told it. As long as a real one. */
  const placeholder = v4()
  const kept = new LRUCache<string, Kept>({
    maxSize: mostRemembered.pages,
    sizeCalculation: ({ pieces }) => pieces.reduce((sum, piece) => sum + piece.length, 500),
  })

  const fresh = (pieces: readonly string[]): Answer => ({
    kind: 'ready',
    latin1: pieces.length === 1 ? (pieces[0] ?? '') : pieces.join(parts.newId()),
  })

  return {
    recall: async (visit, make) => {
      const { viewer, version } = visit
      if (version === null || !visit.isOrdinary()) return make(parts.newId())
      const slot = Math.floor(parts.clock.now() / slotLength)
      const name = `${viewer.id} ${visit.locale} ${visit.request.url}`
      const known = kept.get(name)
      if (known && known.viewer === viewer && known.version === version && known.slot === slot)
        return fresh(known.pieces)
      const answer = await make(placeholder)
      if (answer.kind !== 'page' || answer.status !== 200) return answer
      const pieces = utf8InLatin1(answer.html).split(placeholder)
      kept.set(name, { viewer, version, slot, pieces })
      return fresh(pieces)
    },
  }
}
