// What waits for a lead before it becomes a ticket: why, what it says and where it is from, with the two
// ways on. A lead who is being flooded drops many at once.

import type { HeldLine } from '../../application/held-ports.ts'
import type { ViewCounts } from '../../application/ports.ts'
import type { HeldAmount } from '../../domain/flood.ts'
import type { PageContext } from '../page.ts'
import type { Moment } from './age.ts'
import { moment } from './age.ts'
import type { LayoutModel } from './layout.ts'
import { layout } from './layout.ts'
import { sizeText } from './size-text.ts'

export type HeldModel = {
  readonly view: 'held'
  readonly layout: LayoutModel
  readonly heading: string
  readonly summary: string
  readonly lines: readonly {
    readonly id: string
    readonly title: string
    readonly text: string
    /** How much of the text is not shown. */
    readonly more: string | null
    readonly why: string
    readonly sender: string
    readonly when: Moment
    readonly client: string
    readonly category: string | null
    readonly files: readonly string[]
    readonly openUrl: string
    readonly dropUrl: string
    readonly selectName: string
    readonly selectLabel: string
  }[]
  readonly dropSelectedUrl: string
  readonly nextUrl: string | null
}

/** A box on the page that is ticked for dropping has this before its id. */
export const dropPrefix = 'drop-'

const lineOf = (line: HeldLine, { t, locale }: PageContext): HeldModel['lines'][number] => {
  const { id, title, text, letters, doubt, client, requester, files, category } = line
  const { name, email } = requester
  const shown = [...text].length
  return {
    id,
    title,
    text,
    more: letters > shown ? t('held.more', { count: letters - shown }) : null,
    why: t(`held.why.${doubt}`),
    sender: email === null ? name : `${name} <${email}>`,
    when: moment(line.receivedAt, locale),
    client: t('held.client', { mark: client }),
    category: category === '' ? null : category,
    files: files.map((file) => `${file.name} (${sizeText(file.bytes)})`),
    openUrl: `/held/${id}/open`,
    dropUrl: `/held/${id}/drop`,
    selectName: `${dropPrefix}${id}`,
    selectLabel: t('held.select', { title }),
  }
}

export const heldPage = (
  ctx: PageContext,
  input: {
    readonly lines: readonly HeldLine[]
    readonly next: string | null
    readonly amount: HeldAmount
    readonly counts?: ViewCounts
    readonly stuck?: number
  },
): HeldModel => {
  const { t } = ctx
  const { lines, next, amount, counts, stuck } = input
  return {
    view: 'held',
    layout: layout(
      {
        ...ctx,
        held: amount.count,
        ...(counts ? { counts } : {}),
        ...(stuck === undefined ? {} : { stuck }),
      },
      { title: t('views.held'), current: 'held' },
    ),
    heading: t('views.held'),
    summary:
      amount.count === 0 ? '' : t('held.summary', { count: amount.count, size: sizeText(amount.bytes) }),
    lines: lines.map((line) => lineOf(line, ctx)),
    dropSelectedUrl: '/held/drop',
    nextUrl: next === null ? null : `/held?cursor=${encodeURIComponent(next)}`,
  }
}
