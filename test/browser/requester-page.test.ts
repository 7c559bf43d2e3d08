// Ana on her phone, on her own page of a ticket, by its link alone: without scripts, in the dark and in German
// as well, and what comes out of the printer.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { openDesk } from '../support/desk.ts'
import type { Look, Tab } from './tab.ts'
import { atTheDesk, openTab } from './tab.ts'

const small: Look = { locale: 'en', width: 360, height: 740, dark: false }
const smallDarkGerman: Look = { ...small, locale: 'de', dark: true }

/** What is wrong with the page that is shown, as axe and the width of the window see it. */
const sound = async ({ page, troubles }: Tab, name: string, scripts = true): Promise<void> => {
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide`)
  // Axe is a script itself.
  const { violations } = scripts ? await new AxeBuilder({ page }).analyze() : { violations: [] }
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
    name,
  )
  assert.deepEqual(troubles(), [], name)
}

/** Fingers are wider than pointers: what there is to press and is lower than 44 pixels. */
const tooLow = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('.mine button, .mine .button, .mine summary, .mine .card, .mine .files a')]
    .map((one) => [one.className, one.textContent, one.getBoundingClientRect().height])
    .filter(([, , height]) => height > 0 && height < 44)
    .map((one) => one.join(' '))`)

test('Ana does everything on her own page with a phone, without scripts', { timeout: 120_000 }, async () => {
  await using desk = await openDesk()
  await using browser = await launchBrowser()
  const bruno = await desk.signedIn('bruno')
  const tab = await openTab(browser, desk.url, small, { scripts: false })
  const { page } = tab

  await page.goto('/open-issue')
  await page.locator('#title').fill('My screen stays black')
  await page.locator('#description').fill('Since **this morning**.')
  await page.locator('#name').fill('Ana')
  await page.locator('#email').fill('ana@school.example')
  await page.locator('#files').setInputFiles({
    name: 'screen.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('black'),
  })
  await page.locator('.open-form .form-foot button').click()
  await page.locator('.flash-done').waitFor()
  const link = new URL(page.url()).pathname
  assert.match(link, /^\/t\/[\w-]{43}$/u)
  assert.match(await page.locator('.standing').innerText(), /What happens next: Level 1/u)
  await sound(tab, 'the page after sending', false)
  const iid = desk.sandbox.issues()[0]?.iid
  assert.ok(iid)

  const act = async (deed: string, fields: Record<string, string>) => {
    const { status, text } = await bruno.post(`/issues/${iid}/${deed}`, fields)
    assert.equal(status, 303, text)
  }
  await act('replies', { body: 'Which cable?' })
  await act('waiting', { waiting: 'on' })
  await page.goto(link)
  assert.match(await page.locator('.standing h2').innerText(), /We are waiting for your answer/u)
  await page.locator('.to-form a').click()
  await page.locator('#body').fill('The **long** one.')
  await page.locator('#files').setInputFiles({
    name: 'cable.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('long'),
  })
  await page.locator('#reply button').click()
  await page.locator('.flash-done').waitFor()
  assert.match(await page.locator('.mine-said').innerText(), /The long one\./u)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('.files a', { hasText: 'cable.txt' }).click(),
  ])
  assert.equal(download.suggestedFilename(), 'cable.txt')

  await act('resolve', { answer: 'Take the short one.' })
  await page.goto(link)
  assert.match(await page.locator('.standing h2').innerText(), /^Solved on /u)
  await page.locator('.outcome-no summary').click()
  await page.locator('#still').fill('It is black again.')
  await sound(tab, 'saying that it is not solved', false)
  await page.locator('.outcome-no button').click()
  await page.locator('.standing-open').waitFor()

  await act('resolve', { answer: 'A new screen.' })
  await page.goto(link)
  await page.locator('.outcome-ways > form button').click()
  await page.locator('.flash-done').waitFor()
  await page.locator('.rating input[value=good]').check()
  await page.locator('#comment').fill('Quick!')
  await page.locator('.rating button').click()
  await page.locator('.rating-said').waitFor()
  assert.match(await page.locator('.rating').innerText(), /we helped you well[\s\S]*Quick!/u)
  await sound(tab, 'what she said', false)
  await desk.settled(iid)

  // The same in the dark and in German, with everything that only scripts can find.
  for (const look of [small, smallDarkGerman, atTheDesk]) {
    const other = await openTab(browser, desk.url, look)
    await other.page.goto(link)
    for (const summary of await other.page.locator('.mine summary').all()) await summary.click()
    await sound(other, `solved, ${look.width} wide in ${look.locale}`)
    if (look.width === small.width) assert.deepEqual(await tooLow(other.page), [])
    await other.context.close()
  }

  // On paper.
  const paper = await openTab(browser, desk.url, { ...atTheDesk, dark: true })
  await paper.page.emulateMedia({ media: 'print' })
  await paper.page.goto(link)
  for (const gone of ['form', 'button', '.top', '#reply', '.outcome', '.new-link', 'input', 'textarea'])
    assert.equal(await paper.page.locator(gone).filter({ visible: true }).count(), 0, `${gone} is printed`)
  const printed = await paper.page.locator('main').innerText()
  for (const words of [
    'My screen stays black',
    'Solved on',
    'The long one.',
    'A new screen.',
    'Quick!',
    link,
  ])
    assert.ok(printed.includes(words), `${words} is not printed`)
  const pale = await paper.page.evaluate<
    string[]
  >(`[...document.querySelectorAll('main *')].flatMap((one) => {
    const { color } = getComputedStyle(one)
    const parts = (color.match(/\\d+/g) ?? []).slice(0, 3).map(Number)
    return one.textContent.trim() !== '' && Math.max(...parts) > 90 ? [one.className + ' ' + color] : []
  })`)
  assert.deepEqual(pale, [], 'too pale for paper')
  await sound(paper, 'on paper')
})
