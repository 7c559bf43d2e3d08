// PostgreSQL is away for a moment: people read so in their own language and lose nothing, the process says that it is
// not ready, and everything comes back by itself.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { startSandbox } from '../../sandbox/src/start.ts'
import { openDeskOnPostgres } from '../support/desk-on-postgres.ts'
import { eventually } from '../support/eventually.ts'
import { startPostgres } from '../support/postgres.ts'
import { signInAt, visitor } from '../support/visitor.ts'

/** A way to the database that can be closed and opened again at the same address. */
const aWay = async (database: string) => {
  const url = new URL(database)
  const there = { port: Number(url.port), host: url.hostname }
  const sockets = new Set<Socket>()
  const server = createServer((from) => {
    const to = connect(there)
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  const open = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await open(0)
  const { port } = server.address() as AddressInfo
  url.port = String(port)
  return { url: url.href, isOpen: () => server.listening, close, open: () => open(port) }
}

test('while the database is away people read so, and afterwards the same form is saved once', async (t) => {
  const sandbox = await startSandbox({ port: 0, data: ':memory:', empty: true })
  const way = await aWay(await (await startPostgres()).createDatabase())
  const desk = await openDeskOnPostgres(sandbox, way.url)
  t.after(async () => {
    if (!way.isOpen()) await way.open()
    await desk.stop()
    await way.close()
    await sandbox.stop()
  })
  const bruno = visitor(desk.url)
  await signInAt(bruno, 'bruno')
  const ana = visitor(desk.url)
  const key = ana.hidden(await ana.get('/open-issue'), 'key')
  const form = {
    title: 'My screen stays black',
    description: 'Since today.',
    category: 'Hardware',
    name: 'Ana',
    email: 'ana@school.example',
    key,
  }
  const send = () =>
    ana.post('/open-issue', form, { 'sec-fetch-site': 'same-origin', 'accept-language': 'de' })

  await way.close()
  const refused = await send()
  assert.equal(refused.status, 503)
  assert.equal(refused.headers['retry-after'], '5')
  assert.match(refused.text, /Seine Datenbank antwortet gerade nicht/)
  const page = await bruno.get('/issues')
  assert.equal(page.status, 503)
  assert.match(page.text, /The desk is away for a moment/)
  const readiness = await bruno.get('/readyz')
  assert.equal(readiness.status, 503)
  assert.equal(JSON.parse(readiness.text).checks.database.ok, false)
  assert.equal((await bruno.get('/healthz')).status, 200)

  await way.open()
  await eventually('the pages are back', async () => (await bruno.get('/issues')).status === 200)
  const saved = await send()
  assert.equal(saved.status, 303, saved.text)
  assert.equal((await send()).location, saved.location)
  await eventually('GitLab has it', () => sandbox.issues().length > 0)
  assert.deepEqual(
    sandbox.issues().map(({ title }) => title),
    ['My screen stays black'],
  )
})
