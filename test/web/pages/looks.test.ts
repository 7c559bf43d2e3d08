// Looks at every page with a real browser: nothing a screen reader stumbles over, nothing wider than
// the window, nothing that the content security policy stops, and everything usable without scripts.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Locale } from '../../../src/web/page.ts'
import { launchBrowser } from '../../support/browser.ts'
import { screens } from './screens.ts'

const web = fileURLToPath(new URL('../../../src/web', import.meta.url))
const types: Record<string, string> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

let browser: Browser
before(async () => {
  browser = await launchBrowser()
})
after(() => browser.close())

type Desk = {
  /** The screen at this path; whatever is posted is answered with the screen `sent`. */
  readonly show: (name: string) => Promise<Page>
  readonly posts: { readonly url: string; readonly body: string }[]
  readonly complaints: string[]
}

const open = async (locale: Locale, options: BrowserContextOptions, news: object = { new: 0 }) => {
  const context = await browser.newContext(options)
  const all = new Map(screens(locale).map((screen) => [screen.name, screen.html]))
  const posts: Desk['posts'] = []
  const complaints: string[] = []
  await context.route('**/*', (route) => {
    const request = route.request()
    const url = new URL(request.url())
    if (url.pathname.startsWith('/assets/'))
      return route.fulfill({
        body: readFileSync(path.join(web, url.pathname)),
        contentType: types[path.extname(url.pathname)] ?? '',
      })
    if (url.pathname.includes('/files/'))
      return route.fulfill({
        body: '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        contentType: 'image/svg+xml',
      })
    if (url.pathname === '/issues/news') return route.fulfill({ json: news })
    if (request.method() === 'POST') posts.push({ url: url.pathname, body: request.postData() ?? '' })
    const name = request.method() === 'POST' ? 'ticket-troubled' : url.searchParams.get('screen')
    return route.fulfill({
      body: all.get(name ?? '') ?? all.get('queue') ?? '',
      contentType: 'text/html; charset=utf-8',
      headers: { 'content-security-policy': policy },
    })
  })
  const show = async (name: string) => {
    const page = await context.newPage()
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${name}: ${message.text()}`)
    })
    page.on('pageerror', (error) => complaints.push(`${name}: ${error}`))
    await page.goto(`http://belay.test/here?screen=${name}`)
    return page
  }
  return { show, posts, complaints, [Symbol.asyncDispose]: () => context.close() }
}

const wide = { viewport: { width: 1440, height: 900 } }
const phone = { viewport: { width: 390, height: 844 } }

