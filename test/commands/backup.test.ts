// `belay backup`, `restore` and `migrate --to-postgres` as a person runs them: beside a desk at work, with wrong files,
// wrong settings and no space, and killed in the middle.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { v7 } from 'uuid'
import { takeLock } from '../../src/adapters/store/lock.ts'
import { steps } from '../../src/adapters/store/migrations.ts'
import { openPostgresStore, openSqliteStore } from '../../src/adapters/store/store.ts'
import { countedAs } from '../../src/adapters/store/ticket-row.ts'
import { openTicket } from '../../src/application/open-ticket.ts'
import type { Parts, Store } from '../../src/application/ports.ts'
import { replyToTicket } from '../../src/application/reply-to-ticket.ts'
import { belay, startBelay } from '../support/belay-command.ts'
import { eventually } from '../support/eventually.ts'
import { startPostgres } from '../support/postgres.ts'
import { aDesk, aTicket, nine } from '../support/tickets.ts'
import { writeYear } from '../support/year-of-tickets.ts'

const key = 'f00d'.repeat(16)
const otherKey = 'beef'.repeat(16)
const desk = aDesk()

const aFolder = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-backup-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

const fileIn = (data: string): string => path.join(data, 'belay.sqlite')

/** A data folder as a desk leaves it. */
const aDataFolder = async (folder: string, tickets = 20): Promise<string> => {
  const data = mkdtempSync(path.join(folder, 'data-'))
  writeFileSync(path.join(data, 'secret'), `${key}\n`, { mode: 0o600 })
  const store = await openSqliteStore({ file: fileIn(data), desk })
  await store.write(async (writer) => {
    await writer.saveSetting('belongs-to', 'https://gitlab.example.com project it/helpdesk')
    await writer.saveSetting('told', 'of then')
  })
  await writeYear(store, { tickets, now: nine, desk })
  await store.close()
  return data
}

const settingOf = async (data: string, name: string): Promise<string | null> => {
  const store = await openSqliteStore({ file: fileIn(data), desk })
  try {
    return await store.read((reader) => reader.setting(name))
  } finally {
    await store.close()
  }
}

const titles = async (store: Store): Promise<number> => {
  let [count, after]: [number, string | null] = [0, null]
  for (;;) {
    const some = await store.read((reader) => reader.walk({ after, limit: 500 }))
    count += some.length
    after = some.at(-1)?.id ?? null
    if (some.length < 500) return count
  }
}

const leftovers = (folder: string): string[] =>
  readdirSync(folder).filter((name) => /\.(part|restoring)/u.test(name))

