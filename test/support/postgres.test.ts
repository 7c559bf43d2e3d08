import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import pg from 'pg'
import { startPostgres } from './postgres.ts'

after(async () => (await startPostgres()).stop())

test('a test gets an empty PostgreSQL database of its own', { timeout: 60_000 }, async () => {
  const postgres = await startPostgres()
  const [ana, bruno] = [await postgres.createDatabase(), await postgres.createDatabase()]
  await query(ana, 'create table tickets (title text)')
  await query(ana, "insert into tickets values ('Drucker grün'), ('Printer'), ('printer')")
  assert.deepEqual(await query(ana, 'select title from tickets order by title'), [
    { title: 'Drucker grün' },
    { title: 'Printer' },
    { title: 'printer' },
  ])
  assert.deepEqual(await query(bruno, "select to_regclass('tickets') as found"), [{ found: null }])
  assert.deepEqual(await query(bruno, "select upper('grün') as loud"), [{ loud: 'GRÜN' }])
})

test('one process has one server, and only who knows the password gets in', { timeout: 60_000 }, async () => {
  const postgres = await startPostgres()
  assert.equal((await startPostgres()).url, postgres.url)
  const wrong = new URL(postgres.url)
  wrong.password = 'guessed'
  await assert.rejects(query(wrong.href, 'select 1'), { code: '28P01' })
})

test('the server ends with its test process, even a killed one', { timeout: 60_000 }, async () => {
  const program = `import { startPostgres } from ${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)}
    console.log((await startPostgres()).url); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const lost = new Promise((resolve) => client.once('error', resolve))
  child.kill('SIGKILL')
  await lost
})

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
