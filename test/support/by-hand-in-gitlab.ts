// Stories that people tell GitLab by hand before Belay looks: each deed at its own time of the wall clock in Berlin,
// in the order of these times, through the REST API and by mail to the Service Desk. Then Belay opens beside it.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Sandbox } from '../../sandbox/src/start.ts'
import { startSandbox } from '../../sandbox/src/start.ts'
import type { Clock, Parts } from '../../src/application/ports.ts'
import { pullListing, readInFull } from '../../src/application/pull-changes.ts'
import { lease, pushOperation } from '../../src/application/push-operations.ts'
import { refreshMembers } from '../../src/application/refresh-members.ts'
import { createLog, realClock, startDesk } from '../../src/composition-root.ts'
import { readConfig } from '../../src/config.ts'
import type { Desk } from '../../src/domain/desk.ts'
import { eventually } from './eventually.ts'
import { aDesk } from './tickets.ts'
import type { Visitor } from './visitor.ts'
import { signInAt, visitor } from './visitor.ts'

/** `2026-06-08 09:00`, seconds if wanted: on the clocks of Berlin, which go on at 02:00 on 29 March. */
export const berlin = (local: string): number => {
  const offset = local < '2026-03-29 02:00' ? '+01:00' : '+02:00'
  const at = Date.parse(`${local.replace(' ', 'T')}${offset}`)
  assert.ok(Number.isFinite(at), local)
  return at
}

/** What somebody does on the issue of a story. */
export type Deed = (hand: Hand, story: string) => Promise<unknown> | unknown

export type Hand = {
  readonly sandbox: Sandbox
  /** The number of a story's issue. */
  iid(story: string): number
  opened(story: string, iid: number): void
  /** As somebody in GitLab; a token stands for itself. The answer must be a success. */
  call(who: string, method: string, path: string, body?: object): Promise<Record<string, unknown>>
}

export const opens =
  (who: string, more: { readonly labels?: string; readonly created_at?: string } = {}): Deed =>
  async (hand, story) => {
    const { iid } = await hand.call(who, 'POST', '/projects/1/issues', { title: story, ...more })
    hand.opened(story, Number(iid))
  }

export const says =
  (who: string, body = 'A word.', more: { readonly internal?: boolean; readonly created_at?: string } = {}) =>
  (hand: Hand, story: string) =>
    hand.call(who, 'POST', `/projects/1/issues/${hand.iid(story)}/notes`, { body, ...more })

const changes =
  (who: string, change: object): Deed =>
  (hand, story) =>
    hand.call(who, 'PUT', `/projects/1/issues/${hand.iid(story)}`, change)

export const closes = (who: string): Deed => changes(who, { state_event: 'close' })
export const retracts =
  (text: string): Deed =>
  (hand, story) => {
    const note = hand.sandbox.notes(hand.iid(story)).find(({ body }) => body === text)
    return hand.call('davi', 'DELETE', `/projects/1/issues/${hand.iid(story)}/notes/${note?.id}`)
  }

export const reopens = (who: string): Deed => changes(who, { state_event: 'reopen' })

/** `+waiting`, `-level::1`: all in one call. */
export const labels = (who: string, ...signed: string[]): Deed => {
  const of = (sign: string) => signed.filter((one) => one.startsWith(sign)).map((one) => one.slice(1))
  const [add, remove] = [of('+').join(','), of('-').join(',')]
  return changes(who, {
    ...(add === '' ? {} : { add_labels: add }),
    ...(remove === '' ? {} : { remove_labels: remove }),
  })
}

const mail = (id: string, subject: string, text: string, answers = ''): string =>
  [
    'From: Eva Esser <eva@school.example>',
    'To: help@desk.example',
    `Subject: ${subject}`,
    `Message-ID: <${id}@school.example>`,
    ...(answers === '' ? [] : [`In-Reply-To: <${answers}@school.example>`]),
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    '',
  ].join('\r\n')

const idOf = (story: string): string => story.replaceAll(' ', '-')

/** Eva writes to the Service Desk; her mail's id is the story's name. */
export const mails: Deed = async (hand, story) => {
  const before = hand.sandbox.issues().length
  await hand.sandbox.receiveMail(mail(idOf(story), story, 'Please help.'))
  const issues = hand.sandbox.issues()
  assert.equal(issues.length, before + 1, `the mail of ${story} became no issue`)
  hand.opened(story, issues.at(-1)?.iid ?? 0)
}

/** Eva answers by mail. */
export const answersByMail =
  (id: string): Deed =>
  async (hand, story) => {
    const count = () => hand.sandbox.notes(hand.iid(story)).length
    const before = count()
    await hand.sandbox.receiveMail(mail(id, `Re: ${story}`, 'Here it is.', idOf(story)))
    assert.equal(count(), before + 1, `the answer to ${story} became no comment`)
  }

export type Told = { readonly story: string; readonly at: string; readonly deed: Deed }

/** As a guest Ana opens issues in GitLab and comments on them; she is nobody who answers. */
const inviteAna = async ({ sandbox, call }: Hand): Promise<void> => {
  const ana = sandbox.users().find(({ username }) => username === 'ana')
  await call('davi', 'POST', '/projects/1/members', { user_id: ana?.id, access_level: 10 })
}

