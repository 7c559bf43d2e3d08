// `belay serve --sandbox` (what `npm start` runs): the sandbox beside the desk takes mail, and the desk says where.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { createTransport } from 'nodemailer'

const program = path.join(import.meta.dirname, '..', '..', 'src', 'main.ts')

test('the desk to try says where its sandbox takes mail, and a mail sent there is a ticket', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-try-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, 'serve', '--sandbox', '--sandbox-port', '0'],
    { cwd: folder, env: { BELAY_DATA: folder, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => child.kill('SIGKILL'))
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (line.startsWith('Belay is ready at ')) break
  }
  const [, gitlab = ''] = /^GitLab sandbox is ready at (\S+)$/mu.exec(said.join('\n')) ?? []
  const [, to = '', smtp = ''] = /^Mail to (\S+) is taken at (smtp:\S+) /mu.exec(said.join('\n')) ?? []
  const transport = createTransport(smtp)
  await transport.sendMail({
    from: 'ana@people.example',
    to,
    subject: '[Hardware] Buying a new screen',
    text: 'A wide one.',
  })
  const page = await (await fetch(`${gitlab}/-/sandbox/mail`)).text()
  assert.match(page, /Re: \[Hardware\] Buying a new screen \(#\d+\)/)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})