describe('belay backup', () => {
  test('writes one file that only its owner may read, says so in one line, and never prints the key', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder)
    const said = await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    assert.deepEqual([said.code, said.stderr], [0, ''])
    assert.match(said.stdout, /^Backed up to \S+nightly, and verified: 20 tickets, .* key of the desk: .*\n$/)
    assert.equal(`${said.stdout}${said.stderr}`.includes(key), false)
    const file = path.join(folder, 'nightly')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.ok(readFileSync(file).includes(key), 'the key is not in it')
    assert.deepEqual(leftovers(folder), [])
  })

  test('writes over a former one only when it is told to', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder)
    writeFileSync(path.join(folder, 'nightly'), 'of yesterday')
    const refused = await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /nightly is there already\. Choose another name, or add --force/)
    assert.equal(readFileSync(path.join(folder, 'nightly'), 'utf8'), 'of yesterday')
    assert.equal((await belay(['backup', 'nightly', '--force'], { BELAY_DATA: data }, folder)).code, 0)
    assert.notEqual(readFileSync(path.join(folder, 'nightly'), 'latin1'), 'of yesterday')
  })

  test('says what is wrong where it cannot write, and leaves nothing behind', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder)
    const noFolder = await belay(['backup', 'none/nightly'], { BELAY_DATA: data }, folder)
    assert.equal(noFolder.code, 1)
    assert.match(noFolder.stderr, /none\/nightly cannot be written: there is no such folder\./)
    const noDesk = await belay(['backup', 'nightly'], { BELAY_DATA: path.join(folder, 'empty') }, folder)
    assert.equal(noDesk.code, 2)
    assert.match(noDesk.stderr, /There are no data in/)
    rmSync(path.join(data, 'secret'))
    const noKey = await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    assert.equal(noKey.code, 1)
    assert.match(noKey.stderr, /The key of the desk is missing/)
    for (const args of [['backup'], ['backup', 'a', 'b'], ['restore', 'a', '--force']])
      assert.equal((await belay(args, { BELAY_DATA: data }, folder)).code, 2)
    assert.deepEqual([...leftovers(folder), ...readdirSync(folder).filter((name) => name === 'nightly')], [])
  })

  test('on a full disk it says so, and the former backup stays', async (t) => {
    const folder = aFolder(t)
    const small = path.join(folder, 'small')
    mkdirSync(small)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', small], { stdio: 'ignore' })
    } catch {
      return t.skip('no small file system can be mounted here')
    }
    try {
      const data = await aDataFolder(folder, 300)
      const nightly = path.join(small, 'nightly')
      writeFileSync(nightly, 'of yesterday')
      const full = await belay(['backup', nightly, '--force'], { BELAY_DATA: data }, folder)
      assert.equal(full.code, 1)
      assert.match(full.stderr, /nightly cannot be written: there is no space left\./)
      assert.equal(readFileSync(nightly, 'utf8'), 'of yesterday')
      assert.deepEqual(leftovers(small), [])
    } finally {
      execFileSync('umount', [small])
    }
  })
})

