import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createClient } from '../../../src/adapters/gitlab/client.ts'
import { createGateway } from '../../../src/adapters/gitlab/gateway.ts'
import {
  assigneeInNote,
  branchProblemOf,
  duplicateInNote,
} from '../../../src/adapters/gitlab/gitlab-answers.ts'
import { GatewayError } from '../../../src/application/gateway-error.ts'
import type { Claimed } from '../../../src/application/ports.ts'
import type { Author, Intent, Outcome } from '../../../src/domain/operation.ts'
import { desk, gitlab, inFlight, keys, opening, realTime } from './desk.ts'

type There = Awaited<ReturnType<typeof gitlab>>

const idOf = (there: There, username: string): number =>
  there.sandbox.users().find((user) => user.username === username)?.id ?? 0

const bruno = (there: There): Author => ({
  kind: 'agent',
  id: idOf(there, 'bruno'),
  username: 'bruno',
  name: 'Bruno Berg',
})

const opened = async (there: There, title = 'The screen is dark'): Promise<number> => {
  const outcome = await there.gateway.perform(inFlight(opening(title, 'It was fine yesterday.')))
  assert.equal(outcome.kind, 'opened')
  return outcome.kind === 'opened' ? outcome.iid : 0
}

const note = (text: string, internal: boolean): Intent => ({
  kind: 'note',
  purpose: internal ? 'note' : 'reply',
  text,
  internal,
})

const escalation: Extract<Intent, { kind: 'change' }> = {
  kind: 'change',
  addLabels: ['level::2'],
  removeLabels: ['level::1'],
  assignee: null,
}

const branch = (more: Partial<Extract<Intent, { kind: 'branch' }>> = {}): Intent => ({
  kind: 'branch',
  title: 'The screen is dark',
  confidential: true,
  project: '',
  ref: '',
  ...more,
})

const failure = async (work: Promise<unknown>): Promise<GatewayError> => {
  const error = await work.then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof GatewayError, String(error))
  return error
}

const writes = (there: There): string[] =>
  there.calls.filter(({ method }) => method !== 'GET').map(({ method, route }) => `${method} ${route}`)

