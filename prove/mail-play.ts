// Who writes to the desk by mail, and what: Ana, with and without the proof that her mail belongs to a
// ticket, machines that answer what nobody asked, strangers who copy what they saw, another desk.

import { acceptMail } from '../src/application/accept-mail.ts'
import { replayMail } from '../src/application/replay-mail.ts'
import { replyToTicket } from '../src/application/reply-to-ticket.ts'
import type { ReadMail } from '../src/domain/mail.ts'
import { refuse } from '../src/domain/refusal.ts'
import type { Issue } from './gitlab-model.ts'
import type { Fate, Letter } from './letters.ts'
import { wordOf, written } from './letters.ts'
import type { Delivery } from './mail-model.ts'
import { numberOf } from './mail-model.ts'
import type { World, WorldMail } from './world.ts'
import { agent, deskAddress, minute, nobody, start } from './world.ts'

const ana = { name: 'Ana', address: 'ana@school.example' }
const ben = { name: 'Ben', address: 'Ben@School.example' }
const zoe = { name: 'Zoe', address: nobody }
const stranger = { name: 'Somebody', address: 'somebody@else.example' }
const otherDesk = { name: 'Another Desk', address: 'desk@other.example' }
const postmaster = { name: 'Mail Delivery System', address: 'mailer-daemon@school.example' }
const desk = [{ name: 'Belay', address: deskAddress }]

