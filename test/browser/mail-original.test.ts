// The original of a hostile mail in the real browser: it is seen, and it can do nothing. No script of it runs,
// nothing is fetched from elsewhere, no link of it leads the desk away.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createMailParser } from '../../src/adapters/mail/parser.ts'
import { launchBrowser } from '../support/browser.ts'
import { openDoor } from '../support/door.ts'
import { keepMail, rawMail } from '../support/mails.ts'
import { hour } from '../support/tickets.ts'

const hostile = (
  evil: string,
) => `<!doctype html><html><head><meta http-equiv="refresh" content="0;url=${evil}/refresh">
<link rel="stylesheet" href="${evil}/style.css"><style>p { color: rgb(255, 0, 0) }</style></head><body>
<p id="words">The beamer is <b>black</b>.</p>
<script>parent.document.title = 'stolen'; document.body.append('script ran')</script>
<img src="${evil}/pixel.png" onerror="document.body.append('handler ran')">
<iframe src="${evil}/frame"></iframe><object data="${evil}/object"></object>
<form action="${evil}/form" method="post"><button id="send">Send</button></form>
<a id="away" href="${evil}/link" target="_top">Away</a> <a id="here" href="${evil}/here">Here</a></body></html>`

/** Somebody elsewhere who waits to be asked for anything. */
const openElsewhere = async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('got you')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a hostile mail is seen behind glass, and nothing in it acts', { timeout: 60_000 }, async (t) => {
  const mailParser = createMailParser()
  t.after(() => mailParser.close())
  await using door = await openDoor({
    desk: { mail: { own: true, language: 'en', reopenWithin: 14 * 24 * hour } },
    parts: { mailParser },
  })
  await using elsewhere = await openElsewhere()
  const ticket = await door.keep({})
  const source = rawMail({ html: hostile(elsewhere.url) })
  const { id } = await keepMail(door.store, { ticketId: ticket.id, source })
  const bruno = await door.signedIn('bruno')

  await using browser = await launchBrowser()
  const context = await browser.newContext({ baseURL: door.url })
  await context.addCookies([...bruno.cookies].map(([name, value]) => ({ name, value, url: door.url })))
  const page = await context.newPage()
  await page.goto(`/issues/${ticket.iid}/mails/${id}`)
  const address = page.url()
  const glass = page.frameLocator('.mail-original iframe')
  await page.locator('.mail-original iframe').scrollIntoViewIfNeeded()
  const words = glass.getByText('The beamer is')
  await words.waitFor()
  assert.equal(await words.innerText(), 'The beamer is black.')
  const shown = await glass.locator('body').innerText()
  assert.doesNotMatch(shown, /script ran|handler ran/u)
  // What was pressed in there leads nowhere.
  for (const press of ['#send', '#away', '#here'])
    if ((await glass.locator(press).count()) > 0) await glass.locator(press).click({ noWaitAfter: true })
  await page.locator('.mail-headers').waitFor()
  assert.equal(page.url(), address)
  assert.doesNotMatch(await page.title(), /stolen/u)

  // Opened by itself it is no better off.
  const alone = await context.newPage()
  await alone.goto(`/issues/${ticket.iid}/mails/${id}/html`)
  assert.doesNotMatch(await alone.locator('body').innerText(), /script ran|handler ran/u)
  await context.close()
  assert.deepEqual(elsewhere.asked, [])
})