/** People write as fast as they can until they are told to stop; answers how much was written. */
const people = (store: Store) => {
  const parts: Parts = {
    store,
    gateway: {} as Parts['gateway'],
    clock: { now: () => Date.now(), sleep: async () => undefined },
    newId: () => v7(),
    desk,
    nudge: () => undefined,
    settled: async () => undefined,
    prompt: () => false,
  }
  const bruno = { kind: 'agent', id: 11, username: 'bruno', name: 'Bruno' } as const
  const stopped = new AbortController()
  let written = 0
  const one = async () => {
    const opened = await openTicket(parts, {
      by: { kind: 'requester', name: 'Ana' },
      opening: {
        title: `The screen is black ${written}`,
        text: 'Since this morning.',
        category: 'Hardware',
        requester: { name: 'Ana', email: 'ana@school.example', username: null },
        files: [],
      },
      files: [],
    })
    assert.ok('ticket' in opened)
    await replyToTicket(parts, { ref: { id: opened.ticket.id }, by: bruno, body: 'Is the cable in?' })
    written++
  }
  const work = (async () => {
    while (!stopped.signal.aborted) {
      await one()
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  return {
    stop: async () => {
      stopped.abort()
      await work
      return written
    },
  }
}

/** What the desk of a backup says of itself is what is in it. */
const isOneMoment = async (data: string): Promise<number> => {
  const open = new DatabaseSync(fileIn(data))
  const all = (statement: string) => open.prepare(statement).all()
  const counts = new Map<string, number>()
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  const tickets = all('select * from tickets') as unknown as Parameters<typeof countedAs>[0][]
  for (const ticket of tickets) for (const name of countedAs(ticket)) add(name)
  for (const { state } of all('select state from operations')) add(`operation:${state}`)
  for (const [name, count] of counts)
    assert.equal(open.prepare('select number from counts where name = ?').get(name)?.number, count, name)
  const strange = all(`select id from operations where ticket_id not in (select id from tickets)`)
  assert.deepEqual(strange, [])
  const lost = all(`select id from tickets where id not in (select ticket_id from operations)
    or (select count(*) from events where events.n = tickets.n) = 0`)
  assert.deepEqual(lost, [])
  const unfound = all(
    `select n from tickets where n not in (select rowid from search where search match 'screen')`,
  )
  assert.deepEqual(unfound, [])
  open.close()
  const audit = await belay(['audit'], { BELAY_DATA: data }, data)
  assert.equal(audit.code, 0, audit.stdout)
  return tickets.length
}

describe('beside a desk at work', () => {
  for (const name of ['SQLite', 'PostgreSQL'] as const)
    test(`a backup of ${name} is one moment of it, and the desk goes on`, async (t) => {
      const folder = aFolder(t)
      const data = path.join(folder, 'data')
      mkdirSync(data)
      writeFileSync(path.join(data, 'secret'), key)
      const url = name === 'SQLite' ? null : await (await startPostgres()).createDatabase()
      const store = await (url === null
        ? openSqliteStore({ file: fileIn(data), desk })
        : openPostgresStore({ url, desk }))
      const env = { BELAY_DATA: data, ...(url === null ? {} : { DATABASE_URL: url, BELAY_SECRET: key }) }
      const busy = people(store)
      const amounts: number[] = []
      try {
        for (let backup = 1; backup <= 3; backup++) {
          const said = await belay(['backup', `nightly-${backup}`], env, folder)
          assert.equal(said.code, 0, said.stderr)
          const back = path.join(folder, `back-${backup}`)
          const restored = await belay(['restore', `nightly-${backup}`], { BELAY_DATA: back }, folder)
          assert.equal(restored.code, 0, restored.stderr)
          amounts.push(await isOneMoment(back))
        }
      } finally {
        amounts.push(await busy.stop())
        await store.close()
      }
      assert.ok((amounts[0] ?? 0) > 0, 'nobody wrote before the first backup')
      for (const [index, amount] of amounts.entries())
        assert.ok(amount > (amounts[index - 1] ?? 0), `nobody wrote meanwhile: ${amounts.join(', ')}`)
    })
})

describe('belay restore', () => {
  test('brings the desk back, its key as well, and keeps what was there under another name', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder)
    await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    const fresh = path.join(folder, 'fresh')
    const first = await belay(['restore', 'nightly'], { BELAY_DATA: fresh }, folder)
    assert.equal(first.code, 0, first.stderr)
    assert.match(first.stdout, /^Restored the desk of \d{4}-.*: 20 tickets, .*Start Belay; .*\n$/)
    assert.equal(readFileSync(path.join(fresh, 'secret'), 'utf8').trim(), key)
    assert.equal(statSync(path.join(fresh, 'secret')).mode & 0o777, 0o600)
    assert.equal(`${first.stdout}${first.stderr}`.includes(key), false)
    assert.equal(readFileSync(fileIn(fresh)).includes(key), false, 'the key is in the data')
    assert.equal(await settingOf(fresh, 'told'), 'of then')

    const store = await openSqliteStore({ file: fileIn(fresh), desk })
    await store.write((writer) => writer.saveSetting('told', 'of now'))
    await store.close()
    const refused = await belay(['restore', 'nightly'], { BELAY_DATA: fresh }, folder)
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /There are data in \S+ already\. Add --replace/)
    assert.equal(await settingOf(fresh, 'told'), 'of now')

    const replaced = await belay(['restore', 'nightly', '--replace'], { BELAY_DATA: fresh }, folder)
    assert.equal(replaced.code, 0, replaced.stderr)
    assert.equal(await settingOf(fresh, 'told'), 'of then')
    const kept = /kept as (\S+)\.( |$)/mu.exec(replaced.stdout)?.[1] ?? ''
    const old = new DatabaseSync(kept, { readOnly: true })
    assert.equal(old.prepare(`select value from settings where name = 'told'`).get()?.value, 'of now')
    old.close()
    assert.deepEqual(leftovers(fresh), [])
  })

  test('copies a backup that others may read so that they never read the copy', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder)
    await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    // It comes through a pipe, so that the copy can be looked at while it is half there.
    const [pipe, fresh] = [path.join(folder, 'pipe'), path.join(folder, 'fresh')]
    execFileSync('mkfifo', ['-m', '644', pipe])
    const content = readFileSync(path.join(folder, 'nightly'))
    const restoring = startBelay(['restore', 'pipe'], { BELAY_DATA: fresh }, folder)
    t.after(() => restoring.kill())
    // Were it to end early, nobody would read, and opening would wait for ever.
    const over = restoring.ended.then(() =>
      closeSync(openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)),
    )
    const into = await open(pipe, 'w')
    const part = path.join(fresh, 'belay.sqlite.restoring')
    try {
      const half = Math.floor(content.length / 2)
      await into.writeFile(content.subarray(0, half))
      await eventually('half of it is there', () => existsSync(part) && statSync(part).size > 0)
      assert.equal(statSync(part).mode & 0o777, 0o600)
      await into.writeFile(content.subarray(half))
    } finally {
      await into.close()
    }
    await over
    const { code, stderr } = await restoring.ended
    assert.equal(code, 0, stderr)
    assert.equal(statSync(fileIn(fresh)).mode & 0o777, 0o600)
    assert.equal(await settingOf(fresh, 'told'), 'of then')
  })

  test('never loses a key: the one of the folder still reads behind the one of the backup', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder)
    await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    writeFileSync(path.join(data, 'secret'), otherKey)
    assert.equal((await belay(['restore', 'nightly', '--replace'], { BELAY_DATA: data }, folder)).code, 0)
    assert.deepEqual(readFileSync(path.join(data, 'secret'), 'utf8').split(/\s+/u).filter(Boolean), [
      key,
      otherKey,
    ])
  })

  test('where the settings name another key it says in which file the right one is, and touches nothing', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder)
    await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    const fresh = path.join(folder, 'fresh')
    const env = { BELAY_DATA: fresh }
    const refused = await belay(['restore', 'nightly'], { ...env, BELAY_SECRET: otherKey }, folder)
    assert.equal(refused.code, 1)
    assert.equal(`${refused.stdout}${refused.stderr}`.includes(key), false)
    assert.equal(existsSync(fileIn(fresh)), false)
    const file = /Set BELAY_SECRET_FILE=(\S+) /u.exec(refused.stderr)?.[1] ?? ''
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal(readFileSync(file, 'utf8'), `${key}\n${otherKey}\n`)
    const done = await belay(['restore', 'nightly'], { ...env, BELAY_SECRET_FILE: file }, folder)
    assert.equal(done.code, 0, done.stderr)
    assert.equal(existsSync(path.join(fresh, 'secret')), false)
  })

  test('refuses where a desk runs, and a backup of another GitLab project', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder)
    await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    const lock = takeLock(path.join(data, 'running.lock'))
    assert.ok(lock)
    const running = await belay(['restore', 'nightly', '--replace'], { BELAY_DATA: data }, folder)
    lock.release()
    assert.equal(running.code, 1)
    assert.match(running.stderr, /Belay is running on the data folder \S+\. Stop it first/)

    const other = {
      GITLAB_URL: 'https://gitlab.example.com',
      GITLAB_PROJECT: 'it/another',
      GITLAB_TOKEN: 'none',
    }
    const wrong = await belay(['restore', 'nightly', '--replace'], { BELAY_DATA: data, ...other }, folder)
    assert.equal(wrong.code, 1)
    assert.match(
      wrong.stderr,
      /backup of the desk of https:\/\/gitlab\.example\.com project it\/helpdesk, but the settings name https:\/\/gitlab\.example\.com project it\/another/,
    )
    assert.deepEqual(leftovers(data), [])
  })

  test('refuses a file that is damaged, cut short, newer or no backup, and touches nothing', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder, 200)
    await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    const good = path.join(folder, 'nightly')
    const size = statSync(good).size
    const broken = path.join(folder, 'broken')
    const refusedAs = async (says: RegExp, file = broken) => {
      const fresh = path.join(folder, 'fresh')
      const said = await belay(['restore', file], { BELAY_DATA: fresh }, folder)
      assert.equal(said.code, 1, said.stderr)
      assert.match(said.stderr, says)
      assert.match(said.stderr, /^[^\n]+\n$/, 'more than a sentence')
      assert.deepEqual(existsSync(fileIn(fresh)) || existsSync(path.join(fresh, 'secret')), false)
      assert.deepEqual(leftovers(fresh), [])
    }
    const change = (statement: string) => {
      copyFileSync(good, broken)
      const open = new DatabaseSync(broken)
      open.exec(statement)
      open.close()
    }
    await refusedAs(/There is no file \S+nowhere\. Check the path; .*belay backup/, 'nowhere')
    await refusedAs(/folder-\w+ cannot be read; check the path/, mkdtempSync(path.join(folder, 'folder-')))
    for (const part of [0.2, 0.5, 0.9, 0.999]) {
      copyFileSync(good, broken)
      truncateSync(broken, Math.floor(size * part))
      await refusedAs(/broken is damaged|broken is not a backup of Belay/)
    }
    // A letter in the middle of what somebody wrote: SQLite's own check does not see it.
    copyFileSync(good, broken)
    const at = readFileSync(broken).lastIndexOf('Something does not work')
    const handle = openSync(broken, 'r+')
    writeSync(handle, 'X', at + 3)
    closeSync(handle)
    await refusedAs(/broken is damaged/)
    writeFileSync(broken, 'Dear diary')
    await refusedAs(/broken is not a backup of Belay; .*Name a file that \.\/belay backup has written/)
    copyFileSync(fileIn(data), broken)
    await refusedAs(/broken is not a backup of Belay/)
    change(`update backup_manifest set value = '${steps.length + 1}' where name = 'schema'`)
    await refusedAs(/broken was made by a newer Belay .*Restore it with that version/)
    change(`update backup_manifest set value = '${otherKey}' where name = 'secrets'`)
    await refusedAs(/broken is damaged \(its list is not as it was written\)/)
    change(`delete from tickets where n = (select min(n) from tickets)`)
    await refusedAs(/broken is damaged \(not as it was written: tickets\)/)
  })
})

