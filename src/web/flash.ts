// One sentence about the action before, shown once on the next page. What travels is which
// sentence it is and the names in it, sealed: what people wrote never ends up in a cookie.

import { z } from 'zod'
import type { PageContext, Translate } from './page.ts'

export const flashShape = z.object({
  /** saved: it is ours now, but GitLab has not taken it yet. */
  kind: z.enum(['done', 'refused', 'saved']),
  /** Of the locales. */
  key: z.string(),
  values: z.record(z.string(), z.union([z.string(), z.number()])),
})

export type Flash = z.infer<typeof flashShape>

export const flash = (kind: Flash['kind'], key: Flash['key'], values: Flash['values'] = {}): Flash => ({
  kind,
  key,
  values,
})

export const sayFlash = ({ kind, key, values }: Flash, t: Translate): PageContext['flash'] => {
  const sentence = t(key, values)
  return {
    kind,
    text: kind === 'saved' && key.startsWith('flash.') ? `${sentence} ${t('flash.saved')}` : sentence,
  }
}
