// A private Dovecot for tests: IMAP with and without TLS, LMTP for Postfix, every account there is or will be.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import path from 'node:path'
import { freePort, greets, home, isRoot } from './home.ts'

/** The password of every account. */
export const PASSWORD = 'geheim & 100% safe'

export type Dovecot = {
  readonly imap: number
  readonly imaps: number
  readonly lmtp: number
  /** PEM of the authority its certificate is from; for 127.0.0.1, 127.0.0.2 and localhost. */
  readonly ca: string
  /** An account nobody else has; mails to its name at any domain reach it. */
  account(): Account
  stop(): Promise<void>
  start(): Promise<void>
}

export type Account = {
  readonly name: string
  /** Lays a raw mail into its inbox, as a mail server on the same machine does. */
  deliver(raw: string | Uint8Array): void
  /** Dovecot may not read the mail any more that holds these words, and still lists it. */
  spoil(words: string): void
  url(options?: { port?: number; host?: string; tls?: boolean; mailbox?: string; password?: string }): string
}

/** Who reads the mails: not root, Dovecot refuses that. */
const mailUser = isRoot ? { uid: 65_534, gid: 65_534 } : userInfo()

const certificate = (folder: string): void => {
  execFileSync(
    'openssl',
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost'.split(
        ' ',
      ),
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:127.0.0.2'],
      ...['-keyout', path.join(folder, 'key.pem'), '-out', path.join(folder, 'cert.pem')],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
}

export type DovecotKind = {
  /** What it says it can; anything else it would do all the same, but no client asks. */
  readonly capabilities?: string
  /** Before the name of every folder. */
  readonly prefix?: string
  readonly separator?: '/' | '.'
  /** Encryption: none at all, as one likes, or no password without it. */
  readonly tls?: 'no' | 'yes' | 'required'
}

export const startDovecot = async (kind: DovecotKind = {}): Promise<Dovecot> => {
  const { folder: root, start, stop } = await home()
  const folder = mkdtempSync(path.join(root, 'dovecot-'))
  const file = (name: string) => path.join(folder, name)
  const mails = file('mails')
  for (const made of [folder, mails]) {
    mkdirSync(made, { recursive: true, mode: 0o755 })
    execFileSync('chmod', ['755', made])
  }
  chownSync(mails, mailUser.uid, mailUser.gid)
  certificate(folder)
  const [imap, imaps, lmtp] = [await freePort(), await freePort(), await freePort()]
  // Without root there is no other user to become, and no root folder to be locked in.
  const asMe = isRoot
    ? ''
    : `default_internal_user = ${userInfo().username}
default_login_user = ${userInfo().username}
default_internal_group = ${execFileSync('id', ['-gn']).toString().trim()}`
  writeFileSync(
    file('dovecot.conf'),
    `protocols = imap lmtp
listen = 127.0.0.1, 127.0.0.2
base_dir = ${file('run')}
state_dir = ${file('state')}
log_path = ${file('log')}
instance_name = ${path.basename(folder)}
ssl = ${kind.tls ?? 'yes'}
ssl_cert = <${file('cert.pem')}
ssl_key = <${file('key.pem')}
${asMe}
${kind.tls === 'required' ? '' : 'disable_plaintext_auth = no'}
auth_username_format = %Ln
auth_mechanisms = plain login
# A wrong password is told at once.
auth_failure_delay = 0
${kind.capabilities === undefined ? '' : `imap_capability = ${kind.capabilities}`}
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${file('passwords')}
}
userdb {
  driver = static
  args = uid=${mailUser.uid} gid=${mailUser.gid} home=${mails}/%n allow_all_users=yes
}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
mailbox_idle_check_interval = 1 s
recipient_delimiter = +
mail_max_userip_connections = 100
namespace inbox {
  inbox = yes
  prefix = ${kind.prefix ?? ''}
  separator = ${kind.separator ?? '/'}
}
service imap-login {
  ${isRoot ? '' : 'chroot ='}
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = ${kind.tls === 'no' ? 0 : imaps}
    ssl = yes
  }
}
# Nor does a wrong password slow down the next one.
service anvil {
  ${isRoot ? '' : 'chroot ='}
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtp}
  }
}
`,
  )
  let accounts = 0
  let delivered = 0
  // Made in advance, so that it need not notice new ones.
  writeFileSync(
    file('passwords'),
    Array.from({ length: 200 }, (_, n) => `help${n + 1}:{PLAIN}${PASSWORD}:::::: \n`).join(''),
    { mode: 0o644 },
  )

  let server = 0
  const go = async () => {
    server = await start(['/usr/sbin/dovecot', '-F', '-c', file('dovecot.conf')])
    try {
      await greets(imap)
    } catch (error) {
      throw new Error(`Dovecot did not start:\n${readFileSync(file('log'), 'utf8')}`, { cause: error })
    }
  }
  await go()
  return {
    imap,
    imaps,
    lmtp,
    ca: readFileSync(file('cert.pem'), 'utf8'),
    account() {
      accounts += 1
      const name = `help${accounts}`
      const maildir = path.join(mails, name, 'Maildir')
      return {
        name,
        deliver(raw) {
          for (const part of ['', 'Maildir', 'Maildir/tmp', 'Maildir/new', 'Maildir/cur']) {
            const made = path.join(mails, name, part)
            if (existsSync(made)) continue
            mkdirSync(made)
            chownSync(made, mailUser.uid, mailUser.gid)
          }
          delivered += 1
          // Dovecot gives numbers in the order of these names.
          const letter = `${String(delivered).padStart(10, '0')}.M1P1.test`
          writeFileSync(path.join(maildir, 'tmp', letter), raw)
          chownSync(path.join(maildir, 'tmp', letter), mailUser.uid, mailUser.gid)
          renameSync(path.join(maildir, 'tmp', letter), path.join(maildir, 'new', letter))
        },
        spoil(words) {
          for (const part of ['new', 'cur'])
            for (const letter of readdirSync(path.join(maildir, part)))
              if (readFileSync(path.join(maildir, part, letter)).includes(words))
                chmodSync(path.join(maildir, part, letter), 0)
        },
        url({ port, host = '127.0.0.1', tls = false, mailbox = 'INBOX', password = PASSWORD } = {}) {
          const to = port ?? (tls ? imaps : imap)
          return `imap${tls ? 's' : ''}://${name}:${encodeURIComponent(password)}@${host}:${to}/${encodeURIComponent(mailbox)}`
        },
      }
    },
    stop: () => stop(server),
    start: go,
  }
}
