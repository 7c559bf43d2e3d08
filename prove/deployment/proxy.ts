// NGINX of Debian's package with the shipped configuration, filled in as docs/operate.md says, before two desks on
// Debian's PostgreSQL; and once more before two servers that misbehave, to see what becomes of what was posted.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { createServer, request as requestPlain } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as requestEncrypted } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { loggedPath } from '../../src/web/app.ts'
import { eventually } from '../../test/support/eventually.ts'
import type { Visitor } from '../../test/support/visitor.ts'
import { signInAt, visitor } from '../../test/support/visitor.ts'
import type { Sandbox } from '../kill/processes.ts'
import type { Child } from './children.ts'
import { finished, freePort, start, startApart } from './children.ts'
import type { Findings } from './findings.ts'
import { postgresPrograms } from './needs.ts'

// --- The servers -------------------------------------------------------------------------------

const asPostgres = `
mount --bind "$1" /mnt
shift
exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
`

const startPostgres = async (work: string): Promise<{ readonly url: string; readonly server: Child }> => {
  const folder = join(work, 'postgres')
  mkdirSync(folder, { mode: 0o755 })
  const password = randomBytes(12).toString('hex')
  writeFileSync(join(folder, 'password'), password)
  execFileSync('chown', ['-R', 'postgres:postgres', folder])
  const port = await freePort()
  const run = (program: string, ...words: string[]) =>
    startApart(asPostgres, [folder, join(postgresPrograms, program), ...words])
  await finished(
    run(
      'initdb',
      ...'--pgdata=/mnt/data --username=belay --pwfile=/mnt/password'.split(' '),
      '--auth=scram-sha-256',
    ),
  )
  const listening = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'fsync=off']
  const server = run('postgres', '-D', '/mnt/data', ...listening.flatMap((setting) => ['-c', setting]))
  const ready = await server.line(/database system is ready to accept connections/u)
  assert.ok(ready, server.said())
  return { url: `postgres://belay:${password}@127.0.0.1:${port}/postgres`, server }
}

/** Debian's own nginx.conf, with the filled in part in conf.d and nothing else beside it. */
const asDebian = `
stage=$1 deploy=$2
mount -t tmpfs tmpfs /opt
mkdir -p /opt/belay/deploy
mount --bind "$deploy" /opt/belay/deploy
mount --bind "$stage" /mnt
mount --bind /mnt/conf.d /etc/nginx/conf.d
mount --bind /mnt/empty /etc/nginx/sites-enabled
mount --bind /mnt/logs /var/log/nginx
mount -t tmpfs tmpfs /run
exec nginx -g 'daemon off;'
`

type Proxy = {
  readonly url: string
  readonly plainUrl: string
  readonly ca: string
  /** Everything that it has written down. */
  logs(): string
  /** The lines of requests, read as JSON. */
  lines(): readonly Readonly<Record<string, unknown>>[]
  readonly acme: string
  stop(): Promise<void>
}

