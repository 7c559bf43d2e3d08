// A mail server in virtual time: an inbox with the numbers IMAP gives, folders to file into, and a sink
// that takes what is sent. It is as bad as mail servers are: away, cut in the middle of reading, handing
// out twice, filing and saying nothing, numbering everything anew, taking a mail and losing the answer.

import { GatewayError } from '../src/application/gateway-error.ts'
import type { FetchedMail, Mailbox, MailPlace } from '../src/application/mail-ports.ts'
import type { Weather } from './network.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'

type Folder = 'inbox' | 'done' | 'quarantine'

/** One mail that was delivered to the desk's mailbox; it stays the same one, whatever its number. */
export type Copy = {
  /** The word by which the letter is known. */
  readonly letter: string
  readonly source: Uint8Array
  readonly arrivedAt: number
  folder: Folder
  uid: number
  /** The desk had its raw text in the ledger before it left the inbox. */
  storedBefore: boolean | null
}

export type Outgoing = {
  readonly messageId: string
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The address answers go to, and bounces. */
  readonly answersTo: string
  readonly refersTo: readonly string[]
}

/** The ticket that a mail is about, as its subject says. */
export const numberOf = ({ subject }: Pick<Outgoing, 'subject'>): number => Number(/\d+$/u.exec(subject)?.[0])

/** One mail in somebody's mailbox. */
export type Delivery = Outgoing & {
  readonly by: string
  readonly begunAt: number
  readonly at: number
  /** The sender never heard of it. */
  readonly lost: boolean
  /** What it tells stood in GitLab by then. */
  readonly known: boolean
}

export type MailServer = {
  readonly copies: readonly Copy[]
  readonly deliveries: readonly Delivery[]
  /** Refused for good, with a reason. */
  readonly refusals: readonly Outgoing[]
  /** Into the inbox. */
  put(letter: string, source: Uint8Array): void
  /** UIDVALIDITY changes: what lies in the inbox has other numbers, perhaps those that others had. */
  renumber(): void
  mailbox(process: Process): Mailbox
  /** `until`: UTC ms at which the sender gives up. Throws GatewayError. */
  send(process: Process, mail: Outgoing, until: number): Promise<void>
}

type Fault = 'refused' | 'cut-before' | 'cut-after' | 'late' | 'busy' | 'leaving' | 'rejected' | 'twice'

const sendFaults: readonly Fault[] = [
  'refused',
  'cut-before',
  'cut-after',
  'cut-after',
  'late',
  'busy',
  'leaving',
  'rejected',
]
const fetchFaults: readonly Fault[] = ['refused', 'cut-before', 'cut-after', 'late', 'twice', 'twice']
const fileFaults: readonly Fault[] = ['refused', 'cut-before', 'cut-after', 'late']

/** Longest wait for a mailbox that says nothing (milliseconds). */
const silence = 60_000

const lost = (effect: 'none' | 'maybe' = 'none') =>
  new GatewayError('transient', 'the connection to the mail server was lost', { effect })

