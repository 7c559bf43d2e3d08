// Bruno looks at his queue and Ana opens a ticket: the pill says so soon, in every tab that is looked at, and without
// that the pages ask all the time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { openDesk } from '../support/desk.ts'
import { atTheDesk, onThePhone, openTab, signIn, until } from './tab.ts'

/** Addresses that the page has asked for, without what follows them. */
const askedBy = (page: Page): string[] => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  return asked
}

/** As if somebody looked at another tab, and back at this one; a browser without a screen shows all of them. */
const look = (page: Page, at: boolean) =>
  page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${at ? 'visible' : 'hidden'}' })
    document.dispatchEvent(new Event('visibilitychange'))
  `)

const numberOf = (asked: readonly string[], path: string) => asked.filter((one) => one === path).length

test('the pill says soon that there is a new ticket', { timeout: 120_000 }, async (t) => {
  await using desk = await openDesk()
  await using browser = await launchBrowser()
  const stranger = desk.stranger()
  const open = async (title: string) => {
    const form = await stranger.get('/open-issue')
    const sent = await stranger.post('/open-issue', {
      title,
      description: 'Since this morning.',
      category: 'Hardware',
      name: 'Ana Souza',
      email: 'ana@school.example',
      key: stranger.hidden(form, 'key'),
    })
    assert.equal(sent.status, 303, sent.text)
  }
  const bruno = await openTab(browser, desk.url, atTheDesk)
  const carla = await openTab(browser, desk.url, onThePhone)
  await signIn(bruno.page, 'bruno')
  await signIn(carla.page, 'carla')
  // Nothing that a page asks for by the clock ever comes.
  const content = `
    const wait = window.setTimeout.bind(window)
    window.setTimeout = (work, ms = 0) => (ms < 10_000 ? wait(work, ms) : 0)
  `
  for (const { page } of [bruno, carla]) await page.addInitScript({ content })
  const asked = askedBy(bruno.page)
  let left = 0
  bruno.page.on('requestfailed', (request) => {
    if (new URL(request.url()).pathname === '/issues/stream') left += 1
  })
  for (const { page } of [bruno, carla]) await page.goto('/issues')
  const pill = (page: Page, text: string) => page.locator('.news', { hasText: text }).waitFor()

  await t.test('in each tab that is looked at, without waiting until it would ask', async () => {
    await open('The screen in room 204 stays black')
    await Promise.all([pill(bruno.page, '1 new'), pill(carla.page, '1 neu')])
    assert.match(await bruno.page.title(), /^\(1\) /u)
    assert.equal(numberOf(asked, '/issues/stream'), 1)
  })

  await t.test('a tab that nobody looks at leaves its connection to others, and asks nothing', async () => {
    await look(bruno.page, false)
    await until(
      'the stream is closed',
      () => left,
      (n) => n === 1,
    )
    const before = numberOf(asked, '/issues/news')
    await open('The scanner is too loud')
    await pill(carla.page, '2 neu')
    assert.equal(numberOf(asked, '/issues/news'), before)
    assert.match(await bruno.page.title(), /^\(1\) /u)
  })

  await t.test('and knows everything when somebody looks at it again', async () => {
    await look(bruno.page, true)
    await pill(bruno.page, '2 new')
    await open('The mouse is missing')
    await pill(bruno.page, '3 new')
    assert.equal(numberOf(asked, '/issues/stream'), 2)
  })

  assert.deepEqual([...bruno.troubles(), ...carla.troubles()], [])
})