describe('operations on their way to GitLab', () => {
  test('Ana’s ticket is opened with one call, confidential, labelled, with nobody’s name in it', async () => {
    const there = await gitlab()
    const claimed = inFlight(opening('[Hardware] dark screen', 'Please help @carla\n/close'))
    const outcome = await there.gateway.perform(claimed)
    assert.deepEqual(writes(there), ['POST /projects/:project/issues'])
    assert.equal(there.calls.length, 1)
    const issue = there.sandbox.issue(1)
    assert.equal(outcome.kind === 'opened' && outcome.iid, 1)
    assert.equal(issue?.confidential, 1)
    assert.equal(issue?.state, 'opened')
    assert.deepEqual(issue?.labels, ['hardware', 'level::1'])
    assert.ok(!/Ana|school\.example/.test(issue?.description ?? ''))
    assert.deepEqual(there.sandbox.mentions(), [])
  })

  test('escalating is one PUT, one branch and one internal note; the assignee lets go', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    await there.gateway.perform(
      inFlight({ kind: 'change', addLabels: [], removeLabels: [], assignee: idOf(there, 'bruno') }, { iid }),
    )
    assert.equal(there.sandbox.issue(iid)?.assignee_id, idOf(there, 'bruno'))
    there.calls.length = 0
    const moved = await there.gateway.perform(inFlight(escalation, { iid }))
    const made = await there.gateway.perform(inFlight(branch(), { iid }))
    const noted = await there.gateway.perform(
      inFlight(
        {
          kind: 'note',
          purpose: 'escalate',
          text: 'The cable is fine.',
          internal: true,
          level: 2,
          formerAssignee: 'bruno',
        },
        { iid, author: bruno(there) },
      ),
    )
    assert.deepEqual(writes(there), [
      'PUT /projects/:project/issues/:iid',
      'POST /projects/:project/repository/branches',
      'POST /projects/:project/issues/:iid/notes',
    ])
    assert.deepEqual(moved.kind === 'changed' && moved.labels, ['hardware', 'level::2'])
    assert.equal(made.kind === 'branch-made' && made.name, '1-confidential-issue')
    assert.equal(noted.kind, 'noted')
    assert.equal(there.sandbox.issue(iid)?.assignee_id, null)
    assert.equal(there.sandbox.notes(iid).at(-1)?.internal, 1)
  })

  test('a move that leaves another level standing is mended at once', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    await there.byHand('PUT', `/projects/1/issues/${iid}`, { add_labels: 'level::2' })
    const outcome = await there.gateway.perform(
      inFlight({ kind: 'change', addLabels: ['level::2'], removeLabels: [] }, { iid }),
    )
    assert.deepEqual(outcome.kind === 'changed' && outcome.labels, ['hardware', 'level::2'])
    assert.deepEqual(there.sandbox.issue(iid)?.labels, ['hardware', 'level::2'])
  })

  test('resolving closes, reopening opens', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    await there.gateway.perform(
      inFlight({ kind: 'change', addLabels: [], removeLabels: [], state: 'closed' }, { iid }),
    )
    assert.equal(there.sandbox.issue(iid)?.state, 'closed')
    await there.gateway.perform(
      inFlight({ kind: 'change', addLabels: [], removeLabels: [], state: 'opened' }, { iid }),
    )
    assert.equal(there.sandbox.issue(iid)?.state, 'opened')
  })

  test('a reply of nothing but commands is a note and commands nothing', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    for (const author of [bruno(there), { kind: 'requester', name: 'Ana' } as const])
      await there.gateway.perform(inFlight(note('/close\n/confidential', false), { iid, author }))
    assert.equal(there.sandbox.issue(iid)?.state, 'opened')
    assert.equal(there.sandbox.notes(iid).filter((one) => !one.system).length, 2)
  })

  test('an internal note that GitLab makes public is deleted at once, and a person must look', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    // As a GitLab would whose role for the token is too small: "internal" is quietly ignored.
    const client = {
      ...there.client,
      call: ((shape, call) =>
        there.client.call(
          shape,
          call.method === 'POST' && call.route.endsWith('/notes')
            ? { ...call, json: { ...(call.json as object), internal: false } }
            : call,
        )) as typeof there.client.call,
    }
    const gateway = createGateway({ client, project: '1', keys, desk })
    const error = await failure(gateway.perform(inFlight(note('not for Ana', true), { iid })))
    assert.equal(error.kind, 'permanent')
    assert.match(error.message, /deleted at once/)
    assert.deepEqual(
      there.sandbox.notes(iid).filter((one) => !one.system),
      [],
    )
  })

  test('a ticket that GitLab opens visibly is made confidential before anybody is told', async () => {
    const there = await gitlab()
    const client = {
      ...there.client,
      call: ((shape, call) =>
        there.client.call(
          shape,
          call.method === 'POST'
            ? { ...call, json: { ...(call.json as object), confidential: false } }
            : call,
        )) as typeof there.client.call,
    }
    await createGateway({ client, project: '1', keys, desk }).perform(inFlight(opening('One', 'text')))
    assert.equal(there.sandbox.issue(1)?.confidential, 1)
  })

  test('a file is uploaded under a harmless name, linked from the ticket and comes back whole', async () => {
    const bytes = Buffer.from([0, 1, 2, 13, 10, 255])
    const there = await gitlab({}, { fileBytes: async (id) => (id === 'f1' ? bytes : null) })
    const file = { id: 'f1', name: '../@all #1 "x".bin', type: 'application/x-thing', bytes: bytes.length }
    const uploaded = await there.gateway.perform(inFlight({ kind: 'upload', file }))
    assert.ok(uploaded.kind === 'uploaded')
    assert.match(uploaded.path, /\/all-1-x-?\.bin$/)
    const claimed = inFlight(
      { ...opening('With a file', 'see below'), files: [file] },
      { uploads: { f1: uploaded } },
    )
    await there.gateway.perform(claimed)
    assert.ok(there.sandbox.issue(1)?.description?.includes(uploaded.markdown))
    const read = await there.gateway.history(1, { code: false })
    assert.equal(read?.ticket.text, 'see below')
    assert.deepEqual(Buffer.from((await there.gateway.download(uploaded.path)).bytes), bytes)
    for (const path of [
      '/uploads/../../user',
      '/uploads/x/y',
      'https://thief.example/uploads/a/b',
      '/api/v4/user',
    ])
      assert.equal((await failure(there.gateway.download(path))).kind, 'missing')
    assert.equal(
      (await failure(there.gateway.perform(inFlight({ kind: 'upload', file: { ...file, id: 'f2' } })))).kind,
      'permanent',
    )
    assert.equal(await there.gateway.lookUp(inFlight({ kind: 'upload', file })), null)
  })
})