const certificate = (folder: string): void => {
  const made = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost'
  execFileSync(
    'openssl',
    [
      ...made.split(' '),
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', join(folder, 'privkey.pem'), '-out', join(folder, 'fullchain.pem')],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
}

/** Every value of the example that must be another one here; the rest is as shipped. */
const settingsFor = (
  project: string,
  ports: { readonly http: number; readonly https: number },
): { readonly text: string; readonly url: string } => {
  const url = `https://127.0.0.1:${ports.https}`
  const changed: Readonly<Record<string, string>> = {
    BELAY_URL: url,
    BELAY_NGINX_NAME: '127.0.0.1',
    BELAY_TLS_CERTIFICATE: '/mnt/fullchain.pem',
    BELAY_TLS_KEY: '/mnt/privkey.pem',
    BELAY_NGINX_HTTP: `127.0.0.1:${ports.http}`,
    BELAY_NGINX_HTTPS: `127.0.0.1:${ports.https}`,
    BELAY_NGINX_UPSTREAM: '/mnt/upstream.conf',
    BELAY_NGINX_ACME: '/mnt/acme',
  }
  const example = readFileSync(join(project, 'deploy/nginx/debian.env.example'), 'utf8')
  const text = example.replace(/^([A-Z_]+)=.*$/gmu, (line, name: string) =>
    changed[name] === undefined ? line : `${name}=${changed[name]}`,
  )
  return { text, url }
}

const startProxy = async (
  project: string,
  stage: string,
  ports: { readonly http: number; readonly https: number },
  upstreams: readonly number[],
): Promise<Proxy> => {
  mkdirSync(stage, { mode: 0o755 })
  for (const folder of ['conf.d', 'empty', 'logs', 'acme']) mkdirSync(join(stage, folder), { mode: 0o755 })
  certificate(stage)
  const { text, url } = settingsFor(project, ports)
  writeFileSync(join(stage, 'nginx.env'), text)
  // Each line as the shipped file has it, for another port.
  const [line = ''] =
    /^server 127\.0\.0\.1:3000 .*;$/mu.exec(
      readFileSync(join(project, 'deploy/nginx/upstream/one-machine.conf'), 'utf8'),
    ) ?? []
  assert.ok(line, 'deploy/nginx/upstream/one-machine.conf names no server')
  writeFileSync(
    join(stage, 'upstream.conf'),
    upstreams.map((port) => `${line.replace(':3000', `:${port}`)}\n`).join(''),
  )
  const filled = execFileSync(join(project, 'deploy/nginx/fill-in'), [join(stage, 'nginx.env')])
  writeFileSync(join(stage, 'conf.d/belay.conf'), filled)
  const nginx = startApart(asDebian, [stage, join(project, 'deploy')])
  const plainUrl = `http://127.0.0.1:${ports.http}`
  const answers = async () => (await ask(`${plainUrl}/`).catch(() => null))?.status === 301
  await Promise.race([
    eventually('NGINX answers', answers),
    nginx.ended.then((code) => {
      throw new Error(`NGINX ended with ${code}: ${nginx.said()}`)
    }),
  ])
  const read = (name: string) => readFileSync(join(stage, 'logs', name), 'utf8')
  return {
    url,
    plainUrl,
    ca: readFileSync(join(stage, 'fullchain.pem'), 'utf8'),
    acme: join(stage, 'acme'),
    logs: () => `${readdirSync(join(stage, 'logs')).map(read).join('\n')}\n${nginx.said()}`,
    lines: () =>
      read('belay.log')
        .split('\n')
        .filter((one) => one !== '')
        .map((one) => JSON.parse(one)),
    stop: async () => {
      nginx.kill('SIGQUIT')
      const late = setTimeout(() => nginx.kill('SIGKILL'), 5_000)
      await nginx.ended
      clearTimeout(late)
    },
  }
}

type Desk = { readonly port: number; readonly child: Child; readonly direct: string }

const hookSecret = 'a-secret-of-the-webhook'
const metricsToken = 'a-token-for-prometheus'

const startDesk = async (
  project: string,
  {
    sandbox,
    databaseUrl,
    url,
    data,
  }: { readonly sandbox: Sandbox; readonly databaseUrl: string; readonly url: string; readonly data: string },
): Promise<Desk> => {
  const port = await freePort()
  mkdirSync(data)
  const child = start(join(project, 'belay'), ['serve'], {
    cwd: data,
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      PORT: String(port),
      BELAY_URL: url,
      BELAY_DATA: data,
      TRUST_PROXY: 'loopback',
      DATABASE_URL: databaseUrl,
      BELAY_SECRET: 'a-secret-of-thirty-two-characters-and-more',
      GITLAB_URL: sandbox.url,
      GITLAB_PROJECT: 'demo/helpdesk',
      GITLAB_TOKEN: sandbox.token,
      GITLAB_OAUTH_CLIENT_ID: 'belay',
      GITLAB_OAUTH_CLIENT_SECRET: sandbox.oauthSecret,
      GITLAB_WEBHOOK_SECRET: hookSecret,
      METRICS_TOKEN: metricsToken,
      POLL_SECONDS: '1',
    },
  })
  assert.ok(await child.line(/^Belay is ready at /mu), child.said())
  return { port, child, direct: `http://127.0.0.1:${port}` }
}

// --- Asking ------------------------------------------------------------------------------------

type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Each header as often as it was sent, in lower case. */
  readonly names: readonly string[]
  readonly bytes: Buffer
  readonly text: string
}

type Asked = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly ca?: string
}

