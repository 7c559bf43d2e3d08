// The files that are shipped to be installed name the same settings as the code that reads them: none is missing, none
// is left over, and no secret's file is forgotten.

import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { valuesOf } from '../../prove/deployment/unit.ts'
import { readConfig } from '../../src/config.ts'

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const textOf = (path: string) => readFileSync(pathOf(path), 'utf8')

/** Every name that is asked for when settings are read, whatever for. */
const namesRead = (): { readonly plain: readonly string[]; readonly secret: readonly string[] } => {
  const asked = new Set<string>()
  // Some are asked for only where others are given.
  const given = { GITLAB_URL: 'https://gitlab.example', GITLAB_PROJECT: '1', GITLAB_TOKEN: 'a-token' }
  for (const need of ['serve', 'work', 'sandbox-desk', 'gitlab', 'desk'] as const) {
    const environment = new Proxy<Record<string, string>>(given, {
      get: (known, name) => {
        asked.add(String(name))
        return typeof name === 'string' ? Reflect.get(known, name) : undefined
      },
    })
    try {
      readConfig(need, environment)
    } catch {
      // What is missing is told; only the asking counts here.
    }
  }
  const all = [...asked].filter((name) => /^[A-Z_]+$/u.test(name)).sort()
  const secret = all.filter((name) => asked.has(`${name}_FILE`))
  const twins = secret.map((name) => `${name}_FILE`)
  return { secret, plain: all.filter((name) => !secret.includes(name) && !twins.includes(name)) }
}

const { plain, secret } = namesRead()

const example = textOf('deploy/env.example')