describe('the branch of an escalation', () => {
  const why = (outcome: Outcome): string => (outcome.kind === 'branch-missing' ? outcome.why : outcome.kind)

  test('a branch somebody made by hand is adopted, another ticket’s is not', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    await there.byHand('POST', '/projects/1/repository/branches', { branch: `${iid}1-other`, ref: 'main' })
    await there.byHand('POST', '/projects/1/repository/branches', { branch: `${iid}-by-hand`, ref: 'main' })
    const outcome = await there.gateway.perform(inFlight(branch(), { iid }))
    assert.equal(outcome.kind === 'branch-made' && outcome.name, `${iid}-by-hand`)
  })

  test('an empty repository and an archived project are never written to', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    there.sandbox.emptyRepository()
    there.calls.length = 0
    assert.equal(why(await there.gateway.perform(inFlight(branch(), { iid }))), 'empty-repository')
    assert.deepEqual(there.sandbox.branches(), [])
    there.sandbox.setProject({ archived: 1 })
    assert.equal(why(await there.gateway.perform(inFlight(branch(), { iid }))), 'archived-project')
    assert.deepEqual(writes(there), [])
  })

  test('a wrong project, a wrong ref and a token that may not push are reasons, not errors', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    assert.equal(
      why(await there.gateway.perform(inFlight(branch({ project: 'no/such' }), { iid }))),
      'project-missing',
    )
    assert.equal(
      why(await there.gateway.perform(inFlight(branch({ ref: 'no-such' }), { iid }))),
      'ref-missing',
    )
    const small = createGateway({
      client: there.client,
      branchClient: createClient({
        url: there.sandbox.url,
        token: there.sandbox.tokenOf('bruno'),
        clock: realTime,
      }),
      project: '1',
      keys,
      desk,
    })
    assert.equal(why(await small.perform(inFlight(branch(), { iid }))), 'not-allowed')
  })

  test('a bad token and a GitLab that is not well are errors, so that it is tried again', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    there.sandbox.faults([{ method: 'POST', path: '/branches', kind: 'status', status: 502, times: 1 }])
    assert.equal((await failure(there.gateway.perform(inFlight(branch(), { iid })))).kind, 'transient')
    there.sandbox.faults([{ kind: 'status', status: 401 }])
    assert.equal((await failure(there.gateway.perform(inFlight(branch(), { iid })))).kind, 'unauthorised')
  })

  test('in another project only the exact name is ours, and GITLAB_BRANCH_TOKEN makes it', async () => {
    const there = await gitlab()
    const iid = await opened(there)
    const carla = createClient({
      url: there.sandbox.url,
      token: there.sandbox.tokenOf('carla'),
      clock: realTime,
    })
    const gateway = createGateway({ client: there.client, branchClient: carla, project: '1', keys, desk })
    const first = await gateway.perform(inFlight(branch({ project: 'demo/archive' }), { iid }))
    assert.equal(first.kind === 'branch-made' && first.name, `ticket-${iid}`)
    const again = await gateway.perform(inFlight(branch({ project: 'demo/archive' }), { iid }))
    assert.deepEqual(again, first)
    assert.deepEqual(await gateway.lookUp(inFlight(branch({ project: 'demo/archive' }), { iid })), first)
  })

  test('GitLab’s words for refused branches are known', () => {
    assert.equal(branchProblemOf("Failed to create branch 'b': invalid reference name 'r'"), 'ref-missing')
    assert.equal(branchProblemOf('Branch name is invalid'), 'name-refused')
    assert.equal(
      branchProblemOf("Failed to create branch 'b': Branch name conflicts with existing branch hierarchy."),
      'name-refused',
    )
    assert.equal(branchProblemOf('pre-receive hook declined'), 'refused')
  })
})