const ask = (url: string, { method = 'GET', headers = {}, body, ca }: Asked = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? requestEncrypted : requestPlain
    let answered = false
    const sent = request(
      url,
      {
        method,
        agent: false,
        headers: { ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers },
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        answered = true
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        const done = () => {
          const bytes = Buffer.concat(chunks)
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            names: response.rawHeaders
              .filter((_, index) => index % 2 === 0)
              .map((name) => name.toLowerCase()),
            bytes,
            text: bytes.toString('utf8'),
          })
        }
        response.on('end', done).on('error', done)
      },
    )
    // Whoever is refused while still sending is cut off after the answer.
    sent.on('error', (error) => answered || reject(error))
    sent.end(body)
  })

const overHttp2 = async (url: string, ca: string, path: string) => {
  const session = connectHttp2(url, { ca })
  try {
    const stream = session.request({ ':path': path })
    const [headers] = await once(stream, 'response')
    stream.resume()
    await once(stream, 'end')
    return { protocol: session.alpnProtocol, status: (headers as Record<string, unknown>)[':status'] }
  } finally {
    session.close()
  }
}

const tlsWith = (
  url: string,
  ca: string,
  version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3',
): Promise<string | null> =>
  new Promise((resolve, reject) => {
    const ciphers = version === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}
    const { port } = new URL(url)
    const socket = connectTls(
      { host: '127.0.0.1', port: Number(port), ca, minVersion: version, maxVersion: version, ...ciphers },
      () => {
        resolve(socket.getProtocol())
        socket.destroy()
      },
    )
    socket.once('error', (error) => {
      // Only what the other side says counts: that our own side cannot is no proof.
      if (/alert protocol version/u.test(error.message)) resolve(null)
      else reject(error)
    })
  })

// --- What is looked at -------------------------------------------------------------------------

/** What every answer must say, Belay's or NGINX's own. */
const always = [
  'strict-transport-security',
  'content-security-policy',
  'x-content-type-options',
  'referrer-policy',
  'x-frame-options',
]

const eachOnce = (answer: Answer): void => {
  for (const name of always)
    assert.equal(answer.names.filter((one) => one === name).length, 1, `${name}: ${answer.names.join(' ')}`)
  assert.equal(answer.headers.server, 'nginx', 'and no version')
}

/** Said by the connection and the moment, not by the page. */
const ofTheWay = [
  'connection',
  'keep-alive',
  'date',
  'server',
  'transfer-encoding',
  'content-length',
  'x-request-id',
]

const lookAtTheDoors = async ({ check }: Findings, proxy: Proxy, desk: Desk): Promise<void> => {
  const { url, plainUrl, ca } = proxy
  await check('HTTP/2 is spoken', async () =>
    assert.deepEqual(await overHttp2(url, ca, '/open-issue'), { protocol: 'h2', status: 200 }),
  )
  await check('TLS 1.2 and 1.3 are spoken, older ones are not', async () => {
    assert.equal(await tlsWith(url, ca, 'TLSv1.3'), 'TLSv1.3')
    assert.equal(await tlsWith(url, ca, 'TLSv1.2'), 'TLSv1.2')
    assert.equal(await tlsWith(url, ca, 'TLSv1.1'), null)
  })
  await check('plain HTTP leads to the desk, whatever name was asked for', async () => {
    const answer = await ask(`${plainUrl}/open-issue?category=Hardware`, {
      headers: { host: 'evil.example' },
    })
    assert.equal(answer.status, 301)
    assert.equal(answer.headers.location, `${url}/open-issue?category=Hardware`)
  })
  await check('what a certificate authority asks for is served, over plain HTTP', async () => {
    const folder = join(proxy.acme, '.well-known/acme-challenge')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'a-token'), 'a-token.thumbprint')
    const answer = await ask(`${plainUrl}/.well-known/acme-challenge/a-token`)
    assert.deepEqual([answer.status, answer.text], [200, 'a-token.thumbprint'])
    assert.equal((await ask(`${plainUrl}/.well-known/acme-challenge/another`)).status, 404)
  })
  await check("a page's headers are Belay's own, each once", async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1', host: new URL(url).host }
    const direct = await ask(`${desk.direct}/sign-in`, { headers })
    const through = await ask(`${url}/sign-in`, { ca })
    eachOnce(through)
    const told = ({ names }: Answer) => names.filter((name) => !ofTheWay.includes(name)).sort()
    assert.deepEqual(told(through), told(direct))
    for (const name of told(direct))
      if (name !== 'set-cookie') assert.equal(through.headers[name], direct.headers[name], name)
    assert.match(through.headers['strict-transport-security'] ?? '', /max-age=31536000/u)
  })
  await check('what is for machines inside is not there outside', async () => {
    const authorization = { authorization: `Bearer ${metricsToken}` }
    assert.equal((await ask(`${desk.direct}/metrics`, { headers: authorization })).status, 200)
    for (const path of ['/metrics', '/readyz', '//metrics', '/%6detrics', '/a/../metrics'])
      for (const headers of [{}, authorization]) {
        const answer = await ask(`${url}${path}`, { ca, headers })
        assert.equal(answer.status, 404, path)
        eachOnce(answer)
      }
    assert.equal((await ask(`${url}/healthz`, { ca })).text, 'ok\n')
  })
  await check('assets come compressed and for a year, pages uncompressed', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    const page = await ask(`${url}/sign-in`, { ca, headers })
    assert.equal(page.headers['content-encoding'], undefined)
    const path = /href="(\/assets\/built\/belay\.css[^"]*)"/u.exec(page.text)?.[1] ?? ''
    const sheet = await ask(`${url}${path}`, { ca, headers })
    assert.equal(sheet.headers['content-encoding'], 'gzip')
    assert.match(sheet.headers.vary ?? '', /accept-encoding/iu)
    assert.match(sheet.headers['cache-control'] ?? '', /max-age=31536000, immutable/u)
    const plain = await ask(`${desk.direct}${path}`)
    assert.ok(gunzipSync(sheet.bytes).equals(plain.bytes), 'another stylesheet')
    assert.ok(sheet.bytes.length < plain.bytes.length / 2)
    eachOnce(sheet)
  })
}

const hiddenOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/gu)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  )

const megabyte = 1_048_576

const openingWith = async (somebody: Visitor, sizes: readonly number[]) => {
  const form = await somebody.get('/open-issue')
  return somebody.postFiles(
    '/open-issue',
    {
      ...hiddenOf(form.text),
      title: 'My screen stays black',
      description: 'Since this morning.',
      category: 'Hardware',
      name: 'Ana Souza',
      email: 'ana@school.example',
    },
    sizes.map((size, index) => ({ name: `${index}.bin`, type: 'image/png', bytes: Buffer.alloc(size, 7) })),
  )
}

const proxyLine = (proxy: Proxy, number: unknown) =>
  proxy.lines().find(({ requestId }) => requestId === number)

/** Answers the secret part of a requester's link. */
const useTheDesk = async ({ check }: Findings, proxy: Proxy, desks: readonly Desk[]): Promise<string> => {
  const { url, ca } = proxy
  await check('Bruno signs in through GitLab, and comes back to this address', async () => {
    const bruno = visitor(url, { ca })
    await signInAt(bruno, 'bruno')
    assert.equal((await bruno.get('/issues')).status, 200)
  })
  await check("a request has one number, in NGINX's log, in Belay's, and in the answer", async () => {
    const answer = await ask(`${url}/sign-in?lang=xx`, { ca })
    const number = answer.headers['x-request-id']
    await eventually("it stands in NGINX's log", () => proxyLine(proxy, number))
    const told = (desk: Desk) => desk.child.said().includes(String(number))
    await eventually("it stands in Belay's log", () => desks.some(told))
  })
  await check('an open dashboard hears at once of what Ana opens', async () => {
    const bruno = visitor(url, { ca })
    await signInAt(bruno, 'bruno')
    const cookie = [...bruno.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const session = connectHttp2(url, { ca })
    try {
      const stream = session.request({ ':path': '/issues/stream', cookie })
      const [headers] = await once(stream, 'response')
      assert.match(String((headers as Record<string, unknown>)['content-type']), /^text\/event-stream/u)
      let heard = ''
      stream.setEncoding('utf8').on('data', (more: string) => {
        heard += more
      })
      await eventually('the stream says something', () => heard !== '')
      heard = ''
      assert.equal((await openingWith(visitor(url, { ca }), [])).status, 303)
      await eventually('a line of data comes', () => /^data:/mu.test(heard))
    } finally {
      session.destroy()
    }
  })
  let token = ''
  await check('Ana opens a ticket with as many files as Belay takes', async () => {
    const sent = await openingWith(visitor(url, { ca }), [9 * megabyte, 9 * megabyte, 6 * megabyte])
    assert.equal(sent.status, 303, sent.text.slice(0, 500))
    token = /\/t\/([\w.~-]{16,})/u.exec(sent.location)?.[1] ?? ''
    assert.ok(token, sent.location)
  })
  await check("what is somewhat too large gets Belay's own page", async () => {
    const sent = await openingWith(visitor(url, { ca }), [9 * megabyte, 9 * megabyte, 9 * megabyte])
    assert.equal(sent.status, 413)
    assert.doesNotMatch(sent.text, /zu viel auf einmal/u)
  })
  await check('what is far too large is refused at the door, in both languages', async () => {
    const body = Buffer.alloc(33 * megabyte)
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    const answer = await ask(`${url}/open-issue`, { ca, method: 'POST', body, headers })
    assert.equal(answer.status, 413)
    assert.match(answer.text, /too much at once[\s\S]*zu viel auf einmal/u)
    eachOnce(answer)
  })
  return token
}

const deliver = (url: string, ca: string, body: string) =>
  ask(`${url}/hooks/gitlab`, {
    ca,
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-gitlab-event': 'Push Hook',
      'x-gitlab-token': hookSecret,
    },
  })