const Service = z.looseObject({
  image: z.string().optional(),
  user: z.string(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  restart: z.string().optional(),
  logging: z.looseObject({ options: z.record(z.string(), z.string()) }).optional(),
  profiles: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  healthcheck: z.looseObject({}).optional(),
  stop_grace_period: z.string().optional(),
  mem_limit: z.string().optional(),
})

const Compose = z.looseObject({
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
})

const composeText = textOf('compose.yaml')
const compose = Compose.parse(parse(composeText, { merge: true }))
const services = Object.entries(compose.services)
const serviceCalled = (name: string) => compose.services[name] ?? assert.fail(`no service ${name}`)

test('every setting that Belay reads stands in the example, and no other', () => {
  assert.ok(plain.includes('BELAY_URL') && secret.includes('GITLAB_TOKEN'), 'the asking was seen')
  const [own = '', forCompose = ''] = example.split('# --- Only for compose.yaml ---')
  const names = (text: string) =>
    [...text.matchAll(/^#?([A-Z][A-Z_]*)=/gmu)].map(([, name = '']) => name).sort()
  assert.deepEqual(names(own), [...plain, ...secret].sort())
  const used = [...composeText.matchAll(/\$\{([A-Z_]+)/gu)].map(([, name = '']) => name)
  assert.deepEqual(names(forCompose), [...new Set(used)].filter((name) => !names(own).includes(name)).sort())
})

test('each of them is explained, and secrets are only named there', () => {
  const lines = example.split('\n')
  for (const [index, line] of lines.entries()) {
    const [, off, name = '', value] = /^(#?)([A-Z][A-Z_]*)=(.*)$/u.exec(line) ?? []
    if (name === '' || value === undefined) continue
    const isSetting = (one: string) => /^#?[A-Z][A-Z_]*=/u.test(one)
    const last = lines.slice(0, index).findLastIndex((one) => !isSetting(one))
    const first =
      lines.slice(0, last).findLastIndex((one) => !one.startsWith('# ') || one.startsWith('# ---')) + 1
    const before = lines.slice(first, last + 1).join('\n')
    assert.match(before, /^# .{10,}/u, `${name} is not explained`)
    assert.equal(off === '#', secret.includes(name), `${name} is a secret or none`)
    assert.equal(/^# \(secret\)/u.test(before), secret.includes(name), `${name} is marked as a secret or not`)
    if (secret.includes(name)) assert.equal(value, '')
  }
})

test('the example as it is shipped says what is missing, and nothing in it is wrong by itself', () => {
  const environment = Object.fromEntries(
    [...example.matchAll(/^([A-Z][A-Z_]*)=(.*)$/gmu)].map(([, name = '', value = '']) => [name, value]),
  )
  assert.throws(
    () => readConfig('serve', environment),
    (error: Error) => {
      const wrong = error.message.split('\n').filter((line) => !/is missing/u.test(line))
      assert.deepEqual(wrong.filter((line) => line.trim() !== '').length, 0, error.message)
      return true
    },
  )
})

test('compose.yaml hands every secret to Belay as a file, which deploy/make-secrets makes', () => {
  const belay = serviceCalled('belay')
  for (const name of secret) {
    const file = name.toLowerCase()
    assert.equal(belay.environment[`${name}_FILE`], `/run/secrets/${file}`)
    assert.ok(belay.secrets.includes(file), file)
  }
  for (const [name, { secrets }] of services)
    for (const one of secrets) assert.ok(compose.secrets[one], `${name} names the secret ${one}`)
  const made = textOf('deploy/make-secrets')
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    assert.equal(file, `./deploy/secrets/${name}`)
    assert.match(made, new RegExp(`\\b${name}\\b`, 'u'))
    assert.ok(
      services.some(([, { secrets }]) => secrets.includes(name)),
      `nobody uses ${name}`,
    )
  }
})

test('so does the unit', () => {
  const unit = textOf('deploy/systemd/belay.service')
  const credentials = valuesOf(unit, 'LoadCredential')
  const environment = valuesOf(unit, 'Environment')
  for (const name of secret) {
    const file = name.toLowerCase()
    assert.ok(credentials.includes(`${file}:/etc/belay/secrets/${file}`), file)
    assert.ok(environment.includes(`${name}_FILE=%d/${file}`), name)
  }
  assert.equal(credentials.length, secret.length)
})

test('every service of compose.yaml is without rights, bounded, watched, and starts again', () => {
  const dockerfile = textOf('Dockerfile')
  for (const [name, service] of services) {
    assert.equal(service.read_only, true, name)
    assert.deepEqual(service.cap_drop, ['ALL'], name)
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name)
    assert.match(service.user, /^[1-9]\d*:[1-9]\d*$/u, name)
    assert.equal(service.restart, 'unless-stopped', name)
    assert.ok(service.logging?.options['max-size'] && service.logging.options['max-file'], name)
    assert.ok(service.mem_limit, name)
    assert.match(service.stop_grace_period ?? '', /^\d+s$/u, name)
    assert.ok(service.healthcheck || (name === 'belay' && /^HEALTHCHECK/mu.test(dockerfile)), name)
    assert.equal(service.privileged, undefined, name)
    // A tag that says which one: latest is ours alone, which is built here.
    const tag = /\$\{[A-Z_]+:-[\w./-]+:([\w.-]+)\}/u.exec(service.image ?? '')?.[1] ?? ''
    assert.ok(name === 'belay' ? tag === 'latest' : /\d/u.test(tag), `${name}: ${service.image}`)
  }
})

test('there can be several Belays: none has a name, a port or a network address of its own', () => {
  const belay = serviceCalled('belay')
  assert.deepEqual(belay.ports, [])
  assert.equal(belay.container_name, undefined)
  assert.equal(belay.hostname, undefined)
  assert.deepEqual(belay.volumes, ['data:/data'])
  assert.ok(services.every(([name, { ports }]) => name === 'nginx' || ports.length === 0))
})

test('what compose.yaml mounts is there, and everything that it names is described', () => {
  // Made by deploy/make-secrets.
  const made = ['./deploy/tls', './deploy/acme', './deploy/certbot']
  for (const [name, { volumes, networks }] of services) {
    for (const volume of volumes) {
      const [from = '', to = ''] = volume.split(':')
      if (!from.startsWith('.')) assert.ok(from in compose.volumes, `${name}: ${from}`)
      else if (!made.includes(from)) {
        assert.ok(existsSync(pathOf(from)), `${name}: ${from}`)
        assert.match(volume, /:ro$/u)
      }
      if (to.startsWith('/docker-entrypoint.d/'))
        assert.ok(statSync(pathOf(from)).mode & 0o001, `${from} can be run by everybody`)
    }
    for (const network of networks) assert.ok(network in compose.networks, `${name}: ${network}`)
  }
  const ignored = textOf('.gitignore').split('\n')
  for (const folder of [...made, './deploy/secrets'])
    assert.ok(ignored.includes(`${folder.slice(2)}/`), folder)
})

test("NGINX's template is filled in by both of its ways, with nothing left open", () => {
  const template = textOf('deploy/nginx/belay.conf.template').replaceAll(/^\s*#.*$/gmu, '')
  const wanted = new Set([...template.matchAll(/\$\{([A-Z_]+)\}/gu)].map(([, name = '']) => name))
  const inContainer = serviceCalled('nginx').environment
  const onServer = [...textOf('deploy/nginx/debian.env.example').matchAll(/^([A-Z_]+)=.+$/gmu)].map(
    ([, name = '']) => name,
  )
  const sorted = [...wanted].sort()
  assert.ok(sorted.length > 10)
  assert.deepEqual(onServer.sort(), sorted)
  assert.deepEqual(
    Object.keys(inContainer)
      .filter((name) => name.startsWith('BELAY_'))
      .sort(),
    sorted,
  )
  assert.equal(inContainer.NGINX_ENVSUBST_FILTER, '^BELAY_')
})
