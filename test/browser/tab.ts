// A person at a tab of the real browser: how they see the desk (light or dark, wide or a phone, English
// or German, with scripts or without), how they sign in, and everything that goes wrong behind the page.

import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { TestDesk } from '../support/desk.ts'

export type Look = {
  readonly locale: 'en' | 'de'
  readonly width: number
  readonly height: number
  readonly dark: boolean
}

/** How most people sit here, and the farthest from it: whatever breaks, breaks in one of the two. */
export const atTheDesk: Look = { locale: 'en', width: 1440, height: 900, dark: false }
export const onThePhone: Look = { locale: 'de', width: 390, height: 844, dark: true }

export type Tab = {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser complained of since the last time somebody looked. */
  troubles(): string[]
  /** The status of the page that is shown. */
  answered(): number
}

/** A browser of one's own: its cookies are shared with nobody. */
export const openTab = async (
  browser: Browser,
  baseURL: string,
  look: Look,
  more: {
    readonly scripts?: boolean
    readonly cookies?: Awaited<ReturnType<BrowserContext['storageState']>>
  } = {},
): Promise<Tab> => {
  const context = await browser.newContext({
    baseURL,
    locale: look.locale === 'de' ? 'de-DE' : 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport: { width: look.width, height: look.height },
    colorScheme: look.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    javaScriptEnabled: more.scripts ?? true,
    ...(more.cookies ? { storageState: more.cookies } : {}),
  })
  context.setDefaultTimeout(10_000)
  return { context, ...listening(await context.newPage()) }
}

/** Everything a browser says about a page that is not as it should be. */
const listening = (page: Page): Pick<Tab, 'page' | 'troubles' | 'answered'> => {
  let heard: string[] = []
  let status = 0
  page.on('console', (message) => {
    const kind = message.type()
    // That an answer was 404 or 409 is said once more below, and there it can be meant so.
    if ((kind !== 'error' && kind !== 'warning') || message.text().startsWith('Failed to load resource'))
      return
    heard.push(`${kind}: ${message.text()}`)
  })
  page.on('pageerror', (error) => heard.push(`a script broke: ${error.message}`))
  page.on('requestfailed', (request) => {
    // Leaving a page ends what it was still asking for, and a download is no page.
    const why = request.failure()?.errorText ?? ''
    if (why !== 'net::ERR_ABORTED') heard.push(`${request.method()} ${request.url()} failed: ${why}`)
  })
  page.on('response', (response) => {
    const request = response.request()
    if (request.isNavigationRequest()) status = response.status()
    if (response.status() >= 400 && !request.isNavigationRequest())
      heard.push(`${request.method()} ${response.url()} was answered ${response.status()}`)
    if (response.status() >= 500) heard.push(`${response.url()} is broken: ${response.status()}`)
  })
  return {
    page,
    answered: () => status,
    troubles: () => {
      const all = heard
      heard = []
      return all
    },
  }
}

/** By the link on our page and the button with the person's name on GitLab's. */
export const signIn = async (page: Page, username: string, returnTo = '/issues'): Promise<void> => {
  await page.goto(`/sign-in?returnTo=${encodeURIComponent(returnTo)}`)
  await page.locator('a[href^="/sign-in/gitlab"]').click()
  await page.locator(`button[name="user"][value="${username}"]`).click()
  await page.waitForURL((url) => url.pathname === returnTo.split('?')[0])
}

/** Asks again and again until it is so; what is waited for happens outside the browser, in GitLab or the store. */
export const until = async <T>(what: string, ask: () => Promise<T> | T, isSo: (value: T) => boolean) => {
  const end = performance.now() + 15_000
  for (;;) {
    const value = await ask()
    if (isSo(value)) return value
    assert.ok(performance.now() < end, `still not so after 15 s: ${what}. It is ${JSON.stringify(value)}`)
    await wait(10)
  }
}

/** Until every ticket that GitLab has is in the desk's index with its whole conversation. */
export const readThrough = (desk: Pick<TestDesk, 'parts' | 'sandbox'>) =>
  until(
    'the desk has read everything',
    async () => {
      const [{ unread }, { all }] = await desk.parts.store.read((reader) =>
        Promise.all([reader.backlog(), reader.counts(null)]),
      )
      return { unread, missing: desk.sandbox.issues().length - all }
    },
    ({ unread, missing }) => unread === 0 && missing <= 0,
  )
