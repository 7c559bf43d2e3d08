import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Ajv, type AnySchemaObject } from 'ajv'
import { parse } from 'yaml'
import { apiRoutes } from '../src/api/routes.ts'
import { type Desk, open, openDesk } from './support/desk.ts'
import { openMailDesk } from './support/mail.ts'

/**
 * Holds the answers against GitLab's own schemas, where their folder lies beside the repository. Their known
 * faults (SOURCES.md) are relaxed by name, never by leaving a field out.
 */
const contract = join(import.meta.dirname, '../../../shared/gitlab-contract')
const skip = existsSync(contract) ? false : 'the contract folder ../shared/gitlab-contract is not here'
const schemas = join(contract, 'json-schemas/public_api/v4')

/** A schema with its `$ref`s to files read in, and without `additionalProperties: false`: real answers have more. */
async function schema(file: string, drop: readonly string[] = []): Promise<AnySchemaObject> {
  const resolve = async (value: unknown, from: string): Promise<unknown> => {
    if (Array.isArray(value)) return Promise.all(value.map((item) => resolve(item, from)))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    const [ref] = entries
      .filter(([name, target]) => name === '$ref' && typeof target === 'string')
      .map(([, target]) => target as string)
    if (ref) {
      const path = join(dirname(from), ref)
      return resolve(JSON.parse(await readFile(path, 'utf8')), path)
    }
    const kept: Record<string, unknown> = {}
    for (const [name, inner] of entries) {
      if (name === 'additionalProperties' || name === 'optional') continue
      kept[name] =
        name === 'required'
          ? (inner as string[]).filter((field) => !drop.includes(field))
          : await resolve(inner, from)
    }
    return kept
  }
  const path = join(schemas, file)
  return (await resolve(JSON.parse(await readFile(path, 'utf8')), path)) as AnySchemaObject
}

const ajv = new Ajv({
  strict: false,
  allErrors: true,
  formats: {
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    date: /^\d{4}-\d\d-\d\d$/,
    uri: /^https?:\/\/\S+$/,
    int32: true,
    int64: true,
    float: true,
  },
})

function fits(wanted: AnySchemaObject, value: unknown, name: string): void {
  const check = ajv.compile(wanted)
  assert.ok(check(value), `${name}: ${ajv.errorsText(check.errors)}`)
}

/** A desk on which every kind of answer can be had. */
async function livelyDesk(desk: Desk): Promise<number> {
  const iid = await open(desk, {
    labels: 'hardware,level::1',
    description: '- [ ] one\n- [x] two',
    assignee_ids: [5],
    due_date: '2026-04-01',
    confidential: true,
  })
  await desk.bot('POST', `/projects/1/issues/${iid}/notes`, { body: 'hello', internal: true })
  await desk.bot('PUT', `/projects/1/issues/${iid}`, { state_event: 'close', remove_labels: 'hardware' })
  await desk.bot('POST', '/projects/1/repository/branches', { branch: `${iid}-fix`, ref: 'main' })
  await desk.carla('POST', '/projects/1/merge_requests', {
    title: 'Fix',
    description: `Closes #${iid}`,
    source_branch: `${iid}-fix`,
    target_branch: 'main',
  })
  await desk.davi('POST', '/projects/1/hooks', { url: 'http://127.0.0.1:9/', issues_events: true })
  return iid
}

test('answers fit GitLab’s JSON schemas', { skip }, async (t) => {
  const desk = await openDesk(t)
  const iid = await livelyDesk(desk)
  const get = async (path: string) => (await desk.davi<unknown>('GET', path)).body
  const each = async (file: string, path: string, drop?: string[]) => {
    const wanted = await schema(file, drop)
    const answer = await get(path)
    const items = Array.isArray(answer) ? answer : [answer]
    assert.ok(items.length > 0, `${path} has something to look at`)
    for (const item of items) fits(wanted, item, path)
  }
  await each('issue.json', '/projects/1/issues')
  await each('issue.json', `/projects/1/issues/${iid}`)
  fits(await schema('notes.json'), await get(`/projects/1/issues/${iid}/notes`), 'notes')
  await each('branch.json', '/projects/1/repository/branches')
  await each('commit/basic.json', '/projects/1/repository/commits')
  await each('commit/detail.json', '/projects/1/repository/commits/main')
  await each('merge_request.json', '/projects/1/merge_requests')
  await each('merge_request.json', `/projects/1/issues/${iid}/related_merge_requests`)
  await each('labels/project_label_with_counts.json', '/projects/1/labels?with_counts=true')
  const members = (await schema('members.json')) as AnySchemaObject & {
    items: { properties: Record<string, unknown> }
  }
  // GitLab's column is a date, whatever this schema says of a time.
  members.items.properties.expires_at = { type: ['string', 'null'], format: 'date' }
  fits(members, await get('/projects/1/members/all'), 'members')
  await each('metadata.json', '/metadata')
  await each('project_hook.json', '/projects/1/hooks')
  await each('user/basic.json', '/users')
  // The schema is old: skype and twitter are gone since, and organization moved.
  await each('user/public.json', '/user', ['skype', 'twitter', 'organization'])
})

