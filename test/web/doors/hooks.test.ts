// Webhooks: whoever is not GitLab gets nothing done, whatever they send; GitLab is answered at once
// and gets no more done than that tickets are read again.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import type { Hint } from '../../../src/application/receive-hook.ts'
import { readHint } from '../../../src/web/controllers/hooks.ts'
import { hookSecretOf, isGenuine, mayBeGenuine } from '../../../src/web/hook-signature.ts'
import { openDoor } from '../../support/door.ts'
import { sharedFolder, withoutShared } from '../../support/shared.ts'
import { minute, nine } from '../../support/tickets.ts'

const signingKey = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const otherKey = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
const id = '6f2b7a52-0000-4000-8000-000000000001'

const signatureOf = (body: string, { key = signingKey, at = nine, as = id } = {}): string =>
  `v1,${createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
    .update(`${as}.${Math.floor(at / 1_000)}.${body}`)
    .digest('base64')}`

const signed = (body: string, options: { key?: string; at?: number; as?: string } = {}) => ({
  'webhook-id': options.as ?? id,
  'webhook-timestamp': String(Math.floor((options.at ?? nine) / 1_000)),
  'webhook-signature': signatureOf(body, options),
})

const payload = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    object_kind: 'issue',
    project: { id: 1, path_with_namespace: 'demo/helpdesk' },
    object_attributes: { iid: 42, title: '/close', state: 'closed' },
    ...changes,
  })

describe('a signature', () => {
  const secret = hookSecretOf(signingKey)
  const verdict = (headers: Record<string, string | string[]>, body: string, now = nine): boolean => {
    const distinct = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value].flat()]),
    )
    assert.ok(secret)
    const genuine = isGenuine(secret, distinct, Buffer.from(body), now)
    assert.ok(!genuine || mayBeGenuine(secret, distinct, now), 'refused by its headers, taken with its body')
    return genuine
  }

  test('agrees with the example that Standard Webhooks publishes', () => {
    const published = hookSecretOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    assert.ok(published)
    const headers = {
      'webhook-id': ['msg_p5jXN8AQM9LWM0D4loKWxJek'],
      'webhook-timestamp': ['1614265330'],
      'webhook-signature': ['v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    }
    const body = Buffer.from('{"test": 2432232314}')
    assert.equal(isGenuine(published, headers, body, 1_614_265_330_000), true)
    assert.equal(isGenuine(published, headers, Buffer.from('{"test": 2432232315}'), 1_614_265_330_000), false)
  })

  test('counts for these bytes, this id, this time and this key, and for nothing else', () => {
    const body = payload()
    assert.equal(verdict(signed(body), body), true)
    assert.equal(verdict(signed(body), `${body} `), false, 'another body')
    assert.equal(verdict({ ...signed(body), 'webhook-id': 'another' }, body), false)
    assert.equal(verdict({ ...signed(body), 'webhook-timestamp': String(nine / 1_000 + 1) }, body), false)
    assert.equal(verdict(signed(body, { key: otherKey }), body), false)
    assert.equal(verdict({ ...signed(body), 'webhook-signature': signatureOf(body).slice(3) }, body), false)
    assert.equal(
      verdict({ ...signed(body), 'webhook-signature': signatureOf(body).replace('v1', 'v2') }, body),
      false,
    )
    assert.equal(verdict({ ...signed(body), 'webhook-signature': 'v1,' }, body), false)
  })

  test('counts for five minutes before and after', () => {
    const body = payload()
    for (const away of [-5 * minute, 5 * minute]) assert.equal(verdict(signed(body), body, nine + away), true)
    for (const away of [-5 * minute - 1, 5 * minute + 1])
      assert.equal(verdict(signed(body), body, nine + away), false)
    for (const odd of ['', 'now', '-1', '1e9', String(nine), `${nine / 1_000}.0`, ` ${nine / 1_000}`])
      assert.equal(verdict({ ...signed(body), 'webhook-timestamp': odd }, body), false, odd)
  })

  test('may be one of several, while a key is being changed', () => {
    const body = payload()
    const both = `${signatureOf(body, { key: otherKey })} ${signatureOf(body)}`
    assert.equal(verdict({ ...signed(body), 'webhook-signature': both }, body), true)
    const many = `${'v1,x '.repeat(50)}${signatureOf(body)}`
    assert.equal(verdict({ ...signed(body), 'webhook-signature': many }, body), false)
  })

  test('that stands twice, or not at all, is none', () => {
    const body = payload()
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const) {
      const value = signed(body)[name]
      assert.equal(verdict({ ...signed(body), [name]: [value, value] }, body), false, `${name} twice`)
      assert.equal(verdict({ ...signed(body), [name]: [] }, body), false, `no ${name}`)
      assert.equal(verdict({ ...signed(body), [name]: '' }, body), false, `empty ${name}`)
    }
  })

  test('cannot be made with a key that is none', () => {
    for (const none of [null, '', 'whsec_', 'whsec_aaaa', 'whsec_!!!!'])
      assert.equal(hookSecretOf(none), null)
  })
})

