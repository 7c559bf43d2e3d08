// Hostile texts by the way people send them: the form and the composer of a whole desk, over HTTP, into a sandbox.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDesk } from '../support/desk.ts'
import { texts } from './inputs/texts.ts'
import { titles } from './inputs/titles.ts'
import { textOf } from './row.ts'

test('what Ana asks and Bruno answers does nothing in GitLab but stand there', async () => {
  await using desk = await openDesk({ sandbox: { serviceDesk: false, limits: { notes: 0, issues: 0 } } })
  const { sandbox } = desk
  const own = (text: string) => text.replaceAll('https://gitlab.school.example', sandbox.url)
  const short = texts.map(({ input }) => own(textOf(input))).filter(({ length }) => length < 1_000)
  /** All of them, a few to each ticket: nothing between two of them protects the next. */
  const portions = Array.from({ length: 8 }, (_, n) => short.filter((__, at) => at % 8 === n))
  const ana = await desk.signedIn('ana')
  const bruno = await desk.signedIn('bruno')
  for (const [n, portion] of portions.entries()) {
    const form = await ana.get('/open-issue')
    const sent = await ana.post('/open-issue', {
      ...Object.fromEntries(
        [...form.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
          ([, name = '', value = '']) => [name, value],
        ),
      ),
      title: own(textOf(titles[n]?.input ?? 'x')),
      description: portion.join('\n'),
      category: 'Hardware',
    })
    assert.equal(sent.status, 303, sent.text.slice(0, 2_000))
  }
  await desk.settled(portions.length)
  assert.equal(sandbox.issues().length, portions.length)
  for (const [n, portion] of portions.entries())
    for (const place of ['replies', 'notes']) {
      const sent = await bruno.post(`/issues/${n + 1}/${place}`, {
        body: portion.filter((text) => text.startsWith('/')).join('\n') || '/close',
      })
      assert.equal(sent.status, 303, sent.text.slice(0, 2_000))
    }
  for (const { iid } of sandbox.issues()) {
    await desk.settled(iid)
    const issue = sandbox.issue(iid)
    assert.deepEqual([issue?.state, issue?.confidential], ['opened', 1], `ticket ${iid}`)
    assert.deepEqual([...(issue?.labels ?? [])].sort(), ['hardware', 'level::1'])
    assert.equal(sandbox.notes(iid).filter(({ system }) => !system).length, 2, `notes of ${iid}`)
    assert.deepEqual(sandbox.emails(iid), [])
  }
  // An agent may mean a mention; Ana never.
  const byAna = (one: { note_id: number | null }) => one.note_id === null
  assert.deepEqual(sandbox.mentions().filter(byAna), [])
  assert.deepEqual(sandbox.crossReferences().filter(byAna), [])
  assert.deepEqual(sandbox.todos().filter(byAna), [])
})
