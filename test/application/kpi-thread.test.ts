// Reports in a thread of their own: it is started by the first question, ended when nobody asks, and replaced when it
// has broken down.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openDatabaseFile } from '../../src/adapters/store/sqlite-dialect.ts'
import { openPostgresStore, openSqliteStore } from '../../src/adapters/store/store.ts'
import type { Store } from '../../src/application/ports.ts'
import type { Desk } from '../../src/domain/desk.ts'
import type { ReportQuery } from '../../src/domain/kpi/report.ts'
import type { OpenKpis } from '../../src/kpi-thread-door.ts'
import { openKpis } from '../../src/kpi-thread-door.ts'
import type { KpiData } from '../../src/kpi-thread-messages.ts'
import { startPostgres } from '../support/postgres.ts'
import { aDesk, aTicket, hour, nine } from '../support/tickets.ts'

const query: ReportQuery = {
  period: { from: nine - 24 * hour, to: nine + 24 * hour },
  before: null,
  filter: { category: null, level: null, agent: null },
  by: ['category'],
  now: nine + hour,
}

const aFolder = (t: TestContext): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-thread-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const inThread = (t: TestContext, options: Partial<Extract<OpenKpis, { open: 'thread' }>>) => {
  const kpis = openKpis({ open: 'thread', data: { file: '/nowhere' }, desk: aDesk(), ...options })
  t.after(() => kpis.close())
  return kpis
}

/** A thread's program that writes down each start, and does this with a question. */
const aProgram = (t: TestContext, onQuestion: string) => {
  const folder = aFolder(t)
  const program = path.join(folder, 'thread.mjs')
  const starts = path.join(folder, 'starts')
  writeFileSync(
    program,
    `import { appendFileSync } from 'node:fs'
import { parentPort, threadId } from 'node:worker_threads'
appendFileSync(${JSON.stringify(starts)}, 'x')
parentPort.on('message', (question) => { ${onQuestion} })`,
  )
  return {
    program: pathToFileURL(program),
    starts: () => (existsSync(starts) ? readFileSync(starts, 'utf8').length : 0),
  }
}

const answering = `parentPort.postMessage({ id: question.id, value: 'drawn' })`
const aChart = { option: {}, width: 1, height: 1 }

const sameReports = async (
  t: TestContext,
  { data, desk, open }: { readonly data: KpiData; readonly desk: Desk; readonly open: () => Promise<Store> },
): Promise<void> => {
  const store = await open()
  t.after(() => store.close())
  const keep = (n: number) => {
    const ticket = aTicket({ id: `t-${n}`, iid: n, revision: 0, category: n % 2 ? 'Hardware' : null })
    return store.write((writer) =>
      writer.adopt([
        {
          ticket,
          events: [
            {
              ticketId: ticket.id,
              source: `open:${n}`,
              at: ticket.openedAt,
              actor: { kind: 'requester', name: 'Ana' },
              byHand: false,
              hidden: false,
              what: { kind: 'opened' },
            },
          ],
          readAt: ticket.openedAt,
        },
      ]),
    )
  }
  const clock = { sleep: async () => {} }
  const here = openKpis({ open: 'here', store, desk, clock, draw: async () => '' })
  const kpis = inThread(t, { data, desk })
  for (const n of [1, 2, 3]) await keep(n)
  const report = await kpis.report(query)
  assert.equal(report.figures.counts.get('inflow'), 3)
  assert.deepEqual(report, await here.report(query))
  // It follows what is written while it runs.
  await keep(4)
  assert.equal((await kpis.report(query)).figures.counts.get('inflow'), 4)
  const behind = {
    figure: 'backlog',
    period: query.period,
    filter: query.filter,
    now: query.now,
    age: null,
    offset: 0,
    limit: 10,
  } as const
  const found = await kpis.behind(behind)
  assert.equal(found.total, 4)
  assert.deepEqual(found, await here.behind(behind))
  await kpis.close()
}

