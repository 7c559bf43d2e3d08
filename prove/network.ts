// The way between Belay and GitLab, as bad as it really gets: slow, refused, cut before or after
// the effect, answered too late, answered with rubbish, limited, away for a while, a replica that
// lags behind. Which of it happens is drawn from the seed; after `calmFrom` nothing does.

import type { Received, Sent, Transport } from '../src/adapters/gitlab/transport.ts'
import { TransportError } from '../src/adapters/gitlab/transport.ts'
import type { GitlabModel, Response } from './gitlab-model.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'

export type Weather = {
  /** Chance of a fault per call, while it is not calm. */
  readonly roughness: number
  /** UTC milliseconds from which everything works. */
  readonly calmFrom: number
  /** Intervals in which GitLab is away altogether, or does not know our token. */
  readonly away: readonly {
    readonly from: number
    readonly to: number
    readonly how: 'down' | 'unauthorised'
  }[]
}

type Fault =
  | 'refused'
  | 'cut-before'
  | 'cut-after'
  | 'silent'
  | 'late'
  | 'error-before'
  | 'error-after'
  | 'limited'
  | 'garbage'
  | 'stale'

const faults: readonly Fault[] = [
  'refused',
  'cut-before',
  'cut-after',
  'silent',
  'late',
  'error-before',
  'error-after',
  'limited',
  'garbage',
  'stale',
]

/** GitLab ends a request of its own after a minute: nothing lands later (milliseconds). */
const latestLanding = 58_000
/** How far a replica lags behind at most. */
const mostLag = 8_000

const html = '<html><body><h1>502 Bad Gateway</h1></body></html>'

/** Called before and after each effect; may end the process that calls (it then never gets an answer). */
export type Crashes = { readonly at: (point: string) => boolean }

export const network = (world: {
  readonly time: VirtualTime
  readonly random: Random
  readonly gitlab: GitlabModel
  readonly weather: Weather
  readonly trace: (line: string) => void
}): ((process: Pick<Process, 'name' | 'alive' | 'crashes' | 'take'>) => Transport) => {
  const { time, random, gitlab, weather, trace } = world
  const former = new Map<string, { at: number; answer: Response }>()

  const bodyOf = (sent: Sent): Record<string, unknown> => {
    if (!sent.body || !(sent.headers['content-type'] ?? '').includes('json')) return {}
    return JSON.parse(Buffer.from(sent.body).toString('utf8')) as Record<string, unknown>
  }

  const answer = (sent: Sent): Response =>
    gitlab.answer({
      method: sent.method,
      path: sent.url.pathname,
      query: sent.url.searchParams,
      body: bodyOf(sent),
      user: gitlab.users.bot,
    })

  const received = (response: Response): Received => ({
    status: response.status,
    headers: { ...response.headers, date: new Date(time.now()).toUTCString() },
    body: Buffer.from(response.body === null ? '' : JSON.stringify(response.body)),
  })

  const draw = (sent: Sent): Fault | null => {
    if (time.now() >= weather.calmFrom || !random.chance(weather.roughness)) return null
    const fault = random.pick(faults)
    return fault === 'stale' && sent.method !== 'GET' ? null : fault
  }

  const away = () => weather.away.find(({ from, to }) => time.now() >= from && time.now() < to)

  return (process) => ({
    close: () => undefined,
    send: (sent) =>
      new Promise<Received>((resolve, reject) => {
        const name = `${sent.method} ${sent.url.pathname.replace(/^.*\/projects\/[^/]+/u, '')}`
        const fail = (reason: 'deadline' | 'broken', wasSent: boolean, code?: string) =>
          process.take(() => {
            const cause = code ? Object.assign(new Error(code), { code }) : undefined
            reject(new TransportError(reason, wasSent, cause))
          })
        const give = (response: Received) =>
          process.take(() => {
            if (!process.crashes.at(`after ${name}`)) resolve(response)
          })
        if (process.crashes.at(`before ${name}`) || !process.alive()) return
        const going = random.between(5, 400)
        const coming = random.between(5, 400)
        const absence = away()
        if (absence?.how === 'down') {
          time.after(going, () => fail('broken', false, 'ECONNREFUSED'))
          return
        }
        if (absence?.how === 'unauthorised') {
          time.after(going, () =>
            give(received({ status: 401, headers: {}, body: { message: '401 Unauthorized' } })),
          )
          return
        }
        const fault = draw(sent)
        if (fault) trace(`  ${process.name} ${name}: ${fault}`)
        const effect = (): Response => {
          const response = answer(sent)
          trace(`  ${process.name} ${name} -> ${response.status}`)
          if (sent.method === 'GET') former.set(sent.url.href, { at: time.now(), answer: response })
          return response
        }
        switch (fault) {
          case null:
            time.after(going, () => {
              const response = effect()
              time.after(coming, () => give(received(response)))
            })
            return
          case 'refused':
            time.after(going, () => fail('broken', false, 'ECONNREFUSED'))
            return
          case 'cut-before':
            time.after(going, () => fail('broken', true, 'ECONNRESET'))
            return
          case 'cut-after':
            time.after(going, () => {
              effect()
              time.after(coming, () => fail('broken', true, 'ECONNRESET'))
            })
            return
          case 'silent':
            time.after(going, effect)
            time.after(sent.deadline, () => fail('deadline', true))
            return
          case 'late':
            time.after(random.between(sent.deadline, latestLanding), effect)
            time.after(sent.deadline, () => fail('deadline', true))
            return
          case 'error-before':
            time.after(going, () =>
              give({ status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from(html) }),
            )
            return
          case 'error-after':
            time.after(going, () => {
              effect()
              time.after(coming, () =>
                give({ status: 500, headers: { 'content-type': 'text/html' }, body: Buffer.from(html) }),
              )
            })
            return
          case 'limited': {
            const headers: Record<string, string> = random.chance(0.5)
              ? { 'retry-after': String(random.between(1, 60)) }
              : {}
            time.after(going, () => give({ status: 429, headers, body: Buffer.from('Retry later') }))
            return
          }
          case 'garbage':
            time.after(going, () => {
              const response = received(effect())
              const cut = response.body.subarray(0, Math.floor(response.body.length / 2))
              time.after(coming, () => give({ ...response, body: cut }))
            })
            return
          case 'stale':
            time.after(going, () => {
              const known = former.get(sent.url.href)
              const old = known && time.now() - known.at <= mostLag ? known.answer : null
              const response = old ?? effect()
              time.after(coming, () => give(received(response)))
            })
            return
        }
      }),
  })
}
