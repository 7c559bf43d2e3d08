// Words in English and German. Both languages are read once; every sentence of a page, a flash
// message or a refusal comes from here. What was translated once is remembered, because a
// dashboard asks for some eighty small words and i18next takes a microsecond or two for each.

import { createInstance } from 'i18next'
import { LRUCache } from 'lru-cache'
import de from './locales/de.json' with { type: 'json' }
import en from './locales/en.json' with { type: 'json' }
import type { Locale, Translate } from './page.ts'

export const locales: readonly Locale[] = ['en', 'de']

const words = createInstance()
void words.init({
  lng: 'en',
  fallbackLng: 'en',
  initAsync: false,
  resources: { en: { translation: en }, de: { translation: de } },
  // Views escape; a sentence that is escaped twice would show its `&amp;`.
  interpolation: { escapeValue: false },
})

const make = (locale: Locale): Translate => {
  const say = words.getFixedT(locale)
  const plain = new Map<string, string>()
  const filled = new LRUCache<string, string>({ max: 5_000 })
  return (key, values) => {
    if (values === undefined) {
      let text = plain.get(key)
      if (text === undefined) {
        text = say(key)
        if (text !== key) plain.set(key, text)
      }
      return text
    }
    let remembered = key
    for (const name in values) remembered += `\0${name}\0${values[name]}`
    let text = filled.get(remembered)
    if (text === undefined) {
      text = say(key, values)
      filled.set(remembered, text)
    }
    return text
  }
}

const translators: Record<Locale, Translate> = { en: make('en'), de: make('de') }

export const translator = (locale: Locale): Translate => translators[locale]

const localeOf = (text: string | null | undefined): Locale | null =>
  locales.find((locale) => locale === text?.toLowerCase()) ?? null

const byHeader = (header: string): Locale | null => {
  const wishes = header
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const quality = parameters.map((text) => /^\s*q=([\d.]+)/.exec(text)?.[1]).find(Boolean)
      return { locale: localeOf(tag.split('-')[0]), quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter((wish) => wish.locale !== null && wish.quality > 0)
    .sort((a, b) => b.quality - a.quality)
  return wishes[0]?.locale ?? null
}

/** What was asked for in the address, else what was chosen before, else what the browser prefers, else English. */
export const pickLocale = (wish: {
  readonly query?: string | null | undefined
  readonly cookie?: string | null | undefined
  readonly acceptLanguage?: string | null | undefined
}): Locale => localeOf(wish.query) ?? localeOf(wish.cookie) ?? byHeader(wish.acceptLanguage ?? '') ?? 'en'

/** The translation where there is one, else of `otherwise`: for codes that come from outside. */
export const translatedOr = (t: Translate, key: string, otherwise: string): string => {
  const text = t(key)
  return text === key ? t(otherwise) : text
}
