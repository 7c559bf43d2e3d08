// Takes the pictures of the README: a sandbox with its believable desk, a little played, then looked at with the
// browser of the tests. scripts/run scripts/screenshots.ts [name …]

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Look } from '../test/browser/tab.ts'
import { atTheDesk, onThePhone, openTab, readThrough, signIn } from '../test/browser/tab.ts'
import { launchBrowser } from '../test/support/browser.ts'
import { openDesk } from '../test/support/desk.ts'

const folder = fileURLToPath(new URL('../docs/screenshots', import.meta.url))
/** Pictures come with every clone. Bytes. */
const largest = 200_000

const wanted = process.argv.slice(2)
const inEnglish: Look = { ...onThePhone, locale: 'en', dark: false }

await using desk = await openDesk({ sandbox: { empty: false, year: true } })
await using browser = await launchBrowser()

const bruno = await desk.signedIn('bruno')
const carla = await desk.signedIn('carla')
const somebody = desk.stranger()

const title = '[Hardware] My second screen stays black since the update'

const ask = async (fields: Record<string, string>, files: string[] = []): Promise<string> => {
  const form = await somebody.get('/open-issue')
  const sent = await somebody.postFiles(
    '/open-issue',
    { category: '', key: somebody.hidden(form, 'key'), ...fields },
    files.map((name) => ({
      name,
      type: 'text/plain',
      bytes: 'usb 1-2: device descriptor read/64, error -71\n',
    })),
  )
  return sent.location
}
const act = async (who: typeof bruno, iid: number, deed: string, fields: Record<string, string>) => {
  const { status, text } = await who.post(`/issues/${iid}/${deed}`, fields)
  if (status !== 303) throw new Error(`${deed} was answered ${status}: ${text}`)
}

await readThrough(desk)
const link = await ask(
  {
    title,
    description:
      'The right screen gets no signal any more, the left one works.\n\n- cable and socket changed, no difference\n- with my colleague’s laptop it **works**',
    name: 'Ana Souza',
    email: 'ana.souza@school.example',
  },
  ['messages.log'],
)
const iid = desk.sandbox.issues().find((issue) => issue.title === title)?.iid
if (iid === undefined) throw new Error('the ticket did not arrive')
await act(bruno, iid, 'assignee', { assignee: 'bruno' })
await act(bruno, iid, 'replies', {
  body: 'Thank you, that helps. Which docking station is it? The name stands underneath.',
})
await act(bruno, iid, 'notes', {
  body: 'Third one this week, all on the **D6000**. Looks like the new driver.',
})
await act(bruno, iid, 'escalate', { reason: 'Please hold the driver back for this model.', from: '1' })
await act(carla, iid, 'assignee', { assignee: 'carla' })
await desk.settled(iid)

/** A year with something in every chart. */
const figures = '/kpi?period=last-365-days'
/** Tickets of every kind on one screen. */
const open = '/issues?view=all&state=open'
const pictures: { name: string; look: Look; who: string | null; at: string }[] = [
  { name: 'dashboard', look: atTheDesk, who: 'bruno', at: open },
  { name: 'dashboard-dark', look: { ...atTheDesk, dark: true }, who: 'bruno', at: open },
  { name: 'dashboard-de', look: { ...atTheDesk, locale: 'de' }, who: 'bruno', at: open },
  { name: 'dashboard-phone', look: inEnglish, who: 'bruno', at: '/issues?view=level-1' },
  { name: 'ticket', look: atTheDesk, who: 'carla', at: `/issues/${iid}` },
  { name: 'ticket-dark', look: { ...atTheDesk, dark: true }, who: 'carla', at: `/issues/${iid}` },
  { name: 'figures', look: atTheDesk, who: 'davi', at: figures },
  { name: 'figures-dark', look: { ...atTheDesk, dark: true }, who: 'davi', at: figures },
  { name: 'open-issue', look: atTheDesk, who: null, at: '/open-issue?category=Hardware' },
  { name: 'requester-phone', look: inEnglish, who: null, at: link },
]

mkdirSync(folder, { recursive: true })
for (const { name, look, who, at } of pictures.filter(
  (one) => wanted.length === 0 || wanted.includes(one.name),
)) {
  const { page, context } = await openTab(browser, desk.url, look)
  if (who !== null) await signIn(page, who)
  await page.goto(at)
  // Charts below are loaded when somebody gets there.
  await page.waitForLoadState('networkidle')
  const png = await page.screenshot()
  if (png.length > largest) throw new Error(`${name} is too large: ${png.length} bytes`)
  writeFileSync(path.join(folder, `${name}.png`), png)
  console.log(`docs/screenshots/${name}.png  ${Math.round(png.length / 1_000)} kB`)
  await context.close()
}
