// Ana asks that everything of hers be erased. Davi does it on the page, GitLab is told by itself, and nothing of
// it comes back.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDesk } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'

const ana = 'ana@school.example'

test('Ana’s data are handed out, then erased here and in GitLab, and the log says who did it', async () => {
  await using desk = await openDesk({})
  const stranger = desk.stranger()
  const form = await stranger.get('/open-issue')
  const sent = await stranger.postFiles(
    '/open-issue',
    {
      title: 'The crimson screen',
      description: 'It stays black since the kettle fell on it.',
      category: 'Hardware',
      name: 'Ana Souza',
      email: ana,
      key: stranger.hidden(form, 'key'),
    },
    [],
  )
  assert.equal(sent.status, 303, sent.text)
  await desk.settled(1)
  const bruno = await desk.signedIn('bruno')
  await bruno.post('/issues/1/replies', { body: 'We look at it.' })
  await desk.settled(1)

  const davi = await desk.signedIn('davi')
  const got = await davi.post('/requesters/export', { address: ana, format: 'json' })
  assert.equal(JSON.parse(got.text).tickets[0].conversation.at(-1).text, 'We look at it.')

  const erased = await davi.post('/requesters/erase', { address: ana, confirm: ana })
  assert.equal(erased.status, 303, erased.text)
  assert.equal((await davi.get('/issues?view=all&q=kettle')).text.includes('crimson'), false)
  assert.equal((await stranger.get(sent.location)).status, 404, 'her link has ended')
  await eventually('GitLab knows', async () => {
    const issue = desk.sandbox.issues().find(({ iid }) => iid === 1)
    return issue?.title === 'Erased on request.' ? issue : null
  })
  await eventually('the page says so', async () => {
    const { text } = await davi.get(erased.location)
    return text.includes('erased here and in GitLab') ? text : null
  })
  const ticket = await davi.get('/issues/1')
  assert.match(ticket.text, /Erased on request\./u)
  assert.match(ticket.text, /We look at it\./u)
  assert.doesNotMatch(ticket.text, /Ana Souza|school\.example|crimson|kettle/u)

  const log = (await davi.get('/audit')).text
  for (const deed of ['data exported', 'data erased', 'Reply', 'Signed in'])
    assert.ok(log.includes(deed), deed)
  assert.match(log, /is whole/u)
  assert.doesNotMatch(log, /Ana Souza|school\.example|crimson|kettle/u)
})