export type GitlabByHand = Hand & {
  /** Does all of it, the earliest first; of equal times in the order they are given. */
  tell(deeds: readonly Told[]): Promise<void>
  /** The clock of GitLab, and of Belay where it is open, stands here, and goes on from here once Belay is open. */
  turnTo(local: string): void
  /** Opens Belay beside it, on the same data each time. `worker: false`: it reads and sends when it is asked to. */
  openBelay(options?: { readonly worker?: boolean }): Promise<BelayByHand>
  stop(): Promise<void>
}

export type BelayByHand = {
  readonly parts: Parts
  signedIn(username: string): Promise<Visitor>
  stranger(): Visitor
  /** Tells GitLab all that is due. */
  push(): Promise<void>
  /** Reads what changed in GitLab, and all that is to be read in full. */
  pull(): Promise<void>
  /** Ends when all of GitLab's issues are read, all tickets are measured and GitLab knows what Belay did. */
  caughtUp(): Promise<void>
  stop(): Promise<void>
}

/** One after the other: each turns the machine's clock for as long as it takes. */
let lastSignIn: Promise<unknown> = Promise.resolve()

export const gitlabByHand = async (start: string, desk: Partial<Desk>): Promise<GitlabByHand> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-by-hand-'))
  let base = berlin(start)
  /** null: the clock stands. */
  let since: number | null = null
  const now = () => Math.floor(base + (since === null ? 0 : performance.now() - since))
  const clock: Clock = { ...realClock, now }
  const sandbox = await startSandbox({
    port: 0,
    data: ':memory:',
    empty: true,
    clock,
    limits: { notes: 0, issues: 0 },
  })
  const numbers = new Map<string, number>()
  const hand: Hand = {
    sandbox,
    iid: (story) => numbers.get(story) ?? assert.fail(`${story} was not opened`),
    opened: (story, iid) => numbers.set(story, iid),
    call: async (who, method, route, body) => {
      const token = who.startsWith('glpat-') ? who : sandbox.tokenOf(who)
      const answer = await fetch(`${sandbox.url}/api/v4${route}`, {
        method,
        headers: { 'private-token': token, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      assert.ok(answer.ok, `${who}: ${method} ${route}: ${answer.status} ${text}`)
      return text === '' ? {} : JSON.parse(text)
    },
  }
  await inviteAna(hand)
  return {
    ...hand,
    tell: async (deeds) => {
      for (const { story, at, deed } of deeds.toSorted((a, b) => berlin(a.at) - berlin(b.at))) {
        base = berlin(at)
        since = null
        await deed(hand, story)
      }
    },
    turnTo: (local) => {
      base = berlin(local)
      if (since !== null) since = performance.now()
    },
    openBelay: async ({ worker = true } = {}) => {
      since ??= performance.now()
      const running = await startDesk(
        {
          ...readConfig('desk', { PORT: '0', BELAY_DATA: folder, POLL_SECONDS: '1' }),
          desk: aDesk(desk),
          gitlab: {
            url: sandbox.url,
            project: 'demo/helpdesk',
            token: sandbox.token,
            branchToken: null,
            caFile: null,
          },
          oauth: { clientId: 'belay', clientSecret: sandbox.oauthSecret },
        },
        {
          log: createLog('silent'),
          sandbox: true,
          readPauseMs: 0,
          // Where nobody sends of itself, no page need wait for it.
          clock: worker
            ? clock
            : { ...clock, sleep: (time, signal) => clock.sleep(Math.min(time, 20), signal) },
          worker,
        },
      )
      const { store, gateway } = running.parts
      if (!worker) {
        await refreshMembers(running.parts)
        while ((await store.write((writer) => writer.measureAgain(200, now()))) > 0);
      }
      return {
        parts: running.parts,
        signedIn: (username) => {
          const turn = lastSignIn.then(async () => {
            const somebody = visitor(running.url)
            // What reads GitLab's signed answer looks at no clock but the machine's.
            const machine = Date.now
            Date.now = now
            try {
              await signInAt(somebody, username)
            } finally {
              Date.now = machine
            }
            return somebody
          })
          lastSignIn = turn.catch(() => undefined)
          return turn
        },
        stranger: () => visitor(running.url),
        push: async () => {
          for (;;) {
            const claimed = await store.write((writer) =>
              writer.claim({ now: now(), leaseMs: lease, limit: 1 }),
            )
            for (const one of claimed) await pushOperation({ store, gateway, clock, chance: () => 0.5 }, one)
            if (claimed.length === 0) return
          }
        },
        pull: async () => {
          await pullListing(running.parts)
          const avoided = new Map<number, number>()
          while ((await readInFull(running.parts, { limit: 20, avoided })) > 0);
        },
        caughtUp: () =>
          eventually(
            'all is read and sent',
            () =>
              store.read(async (reader) => {
                const tickets = await reader.walk({ after: null, limit: 1_000 })
                const known = new Set(tickets.map(({ iid }) => iid))
                const { unread } = await reader.backlog()
                const { measuring } = await reader.figuresState()
                if (unread > 0 || measuring !== null) return false
                if (sandbox.issues().some(({ iid }) => !known.has(iid))) return false
                for (const { id } of tickets) if ((await reader.operations(id)).length > 0) return false
                return true
              }),
            60_000,
          ).then(() => undefined),
        stop: running.stop,
      }
    },
    stop: async () => {
      await sandbox.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
