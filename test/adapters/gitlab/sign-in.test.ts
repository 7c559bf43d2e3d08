import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSignIn } from '../../../src/adapters/gitlab/sign-in.ts'
import { GatewayError } from '../../../src/application/gateway-error.ts'
import { gitlab } from './desk.ts'

const redirectUri = 'http://127.0.0.1:3000/auth/gitlab/callback'

const school = async (more: { clientSecret?: string; gitlabUrl?: string } = {}) => {
  const there = await gitlab()
  const signIn = createSignIn({
    gitlabUrl: there.sandbox.url,
    clientId: 'belay',
    clientSecret: there.sandbox.oauthSecret,
    redirectUri,
    ...more,
  })
  /** What the browser does at GitLab: the person presses the button, GitLab sends back. */
  const press = async (url: string, user: string): Promise<string> => {
    const { origin, pathname, searchParams } = new URL(url)
    searchParams.set('user', user)
    const answer = await fetch(`${origin}${pathname}`, {
      method: 'POST',
      body: searchParams,
      redirect: 'manual',
    })
    return answer.headers.get('location') ?? assert.fail(`GitLab answered ${answer.status}`)
  }
  return { ...there, signIn, press }
}

const kindOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => assert.fail('it should have failed'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof GatewayError, String(error))
  return error.kind
}

describe('signing in with GitLab', () => {
  test('Carla comes back as herself: GitLab’s user id, username and name', async () => {
    const { signIn, press, sandbox } = await school()
    const { url, secrets } = await signIn.begin()
    const asked = new URL(url).searchParams
    assert.equal(asked.get('code_challenge_method'), 'S256')
    assert.ok(asked.get('state') && asked.get('nonce') && asked.get('code_challenge'))
    assert.ok(!url.includes(JSON.parse(secrets).verifier))
    const callbackUrl = await press(url, 'carla')
    assert.deepEqual(await signIn.finish({ callbackUrl, secrets }), {
      id: sandbox.users().find(({ username }) => username === 'carla')?.id,
      username: 'carla',
      name: 'Carla Conti',
    })
  })

  test('the answer to somebody else’s sign-in is not accepted', async () => {
    const { signIn, press } = await school()
    const carla = await signIn.begin()
    const thief = await signIn.begin()
    const callbackUrl = await press(carla.url, 'carla')
    assert.equal(await kindOf(signIn.finish({ callbackUrl, secrets: thief.secrets })), 'unauthorised')
    const mixed = JSON.stringify({
      ...JSON.parse(carla.secrets),
      verifier: JSON.parse(thief.secrets).verifier,
    })
    assert.equal(await kindOf(signIn.finish({ callbackUrl, secrets: mixed })), 'unauthorised')
    assert.equal(await kindOf(signIn.finish({ callbackUrl, secrets: 'nonsense' })), 'unauthorised')
  })

  test('a nonce of another sign-in is not accepted', async () => {
    const { signIn, press } = await school()
    const { url, secrets } = await signIn.begin()
    const callbackUrl = await press(url, 'carla')
    const other = JSON.stringify({ ...JSON.parse(secrets), nonce: 'another' })
    assert.equal(await kindOf(signIn.finish({ callbackUrl, secrets: other })), 'unauthorised')
  })

  test('an answer works once, and a person who declines is not signed in', async () => {
    const { signIn, press } = await school()
    const { url, secrets } = await signIn.begin()
    const callbackUrl = await press(url, 'carla')
    await signIn.finish({ callbackUrl, secrets })
    assert.equal(await kindOf(signIn.finish({ callbackUrl, secrets })), 'unauthorised')
    const again = await signIn.begin()
    const declined = await press(again.url, 'nobody')
    assert.equal(
      await kindOf(signIn.finish({ callbackUrl: declined, secrets: again.secrets })),
      'unauthorised',
    )
  })

  test('a callback that comes through a proxy under another name still fits', async () => {
    const { signIn, press } = await school()
    const { url, secrets } = await signIn.begin()
    const { search } = new URL(await press(url, 'bruno'))
    const back = await signIn.finish({
      callbackUrl: `http://internal:8080/auth/gitlab/callback${search}`,
      secrets,
    })
    assert.equal(back.username, 'bruno')
  })

  test('a wrong application secret is a setting to mend, not the person’s fault', async () => {
    const { signIn, press } = await school({ clientSecret: 'wrong' })
    const { url, secrets } = await signIn.begin()
    assert.equal(
      await kindOf(signIn.finish({ callbackUrl: await press(url, 'carla'), secrets })),
      'permanent',
    )
  })

  test('a GitLab that is away is away only for now', async () => {
    const { signIn } = await school({ gitlabUrl: 'http://127.0.0.1:1' })
    assert.equal(await kindOf(signIn.begin()), 'transient')
    const { signIn: back, sandbox } = await school()
    sandbox.faults([{ path: 'openid-configuration', kind: 'status', status: 502, times: 1 }])
    assert.equal(await kindOf(back.begin()), 'transient')
    assert.match((await back.begin()).url, /authorize/)
  })
})
