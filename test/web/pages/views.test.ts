import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { escapeHtml } from '../../../src/web/pages/html.ts'
import { prepareViews } from '../../../src/web/rendering.ts'
import { locales } from '../../../src/web/translate.ts'
import { screens } from './screens.ts'

const web = fileURLToPath(new URL('../../../src/web', import.meta.url))
const all = locales.flatMap((locale) =>
  screens(locale).map((screen) => ({ ...screen, name: `${screen.name} (${locale})` })),
)

test('every view compiles', () => {
  prepareViews()
})

test('views print raw only partials, icons and what is named Html', () => {
  for (const file of globSync('views/*.ejs', { cwd: web }))
    for (const [, raw = ''] of readFileSync(path.join(web, file), 'utf8').matchAll(/<%-(.*?)%>/gs))
      assert.match(raw.trim(), /^(partial\(|icon\(|[\w.]+Html$)/, `${file}: ${raw}`)
})

test('no page has an inline script, style or handler, nor anything from elsewhere', () => {
  for (const { name, html } of all) {
    assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|javascript:|data:/i, name)
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc="\/assets\/)/, name)
    assert.doesNotMatch(html, /<(?:img|link|script|use|form)[^>]*(?:src|href|action)="(?!\/)/, name)
  }
})

test('no page shows a key instead of a sentence, or a hole where a value should be', () => {
  for (const { name, html } of all) {
    assert.doesNotMatch(html, /\bundefined\b|\[object |\bNaN\b|\{\{/, name)
    const text = html.replace(/<[^>]*>/g, ' ')
    assert.doesNotMatch(text, /(?<![\w./-])(?:[a-z]+\.){1,3}[a-z][\w-]*[A-Z][\w-]*(?![\w/])/, name)
  }
})

test('every shape that a page asks for is drawn', () => {
  const drawn = new Set(
    [...readFileSync(path.join(web, 'assets/icons.svg'), 'utf8').matchAll(/id="([^"]+)"/g)].map(
      (match) => match[1],
    ),
  )
  for (const { name, html } of all)
    for (const [, icon = ''] of html.matchAll(/icons\.svg\?v=[^#"]+#([^"]+)"/g))
      assert.ok(drawn.has(icon), `${name}: ${icon}`)
})

test('ids on a page are unique, and whatever is pointed at exists', () => {
  for (const { name, html } of all) {
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1] ?? '')
    assert.deepEqual(ids, [...new Set(ids)], name)
    for (const [, value = ''] of html.matchAll(
      /\s(?:for|aria-labelledby|aria-describedby|popovertarget)="([^"]+)"/g,
    ))
      for (const id of value.trim().split(/\s+/)) assert.ok(ids.includes(id), `${name}: ${id}`)
  }
})

test('every form that changes something is a POST, and every button in it sends it', () => {
  for (const { name, html } of all)
    for (const [form] of html.matchAll(/<form.*?<\/form>/gs)) {
      if (form.includes('method="get"')) continue
      assert.match(form, /^<form[^>]*method="post"/, name)
      assert.match(form, /<button(?![^>]*type="button")/, name)
    }
})

test('text is escaped for between tags and inside attributes', () => {
  assert.equal(escapeHtml(`<a href="x" title='y'>&`), '&lt;a href=&#34;x&#34; title=&#39;y&#39;&gt;&amp;')
  assert.equal(escapeHtml(null), '')
  assert.equal(escapeHtml(0), '0')
})

test('scripts stay small and need nothing but the page', () => {
  for (const file of globSync('assets/*.js', { cwd: web })) {
    const source = readFileSync(path.join(web, file), 'utf8')
    assert.ok(source.split('\n').length <= 80, file)
    assert.doesNotMatch(source, /innerHTML|insertAdjacentHTML|document\.write|eval\(|https?:\/\//, file)
  }
})