/** What can be written to this desk. */
export const writersTo = (world: World, mail: WorldMail) => {
  const { random, time, gitlab, ledger, newDeed, token, say } = world
  const { letters, server } = mail
  let serial = 0

  /** Puts it into the inbox, sometimes twice: mail servers do so. */
  const post = (
    fate: Fate,
    said: Partial<ReadMail> & { readonly word: string; readonly unreadable?: true },
    ticket: string | null = null,
    twice = random.chance(0.2),
  ): Letter => {
    const { word } = said
    const messageId = said.messageId ?? `${word}${++serial}@school.example`
    const from = said.from === undefined ? ana : said.from
    const letter: Letter = {
      word,
      fate,
      ticket,
      messageId,
      from: from?.address ?? '',
      automatic: said.automatic !== undefined || said.bounce !== undefined,
    }
    letters.push(letter)
    const source = written({ to: desk, text: word, sentAt: time.now(), ...said, from, messageId })
    server.put(word, source)
    say(`letter ${word} from ${letter.from} (${fate})`)
    if (twice) time.after(random.between(0, 30_000), () => server.put(word, source))
    return letter
  }

  const request = (from: ReadMail['from'], more: Partial<ReadMail> = {}): Letter => {
    const deed = newDeed('open', '', 'mail')
    Object.assign(deed, { ticket: deed.token, promised: 'yes' })
    ledger.requesters.set(deed.token, from?.address ?? '')
    return post('ticket', {
      word: deed.token,
      from,
      subject: `${random.chance(0.5) ? '[Hardware] ' : ''}${deed.token}`,
      ...more,
    })
  }

  /** It may become a ticket or a note on the one it names, and is public never. */
  const withoutProof = (
    from: ReadMail['from'],
    more: Partial<ReadMail>,
    subject: string,
    of: string | null,
  ) => {
    const deed = newDeed('open', '', 'unproven')
    Object.assign(deed, { ticket: deed.token, promised: 'maybe' })
    ledger.requesters.set(deed.token, from?.address ?? '')
    post('unproven', { word: deed.token, from, subject: `Re: ${deed.token} ${subject}`, ...more }, of)
  }

  const answer = (
    { answersTo, messageId, refersTo, subject }: Delivery,
    ticket: string,
    from: ReadMail['from'],
  ) => {
    const deed = newDeed('answer', ticket, 'answer')
    deed.promised = 'yes'
    const byAddress = { to: [{ name: '', address: answersTo }] }
    const byMessageId = { refersTo: [messageId, ...refersTo] }
    const other = random.pick([...gitlab.issues.keys()])
    post(
      'reply',
      {
        word: deed.token,
        from,
        subject: `Re: ${random.chance(0.3) ? `${deed.token} (#${other})` : subject}`,
        ...random.pick([byAddress, byMessageId, { ...byAddress, ...byMessageId }]),
      },
      ticket,
    )
  }
  const bounce = ({ answersTo, messageId, to }: Delivery, ticket: string) => {
    const word = token('bounce')
    const final = random.chance(0.7)
    post(
      final ? 'failure' : 'nothing',
      {
        word,
        from: postmaster,
        to: [{ name: '', address: answersTo }],
        refersTo: [messageId],
        bounce: { failed: [{ address: to, status: '5.1.1', detail: word }], final },
      },
      ticket,
    )
  }
  const away = ({ answersTo, messageId, to }: Delivery) => {
    post('nothing', {
      word: token('away'),
      from: { name: 'Away', address: to },
      to: [{ name: '', address: answersTo }],
      refersTo: [messageId],
      automatic: 'auto-reply',
    })
  }

  return { post, request, withoutProof, answer, bounce, away }
}

/** Which tickets agents work at, besides those of the form. */
export type Visit = (opening: string, id: string) => void

export const writeMails = (world: World, visit: Visit, calmFrom: number): void => {
  const { mail, random, time, gitlab, ledger, newDeed, token, press, attempt, anywhere } = world
  if (!mail) return
  const { letters, server } = mail
  const { post, request, withoutProof, answer, bounce, away } = writersTo(world, mail)
  let serial = 0

  const openingOf = (number: number): string | null => {
    const title = gitlab.issues.get(number)?.title ?? ''
    return ledger.deeds.find((deed) => deed.kind === 'open' && title.includes(deed.token))?.token ?? null
  }
  const issueOf = (word: string): Issue | undefined =>
    [...gitlab.issues.values()].find(({ title }) => title.includes(word))

  /** Agents come to it when the desk shows it. */
  const seen = (word: string, wait: number) =>
    time.after(wait, () =>
      attempt(async () => {
        const iid = issueOf(word)?.iid
        const { process, parts } = anywhere()
        if (iid === undefined || !process.alive() || time.now() >= calmFrom) return
        const ticket = await parts.store.read((reader) => reader.ticket({ iid }))
        if (ticket) visit(word, ticket.id)
      }),
    )

  const asks = (from: ReadMail['from'], more: Partial<ReadMail> = {}) => {
    const { word } = request(from, more)
    if (random.chance(0.5)) seen(word, random.between(20_000, 60_000))
  }

  // --- What a mail of ours sets off ----------------------------------------------------------------

  /** An agent knows whose words they are, and presses perhaps twice. */
  const vouch = () =>
    attempt(async () => {
      const { process, parts } = anywhere()
      if (!process.alive() || time.now() >= calmFrom) return
      const found = await parts.store.read(async (reader) => {
        const { mails } = await reader.mails({ words: '', state: 'appended', cursor: null, limit: 50 })
        const one = mails.find(({ id, reason }) => reason === 'unverified' && !asked.has(id))
        const source = one && (await reader.mailSource(one.id))
        return one && source ? { id: one.id, word: wordOf(source) } : null
      })
      if (!found) return
      asked.add(found.id)
      const deed = newDeed('other', '', 'vouch')
      mail.vouched.set(found.word, deed)
      const accept = () =>
        press(
          deed,
          async (of) =>
            (await acceptMail(of, { id: found.id, by: agent(gitlab.users.bruno) })) ??
            refuse('ticket-missing'),
        )
      attempt(accept)
      if (random.chance(0.4)) time.after(random.between(0, 1_500), () => attempt(accept))
    })
  const asked = new Set<string>()

  let loops = 0
  mail.onDelivery((delivery) => {
    if (mail.agents[delivery.to] !== undefined) {
      // An agent's mail bears no token: whoever answers it opens a ticket, and a bounce of it says nothing.
      if (random.chance(0.1) && time.now() < calmFrom)
        post('nothing', {
          word: token('bounce'),
          from: postmaster,
          refersTo: [delivery.messageId],
          bounce: { failed: [{ address: delivery.to, status: '4.4.1', detail: '' }], final: true },
        })
      return
    }
    const number = numberOf(delivery)
    const ticket = openingOf(number)
    if (ticket === null || time.now() >= calmFrom) return
    if (delivery.to === otherDesk.address) {
      // Says nowhere that it is a machine, and thanks for each of our mails with a new ticket's worth of words.
      if (++loops < 5) time.after(random.between(100, 5_000), () => asks(otherDesk))
      return
    }
    const soon = (run: () => void) =>
      time.at(Math.min(calmFrom, time.now() + random.between(500, 60_000)), run)
    const from = random.chance(0.8) ? { name: 'Ana', address: delivery.to } : ben
    const choice = random.between(1, 10)
    if (choice <= 4) soon(() => answer(delivery, ticket, from))
    else if (choice === 5) soon(() => bounce(delivery, ticket))
    else if (choice === 6) soon(() => away(delivery))
    else if (choice === 7)
      soon(() => {
        withoutProof({ name: 'Ana', address: delivery.to }, {}, `(#${number})`, ticket)
        if (random.chance(0.5)) time.after(random.between(5_000, 40_000), vouch)
      })
  })

  // --- What comes by itself ------------------------------------------------------------------------

  const copied = (): Partial<ReadMail> & { of: string | null } => {
    const known = letters.filter((one) => one.fate === 'ticket' && !one.messageId.startsWith('shared-'))
    const one = known.length === 0 ? null : random.pick(known)
    return { refersTo: one ? [one.messageId] : [], of: one?.word ?? null }
  }
  const kinds: readonly (() => void)[] = [
    () => asks(ana),
    () => asks(ana),
    () => asks(ben),
    () => asks(zoe),
    () => asks(otherDesk),
    () => {
      for (let left = 4; left > 0; left--) asks(stranger)
    },
    () => {
      // A stranger uses the Message-ID that another mail will carry.
      const messageId = `shared-${++serial}@school.example`
      asks(stranger, { messageId })
      time.after(random.between(0, 20_000), () => asks(ana, { messageId }))
    },
    () =>
      asks(ana, { to: [{ name: '', address: deskAddress.replace('@', '+abcdefghijklmnopqrstuvwxyz@') }] }),
    () => asks(stranger, { subject: '' }),
    () => {
      const { of, ...more } = copied()
      withoutProof(stranger, more, '', of)
    },
    () => {
      const number = random.between(1, 4)
      withoutProof(ana, {}, `(#${number})`, null)
      time.after(random.between(5_000, 40_000), vouch)
    },
    () =>
      post('nothing', {
        word: token('machine'),
        from: { name: 'Machine', address: `robot-${++serial}@else.example` },
        subject: 'No need to answer',
        automatic: random.pick(['auto-reply', 'list', 'loop', 'report', 'null-sender'] as const),
      }),
    () =>
      post('nothing', {
        word: token('own'),
        from: { name: 'Belay', address: deskAddress.replace('@', '+tag@') },
      }),
    () => post('quarantine', { word: token('torn'), unreadable: true }),
    () => post('quarantine', { word: token('nobody'), from: null }),
  ]
  for (let left = random.between(1, 3); left > 0; left--)
    time.at(random.between(start, start + 2 * minute), () => random.pick(kinds)())
  for (let left = random.pick([0, 0, 1, 2]); left > 0; left--)
    time.at(random.between(start, calmFrom), server.renumber)

  // --- Tickets of GitLab's Service Desk ------------------------------------------------------------

  for (let left = random.pick([0, 0, 1]); left > 0; left--) {
    const title = token('service-desk')
    const { iid } = gitlab.openByHand(
      gitlab.users.supportBot,
      start - left * minute,
      title,
      [],
      'kim@home.example',
    )
    for (let times = random.between(1, 2); times > 0; times--)
      time.at(random.between(start + minute / 2, calmFrom), () => {
        const deed = newDeed('reply', title, 'reply')
        attempt(() =>
          press(deed, (parts) =>
            replyToTicket(parts, {
              ref: { iid },
              by: agent(gitlab.users.bruno),
              body: deed.token,
              key: `key-${deed.token}`,
            }),
          ),
        )
      })
  }

  // A lead has everything read again that was put aside: what killed us three times was no mail's fault here.
  time.at(calmFrom + minute, () =>
    attempt(async () => {
      const { parts } = anywhere()
      const { mails } = await parts.store.read((reader) =>
        reader.mails({ words: '', state: 'quarantined', cursor: null, limit: 100 }),
      )
      for (const { id } of mails) await replayMail(parts, { id, role: 'lead', forced: false })
    }),
  )
}
