// What `docker build` would do with our Dockerfile, as far as it shows without building: which files it is given, how the
// command inside runs Node, and that the proof performs every step or says that it cannot.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { contextFiles, keptBy } from '../../prove/deployment/build-context.ts'
import { readDockerfile } from '../../prove/deployment/dockerfile.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const textOf = (path: string) => readFileSync(join(project, path), 'utf8')

const aFolder = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'belay-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('no setting, secret, history or data is given to a build, whatever it is called', () => {
  const kept = keptBy(textOf('.dockerignore'))
  for (const path of [
    '.env',
    '.env.production',
    'belay.yaml',
    'data/secret',
    'data/belay.sqlite',
    '.git/config',
    '.belay/ready',
    'node_modules/express/index.js',
    'deploy/secrets/gitlab_token',
    'deploy/tls/privkey.pem',
    'sandbox/src/main.ts',
    'test/config.test.ts',
    'backup.sqlite',
    'src/web/assets/built/belay.css',
  ])
    assert.ok(!kept(path), path)
  for (const path of [
    'package.json',
    'src/main.ts',
    'src/web/assets/belay.css',
    'sandbox/package.json',
    'deploy/image/belay',
  ])
    assert.ok(kept(path), path)
})

test('and what the steps copy is', () => {
  const files = contextFiles(project)
  const copied = readDockerfile(textOf('Dockerfile')).flatMap(({ steps }) =>
    steps.flatMap((step) => (step.does === 'copy' && step.from === null ? step.sources : [])),
  )
  assert.ok(copied.length > 4)
  for (const source of copied)
    assert.ok(
      files.some((file) => file === source || file.startsWith(`${source}/`)),
      `${source} is copied, but .dockerignore leaves it out`,
    )
  // A file that no step copies makes every build slower and shows nobody why.
  for (const file of files)
    assert.ok(
      copied.some((source) => file === source || file.startsWith(`${source}/`)),
      `${file} is not copied`,
    )
})

test('of the lines of .dockerignore the last one that matches decides', () => {
  const kept = keptBy('# a comment\n*\n!src\nsrc/web/built\n!/docs/*.md\n**/*.log\n')
  const kinds = [
    'a',
    'src',
    'src/a.ts',
    'src/web/built/x',
    'docs/a.md',
    'docs/a/b.md',
    'src/x/y.log',
    'b/src/c',
  ]
  assert.deepEqual(kinds.filter(kept), ['src', 'src/a.ts', 'docs/a.md'])
})

test('a step that the proof does not perform is an error, not a step left out', () => {
  const [stage] = readDockerfile(
    'FROM debian:12-slim AS build\n# why\nRUN a \\\n  # why too\n  && b\nENV A=1 B="2 3"\n',
  )
  assert.deepEqual(stage?.steps, [
    { does: 'run', command: 'a   && b' },
    { does: 'env', values: { A: '1', B: '2 3' } },
  ])
  for (const line of [
    'ADD https://example.com/x /x',
    'SHELL ["/bin/bash"]',
    'ARG VERSION=1',
    'ONBUILD RUN x',
    'RUN --mount=type=secret,id=x cat /run/secrets/x',
    'RUN ["node"]',
    'COPY --chown=1:1 a b',
    'COPY *.json ./',
    'COPY a',
    'ENV A',
    'ENV PATH=$PATH:/x',
    'HEALTHCHECK NONE',
    'CMD node',
    'run x',
    'USER 1:1\nRUN x',
    'RUN x \\',
  ])
    assert.throws(
      () => readDockerfile(`FROM debian:12-slim\n${line}\n`),
      /the Dockerfile says|nothing/u,
      line,
    )
})

