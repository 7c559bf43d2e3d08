// What is kept of one person is handed out and erased by those who lead the desk, and by nobody by mistake.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestDoor } from '../../support/door.ts'
import { openDoor } from '../../support/door.ts'
import { keepMail } from '../../support/mails.ts'

const ana = 'ana@school.example'
const of = (email: string) => ({ requester: { name: 'Ana Alves', email, username: null } })
const titleOf = async (door: TestDoor, id: string) =>
  (await door.store.read((reader) => reader.ticket({ id })))?.title

test('a lead sees what there is, and a wrong address is told', async () => {
  await using door = await openDoor()
  await door.keep({ ...of('Ana@School.example'), title: 'The crimson screen' })
  await door.keep({ ...of('eve@school.example'), title: 'Not hers' })
  await keepMail(door.store, { from: ana })
  const davi = await door.signedIn('davi')
  const { text } = await davi.get(`/requesters?address=${encodeURIComponent(ana)}`)
  assert.match(text, /1 tickets, 1 mails, 0 held/u)
  assert.match(text, /The crimson screen/u)
  assert.doesNotMatch(text, /Not hers/u)
  for (const wrong of ['nonsense', '%', 'a@b c', '@', "' or 1=1"]) {
    const answer = await davi.get(`/requesters?address=${encodeURIComponent(wrong)}`)
    assert.equal(answer.status, 422, wrong)
    assert.match(answer.text, /neither an e-mail address/u)
  }
})

test('the export is a file that does nothing, in JSON and as text, and stands in the log', async () => {
  await using door = await openDoor()
  await door.keep({ ...of(ana), title: '<script>alert(1)</script>' })
  const davi = await door.signedIn('davi')
  const json = await davi.post('/requesters/export', { address: ana, format: 'json' })
  assert.match(json.headers['content-disposition'] ?? '', /^attachment/u)
  assert.equal(JSON.parse(json.text).tickets.length, 1)
  const text = await davi.post('/requesters/export', { address: ana, format: 'text' })
  assert.equal(text.headers['content-type'], 'text/plain; charset=utf-8')
  assert.match(text.headers['content-security-policy'] ?? '', /sandbox/u)
  const audit = (await davi.get('/audit?what=export')).text
  assert.equal(audit.match(/Requester(?:'|&#39;)s data exported<\/span>/gu)?.length, 2)
  assert.doesNotMatch(audit, /school\.example/u)
})

test('erasing asks first; what was typed wrongly erases nothing', async () => {
  await using door = await openDoor()
  const { id } = await door.keep({ ...of(ana), title: 'The crimson screen' })
  const davi = await door.signedIn('davi')
  const asked = await davi.get(`/requesters/erase?address=${encodeURIComponent(ana)}`)
  assert.match(asked.text, /This cannot be undone/u)
  assert.equal(await titleOf(door, id), 'The crimson screen')
  for (const confirm of ['', 'yes', 'eve@school.example']) {
    const refused = await davi.post('/requesters/erase', { address: ana, confirm })
    assert.equal(refused.status, 422)
    assert.match(refused.text, /nothing was erased/u)
  }
  assert.equal(await titleOf(door, id), 'The crimson screen')
  const erased = await davi.post('/requesters/erase', { address: ana, confirm: 'ANA@school.example' })
  assert.match(erased.location, /^\/erasures\/[\w-]+$/u)
  assert.equal(await titleOf(door, id), 'Erased on request.')
  const { text } = await davi.follow(erased)
  assert.match(text, /erased here; GitLab is being told/u)
  assert.doesNotMatch(text, /school\.example|crimson/u)
  assert.doesNotMatch((await davi.get('/audit')).text, /school\.example|crimson/u)
  assert.doesNotMatch(JSON.stringify(door.lines), /school\.example|crimson/u)
})

test('when a person has deleted the files in GitLab, their paths are forgotten too', async () => {
  await using door = await openDoor()
  const ticket = await door.keep(of(ana))
  const path = `/uploads/${'a0'.repeat(16)}/passport.png`
  await door.store.write((writer) =>
    writer.adopt([
      {
        ticket: { ...ticket, iid: 900, id: 'x-900' },
        events: null,
        readAt: null,
        files: [{ name: 'p', path }],
      },
    ]),
  )
  const davi = await door.signedIn('davi')
  const erased = await davi.post('/requesters/erase', { address: ana, confirm: ana })
  const before = await davi.follow(erased)
  assert.match(before.text, new RegExp(`href="http://gitlab.invalid/demo/helpdesk${path}"`, 'u'))
  const seen = await davi.post(`${erased.location}/seen`)
  assert.doesNotMatch((await davi.follow(seen)).text, /passport/u)
})

test('on an erased ticket nobody answers for whoever asked; agents go on', async () => {
  await using door = await openDoor()
  const { iid } = await door.keep({ ...of(ana), title: 'The crimson screen' })
  const davi = await door.signedIn('davi')
  await davi.post('/requesters/erase', { address: ana, confirm: ana })
  const page = await davi.get(`/issues/${iid}`)
  assert.equal(page.status, 200)
  assert.match(page.text, /Erased on request\./u)
  const note = await davi.post(`/issues/${iid}/notes`, { body: 'Nothing left to do' })
  assert.equal(note.status, 303)
})
