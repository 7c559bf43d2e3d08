import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { v7 } from 'uuid'
import { createClient } from '../../src/adapters/gitlab/client.ts'
import { createSetupProbe } from '../../src/adapters/gitlab/setup-probe.ts'
import type { Check, Finding, SetupParts, SetupProbe } from '../../src/application/examine-setup.ts'
import { examineSetup } from '../../src/application/examine-setup.ts'
import { findingsInWords, runDoctor } from '../../src/commands/doctor.ts'
import { desk, gitlab, inFlight, keys, opening, realTime } from '../adapters/gitlab/desk.ts'

const day = 86_400_000

const settings: SetupParts['settings'] = {
  gitlabUrl: 'http://gitlab.test',
  project: '1',
  key: 'data folder',
  webhook: { secret: false, lastDelivery: null, missed: 0 },
  pollSeconds: 15,
  mail: null,
}

const school = async (more: Parameters<typeof gitlab>[0] = { empty: false }) => {
  const there = await gitlab(more)
  const probeFor = (token: string, project = '1', url = there.sandbox.url): SetupProbe =>
    createSetupProbe({
      client: createClient({ url, token, clock: realTime, deadline: 2_000 }),
      project,
      keys,
    })
  const parts: SetupParts = {
    probe: probeFor(there.sandbox.token),
    branchProbe: null,
    desk,
    clock: realTime,
    settings: { ...settings, gitlabUrl: there.sandbox.url },
  }
  const tokenOf = async (username: string, options: object = {}): Promise<string> => {
    const answer = await fetch(`${there.sandbox.url}/-/sandbox/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, ...options }),
    })
    const { token } = (await answer.json()) as { token: string }
    return token
  }
  return { ...there, parts, probeFor, tokenOf }
}

const the = (findings: readonly Finding[], check: Check): Finding => {
  const found = findings.filter((finding) => finding.check === check)
  assert.equal(found.length, 1, `${check} is found ${found.length} times`)
  return found[0] as Finding
}

const wrong = (findings: readonly Finding[]): string[] =>
  findings.filter(({ ok }) => !ok).map(({ check }) => check)

const checks: Check[] = [
  ...(['address', 'token', 'version', 'scopes', 'expiry', 'project', 'privacy', 'uploads'] as const),
  ...(['role', 'labels', 'branches', 'key', 'webhook', 'clock', 'mail'] as const),
]

const sameChecks = (findings: readonly Finding[]): void => {
  assert.deepEqual(findings.map(({ check }) => check).sort(), [...checks].sort())
  for (const { check, ok, mend } of findings)
    assert.ok(ok || mend !== '', `${check} does not say how to mend it`)
}

describe('the doctor', () => {
  test('finds a desk that is set up well in order', async () => {
    const { parts } = await school()
    const findings = await examineSetup(parts)
    sameChecks(findings)
    assert.deepEqual(wrong(findings), [], JSON.stringify(findings, null, 1))
    assert.match(the(findings, 'webhook').found, /needs no webhook/)
    assert.match(the(findings, 'mail').found, /not set up/)
  })

  test('a host that nobody answers on is one finding, and all others wait for it', async () => {
    const { parts, probeFor, sandbox } = await school()
    const findings = await examineSetup({
      ...parts,
      probe: probeFor(sandbox.token, '1', 'http://127.0.0.1:1'),
    })
    sameChecks(findings)
    assert.match(the(findings, 'address').found, /refuses connections/)
    assert.match(the(findings, 'address').mend, /GITLAB_URL/)
    assert.match(the(findings, 'labels').mend, /"address" first/)
    assert.equal(the(findings, 'mail').ok, true)
  })

  test('a wrong token is one finding, and what depends on it waits', async () => {
    const { parts, probeFor } = await school()
    const findings = await examineSetup({ ...parts, probe: probeFor('glpat-wrong') })
    sameChecks(findings)
    assert.equal(the(findings, 'address').ok, true)
    assert.match(the(findings, 'token').found, /does not accept the token/)
    assert.match(the(findings, 'token').mend, /Settings > Access tokens/)
    assert.match(the(findings, 'role').mend, /"token" first/)
  })

  test('a wrong project is one finding, and what depends on it waits', async () => {
    const { parts, probeFor, sandbox } = await school()
    const findings = await examineSetup({
      ...parts,
      probe: probeFor(sandbox.token, '4711'),
      settings: { ...parts.settings, project: '4711' },
    })
    sameChecks(findings)
    assert.match(the(findings, 'project').found, /no project 4711/)
    assert.match(the(findings, 'branches').mend, /"project" first/)
    assert.equal(the(findings, 'scopes').ok, true)
  })

  test('something else that answers at the address is not taken for GitLab', async () => {
    const { parts, faults } = await school()
    await faults([{ kind: 'garbage' }])
    assert.match(the(await examineSetup(parts), 'address').found, /not as GitLab's API/)
    await faults([{ kind: 'status', status: 503 }])
    assert.match(the(await examineSetup(parts), 'address').found, /not well/)
  })

  test('a token that ends within 30 days is to be rotated, one with scopes too small to be replaced', async () => {
    const { parts, probeFor, tokenOf } = await school()
    const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString().slice(0, 10)
    const soon = await examineSetup({
      ...parts,
      probe: probeFor(await tokenOf('davi', { expiresAt: inDays(29) })),
    })
    assert.match(the(soon, 'expiry').found, /in 29 days/)
    assert.match(the(soon, 'expiry').mend, /^Rotate/)
    const late = await examineSetup({
      ...parts,
      probe: probeFor(await tokenOf('davi', { expiresAt: inDays(40) })),
    })
    assert.equal(the(late, 'expiry').ok, true)
    const small = await examineSetup({
      ...parts,
      probe: probeFor(await tokenOf('davi', { scopes: ['read_api'], expiresAt: inDays(60) })),
    })
    assert.match(the(small, 'scopes').found, /only read_api/)
  })

  test('Bruno may work on tickets but not make branches; a token of Carla’s for branches mends it', async () => {
    const { parts, probeFor, tokenOf } = await school()
    const bruno = probeFor(await tokenOf('bruno'))
    const without = await examineSetup({ ...parts, probe: bruno })
    assert.equal(the(without, 'role').ok, true)
    assert.match(the(without, 'branches').found, /Reporter, which may not push/)
    const carla = probeFor(await tokenOf('carla'))
    assert.equal(the(await examineSetup({ ...parts, probe: bruno, branchProbe: carla }), 'branches').ok, true)
    const ended = probeFor('glpat-ended')
    assert.match(
      the(await examineSetup({ ...parts, probe: bruno, branchProbe: ended }), 'branches').found,
      /does not accept GITLAB_BRANCH_TOKEN/,
    )
  })

  test('missing labels are named, with the two ways to make them', async () => {
    const { parts } = await school()
    const probe = { ...parts.probe, labels: async () => ['hardware', 'level::1', 'level::2'] }
    const { found, mend } = the(await examineSetup({ ...parts, probe }), 'labels')
    assert.equal(found, 'Missing: gitlab-account, waiting.')
    assert.match(mend, /triage for gitlab-account; make waiting in GitLab > the project > Manage > Labels/)
  })

  test('an old GitLab, a public project, an empty repository, a protected pattern and a slow clock are found', async () => {
    const { parts } = await school()
    const project = await parts.probe.project()
    const worse = async (change: Partial<SetupProbe>): Promise<readonly Finding[]> =>
      examineSetup({ ...parts, probe: { ...parts.probe, ...change } })
    assert.deepEqual(wrong(await worse({ version: async () => '17.3.9-ee' })), ['version'])
    assert.deepEqual(wrong(await worse({ version: async () => '17.4.0' })), [])
    assert.deepEqual(wrong(await worse({ project: async () => ({ ...project, visibility: 'public' }) })), [
      'privacy',
    ])
    assert.deepEqual(wrong(await worse({ project: async () => ({ ...project, uploadsProtected: false }) })), [
      'uploads',
    ])
    assert.deepEqual(wrong(await worse({ project: async () => ({ ...project, emptyRepository: true }) })), [
      'branches',
    ])
    assert.deepEqual(wrong(await worse({ closedBranches: async () => ['main', '*-confidential-*'] })), [
      'branches',
    ])
    assert.deepEqual(wrong(await worse({ skew: () => -31_000 })), ['clock'])
    assert.deepEqual(wrong(await worse({ skew: () => 29_000 })), [])
    assert.deepEqual(wrong(await worse({ accessLevel: async () => 10 })), ['role', 'branches'])
  })

  test('tickets signed with a key that is lost are found before anybody misses the names', async () => {
    const { parts, gateway, client } = await school()
    await gateway.perform(inFlight(opening('One', 'text')))
    assert.match(the(await examineSetup(parts), 'key').found, /reads the newest 1 ticket\./)
    const probe = createSetupProbe({
      client,
      project: '1',
      keys: [{ id: v7().slice(0, 8), secret: 'another' }],
    })
    const { ok, found } = the(await examineSetup({ ...parts, probe }), 'key')
    assert.equal(ok, false)
    assert.match(found, /1 of the newest 1 tickets/)
    assert.deepEqual(wrong(await examineSetup({ ...parts, settings: { ...parts.settings, key: null } })), [
      'key',
    ])
  })

  test('the webhook is judged by its deliveries and by what came without one', async () => {
    const { parts } = await school()
    const told = async (webhook: Partial<SetupParts['settings']['webhook']>) => {
      const known = { secret: true, lastDelivery: Date.now() - 5 * 60_000, missed: 0, ...webhook }
      const settings = { ...parts.settings, webhook: known }
      return the(await examineSetup({ ...parts, settings }), 'webhook')
    }
    assert.match((await told({})).found, /5 minutes ago; polling alone found 0 changes since/)
    assert.equal((await told({ missed: 1 })).ok, true, 'a delivery may still be on its way')
    const dead = await told({ missed: 3 })
    assert.equal(dead.ok, false)
    assert.match(dead.found, /5 minutes ago; polling alone found 3 changes since/)
    assert.match(dead.mend, /Settings > Webhooks/)
    assert.match((await told({ lastDelivery: null })).found, /No valid delivery is known/)
    assert.equal((await told({ lastDelivery: null, missed: 9 })).ok, false)
    assert.equal((await told({ secret: false, lastDelivery: null, missed: 9 })).ok, true)
    const away = await told({ unreadable: 'connection refused' })
    assert.deepEqual([away.ok, away.found], [false, "The desk's data could not be read: connection refused."])
  })

  test('prints for people and for machines, and its exit code tells whether anything is to be mended', async () => {
    const { parts, probeFor } = await school()
    const out: string[] = []
    const stdout = { write: (text: string) => out.push(text) }
    assert.equal(await runDoctor({ json: true }, { ...parts, stdout }), 0)
    assert.deepEqual(Object.keys(JSON.parse(out[0] ?? '')[0]), ['check', 'ok', 'found', 'mend'])
    assert.equal(await runDoctor({ json: false }, { ...parts, probe: probeFor('wrong'), stdout }), 1)
    assert.match(out[1] ?? '', /MEND {2}token /)
    assert.match(
      findingsInWords([{ check: 'mail', ok: true, found: 'x', mend: '' }]),
      /Everything is in order\.\n$/,
    )
  })
})
