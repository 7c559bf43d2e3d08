// A private Postfix for tests, which hands every mail for desk.example to a Dovecot by LMTP, plus addresses and all.

import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { freePort, greets, home } from './home.ts'

export type Postfix = {
  readonly smtp: number
  stop(): Promise<void>
}

/** The domain it takes mail for; the name before the plus is the account's. */
export const DOMAIN = 'desk.example'

export const startPostfix = async (to: { readonly lmtp: number }): Promise<Postfix> => {
  const { folder: root, start, stop } = await home()
  const folder = mkdtempSync(path.join(root, 'postfix-'))
  chmodSync(folder, 0o755)
  const file = (name: string) => path.join(folder, name)
  for (const name of ['etc', 'queue', 'data']) mkdirSync(file(name))
  const owner = Number(execFileSync('id', ['-u', 'postfix']).toString())
  chownSync(file('data'), owner, statSync(folder).gid)
  const smtp = await freePort()
  writeFileSync(
    file('etc/main.cf'),
    `compatibility_level = 3.6
queue_directory = ${file('queue')}
data_directory = ${file('data')}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.${DOMAIN}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
maillog_file = ${file('log')}
maillog_file_prefixes = ${folder}
alias_maps =
alias_database =
recipient_delimiter = +
message_size_limit = 60000000
mailbox_size_limit = 0
virtual_mailbox_domains = ${DOMAIN}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:${to.lmtp}
smtpd_relay_restrictions = reject_unauth_destination
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
`,
  )
  writeFileSync(
    file('etc/master.cf'),
    `127.0.0.1:${smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`,
  )
  // Makes the folders of its queue.
  execFileSync('/usr/sbin/postfix', ['-c', file('etc'), 'check'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const server = await start(['/usr/lib/postfix/sbin/master', '-c', file('etc'), '-d'])
  try {
    await greets(smtp)
  } catch (error) {
    throw new Error(`Postfix did not start:\n${readFileSync(file('log'), 'utf8')}`, { cause: error })
  }
  return { smtp, stop: () => stop(server) }
}
