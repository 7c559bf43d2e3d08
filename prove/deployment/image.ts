// The image, built by the Dockerfile's own steps and run as compose.yaml runs it: as its user, without any right of root,
// its root read-only, only /data and /tmp to write to. GitLab is the sandbox, outside.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { signInAt, visitor } from '../../test/support/visitor.ts'
import type { Sandbox } from '../kill/processes.ts'
import type { Built } from './build-image.ts'
import { buildImage } from './build-image.ts'
import type { Child } from './children.ts'
import { finished, freePort, startApart } from './children.ts'
import { readDockerfile } from './dockerfile.ts'
import type { Findings } from './findings.ts'

/** As an engine does it with read_only, cap_drop: ALL, no-new-privileges and two places to write to. */
const runScript = `
root=$1 data=$2 secrets=$3 user=$4 cwd=$5; shift 5
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -t tmpfs -o mode=1777,size=64m tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mkdir "$root/run/secrets"
mount --bind "$secrets" "$root/run/secrets"
mount -o remount,ro "$root/run"
mount -o remount,ro,bind "$root"
exec chroot "$root" /usr/bin/setpriv --reuid="\${user%:*}" --regid="\${user#*:}" --clear-groups --no-new-privs \\
  --bounding-set=-all --inh-caps=-all /usr/bin/env -i --chdir="$cwd" "$@"
`

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

type Container = {
  run(command: readonly string[], env?: Readonly<Record<string, string>>): Child
}

