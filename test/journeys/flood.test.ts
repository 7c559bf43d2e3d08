// Two thousand forms in one go at a running desk, as somebody would who wants to bury it: what reaches GitLab,
// what is kept and what is remembered stay within their bounds, and the agents' desk answers all the while.
// Everything here is counted; nothing is timed.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { floodLimits, heldBounds } from '../../src/domain/flood.ts'
import { aDesk } from '../support/tickets.ts'
import type { Visitor } from '../support/visitor.ts'
import { signInAt, visitor } from '../support/visitor.ts'

const forms = 2_000
const atOnce = 20
/** So long that keeping them all would be seen: it were 400 MB. */
const longText = 'Buy now. '.repeat(11_000)

type Sent = { opened: number; held: number; refused: number; other: number }

const flood = async (bot: Visitor, description: string, from: (number: number) => string): Promise<Sent> => {
  const sent: Sent = { opened: 0, held: 0, refused: 0, other: 0 }
  let next = 0
  const sendOn = async () => {
    for (let number = next++; number < forms; number = next++) {
      const { status, location } = await bot.post(
        '/open-issue',
        { title: `Buy ${number}`, description, name: 'Bot', email: `bot${number}@evil.example` },
        { 'sec-fetch-site': 'same-origin', 'x-forwarded-for': from(number) },
      )
      if (status === 429) sent.refused += 1
      else if (location.startsWith('/t/')) sent.opened += 1
      else if (location === '/open-issue/held') sent.held += 1
      else sent.other += 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendOn))
  return sent
}

/** Asks for the queue again and again until told to stop; answers how often, and that it was always there. */
const work = (bruno: Visitor) => {
  let going = true
  const done = (async () => {
    const statuses: number[] = []
    while (going) statuses.push((await bruno.get('/issues?view=level-1')).status)
    return statuses
  })()
  return {
    end: () => {
      going = false
      return done
    },
  }
}

const program = path.join(import.meta.dirname, '..', '..', 'src', 'main.ts')

/** A desk in a process of its own, so that its memory is its own, with a sandbox in another. */
const aDeskToBury = async (t: TestContext, env: Record<string, string>) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-flood-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, 'serve', '--sandbox', '--sandbox-port', '0'],
    { cwd: folder, env: { BELAY_DATA: folder, PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  let url = ''
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^Belay is ready at (\S+)$/u.exec(line)?.[1] ?? ''
    if (url !== '') break
  }
  const file = path.join(folder, 'sandbox-desk', 'belay.sqlite')
  return {
    signedIn: async (username: string) => {
      const somebody = visitor(url)
      await signInAt(somebody, username)
      return somebody
    },
    stranger: () => visitor(url),
    /** What lies in its data, as another process sees it. */
    kept: async () => {
      const store = await openSqliteStore({ file, desk: aDesk() })
      try {
        return await store.read(async (reader) => ({
          held: await reader.heldAmount(null),
          tickets: (await reader.counts(null)).all,
          operations: Object.values((await reader.backlog()).operations).reduce((sum, one) => sum + one, 0),
        }))
      } finally {
        await store.close()
      }
    },
    /** The most memory it ever had, in bytes; null where the system does not say. */
    mostMemory: () => {
      const status = `/proc/${child.pid}/status`
      if (!existsSync(status)) return null
      return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(status, 'utf8'))?.[1]) * 1_024
    },
    stop: async () => {
      child.kill('SIGTERM')
      assert.deepEqual(await once(child, 'exit'), [0, null])
    },
  }
}

const megabyte = 1_048_576

for (const { name, text, from, most, proxy } of [
  {
    name: 'one place',
    text: 'Buy now.',
    from: () => '192.0.2.1',
    most: floodLimits.form.odd.client,
    proxy: {},
  },
  {
    name: 'two thousand places',
    text: longText,
    from: (number: number) => `198.18.${number >> 8}.${number & 255}`,
    most: floodLimits.form.odd.all,
    proxy: { TRUST_PROXY: 'loopback' },
  },
])
  test(`a flood of the form from ${name} buries nobody`, { timeout: 120_000 }, async (t) => {
    const desk = await aDeskToBury(t, proxy)
    const bruno = await desk.signedIn('bruno')
    const davi = await desk.signedIn('davi')
    const before = await desk.kept()
    const working = work(bruno)
    const sent = await flood(desk.stranger(), text, from)
    const statuses = await working.end()

    assert.equal(sent.other, 0)
    assert.equal(sent.opened, most)
    const { held, tickets, operations } = await desk.kept()
    assert.equal(held.count, sent.held)
    assert.ok(held.count <= heldBounds.all.count && held.bytes <= heldBounds.all.bytes)
    if (name === 'one place') assert.equal(sent.opened + sent.held, floodLimits.gates.form.client?.limit)
    assert.equal(tickets - before.tickets, most)
    // Each has its opening, the command that hands it to Service Desk, and its mail.
    assert.ok(operations - before.operations <= 3 * most, `${operations} operations for ${most} tickets`)
    const memory = desk.mostMemory()
    assert.ok(memory === null || memory < 512 * megabyte, `${(memory ?? 0) / megabyte} MB`)

    assert.ok(statuses.length > 10, `the queue answered ${statuses.length} times meanwhile`)
    assert.deepEqual([...new Set(statuses)], [200])
    assert.equal((await davi.get('/held')).status, 200)
    const own = await bruno.post('/open-issue', {
      title: 'The network is slow today',
      description: 'Somebody floods our form.',
      category: 'Hardware',
    })
    assert.match(own.location, /^\/issues\//u)
    t.diagnostic(`${JSON.stringify(sent)}, ${Math.round((memory ?? 0) / megabyte)} MB at most`)
    await desk.stop()
  })
