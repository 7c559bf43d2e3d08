// What each action costs in calls to GitLab, against the fewest that can do it. Readings are
// counted apart: they find out, they do not tell.

import { type Browser, openBrowser } from './browser.ts'
import { sleep } from './load.ts'
import type { Desk, Sandbox } from './processes.ts'
import type { Figure } from './report.ts'

type Action = {
  readonly name: string
  readonly least: readonly string[]
  /** Does it and answers where the desk leads then. */
  readonly act: (browser: Browser, iid: number) => Promise<string>
}

const put = 'PUT /projects/:id/issues/:iid'
const note = 'POST /projects/:id/issues/:iid/notes'
const branch = 'POST /projects/:id/repository/branches'
const open = 'POST /projects/:id/issues'

const post =
  (action: string, fields: Readonly<Record<string, string>>): Action['act'] =>
  async (browser, iid) =>
    (await browser.post(`/issues/${iid}/${action}`, fields)).to

const opening = {
  title: 'The projector in room 12 stays dark',
  description: 'It hums, the lamp blinks twice, and then nothing happens.',
  category: 'Hardware',
}
const ana = { name: 'Ana', email: 'ana@school.example' }

/** One ticket's way through the desk, in this order. */
const actions: readonly Action[] = [
  {
    name: 'open',
    least: [open],
    act: async (browser) => (await browser.post('/open-issue', opening)).to,
  },
  {
    // From then on Service Desk mails the answers, which is one command to it.
    name: 'open for an address',
    least: [open, note],
    act: async (browser) => (await browser.post('/open-issue', { ...opening, ...ana })).to,
  },
  { name: 'reply', least: [note], act: post('replies', { body: 'Is the cable in?' }) },
  { name: 'internal note', least: [note], act: post('notes', { body: 'Third one this week.' }) },
  { name: 'assign', least: [put], act: post('assignee', { assignee: 'bruno' }) },
  { name: 'change category', least: [put], act: post('category', { category: 'Gitlab Account' }) },
  { name: 'set waiting', least: [put], act: post('waiting', { waiting: 'on' }) },
  {
    name: 'escalate',
    least: [put, branch, note],
    act: post('escalate', { reason: 'Needs a new lamp.', from: '1' }),
  },
  { name: 'hand back', least: [put, note], act: post('hand-back', { reason: 'Lamp is here.', from: '2' }) },
  { name: 'resolve', least: [put, note], act: post('resolve', { answer: 'There is a new lamp in it.' }) },
  { name: 'reopen', least: [put], act: post('reopen', {}) },
]

const isReading = (call: string): boolean => /^(GET|HEAD) /u.test(call)

/** A route by its shape, whatever its parameters are called. */
const shape = (call: string): string => call.replace(/:[a-z_]+/gu, ':')

const tally = (calls: readonly string[]): string => {
  const counted = new Map<string, number>()
  for (const call of calls) counted.set(shape(call), (counted.get(shape(call)) ?? 0) + 1)
  return [...counted]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([call, times]) => `${times} ${call.replace('/projects/:', '')}`)
    .join(' + ')
}

const settled = async (desk: Desk): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    if ((await desk.ask({ kind: 'unsettled' })) === 0) return
    await sleep(25)
  }
  throw new Error('operations were not settled within five seconds')
}

const isTicket = (place: string): number | null => {
  const iid = /^\/issues\/(\d+)$/u.exec(place)?.[1]
  return iid === undefined ? null : Number(iid)
}

export const countCalls = async (sandbox: Sandbox, desk: Desk): Promise<Figure[]> => {
  const browser = await openBrowser(desk.url, 'carla')
  const figures: Figure[] = []
  let iid = 0
  for (const { name, least, act } of actions) {
    await settled(desk)
    await sandbox.forget()
    const place = await act(browser, iid)
    await settled(desk)
    const calls = Object.entries(await sandbox.calls()).flatMap(([call, times]) =>
      Array.from({ length: times }, () => call),
    )
    iid = isTicket(place) ?? iid
    const changing = calls.filter((call) => !isReading(call))
    const readings = calls.filter(isReading)
    figures.push({
      name: `calls to ${name}`,
      value: `${changing.length}, and ${readings.length} readings`,
      against: tally(least),
      ratio: changing.length / least.length,
      limit: 'exactly these',
      met: tally(changing) === tally(least),
      detail: { changing: tally(changing), readings: tally(readings) },
    })
  }
  return figures
}
