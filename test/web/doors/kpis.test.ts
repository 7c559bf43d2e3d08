// The figures at the browser's door: what the page links to answers, lists hold what their number says, pictures
// are pictures and nothing else, and their tables are the page's.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TestDoor } from '../../support/door.ts'
import { openDoor } from '../../support/door.ts'
import type { Answer, Visitor } from '../../support/visitor.ts'
import { writeYear } from '../../support/year-of-tickets.ts'

let door: TestDoor
let davi: Visitor
let bruno: Visitor

before(async () => {
  door = await openDoor()
  const { store, parts } = door
  await writeYear(store, { tickets: 120, now: parts.clock.now(), desk: parts.desk })
  davi = await door.signedIn('davi')
  bruno = await door.signedIn('bruno')
})
after(() => door[Symbol.asyncDispose]())

const unescaped = (text: string): string => text.replaceAll('&amp;', '&').replaceAll('&#39;', "'")

const cellsOf = (csv: string): string[][] =>
  csv
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/"((?:[^"]|"")*)"/gu)].map(([, cell = '']) => cell.replaceAll('""', '"')),
    )

const ok = (answer: Answer, what: string): Answer => {
  assert.equal(answer.status, 200, `${what}: ${answer.text.slice(0, 200)}`)
  return answer
}

const year = '/kpi?period=last-365-days'

test('every number, group, chart and table of the page answers', async () => {
  const { text } = ok(await davi.get(year), year)
  const addresses = new Set(
    [...text.matchAll(/(?:href|src|srcset)="(\/kpi[^"#]*)/gu)].map(([, url = '']) => unescaped(url)),
  )
  // The other language is a redirect.
  for (const url of addresses) if (url.includes('lang=')) addresses.delete(url)
  assert.ok(addresses.size > 150, `only ${addresses.size}`)
  for (const url of addresses) ok(await davi.get(url), url)
  assert.deepEqual(
    door.lines.filter(({ level }) => level === 'error'),
    [],
  )
})

test('a list holds as many tickets as its number says, and so does its table', async () => {
  const { text } = ok(await davi.get(year), year)
  for (const figure of ['inflow', 'backlog', 'frt', 'ttr', 'level_2']) {
    const link = [...text.matchAll(/<a class="kpi-number" href="([^"]*)"[^>]*>(\d[\d,]*)<\/a>/gu)].find(
      ([, url = '']) => new RegExp(`figure=${figure}$`, 'u').test(unescaped(url)),
    )
    assert.ok(link, `${figure} is on the page as a number`)
    const [, url = '', told = ''] = link
    const count = Number(told.replaceAll(',', ''))
    const list = ok(await davi.get(unescaped(url)), figure).text
    assert.match(list, new RegExp(`${count.toLocaleString('en')} tickets?,`, 'u'), figure)
    const rows = cellsOf(
      ok(await davi.get(unescaped(url).replace('/tickets?', '/tickets.csv?')), figure).text,
    )
    assert.equal(rows.length - 1, count, figure)
  }
})

test('the list turns pages without losing a ticket, and each leads to the ticket and its figures', async () => {
  const url = '/kpi/tickets?period=last-365-days&figure=inflow'
  const numbers: string[] = []
  for (let page: string | undefined = url; page !== undefined; ) {
    const { text }: Answer = ok(await davi.get(page), page)
    numbers.push(...[...text.matchAll(/<td class="c-number">#(\d+)<\/td>/gu)].map(([, n = '']) => n))
    const next: string | undefined = /rel="next" href="([^"]*)"/u.exec(text)?.[1]
    page = next === undefined ? undefined : unescaped(next)
  }
  assert.ok(numbers.length > 100)
  assert.equal(new Set(numbers).size, numbers.length)
  const explained = ok(await davi.get(`/issues/${numbers[0]}/figures`), 'figures').text
  assert.match(explained, new RegExp(`href="/issues/${numbers[0]}"`, 'u'))
  assert.match(ok(await davi.get(`/issues/${numbers[0]}`), 'ticket').text, /\/figures"/u)
})

test('the table under a chart is its CSV, number by number', async () => {
  const { text } = ok(await davi.get(year), year)
  for (const name of ['flow', 'response', 'time', 'escalations', 'backlog']) {
    const figure =
      new RegExp(`<figure class="kpi-chart" id="chart-${name}">.*?</figure>`, 'su').exec(text)?.[0] ?? ''
    const shown = [...figure.matchAll(/<tr><th scope="row">.*?<\/tr>/gsu)].map(([row]) =>
      [...row.matchAll(/<data value="([^"]*)"/gu)].map(([, value = '']) => value),
    )
    const csv = unescaped(/href="([^"]*\.csv[^"]*)"/u.exec(figure)?.[1] ?? '')
    const answer = ok(await davi.get(csv), name)
    assert.match(answer.headers['content-disposition'] ?? '', /^attachment; filename="[\w-]+\.csv"$/u)
    const [head = [], ...rows] = cellsOf(answer.text)
    assert.ok(head.length > 2 && rows.length > 0, name)
    assert.deepEqual(
      rows.map(([, ...values]) => values),
      shown,
      name,
    )
  }
})

test('a chart is a picture that acts on nothing and is kept by nobody but the browser', async () => {
  const { headers, text } = ok(await davi.get('/kpi/flow.svg?period=last-365-days&theme=dark'), 'flow')
  assert.equal(headers['content-type'], 'image/svg+xml')
  assert.equal(headers['cache-control'], 'private, max-age=60')
  assert.equal(headers['content-security-policy'], "default-src 'none'; style-src 'unsafe-inline'; sandbox")
  assert.match(text, /^<svg /u)
  assert.doesNotMatch(text, /<script|#12614f/u)
  for (const path of ['/kpi/nothing.svg', '/kpi/nothing.csv', '/kpi/tickets?figure=nothing', '/kpi/tickets'])
    assert.equal((await davi.get(path)).status, 404, path)
})

test('agents see the desk and not single people', async () => {
  assert.match((await davi.get('/kpi?by=agent&period=last-365-days')).text, /emil/u)
  const { text } = ok(await bruno.get('/kpi?by=agent&period=last-365-days&agent=emil'), 'agent')
  assert.doesNotMatch(/<main.*/su.exec(text)?.[0] ?? 'emil', /emil|name="agent"/u)
  assert.equal((await door.stranger().get('/kpi')).status, 303)
})

test('an empty desk and one with a single ticket have their page, too', async () => {
  await using empty = await openDoor()
  const lead = await empty.signedIn('davi')
  assert.match(ok(await lead.get('/kpi'), 'empty').text, /There is nothing to draw/u)
  const ticket = await empty.keep({})
  assert.match(ok(await lead.get('/kpi'), 'one').text, /figure=inflow">1<\/a>/u)
  assert.match(ok(await lead.get(`/issues/${ticket.iid}/figures`), 'one').text, /so far/u)
})

test('what cannot be is as not asked for', async () => {
  for (const query of [
    '?period=never&category=Nothing&level=99&by=moon&clock=sun&from=x&to=y',
    '?from=2026-13-01&to=2026-01-99',
    '?agent=%00%0d%0a&lang=xx',
  ]) {
    const answer = await davi.get(`/kpi${query}`)
    ok(answer.status === 303 ? await davi.follow(answer) : answer, query)
  }
})
