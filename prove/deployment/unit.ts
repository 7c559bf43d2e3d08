// The systemd unit: read by systemd's own checker, rated by its own measure, and its command run as it runs it: another
// user, a program folder that nobody can write to, settings and secrets from where the unit names them.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sandbox } from '../kill/processes.ts'
import { finished, freePort, startApart } from './children.ts'
import type { Findings } from './findings.ts'

/** Of systemd's ten; 2 and less is what it calls "OK", a unit without any care has 9.6. */
const worst = 1.5

const nobody = 65_534

/** Where the unit says that the program lies. */
const inPlace = `
mount -t tmpfs tmpfs /opt
mkdir /opt/belay
mount --bind "$1" /opt/belay
`

/** Prepared where it lies, and its folder may be root's alone: so it is looked at where it is, read-only. */
const asTheUnit = `
project=$1 uid=$2 cwd=$3; shift 3
mount --bind "$project" "$project"
mount -o remount,ro,bind "$project"
mount -t proc -o subset=pid,hidepid=invisible proc /proc
exec setpriv --reuid="$uid" --regid="$uid" --clear-groups --no-new-privs --inh-caps=-all,+dac_read_search \\
  --ambient-caps=-all,+dac_read_search --bounding-set=-all,+dac_read_search env -i --chdir="$cwd" "$@"
`

export const valuesOf = (unit: string, key: string): string[] =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gmu'))].map(([, value = '']) => value)

export const proveUnit = async (
  { check }: Findings,
  { project, work, sandbox }: { readonly project: string; readonly work: string; readonly sandbox: Sandbox },
): Promise<string> => {
  const folder = join(project, 'deploy/systemd')
  const files = readdirSync(folder)
  let exposure = ''
  await check('systemd finds nothing wrong', async () => {
    const verify = 'for unit in /opt/belay/deploy/systemd/*; do systemd-analyze verify --man=no "$unit"; done'
    assert.equal(await finished(startApart(`${inPlace}${verify}`, [project])), '')
  })
  for (const file of files.filter((name) => name.endsWith('.service')))
    await check(`${file} may do little, by systemd's own measure`, () => {
      const words = [
        'security',
        '--offline=yes',
        `--threshold=${worst * 10}`,
        '--no-pager',
        join(folder, file),
      ]
      const said = execFileSync('systemd-analyze', words).toString()
      exposure ||= /exposure level for \S+: ([\d.]+)/u.exec(said)?.[1] ?? ''
    })

  const unit = readFileSync(join(folder, 'belay.service'), 'utf8')
  const [places, settings] = [join(work, 'places'), join(work, 'settings')]
  for (const place of [places, settings, join(places, 'lib'), join(places, 'cache')]) {
    mkdirSync(place, { mode: 0o700 })
    chownSync(place, nobody, nobody)
  }
  const given: Readonly<Record<string, string>> = {
    gitlab_token: sandbox.token,
    gitlab_oauth_client_secret: sandbox.oauthSecret,
    belay_secret: 'a-secret-of-thirty-two-characters-and-more',
  }
  for (const credential of valuesOf(unit, 'LoadCredential')) {
    const [name = ''] = credential.split(':')
    writeFileSync(join(settings, name), `${given[name] ?? ''}\n`)
    chownSync(join(settings, name), nobody, nobody)
  }
  const port = await freePort()
  const environment = [
    ...valuesOf(unit, 'Environment').map((line) =>
      line
        .replace('%d', settings)
        .replace('/var/lib/belay', join(places, 'lib'))
        .replace('/var/cache/belay', join(places, 'cache')),
    ),
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `PORT=${port}`,
    `GITLAB_URL=${sandbox.url}`,
    'GITLAB_PROJECT=demo/helpdesk',
    'GITLAB_OAUTH_CLIENT_ID=belay',
  ]
  const [command = ''] = valuesOf(unit, 'ExecStart')
  const words = command.replace('/opt/belay', project).split(' ')
  // Prepared by root once, as docs/operate.md says.
  execFileSync(join(project, 'belay'), ['--help'])
  const belay = startApart(asTheUnit, [
    project,
    String(nobody),
    join(places, 'lib'),
    ...environment,
    ...words,
  ])
  await check('its command starts from a folder that nobody can write to', async () => {
    assert.ok(await belay.line(/^Belay is ready at (\S+)$/mu), belay.said())
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
  })
  await check('what Node has compiled is kept where the unit says', () =>
    assert.ok(readdirSync(join(places, 'cache/compile-cache')).length > 0),
  )
  await check('asked to stop, it is gone in time', async () => {
    belay.kill('SIGTERM')
    const late = setTimeout(() => belay.kill('SIGKILL'), 10_000)
    assert.equal(await belay.ended, 0, belay.said().slice(-2_000))
    clearTimeout(late)
  })
  return `exposure ${exposure} of 10`
}
