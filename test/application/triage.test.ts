import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTriageBoard } from '../../src/adapters/gitlab/triage-board.ts'
import type { Clock } from '../../src/application/ports.ts'
import { type TriageReport, triageIssues } from '../../src/application/triage-issues.ts'
import { runTriage } from '../../src/commands/triage.ts'
import { desk, gitlab } from '../adapters/gitlab/desk.ts'

const impatient: Clock = { now: () => Date.now(), sleep: async () => undefined }

const school = async (options: Parameters<typeof gitlab>[0] = {}) => {
  const there = await gitlab(options)
  const board = createTriageBoard({ client: there.client, project: '1' })
  const parts = { board, desk, clock: impatient }
  const issue = async (title: string, more: object = {}): Promise<number> =>
    (await there.byHand('POST', '/projects/1/issues', { title, ...more })).body.iid
  const labelsOf = async (iid: number): Promise<string[]> =>
    (await there.byHand('GET', `/projects/1/issues/${iid}`)).body.labels
  return { ...there, board, parts, issue, labelsOf }
}

const wet = { dryRun: false, serviceDeskOnly: false }

const printed = () => {
  const out: string[] = []
  return { write: (text: string) => out.push(text), text: () => out.join('') }
}

describe('triage', () => {
  test('missing category labels are made in their colours, and titles get what they ask for', async () => {
    const { parts, issue, labelsOf, byHand } = await school()
    const screen = await issue('[Hardware] Buying a new screen')
    const account = await issue('Re: please [ gitlab ACCOUNT ] for Ana')
    const alias = await issue('Two [devices] are lost')
    const plain = await issue('Nothing in brackets')
    const done = await issue('[Hardware] is labelled', { labels: 'hardware,urgent' })
    const report = await triageIssues(wet, parts)
    assert.deepEqual(report, {
      read: 5,
      labelsMade: ['gitlab-account'],
      changed: [
        { iid: screen, added: ['hardware'] },
        { iid: account, added: ['gitlab-account'] },
        { iid: alias, added: ['hardware'] },
      ],
      ambiguous: [],
      failed: [],
    } satisfies TriageReport)
    assert.deepEqual(await labelsOf(screen), ['hardware'])
    assert.deepEqual(await labelsOf(plain), [])
    assert.deepEqual(await labelsOf(done), ['hardware', 'urgent'])
    const labels = (await byHand('GET', '/projects/1/labels')).body
    assert.equal(labels.find((label: { name: string }) => label.name === 'gitlab-account')?.color, '#3450f6')
  })

  test('a second run writes nothing', async () => {
    const { parts, issue, calls } = await school()
    await issue('[Hardware] one')
    await triageIssues(wet, parts)
    calls.length = 0
    const report = await triageIssues(wet, parts)
    assert.deepEqual([report.labelsMade, report.changed], [[], []])
    assert.deepEqual(
      calls.filter((call) => call.method !== 'GET'),
      [],
    )
  })

  test('a title that asks for several categories is left to a person and reported', async () => {
    const { parts, issue, labelsOf } = await school()
    const iid = await issue('[Hardware] or [Gitlab Account]?')
    const report = await triageIssues(wet, parts)
    assert.deepEqual(report.ambiguous, [{ iid, categories: ['Hardware', 'Gitlab Account'] }])
    assert.deepEqual(await labelsOf(iid), [])
  })

  test('a dry run writes nothing and says what a run would do', async () => {
    const { parts, issue, labelsOf, calls } = await school()
    const iid = await issue('[Gitlab Account] for Bruno')
    const report = await triageIssues({ ...wet, dryRun: true }, parts)
    assert.deepEqual(report.labelsMade, ['hardware', 'gitlab-account'])
    assert.deepEqual(report.changed, [{ iid, added: ['gitlab-account'] }])
    assert.deepEqual(await labelsOf(iid), [])
    assert.deepEqual(
      calls.filter((call) => call.method !== 'GET'),
      [],
    )
  })

  test('all pages of issues are read, each issue once, on a GitLab with and without keyset pages', async () => {
    const { parts, calls, client, issue } = await school({ limits: { issues: 0 } })
    await Promise.all(Array.from({ length: 230 }, (_, number) => issue(`[Hardware] screen ${number}`)))
    calls.length = 0
    const report = await triageIssues({ ...wet, dryRun: true }, parts)
    const board = createTriageBoard({
      // As GitLab before 18.3: asked for keyset pages it says that it has none.
      client: {
        ...client,
        raw: async (call) =>
          String(call.query).includes('pagination=keyset')
            ? {
                status: 405,
                headers: {},
                body: Buffer.from(
                  '{"error":"Keyset pagination is not yet available for this type of request"}',
                ),
              }
            : client.raw(call),
      },
      project: '1',
    })
    const counted = await triageIssues({ ...wet, dryRun: true }, { ...parts, board })
    assert.equal(report.read, 230)
    assert.equal(report.changed.length, 230)
    assert.deepEqual(counted, report)
    assert.equal(calls.length, 4 + 4)
  })

  test('one issue that GitLab refuses does not stop the others, and the exit code says so', async () => {
    const { parts, issue, labelsOf, faults } = await school()
    const first = await issue('[Hardware] one')
    const second = await issue('[Hardware] two')
    await faults([{ method: 'PUT', path: `/issues/${first}$`, kind: 'status', status: 403 }])
    const stdout = printed()
    const code = await runTriage({ ...wet, json: true }, { ...parts, stdout, stderr: process.stderr })
    const report: TriageReport = JSON.parse(stdout.text())
    assert.equal(code, 1)
    assert.deepEqual(report.changed, [{ iid: second, added: ['hardware'] }])
    assert.equal(report.failed[0]?.iid, first)
    assert.match(report.failed[0]?.why ?? '', /403/)
    assert.deepEqual(await labelsOf(second), ['hardware'])
  })

  test('what GitLab cannot do just now is tried again', async () => {
    const { parts, issue, labelsOf, faults } = await school()
    const iid = await issue('[Hardware] one')
    await faults([
      { method: 'PUT', kind: 'limit', ms: 1000, times: 1 },
      { method: 'PUT', kind: 'lost', times: 1 },
      { method: 'GET', path: '/issues$', kind: 'status', status: 502, times: 1 },
    ])
    const report = await triageIssues(wet, parts)
    assert.deepEqual(report.failed, [])
    assert.deepEqual(await labelsOf(iid), ['hardware'])
  })

  test('a label that somebody made meanwhile is no error', async () => {
    const { parts, issue, byHand } = await school()
    await issue('[Hardware] one')
    const board = { ...parts.board, labels: async () => [] }
    await byHand('POST', '/projects/1/labels', { name: 'hardware', color: '#000000' })
    const report = await triageIssues(wet, { ...parts, board })
    assert.deepEqual(report.labelsMade, ['gitlab-account'])
    assert.equal(report.changed.length, 1)
  })

  test('where a label cannot be made, the issues that need it are reported with the reason', async () => {
    const { parts, issue, labelsOf, faults } = await school()
    const hardware = await issue('[Hardware] one')
    const account = await issue('[Gitlab Account] two')
    await faults([{ method: 'POST', path: '/labels$', kind: 'status', status: 403, times: 1 }])
    const report = await triageIssues(wet, parts)
    assert.deepEqual(
      report.failed.map(({ iid }) => iid),
      [hardware],
    )
    assert.match(report.failed[0]?.why ?? '', /label hardware is missing/)
    assert.deepEqual(await labelsOf(hardware), [])
    assert.deepEqual(await labelsOf(account), ['gitlab-account'])
  })

  test('only Service Desk issues are touched when asked so', async () => {
    const { parts, sandbox } = await school({ empty: false })
    const all = await triageIssues({ ...wet, dryRun: true }, parts)
    const some = await triageIssues({ dryRun: true, serviceDeskOnly: true }, parts)
    assert.ok(sandbox.url)
    assert.ok(some.read > 0 && some.read < all.read)
  })

  test('the report reads calmly, dry or not', async () => {
    const { parts, issue } = await school()
    await issue('[Hardware] one')
    await issue('[Hardware] or [Gitlab Account]')
    const say = async (dryRun: boolean): Promise<string> => {
      const stdout = printed()
      assert.equal(
        await runTriage({ ...wet, dryRun, json: false }, { ...parts, stdout, stderr: process.stderr }),
        0,
      )
      return stdout.text()
    }
    assert.equal(
      await say(true),
      [
        'Read 2 open issues.',
        'Would make 2 labels: hardware, gitlab-account.',
        'Would give 1 issue a category:',
        '  #1  hardware',
        'Left 1 issue to you, because the title asks for several categories:',
        '  #2  Hardware, Gitlab Account',
        'This was a dry run: nothing was written.',
        '',
      ].join('\n'),
    )
    assert.match(await say(false), /Made 2 labels.*\nGave 1 issue a category:/)
    assert.match(await say(false), /nothing to do\.\n$/)
  })

  test('a token that GitLab does not accept ends the run with one sentence', async () => {
    const { parts, faults } = await school()
    await faults([{ kind: 'status', status: 401 }])
    const stdout = printed()
    const stderr = printed()
    // biome-ignore lint/suspicious/noExplicitAny: only what the command uses of a stream
    const code = await runTriage({ ...wet, json: false }, { ...parts, stdout, stderr: stderr as any })
    assert.equal(code, 1)
    assert.equal(stdout.text(), '')
    assert.match(stderr.text(), /^GitLab does not accept the token\. Check GITLAB_TOKEN/)
  })
})
