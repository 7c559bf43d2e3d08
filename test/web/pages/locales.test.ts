import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { GatewayErrorKind } from '../../../src/application/gateway-error.ts'
import type { RefusalCode } from '../../../src/domain/refusal.ts'
import type { BranchProblem } from '../../../src/domain/ticket.ts'
import de from '../../../src/web/locales/de.json' with { type: 'json' }
import en from '../../../src/web/locales/en.json' with { type: 'json' }
import { branchProblemText, gatewayErrorText, refusalText } from '../../../src/web/pages/refusal-text.ts'
import { locales, pickLocale, translator } from '../../../src/web/translate.ts'

type Tree = { readonly [key: string]: string | Tree }

const flat = (tree: Tree, before = ''): Map<string, string> =>
  new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'string' ? [[before + key, value] as const] : [...flat(value, `${before}${key}.`)],
    ),
  )

const english = flat(en)
const german = flat(de)

// Written as records, so that a code which is added in the domain and forgotten here does not compile.
const refusalCodes: Record<RefusalCode, true> = {
  'ticket-missing': true,
  'ticket-gone': true,
  'ticket-resolved': true,
  'ticket-open': true,
  'already-at-level': true,
  'top-level': true,
  'bottom-level': true,
  'not-your-role': true,
  'assignee-unknown': true,
  'assignee-not-for-level': true,
  'category-unknown': true,
  'branch-exists': true,
  'branches-off': true,
  'text-empty': true,
  'link-not-mailed': true,
  'too-many-mails': true,
  'form-closed': true,
  'not-confirmed': true,
  busy: true,
}
const gatewayKinds: Record<GatewayErrorKind, true> = {
  transient: true,
  permanent: true,
  conflict: true,
  unauthorised: true,
  missing: true,
}
const branchProblems: Record<BranchProblem, true> = {
  'empty-repository': true,
  'archived-project': true,
  'not-allowed': true,
  'project-missing': true,
  'ref-missing': true,
  'name-refused': true,
  refused: true,
  deleted: true,
  'none-yet': true,
}
const codesOf = <Code extends string>(codes: Record<Code, true>) => Object.keys(codes) as Code[]

test('English and German say the same things', () => {
  assert.deepEqual([...german.keys()].sort(), [...english.keys()].sort())
})

test('a sentence names the same particulars in both languages', () => {
  const particulars = (text = '') => [...new Set(text.match(/\{\{?[^}]+\}?\}/g))].sort()
  for (const [key, text] of english) assert.deepEqual(particulars(german.get(key)), particulars(text), key)
})

test('no sentence is empty, and German ones are not English ones', () => {
  const alike = new Set(
    ['GitLab', 'Branch', 'Label', 'Level', '{{', 'Deutsch', 'English'].flatMap((word) =>
      [...english]
        .filter(([, text]) => text.startsWith(word) && text.split(' ').length < 3)
        .map(([key]) => key),
    ),
  )
  for (const [key, text] of german) {
    assert.notEqual(text.trim(), '', key)
    if (!alike.has(key) && text.split(' ').length > 2) assert.notEqual(text, english.get(key), key)
  }
})

test('German filters, orders and roles are words a desk would use', () => {
  assert.deepEqual(
    ['anyAssignee', 'anyCategory', 'anyLevel', 'anyState'].map((any) => german.get(`filter.${any}`)),
    ['Alle Personen', 'Alle Kategorien', 'Alle Level', 'Alle Status'],
  )
  assert.equal(german.get('order.queue'), 'am längsten Wartende zuerst')
  assert.deepEqual(
    ['agent', 'specialist', 'lead'].map((role) => german.get(`roles.${role}`)),
    ['Agent', 'Spezialist', 'Leitung'],
  )
})

test('who waits for whom has words of its own: the requester for us, or we for the requester', () => {
  for (const words of [english, german]) {
    const [view, state, column] = ['views.waiting', 'state.waiting', 'row.waits'].map((key) => words.get(key))
    assert.equal(view, state)
    assert.notEqual(column, view)
  }
  assert.deepEqual([german.get('views.waiting'), german.get('row.waits')], ['Rückfrage', 'Wartezeit'])
})

test('German speaks to people with Sie', () => {
  for (const [key, text] of german) assert.doesNotMatch(text, /\b(du|dein\w*|dir|dich)\b/i, key)
})

test('every refusal has a sentence in both languages that says what to do next', () => {
  for (const locale of locales) {
    const t = translator(locale)
    for (const code of codesOf(refusalCodes)) {
      const text = refusalText({ refused: true, code, particulars: { name: 'Carla', level: 'Level 2' } }, t)
      assert.ok(text.split(/\s+/).length > 8, `${locale} ${code}: ${text}`)
      assert.doesNotMatch(text, /refusals\.|\{\{|\}\}/, `${locale} ${code}`)
    }
    for (const kind of codesOf(gatewayKinds)) assert.doesNotMatch(gatewayErrorText(kind, t), /gateway\./)
    for (const why of codesOf(branchProblems)) assert.doesNotMatch(branchProblemText(why, t), /branch\.why/)
  }
})

test('every sentence that pages, views and controllers ask for exists', () => {
  const web = fileURLToPath(new URL('../../../src/web', import.meta.url))
  const said = (key: string) => english.has(key) || english.has(`${key}_other`)
  const asked = globSync(['**/*.ts', '**/*.ejs'], { cwd: web }).flatMap((file) => {
    const source = readFileSync(`${web}/${file}`, 'utf8')
    return [
      ...[...source.matchAll(/\bt\(\s*'([a-z][\w.-]+)'/gi)],
      ...[...source.matchAll(/'((?:flash|errors|refusals|answers|composer|delivery)\.[\w.-]+)'/g)],
    ].map((match) => ({ file, key: match[1] ?? '' }))
  })
  assert.ok(asked.length > 150)
  for (const { file, key } of asked) if (!key.endsWith('.')) assert.ok(said(key), `${file}: ${key}`)
})

test('the language is what was asked for, else what was chosen before, else what the browser prefers', () => {
  assert.equal(pickLocale({ query: 'de', cookie: 'en', acceptLanguage: 'en' }), 'de')
  assert.equal(pickLocale({ query: 'xx', cookie: 'de', acceptLanguage: 'en' }), 'de')
  assert.equal(pickLocale({ acceptLanguage: 'fr-CH, de-AT;q=0.8, en;q=0.9' }), 'en')
  assert.equal(pickLocale({ acceptLanguage: 'de-AT,de;q=0.9,en;q=0.8' }), 'de')
  assert.equal(pickLocale({ acceptLanguage: 'de;q=0, fr' }), 'en')
  assert.equal(pickLocale({}), 'en')
})

test('words for a number follow the number', () => {
  assert.equal(translator('en')('count.tickets', { count: 1 }), '1 ticket')
  assert.equal(translator('en')('count.tickets', { count: 12_345 }), '12,345 tickets')
  assert.equal(translator('de')('count.tickets', { count: 12_345 }), '12.345 Tickets')
})
