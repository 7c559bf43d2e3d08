// What test/browser does not look at: the width between the phone and the desk, states that no story
// comes to, how much fits on a screen, and the pages without scripts or in another time zone.

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
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

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

const open = async (locale: Locale, options: BrowserContextOptions) => {
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
    if (url.pathname.endsWith('/html'))
      return route.fulfill({
        body: '<!doctype html><html lang="en"><title>Original</title><p>Still black</p>',
        contentType: 'text/html',
        headers: { 'content-security-policy': "sandbox; default-src 'none'" },
      })
    if (url.pathname === '/issues/news') return route.fulfill({ json: { new: 0 } })
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

/** Those with the most to fit in, and those whose colours nothing else shows. */
const fullest =
  /banners|troubled|promises|level-2|problems|open-agent|waiting|operations|mail|notices-problem|message-(refused|broken)/

test('between phone and desk nothing is too wide or blocked, and axe finds nothing in light or dark', async () => {
  await using desk = await open('de', { viewport: { width: 1000, height: 800 }, colorScheme: 'light' })
  for (const { name } of screens('de').filter((screen) => fullest.test(screen.name))) {
    const page = await desk.show(name)
    // A stranger's mail is not ours to judge, and no script gets into its sandbox.
    const axe = () => new AxeBuilder({ page }).setLegacyMode().options({ iframes: false })
    const light = await axe().analyze()
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    const dark = await axe().withRules('color-contrast').analyze()
    assert.deepEqual(
      [...light.violations, ...dark.violations].map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.html}`),
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
  for (const name of ['queue', 'queue-promises']) {
    const page = await desk.show(name)
    assert.equal(await page.locator('tr.row').count(), 25)
    const last = await page.locator('tr.row').last().boundingBox()
    assert.ok(last && last.y + last.height <= 900, `${name}: ${JSON.stringify(last)}`)
  }
})

test('on a phone the filters stand in two columns, wide enough for their words', async () => {
  await using desk = await open('en', { viewport: { width: 390, height: 844 } })
  const boxesOf = async (name: string) => {
    const page = await desk.show(name)
    const boxes = await Promise.all(
      (await page.locator('.filters select').all()).map((one) => one.boundingBox()),
    )
    return boxes.map((box) => box ?? assert.fail('a filter is not shown'))
  }
  const four = await boxesOf('queue-banners')
  assert.equal(four.length, 4)
  assert.equal(new Set(four.map(({ x }) => x)).size, 2)
  assert.equal(new Set(four.map(({ y }) => y)).size, 2)
  for (const { width } of four) assert.ok(width > 160, String(width))
  const three = await boxesOf('queue')
  assert.ok((three[2]?.width ?? 0) > 320, 'the last of three has its line to itself')
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

test('a choice with the mouse takes effect at once', async () => {
  await using desk = await open('en', wide)
  const page = await desk.show('queue')
  await page.getByLabel('Category').selectOption('Hardware')
  await page.waitForURL(/category=Hardware/)
  assert.match(page.url(), /\/issues\?view=level-1&category=Hardware/)
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