test('the command in the image runs Node as scripts/run does', (t) => {
  const root = aFolder(t)
  const node = join(root, 'bin/node')
  for (const folder of ['bin', 'scripts/node', 'src', 'node_modules', '.belay'])
    mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(
    node,
    '#!/bin/sh\n[ "$1" = --version ] && { echo v24.0.0; exit; }\necho "$@"\nenv | grep ^MALLOC_ | sort\n',
  )
  chmodSync(node, 0o755)
  cpSync(join(project, 'scripts/run'), join(root, 'scripts/run'))
  for (const file of [
    'package.json',
    'package-lock.json',
    'scripts/node/package-lock.json',
    'scripts/prepare.mjs',
    'node_modules/.package-lock.json',
  ]) {
    writeFileSync(join(root, file), '')
    utimesSync(join(root, file), 1, 1)
  }
  writeFileSync(join(root, '.belay/ready'), `${node}\n`)
  const env = { PATH: `${join(root, 'bin')}:${process.env.PATH}` }
  const said = (command: string, ...args: string[]) => execFileSync(command, args, { env }).toString()
  const outside = said(join(root, 'scripts/run'), join(root, 'src/main.ts'), 'serve', 'two words')
  const inside = said(join(project, 'deploy/image/belay'), 'serve', 'two words')
  assert.match(outside, /--max-old-space-size=\d+ .*\nMALLOC_ARENA_MAX=1\n/u)
  assert.equal(inside, outside.replace(join(root, 'src/main.ts'), '/opt/belay/src/main.ts'))
})

test("NGINX's settings that are missing are all named at once, and nothing is written", (t) => {
  const settings = join(aFolder(t), 'nginx.env')
  const example = textOf('deploy/nginx/debian.env.example')
  writeFileSync(settings, example.replace(/^BELAY_URL=.*$/mu, '').replace(/^(BELAY_TLS_KEY)=.*$/mu, '$1='))
  const fillIn = () => spawnSync(join(project, 'deploy/nginx/fill-in'), [settings], { encoding: 'utf8' })
  if (spawnSync('envsubst', ['--version']).error) return t.skip('envsubst is not here')
  const wrong = fillIn()
  assert.deepEqual([wrong.status, wrong.stdout], [2, ''])
  assert.match(wrong.stderr, /^BELAY_TLS_KEY is missing in .*\nBELAY_URL is missing in .*\n$/u)
  writeFileSync(settings, `${example}\nEVIL=$(touch ${settings}.evil)\n`)
  const { status, stdout } = fillIn()
  assert.equal(status, 0)
  assert.match(stdout, /server_name desk\.example\.com;/u)
  assert.match(stdout, /\$request_uri/u)
  assert.doesNotMatch(stdout.replaceAll(/^\s*#.*$/gmu, ''), /\$\{/u)
})

test('secrets are made once, each readable by the one who needs it', (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can give files to others')
  const root = aFolder(t)
  mkdirSync(join(root, 'deploy'))
  const script = join(root, 'deploy/make-secrets')
  cpSync(join(project, 'deploy/make-secrets'), script)
  const owners = () =>
    execFileSync('find', [join(root, 'deploy/secrets'), '-type', 'f', '-printf', '%f %U:%G %m %s\\n'])
      .toString()
      .split('\n')
      .filter(Boolean)
      .sort()
  execFileSync(script)
  const first = owners()
  assert.ok(first.includes('gitlab_token 10001:10001 400 0'), first.join('\n'))
  assert.ok(first.includes('belay_secret 10001:10001 400 65'))
  assert.ok(first.includes('postgres_password 999:999 400 65'))
  const secret = readFileSync(join(root, 'deploy/secrets/belay_secret'), 'utf8')
  writeFileSync(join(root, 'deploy/secrets/gitlab_token'), 'a-token\n')
  execFileSync(script)
  assert.equal(readFileSync(join(root, 'deploy/secrets/belay_secret'), 'utf8'), secret)
  assert.equal(readFileSync(join(root, 'deploy/secrets/gitlab_token'), 'utf8'), 'a-token\n')
  execFileSync(script, [join(root, 'etc')])
  const forUnit = execFileSync('find', [join(root, 'etc'), '-type', 'f', '-printf', '%U %m\\n'])
    .toString()
    .split('\n')
  assert.deepEqual([...new Set(forUnit.filter(Boolean))], ['0 400'])
})
