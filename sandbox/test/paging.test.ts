import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDesk, type Reply } from './support/desk.ts'

type Listed = Reply<{ iid: number; updated_at: string }[]>
const next = (answer: Listed) => /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]

test('offset pages carry GitLab’s headers, an empty next page at the end', async (t) => {
  const desk = await openDesk(t, { empty: false, issues: 45 })
  const list = (query: string): Promise<Listed> => desk.bot('GET', `/projects/1/issues?${query}`)
  const first = await list('per_page=20')
  assert.equal(first.headers.get('x-total'), '45')
  assert.equal(first.headers.get('x-total-pages'), '3')
  assert.equal(first.headers.get('x-next-page'), '2')
  assert.equal(first.headers.get('x-prev-page'), '')
  assert.match(first.headers.get('link') ?? '', /rel="next".*rel="first".*rel="last"/)
  assert.ok(next(first)?.startsWith(desk.sandbox.url))
  const last = await list('per_page=20&page=3')
  assert.equal(last.body.length, 5)
  assert.equal(last.headers.get('x-next-page'), '')
  assert.equal((await list('per_page=500')).headers.get('x-per-page'), '100')
})

test('keyset pages walk over everything once and carry no totals', async (t) => {
  const desk = await openDesk(t, { empty: false, issues: 250 })
  const seen: number[] = []
  let path: string | undefined =
    '/projects/1/issues?pagination=keyset&order_by=updated_at&sort=asc&per_page=100'
  while (path) {
    const answer: Listed = await desk.bot('GET', path)
    assert.equal(answer.headers.get('x-total'), null)
    seen.push(...answer.body.map((issue) => issue.iid))
    path = next(answer)?.slice(`${desk.sandbox.url}/api/v4`.length)
  }
  assert.equal(seen.length, 250)
  assert.equal(new Set(seen).size, 250)
})

test('keyset with an order it does not know falls back to offset pages', async (t) => {
  const desk = await openDesk(t, { empty: false, issues: 3 })
  const answer: Listed = await desk.bot('GET', '/projects/1/issues?pagination=keyset&order_by=popularity')
  assert.equal(answer.headers.get('x-total'), '3')
})

test('totals are left out above 10,000, and offsets end at 50,000', async (t) => {
  const desk = await openDesk(t, { empty: false, issues: 10_050 })
  const many: Listed = await desk.bot('GET', '/projects/1/issues?per_page=100&page=2')
  assert.equal(many.headers.get('x-total'), null)
  assert.doesNotMatch(many.headers.get('link') ?? '', /rel="last"/)
  assert.equal(many.headers.get('x-next-page'), '3')
  const few: Listed = await desk.bot('GET', '/projects/1/issues?per_page=100&state=opened')
  assert.ok(Number(few.headers.get('x-total')) > 0)
  const far = await desk.bot('GET', '/projects/1/issues?per_page=100&page=501')
  assert.equal(far.status, 405)
  assert.match(
    String(far.body.error),
    /maximum allowed offset of 50000 for requests that return objects of type Issue/,
  )
})
