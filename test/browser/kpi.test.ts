// The figures in the real browser: charts that load in light and dark, on a desk and on a phone, in English and
// German, without scripts and on paper; nothing that axe finds, nothing too wide.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { openDesk } from '../support/desk.ts'
import { writeYear } from '../support/year-of-tickets.ts'
import type { Look } from './tab.ts'
import { atTheDesk, onThePhone, openTab, signIn } from './tab.ts'

const violations = async (page: Page, thorough = true): Promise<string[]> => {
  const axe = new AxeBuilder({ page }).setLegacyMode()
  const { violations: found } = await (thorough ? axe : axe.withRules('color-contrast')).analyze()
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

/** All pictures, also those below: they are loaded when somebody gets there. */
const loaded = async (page: Page): Promise<readonly { readonly src: string; readonly width: number }[]> => {
  for (const image of await page.locator('.kpi-chart img').all()) await image.scrollIntoViewIfNeeded()
  return page.evaluate(`Promise.all(
    [...document.querySelectorAll('.kpi-chart img')].map(async (image) => {
      await image.decode()
      return { src: image.currentSrc, width: image.naturalWidth }
    }),
  )`)
}

const tooWide = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth')

test('the figures are looked at', { timeout: 120_000 }, async (t) => {
  await using desk = await openDesk()
  const { store, clock } = desk.parts
  await writeYear(store, { tickets: 300, now: clock.now(), desk: desk.parts.desk })
  await using browser = await launchBrowser()
  const year = '/kpi?period=last-365-days'
  const list = '/kpi/tickets?period=last-365-days&figure=ttr'
  const looks: readonly (readonly [string, Look])[] = [
    ['at the desk', atTheDesk],
    ['on the phone, in German, by night', onThePhone],
    ['at the desk by night', { ...atTheDesk, dark: true }],
    ['on the phone by day', { ...onThePhone, locale: 'en', dark: false }],
  ]

  for (const [name, look] of looks)
    await t.test(`${name} the charts load, nothing is too wide and axe finds nothing`, async () => {
      const { page, context, troubles, answered } = await openTab(browser, desk.url, look)
      await signIn(page, 'davi')
      await page.goto(year)
      const pictures = await loaded(page)
      assert.equal(pictures.length, 5)
      for (const { src, width } of pictures) {
        assert.ok(width > 0, src)
        assert.equal(src.includes('theme=dark'), look.dark, src)
        assert.equal(src.includes('size=narrow'), look.width < 640, src)
      }
      assert.equal(await page.locator('html').getAttribute('lang'), look.locale)
      assert.ok(Number(await tooWide(page)) <= 0)
      for (const summary of await page.locator('.kpi summary').all()) await summary.click()
      assert.ok(Number(await tooWide(page)) <= 0)
      // The other two differ in their colours at most.
      const thorough = look === atTheDesk || look === onThePhone
      assert.deepEqual(await violations(page, thorough), [])
      for (const path of thorough ? [list, '/issues/1100/figures', '/kpi?by=week'] : []) {
        await page.goto(path)
        assert.equal(answered(), 200, path)
        assert.deepEqual(await violations(page), [], path)
        assert.ok(Number(await tooWide(page)) <= 0, path)
      }
      assert.deepEqual(troubles(), [])
      await context.close()
    })

  await t.test('from a number to its tickets, to one of them, and to what it is made of', async () => {
    const { page, context, troubles } = await openTab(browser, desk.url, atTheDesk, { scripts: false })
    await signIn(page, 'davi')
    await page.getByRole('link', { name: 'Figures', exact: true }).click()
    await page.getByRole('link', { name: '365 days' }).click()
    await page.locator('.kpi-filters select[name=category]').selectOption('Hardware')
    await page.getByRole('button', { name: 'Show' }).click()
    const address = new URL(page.url()).searchParams
    assert.deepEqual([address.get('period'), address.get('category')], ['last-365-days', 'Hardware'])
    const resolution = page.locator('#quick tr', {
      has: page.getByRole('rowheader', { name: 'Resolution', exact: true }),
    })
    const count = await resolution.locator('td').nth(2).innerText()
    await resolution.locator('td a').first().click()
    await page.getByText(`${count} tickets,`).waitFor()
    await page
      .getByRole('link', { name: /^Figures of #/u })
      .first()
      .click()
    await page.getByRole('heading', { name: 'What these are made of' }).waitFor()
    assert.ok((await page.locator('.kpi-counted').count()) > 2)
    assert.deepEqual(troubles(), [])
    await context.close()
  })

  await t.test('own days are asked for in two fields', async () => {
    const { page, context } = await openTab(browser, desk.url, atTheDesk)
    await signIn(page, 'davi')
    await page.goto('/kpi')
    const today = new Date(clock.now()).toISOString().slice(0, 10)
    await page.locator('input[name=from]').fill(`${Number(today.slice(0, 4)) - 1}${today.slice(4)}`)
    await page.locator('input[name=to]').fill(today)
    await page.getByRole('button', { name: 'Show' }).click()
    assert.equal(await page.locator('input[name=to]').inputValue(), today)
    assert.ok((await page.locator('.kpi-list, .kpi-tiles a').count()) > 0)
    await context.close()
  })

  await t.test('on paper charts are light, and nothing stands there that can only be pressed', async () => {
    const { page, context } = await openTab(browser, desk.url, { ...atTheDesk, dark: true })
    await signIn(page, 'davi')
    await page.goto(year)
    await loaded(page)
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    for (const { src } of await loaded(page)) assert.doesNotMatch(src, /theme=dark/u)
    for (const part of ['.views', '.kpi-filters', '.kpi-periods', '.kpi-ways'])
      assert.equal(await page.locator(part).first().isVisible(), false, part)
    for (const part of ['.kpi-tiles', '.kpi-chart img', '.kpi-table', '.kpi-clock'])
      assert.equal(await page.locator(part).first().isVisible(), true, part)
    await context.close()
  })
})
