// The form while very many come in, in the real browser: whose browser works gets through, who has no scripts
// is held and loses nothing; and the lead's page about it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { realClock } from '../../src/composition-root.ts'
import { floodLimits } from '../../src/domain/flood.ts'
import { launchBrowser } from '../support/browser.ts'
import { openDesk } from '../support/desk.ts'
import { minute } from '../support/tickets.ts'
import { atTheDesk, onThePhone, openTab, signIn } from './tab.ts'

const fill = async (page: Page, title: string): Promise<void> => {
  await page.locator('#title').fill(title)
  await page.locator('#description').fill('Since this morning.')
  await page.locator('#name').fill('Ana Souza')
  await page.locator('#email').fill('ana@school.example')
}

const violations = async (page: Page): Promise<string[]> =>
  (await new AxeBuilder({ page }).setLegacyMode().analyze()).violations.map(({ id }) => id)

test('while very many come in, people still get through', { timeout: 120_000 }, async (t) => {
  let ahead = 0
  const clock = { ...realClock, now: () => realClock.now() + ahead }
  await using desk = await openDesk({ clock })
  await using browser = await launchBrowser()
  const bot = desk.stranger()
  for (let sent = 0; sent < floodLimits.form.work.client; sent++)
    await bot.post('/open-issue', {
      title: `Buy now ${sent}`,
      description: 'x',
      name: 'Bot',
      email: `bot${sent}@evil.example`,
    })
  const ana = await openTab(browser, desk.url, atTheDesk)
  const plain = await openTab(browser, desk.url, onThePhone, { scripts: false })
  const davi = await openTab(browser, desk.url, atTheDesk)
  const held = async () => (await desk.parts.store.read((reader) => reader.heldAmount(null))).count
  const before = await held()

  await t.test('a browser does its work while somebody types, and the ticket is there', async () => {
    await ana.page.goto('/open-issue')
    assert.equal(await ana.page.locator('form[data-work-needed]').count(), 1)
    await fill(ana.page, 'My screen stays black')
    ahead += minute
    await ana.page.locator('.form-foot button').click()
    await ana.page.waitForURL(/\/t\//u)
    assert.equal(await held(), before)
    assert.deepEqual(ana.troubles(), [])
  })

  await t.test('nobody sees the field that catches robots, and no reader reads it out', async () => {
    await ana.page.goto('/open-issue')
    const trap = ana.page.locator('#homepage')
    assert.equal(await trap.isVisible(), false)
    assert.equal(await trap.getAttribute('autocomplete'), 'off')
    assert.doesNotMatch(await ana.page.locator('main').ariaSnapshot(), /Leave this empty/u)
    assert.deepEqual(await violations(ana.page), [])
  })

  await t.test('without scripts it is held, and the page says that it has arrived', async () => {
    const { page } = plain
    await page.goto('/open-issue')
    await fill(page, 'Mein Bildschirm bleibt schwarz')
    ahead += minute
    await page.locator('.form-foot button').click()
    await page.getByRole('heading', { name: 'Es ist angekommen' }).waitFor()
    assert.equal(new URL(page.url()).pathname, '/open-issue/held')
    assert.equal(await held(), before + 1)
  })

  await t.test('a lead opens one and deletes the others', async () => {
    const { page } = davi
    await signIn(page, 'davi')
    await page.getByRole('link', { name: 'Held' }).click()
    assert.deepEqual(await violations(page), [])
    const mine = page.locator('.held > li', { hasText: 'Mein Bildschirm' })
    await mine.getByRole('button', { name: 'Open as a ticket' }).click()
    await page.locator('.flash').waitFor()
    assert.equal(await held(), before)
    for (const box of await page.locator('.held input[type=checkbox]').all()) await box.check()
    await page.getByRole('button', { name: 'Delete the selected ones' }).click()
    await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
    assert.equal(await held(), 0)
    await page.goto('/issues?view=all&q=Bildschirm')
    await page.locator('.tickets tbody tr', { hasText: 'Mein Bildschirm' }).waitFor()
    assert.deepEqual(davi.troubles(), [])
  })
})
