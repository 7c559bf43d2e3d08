// Every page that a person can get to, for each of them, in the real browser: it keeps to the Content-Security-Policy
// that it is sent with, and needs nothing of its own beside it. The crawler follows links, scripts and forms by itself
// and fails where an address of the table of routes was got to by nobody.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContext, Page, Response } from 'playwright-core'
import type { Route } from '../../src/web/routes.ts'
import { routes } from '../../src/web/routes.ts'
import { soundHtml } from '../hostile/page-html.ts'
import { launchBrowser } from '../support/browser.ts'
import { openDesk } from '../support/desk.ts'
import { keepHeld } from '../support/held.ts'
import { arrivedAt } from '../support/mail-arriving.ts'
import { keepMail, rawMail } from '../support/mails.ts'
import { atTheDesk, openTab, readThrough, signIn } from './tab.ts'

const patternOf = ({ path }: Route): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`)

/** The first in the table that fits, as the app looks for it. */
const routeOf = (method: string, url: string): Route | undefined => {
  const { pathname } = new URL(url)
  return routes.find((route) => route.method === method.toLowerCase() && patternOf(route).test(pathname))
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`

/** Programs ask for these, and the last one only GitLab leads to. */
const notByPeople = (route: Route): boolean =>
  route.for === 'program' || route.path === '/auth/gitlab/callback'

/** What is no page of ours: a stranger's mail, and what is downloaded. */
const isDownload = (url: string): boolean =>
  /\/files\/\d+$|\/source$|\.csv$|\.json$|\.svg$/.test(new URL(url).pathname)
const isStrangersMail = (url: string): boolean => /\/mails\/[^/]+\/html$/.test(new URL(url).pathname)

/** Of addresses of one kind so many are looked at: with other parameters they are the same page. */
const mostOfAKind = 3