test('tickets, notes and projects of Service Desk fit them too', { skip }, async (t) => {
  const desk = await openMailDesk(t)
  desk.sandbox.setServiceDesk({ issueType: 'ticket' })
  await desk.send({ messageId: '<first@people.example>', attachments: [{ filename: 'a.txt', content: 'a' }] })
  await desk.send({ inReplyTo: '<first@people.example>', text: 'Room 7' })
  const converted = await open(desk)
  await desk.say(converted, '/convert_to_ticket jake@x.example')
  const get = async (path: string) => (await desk.davi<unknown>('GET', path)).body
  const issue = await schema('issue.json')
  for (const iid of [1, converted]) fits(issue, await get(`/projects/1/issues/${iid}`), `ticket ${iid}`)
  const notes = await schema('notes.json')
  fits(notes, await get('/projects/1/issues/1/notes'), 'notes by mail')
  fits(notes, await get(`/projects/1/issues/${converted}/notes`), 'notes of a converted issue')
  const document = parse(await readFile(join(contract, 'openapi/openapi-18.9-subset.yaml'), 'utf8')) as {
    components: { schemas: Record<string, Entity> }
  }
  const known = document.components.schemas.API_Entities_ProjectWithAccess?.properties ?? {}
  const project = (await get('/projects/1')) as Record<string, unknown>
  for (const field of ['service_desk_enabled', 'service_desk_address'])
    assert.ok(field in known && field in project, field)
})

test('events, notes and labels fit the supplement word for word', { skip }, async (t) => {
  const desk = await openDesk(t)
  const iid = await livelyDesk(desk)
  const document = parse(
    await readFile(join(contract, 'openapi/openapi-supplement.derived.yaml'), 'utf8'),
  ) as { components: { schemas: Record<string, AnySchemaObject> } }
  const named = (name: string): AnySchemaObject => ({
    // A `$ref` to something nullable: OpenAPI 3.0 says so in the target.
    ...JSON.parse(JSON.stringify({ $ref: `#/components/schemas/${name}`, components: document.components })),
  })
  const lists: [string, string][] = [
    ['Note', `/projects/1/issues/${iid}/notes`],
    ['ResourceLabelEvent', `/projects/1/issues/${iid}/resource_label_events`],
    ['ResourceStateEvent', `/projects/1/issues/${iid}/resource_state_events`],
    ['ProjectLabel', '/projects/1/labels?with_counts=true'],
    ['Discussion', `/projects/1/issues/${iid}/discussions`],
  ]
  for (const [name, path] of lists) {
    const { body } = await desk.davi<unknown[]>('GET', path)
    assert.ok(body.length > 0)
    for (const item of body) fits(named(name), item, `${name} of ${path}`)
  }
  fits(named('UserBasic'), (await desk.davi('GET', '/user')).body, 'user')
  const commands = await desk.davi('POST', `/projects/1/issues/${iid}/notes`, { body: '/reopen' })
  assert.equal(commands.status, 202)
  fits(named('NoteCommands'), commands.body, 'commands')
  for (const path of ['/projects/1/issues/999', '/projects/9', '/projects/1/labels/none']) {
    fits(named('Message'), (await desk.davi('GET', path)).body, path)
  }
})

type Entity = { properties: Record<string, { type?: string; $ref?: string }> }

/** Fields that the 19.x sources have and the 18.9 document does not yet. */
const newer: Record<string, string[]> = {
  API_Entities_Issue: [],
  API_Entities_MergeRequestBasic: [],
  API_Entities_ProjectHook: ['token_present', 'signing_token_present'],
  API_Entities_ProjectWithAccess: [],
  API_Entities_ProjectUpload: [],
  API_Entities_PersonalAccessTokenWithLastUsedIps: [],
  API_Entities_Member: [],
  API_Entities_Branch: [],
  API_Entities_CommitDetail: [],
}

