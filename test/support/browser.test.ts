import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { launchBrowser } from './browser.ts'

const page = `data:text/html;charset=utf-8,${encodeURIComponent(`<!doctype html><html lang="en"><title>Desk</title>
<style>h1 { color: rgb(1, 2, 3); font-size: 40px } body { background: white }</style>
<main><h1>Ana asks: my printer, Bruno answers</h1><p>Grüße — “quotes” · 42 → Level 2 ✓</p><button>Escalate</button></main></html>`)}`

test('the browser of the tests shows readable text and applies styles', { timeout: 60_000 }, async (t) => {
  await using browser = await launchBrowser()
  const tab = await (await browser.newContext({ viewport: { width: 800, height: 200 } })).newPage()
  await tab.goto(page)

  await t.test('a computed style can be read', async () => {
    const color = await tab.evaluate<string>("getComputedStyle(document.querySelector('h1')).color")
    assert.equal(color, 'rgb(1, 2, 3)')
  })

  await t.test('letters have ink and widths of their own, so a font is there', async () => {
    const png = await tab.screenshot()
    await tab.evaluate('document.body.replaceChildren()')
    const blank = await tab.screenshot()
    assert.ok(png.length > 3 * blank.length, `the page has ${png.length} bytes, a blank one ${blank.length}`)
    await tab.setContent('<main><h1><span id="i">iiii</span><span id="m">mmmm</span></h1></main>')
    const width = async (id: string) => (await tab.locator(id).boundingBox())?.width ?? 0
    assert.ok((await width('#m')) > 2 * (await width('#i')))
  })

  await t.test('axe finds nothing on a good page and the missing label on a bad one', async () => {
    await tab.goto(page)
    assert.deepEqual((await new AxeBuilder({ page: tab }).analyze()).violations, [])
    await tab.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input>')")
    const ids = (await new AxeBuilder({ page: tab }).analyze()).violations.map(({ id }) => id)
    assert.deepEqual(ids, ['label'])
  })
})

test('two tests may start a browser at the same time', { timeout: 60_000 }, async () => {
  const browsers = await Promise.all([launchBrowser(), launchBrowser()])
  const titles = await Promise.all(
    browsers.map(async (browser) => {
      const tab = await browser.newPage()
      await tab.goto(page)
      const title = await tab.title()
      await browser.close()
      return title
    }),
  )
  assert.deepEqual(titles, ['Desk', 'Desk'])
})