const takeDeliveries = async ({ check }: Findings, { url, ca }: Proxy): Promise<void> => {
  const delivery = (more: string) =>
    JSON.stringify({ object_kind: 'push', project: { id: 1, path_with_namespace: 'demo/helpdesk' }, more })
  await check(
    'a webhook is let through, and so is a burst that would be a flood of anything else',
    async () => {
      assert.equal((await deliver(url, ca, delivery(''))).status, 202)
      const statuses: number[] = []
      for (let round = 0; round < 12; round++)
        statuses.push(
          ...(await Promise.all(Array.from({ length: 75 }, () => deliver(url, ca, delivery(''))))).map(
            (one) => one.status,
          ),
        )
      assert.deepEqual([...new Set(statuses)], [202])
    },
  )
  await check('one of just under a megabyte is let through, one above is refused', async () => {
    assert.equal((await deliver(url, ca, delivery('x'.repeat(megabyte - 500)))).status, 202)
    assert.equal((await deliver(url, ca, delivery('x'.repeat(megabyte)))).status, 413)
  })
}

/** Paths with a secret, in every way in which somebody's mail program might write them. */
const secretPaths = (token: string): readonly string[] => [
  `/t/${token}`,
  `/t/${token}?lang=de`,
  `/T/${token}`,
  `//t/${token}`,
  `/t//${token}/files/1`,
  `/%74/${token}`,
  `/t%2F${token}`,
  `/my-tickets/sign-in/${token}`,
  `/My-Tickets/Sign-In/${token}?x=1`,
  `/my%2Dtickets/sign-in/${token}`,
  `/issues?q=${token}`,
  `/open-issue?email=${token}`,
]

const keepSecrets = async ({ check }: Findings, proxy: Proxy, token: string): Promise<void> => {
  const { url, ca } = proxy
  await check('no secret of an address is written down', async () => {
    const before = proxy.lines().length
    const paths = secretPaths(token)
    const headers = { referer: `${url}/t/${token}`, cookie: `belay=${token}`, 'user-agent': token }
    for (const path of paths) await ask(`${url}${path}`, { ca, headers })
    await eventually('it is written down', () => proxy.lines().length >= before + paths.length)
    assert.ok(!proxy.logs().includes(token), proxy.logs().slice(-4_000))
  })
  await check("where Belay's own log masks an address, NGINX's does, and else it says the same", async () => {
    const paths = [
      ...[
        '/t',
        '/t/',
        '/t/abc',
        '/T/abc/replies',
        '/t/abc?x=1',
        '/tickets',
        '/tx/y',
        '/',
        '/issues/42?from=7',
      ],
      ...[
        '/my-tickets',
        '/my-tickets/sign-in',
        '/my-tickets/sign-in/',
        '/my-tickets/sign-in/abc',
        '/assets/belay.css',
      ],
      `/${'a'.repeat(400)}`,
    ]
    const before = proxy.lines().length
    for (const path of paths) await ask(`${url}${path}`, { ca })
    const written = await eventually('it is written down', () => {
      const lines = proxy.lines().slice(before)
      return lines.length === paths.length ? lines : null
    })
    assert.deepEqual(
      written.map((line) => String(line.path).slice(0, 300)),
      paths.map((path) => loggedPath(path)),
    )
    for (const line of written) {
      assert.match(String(line.requestId), /^[0-9a-f]{32}$/u)
      assert.equal(line.client, '127.0.0.1')
    }
  })
}

