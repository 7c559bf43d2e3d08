// Where the mail servers of one test process live: a folder that their own users can read, and a keeper that ends them.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, statSync } from 'node:fs'
import { connect, createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../eventually.ts'

export const isRoot = process.getuid?.() === 0

/** Of Debian's packages dovecot-imapd, dovecot-lmtpd and postfix. */
const programs = {
  dovecot: ['/usr/sbin/dovecot', '/usr/lib/dovecot/imap', '/usr/lib/dovecot/lmtp'],
  postfix: ['/usr/sbin/postfix', '/usr/lib/postfix/sbin/master'],
}
const missing = (program: keyof typeof programs) => programs[program].find((file) => !existsSync(file))

/** For `test(title, { skip: withoutDovecot }, …)`. .ci/run looks for these very sentences. */
export const withoutDovecot: string | false =
  missing('dovecot') === undefined ? false : 'the mail server Dovecot is not here'
/** Postfix changes users by itself, so only root can start it. */
export const withoutPostfix: string | false =
  missing('dovecot') === undefined && missing('postfix') === undefined && isRoot
    ? false
    : 'the mail servers Postfix and Dovecot are not here, or this is not root'

const isOpenToAll = (folder: string): boolean => {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat === undefined || (stat.mode & 0o001) === 0) return false
  return path.dirname(folder) === folder || isOpenToAll(path.dirname(folder))
}

export type Home = {
  readonly folder: string
  /** Starts a server that stays in the foreground; answers its number. */
  start(words: readonly string[]): Promise<number>
  stop(server: number): Promise<void>
}

const open = async (): Promise<Home> => {
  // With root's temporary folder closed to everybody else, the servers' users could not read their own files.
  const candidates = isRoot ? [tmpdir(), '/tmp', '/var/tmp'].filter(isOpenToAll) : [tmpdir()]
  const folder = mkdtempSync(path.join(candidates[0] ?? tmpdir(), 'belay-mail-'))
  chmodSync(folder, 0o755)
  const keeper = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('./keeper.ts', import.meta.url)), folder],
    { detached: true, stdio: ['pipe', 'inherit', 'inherit', 'ipc'] },
  )
  // A test process that has nothing else to do may end; the keeper notices.
  keeper.unref()
  keeper.channel?.unref()
  if (keeper.stdin instanceof Socket) keeper.stdin.unref()
  let orders = 0
  const order = async (what: { start?: readonly string[]; stop?: number }): Promise<number> => {
    orders += 1
    const id = orders
    keeper.channel?.ref()
    keeper.stdin?.write(`${JSON.stringify({ id, ...what })}\n`)
    for (;;) {
      const [answer] = (await once(keeper, 'message')) as [{ id: number }]
      if (answer.id === id) break
    }
    keeper.channel?.unref()
    return id
  }
  return {
    folder,
    start: (words) => order({ start: words }),
    stop: async (server) => void (await order({ stop: server })),
  }
}

let opened: Promise<Home> | undefined
export const home = (): Promise<Home> => {
  opened ??= open()
  return opened
}

export const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Until a server says its first word there. */
export const greets = (port: number): Promise<true> =>
  eventually(
    `a server greets on port ${port}`,
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1')
        socket.setTimeout(1_000, () => socket.destroy())
        socket.once('data', () => {
          resolve(true)
          socket.destroy()
        })
        socket.on('error', () => resolve(false)).on('close', () => resolve(false))
      }),
    30_000,
  ) as Promise<true>
