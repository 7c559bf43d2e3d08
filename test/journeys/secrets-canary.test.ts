// No secret leaves its place (I13). A whole desk, as a process of its own, with secrets that nobody could mistake; a
// story through every address of it, with GitLab away, refusing and talking nonsense, with wrong forms and a mail
// reader that dies. Then everything it said is read: requests, log, pages, cookies, GitLab, mails, data folder.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import { startSandbox } from '../../sandbox/src/start.ts'
import { openSqliteStore } from '../../src/adapters/store/store.ts'
import { routes } from '../../src/web/routes.ts'
import { eventually } from '../support/eventually.ts'
import { keepMail, rawMail } from '../support/mails.ts'
import type { RecordedRequest } from '../support/record-requests.ts'
import { aDesk, aTicket, nine } from '../support/tickets.ts'
import type { Answer, Visitor } from '../support/visitor.ts'
import { signInAt, visitor } from '../support/visitor.ts'

const root = path.join(import.meta.dirname, '..', '..')

/** Where something was found. */
type Place = 'request' | 'log' | 'page' | 'cookie' | 'gitlab' | 'mail' | 'data'
type Said = { readonly place: Place; readonly label: string; readonly text: string }

const secret = (name: string) => `CANARY-${name}-7f3e9b21c4d8a650`

/** As it stands, and as it would stand in an address, in Basic authentication, in a dump. */
const shapesOf = (value: string): string[] => {
  const bytes = Buffer.from(value)
  // Inside a longer text base64 depends on where it begins.
  const base64 = [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before, 'x'), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    return whole.slice(Math.ceil((before * 4) / 3) + 1, -2)
  })
  return [
    ...new Set([
      value,
      encodeURIComponent(value),
      bytes.toString('hex'),
      ...base64,
      ...base64.map((one) => one.replaceAll('+', '-').replaceAll('/', '_')),
    ]),
  ]
}

const aMailServer = async (t: TestContext, password: string) => {
  const mails: string[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    allowInsecureAuth: true,
    logger: false,
    closeTimeout: 1,
    onAuth: (auth, _session, done) =>
      done(auth.password === password ? null : new Error('535 no'), { user: 'desk' }),
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        // Soft line breaks would hide what goes over a line's end.
        mails.push(
          `${JSON.stringify(envelope)}\n${Buffer.concat(chunks).toString('latin1').replaceAll('=\r\n', '').replaceAll('=3D', '=')}`,
        )
        done()
      })
    },
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.after(() => new Promise<void>((resolve) => server.close(resolve)))
  return { mails, port: (server.server.address() as AddressInfo).port }
}

/** A port at which nobody answers. */
const deafPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