const flood = async ({ check }: Findings, { url, ca }: Proxy): Promise<void> => {
  await check('five hundred requests at once are no flood, some thousands are', async () => {
    const { port } = new URL(url)
    // From an address of its own: what comes after is another client's. NGINX ends a connection after a thousand.
    const batch = async (count: number) => {
      const createConnection = () =>
        connectTls({
          socket: connectPlain({ host: '127.0.0.1', port: Number(port), localAddress: '127.0.0.5' }),
          host: '127.0.0.1',
          ca,
          ALPNProtocols: ['h2'],
        })
      const session = connectHttp2(url, { createConnection })
      session.on('error', () => undefined)
      let left = count
      const answers: Record<string, unknown>[] = []
      const lane = async () => {
        while (left-- > 0) {
          const stream = session.request({ ':path': '/healthz' })
          const [headers] = await once(stream, 'response')
          stream.resume()
          await once(stream, 'end')
          answers.push(headers as Record<string, unknown>)
        }
      }
      await Promise.all(Array.from({ length: 60 }, lane))
      session.close()
      return answers
    }
    const first = await batch(450)
    assert.deepEqual([...new Set(first.map((headers) => headers[':status']))], [200])
    const later = (await Promise.all([900, 900, 900, 900, 900].map(batch))).flat()
    const refused = later.find((headers) => headers[':status'] === 429)
    assert.ok(refused, 'nobody was ever refused')
    assert.equal(refused['retry-after'], '5')
  })
}

const tellWhoComes = async ({ check }: Findings, { url, ca }: Proxy): Promise<void> => {
  await check('whoever makes up where they come from is counted all the same', async () => {
    // Belay lets a client ask 120 times in ten minutes to sign in; two desks that count by themselves, 240 times.
    const statuses: number[] = []
    for (let index = 0; index < 260; index++) {
      const made = `203.0.113.${index % 250}`
      const headers = { 'x-forwarded-for': made, forwarded: `for=${made}`, 'x-real-ip': made }
      statuses.push((await ask(`${url}/sign-in/gitlab`, { ca, headers })).status)
    }
    assert.equal(statuses[0], 302)
    assert.equal(statuses.at(-1), 429, 'it was never too much')
  })
}

const loseOne = async (
  { check }: Findings,
  proxy: Proxy,
  desks: readonly Desk[],
  token: string,
): Promise<void> => {
  const { url, ca } = proxy
  const [first, second] = desks
  await check('one desk is killed, and nobody sees more than its last answers', async () => {
    first?.child.kill('SIGKILL')
    await first?.child.ended
    for (let index = 0; index < 10; index++) {
      assert.equal((await ask(`${url}/sign-in`, { ca })).status, 200)
      const body = 'title=&description='
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const sent = await ask(`${url}/open-issue`, { ca, method: 'POST', body, headers })
      // Nothing is filled in: Belay says so.
      assert.equal(sent.status, 422, sent.text.slice(0, 300))
    }
  })
  await check('both are away: a page says what to do, and no secret stands in any log', async () => {
    second?.child.kill('SIGKILL')
    await second?.child.ended
    const answer = await ask(`${url}/t/${token}`, { ca, headers: { referer: `${url}/t/${token}` } })
    assert.equal(answer.status, 502)
    assert.match(answer.text, /away for a moment[\s\S]*nicht erreichbar/u)
    assert.equal(answer.headers['retry-after'], '10')
    eachOnce(answer)
    await eventually('it is written down', () => proxy.lines().at(-1)?.status === 502)
    assert.ok(!proxy.logs().includes(token), proxy.logs().slice(-4_000))
  })
}

// --- Before servers that misbehave -----------------------------------------------------------------