describe('belay migrate --to-postgres', () => {
  test('moves the desk, and what stayed behind says where it went and how to come back', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder)
    const url = await (await startPostgres()).createDatabase()
    const secret = path.join(data, 'secret')
    const move = (env: Record<string, string>) =>
      belay(['migrate', '--to-postgres'], { BELAY_DATA: data, ...env }, folder)

    assert.match((await move({})).stderr, /DATABASE_URL is missing/)
    const noKey = await move({ DATABASE_URL: url })
    assert.equal(noKey.code, 2)
    assert.match(noKey.stderr, /BELAY_SECRET does not hold the key of .*set BELAY_SECRET_FILE=\S+secret/)
    const env = { DATABASE_URL: url, BELAY_SECRET_FILE: secret }
    const lock = takeLock(path.join(data, 'running.lock'))
    assert.match((await move(env)).stderr, /Belay is running on the data folder/)
    lock?.release()

    const moved = await move(env)
    assert.equal(moved.code, 0, moved.stderr)
    assert.match(moved.stdout, /^The desk moved to 127\.0\.0\.1:\d+\/test_\d+: 20 tickets, /)
    assert.equal(moved.stdout.includes(new URL(url).password), false)
    const again = await move(env)
    assert.match(again.stdout, /had been moved already/)
    const store = await openPostgresStore({ url, desk })
    assert.equal(await titles(store), 20)
    assert.equal(await store.read((reader) => reader.setting('told')), 'of then')

    const stayed = await belay(['audit'], { BELAY_DATA: data }, folder)
    assert.equal(stayed.code, 1)
    assert.match(
      stayed.stderr,
      /moved to PostgreSQL \(127.*Set DATABASE_URL.*restore FILE --replace.*--back-to-sqlite/,
    )
    assert.match((await belay(['backup', 'old'], { BELAY_DATA: data }, folder)).stderr, /moved to PostgreSQL/)

    // Somebody is at work there: nothing is put in its place.
    await belay(['backup', 'nightly'], { BELAY_DATA: data, ...env }, folder)
    const replace = () => belay(['restore', 'nightly', '--replace'], { BELAY_DATA: data, ...env }, folder)
    assert.match((await replace()).stderr, /Belay is running on this PostgreSQL database/)
    await store.write((writer) => writer.saveSetting('told', 'of now'))
    await store.close()
    assert.equal((await belay(['backup', 'later'], { BELAY_DATA: data, ...env }, folder)).code, 0)
    const filled = await belay(['restore', 'nightly'], { BELAY_DATA: data, ...env }, folder)
    assert.match(filled.stderr, /holds a desk already\. Add --replace/)
    assert.equal((await replace()).code, 0)

    // Back on purpose: with all that happened since, or as it was then.
    assert.equal((await belay(['migrate', '--back-to-sqlite'], { BELAY_DATA: data }, folder)).code, 0)
    assert.equal(await settingOf(data, 'told'), 'of then')
    assert.equal((await belay(['audit'], { BELAY_DATA: data }, folder)).code, 0)
    assert.equal((await belay(['restore', 'later', '--replace'], { BELAY_DATA: data }, folder)).code, 0)
    assert.equal(await settingOf(data, 'told'), 'of now')
    assert.equal((await belay(['audit'], { BELAY_DATA: data }, folder)).code, 0)
  })

  test('refuses a database that is not empty, or not there', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder, 3)
    const url = await (await startPostgres()).createDatabase()
    const env = { BELAY_DATA: data, BELAY_SECRET: key }
    const store = await openPostgresStore({ url, desk })
    await store.write((writer) => writer.adopt([{ ticket: aTicket(), events: null, readAt: null }]))
    await store.close()
    const full = await belay(['migrate', '--to-postgres'], { ...env, DATABASE_URL: url }, folder)
    assert.equal(full.code, 1)
    assert.match(full.stderr, /is not empty\. Name an empty one; nothing was changed\./)
    const nowhere = await belay(
      ['migrate', '--to-postgres'],
      { ...env, DATABASE_URL: 'postgres://belay:secret-word@127.0.0.1:1/belay' },
      folder,
    )
    assert.equal(nowhere.code, 1)
    assert.match(nowhere.stderr, /^PostgreSQL cannot be reached .*\n$/)
    assert.equal(nowhere.stderr.includes('secret-word'), false)
  })
})

