// Every page of the desk in the real browser: light on a wide screen in English, dark on a phone in German.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import en from '../../src/web/locales/en.json' with { type: 'json' }
import { routes } from '../../src/web/routes.ts'
import { launchBrowser } from '../support/browser.ts'
import { openDesk } from '../support/desk.ts'
import { keepHeld } from '../support/held.ts'
import { keepMail } from '../support/mails.ts'
import type { Look, Tab } from './tab.ts'
import { atTheDesk, onThePhone, openTab, readThrough, signIn, until } from './tab.ts'

type Somebody = 'a stranger' | 'ana' | 'bruno' | 'carla' | 'davi'

type Screen = {
  readonly title: string
  readonly who: Somebody
  /** Where to go, or how to get there. */
  readonly at: string | ((page: Page) => Promise<void>)
  /** Of the page's own answer; 200 when left out. */
  readonly status?: number
  /** Must be there, or the screen is not the one it claims to be. */
  readonly shows: string
}

/** One grey dot. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
)

/** Answers for programs, pieces of a page, files, and addresses that only lead on. */
const noPages = [
  '/',
  '/issues/news',
  '/issues/stream',
  '/issues/:ref/files/:n',
  '/t/:token/files/:n',
  '/issues/:ref/mails/:id/html',
  '/mail/:id/source',
  '/audit.csv',
  '/kpi.csv',
  '/kpi.json',
  '/kpi/tickets.csv',
  '/kpi/:chart.svg',
  '/kpi/:chart.csv',
  '/open-issue/similar',
  '/sign-in/gitlab',
  // Where mails are sent, see my-tickets.test.ts; elsewhere it leads back.
  '/my-tickets/sign-in',
  '/healthz',
  '/readyz',
  '/metrics',
]

