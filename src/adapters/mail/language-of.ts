// Which of our two languages a mail is written in: as its header says, else by the small words every text is full of.
// Where neither is clear we do not guess.

import type { Language } from '../../domain/ticket.ts'

const words: Readonly<Record<Language, ReadonlySet<string>>> = {
  de: new Set(
    'der die das und ist nicht ich sie wir ein eine einen mit auf für von zu den dem des im auch bitte danke hallo guten tag kann kein keine mein meine mir mich ihr ihre wird wurde haben habe hat sind sehr geehrte grüße seit beim noch nach über wenn aber oder wie was warum uns'.split(
      ' ',
    ),
  ),
  en: new Set(
    'the and is not i you we a an with on for of to this that it in please thanks thank hello hi can cannot my me your have has are was were will would since still after about when but or how what why us our be from do does'.split(
      ' ',
    ),
  ),
}

export function languageOf(contentLanguage: string, text: string): Language | null {
  const said = /^\s*([a-z]{2,3})\b/i.exec(contentLanguage)?.[1]?.toLowerCase()
  if (said === 'de' || said === 'en') return said
  if (said !== undefined) return null
  let de = 0
  let en = 0
  for (const [word] of text
    .slice(0, 5000)
    .toLowerCase()
    .matchAll(/\p{L}{1,20}/gu)) {
    if (words.de.has(word)) de++
    if (words.en.has(word)) en++
  }
  const [more, less, language]: [number, number, Language] = de > en ? [de, en, 'de'] : [en, de, 'en']
  return more >= 3 && more >= less * 3 ? language : null
}