const containerOf = (built: Built, data: string, secrets: string): Container => ({
  run: (command, env = {}) => {
    const words = Object.entries({ PATH: path, HOME: '/data', ...built.env, ...env }).map(
      ([name, value]) => `${name}=${value}`,
    )
    const { user } = built.stage.run
    assert.ok(user, 'the image names no user')
    return startApart(runScript, [built.root, data, secrets, user, built.workdir, ...words, ...command])
  },
})

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`

/** Whatever builds or fetches programs. */
const tools = ['npm', 'npx', 'corepack', 'yarn', 'gcc', 'cc', 'g++', 'make', 'python3', 'git', 'curl', 'wget']

/** Debian's own places that anybody may write to; the read-only root closes them. */
const debiansOwn = ['/var/tmp', '/run/lock']

const lookAtFiles = async ({ check }: Findings, built: Built, container: Container): Promise<void> => {
  const { run } = built.stage
  await check('the image says how it is run', () => {
    assert.match(run.user ?? '', /^[1-9][0-9]{3,}:[1-9][0-9]{3,}$/u, 'a user by number')
    assert.deepEqual(run.entrypoint, ['belay'])
    assert.deepEqual(run.command, ['serve'])
    assert.equal(run.stopSignal, 'SIGTERM')
    assert.deepEqual(run.ports, [3000])
    assert.deepEqual(run.volumes, ['/data'])
    assert.ok(run.labels['org.opencontainers.image.title'])
    assert.deepEqual(built.env, {
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: '3000',
      BELAY_DATA: '/data',
    })
  })
  await check('no tool that builds or fetches is in the image', async () => {
    const asked = `for tool in ${tools.join(' ')}; do command -v $tool || true; done`
    assert.equal(await finished(container.run(['/bin/sh', '-c', asked])), '')
  })
  await check('nothing of tests, sandbox, scripts or settings is in the image', () => {
    const all = execFileSync('find', [join(built.root, 'opt/belay'), '-not', '-path', '*/node_modules/*'])
      .toString()
      .split('\n')
    const strange = all.filter((file) =>
      /\.test\.ts$|\/(test|sandbox|scripts|prove|\.git|\.env|data)(\/|$)/u.test(file),
    )
    assert.deepEqual(strange, [])
    assert.ok(
      all.some((file) => file.endsWith('src/web/assets/built/belay.css')),
      'and the stylesheet is',
    )
  })
  await check('no file in it belongs to its user, or could be written by them', () => {
    const [uid = '', gid = ''] = (run.user ?? '').split(':')
    const find = [
      built.root,
      '-xdev',
      '(',
      '-path',
      join(built.root, 'data'),
      '-o',
      '-path',
      join(built.root, 'tmp'),
    ]
    const theirs = ['-uid', uid, '-o', '-gid', gid, '-o', '-perm', '-o=w']
    const found = execFileSync('find', [
      ...find,
      ')',
      '-prune',
      '-o',
      '!',
      '-type',
      'l',
      '!',
      '-type',
      'c',
      '(',
      ...theirs,
      ')',
      '-print',
    ])
      .toString()
      .split('\n')
      .map((file) => file.slice(built.root.length))
      .filter((file) => file !== '' && !debiansOwn.includes(file))
    assert.deepEqual(found, [])
  })
  await check('running, its user can write to /data and /tmp and nowhere else', async () => {
    const places = 'find / -xdev ( -path /proc -o -path /dev ) -prune -o -writable ! -type l -print'
    const script = `${places.replaceAll(/[()]/gu, '\\$&')} 2>/dev/null; touch /data/x /tmp/x`
    const said = await finished(container.run(['/bin/sh', '-c', script]))
    assert.deepEqual(said.trim().split('\n').sort(), ['/data', '/tmp'])
  })
}

/** Somebody asks, somebody answers, a lead looks at a figure. */
const useTheDesk = async ({ check }: Findings, url: string): Promise<void> => {
  const bruno = visitor(url)
  await check('Bruno signs in through GitLab', () => signInAt(bruno, 'bruno'))
  await check('Ana opens a ticket, and Bruno sees it', async () => {
    const ana = visitor(url)
    const form = await ana.get('/open-issue')
    const sent = await ana.post('/open-issue', {
      title: 'My screen stays black',
      description: 'Since this morning.',
      category: 'Hardware',
      name: 'Ana Souza',
      email: 'ana@school.example',
      key: ana.hidden(form, 'key'),
    })
    assert.equal(sent.status, 303, sent.text.slice(0, 500))
    assert.match((await ana.follow(sent)).text, /My screen stays black/u)
    assert.match((await bruno.get('/issues')).text, /My screen stays black/u)
  })
  await check('the stylesheet, and a chart, are there', async () => {
    const page = await bruno.get('/kpi')
    const sheet = /href="(\/assets\/built\/belay\.css[^"]*)"/u.exec(page.text)?.[1] ?? ''
    assert.equal((await bruno.get(sheet)).status, 200, sheet)
    const chart = /"(\/kpi\/[\w-]+\.svg[^"]*)"/u.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    assert.ok(chart, 'the page of figures shows no chart')
    const image = await bruno.get(chart)
    assert.equal(image.status, 200)
    assert.match(image.text, /^<svg/u)
  })
}

const runTheDesk = async (found: Findings, built: Built, container: Container, sandbox: Sandbox) => {
  const port = await freePort()
  const settings = {
    // An engine gives a container a network of its own; here it is the machine's, and nobody else's business.
    HOST: '127.0.0.1',
    PORT: String(port),
    GITLAB_URL: sandbox.url,
    GITLAB_PROJECT: 'demo/helpdesk',
    GITLAB_TOKEN_FILE: '/run/secrets/gitlab_token',
    GITLAB_OAUTH_CLIENT_ID: 'belay',
    GITLAB_OAUTH_CLIENT_SECRET_FILE: '/run/secrets/gitlab_oauth_client_secret',
    GITLAB_BRANCH_TOKEN_FILE: '/run/secrets/gitlab_branch_token',
    POLL_SECONDS: '1',
  }
  const { health, entrypoint, command } = built.stage.run
  assert.ok(health, 'the image has no HEALTHCHECK')
  const healthy = () => container.run(health, settings).ended
  const { check } = found

  await check('while nothing runs, the health check says so', async () => assert.equal(await healthy(), 1))
  const belay = container.run([...entrypoint, ...command], settings)
  const ready = await belay.line(/^Belay is ready at (\S+)$/mu)
  if (!(await check('Belay becomes ready', () => assert.ok(ready, belay.said())))) return
  await check('the health check says that it is healthy', async () => assert.equal(await healthy(), 0))
  await useTheDesk(found, `http://127.0.0.1:${port}`)
  await check('asked to stop, it is gone within ten seconds', async () => {
    const asked = performance.now()
    belay.kill('SIGTERM')
    const code = await Promise.race([
      belay.ended,
      new Promise<string>((resolve) => setTimeout(resolve, 10_000, 'not within ten seconds').unref()),
    ])
    belay.kill('SIGKILL')
    assert.equal(code, 0, `${performance.now() - asked} ms\n${belay.said().slice(-2_000)}`)
  })
  await check('a desk without its settings says which, and ends with 2', async () => {
    const bare = container.run([...entrypoint, ...command])
    assert.equal(await bare.ended, 2)
    assert.match(bare.said(), /GITLAB_URL is missing/u)
  })
}

/** Answers what the image weighs. */
export const proveImage = async (
  found: Findings,
  { project, work, sandbox }: { readonly project: string; readonly work: string; readonly sandbox: Sandbox },
): Promise<string> => {
  const stages = readDockerfile(readFileSync(join(project, 'Dockerfile'), 'utf8'))
  const built = await buildImage(project, stages, join(work, 'image'))
  const [uid = 0, gid = 0] = (built.stage.run.user ?? '').split(':').map(Number)
  const data = join(work, 'data')
  const secrets = join(work, 'secrets')
  for (const folder of [data, secrets]) mkdirSync(folder, { mode: 0o755 })
  chownSync(data, uid, gid)
  // As deploy/make-secrets leaves them: readable by this user alone, and empty where not used.
  for (const [name, text] of [
    ['gitlab_token', sandbox.token],
    ['gitlab_oauth_client_secret', sandbox.oauthSecret],
    ['gitlab_branch_token', ''],
  ] as const) {
    writeFileSync(join(secrets, name), `${text}\n`)
    chownSync(join(secrets, name), uid, gid)
    chmodSync(join(secrets, name), 0o400)
  }
  const container = containerOf(built, data, secrets)
  await lookAtFiles(found, built, container)
  await runTheDesk(found, built, container, sandbox)
  return `${megabytes(built.bytes)}, of which Debian ${megabytes(built.baseBytes)}`
}