describe('killed in the middle', () => {
  /** `kill -9` later and later, until one came to its end. Answers how many were killed. */
  const killed = async (
    args: readonly string[],
    env: Record<string, string>,
    folder: string,
    after: () => Promise<void>,
  ): Promise<number> => {
    let kills = 0
    for (let milliseconds = 250; ; milliseconds += 110) {
      const command = startBelay(args, env, folder)
      const over = new AbortController()
      const late = wait(milliseconds, 'late', { signal: over.signal }).catch(() => 'over')
      if ((await Promise.race([command.ended.then(() => 'ended'), late])) === 'late') command.kill()
      over.abort()
      const { code, stderr } = await command.ended
      if (code !== null) {
        assert.equal(code, 0, stderr)
        return kills
      }
      kills++
      await after()
    }
  }

  test('a backup leaves the former one, and the next one is whole', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder, 2_000)
    writeFileSync(path.join(folder, 'nightly'), 'of yesterday')
    const kills = await killed(['backup', 'nightly', '--force'], { BELAY_DATA: data }, folder, async () => {
      // Either the one of yesterday, or all of the new one.
      const said = readFileSync(path.join(folder, 'nightly'), 'latin1')
      if (said !== 'of yesterday') {
        const fresh = mkdtempSync(path.join(folder, 'fresh-'))
        assert.equal((await belay(['restore', 'nightly'], { BELAY_DATA: fresh }, folder)).code, 0)
      }
    })
    assert.ok(kills > 2, `only ${kills} were killed`)
    assert.deepEqual(leftovers(folder), [])
    assert.equal(
      (await belay(['restore', 'nightly'], { BELAY_DATA: path.join(folder, 'fresh') }, folder)).code,
      0,
    )
  })

  test('restoring leaves the desk of before or the restored one, never half of it', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder, 2_000)
    await belay(['backup', 'nightly'], { BELAY_DATA: data }, folder)
    const now = await openSqliteStore({ file: fileIn(data), desk })
    await now.write(async (writer) => {
      await writer.saveSetting('told', 'of now')
      await writer.adopt([{ ticket: aTicket(), events: null, readAt: null }])
    })
    await now.close()
    const kills = await killed(
      ['restore', 'nightly', '--replace'],
      { BELAY_DATA: data },
      folder,
      async () => {
        const store = await openSqliteStore({ file: fileIn(data), desk })
        const told = await store.read((reader) => reader.setting('told'))
        assert.equal(await titles(store), told === 'of now' ? 2_001 : 2_000)
        await store.close()
        const open = new DatabaseSync(fileIn(data), { readOnly: true })
        assert.deepEqual({ ...open.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' })
        open.close()
      },
    )
    assert.ok(kills > 2, `only ${kills} were killed`)
    assert.equal(await settingOf(data, 'told'), 'of then')
    assert.deepEqual(leftovers(data), [])
  })

  test('moving leaves PostgreSQL empty or whole, and the same command goes on', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder, 1_500)
    const url = await (await startPostgres()).createDatabase()
    const env = { BELAY_DATA: data, BELAY_SECRET: key, DATABASE_URL: url }
    const kills = await killed(['migrate', '--to-postgres'], env, folder, async () => {
      const open = new DatabaseSync(fileIn(data), { readOnly: true })
      assert.equal(open.prepare('select count(*) as count from tickets').get()?.count, 1_500)
      open.close()
    })
    assert.ok(kills > 2, `only ${kills} were killed`)
    const store = await openPostgresStore({ url, desk })
    assert.equal(await titles(store), 1_500)
    await store.close()
    assert.match((await belay(['audit'], { BELAY_DATA: data }, folder)).stderr, /moved to PostgreSQL/)
  })

  test('moving that was cut off after the last row had arrived is only written down', async (t) => {
    const folder = aFolder(t)
    const data = await aDataFolder(folder, 5)
    const url = await (await startPostgres()).createDatabase()
    const env = { BELAY_DATA: data, BELAY_SECRET: key, DATABASE_URL: url }
    assert.equal((await belay(['migrate', '--to-postgres'], env, folder)).code, 0)
    // As if it had been killed right then.
    const unmark = () => {
      const open = new DatabaseSync(fileIn(data))
      assert.equal(open.prepare(`delete from settings where name = 'moved-to'`).run().changes, 1)
      open.close()
    }
    unmark()
    assert.match((await belay(['migrate', '--to-postgres'], env, folder)).stdout, /had been moved already/)
    assert.match((await belay(['audit'], { BELAY_DATA: data }, folder)).stderr, /moved to PostgreSQL/)
    // But not where somebody has worked on the old data since.
    unmark()
    const store = await openSqliteStore({ file: fileIn(data), desk })
    await store.write((writer) => writer.saveSetting('told', 'of now'))
    await store.close()
    const twice = await belay(['migrate', '--to-postgres'], env, folder)
    assert.equal(twice.code, 1)
    assert.match(twice.stderr, /holds this desk already, and since it was moved there somebody has gone on/)
  })
})
