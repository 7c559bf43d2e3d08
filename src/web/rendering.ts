// From a page's model to HTML. Every view is an EJS file, compiled once; a view sees its `page`,
// the translation `t`, other views by `partial(name, model)`, and `icon` and `asset`.
// `<%-` prints raw: only partials, icons and values whose name ends in Html.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import { assetUrl } from './asset-url.ts'
import type { Locale, Translate } from './page.ts'
import { escapeHtml, iconHtml } from './pages/html.ts'
import type { LayoutModel } from './pages/layout.ts'
import { translator } from './translate.ts'

/** What every presenter of a whole page answers: which view prints it, and what stands around it. */
export type PageModel = { readonly view: string; readonly layout: LayoutModel }

/** A piece of a page, for a script to put in. */
export type FragmentModel = { readonly view: string; readonly locale: Locale }

const viewsFolder = fileURLToPath(new URL('views', import.meta.url))

type View = (locals: Record<string, unknown>) => string
const compiled = new Map<string, View>()

const view = (name: string): View => {
  let found = compiled.get(name)
  if (!found) {
    const filename = path.join(viewsFolder, `${name}.ejs`)
    found = ejs.compile(readFileSync(filename, 'utf8'), {
      filename,
      strict: true,
      destructuredLocals: ['page', 't', 'partial', 'icon', 'asset'],
      escape: escapeHtml,
      rmWhitespace: true,
      // Line numbers in errors; the counting itself costs half the time of a page.
      compileDebug: false,
    })
    compiled.set(name, found)
  }
  return found
}

type Locals = {
  page: unknown
  t: Translate
  partial: (name: string, model: unknown) => string
  icon: typeof iconHtml
  asset: typeof assetUrl
}

const printers = new Map<Locale, (name: string, model: unknown) => string>()

const printer = (locale: Locale) => {
  let print = printers.get(locale)
  if (!print) {
    const t = translator(locale)
    print = (name, model) => {
      const locals: Locals = { page: model, t, partial, icon: iconHtml, asset: assetUrl }
      return view(name)(locals)
    }
    const partial = print
    printers.set(locale, print)
  }
  return print
}

/** A whole page as HTML. */
export const renderPage = (model: PageModel): string => {
  const print = printer(model.layout.locale)
  return print('layout', { ...model.layout, bodyHtml: print(model.view, model) })
}

/** A piece of a page as HTML. */
export const renderFragment = (model: FragmentModel): string => printer(model.locale)(model.view, model)

/** Prints one view by itself: for what presenters remember as HTML. */
export const renderPartial = (locale: Locale, name: string, model: unknown): string =>
  printer(locale)(name, model)

/** Compiles every view now, so that the first visitor does not wait and a broken view stops the start. */
export const prepareViews = (): void => {
  for (const file of readdirSync(viewsFolder)) if (file.endsWith('.ejs')) view(file.slice(0, -'.ejs'.length))
}
