// The mailbox that mails come in by, read over IMAP: every mail in the inbox is handed out, the oldest first, and
// stays where it is until it is filed in Done or Quarantine. One connection, opened again when it was lost.
// The server telling of new mail (IDLE) only saves time: whoever looks again after a while misses nothing.

import { type FetchMessageObject, ImapFlow } from 'imapflow'
import { GatewayError } from '../../application/gateway-error.ts'
import type { FetchedMail, Mailbox, MailPlace } from '../../application/mail-ports.ts'
import { type Place, troubleOf, wasRefused, wordsOf } from './imap-trouble.ts'
import { markNotWhole, type NotWhole } from './not-whole.ts'

export type MailboxOptions = {
  /** `imaps://name:password@host:port/INBOX`, or imap:// with STARTTLS; plain to this machine only. */
  readonly url: string
  readonly folders: { readonly done: string; readonly quarantine: string }
  readonly log: { info(data: object, message: string): void; warn(data: object, message: string): void }
  /** PEM of an authority to trust; else those of Node (NODE_EXTRA_CA_CERTS). */
  readonly ca?: string
}

/** Bytes. What is larger comes in as its beginning only. 25 MB of files are 34 MiB as a mail. */
const LARGEST = 35 * 1024 * 1024
/** Bytes of one that is larger. */
const BEGINNING = 64 * 1024
/** Mails are read so many at once, or fewer where they are large: bytes, and mails. */
const BATCH_BYTES = 2 * 1024 * 1024
const BATCH_MAILS = 50
/** Their sizes are asked for so many at once. */
const SIZES = 500
/** How often the server may refuse one mail while it gives others, and how often a connection may break at it alone. */
const REFUSALS = 3
const BREAKS = 10
/** After so many breaks all others go first. */
const PATIENCE = 2
/** Milliseconds. */
const CONNECT = 20_000
const SILENCE = 60_000
const FAREWELL = 1_000
/** Well below the 29 minutes after which servers may end an IDLE (RFC 2177), and what home routers keep open. */
const IDLE_AGAIN = 4 * 60_000

type Session = { readonly client: ImapFlow; readonly path: string; readonly uidValidity: bigint }
type Listed = { readonly uid: number; readonly size: number }
/** What one look at the inbox found out about mails the server would not give. */
type Look = { readonly uidValidity: bigint; read: number; readonly refused: Map<number, unknown> }

const settingsOf = (address: string) => {
  const url = new URL(address)
  const plain = (part: string): string => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  }
  const host = url.hostname.replace(/^\[(.*)\]$/u, '$1')
  const secure = url.protocol === 'imaps:'
  return {
    host,
    port: url.port === '' ? (secure ? 993 : 143) : Number(url.port),
    secure,
    onThisMachine: ['127.0.0.1', 'localhost', '::1'].includes(host),
    user: plain(url.username),
    password: plain(url.password),
    mailbox: plain(url.pathname.slice(1)) || 'INBOX',
  }
}

/** A folder inside another is written with a slash; what the server puts between them is its own affair. */
const pathOf = (name: string): string | string[] => (name.includes('/') ? name.split('/') : name)

/** As many together as may be, in their order; what stands alone stands alone. */
const together = <T>(
  all: readonly T[],
  alone: (one: T) => boolean,
  fits: (group: readonly T[], one: T) => boolean,
): T[][] => {
  const groups: T[][] = []
  let open = false
  for (const one of all) {
    const single = alone(one)
    const last = groups.at(-1)
    if (last && open && !single && fits(last, one)) last.push(one)
    else groups.push([one])
    open = !single
  }
  return groups
}

const groupsOf = (uids: readonly number[], alone: (uid: number) => boolean): number[][] =>
  together(uids, alone, (group) => group.length < SIZES)

const batchesOf = (mails: readonly Listed[], alone: (mail: Listed) => boolean): Listed[][] =>
  together(
    mails,
    alone,
    (batch, mail) =>
      batch.length < BATCH_MAILS && batch.reduce((sum, one) => sum + one.size, mail.size) <= BATCH_BYTES,
  )