test('a report from the thread is the one that the desk would have made itself', async (t) => {
  const file = path.join(aFolder(t), 'belay.sqlite')
  const desk = aDesk()
  await sameReports(t, { data: { file }, desk, open: () => openSqliteStore({ file, desk }) })
})

test('with PostgreSQL it is the same', async (t) => {
  const postgres = await startPostgres()
  const url = await postgres.createDatabase()
  const desk = aDesk()
  await sameReports(t, { data: { url }, desk, open: () => openPostgresStore({ url, desk }) })
})

test('data of an older Belay are not touched: it is said what to do', async (t) => {
  const file = path.join(aFolder(t), 'belay.sqlite')
  openDatabaseFile(file).close()
  await assert.rejects(inThread(t, { data: { file } }).report(query), /older Belay.*belay migrate/)
})

test('a chart is drawn in the thread, without a script in it and without any data', async (t) => {
  const kpis = inThread(t, {})
  const svg = await kpis.draw({
    option: {
      title: { text: '<script>alert(1)</script>' },
      xAxis: { type: 'category', data: ['May', '" onload="alert(1)'] },
      yAxis: {},
      series: [{ type: 'bar', data: [1, 2] }],
    },
    width: 400,
    height: 200,
  })
  assert.match(svg, /^<svg width="400" height="200"/)
  assert.match(svg, /&lt;script&gt;/)
  assert.doesNotMatch(svg, /<script|<[^>]* onload=|<animate|javascript:/)
  await assert.rejects(
    kpis.draw({ option: { series: [{ type: 'bar' }] }, width: 10, height: 10 }),
    /the thread of the figures/,
  )
})

test('data that cannot be read are an error, and not the end of the thread', async (t) => {
  const kpis = inThread(t, {})
  await assert.rejects(kpis.report(query), /the thread of the figures: .*unable to open/)
  await assert.rejects(kpis.report(query), /the thread of the figures: .*unable to open/)
})

test('the thread is started by the first question, and by no second one', async (t) => {
  const { program, starts } = aProgram(t, answering)
  const kpis = inThread(t, { program })
  assert.equal(starts(), 0)
  assert.equal(await kpis.draw(aChart), 'drawn')
  assert.equal(await kpis.draw(aChart), 'drawn')
  assert.equal(starts(), 1)
})

test('a thread that breaks down fails its questions, and the next one gets another', async (t) => {
  const { program, starts } = aProgram(
    t,
    `if (question.query.width === 13) throw new Error('too large')
${answering}`,
  )
  const kpis = inThread(t, { program })
  await assert.rejects(kpis.draw({ ...aChart, width: 13 }), /broke down: Error: too large/)
  assert.equal(await kpis.draw(aChart), 'drawn')
  assert.equal(starts(), 2)
})

test('when nobody asks for some minutes the thread is ended; asked again, another is there', async (t) => {
  const { program, starts } = aProgram(t, answering)
  const timers: { work: () => void; milliseconds: number; off: boolean }[] = []
  const kpis = inThread(t, {
    program,
    later: (work, milliseconds) => {
      const timer = { work, milliseconds, off: false }
      timers.push(timer)
      return () => {
        timer.off = true
      }
    },
  })
  await kpis.draw(aChart)
  const [first] = timers
  assert.equal(first?.milliseconds, 5 * 60_000)
  await kpis.draw(aChart)
  assert.equal(first.off, true, 'a question puts it off')
  timers.at(-1)?.work()
  assert.equal(await kpis.draw(aChart), 'drawn')
  assert.equal(starts(), 2)
})

test('once the desk is being stopped nobody gets a report, and nothing keeps running', async (t) => {
  const { program, starts } = aProgram(t, '/* never answers */')
  const kpis = inThread(t, { program })
  const waiting = kpis.draw(aChart)
  const failed = assert.rejects(waiting, /ended/)
  await kpis.close()
  await failed
  await assert.rejects(kpis.draw(aChart), /being stopped/)
  assert.ok(starts() <= 1)
})