test('every page keeps to its policy, and every address is got to by somebody', {
  timeout: 170_000,
}, async (t) => {
  const arriving = await arrivedAt(t)
  await using desk = await openDesk({
    sandbox: { empty: false },
    desk: { mail: { own: true, language: 'en', reopenWithin: 14 * 86_400_000 } },
    config: {
      mail: {
        smtpUrl: arriving.url,
        imapUrl: null,
        from: { name: 'Help desk', address: 'help@desk.example' },
        templates: null,
        folders: { done: 'Done', quarantine: 'Quarantine' },
        plusAddressing: true,
      },
    },
  })
  await using browser = await launchBrowser()
  const { store } = desk.parts
  const stranger = desk.stranger()

  // --- Something on every page -------------------------------------------------------------------

  const ask = async (title: string, more: Record<string, string> = {}) => {
    const form = await stranger.get('/open-issue')
    const sent = await stranger.postFiles(
      '/open-issue',
      {
        ...Object.fromEntries(
          [...form.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
            ([, name = '', value = '']) => [name, value],
          ),
        ),
        title,
        description: '**Since** this morning.\n\n![x](https://elsewhere.example/a.png)',
        category: 'Hardware',
        name: 'Ana',
        email: 'ana@school.example',
        ...more,
      },
      [{ name: 'a.txt', type: 'text/plain', bytes: 'x' }],
    )
    assert.equal(sent.status, 303, sent.text)
    return sent.location
  }
  const open = await ask('The screen in room 204 stays black')
  const done = await ask('The mouse is missing')
  const bruno = await desk.signedIn('bruno')
  const number = (title: string) =>
    desk.sandbox.issues().find((issue) => issue.title === title)?.iid ?? assert.fail(title)
  const openIid = number('The screen in room 204 stays black')
  await bruno.post(`/issues/${number('The mouse is missing')}/resolve`, { answer: 'It lies on your desk.' })
  await readThrough(desk)
  const ticket = await store.read((reader) => reader.ticket({ iid: openIid }))
  const receivedAt = desk.parts.clock.now()
  const mail = await keepMail(store, {
    receivedAt,
    ticketId: ticket?.id ?? null,
    source: rawMail({ html: '<p style="color:red">Black.</p>' }),
  })
  await keepMail(store, {
    receivedAt,
    ticketId: ticket?.id ?? null,
    state: 'appended',
    reason: 'unverified',
    source: rawMail(),
  })
  await keepMail(store, { receivedAt, state: 'quarantined', reason: 'no-sender', source: rawMail() })
  await keepHeld(store, { receivedAt })
  await keepHeld(store, { receivedAt })
  const signInLink = async () => {
    const before = arriving.mails().length
    await stranger.post('/my-tickets/sign-in', { email: 'ana@school.example' })
    const mails = await arriving.waitFor(before + 1)
    const found = mails
      .map(({ email }) => /\/my-tickets\/sign-in\/[\w-]+/.exec(email.text ?? '')?.[0])
      .filter(Boolean)
    return found.at(-1) ?? ''
  }

  // --- The crawler -------------------------------------------------------------------------------

  const reached = new Set<string>()
  const wrong: string[] = []
  let looked = 0

  const judge = async (who: string, response: Response): Promise<void> => {
    const url = response.url()
    if (!url.startsWith(desk.url)) return
    const route = routeOf(response.request().method(), url)
    if (route && response.status() < 400) reached.add(nameOf(route))
    const { pathname } = new URL(url)
    const headers = response.headers()
    const policy = headers['content-security-policy'] ?? ''
    const label = `${who} at ${pathname}`
    if (response.status() >= 500) wrong.push(`${label}: ${response.status()}`)
    if (pathname.startsWith('/assets/') || response.status() === 304) return
    if (!/default-src 'none'/.test(policy)) wrong.push(`${label}: no policy`)
    if (headers['x-content-type-options'] !== 'nosniff') wrong.push(`${label}: types may be guessed`)
    if (isStrangersMail(url) || isDownload(url)) {
      if (!/\bsandbox\b/.test(policy) && !pathname.endsWith('.csv'))
        wrong.push(`${label}: in no sandbox: ${policy}`)
      return
    }
    if (/unsafe|data:|blob:|\*/.test(policy)) wrong.push(`${label}: ${policy}`)
    if (
      !headers['content-type']?.startsWith('text/html') ||
      (response.status() >= 300 && response.status() < 400)
    )
      return
    looked += 1
    // A page that was left before it was all there is looked at when it is come to again.
    const html = await response.text().catch(() => null)
    if (html === null) return
    try {
      soundHtml(html)
    } catch (error) {
      wrong.push(`${label}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  const watched = async (who: string, context: BrowserContext, page: Page) => {
    const judging: Promise<void>[] = []
    page.on('response', (response) => judging.push(judge(who, response)))
    await context.exposeBinding('violated', (_source, what: string) => {
      wrong.push(`${who}: ${what}`)
    })
    await context.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
      window.violated(location.pathname + ' breaks ' + event.effectiveDirective + ' with ' + event.blockedURI + ' ' + event.sample))`)
    return async () => {
      await Promise.all(judging.splice(0))
    }
  }

  const linksOn = (page: Page): Promise<string[]> =>
    page.evaluate(`[...document.querySelectorAll('a[href], iframe[src]')].map((one) => one.href || one.src)`)

  type Form = { readonly method: string; readonly action: string }

  const formsOn = (page: Page): Promise<Form[]> =>
    page.evaluate(
      `[...document.forms].flatMap((form) => [form.getAttribute('action') ?? location.pathname,
        ...[...form.querySelectorAll('[formaction]')].map((button) => button.getAttribute('formaction'))]
        .map((action) => ({ method: form.method, action })))`,
    )

  /** In the page: presses the first button that leads there, with Ana's address where one is asked for, boxes ticked. */
  const sending = ({ method, action }: Form): string => `(() => {
    const wanted = ${JSON.stringify(action)}
    for (const form of document.forms) {
      if (form.method !== ${JSON.stringify(method)}) continue
      const by = form.querySelector('[formaction="' + wanted + '"]')
      if (!by && (form.getAttribute('action') ?? location.pathname) !== wanted) continue
      for (const field of form.querySelectorAll('input[type=email], input[name=address], input[name=confirm]'))
        field.value = 'ana@school.example'
      for (const box of form.querySelectorAll('input[type=checkbox]')) box.checked = true
      form.noValidate = true
      form.requestSubmit(by ?? form.querySelector('button:not([type=button]):not([formaction])'))
      return true
    }
    return false
  })()`

  const crawl = async (who: string, seeds: readonly string[], username: string | null): Promise<void> => {
    const { context, page, troubles } = await openTab(browser, desk.url, atTheDesk)
    const settled = await watched(who, context, page)
    if (username !== null) await signIn(page, username, '/open-issue')
    const seen = new Map<string, number>()
    const known = new Set<string>()
    const queue: string[] = []
    const add = (addresses: readonly string[]) => {
      for (const address of addresses) {
        const [url = ''] = address.split('#')
        // The same page in another language is the same page.
        if (!url.startsWith(`${desk.url}/`) || /[?&]lang=/.test(url) || known.has(url)) continue
        known.add(url)
        queue.push(url)
      }
    }
    const forms = new Map<string, Form & { readonly url: string }>()
    const sent = new Set<string>()
    const lookAround = async () => {
      await settled()
      add(await linksOn(page))
      const url = page.url()
      for (const { method, action } of await formsOn(page)) {
        const route = routeOf(method, new URL(action, url).href)
        if (route && !sent.has(nameOf(route))) forms.set(nameOf(route), { url, method, action })
      }
    }
    const walk = async () => {
      for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
        const route = routeOf('get', url)
        const kind = route ? nameOf(route) : new URL(url).pathname
        const times = seen.get(kind) ?? 0
        if (times >= mostOfAKind) continue
        seen.set(kind, times + 1)
        // It goes on for minutes: a dashboard opens it, nobody goes there.
        if (route?.path === '/issues/stream') continue
        // A download is no page, and leaving for GitLab is the browser's own way.
        if (isDownload(url) || route?.path === '/sign-in/gitlab') {
          const answer = await context.request.get(url, { maxRedirects: 0 })
          if (route && answer.ok()) reached.add(nameOf(route))
          if (route?.path === '/sign-in/gitlab') reached.add(nameOf(route))
          if (answer.status() >= 500) wrong.push(`${who} at ${url}: ${answer.status()}`)
          continue
        }
        await page.goto(url, { waitUntil: 'load' })
        await lookAround()
      }
    }
    add(seeds.map((seed) => new URL(seed, desk.url).href))
    await walk()
    // What nothing leads to just now can still be typed.
    add(
      routes
        .filter(({ method, path }) => method === 'get' && !path.includes(':') && path !== '/sign-in/gitlab')
        .map(({ path }) => `${desk.url}${path}`),
    )
    await walk()
    // Every kind of form, sent with little in it; who signs out is out, so that comes last.
    const later = (name: string) => Number(name.includes('sign-out'))
    for (;;) {
      const left = [...forms].filter(([name]) => !sent.has(name))
      const [next] = left.sort(([one], [other]) => later(one) - later(other))
      if (!next) break
      const [name, { url, ...form }] = next
      sent.add(name)
      await page.goto(url)
      const shown = Promise.any(
        (['load', 'download'] as const).map((event) =>
          page.waitForEvent(event as 'load', { timeout: 8_000 }),
        ),
      ).catch(() => null)
      if ((await page.evaluate(sending(form))) !== true) continue
      if ((await shown) === null) wrong.push(`${who}: the form ${name} at ${url} was never answered`)
      await lookAround()
      await walk()
    }
    const complaints = troubles().filter((one) => /content security policy|refused to|blocked/i.test(one))
    wrong.push(...complaints.map((one) => `${who}: ${one}`))
    await context.close()
  }

  // Ana has her links from mails, and everybody begins at the first page.
  await crawl(
    'a stranger',
    [
      '/',
      '/nowhere',
      '/sign-in?returnTo=%2Fissues',
      '/issues?view=a&view=b',
      '/my-tickets',
      '/my-tickets/sign-in',
      '/open-issue/held',
    ],
    null,
  )
  await crawl('Ana with her links', [open, done, await signInLink()], null)
  await crawl('ana', ['/', '/my-tickets', '/issues'], 'ana')
  await crawl('bruno', ['/', `/issues/${openIid}`, `/issues/${openIid}/mails/${mail.id}`], 'bruno')
  await crawl('davi', ['/', `/issues/${openIid}`], 'davi')

  await t.test('nothing on any page is against its policy', () => assert.deepEqual([...new Set(wrong)], []))
  await t.test('every page was got to', () => {
    const unseen = routes.filter(
      (route) => route.method === 'get' && !notByPeople(route) && !reached.has(nameOf(route)),
    )
    assert.deepEqual(unseen.map(nameOf), [])
    assert.ok(looked > 60, `only ${looked} pages were looked at`)
  })
})