describe('a shared secret', () => {
  const secret = hookSecretOf('a-secret-of-this-desk')
  const verdict = (values: string[] | undefined): boolean => {
    assert.ok(secret)
    return isGenuine(secret, { 'x-gitlab-token': values }, Buffer.from('{}'), nine)
  }
  test('is compared as a whole', () => {
    assert.equal(verdict(['a-secret-of-this-desk']), true)
    for (const wrong of [
      undefined,
      [],
      [''],
      ['a-secret-of-this-des'],
      ['a-secret-of-this-desk '],
      ['A-SECRET-OF-THIS-DESK'],
      ['a-secret-of-this-desk', 'a-secret-of-this-desk'],
      ['wrong', 'a-secret-of-this-desk'],
    ])
      assert.equal(verdict(wrong), false, JSON.stringify(wrong))
  })
})

describe('what a delivery tells', () => {
  const told = (body: string) => readHint(Buffer.from(body), null)?.iids ?? null

  test('is the number of the ticket', () => {
    assert.deepEqual(told(payload()), [42])
    assert.deepEqual(told(payload({ object_kind: 'work_item' })), [42])
    assert.deepEqual(told(payload({ object_kind: 'note', issue: { iid: 7 } })), [7])
    assert.deepEqual(told(payload({ object_kind: 'note', work_item: { iid: 8 } })), [8])
    assert.deepEqual(told(payload({ object_kind: 'note', commit: {} })), [])
    const branch = (source_branch: string) =>
      told(payload({ object_kind: 'merge_request', object_attributes: { iid: 3, source_branch } }))
    assert.deepEqual(branch('42-confidential-issue'), [42])
    for (const nobody of ['main', '42', 'ticket-42', '042-x', '-42-x', '99999999999-x'])
      assert.deepEqual(branch(nobody), [], nobody)
    assert.deepEqual(told(payload({ object_kind: 'push', object_attributes: undefined })), [])
    for (const name of ['__proto__', 'constructor', 'toString'])
      assert.deepEqual(told(payload({ object_kind: name })), [], name)
  })

  test('is nothing where it is no delivery', () => {
    for (const odd of [
      '',
      'null',
      '[]',
      '"issue"',
      '{',
      payload({ object_kind: ['issue'] }),
      payload({ project: undefined }),
      payload({ project: { id: '1' } }),
      payload({ object_attributes: undefined }),
      ...['42', -1, 0, 1.5, null, 1e300, [42], { $gt: 0 }].map((iid) =>
        payload({ object_attributes: { iid } }),
      ),
      payload({ object_kind: 'merge_request' }),
      `${'['.repeat(100_000)}`,
    ])
      assert.equal(told(odd), null, odd.slice(0, 200))
  })

  const samples = path.join(sharedFolder ?? '', 'gitlab-contract', 'webhook-samples')
  test("is found in GitLab's own samples", { skip: withoutShared }, () => {
    const found = globSync('*.json', { cwd: samples }).map((file) => {
      const { body } = JSON.parse(readFileSync(path.join(samples, file), 'utf8'))
      const hint = readHint(Buffer.from(JSON.stringify(body)), null)
      assert.ok(hint, file)
      return `${body.event_type ?? body.object_kind} ${hint.project.path} ${hint.iids}`
    })
    assert.ok(found.includes('confidential_issue gitlabhq/gitlab-test 23'), found.join('; '))
    assert.ok(found.includes('confidential_note gitlab-org/gitlab-test 17'), found.join('; '))
    assert.ok(found.length >= 6)
  })
})

