// What a browser with a script brings along on the desk's form, and a proof of work without the browser.

import { isWorked } from '../../src/web/proof-of-work.ts'
import type { Answer, Visitor } from './visitor.ts'

/** The work that assets/proof-of-work.js does. */
export const work = (stamp: string): string => {
  for (let number = 0; ; number++) if (isWorked(stamp, number.toString(36))) return number.toString(36)
}

/** The hidden fields of the form as the page brought them. */
export const sealed = (somebody: Visitor, form: Answer): { key: string; rendered: string } => ({
  key: somebody.hidden(form, 'key'),
  rendered: somebody.hidden(form, 'rendered'),
})
