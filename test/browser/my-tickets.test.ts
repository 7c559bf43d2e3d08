// Ana finds her tickets in the real browser, with the mail in her hand: on a wide screen in English, on a
// phone in German and in the dark, with scripts and without.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { readConfig } from '../../src/config.ts'
import { launchBrowser } from '../support/browser.ts'
import { openDesk } from '../support/desk.ts'
import type { Tab } from './tab.ts'
import { atTheDesk, onThePhone, openTab, signIn, until } from './tab.ts'

const anas = 'ana@school.example'

const aMailServer = async (t: TestContext) => {
  const mails: Email[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    closeTimeout: 1,
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        mails.push(await PostalMime.parse(Buffer.concat(chunks)))
        done()
      })
    },
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.after(() => new Promise<void>((resolve) => server.close(resolve)))
  return { mails, url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}` }
}

/** What is wrong with the page that is shown, as axe, the console and the width of the window see it. */
const sound = async ({ page, troubles }: Tab, name: string, scripts: boolean): Promise<void> => {
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide`)
  // Axe is a script itself.
  const { violations } = scripts
    ? await new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } }).analyze()
    : { violations: [] }
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
    name,
  )
  assert.deepEqual(troubles(), [], name)
}

test('Ana proves her address and sees her tickets, wherever she looks from', {
  timeout: 150_000,
}, async (t) => {
  const server = await aMailServer(t)
  const { mail, desk } = readConfig('desk', {
    SMTP_URL: server.url,
    MAIL_FROM: 'Help desk <help@school.example>',
  })
  await using running = await openDesk({ desk: { mail: desk.mail }, config: { mail } })
  await using browser = await launchBrowser()
  const bruno = await running.signedIn('bruno')
  const stranger = running.stranger()
  const titles = ['My screen stays black', 'x'.repeat(120), 'The mouse is missing']
  for (const title of titles) {
    const key = stranger.hidden(await stranger.get('/open-issue'), 'key')
    const fields = { title, description: 'Please help.', category: '', name: 'Ana Souza', email: anas, key }
    assert.equal((await stranger.postFiles('/open-issue', fields, [])).status, 303)
  }
  const numberOf = (title: string): number =>
    running.sandbox.issues().find((one) => one.title === title)?.iid ?? assert.fail(title)
  await until(
    'GitLab has all',
    () => running.sandbox.issues().length,
    (count) => count === titles.length,
  )
  const act = async (title: string, deed: string, fields: Record<string, string>) =>
    assert.equal((await bruno.post(`/issues/${numberOf(title)}/${deed}`, fields)).status, 303, deed)
  await act('My screen stays black', 'waiting', { waiting: 'on' })
  await act('The mouse is missing', 'resolve', { answer: 'A new one lies on your desk.' })

  const linkOf = (known: number) =>
    until(
      'the mail with the link has come',
      () =>
        server.mails
          .map(({ text }) => /https?:\/\/\S+\/my-tickets\/sign-in\/[\w-]{43}/u.exec(text ?? '')?.[0])
          .filter((link) => link !== undefined),
      (links) => links.length > known,
    ).then((links) => links.at(-1) ?? '')

  for (const [index, [look, scripts]] of (
    [
      [atTheDesk, true],
      [onThePhone, true],
      [{ ...onThePhone, width: 360 }, false],
    ] as const
  ).entries()) {
    const tab = await openTab(browser, running.url, look, { scripts })
    const { page } = tab
    await page.goto('/open-issue')
    await page.locator('header a[href="/my-tickets"]').click()
    await sound(tab, 'the form for an address', scripts)
    await page.locator('#email').fill('ana@school')
    await page.locator('.prove-form button').click()
    await page.locator('#email[aria-invalid=true]').waitFor()
    await sound(tab, 'the form with its mistake', scripts)
    await page.locator('#email').fill('ANA@school.example')
    await page.locator('.prove-form button').click()
    await page.locator('.my-proof').waitFor()
    assert.equal(new URL(page.url()).pathname, '/my-tickets/sign-in')
    await sound(tab, 'look into your mailbox', scripts)
    const link = await linkOf(index)
    await page.goto(link)
    assert.match(await page.locator('.my-proof').innerText(), /a…@school\.example/u)
    await sound(tab, 'the page with the button', scripts)
    await page.locator('.my-proof button').click()
    await page.locator('.my-line').first().waitFor()
    assert.equal(new URL(page.url()).pathname, '/my-tickets')
    assert.equal(await page.locator('.my-line').count(), titles.length)
    assert.equal(await page.locator('.my-turn-theirs').count(), 1)
    await sound(tab, 'my tickets', scripts)
    await page.locator('.my-line a').first().click()
    await page.locator('.mine').waitFor()
    await page.goto('/open-issue')
    assert.equal(await page.locator('#email').inputValue(), anas)
    assert.equal(await page.locator('#name').inputValue(), 'Ana Souza')
    await page.goto(link)
    await page.locator('.my-proof a').waitFor()
    assert.equal(tab.answered(), 404)
    await page.goto('/my-tickets')
    await page.locator('.my-leave button').click()
    await page.locator('#email').waitFor()
    assert.match(page.url(), /\/my-tickets$/u)
    await sound(tab, 'after signing out', scripts)
    await tab.context.close()
  }

  const tab = await openTab(browser, running.url, onThePhone)
  await signIn(tab.page, 'ana', '/my-tickets')
  await tab.page.locator('.my-another[open]').waitFor()
  await sound(tab, 'my tickets of an account that has none', true)
})