export const createMailbox = ({ url, folders, log, ca }: MailboxOptions): Mailbox => {
  const settings = settingsOf(url)
  const place: Place = { server: `${settings.host}:${settings.port}`, mailbox: settings.mailbox }
  /** The connection, from its first byte on. */
  let client: ImapFlow | null = null
  let session: Session | null = null
  let closed = false
  let lastRefusal: unknown = null

  // --- New mail ---------------------------------------------------------------------------------

  let fresh = false
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const go of [...waiting]) go()
  }

  // --- Mails known already --------------------------------------------------------------------------

  /** Handed out, and the next one was asked for: reading them again with every look would cost a busy desk dear. */
  const taken = new Set<number>()
  /** Was at hand when something went wrong, so it is read alone. One bad mail is told from a bad line by repetition. */
  const troubled = new Map<number, { refusals: number; breaks: number }>()
  let knownValidity: bigint | null = null
  const troubleWith = (uid: number): { refusals: number; breaks: number } => {
    const known = troubled.get(uid) ?? { refusals: 0, breaks: 0 }
    troubled.set(uid, known)
    return known
  }
  const brokeAt = (uids: readonly number[]): void => {
    for (const uid of uids) troubleWith(uid).breaks += uids.length === 1 ? 1 : 0
  }
  const turnOf = (uid: number): number => {
    const breaks = troubled.get(uid)?.breaks ?? 0
    return breaks < PATIENCE ? 0 : breaks
  }
  const givenUp = ({ uid, size }: Listed): NotWhole | null => {
    if (size > LARGEST)
      return {
        reason: 'too-large',
        detail: `${size} bytes, ${LARGEST} are taken; the whole mail is in the mailbox`,
      }
    const { refusals, breaks } = troubled.get(uid) ?? { refusals: 0, breaks: 0 }
    if (refusals < REFUSALS && breaks < BREAKS) return null
    return { reason: 'unreadable', detail: `the mail server could not give it out, again and again` }
  }

  // --- The connection ---------------------------------------------------------------------------

  const encryption = settings.secure
    ? { secure: true }
    : settings.onThisMachine
      ? // Whoever answers on this machine is not proven by a certificate; mail servers come with self-signed ones.
        { secure: false, tls: { rejectUnauthorized: false } }
      : { secure: false, doSTARTTLS: true }

  const connect = async (): Promise<Session> => {
    const mine = new ImapFlow({
      host: settings.host,
      port: settings.port,
      ...encryption,
      ...(ca !== undefined && !('tls' in encryption) ? { tls: { ca } } : {}),
      auth: { user: settings.user, pass: settings.password },
      clientInfo: { name: 'Belay', version: false, vendor: false, 'support-url': false },
      // Its own log would hold mails and names. Of a refused command only this tells the server's words.
      logger: {
        debug: () => {},
        info: () => {},
        warn: (entry: unknown) => {
          const error = typeof entry === 'object' && entry !== null && 'err' in entry ? entry.err : null
          if (wasRefused(error)) lastRefusal = error
        },
        error: () => {},
      },
      connectionTimeout: CONNECT,
      greetingTimeout: CONNECT,
      socketTimeout: SILENCE,
      maxIdleTime: IDLE_AGAIN,
      autoIdleDelay: 100,
      maxLiteralSize: LARGEST + 1024 * 1024,
      maxLineLength: 16 * 1024 * 1024,
      disableAutoEnable: true,
      disableCompression: true,
    })
    client = mine
    let reason: unknown = null
    mine.on('error', (error) => {
      reason = error
    })
    mine.on('exists', ({ count, prevCount }) => {
      if (count <= prevCount) return
      fresh = true
      wake()
    })
    mine.on('close', () => {
      if (client === mine) client = null
      if (session?.client !== mine) return
      session = null
      fresh = false
      if (!closed)
        log.info({ mail: troubleOf(reason, place).message }, 'the connection to the mailbox was lost')
    })
    try {
      await mine.connect()
      const { path, uidValidity } = await mine.mailboxOpen(pathOf(settings.mailbox))
      session = { client: mine, path, uidValidity }
      return session
    } catch (error) {
      const wantsTls = mine.capabilities.has('LOGINDISABLED') && !mine.secureConnection
      mine.close()
      throw troubleOf(error, { ...place, wantsTls })
    }
  }

  const ready = async (): Promise<Session> => {
    if (closed) throw new GatewayError('transient', 'The mailbox was closed, Belay is stopping.')
    if (session?.client.usable) return session
    return await connect()
  }

  // Several commands belong together (look, then read); an IDLE may come between, another job may not.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(job: () => Promise<T>): Promise<T> => {
    const mine = last.then(job)
    last = mine.catch(() => undefined)
    return mine
  }

  /** The library answers false to a refusal and to a connection that went away alike. */
  const refusal = (of: Session, effect: 'none' | 'maybe'): GatewayError =>
    troubleOf(of.client.usable ? lastRefusal : null, place, effect)

  // --- Fetching -----------------------------------------------------------------------------------

  const list = async (): Promise<{ uidValidity: bigint; uids: readonly number[] }> => {
    let now = await ready()
    fresh = false
    try {
      // Selected anew, since a mailbox that was made anew meanwhile is seen only so.
      const { path, uidValidity } = await now.client.mailboxOpen(pathOf(settings.mailbox))
      now = { client: now.client, path, uidValidity }
      session = now
    } catch (error) {
      throw troubleOf(error, place)
    }
    if (now.uidValidity !== knownValidity) {
      taken.clear()
      troubled.clear()
      knownValidity = now.uidValidity
    }
    // What bears \Deleted was thrown away by somebody, or by us where the server cannot move.
    const uids = await now.client.search({ deleted: false }, { uid: true })
    if (!Array.isArray(uids)) throw refusal(now, 'none')
    const there = new Set(uids)
    for (const uid of taken) if (!there.has(uid)) taken.delete(uid)
    for (const uid of troubled.keys()) if (!there.has(uid)) troubled.delete(uid)
    const left = uids.filter((uid) => !taken.has(uid))
    return { uidValidity: now.uidValidity, uids: left.sort((a, b) => turnOf(a) - turnOf(b) || a - b) }
  }

  /** null: the mailbox is another one now, and these numbers mean nothing in it. */
  const sameMailbox = async (uidValidity: bigint): Promise<Session | null> => {
    const now = await ready()
    return now.uidValidity === uidValidity ? now : null
  }

  const sizesOf = async (uidValidity: bigint, uids: readonly number[]): Promise<Listed[] | null> => {
    const [only] = uids.length === 1 ? uids : []
    if (only !== undefined && givenUp({ uid: only, size: 0 })) return [{ uid: only, size: 0 }]
    const now = await sameMailbox(uidValidity)
    if (!now) return null
    try {
      const found = await now.client.fetchAll(uids.join(','), { uid: true, size: true }, { uid: true })
      return found.map(({ uid, size }) => ({ uid, size: size ?? 0 })).sort((a, b) => a.uid - b.uid)
    } catch (error) {
      // Reading it tells whether it is this one.
      if (only !== undefined && wasRefused(error)) return [{ uid: only, size: 0 }]
      // Dovecot reads a mail to say its size, and hangs up where it cannot.
      brokeAt(uids)
      throw troubleOf(error, place)
    }
  }

  const mailOf = (now: Session, uid: number, source: Uint8Array): FetchedMail => ({
    place: { mailbox: now.path, uidValidity: String(now.uidValidity), uid: String(uid) },
    source,
  })

  const wholeOf = (now: Session, { uid, source }: FetchMessageObject): FetchedMail[] => {
    // Gone between listing and reading.
    if (source === undefined) return []
    troubled.delete(uid)
    // Some servers announce a smaller size than they have.
    const over = givenUp({ uid, size: source.length })
    return [mailOf(now, uid, over ? markNotWhole(over, source.subarray(0, BEGINNING)) : source)]
  }

  const readAll = async (look: Look, batch: readonly Listed[]): Promise<FetchedMail[] | null> => {
    const now = await sameMailbox(look.uidValidity)
    const [first] = batch
    if (!now || !first) return null
    const without = batch.length === 1 ? givenUp(first) : null
    if (without?.reason === 'unreadable')
      return [mailOf(now, first.uid, markNotWhole(without, new Uint8Array()))]
    const maxLength = without ? BEGINNING : LARGEST + 1
    try {
      const found = await now.client.fetchAll(
        batch.map(({ uid }) => uid).join(','),
        { uid: true, source: { start: 0, maxLength } },
        { uid: true },
      )
      look.read += found.length
      if (without)
        return found.flatMap(({ uid, source }) =>
          source ? [mailOf(now, uid, markNotWhole(without, source))] : [],
        )
      return found.sort((a, b) => a.uid - b.uid).flatMap((mail) => wholeOf(now, mail))
    } catch (error) {
      if (!wasRefused(error)) {
        brokeAt(batch.map(({ uid }) => uid))
        throw troubleOf(error, place)
      }
      if (batch.length === 1) {
        look.refused.set(first.uid, error)
        return []
      }
    }
    // One of them is bad, and which one is found out one by one: the others are not to wait for it.
    const mails: FetchedMail[] = []
    for (const mail of batch) {
      const one = await readAll(look, [mail])
      if (one === null) return null
      mails.push(...one)
    }
    return mails
  }

  /** A server that gave nothing at all is out of order; one that refused a few mails has a few bad ones. */
  const judge = (look: Look): void => {
    for (const [uid, error] of look.refused) {
      if (look.read === 0) throw troubleOf(error, place)
      troubleWith(uid).refusals += 1
      log.warn({ uid, mail: wordsOf(error) }, 'the mail server did not give out a mail; it is tried again')
    }
  }

  const fetch = async function* ({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<FetchedMail> {
    if (signal.aborted || closed) return
    let stop = (): void => {}
    const stopped = new Promise<null>((resolve) => {
      stop = () => resolve(null)
    })
    signal.addEventListener('abort', stop, { once: true })
    /** null: no more of it. What was begun goes on by itself, and its mails are fetched another time. */
    const unlessStopped = <T>(job: () => Promise<T>): Promise<T | null> => {
      const work = inTurn(job)
      work.catch(() => undefined)
      return Promise.race([work, stopped])
    }
    try {
      const listed = await unlessStopped(list)
      if (!listed) return
      const look: Look = { uidValidity: listed.uidValidity, read: 0, refused: new Map() }
      for (const uids of groupsOf(listed.uids, (uid) => troubled.has(uid))) {
        const sized = await unlessStopped(() => sizesOf(look.uidValidity, uids))
        if (!sized) return
        for (const batch of batchesOf(sized, (mail) => troubled.has(mail.uid) || givenUp(mail) !== null)) {
          const mails = await unlessStopped(() => readAll(look, batch))
          if (!mails) return
          for (const mail of mails) {
            yield mail
            taken.add(Number(mail.place.uid))
            if (signal.aborted) return
          }
        }
      }
      judge(look)
    } catch (error) {
      if (!closed) throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  // --- Filing -------------------------------------------------------------------------------------

  const move = async (now: Session, uid: string, folder: string | string[]): Promise<boolean> => {
    const { client: to } = now
    const { capabilities } = to
    const newOnly = capabilities.has('IMAP4rev2') && !capabilities.has('IMAP4rev1')
    const can = (capability: string): boolean => capabilities.has(capability) || newOnly
    if (can('MOVE') || can('UIDPLUS')) return (await to.messageMove(uid, folder, { uid: true })) !== false
    // EXPUNGE without UIDPLUS would remove everything that anybody marked; this one is left marked.
    if (!(await to.messageCopy(uid, folder, { uid: true }))) return false
    return await to.messageFlagsAdd(uid, ['\\Deleted'], { uid: true })
  }

  const fileNow = async (of: MailPlace, name: string): Promise<void> => {
    const now = await ready()
    if (of.mailbox !== now.path || of.uidValidity !== String(now.uidValidity)) return
    const folder = pathOf(name)
    try {
      if (await move(now, of.uid, folder)) return
      if (!now.client.usable) throw refusal(now, 'maybe')
      // Most likely the folder is missing; asking first would cost every mail a question.
      const made = await now.client.mailboxCreate(folder).catch((error: unknown) => {
        if (!wasRefused(error)) throw error
        return null
      })
      if (made?.created) log.info({ folder: made.path }, 'a folder was made in the mailbox')
      if (await move(now, of.uid, folder)) return
      if (!now.client.usable) throw refusal(now, 'maybe')
      const there = await now.client.search({ uid: of.uid }, { uid: true })
      if (Array.isArray(there) && there.length === 0) return
    } catch (error) {
      throw troubleOf(error, place, 'maybe')
    }
    const words = wordsOf(lastRefusal)
    throw new GatewayError(
      'permanent',
      `The mail server ${place.server} did not move a mail to the folder "${name}"; check the folder's name, the rights and the quota there.${words === '' ? '' : ` It says: ${words}`}`,
      { effect: 'maybe', cause: lastRefusal },
    )
  }

  return {
    fetch,

    async file(of, into) {
      if (!/^[1-9]\d*$/u.test(of.uid)) return
      await inTurn(() => fileNow(of, folders[into]))
    },

    async news(milliseconds, signal) {
      // The library idles by itself whenever the connection is at rest.
      if (!fresh && !closed && !signal.aborted)
        await new Promise<void>((resolve) => {
          const done = (): void => {
            clearTimeout(timer)
            signal.removeEventListener('abort', done)
            waiting.delete(done)
            resolve()
          }
          const timer = setTimeout(done, milliseconds)
          signal.addEventListener('abort', done, { once: true })
          waiting.add(done)
        })
      fresh = false
    },

    async close() {
      closed = true
      wake()
      const mine = client
      if (!mine) return
      let timer: NodeJS.Timeout | undefined
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FAREWELL)
      })
      await Promise.race([mine.logout().catch(() => false), enough])
      clearTimeout(timer)
      mine.close()
    },
  }
}