const serverThat = async (answers: RequestListener) => {
  const server = createServer(answers).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const misbehave = async ({ check }: Findings, project: string, stage: string): Promise<void> => {
  let posts = 0
  let gets = 0
  const seen: { readonly headers: IncomingHttpHeaders }[] = []
  let sendMore: () => void = () => undefined
  const answers: RequestListener = (request, response) => {
    seen.push({ headers: request.headers })
    if (request.url === '/issues/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      sendMore = () => response.end('data: 2\n\n')
    } else if (request.method === 'POST') {
      posts++
      // Taken, and the answer is lost.
      request.resume().once('end', () => request.socket.destroy())
    } else if (request.url === '/broken' && ++gets === 1) request.socket.destroy()
    else response.end('here')
  }
  const [one, two] = [await serverThat(answers), await serverThat(answers)]
  const ports = { http: await freePort(), https: await freePort() }
  const proxy = await startProxy(project, stage, ports, [one.port, two.port])
  const { url, ca } = proxy
  try {
    await check('what was posted and not answered is not posted again', async () => {
      assert.equal(
        (await ask(`${url}/issues/1/replies`, { ca, method: 'POST', body: 'body=hello' })).status,
        502,
      )
      assert.equal(posts, 1)
    })
    await check('what was only asked for is asked for elsewhere', async () => {
      assert.equal((await ask(`${url}/broken`, { ca })).text, 'here')
      assert.equal(gets, 2)
    })
    await check('Belay is told who asks by NGINX alone', async () => {
      const made = '203.0.113.9'
      const names = [
        'x-forwarded-for',
        'x-real-ip',
        'forwarded',
        'x-forwarded-host',
        'x-request-id',
        'x-forwarded-port',
      ]
      const headers = Object.fromEntries(names.map((name) => [name, made]))
      seen.length = 0
      await ask(`${url}/`, { ca, headers: { ...headers, 'x-forwarded-proto': 'http' } })
      const told = seen[0]?.headers ?? {}
      assert.ok(!JSON.stringify(told).includes(made), JSON.stringify(told))
      assert.equal(told['x-forwarded-for'], '127.0.0.1')
      assert.equal(told['x-forwarded-proto'], 'https')
      assert.equal(told['x-forwarded-host'], '127.0.0.1')
      const { requestId } = await eventually('it is written down', () => proxy.lines().at(-1))
      assert.equal(told['x-request-id'], requestId)
    })
    await check('each line of the event stream comes at once', async () => {
      const session = connectHttp2(url, { ca })
      const stream = session.request({ ':path': '/issues/stream', 'accept-encoding': 'gzip' })
      const [headers] = await once(stream, 'response')
      assert.equal((headers as Record<string, unknown>)['content-encoding'], undefined)
      const [first] = await once(stream, 'data')
      // The second line is not even written yet.
      assert.equal(String(first), 'data: 1\n\n')
      const rest = once(stream, 'data')
      sendMore()
      assert.equal(String((await rest)[0]), 'data: 2\n\n')
      session.close()
    })
  } finally {
    await proxy.stop()
    one.close()
    two.close()
  }
}

// --- All of it ---------------------------------------------------------------------------------

export const proveProxy = async (
  found: Findings,
  { project, work, sandbox }: { readonly project: string; readonly work: string; readonly sandbox: Sandbox },
): Promise<string> => {
  await misbehave(found, project, join(work, 'before-stubs'))

  const { url: databaseUrl, server } = await startPostgres(work)
  const ports = { http: await freePort(), https: await freePort() }
  const { url } = settingsFor(project, ports)
  const desks: Desk[] = []
  try {
    // One after the other: the first makes the tables.
    for (const name of ['one', 'two'])
      desks.push(await startDesk(project, { sandbox, databaseUrl, url, data: join(work, `desk-${name}`) }))
    const proxy = await startProxy(
      project,
      join(work, 'nginx'),
      ports,
      desks.map(({ port }) => port),
    )
    try {
      const [desk] = desks
      assert.ok(desk)
      await lookAtTheDoors(found, proxy, desk)
      const token = await useTheDesk(found, proxy, desks)
      await takeDeliveries(found, proxy)
      await keepSecrets(found, proxy, token)
      await tellWhoComes(found, proxy)
      await flood(found, proxy)
      await loseOne(found, proxy, desks, token)
    } finally {
      await proxy.stop()
    }
  } finally {
    for (const { child } of desks) child.kill('SIGKILL')
    server.kill('SIGQUIT')
    await server.ended
  }
  // It says so on standard error.
  return spawnSync('nginx', ['-v']).stderr.toString().replace('nginx version: nginx/', 'NGINX ').trim()
}
