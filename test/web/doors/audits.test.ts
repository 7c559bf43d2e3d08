// Who did what is kept for those who lead the desk: every action and every no, and nothing that anybody wrote.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditQuery } from '../../../src/application/audit-ports.ts'
import { csvCell } from '../../../src/web/csv.ts'
import { openDoor, type TestDoor } from '../../support/door.ts'
import { keepMail, rawMail } from '../../support/mails.ts'
import { minute } from '../../support/tickets.ts'

const everything: AuditQuery = {
  by: null,
  what: null,
  ticketId: null,
  from: null,
  to: null,
  cursor: null,
  limit: 500,
}

/** The oldest first: who, what, with which result. */
const told = async (door: TestDoor): Promise<string[]> => {
  const { records } = await door.store.read((reader) => reader.audit(everything))
  return records
    .map(({ by, what, result }) => `${by.kind === 'agent' ? by.username : by.kind} ${what} ${result}`)
    .reverse()
}

test('each action of an agent and of a lead stands in the log, and so does each no', async () => {
  await using door = await openDoor()
  const ticket = await door.keep({})
  const stuck = await door.keep({})
  const operation = await door.keepStuck(stuck)
  const held = await keepMail(door.store, { state: 'quarantined', source: rawMail({ text: 'secret words' }) })
  const before = (await told(door)).length
  const bruno = await door.signedIn('bruno')
  const at = `/issues/${ticket.iid}`
  await bruno.post(`${at}/replies`, { body: 'the secret words' })
  await bruno.post(`${at}/notes`, { body: 'the secret words' })
  await bruno.post(`${at}/category`, { category: 'Gitlab Account' })
  await bruno.post(`${at}/assignee`, { assignee: 'bruno' })
  await bruno.post(`${at}/waiting`, { waiting: 'on' })
  await bruno.post(`${at}/escalate`, { from: '1', reason: 'the secret words' })
  await bruno.post(`${at}/hand-back`, { from: '2', reason: 'x' })
  await bruno.post(`${at}/resolve`, { answer: 'the secret words' })
  await bruno.post(`${at}/escalate`, { from: '2', reason: 'x' })
  await bruno.post(`${at}/reopen`)
  await bruno.post('/notices', { wish: 'mine', address: 'bruno@desk.example', language: 'en' })
  await bruno.get('/operations')
  await bruno.post('/sign-out')
  const davi = await door.signedIn('davi')
  await davi.post(`/operations/${operation}/retry`)
  await davi.get(`/mail/${held.id}/source`)
  await davi.post(`/mail/${held.id}/open`)
  await davi.get('/audit.csv')
  assert.deepEqual((await told(door)).slice(before), [
    'bruno sign-in done',
    'bruno reply done',
    'bruno note done',
    'bruno categorise done',
    'bruno assign done',
    'bruno wait done',
    'bruno escalate done',
    'bruno hand-back not-your-role',
    'bruno resolve done',
    'bruno escalate ticket-resolved',
    'bruno reopen done',
    'bruno choose-notices done',
    'bruno use no-right',
    'bruno sign-out done',
    'davi sign-in done',
    'davi retry done',
    'davi look-at-mail done',
    'davi open-mail done',
    'davi export-audit done',
  ])
  const { text } = await davi.get('/audit')
  assert.match(text, /Verified: the chain of \d+ entries is whole/u)
  assert.doesNotMatch(text, /secret words|desk\.example|school\.example/u)
})

test('whoever has no rights cannot fill the log by knocking again', async () => {
  await using door = await openDoor({ members: { mallory: 'requester' } })
  const mallory = await door.signedIn('mallory')
  for (let n = 0; n < 20; n++) {
    await mallory.get(`/issues/${n + 1}`)
    await mallory.get('/operations')
  }
  const knocks = async () => (await told(door)).filter((line) => line === 'mallory use no-right').length
  assert.equal(await knocks(), 2)
  door.turn(minute)
  await mallory.get('/operations')
  assert.equal(await knocks(), 3)
  await door.stranger().get('/operations')
  assert.equal(await knocks(), 3)
})

test('filters stand in the address, and what makes no sense is as not said', async () => {
  await using door = await openDoor()
  const ticket = await door.keep({})
  const bruno = await door.signedIn('bruno')
  await bruno.post(`/issues/${ticket.iid}/notes`, { body: 'x' })
  const davi = await door.signedIn('davi')
  const lines = async (query: string) =>
    [...(await davi.get(`/audit${query}`)).text.matchAll(/<td class="c-who">([^<]*)/gu)].map(([, who]) => who)
  assert.deepEqual(await lines(''), ['@davi', '@bruno', '@bruno'])
  assert.deepEqual(await lines('?who=davi'), ['@davi'])
  assert.deepEqual(await lines('?who=@bruno&what=note'), ['@bruno'])
  assert.deepEqual(await lines(`?ticket=%23${ticket.iid}`), ['@bruno'])
  assert.deepEqual(await lines('?ticket=987654'), [])
  assert.deepEqual(await lines('?from=2026-06-08&to=2026-06-08'), ['@davi', '@bruno', '@bruno'])
  assert.deepEqual(await lines('?to=2026-06-07'), [])
  assert.equal((await lines('?what=nonsense&from=soon&to=2026-99-99&cursor=x')).length, 3)
})

test('in the table for a spreadsheet no cell acts', async () => {
  for (const evil of [
    '=1+1',
    ' =1',
    '\t=1',
    '+1',
    '-1',
    '@SUM(1)',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    '\u200b=1',
    '\n=1',
  ])
    assert.match(csvCell(evil), /^"'/u, JSON.stringify(evil))
  assert.equal(csvCell('a "b", c'), '"a ""b"", c"')
  assert.equal(csvCell(-1), '"-1"')
  await using door = await openDoor()
  const davi = await door.signedIn('davi')
  await door.store.write((writer) =>
    writer.keepAudit({
      by: { kind: 'agent', id: 1, username: '=cmd' },
      what: 'note',
      at: 0,
      ticketId: null,
      about: '',
      result: 'done',
    }),
  )
  const answer = await davi.get('/audit.csv?who=%3Dcmd')
  assert.equal(answer.headers['content-type'], 'text/csv; charset=utf-8')
  assert.match(answer.headers['content-disposition'] ?? '', /^attachment/u)
  assert.match(answer.text, /\r\n"\d+","1970-01-01T00:00:00\.000Z","'=cmd","note",/u)
})

test('where the log is broken the page says so', async () => {
  await using door = await openDoor()
  const davi = await door.signedIn('davi')
  const broken = { reached: { n: 0, hash: '' }, began: 0, wholeAt: null, broken: { n: 7, why: 'changed' } }
  await door.store.write((writer) => writer.saveSetting('audit.check', JSON.stringify(broken)))
  assert.match((await davi.get('/audit')).text, /The log is broken at entry 7/u)
  assert.match(
    (await davi.get('/audit?lang=de').then((answer) => davi.follow(answer))).text,
    /bei Eintrag 7/u,
  )
})
