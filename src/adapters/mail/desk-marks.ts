// What our own mails bear, so that they are known again: a header that says a desk wrote them,
// and the line above which an answer is to be written. Whoever composes and whoever reads agree here.

import type { Language } from '../../domain/ticket.ts'

/** Every mail that Belay sends has it, whatever its value: a mail that bears it was written by a desk. */
export const deskHeader = 'X-Belay-Desk'

/**
 * The line above which an answer is to be written, first in the text and in the HTML of our mails. What stands
 * between the signs may be worded anew: it is known by them.
 */
export const replyDelimiter: Readonly<Record<Language, string>> = {
  en: '##- Please write your answer above this line -##',
  de: '##- Bitte schreiben Sie Ihre Antwort über diese Zeile -##',
}