describe('an answer that was lost', () => {
  const intents: [string, (there: There) => Intent, string][] = [
    ['of an opening', () => opening('Lost', 'text'), '/issues$'],
    ['of a reply', () => note('Lost reply', false), '/notes$'],
    ['of an internal note', () => note('Lost note', true), '/notes$'],
    ['of a label change', () => escalation, '/issues/\\d+$'],
    ['of a branch', () => branch(), '/branches$'],
  ]
  for (const [what, make, path] of intents)
    for (const kind of ['lost', 'garbage'] as const)
      test(`${what} (${kind}) is found again, once, and nothing else is taken for it`, async () => {
        const there = await gitlab()
        const iid = await opened(there)
        const claimed = inFlight(make(there), { iid })
        assert.equal(await there.gateway.lookUp(claimed), null)
        there.sandbox.faults([
          { method: claimed.operation.intent.kind === 'change' ? 'PUT' : 'POST', path, kind, times: 1 },
        ])
        const error = await failure(there.gateway.perform(claimed))
        assert.deepEqual([error.kind, error.effect], ['transient', 'maybe'])
        const found = await there.gateway.lookUp(claimed)
        assert.ok(found, 'it is not found')
        assert.deepEqual(await there.gateway.lookUp(claimed), found)
        const { kind: intentKind } = claimed.operation.intent
        if (intentKind === 'open' || intentKind === 'note') {
          const other: Claimed = { ...claimed, operation: { ...claimed.operation, id: 'another' } }
          assert.equal(await there.gateway.lookUp(other), null)
        }
      })

  test('of two issues with one mark the older one is the ticket', async () => {
    const there = await gitlab()
    const claimed = inFlight(opening('Twice', 'text'))
    const first = await there.gateway.perform(claimed)
    await there.gateway.perform(claimed)
    assert.deepEqual(await there.gateway.lookUp(claimed), first)
  })

  test('is not found in what somebody else copied, mark and all', async () => {
    const there = await gitlab()
    const claimed = inFlight(opening('Copied', 'text'))
    await there.gateway.perform(claimed)
    const { description } = there.sandbox.issue(1) ?? {}
    const copy = await there.byHand(
      'POST',
      '/projects/1/issues',
      { title: 'Mine', description },
      there.sandbox.tokenOf('bruno'),
    )
    const listed = await there.gateway.listing({ since: null, page: null })
    assert.equal(listed.tickets.find(({ iid }) => iid === copy.body.iid)?.marker, null)
    assert.notEqual(listed.tickets.find(({ iid }) => iid === copy.body.iid)?.id, claimed.operation.id)
    assert.equal((await there.gateway.lookUp(claimed))?.kind, 'opened')
  })

  test('is found among a hundred replies that came after it', async () => {
    const there = await gitlab({ limits: { notes: 0 } })
    const iid = await opened(there)
    const claimed = inFlight(note('the first', false), { iid })
    const sent = await there.gateway.perform(claimed)
    for (let count = 0; count < 120; count++)
      await there.byHand('POST', `/projects/1/issues/${iid}/notes`, { body: `later ${count}` })
    assert.deepEqual(await there.gateway.lookUp(claimed), sent)
  })

  test('of a former bot of ours is found with the new one', async () => {
    const there = await gitlab()
    const claimed = inFlight(opening('Before', 'text'))
    const first = await there.gateway.perform(claimed)
    const bot = there.sandbox.makeBot()
    const client = createClient({ url: there.sandbox.url, token: bot.token, clock: realTime })
    const stranger = createGateway({ client, project: '1', keys, desk })
    assert.equal(await stranger.lookUp(claimed), null)
    const formerBots = [there.sandbox.users().find(({ name }) => name === 'Belay')?.id ?? 0]
    const heir = createGateway({ client, project: '1', keys, desk, formerBots })
    assert.deepEqual(await heir.lookUp(claimed), first)
    assert.equal((await heir.history(1, { code: false }))?.ticket.id, claimed.operation.id)
  })
})