test('no secret is anywhere but in its place', { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-canary-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const sandbox = await startSandbox({
    port: 0,
    data: ':memory:',
    empty: true,
    token: secret('gitlab-token'),
    oauthSecret: secret('oauth-secret'),
    limits: { notes: 0, issues: 0 },
    quiet: true,
  })
  t.after(() => sandbox.stop())
  const branchBot = sandbox.makeBot()
  const smtpPassword = secret('smtp-password')
  const server = await aMailServer(t, smtpPassword)
  const secrets: Record<string, string> = {
    'GitLab token': sandbox.token,
    'branch token': branchBot.token,
    'OAuth secret': sandbox.oauthSecret,
    'webhook secret': secret('webhook'),
    'metrics token': secret('metrics'),
    'SMTP password': smtpPassword,
    'IMAP password': secret('imap-password'),
    'key of the desk': secret('belay-key').padEnd(48, 'k'),
    'former key of the desk': secret('belay-former-key').padEnd(48, 'k'),
  }
  const recorded = path.join(folder, 'requests')
  const data = path.join(folder, 'data')
  const environment = {
    RECORD_REQUESTS: recorded,
    BELAY_DATA: data,
    PORT: '0',
    POLL_SECONDS: '1',
    GITLAB_URL: sandbox.url,
    GITLAB_PROJECT: 'demo/helpdesk',
    GITLAB_TOKEN: sandbox.token,
    GITLAB_BRANCH_TOKEN: branchBot.token,
    GITLAB_OAUTH_CLIENT_ID: 'belay',
    GITLAB_OAUTH_CLIENT_SECRET: sandbox.oauthSecret,
    GITLAB_WEBHOOK_SECRET: secrets['webhook secret'] ?? '',
    METRICS_TOKEN: secrets['metrics token'] ?? '',
    BELAY_SECRET: `${secrets['key of the desk']} ${secrets['former key of the desk']}`,
    SMTP_URL: `smtp://desk:${smtpPassword}@127.0.0.1:${server.port}`,
    IMAP_URL: `imap://desk:${secrets['IMAP password']}@127.0.0.1:${await deafPort()}`,
    MAIL_FROM: 'Help desk <help@desk.example>',
  }

  // A mail in the ledger, on a ticket of its own that GitLab does not have.
  mkdirSync(data, { recursive: true })
  const store = await openSqliteStore({ file: path.join(data, 'belay.sqlite'), desk: aDesk() })
  const mailTicket = aTicket({ id: '0197f000-0000-7000-8000-0000000000aa', iid: 900, openedAt: nine })
  await store.write((writer) => writer.adopt([{ ticket: mailTicket, events: [], readAt: nine }]))
  const mail = await keepMail(store, { ticketId: mailTicket.id, source: rawMail({ html: '<p>Black.</p>' }) })
  await store.close()

  const said: Said[] = []
  const hear = (place: Place, label: string, text: string) => said.push({ place, label, text })
  const program = [
    '--disable-warning=ExperimentalWarning',
    '--import',
    path.join(root, 'test/support/record-requests.ts'),
    path.join(root, 'src/main.ts'),
  ]
  const child = spawn(process.execPath, [...program, 'serve'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let url = ''
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    log += `${line}\n`
    url = /^Belay is ready at (\S+)$/.exec(line)?.[1] ?? url
  })
  await eventually(`the desk is ready: ${log}`, () => url !== '', 30_000)

  /** Keeps all that a visitor is told; a value of a cookie has its place in Set-Cookie. */
  const listening = (name: string): Visitor => {
    const somebody = visitor(url)
    const heard = (answer: Answer, asked: string): Answer => {
      if (!asked.startsWith(sandbox.url)) {
        const { 'set-cookie': cookies, ...headers } = answer.headers
        hear('page', `${name}: ${asked}`, `${answer.status} ${JSON.stringify(headers)} ${answer.text}`)
        hear('cookie', `${name}: ${asked}`, String(cookies ?? ''))
      }
      return answer
    }
    const { ask, get, post, postFiles, follow } = somebody
    return {
      ...somebody,
      ask: async (method, to, more) => heard(await ask(method, to, more), to),
      get: async (to, headers) => heard(await get(to, headers), to),
      post: async (to, fields, headers) => heard(await post(to, fields, headers), to),
      postFiles: async (to, fields, files) => heard(await postFiles(to, fields, files), to),
      follow: async (answer) => heard(await follow(answer), answer.location),
    }
  }

  const hiddenOf = ({ text }: Answer) =>
    Object.fromEntries(
      [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    )
  const opening = {
    title: 'My screen stays black',
    description: 'Since today.',
    category: 'Hardware',
    name: 'Ana',
    email: 'ana@school.example',
  }
  const ana = listening('ana')
  const openedBy = async (more: Record<string, string>) => {
    const form = await ana.get('/open-issue')
    const sent = await ana.postFiles('/open-issue', { ...hiddenOf(form), ...opening, ...more }, [
      { name: 'a.txt', type: 'text/plain', bytes: 'x' },
    ])
    assert.match(sent.location, /^\/t\//, sent.text.slice(0, 1_000))
    return sent.location.slice('/t/'.length)
  }
  const link = await openedBy({})
  secrets['ticket link'] = link
  const bruno = listening('bruno')
  await signInAt(bruno, 'bruno')
  const davi = listening('davi')
  await signInAt(davi, 'davi')
  for (const [name, somebody] of [
    ['Bruno', bruno],
    ['Davi', davi],
  ] as const)
    secrets[`session of ${name}`] = somebody.cookies.get('belay') ?? assert.fail('no session')
  const escalated = await bruno.post('/issues/1/escalate', { from: '1', reason: 'It needs Level 2' })
  assert.equal(escalated.status, 303)
  await bruno.post('/issues/1/replies', { body: 'Is it plugged in?' })
  await eventually('a mail arrived', () => server.mails.length > 0, 20_000)

  await ana.post('/my-tickets/sign-in', { email: 'ana@school.example' })
  const inMail = await eventually(
    'the sign-in link arrived',
    () => server.mails.map((one) => /my-tickets\/sign-in\/([\w-]{20,})/.exec(one)?.[1]).find(Boolean),
    20_000,
  )
  secrets['sign-in link'] = inMail
  await ana.get(`/my-tickets/sign-in/${inMail}`)
  await ana.post(`/my-tickets/sign-in/${inMail}`)
  secrets['session of Ana'] =
    [...ana.cookies].find(([name]) => /requester|mine|tickets/.test(name))?.[1] ??
    assert.fail(`no session: ${[...ana.cookies.keys()]}`)

  const walk = async (when: string) => {
    for (const { method, path: place } of routes) {
      if (place === '/sign-out' || place === '/my-tickets/sign-out') continue
      const address = place
        .replace(':ref', place.includes('/mails/') ? '900' : '1')
        .replace(':n', '1')
        .replace(':id', place.includes('mail') ? mail.id : '0197f000-0000-7000-8000-00000000ffff')
        .replace(':token', place.startsWith('/t/') ? link : inMail)
      for (const somebody of [listening(`stranger, ${when}`), ana, bruno, davi])
        if (method === 'get') await somebody.get(address)
        // With nothing in it: a form that comes back with its mistakes.
        else await somebody.post(address, {})
    }
    await bruno.get(`/nowhere?private_token=${sandbox.token.length}`)
    await bruno.get('/issues?view=a&view=b')
    const genuine = { 'x-gitlab-token': secrets['webhook secret'] ?? '' }
    await ana.ask('POST', '/hooks/gitlab', {
      headers: genuine,
      body: '{"object_kind":"issue","project":{"id":1},"object_attributes":{"iid":1}}',
    })
    await ana.ask('POST', '/hooks/gitlab', {
      headers: { 'x-gitlab-token': `${genuine['x-gitlab-token']}x` },
      body: '{',
    })
    const figures = await ana.get('/metrics', { authorization: `Bearer ${secrets['metrics token']}` })
    assert.equal(figures.status, 200)
    await ana.get('/metrics', { authorization: 'Bearer wrong' })
  }
  await walk('all is well')
  // Whoever reads mails dies in the middle, more than once.
  const mailReaders = () =>
    readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1')
      .split(' ')
      .filter(
        (pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('parser-process'),
      )
  if (process.platform === 'linux')
    for (let time = 0; time < 3; time++) {
      const reading = bruno.get(`/issues/900/mails/${mail.id}/html`)
      for (const pid of mailReaders()) process.kill(Number(pid), 'SIGKILL')
      await reading
    }
  for (const fault of [
    { kind: 'status', status: 502, path: '^/' },
    { kind: 'status', status: 401, path: '^/' },
    { kind: 'garbage', path: '^/' },
    { kind: 'reset', path: '^/' },
  ] as const) {
    sandbox.faults([fault])
    await bruno.post('/issues/1/notes', { body: `while ${fault.kind}` })
    await openedBy({ title: `While ${fault.kind} ${'status' in fault ? fault.status : ''}` })
    const leaving = listening('leaving')
    await leaving.get('/sign-in/gitlab')
    await leaving.get('/auth/gitlab/callback?code=CANARY-code-7f3e9b21&state=CANARY-state-7f3e9b21')
    await walk(`GitLab: ${fault.kind}`)
    await wait(300)
  }
  secrets['code of a sign-in'] = 'CANARY-code-7f3e9b21'
  sandbox.faults([])
  await davi.post('/sign-out')
  await ana.post('/my-tickets/sign-out')

  child.kill('SIGTERM')
  await once(child, 'close')
  hear('log', 'standard output and error', log)
  for (const line of readFileSync(recorded, 'utf8').split('\n').filter(Boolean))
    hear('request', 'to GitLab', line)
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' }))
    if (statSync(path.join(data, name)).isFile())
      hear('data', name, readFileSync(path.join(data, name)).toString('latin1'))
  for (const one of server.mails) hear('mail', 'to a person', one)
  for (const issue of sandbox.issues())
    hear('gitlab', `ticket ${issue.iid}`, JSON.stringify([issue, sandbox.notes(issue.iid)]))
  hear('gitlab', 'branches', JSON.stringify(sandbox.branches()))

  // What a person at the keyboard is told, of right settings and of wrong ones.
  for (const [args, changes] of [
    [['doctor', '--json'], {}],
    [['doctor'], { GITLAB_TOKEN: `${sandbox.token}x` }],
    [
      ['serve'],
      {
        GITLAB_URL: `http://desk:${secrets['GitLab token']}@127.0.0.1`,
        SMTP_URL: `http://desk:${smtpPassword}@x`,
        DATABASE_URL: `mysql://desk:${smtpPassword}@x`,
        BELAY_SECRET: 'short',
      },
    ],
  ] as const) {
    const one = spawn(process.execPath, [...program, ...args], {
      cwd: folder,
      env: { ...environment, ...changes },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let words = ''
    for (const stream of [one.stdout, one.stderr])
      stream.on('data', (chunk: Buffer) => {
        words += chunk.toString()
      })
    await once(one, 'close')
    hear('log', args.join(' '), words)
    assert.notEqual(words, '')
  }

  // --- What was said is read ---------------------------------------------------------------------

  const requests = said
    .filter(({ place }) => place === 'request')
    .map(({ text }) => JSON.parse(text) as RecordedRequest)
  assert.ok(requests.length > 20, `only ${requests.length} requests`)
  assert.deepEqual(
    [...new Set(requests.map(({ origin }) => origin))],
    [sandbox.url],
    'nobody but GitLab was asked',
  )
  const tokens = [secrets['GitLab token'] ?? '', secrets['branch token'] ?? '']
  for (const { path: address, headers, body } of requests) {
    const { 'private-token': token, authorization, ...others } = headers
    if (token !== undefined) assert.ok(tokens.includes(token))
    const isSignIn = address.startsWith('/oauth/')
    if (authorization !== undefined) assert.ok(isSignIn, `authorization at ${address}`)
    const elsewhere = `${address} ${JSON.stringify(others)} ${isSignIn ? '' : body}`
    for (const [name, value] of Object.entries(secrets))
      for (const shape of shapesOf(value))
        assert.ok(!elsewhere.includes(shape), `${name} in a request: ${elsewhere.slice(0, 500)}`)
    if (isSignIn) for (const value of tokens) assert.ok(!body.includes(value), 'a token where people sign in')
  }
  assert.ok(
    requests.some(({ headers }) => headers['private-token'] === tokens[1]),
    'the branch token was used',
  )

  /** Where each may be; everything else may be nowhere. */
  const named: Readonly<Record<string, (one: Said) => boolean>> = {
    'ticket link': ({ place, label }) =>
      place === 'mail' || (place === 'page' && /^(?:ana|bruno|davi|stranger)/.test(label)),
    'sign-in link': ({ place, label }) =>
      place === 'mail' || (place === 'page' && label.includes('/my-tickets/sign-in/')),
    'session of Bruno': ({ place }) => place === 'cookie',
    'session of Davi': ({ place }) => place === 'cookie',
    'session of Ana': ({ place }) => place === 'cookie',
    'code of a sign-in': ({ place, label }) =>
      place === 'request' || (place === 'page' && label.includes('/auth/gitlab/callback')),
  }
  for (const one of said) {
    if (one.place === 'request') continue
    for (const [name, value] of Object.entries(secrets)) {
      if (named[name]?.(one)) continue
      for (const shape of shapesOf(value))
        assert.ok(
          !one.text.includes(shape),
          `${name} is in ${one.place}, ${one.label}: ${around(one.text, shape)}`,
        )
    }
  }
  // It was really listened to: what may be there is there.
  const count = (place: Place) => said.filter((one) => one.place === place).length
  const heard = [count('page') > 300, count('mail') > 1, count('data') > 0, count('gitlab') > 1]
  assert.deepEqual(heard, [true, true, true, true])
  assert.ok(said.some(({ place, text }) => place === 'mail' && text.includes(`/t/${link}`)))
  assert.ok(log.includes('"/t/…"') && log.includes('/my-tickets/sign-in/…'))
  assert.match(log, /"status":200/)
  // Each line of a request names it, as the answer did.
  const ids = new Set(
    log
      .split('\n')
      .filter((line) => line.endsWith('"msg":"request"}'))
      .map((line) => /"request":"([\w-]+)"/.exec(line)?.[1]),
  )
  assert.ok(ids.size > 300 && !ids.has(undefined), `${ids.size} requests have names of their own`)
  for (const { label, text } of said)
    if (/: \/t\//.test(label) && text.startsWith('200')) assert.match(text, /"referrer-policy":"no-referrer"/)
})

const around = (text: string, shape: string): string => {
  const at = text.indexOf(shape)
  return text.slice(Math.max(0, at - 120), at + 40)
}