test('every page of the desk is sound in the real browser', { timeout: 170_000 }, async (t) => {
  await using desk = await openDesk({ sandbox: { empty: false } })
  await using browser = await launchBrowser()
  const { sandbox } = desk
  const bruno = await desk.signedIn('bruno')
  const carla = await desk.signedIn('carla')
  const stranger = desk.stranger()

  const numberOf = (title: string) => {
    const issue = sandbox.issues().find((one) => one.title === title)
    assert.ok(issue, `GitLab has no ticket “${title}”`)
    return issue.iid
  }
  const files = [
    {
      name: 'Bildschirmfoto vom 8. Juni, mit einem wirklich sehr langen Namen.png',
      type: 'image/png',
      bytes: picture,
    },
  ]
  /** Opened on the form by somebody without an account. Gives the link of the requester. */
  const ask = async (title: string): Promise<string> => {
    const form = await stranger.get('/open-issue')
    const sent = await stranger.postFiles(
      '/open-issue',
      {
        title,
        description: `Since **this morning**.\n\n\`\`\`\n${'E_SCREEN_BLACK '.repeat(12)}\n\`\`\`\n\n- one\n- two\n\n| a | b |\n| - | - |\n| 1 | 2 |`,
        category: 'Hardware',
        name: 'Ana Souza',
        email: 'ana@school.example',
        key: stranger.hidden(form, 'key'),
      },
      files,
    )
    assert.equal(sent.status, 303, sent.text)
    return sent.location
  }
  const act = async (who: typeof bruno, iid: number, deed: string, fields: Record<string, string>) => {
    const sent = await who.post(`/issues/${iid}/${deed}`, fields)
    assert.equal(sent.status, 303, `${deed}: ${sent.text}`)
  }

  const openLink = await ask('The screen in room 204 stays black')
  const open = numberOf('The screen in room 204 stays black')
  const waitingLink = await ask('The scanner is too loud')
  const waiting = numberOf('The scanner is too loud')
  await act(bruno, waiting, 'replies', { body: 'Which one, the grey or the white one?' })
  await act(bruno, waiting, 'waiting', { waiting: 'on' })
  await ask('Keyboard without an umlaut ä')
  const second = numberOf('Keyboard without an umlaut ä')
  await act(bruno, second, 'notes', { body: 'She types on the white one. See #1.' })
  await act(bruno, second, 'escalate', { reason: 'Needs a new keyboard', from: '1' })
  await act(carla, second, 'assignee', { assignee: 'carla' })
  const resolvedLink = await ask('The mouse is missing')
  const resolved = numberOf('The mouse is missing')
  await act(bruno, resolved, 'resolve', { answer: 'A new one lies on your desk.' })
  const bothLabels = numberOf('Meeting room panel shows the wrong time')
  await readThrough(desk)
  for (const iid of [open, waiting, second, resolved]) await desk.settled(iid)

  const cookies = new Map<Somebody, Awaited<ReturnType<Tab['context']['storageState']>>>()
  for (const who of ['ana', 'bruno', 'carla', 'davi'] as const) {
    const tab = await openTab(browser, desk.url, atTheDesk)
    await signIn(tab.page, who, '/open-issue')
    cookies.set(who, await tab.context.storageState())
    await tab.context.close()
  }
  const tabs = new Map<string, Promise<Tab>>()
  const tabOf = (who: Somebody, look: Look): Promise<Tab> => {
    const name = `${who} ${look.locale}`
    const known = cookies.get(who)
    const tab = tabs.get(name) ?? openTab(browser, desk.url, look, known ? { cookies: known } : {})
    tabs.set(name, tab)
    return tab
  }

  const visited = new Set<string>()
  const lookAs = async ({ title, who, at, status = 200, shows }: Screen, view: Look) => {
    const { page, troubles, answered } = await tabOf(who, view)
    if (typeof at === 'string') await page.goto(at)
    else await at(page)
    await page.locator(shows).first().waitFor()
    visited.add(new URL(page.url()).pathname)
    const name = `${title}, ${view.width} wide in ${view.locale}`
    assert.equal(answered(), status, name)
    const wrong = await flaws(page, view.locale)
    assert.deepEqual([...troubles(), ...wrong], [], name)
  }
  const look = async (screen: Screen): Promise<void> => {
    await Promise.all([atTheDesk, onThePhone].map((view) => lookAs(screen, view)))
  }

  const see = (screen: Screen) => t.test(screen.title, () => look(screen))

  await see({
    title: 'signing in',
    who: 'a stranger',
    at: '/sign-in?returnTo=%2Fissues',
    shows: '.sign-in .button-main',
  })
  await see({
    title: 'a sign-in that came to nothing',
    who: 'a stranger',
    at: '/auth/gitlab/callback?state=x&code=y',
    status: 400,
    shows: '.problem[role=alert]',
  })
  await see({
    title: 'the form, for somebody without an account',
    who: 'a stranger',
    at: '/open-issue',
    shows: 'input[name=email][required]',
  })
  await see({
    title: 'the form with its mistakes',
    who: 'a stranger',
    at: async (page) => {
      await page.goto('/open-issue')
      await page.locator('#title').fill('My screen')
      await page.locator('#name').fill('Ana')
      await page.locator('#email').fill('ana@school')
      await page.locator('.form-foot button').click()
    },
    status: 422,
    shows: '#email[aria-invalid=true]',
  })
  await see({
    title: 'the form, for Ana with an account but no role',
    who: 'ana',
    at: '/open-issue',
    shows: '.open-form',
  })
  await see({
    title: 'the form, for Bruno who opens for somebody else, with tickets that sound alike',
    who: 'bruno',
    at: async (page) => {
      await page.goto('/open-issue')
      await page.locator('details.person summary').click()
      await page.locator('#title').pressSequentially('Screen stays black')
    },
    shows: '#similar .similar li',
  })
  for (const view of ['level-1', 'level-2', 'mine', 'unassigned', 'waiting', 'resolved', 'all'])
    await see({ title: `the view ${view}`, who: 'bruno', at: `/issues?view=${view}`, shows: '.list-head' })
  await see({
    title: 'the queue of Level 2 as Davi sees it',
    who: 'davi',
    at: '/issues?view=level-2',
    shows: '.tickets tbody tr',
  })
  await see({ title: 'a search', who: 'bruno', at: '/issues?view=all&q=screen', shows: '.tickets tbody tr' })
  await see({
    title: 'a search that finds nothing in its view',
    who: 'bruno',
    at: '/issues?view=level-2&q=flibbertigibbet',
    shows: '.empty a',
  })
  await see({
    title: 'all filters at once, and nothing that fits',
    who: 'bruno',
    at: '/issues?view=all&level=2&category=Gitlab+Account&state=waiting&assignee=-&q=x',
    shows: '.empty',
  })
  await see({
    title: 'all filters, one ticket',
    who: 'bruno',
    at: '/issues?view=all&level=2&category=Hardware&state=open&assignee=carla&q=keyboard',
    shows: '.tickets tbody tr',
  })
  await see({ title: 'a view with nothing in it', who: 'davi', at: '/issues?view=mine', shows: '.empty' })
  await see({
    title: 'the keys of the desk',
    who: 'bruno',
    at: async (page) => {
      await page.goto('/issues')
      await page.keyboard.press('?')
    },
    shows: '#keys:popover-open',
  })
  await see({
    title: 'an open ticket with a file, as Bruno of Level 1 sees it',
    who: 'bruno',
    at: `/issues/${open}`,
    shows: '.files a',
  })
  await see({
    title: 'a ticket that waits on its requester',
    who: 'bruno',
    at: `/issues/${waiting}`,
    shows: '.ticket .state-waiting',
  })
  await see({
    title: 'a ticket of Level 2 with its branch, as Carla sees it',
    who: 'carla',
    at: `/issues/${second}`,
    shows: '.branch code',
  })
  await see({
    title: 'a ticket of Level 2, as Bruno sees it',
    who: 'bruno',
    at: `/issues/${second}`,
    shows: '.branch code',
  })
  await see({
    title: 'a resolved ticket, as Davi sees it',
    who: 'davi',
    at: `/issues/${resolved}`,
    shows: '.reopen',
  })
  await see({
    title: 'a ticket with the labels of both levels',
    who: 'carla',
    at: `/issues/${bothLabels}`,
    shows: '.ladder',
  })
  await see({
    title: 'a long conversation that came by e-mail',
    who: 'carla',
    at: `/issues/${numberOf('WLAN in der Aula bricht ab')}`,
    shows: '.timeline',
  })
  for (const writing of ['note', 'escalate', 'hand-back', 'resolve'])
    await see({
      title: `writing: ${writing}`,
      who: 'carla',
      at: async (page) => {
        const iid = writing === 'hand-back' ? second : open
        await page.goto(`/issues/${iid}`)
        await page.locator(`label.composer-tab-${writing}`).click()
      },
      shows: `.writing-${writing} textarea:visible`,
    })
  await see({
    title: 'an action that says what was done',
    who: 'bruno',
    at: async (page) => {
      await page.goto(`/issues/${open}`)
      await page.locator('.writing-reply textarea').fill('Is the cable in?')
      await page.locator('.writing-reply button').click()
    },
    shows: '.flash-done',
  })
  await see({
    title: 'a reply in which nothing is written',
    who: 'bruno',
    at: async (page) => {
      await page.goto(`/issues/${open}`)
      await page.locator('.writing-reply textarea').fill('  \n ')
      await page.locator('.writing-reply button').click()
    },
    status: 422,
    shows: '#problem-reply',
  })
  await see({
    title: 'escalating what somebody has resolved meanwhile',
    who: 'bruno',
    at: async (page) => {
      const title = `Meanwhile ${performance.now()}`
      await ask(title)
      const iid = numberOf(title)
      await page.goto(`/issues/${iid}`)
      await act(carla, iid, 'resolve', { answer: 'Done.' })
      await page.locator('label.composer-tab-escalate').click()
      await page.locator('.writing-escalate textarea').fill('It is black again')
      await page.locator('.writing-escalate button').click()
    },
    status: 409,
    shows: '[aria-invalid=true]',
  })
  await see({ title: 'the link of Ana: open', who: 'a stranger', at: openLink, shows: '.standing-open' })
  await see({
    title: 'the link of Ana: we wait for her',
    who: 'a stranger',
    at: waitingLink,
    shows: '.standing-waiting ~ .mine-said .entry-answered',
  })
  await see({
    title: 'the link of Ana: resolved',
    who: 'a stranger',
    at: resolvedLink,
    shows: '.standing-resolved ~ .mine-said .entry-answered',
  })
  await see({
    title: 'my tickets, for a stranger at a desk that sends no mails',
    who: 'a stranger',
    at: '/my-tickets',
    shows: '.my-tickets .my-other-way',
  })
  await see({
    title: 'my tickets, for Ana with an account but no role, who has none yet',
    who: 'ana',
    at: '/my-tickets',
    shows: '.my-none',
  })
  await see({
    title: 'a link to my tickets that is over',
    who: 'a stranger',
    at: '/my-tickets/sign-in/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE',
    status: 404,
    shows: '.my-proof a',
  })
  await see({ title: 'nothing that GitLab was not told', who: 'davi', at: '/operations', shows: '.empty' })
  const { store } = desk.parts
  const opened = await store.read((reader) => reader.ticket({ iid: open }))
  const held = await keepMail(store, {
    state: 'quarantined',
    reason: 'too-much-memory',
    fromName: 'Somebody whose name is longer than any desk would like it to be',
    subject: `Offer ${'w'.repeat(200)}`,
    detail: 'the process took 130 MB',
  })
  const answer = await keepMail(store, { ticketId: opened?.id ?? null })
  await see({
    title: 'what was sent is held until a person has looked at it',
    who: 'a stranger',
    at: '/open-issue/held',
    shows: '.message[data-arrived]',
  })
  await see({ title: 'nothing that is held', who: 'davi', at: '/held', shows: '.empty' })
  await keepHeld(store, {
    title: `Offer ${'w'.repeat(200)}`,
    text: `Buy ${'now '.repeat(300)}`,
    requester: { name: 'Somebody', email: `${'w'.repeat(60)}@${'evil.'.repeat(20)}example`, username: null },
  })
  await see({ title: 'what waits for a lead', who: 'davi', at: '/held', shows: '.held li' })
  await see({ title: 'where is my mail', who: 'davi', at: '/mail', shows: '.mails tbody tr' })
  await see({ title: 'no such mail', who: 'davi', at: '/mail?q=flibbertigibbet', shows: '.empty' })
  await see({ title: 'a mail that is held', who: 'davi', at: `/mail/${held.id}`, shows: '.mail-ways form' })
  await see({
    title: 'the mail of a ticket',
    who: 'bruno',
    at: `/issues/${open}/mails/${answer.id}`,
    shows: '.mail-headers',
  })
  await see({ title: 'the figures', who: 'davi', at: '/kpi', shows: '.kpi-chart img' })
  await see({ title: 'the figures, for Bruno', who: 'bruno', at: '/kpi?by=week', shows: '.kpi-groups' })
  await see({
    title: 'the tickets behind a number',
    who: 'bruno',
    at: '/kpi/tickets?figure=inflow',
    shows: '.kpi-list tbody tr',
  })
  await see({
    title: 'the figures of one ticket',
    who: 'bruno',
    at: `/issues/${second}/figures`,
    shows: '.kpi-counted',
  })
  await see({ title: 'who did what', who: 'davi', at: '/audit', shows: '.audit tbody tr' })
  await see({ title: 'nobody did that', who: 'davi', at: '/audit?who=nobody', shows: '.empty' })
  await see({
    title: 'what is kept of Ana',
    who: 'davi',
    at: '/requesters?address=ana%40school.example',
    shows: '.data-ways form',
  })
  await see({
    title: 'somebody who cannot be',
    who: 'davi',
    at: '/requesters?address=nonsense',
    status: 422,
    shows: '#address[aria-invalid=true]',
  })
  await see({
    title: 'erasing what is kept of Ana',
    who: 'davi',
    at: '/requesters/erase?address=ana%40school.example',
    shows: '#confirm',
  })
  await store.write(async (writer) => {
    await writer.beginErasure({ id: 'e-1', at: 0, by: 'davi', whom: '' })
    await writer.countErasure('e-1', { tickets: 2, mails: 1 })
    const [oldest] = await writer.walk({ after: null, limit: 1 })
    await writer.eraseTicket(oldest?.id ?? '', 'e-1', 0)
  })
  await see({ title: 'an erasure', who: 'davi', at: '/erasures/e-1', shows: '.data-list li' })
  await see({ title: 'which notices Bruno wants', who: 'bruno', at: '/notices', shows: '.cards' })
  await see({
    title: 'notices without an address to send them to',
    who: 'bruno',
    at: async (page) => {
      await page.goto('/notices')
      await page.locator('#wish-all').check()
      await page.locator('.form-foot button').click()
    },
    status: 422,
    shows: '#address[aria-invalid=true]',
  })
  await see({
    title: 'a page that does not exist, for a stranger',
    who: 'a stranger',
    at: '/nowhere',
    status: 404,
    shows: '.message',
  })
  await see({
    title: 'a ticket that does not exist, for Bruno',
    who: 'bruno',
    at: '/issues/999999',
    status: 404,
    shows: '.message',
  })
  await see({
    title: 'the queue, for Ana who has no role here',
    who: 'ana',
    at: '/issues',
    status: 403,
    shows: '.message',
  })
  await see({
    title: 'an address that makes no sense',
    who: 'bruno',
    at: '/issues?view=all&view=mine',
    status: 400,
    shows: '.message',
  })
  await see({
    title: 'a form of another site',
    who: 'bruno',
    at: async (page) => {
      const form = `<form method="post" action="${desk.url}/issues/${open}/reopen"><button>Win</button></form>`
      await page.goto(`data:text/html,${encodeURIComponent(form)}`)
      await page.locator('button').click()
    },
    status: 403,
    shows: '.message',
  })

  await t.test('a picture that is opened by itself makes the browser complain of nothing', async () => {
    const known = cookies.get('bruno')
    const tab = await openTab(browser, desk.url, atTheDesk, known ? { cookies: known } : {})
    await tab.page.goto(`/issues/${open}/files/1`)
    assert.equal(tab.answered(), 200)
    assert.equal(await tab.page.evaluate('document.images[0].naturalWidth'), 1)
    assert.deepEqual(tab.troubles(), [])
    await tab.context.close()
  })

  await t.test('every page in the table of routes was looked at', () => {
    const pages = routes.filter(({ method, path }) => method === 'get' && !noPages.includes(path))
    const unseen = pages.filter(({ path }) => {
      const pattern = new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`)
      return ![...visited].some((address) => pattern.test(address))
    })
    assert.deepEqual(
      unseen.map(({ path }) => path),
      [],
    )
  })

  await t.test('when GitLab is away', async (when) => {
    const seeNow = (screen: Screen) => when.test(screen.title, () => look(screen))
    sandbox.faults([{ kind: 'status', status: 502, path: '^/api/' }])
    const link = await ask('Asked while GitLab is away')
    await until(
      'the desk notices',
      () => bruno.get('/issues'),
      ({ text }) => text.includes('banner-down'),
    )
    const found = await bruno.get('/issues?view=all&q=away')
    const address = /href="(\/issues\/[0-9a-f-]{36})"/u.exec(found.text)?.[1]
    assert.ok(address)
    await seeNow({
      title: 'the link of Ana says that it is on its way',
      who: 'a stranger',
      at: link,
      shows: '.on-its-way',
    })
    await seeNow({
      title: 'the queue says that GitLab does not answer',
      who: 'bruno',
      at: '/issues',
      shows: '.banner-down',
    })
    await seeNow({
      title: 'the ticket says what GitLab does not know yet',
      who: 'davi',
      at: address,
      shows: '.operation',
    })
    await seeNow({
      title: 'the lead sees what GitLab was not told',
      who: 'davi',
      at: '/operations',
      shows: '.operations-all li',
    })
  })
})

const wordsOf = (start: object) => Object.keys(start).join('|')
/** A key of the locales that stands on a page instead of its sentence, or a hole that nothing filled. */
const unsaid = new RegExp(
  `(?<![\\w./@-])(?:${wordsOf(en)})\\.[a-z][\\w-]*(?:\\.[a-z][\\w-]*)*|\\{\\{|undefined|\\[object `,
)

/** What is beyond the edge of the screen, although nothing there can be scrolled sideways. */
const overflowing = `(() => {
  const root = document.documentElement
  const wide = root.scrollWidth > root.clientWidth ? ['the page is ' + root.scrollWidth + ' wide'] : []
  const scrolls = (e) => { for (let up = e; up && up !== root; up = up.parentElement) {
    const style = getComputedStyle(up)
    if (style.overflowX === 'auto' || style.overflowX === 'scroll' || style.clipPath !== 'none' || style.clip !== 'auto') return true
  } return false }
  for (const e of document.body.querySelectorAll('*')) {
    const { left, right, width, height } = e.getBoundingClientRect()
    if (width > 1 && height > 1 && (right > root.clientWidth + 1 || left < -1) && !scrolls(e) && getComputedStyle(e).visibility === 'visible')
      wide.push(e.tagName.toLowerCase() + '.' + e.getAttribute('class') + ' from ' + Math.round(left) + ' to ' + Math.round(right))
  }
  return wide
})()`

/** Everything that is wrong with what the page shows. */
const flaws = async (page: Page, locale: string): Promise<string[]> => {
  const [{ violations }, wide, lang, text] = await Promise.all([
    new AxeBuilder({ page })
      // A stranger's mail is not ours to judge, and no script gets into its sandbox.
      .options({ iframes: false, resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })
      .setLegacyMode()
      .analyze(),
    page.evaluate<string[]>(overflowing),
    page.locator('html').getAttribute('lang'),
    page.locator('body').innerText(),
  ])
  const missing = unsaid.exec(`${await page.title()}\n${text}`)
  return [
    ...violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
    ),
    ...wide,
    ...(lang === locale ? [] : [`the page says it is in ${lang}`]),
    ...(missing ? [`a sentence is missing: ${missing[0]}`] : []),
  ]
}