describe('reading tickets back', () => {
  test('the whole history of an escalated ticket, text and names as they were', async () => {
    const there = await gitlab()
    const written = 'Hello @carla\n```\n/close\n```\nsee #1'
    const claimed = inFlight(opening('[Hardware] for @carla', written))
    await there.gateway.perform(claimed)
    await there.gateway.perform(
      inFlight(
        { kind: 'change', addLabels: [], removeLabels: [], assignee: idOf(there, 'bruno') },
        { iid: 1 },
      ),
    )
    await there.gateway.perform(inFlight(escalation, { iid: 1 }))
    await there.gateway.perform(
      inFlight(
        {
          kind: 'note',
          purpose: 'escalate',
          text: 'See #1',
          internal: true,
          level: 2,
          formerAssignee: 'bruno',
        },
        { iid: 1, author: bruno(there) },
      ),
    )
    await there.byHand(
      'POST',
      '/projects/1/issues/1/notes',
      { body: 'By hand' },
      there.sandbox.tokenOf('carla'),
    )
    await there.byHand(
      'PUT',
      '/projects/1/issues/1',
      { state_event: 'close' },
      there.sandbox.tokenOf('carla'),
    )
    const read = await there.gateway.history(1, { code: true })
    assert.ok(read)
    assert.equal(read.ticket.id, claimed.operation.id)
    assert.equal(read.ticket.title, '[Hardware] for @carla')
    assert.equal(read.ticket.text, written)
    assert.deepEqual(read.ticket.marker?.requester, {
      name: 'Ana Alves',
      email: 'ana@school.example',
      username: null,
    })
    assert.equal(read.ticket.author.bot, true)
    assert.equal(read.ticket.closed, true)
    assert.deepEqual(
      read.notes.map(({ text, internal, marker }) => ({ text, internal, kind: marker?.kind ?? null })),
      [
        { text: 'See #1', internal: true, kind: 'escalate' },
        { text: 'By hand', internal: false, kind: null },
      ],
    )
    assert.equal(read.notes[0]?.marker?.author, idOf(there, 'bruno'))
    assert.deepEqual(
      read.assignments.map(({ assignee }) => assignee),
      ['bruno', null],
    )
    assert.deepEqual(
      read.stateEvents.map(({ state, by }) => [state, by.username]),
      [['closed', 'carla']],
    )
    assert.deepEqual(
      read.labelEvents.slice(2).map(({ label, added }) => [label, added]),
      [
        ['level::2', true],
        ['level::1', false],
      ],
    )
    assert.deepEqual(read.branches, [])
  })

  test('a deleted ticket is null, and only where we would see it if it were there', async () => {
    const there = await gitlab()
    assert.equal(await there.gateway.history(99, { code: false }), null)
    const blind = { name: 'GatewayError', kind: 'unauthorised' }
    there.sandbox.setProject({ issues_enabled: 0 })
    await assert.rejects(there.gateway.history(99, { code: false }), /switched off|403/)
    there.sandbox.setProject({ issues_enabled: 1 })
    await there.faults([{ method: 'GET', path: '^/api/v4/projects/1$', kind: 'status', status: 404 }])
    await assert.rejects(there.gateway.history(99, { code: false }), blind)
    await there.faults([])
    const members = (await there.byHand('GET', '/projects/1/members/all')).body
    const bot = members.find(({ username }: { username: string }) => username.includes('bot'))
    const davi = there.sandbox.tokenOf('davi')
    await there.byHand('PUT', `/projects/1/members/${bot.id}`, { access_level: 10 }, davi)
    await assert.rejects(there.gateway.history(99, { code: false }), blind)
    await there.byHand('DELETE', `/projects/1/members/${bot.id}`, undefined, davi)
    await assert.rejects(there.gateway.history(99, { code: false }), blind)
  })

  test('a moved ticket says where it went and who moved it', async () => {
    const there = await gitlab()
    await there.byHand('POST', '/projects/1/issues', { title: 'To move' }, there.sandbox.tokenOf('davi'))
    await there.byHand(
      'POST',
      '/projects/1/issues/1/move',
      { to_project_id: 2 },
      there.sandbox.tokenOf('davi'),
    )
    const moved = await there.gateway.history(1, { code: false })
    assert.equal(moved?.ticket.left, 'moved')
    assert.deepEqual(
      moved?.moves.map(({ by, to }) => [by.username, to]),
      [['davi', 'demo/archive#1']],
    )
    await there.byHand('POST', '/projects/1/issues', { title: 'Open', confidential: true })
    await there.byHand('PUT', '/projects/1/issues/2', { confidential: false })
    const shown = await there.gateway.history(2, { code: false })
    assert.deepEqual(
      shown?.confidentiality.map(({ confidential }) => confidential),
      [false],
    )
  })

  test('a ticket that was closed as a duplicate and the one that goes on name each other', async () => {
    const there = await gitlab()
    for (const title of ['The first', 'The same again'])
      await there.byHand('POST', '/projects/1/issues', { title })
    const davi = there.sandbox.tokenOf('davi')
    await there.byHand('POST', '/projects/1/issues/2/notes', { body: '/duplicate #1' }, davi)
    const [first, again] = [
      await there.gateway.history(1, { code: false }),
      await there.gateway.history(2, { code: false }),
    ]
    const told = (one: typeof first) => one?.duplicates.map(({ by, of, has }) => [by.username, of, has])
    assert.deepEqual(told(first), [['davi', null, 2]])
    assert.deepEqual(told(again), [['davi', 1, null]])
    assert.deepEqual([first?.ticket.closed, again?.ticket.closed], [false, true])
    assert.deepEqual(again?.notes, [])
  })

  test('a ticket born in GitLab keeps one id, derived from project and number', async () => {
    const there = await gitlab()
    await there.byHand('POST', '/projects/1/issues', { title: 'By hand' })
    const one = (await there.gateway.listing({ since: null, page: null })).tickets[0]
    const two = (await there.gateway.history(1, { code: false }))?.ticket
    assert.equal(one?.id, two?.id)
    assert.match(one?.id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-5/)
  })

  test('all tickets come in pages of a hundred, oldest change first, with the fewest calls', async () => {
    const there = await gitlab({ issues: 250 })
    const seen: number[] = []
    let page: string | null = null
    let pages = 0
    do {
      const asked: string | null = page
      const { tickets, next }: Awaited<ReturnType<typeof there.gateway.listing>> =
        await there.gateway.listing({ since: null, page: asked })
      seen.push(...tickets.map(({ iid }) => iid))
      page = next
      pages++
    } while (page !== null)
    const types = ['issue', 'incident', 'ticket']
    assert.equal(pages, 3)
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      there.sandbox
        .issues()
        .filter((issue) => types.includes(issue.issue_type))
        .map(({ iid }) => iid),
    )
  })

  test('a page that GitLab does not give whole is an error, not a shorter page', async () => {
    const there = await gitlab()
    await opened(there)
    for (const kind of ['garbage', 'reset'] as const) {
      there.sandbox.faults([{ path: '/issues$', kind, times: 1 }])
      assert.equal((await failure(there.gateway.listing({ since: null, page: null }))).kind, 'transient')
    }
  })

  test('members and roles are GitLab’s, and nobody else has a right', async () => {
    const there = await gitlab()
    const members = await there.gateway.members()
    const roles = Object.fromEntries(members.map(({ username, role }) => [username, role]))
    assert.deepEqual(
      [roles.bruno, roles.carla, roles.davi, roles.ana],
      ['agent', 'specialist', 'lead', undefined],
    )
    assert.equal(members.find(({ bot }) => bot)?.name, 'Belay')
    assert.equal(await there.gateway.roleOf(idOf(there, 'davi')), 'lead')
    assert.equal(await there.gateway.roleOf(idOf(there, 'ana')), 'requester')
    assert.equal(await there.gateway.roleOf(4711), 'requester')
    there.sandbox.faults([{ kind: 'status', status: 500 }])
    assert.equal((await failure(there.gateway.roleOf(idOf(there, 'davi')))).kind, 'transient')
  })

  test('GitLab’s words for who has a ticket are known', () => {
    assert.equal(assigneeInNote('assigned to @bruno'), 'bruno')
    assert.equal(assigneeInNote('assigned to @carla and unassigned @bruno'), 'carla')
    assert.equal(assigneeInNote('assigned to @a.b-c, @d and @e'), 'a.b-c')
    assert.equal(assigneeInNote('unassigned @bruno'), null)
    assert.equal(assigneeInNote('removed assignee'), null)
    assert.equal(assigneeInNote('changed the description'), undefined)
    assert.equal(assigneeInNote('mentioned in issue #1 assigned to @x'), undefined)
  })

  test('GitLab’s words for duplicates are known', () => {
    assert.deepEqual(duplicateInNote('marked this issue as a duplicate of #12'), { of: 12, has: null })
    assert.deepEqual(duplicateInNote('marked this ticket as a duplicate of #12'), { of: 12, has: null })
    assert.deepEqual(duplicateInNote('marked #15 as a duplicate of this issue'), { of: null, has: 15 })
    assert.equal(duplicateInNote('marked this issue as a duplicate of archive#12'), null)
    assert.equal(duplicateInNote('marked archive#15 as a duplicate of this issue'), null)
    assert.equal(duplicateInNote('marked this issue as related to #12'), null)
    assert.equal(duplicateInNote('I marked this issue as a duplicate of #12'), null)
  })
})
