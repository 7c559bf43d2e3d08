// NGINX as Debian brings it, with the configuration that is shipped (deploy/nginx), before the processes of one desk:
// encrypted, on free ports, with a certificate that was made for this run. It ends with the proof.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { eventually } from '../../test/support/eventually.ts'
import { ended, freePort } from '../kill/processes.ts'

const program = '/usr/sbin/nginx'
const shipped = join(import.meta.dirname, '..', '..', 'deploy', 'nginx')

/** Why there can be no NGINX here, or null. */
export const nginxIsMissing = (): string | null =>
  existsSync(program) ? null : 'NGINX is not here: apt-get install nginx-light'

export type Certificate = { readonly file: string; readonly key: string; readonly pem: string }

/** For 127.0.0.1, for a day. */
export const makeCertificate = (folder: string): Certificate => {
  const file = join(folder, 'certificate.pem')
  const key = join(folder, 'key.pem')
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '1', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', key, '-out', file],
    ],
    { stdio: 'ignore' },
  )
  return { file, key, pem: readFileSync(file, 'utf8') }
}

export type Nginx = { readonly stop: () => Promise<void> }

/** The filled-in configuration of `deploy/nginx`. */
const filledIn = (
  folder: string,
  { ports, certificate, url }: { ports: readonly number[]; certificate: Certificate; url: string },
  plainPort: number,
): string => {
  const upstream = join(folder, 'upstream.conf')
  const one = readFileSync(join(shipped, 'upstream', 'one-machine.conf'), 'utf8')
  const line = /^server 127\.0\.0\.1:3000 .*;$/mu.exec(one)?.[0]
  if (line === undefined) throw new Error('deploy/nginx/upstream/one-machine.conf names no server')
  writeFileSync(upstream, ports.map((port) => `${line.replace('3000', String(port))}\n`).join(''))
  const settings = join(folder, 'nginx.env')
  const values = {
    BELAY_URL: url,
    BELAY_NGINX_NAME: '127.0.0.1',
    BELAY_TLS_CERTIFICATE: certificate.file,
    BELAY_TLS_KEY: certificate.key,
    BELAY_NGINX_HTTP: `127.0.0.1:${plainPort}`,
    BELAY_NGINX_HTTPS: `127.0.0.1:${new URL(url).port}`,
    BELAY_NGINX_UPSTREAM: upstream,
    BELAY_NGINX_MAX_BODY: '32m',
    BELAY_NGINX_PAGES: join(shipped, 'pages'),
    BELAY_NGINX_ACME: join(folder, 'acme'),
    BELAY_NGINX_LOG: join(folder, 'access.log'),
    BELAY_NGINX_ERROR_LOG: join(folder, 'desk-error.log'),
  }
  writeFileSync(
    settings,
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  return execFileSync(join(shipped, 'fill-in'), [settings], { encoding: 'utf8' })
}

export const startNginx = async (options: {
  readonly folder: string
  /** Of the processes behind it. */
  readonly ports: readonly number[]
  readonly certificate: Certificate
  /** The desk's address, on 127.0.0.1. */
  readonly url: string
  /** To see the proof fail: what was posted is sent again, although it may have arrived. */
  readonly repeatsPosts?: boolean
}): Promise<Nginx> => {
  const { folder, repeatsPosts = false } = options
  mkdirSync(folder, { recursive: true })
  let site = filledIn(folder, options, await freePort())
  if (repeatsPosts) {
    const planted = site.replace(
      'proxy_next_upstream error timeout;',
      'proxy_next_upstream error timeout non_idempotent;',
    )
    if (planted === site) throw new Error('the planted bug has no place in deploy/nginx any more')
    site = planted
  }
  writeFileSync(join(folder, 'site.conf'), site)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${join(folder, name)};\n`)
    .join('')
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
user root;
worker_processes 2;
pid ${join(folder, 'nginx.pid')};
error_log ${join(folder, 'error.log')} warn;
events { worker_connections 1024; }
http {
${temporary}  include ${join(folder, 'site.conf')};
}
`,
  )
  const files = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]
  // Killed, it would leave its workers behind: it is asked to end when the proof does.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', program, ...files], { stdio: 'ignore' })
  const port = Number(new URL(options.url).port)
  const listens = () =>
    new Promise<boolean>((resolve) => {
      if (child.exitCode !== null)
        throw new Error(`NGINX did not start:\n${readFileSync(join(folder, 'error.log'), 'utf8')}`)
      const probe = connect(port, '127.0.0.1', () => {
        probe.destroy()
        resolve(true)
      })
      probe.on('error', () => resolve(false))
    })
  await eventually('NGINX listens', listens)
  return {
    stop: async () => {
      child.kill('SIGTERM')
      await ended(child)
    },
  }
}