export const mailServer = (world: {
  readonly time: VirtualTime
  readonly random: Random
  readonly weather: Weather
  readonly trace: (line: string) => void
  /** Whether the ledger holds this very mail, said by somebody who looks from outside. */
  readonly isStored: (source: Uint8Array) => Promise<boolean>
  /** Whether GitLab has what a mail tells. */
  readonly isKnown: (mail: Outgoing) => boolean
  /** Addresses that no mail server knows. */
  readonly nobody: ReadonlySet<string>
  readonly onDelivery: (delivery: Delivery) => void
}): MailServer => {
  const { time, random, weather, trace } = world
  const copies: Copy[] = []
  const deliveries: Delivery[] = []
  const refusals: Outgoing[] = []
  const listeners = new Set<() => void>()
  let uidValidity = 1
  let nextUid = 1

  const inbox = () => copies.filter(({ folder }) => folder === 'inbox')
  const isAway = () => weather.away.find(({ from, to }) => time.now() >= from && time.now() < to)
  const draw = (faults: readonly Fault[]): Fault | null =>
    time.now() < weather.calmFrom && random.chance(weather.roughness) ? random.pick(faults) : null

  /** One question to the server, and its answer, or what comes instead of it. */
  const ask = <T>(
    process: Process,
    name: string,
    faults: readonly Fault[],
    patience: number,
    effect: (fault: Fault | null) => T | Promise<T>,
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const fail = (error: GatewayError) => process.take(() => reject(error))
      if (process.crashes.at(`before ${name}`)) return
      const absence = isAway()
      const fault = draw(faults)
      const [going, coming] = [random.between(5, 400), random.between(5, 400)]
      const act = (of: Fault | null, answer: ((value: T) => void) | null) => {
        new Promise<T>((done) => done(effect(of))).then(
          (value) => answer?.(value),
          (error: GatewayError) => time.after(coming, () => fail(error)),
        )
      }
      const give = (value: T) =>
        time.after(coming, () =>
          process.take(() => {
            if (!process.crashes.at(`after ${name}`)) resolve(value)
          }),
        )
      if (absence) {
        const kind = absence.how === 'down' ? 'transient' : 'unauthorised'
        const status = absence.how === 'down' ? null : 535
        time.after(going, () => fail(new GatewayError(kind, 'the mail server is away', { status })))
        return
      }
      if (fault) trace(`  ${process.name} ${name}: ${fault}`)
      switch (fault) {
        case 'refused':
        case 'cut-before':
          time.after(going, () => fail(lost()))
          return
        case 'leaving':
          time.after(going, () => fail(new GatewayError('transient', '421 closing')))
          return
        case 'busy':
          time.after(going, () => fail(new GatewayError('transient', '451 later', { status: 451 })))
          return
        case 'cut-after':
          time.after(going, () => {
            act(fault, null)
            time.after(coming, () => fail(lost('maybe')))
          })
          return
        case 'late':
          time.after(random.between(patience, patience + 20_000), () => act(fault, null))
          time.after(patience, () => fail(lost('maybe')))
          return
        default:
          time.after(going, () => act(fault, give))
      }
    })

  const placeOf = (copy: Copy): MailPlace => ({
    mailbox: 'INBOX',
    uidValidity: String(uidValidity),
    uid: String(copy.uid),
  })

  const mailbox = (process: Process): Mailbox => {
    const taken = new Set<number>()
    let knownValidity = 0
    const list = (fault: Fault | null): FetchedMail[] => {
      if (knownValidity !== uidValidity) taken.clear()
      knownValidity = uidValidity
      const found = inbox()
        .filter(({ uid }) => !taken.has(uid))
        .sort((a, b) => a.uid - b.uid)
        .map((copy) => ({ place: placeOf(copy), source: copy.source }))
      return fault === 'twice' ? found.flatMap((one) => [one, one]) : found
    }
    return {
      fetch: async function* () {
        const validity = uidValidity
        for (const one of await ask(process, 'fetch', fetchFaults, silence, list)) {
          // Cut in the middle: what comes behind it is fetched another time.
          if (time.now() < weather.calmFrom && random.chance(weather.roughness / 4)) throw lost()
          yield one
          if (validity === uidValidity) taken.add(Number(one.place.uid))
        }
      },
      file: (place, into) =>
        ask(process, 'file', fileFaults, silence, async () => {
          const copy = inbox().find(({ uid }) => String(uid) === place.uid)
          if (!copy || place.uidValidity !== String(uidValidity)) return
          copy.folder = into
          copy.storedBefore = await world.isStored(copy.source)
          trace(`  ${process.name} files ${copy.letter} into ${into}`)
        }),
      news: async (milliseconds, signal) => {
        const heard = new AbortController()
        const hear = () => heard.abort('heard')
        signal.addEventListener('abort', hear)
        // A server that tells of new mail, mostly.
        if (random.chance(0.8)) listeners.add(hear)
        await process.clock.sleep(milliseconds, heard.signal)
        listeners.delete(hear)
        signal.removeEventListener('abort', hear)
      },
      close: async () => undefined,
    }
  }

  const deliver = (process: Process, mail: Outgoing, begunAt: number, isLost: boolean) => {
    const at = time.now()
    const delivery = { ...mail, by: process.name, begunAt, at, lost: isLost, known: world.isKnown(mail) }
    deliveries.push(delivery)
    trace(`  ${process.name} mails "${mail.subject}" to ${mail.to}`)
    world.onDelivery(delivery)
  }

  return {
    copies,
    deliveries,
    refusals,
    put: (letter, source) => {
      copies.push({
        letter,
        source,
        arrivedAt: time.now(),
        folder: 'inbox',
        uid: nextUid++,
        storedBefore: null,
      })
      for (const hear of listeners) hear()
    },
    renumber: () => {
      uidValidity++
      nextUid = 1
      for (const copy of inbox()) copy.uid = nextUid++
    },
    mailbox,
    send: (process, mail, until) => {
      const begunAt = time.now()
      return ask(process, 'mail', sendFaults, Math.max(1_000, until - begunAt), (fault) => {
        if (fault === 'rejected' || world.nobody.has(mail.to)) {
          refusals.push(mail)
          throw new GatewayError('permanent', '550 5.1.1 no such user', { status: 550 })
        }
        deliver(process, mail, begunAt, fault !== null)
      })
    },
  }
}
