// People at work while others look: replies, notes, assignments and waiting, so many a second.

import type { Browser } from './browser.ts'
import { sleep } from './load.ts'

const kinds: readonly { readonly action: string; readonly fields: Readonly<Record<string, string>> }[] = [
  { action: 'replies', fields: { body: 'We are looking at it and will write again today.' } },
  { action: 'notes', fields: { body: 'Seen before in room 12; the cable was loose.' } },
  { action: 'assignee', fields: { assignee: 'bruno' } },
  { action: 'waiting', fields: { waiting: 'on' } },
  { action: 'waiting', fields: { waiting: 'off' } },
]

export type Changes = {
  /** Milliseconds each of them took, the wait for GitLab included. */
  readonly took: readonly number[]
  readonly refused: number
}

/** Changes tickets until told to stop, each ticket once before any of them again. */
export const keepChanging = (browser: Browser, iids: readonly number[], perSecond: number) => {
  const took: number[] = []
  const underway = new Set<Promise<void>>()
  let refused = 0
  let stopping = false
  const change = async (index: number) => {
    const kind = kinds[index % kinds.length]
    const iid = iids[index % iids.length]
    if (!kind || iid === undefined) return
    try {
      took.push((await browser.post(`/issues/${iid}/${kind.action}`, kind.fields)).ms)
    } catch {
      refused++
    }
  }
  const loop = (async () => {
    for (let index = 0; !stopping; index++) {
      const work = change(index).finally(() => underway.delete(work))
      underway.add(work)
      await sleep(1_000 / perSecond)
    }
    await Promise.all(underway)
  })()
  return {
    stop: async (): Promise<Changes> => {
      stopping = true
      await loop
      return { took, refused }
    },
  }
}