for (const { locale, options, title, only } of [
  {
    locale: 'en',
    options: { ...wide, colorScheme: 'light' },
    title: 'English, light, 1440 pixels',
    only: /./,
  },
  { locale: 'de', options: { ...phone, colorScheme: 'dark' }, title: 'German, dark, 390 pixels', only: /./ },
  {
    locale: 'de',
    options: { viewport: { width: 1000, height: 800 }, colorScheme: 'light' },
    title: 'German, light, 1000 pixels',
    only: /banners|troubled|level-2|problems|agent|waiting/,
  },
] as const)
  test(`axe finds nothing, nothing is too wide and nothing is blocked: ${title}`, async () => {
    await using desk = await open(locale, options)
    for (const { name } of screens(locale).filter((screen) => only.test(screen.name))) {
      const page = await desk.show(name)
      const { violations } = await new AxeBuilder({ page }).analyze()
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.html}`),
        [],
      )
      const tooWide = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok(Number(tooWide) <= 0, `${name} is ${tooWide} pixels too wide`)
      await page.close()
    }
    assert.deepEqual(desk.complaints, [])
  })

test('25 tickets stand on one screen of 1440 by 900', async () => {
  await using desk = await open('en', wide)
  const page = await desk.show('queue')
  assert.equal(await page.locator('tr.row').count(), 25)
  const last = await page.locator('tr.row').last().boundingBox()
  assert.ok(last && last.y + last.height <= 900, JSON.stringify(last))
})

test('without scripts an agent can choose between reply and note, filter, and see the keys', async () => {
  await using desk = await open('en', { ...wide, javaScriptEnabled: false })
  const page = await desk.show('ticket')
  assert.ok(await page.getByRole('button', { name: 'Send to Ana Lindqvist' }).isVisible())
  assert.ok(!(await page.getByRole('button', { name: 'Save internal note' }).isVisible()))
  await page.getByText('Internal note', { exact: true }).first().click()
  assert.ok(!(await page.getByRole('button', { name: 'Send to Ana Lindqvist' }).isVisible()))
  await page.getByLabel('Internal note', { exact: true }).and(page.locator('textarea')).fill('Only for us')
  await page.getByRole('button', { name: 'Save internal note' }).click()
  assert.equal(desk.posts[0]?.url, '/issues/42/notes')
  assert.match(desk.posts[0]?.body ?? '', /key=fresh-key&body=Only\+for\+us/)

  const queue = await desk.show('queue')
  assert.ok(await queue.getByRole('button', { name: 'Filter' }).isVisible())
  await queue.getByRole('button', { name: 'Keys' }).click()
  assert.ok(await queue.getByRole('heading', { name: 'Keyboard' }).isVisible())
})

test('j, k and o walk the queue, / searches, ? shows the keys', async () => {
  await using desk = await open('en', wide)
  const page = await desk.show('queue')
  const focused = () => page.evaluate('document.activeElement.textContent')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  assert.match(String(await focused()), /Cannot push/)
  await page.keyboard.press('k')
  assert.match(String(await focused()), /Beamer/)
  await page.keyboard.press('/')
  await page.keyboard.type('jj?')
  assert.equal(await page.getByRole('searchbox').inputValue(), 'jj?')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  assert.ok(await page.getByRole('heading', { name: 'Keyboard' }).isVisible())
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await page.keyboard.press('o')
  await page.waitForURL(/\/issues\/1400$/)
})

test('r, n and e open the right place to write, and Ctrl Enter sends it once', async () => {
  await using desk = await open('en', wide)
  const page = await desk.show('ticket')
  await page.keyboard.press('e')
  assert.equal(await page.evaluate('document.activeElement.name'), 'reason')
  await page.keyboard.press('Escape')
  await page.keyboard.press('n')
  await page.keyboard.type('ren e')
  assert.equal(await page.evaluate('document.activeElement.value'), 'ren e')
  const sent = page.waitForResponse((response) => response.request().method() === 'POST')
  await page.keyboard.press('Control+Enter')
  await sent
  assert.deepEqual(
    desk.posts.map((post) => post.url),
    ['/issues/42/notes'],
  )
})

test('a draft survives a closed tab and goes when its text arrived', async () => {
  await using desk = await open('en', wide)
  const page = await desk.show('ticket')
  await page.keyboard.press('n')
  await page.keyboard.type('Half a thought')
  await page.close()
  const again = await desk.show('ticket')
  const note = again.locator('textarea#text-note')
  assert.equal(await note.inputValue(), 'Half a thought')
  assert.ok(await note.isVisible())
  await again.getByRole('button', { name: 'Save internal note' }).click()
  await again.waitForURL(/notes$/)
  const after = await desk.show('ticket')
  assert.equal(await after.locator('textarea#text-note').inputValue(), '')
})

test('a stranger’s draft stays in the tab', async () => {
  await using desk = await open('en', wide)
  const page = await desk.show('open')
  await page.getByLabel('In one line').fill('Private matter')
  await page.reload()
  assert.equal(await page.getByLabel('In one line').inputValue(), 'Private matter')
  const other = await desk.show('open')
  assert.equal(await other.getByLabel('In one line').inputValue(), '')
})

test('a choice with the mouse takes effect at once', async () => {
  await using desk = await open('en', wide)
  const page = await desk.show('queue')
  await page.getByLabel('Category').selectOption('Hardware')
  await page.waitForURL(/category=Hardware/)
  assert.match(page.url(), /\/issues\?view=level-1&category=Hardware/)
})

test('the pill says how many are new', async () => {
  await using desk = await open('en', wide, { new: 3 })
  const page = await desk.show('queue')
  await page.clock.install()
  await page.reload()
  await page.clock.runFor(16_000)
  const pill = page.getByText('3 new')
  await pill.waitFor()
  assert.equal(await pill.getAttribute('href'), '/issues?view=level-1')
  assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, [])
})

test('times are those of where somebody lives', async () => {
  const zone = 'Pacific/Auckland'
  await using desk = await open('en', { ...wide, timezoneId: zone })
  const page = await desk.show('ticket')
  const time = page.locator('.entry time').first()
  const at = Date.parse((await time.getAttribute('datetime')) ?? '')
  const options = {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  } as const
  assert.equal(await time.textContent(), new Intl.DateTimeFormat('en-GB', options).format(at))
})

test('a form that was sent rests, and wakes when somebody comes back', async () => {
  await using desk = await open('en', wide)
  const page = await desk.show('ticket')
  await page.keyboard.press('r')
  await page.keyboard.type('Once')
  await page.evaluate(`{
    const form = document.querySelector('form.writing-reply')
    form.requestSubmit()
    form.requestSubmit()
  }`)
  await page.waitForURL(/replies$/)
  assert.equal(desk.posts.length, 1)
  await page.goBack()
  assert.ok(await page.getByRole('button', { name: 'Send to Ana Lindqvist' }).isEnabled())
})