test('fields are those of GitLab’s OpenAPI document, and of its types', { skip }, async (t) => {
  const desk = await openDesk(t)
  const iid = await livelyDesk(desk)
  const document = parse(await readFile(join(contract, 'openapi/openapi-18.9-subset.yaml'), 'utf8')) as {
    components: { schemas: Record<string, Entity> }
  }
  const compare = (entity: string, value: unknown) => {
    const known = document.components.schemas[entity]?.properties ?? assert.fail(`no ${entity}`)
    const item = (Array.isArray(value) ? value[0] : value) as Record<string, unknown>
    for (const [field, given] of Object.entries(item)) {
      const described = known[field]
      if (!described) {
        assert.ok(newer[entity]?.includes(field), `${entity} has no field ${field}`)
        continue
      }
      // The document calls many numbers and objects "string": only its other types are of use.
      if (given === null || described.type === undefined || described.type === 'string') continue
      const actual = Array.isArray(given) ? 'array' : typeof given === 'number' ? 'integer' : typeof given
      assert.equal(actual, described.type, `${entity}.${field}`)
    }
  }
  const get = async (path: string) => (await desk.davi<unknown>('GET', path)).body
  compare('API_Entities_Issue', await get(`/projects/1/issues/${iid}`))
  compare('API_Entities_MergeRequestBasic', await get('/projects/1/merge_requests'))
  compare('API_Entities_ProjectHook', await get('/projects/1/hooks'))
  compare('API_Entities_ProjectWithAccess', await get('/projects/1'))
  compare('API_Entities_Member', await get('/projects/1/members/all'))
  compare('API_Entities_Branch', await get('/projects/1/repository/branches'))
  compare('API_Entities_CommitDetail', await get('/projects/1/repository/commits/main'))
  compare('API_Entities_PersonalAccessTokenWithLastUsedIps', await get('/personal_access_tokens/self'))
})

test('webhook bodies have the fields of GitLab’s samples', { skip }, async (t) => {
  const desk = await openDesk(t)
  await desk.davi('POST', '/projects/1/hooks', {
    url: 'http://127.0.0.1:9/',
    issues_events: true,
    confidential_issues_events: true,
    confidential_note_events: true,
    merge_requests_events: true,
  })
  const iid = await livelyDesk(desk)
  await desk.bot('PUT', `/projects/1/issues/${iid}`, { title: 'Another', add_labels: 'waiting' })
  await desk.sandbox.hooksSettled()
  const samples: [string, string][] = [
    ['confidential_issues_events', 'issue-hook.docs-17.3.json'],
    ['confidential_note_events', 'note-hook.confidential.derived.json'],
    ['merge_requests_events', 'merge-request-hook.go-gitlab.json'],
  ]
  // Of older or paid versions, or of a case this desk does not have.
  const absent = new Set([
    'escalation_status',
    'escalation_policy',
    'st_diff',
    'position',
    'branch_name',
    'last_edited_at',
    'last_edited_by_id',
    'first_contribution',
    'total_time_spent',
    'time_change',
    'human_total_time_spent',
    'human_time_change',
    'human_time_estimate',
  ])
  for (const [trigger, file] of samples) {
    const sample = JSON.parse(await readFile(join(contract, 'webhook-samples', file), 'utf8')) as {
      body: Record<string, Record<string, unknown>>
    }
    const sent =
      desk.sandbox.deliveries().findLast((delivery) => delivery.trigger === trigger) ??
      assert.fail(`no ${trigger}`)
    const body = JSON.parse(sent.request_body) as Record<string, Record<string, unknown>>
    for (const [name, part] of Object.entries(sample.body)) {
      assert.ok(name in body || name === 'assignee', `${file}: ${name}`)
      if (typeof part !== 'object' || Array.isArray(part) || name === 'changes' || !(name in body)) continue
      for (const field of Object.keys(part))
        assert.ok(absent.has(field) || field in (body[name] ?? {}), `${file}: ${name}.${field}`)
    }
  }
})

test('every route the documents describe for the desk is answered', { skip }, async () => {
  const files = ['openapi-18.9-subset.yaml', 'openapi-supplement.derived.yaml']
  const documents = await Promise.all(
    files.map(
      async (file) =>
        parse(await readFile(join(contract, 'openapi', file), 'utf8')) as {
          paths: Record<string, Record<string, unknown>>
        },
    ),
  )
  const plain = (path: string) => path.replace(/^\/api\/v4/, '').replace(/\{[^}]+\}|:\w+/g, ':')
  const served = new Set(apiRoutes.map((route) => `${route.method} ${plain(route.template)}`))
  // Not used by a help desk: other lists of the same, statistics, links, Markdown, activity, hook variables.
  const leftOut =
    /statistics|\/links|markdown|\/events$|groups\/|^\w+ \/issues$|^\w+ \/merge_requests$|custom_headers|url_variables|related_issues|milestone_events\/|^PATCH|protected_branches\/:$|^DELETE \/projects\/:$|^DELETE \/projects\/:\/merge_requests|^POST \/projects\/:\/issues\/:\/discussions/
  const missing = documents
    .flatMap(({ paths }) =>
      Object.entries(paths).flatMap(([path, item]) =>
        ['get', 'post', 'put', 'patch', 'delete']
          .filter((method) => method in item)
          .map((method) => `${method.toUpperCase()} ${plain(path)}`),
      ),
    )
    .filter((name) => !served.has(name) && !leftOut.test(name))
  assert.deepEqual(missing, [])
})