describe('the door for webhooks', () => {
  const doorWith = async (secret: string | null) => {
    const hints: Hint[] = []
    const receive = (hint: Hint) => {
      hints.push(hint)
      return 'taken' as const
    }
    const door = await openDoor({ options: { hooks: { secret, receive } } })
    const send = (body: string | Uint8Array, headers: object) =>
      door.stranger().ask('POST', '/hooks/gitlab', { headers: headers as Record<string, string>, body })
    return { door, hints, send, [Symbol.asyncDispose]: () => door[Symbol.asyncDispose]() }
  }
  const token = { 'x-gitlab-token': 'a-secret-of-this-desk' }

  test('takes what is signed, and the bytes as they came', async () => {
    await using desk = await doorWith(signingKey)
    const body = `${payload({ note: 'Grüße 🎉' })}\r\n `
    const sent = await desk.send(body, signed(body))
    assert.deepEqual([sent.status, sent.setCookies], [202, []])
    assert.deepEqual(desk.hints, [{ id, project: { id: 1, path: 'demo/helpdesk' }, iids: [42] }])
  })

  test('with a signing key takes nothing less than a signature', async () => {
    await using desk = await doorWith(signingKey)
    const body = payload()
    const cases = [
      {},
      { 'x-gitlab-token': signingKey },
      { 'x-gitlab-token': '' },
      signed(body, { key: otherKey }),
      signed(body, { at: nine - 6 * minute }),
      signed(`${body} `),
      { ...signed(body), 'webhook-signature': [signatureOf(body), signatureOf(body)] },
    ]
    for (const headers of cases)
      assert.equal((await desk.send(body, headers)).status, 401, JSON.stringify(headers))
    assert.deepEqual(desk.hints, [])
  })

  test('with a shared secret takes that secret once', async () => {
    await using desk = await doorWith('a-secret-of-this-desk')
    const body = payload()
    assert.equal((await desk.send(body, { ...token, 'idempotency-key': 'one' })).status, 202)
    assert.equal(desk.hints[0]?.id, 'one')
    for (const wrong of [
      {},
      { 'x-gitlab-token': '' },
      { 'x-gitlab-token': 'wrong' },
      { 'x-gitlab-token': ['a-secret-of-this-desk', 'a-secret-of-this-desk'] },
      signed(body),
    ])
      assert.equal((await desk.send(body, wrong)).status, 401, JSON.stringify(wrong))
    assert.equal(desk.hints.length, 1)
  })

  test('without a secret is shut, and says so in the log once', async () => {
    for (const none of [null, '', 'whsec_']) {
      await using desk = await doorWith(none)
      const body = payload()
      for (const headers of [{}, { 'x-gitlab-token': '' }, { 'x-gitlab-token': 'null' }, signed(body)])
        assert.equal((await desk.send(body, headers)).status, 401)
      assert.deepEqual(desk.hints, [])
      assert.equal(desk.door.lines.filter(({ level }) => level === 'warn').length, 1)
    }
  })

  test('refuses what is too large before it looks into it, and what is no JSON', async () => {
    await using desk = await doorWith('a-secret-of-this-desk')
    const large = payload({ text: 'a'.repeat(5_000_000) })
    assert.equal((await desk.send(large, token)).status, 413)
    const unannounced = await fetch(`${desk.door.url}/hooks/gitlab`, {
      method: 'POST',
      headers: token,
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit)
    assert.equal(unannounced.status, 413)
    // Nobody reads a stranger's five megabytes: the answer can get lost behind them.
    const stranger = await desk.send(large, { 'x-gitlab-token': 'wrong' }).catch(() => null)
    assert.ok(stranger === null || stranger.status === 401)
    for (const odd of ['{', 'object_kind=issue', Buffer.from([0xff, 0xfe, 0]), ''])
      assert.equal((await desk.send(odd, token)).status, 400)
    assert.deepEqual(desk.hints, [])
    assert.equal((await desk.send(payload(), token)).status, 202, 'and the desk lives')
  })

  test('asks for no page of ours, and looks at no session', async () => {
    await using desk = await doorWith('a-secret-of-this-desk')
    const bruno = await desk.door.signedIn('bruno')
    const sent = await bruno.ask('POST', '/hooks/gitlab', { headers: token, body: payload() })
    assert.deepEqual([sent.status, sent.setCookies], [202, []])
    assert.equal((await bruno.get('/hooks/gitlab')).status, 404)
    assert.doesNotMatch(JSON.stringify(desk.door.lines), /a-secret-of-this-desk/)
  })

  test('answers well before GitLab would ask itself whether we are there', async () => {
    await using desk = await doorWith(signingKey)
    const body = payload({ text: 'a'.repeat(900_000) })
    await desk.send(body, signed(body))
    const took: number[] = []
    for (let n = 0; n < 20; n++) {
      const began = performance.now()
      assert.equal((await desk.send(body, signed(body))).status, 202)
      took.push(performance.now() - began)
    }
    const median = took.sort((a, b) => a - b)[10] ?? 0
    assert.ok(median < 50, `${median} ms for almost a megabyte`)
  })
})
