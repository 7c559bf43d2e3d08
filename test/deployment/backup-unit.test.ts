// The nightly backup's own line of shell, run as it is shipped, with a folder and a program of the test in the places
// of the real ones.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { valuesOf } from '../../prove/deployment/unit.ts'

const unit = fileURLToPath(new URL('../../deploy/systemd/belay-backup.service', import.meta.url))

/** As systemd hands it to the shell. */
const line = (): string => {
  const [command = '', ...more] = valuesOf(readFileSync(unit, 'utf8'), 'ExecStart')
  const [, quoted] = /^\/bin\/sh -c '([^'\\]*)'$/u.exec(command) ?? []
  assert.ok(quoted && more.length === 0, command)
  const plain = quoted.replaceAll('$$', '').replaceAll('%%', '')
  assert.doesNotMatch(plain, /[$%]/u, 'systemd would put something else in its place')
  return quoted.replaceAll('$$', '$').replaceAll('%%', '%')
}

const hour = 3_600
const day = 24 * hour

/** A night whose backup does `ends`; $2 is the file's name. */
const aNight = (t: TestContext, ends: string) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-night-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [backups, program] = [path.join(folder, 'backups'), path.join(folder, 'belay')]
  writeFileSync(program, `#!/bin/sh\n[ "$1" = backup ] || exit 9\n${ends}\n`, { mode: 0o755 })
  assert.equal(spawnSync('mkdir', [backups]).status, 0)
  const aged = (name: string, seconds: number) => {
    writeFileSync(path.join(backups, name), '')
    const then = (performance.timeOrigin + performance.now()) / 1_000 - seconds
    utimesSync(path.join(backups, name), then, then)
  }
  aged('belay-2020-01-01-023000.backup', 16 * day)
  aged('belay-2020-01-02-023000.backup', 13 * day)
  aged('belay-2020-01-03-023000.backup.part', 3 * hour)
  aged('belay-2020-01-03-023000.backup.part-journal', 3 * hour)
  aged('belay-2020-01-04-023000.backup.part', hour)
  aged('of-somebody-else.backup', 99 * day)
  const shell = line().replaceAll('/opt/belay/belay', program).replaceAll('/var/lib/belay-backups', backups)
  const { status, stderr } = spawnSync('/bin/sh', ['-c', shell], { encoding: 'utf8' })
  const left = readdirSync(backups).map((name) => name.replace(/^belay-(?!2020)[-\d]{17}/u, 'tonight'))
  return { status, stderr, left: left.sort() }
}

const before = [
  'belay-2020-01-01-023000.backup',
  'belay-2020-01-02-023000.backup',
  'belay-2020-01-03-023000.backup.part',
  'belay-2020-01-03-023000.backup.part-journal',
  'belay-2020-01-04-023000.backup.part',
  'of-somebody-else.backup',
]
const cleared = [
  'belay-2020-01-02-023000.backup',
  'belay-2020-01-04-023000.backup.part',
  'of-somebody-else.backup',
  'tonight.backup',
]

test('once the backup of tonight is there, old ones go and what was cut off, and nothing else', (t) => {
  assert.deepEqual(aNight(t, 'echo whole > "$2"'), { status: 0, stderr: '', left: cleared })
})

test('so it is where the backup was made and the audit log is broken, and the unit still says that it failed', (t) => {
  assert.deepEqual(aNight(t, 'echo whole > "$2"; exit 1'), { status: 1, stderr: '', left: cleared })
})

test('without a backup of tonight the old ones stay', (t) => {
  assert.deepEqual(aNight(t, 'exit 2'), { status: 2, stderr: '', left: before })
})

test('systemd reads the line as it is meant', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-unit-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  // The program need not lie in its place here.
  const text = readFileSync(unit, 'utf8').replace(/^Documentation=.*$/mu, '')
  const file = path.join(folder, 'belay-backup.service')
  writeFileSync(file, text)
  const said = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
  if (said.error) return t.skip('there is no systemd-analyze on this machine')
  assert.deepEqual(
    [said.status, `${said.stdout}${said.stderr}`.includes('belay-backup')],
    [0, false],
    said.stderr,
  )
})
